"""Balls that hold what 64-bit floats give."""

from __future__ import annotations

from flint import arb, fmpq

from derive.arithmetic.exact import Real, UndecidedError, as_ball, as_float, size

_OVERFLOW, _NORMAL = fmpq(1 << 1024), fmpq(1, 1 << 1022)
_GRAIN = 2.0**-1022  # e^-745 is 5e-324, and 0 where it is worked out as 1/e^745


def widened(value: Real, bits: int) -> arb:
    """A ball around a value that holds whatever rounding it to this many bits may give."""
    ball = as_ball(value)
    return ball + arb(0, (abs(ball) * arb(2) ** -bits).upper())


def widened_by(value: float, size: float) -> arb:
    """A ball around a float that holds whatever is as near to it as this."""
    return arb(value) + arb(0, size)


def as_rounded_float(value: Real) -> arb:
    """The ball without width that a float of this value is."""
    return arb(as_float(value))


def within_floats(value: Real) -> Real:
    """A value as 64-bit floats hold it: a small one may be off by what is lost below the smallest normal one.

    Raises
    ------
    UndecidedError
        If it may be larger than any float.
    """
    if not size(value) < _OVERFLOW:
        raise UndecidedError
    if size(value) > _NORMAL or value == 0:
        return value
    return as_ball(value) + arb(0, _GRAIN)
