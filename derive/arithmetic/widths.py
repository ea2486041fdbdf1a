"""How wide a ball is, in bits."""

from __future__ import annotations

from flint import arb, fmpq

from derive.arithmetic.exact import Real


def ends(value: Real) -> tuple[int | None, int] | None:
    """The exponents of a ball's radius (None: it is exact) and of its middle; None where it may be 0 or has no bounds.

    Both are of base 2; the numbers themselves are a little smaller.
    """
    if isinstance(value, fmpq):
        return (None, 0)
    if not value.is_finite() or (value.contains(0) and not value.is_exact()):
        return None
    middle, radius = value.mid(), value.rad()
    return (_exponent(radius) if radius != 0 else None, _exponent(middle) if middle != 0 else 0)


def accuracy(value: Real) -> int | None:
    """How many of a ball's bits are sure, from its first on; None for all."""
    return None if isinstance(value, fmpq) or value.is_exact() else int(value.rel_accuracy_bits())


def _exponent(value: arb) -> int:
    mantissa, exponent = value.man_exp()
    return int(exponent) + int(mantissa).bit_length()
