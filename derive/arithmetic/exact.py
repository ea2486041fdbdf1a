"""Exact and ball arithmetic, and figures whose every digit is proved.

A value is an exact rational for as long as it can be, else a ball: a midpoint with a proved radius (Johansson, Arb:
efficient arbitrary-precision midpoint-radius interval arithmetic, 2017). A ball settles a figure when both of its
ends round to the same digits; a tie it can never settle, which is why rationals are kept apart.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb, ctx, fmpq

from derive.arithmetic.code import Arithmetic, arithmetic
from derive.errors import BeyondRangeError, PrecisionError
from derive.formula.figures import Figure, rounded
from derive.formula.function import Function
from derive.formula.functions import FUNCTIONS

#: A real number: a rational for as long as it can be, else a ball.
Real = fmpq | arb
#: Bits tried one after the other until a figure settles.
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
_TINY = fmpq(1, 1 << 1100)
_HUGE = fmpq(1 << 1100)
_LARGEST_EXACT_BITS = 2048  # a longer rational costs more than it can ever settle


#: What is said of a figure that no 64-bit float holds.
BEYOND = "leaves the range of 64-bit floats (the largest is about 1.8 × 10^308)"


class UndecidedError(Exception):
    """A ball is too wide to settle a digit or a branch; the caller tries again with more bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How many digits are printed: significant ones, or decimals where ``decimals`` is given."""

    digits: int = 9
    decimals: int | None = None

    def guarded(self, extra: int) -> Cut:
        """The same with some more digits."""
        decimals = None if self.decimals is None else self.decimals + extra
        return Cut(digits=self.digits + extra, decimals=decimals)


#: python-flint has one working precision for the whole process: who sets it keeps all other threads out.
_SETTING = threading.RLock()


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """A context in which balls are computed with this many bits; of several threads one is in it at a time."""
    with _SETTING, ctx.workprec(bits):
        yield


def exact(value: Fraction) -> fmpq:
    """A rational as it takes part in exact and ball arithmetic."""
    return fmpq(value.numerator, value.denominator)


def as_ball(value: Real) -> arb:
    """The value as a ball of the present precision."""
    return _ball(value)


def as_float(value: Real) -> float:
    """The float64 nearest to a value (to its midpoint, for a ball)."""
    if not isinstance(value, fmpq):
        if not value.is_finite():
            return math.nan
        value = value.mid()
    # Sizes are compared before anything is shifted: the midpoint of a wide ball may be 2 ** -10**12.
    if size(value) > _HUGE:
        return math.copysign(math.inf, 1 if value > 0 else -1)
    if is_negligible(value):
        return 0.0
    numerator, denominator = _ratio(value)
    try:
        return numerator / denominator
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf


def nearest(value: Real, *, last: bool = False) -> float | None:
    """The float64 that is nearest to every number of a ball; None while its ends round to two of them.

    Parameters
    ----------
    value : number
    last : bool
        Whether no more bits can be had: a ball that is then too narrow to be parted from 0, or from the middle between
        two floats, is taken to lie there (and goes to the even one, as IEEE 754 has it).
    """
    if isinstance(value, fmpq):
        return as_float(value)
    if not value.is_finite():
        return None
    low, high = as_float(value.lower()), as_float(value.upper())
    if low == high:
        return low + 0.0  # not the negative zero
    if last and is_negligible(value):
        return 0.0
    if last and value.rad() < _TINY and math.isfinite(low) and math.isfinite(high):
        middle = (Fraction(low) + Fraction(high)) / 2
        return float(middle) if value.contains(exact(middle)) else None
    return None


def radius(value: Real) -> float:
    """How far a value may be from its midpoint; 0 where it is exact."""
    return 0.0 if isinstance(value, fmpq) else float(value.rad())


def bits_needed(value: Real, bits: int) -> int:
    """How many bits it takes at least to narrow a ball, computed with ``bits``, to less than 1."""
    if isinstance(value, fmpq) or not is_finite(value):
        return bits
    radius_exponent = int(value.rad().man_exp()[1]) + 30  # a radius has a mantissa of 30 bits
    return bits + max(radius_exponent, 0)


def is_finite(value: Real) -> bool:
    """Whether a value has bounds at all."""
    return isinstance(value, fmpq) or bool(value.is_finite())


def is_negligible(value: Real) -> bool:
    """Whether a value is certainly smaller than any 64-bit float, and so cannot be told from 0 there."""
    return bool(size(value) < _TINY)


def figure(value: Real, cut: Cut) -> Figure:
    """The printed figure of a value, every digit proved.

    Raises
    ------
    UndecidedError
        If the ball's two ends round differently.
    BeyondRangeError
        If the value is far larger than any 64-bit float.
    """
    if size(value) > _HUGE:
        raise BeyondRangeError(f"a figure {BEYOND}; scale the numbers")
    if isinstance(value, fmpq):
        return _printed(value, cut, whole=True)
    if not size(value) < _HUGE:
        raise UndecidedError
    if is_negligible(value):
        return Figure(negative=False, digits="0", exact=bool(value == 0))
    if value.is_exact():
        return _printed(value, cut, whole=True)
    low, high = (_printed(end, cut, whole=False) for end in (value.lower(), value.upper()))
    if low != high:
        raise UndecidedError
    return low


def tie(value: Real, cut: Cut) -> Figure | None:
    """The figure of a ball that no precision parts from the middle between two figures: it is taken to lie there.

    None where the ball is wide, or holds no such middle.
    """
    if isinstance(value, fmpq) or not value.is_finite() or not value.rad() < _TINY:
        return None
    low, high = (_printed(end, cut, whole=False) for end in (value.lower(), value.upper()))
    middle = exact((low.value + high.value) / 2)
    return replace(figure(middle, cut), exact=False) if value.contains(middle) else None


def rounding(cut: Cut) -> Callable[[Real], Real]:
    """A function that replaces a value by its printed figure, for problems that carry rounded figures."""
    return lambda value: exact(figure(value, cut).value)


def size(value: Real) -> Real:
    """An absolute value."""
    return value.__abs__()  # of a union, abs itself has no type that mypy knows


def _ratio(value: Real) -> tuple[int, int]:
    if isinstance(value, fmpq):
        return int(value.p), int(value.q)
    mantissa, exponent = (int(part) for part in value.man_exp())
    return (mantissa << exponent, 1) if exponent >= 0 else (mantissa, 1 << -exponent)


def _printed(value: Real, cut: Cut, *, whole: bool) -> Figure:
    return rounded(*_ratio(value), digits=cut.digits, decimals=cut.decimals, whole=whole)


def _ball(value: Real) -> arb:
    return value if isinstance(value, arb) else arb(value)


def _sigmoid(x: Real) -> Real:
    result = 1 / (1 + _exp(-x))
    return result if is_finite(result) else (small := _exp(x)) / (1 + small)


def _sigmoid_of_ball(x: Real) -> Real:
    result = _ONE / (_ONE + _ball(-x).exp())
    return result if result.is_finite() else _sigmoid(x)


def _softplus(x: Real) -> Real:
    result = _ball(_exp(x)).log1p()
    return result if result.is_finite() else x + _ball(_exp(-x)).log1p()


def _softmax(net: Real, *nets: Real) -> Real:
    ahead = [other - net for other in nets]
    result = 1 / sum(map(_exp, ahead), fmpq(0))
    if is_finite(result):
        return result
    most = max(ahead, key=lambda each: each if isinstance(each, fmpq) else each.mid())
    return _exp(-most) / sum((_exp(each - most) for each in ahead), fmpq(0))


def _ln(x: Real) -> Real:
    if isinstance(x, fmpq) and x <= 0:
        raise PrecisionError("a figure that is carried as 0 has no logarithm; print more digits")
    return fmpq(0) if isinstance(x, fmpq) and x == 1 else _ball(x).log()


def _root(x: Real) -> Real:
    """Exact for the square of a rational."""
    if isinstance(x, fmpq) and x >= 0:
        numerator, denominator = math.isqrt(int(x.p)), math.isqrt(int(x.q))
        if numerator**2 == x.p and denominator**2 == x.q:
            return fmpq(numerator, denominator)
    return _ball(x).sqrt()


def _is_at_least(first: Real, second: Real) -> bool:
    if not (isinstance(first, fmpq) and isinstance(second, fmpq)):
        first, second = _ball(first), _ball(second)
    if first >= second:
        return True
    if first < second:
        return False
    if is_negligible(first - second):
        return True  # equal as far as any float can tell
    raise UndecidedError


def _largest(first: Real, *others: Real) -> Real:
    for other in others:
        try:
            first = first if _is_at_least(first, other) else other
        except UndecidedError:
            first = _ball(first).max(_ball(other))
    return first


def _sign(x: Real) -> Real:
    return fmpq(1 if _positive(x) else 0 if _is_at_least(x, fmpq(0)) else -1)


def _positive(x: Real) -> bool:
    if x > 0:
        return True
    if x <= 0 or is_negligible(x):
        return False  # a ball that no precision parts from 0 stands for 0
    raise UndecidedError


def _product(*factors: Real) -> Real:
    """An exact 0 makes the product exactly 0, whatever ball stands beside it."""
    result = math.prod(factors[1:], start=factors[0])
    if isinstance(result, arb) and result == 0 and any(isinstance(factor, fmpq) and factor == 0 for factor in factors):
        return fmpq(0)
    return result


def _quotient(numerator: Real, denominator: Real) -> Real:
    result = numerator / denominator
    return fmpq(0) if isinstance(numerator, fmpq) and numerator == 0 and result == 0 else result


def _power(base: Real, exponent: int) -> Real:
    """By multiplication where the base may be 0: python-flint has nothing to say of such a ball's power."""
    if isinstance(base, fmpq) and base != 0 and _length(base) * abs(exponent) > 4 * _LARGEST_EXACT_BITS:
        base = _ball(base)
    if isinstance(base, fmpq) or not base.contains(0):
        return base**exponent
    result = math.prod([base] * (abs(exponent) - 1), start=base) if exponent else fmpq(1)
    return result if exponent >= 0 else 1 / result


def _raised(base: Real, exponent: Real) -> Real:
    """A power with any exponent; exact where that is a whole number."""
    if isinstance(exponent, arb) and exponent.is_exact() and exponent.is_integer():
        exponent = fmpq(*_ratio(exponent))
    if isinstance(exponent, fmpq) and exponent.q == 1:
        return _power(base, int(exponent.p))
    if isinstance(base, fmpq) and base <= 0:
        raise PrecisionError("a number that is not positive has no power with a broken exponent")
    return _exp(exponent * _ln(base))


def _floor(x: Real) -> Real:
    """The largest whole number that is not larger."""
    if isinstance(x, fmpq):
        return fmpq(int(x.p) // int(x.q))
    below = x.floor()
    if not below.is_exact():
        raise UndecidedError
    return fmpq(*_ratio(below))


def _rational_at_zero(record: Function) -> Callable[[Real], Real]:
    """A function of Arb's own that is rational at 0 alone."""
    function = getattr(arb, record.library)
    at_zero = None if record.at_zero is None else exact(record.at_zero)
    return lambda x: at_zero if at_zero is not None and isinstance(x, fmpq) and x == 0 else function(_ball(x))


_exp = _rational_at_zero(FUNCTIONS["exp"])

#: Exact rationals where a formula allows it, balls elsewhere.
BALLS: Arithmetic[Real] = arithmetic(
    {
        **{record.name: _rational_at_zero(record) for record in FUNCTIONS.values() if record.library},
        "product": _product,
        "quotient": _quotient,
        "power": _power,
        "ln": _ln,
        "raised": _raised,
        "floor": _floor,
        "sqrt": _root,
        "normal": lambda x: (-_ball(x) / arb(2).sqrt()).erfc() / 2,
        "density": lambda x: (-(_ball(x) ** 2) / 2).exp() / (2 * arb.pi()).sqrt(),
        "sigmoid": _sigmoid,
        "relu": lambda x: x if _positive(x) else fmpq(0),
        "leaky_relu": lambda x: x if _positive(x) else x / 100,
        "softplus": _softplus,
        "softmax": _softmax,
        "max": _largest,
        "min": lambda *several: -_largest(*(-each for each in several)),
        "abs": abs,
        "sign": _sign,
        "at_least": lambda first, second: fmpq(1 if _is_at_least(first, second) else 0),
        "above": lambda first, second: fmpq(0 if _is_at_least(second, first) else 1),
    },
    exact,
)

_ONE = arb(1)


def _ball_where_exact(value: Fraction) -> Real:
    """A constant as a ball where that loses nothing at any precision: a mixed operation converts it every time."""
    small = value.denominator & (value.denominator - 1) == 0 and max(value.numerator, value.denominator) < 1 << 32
    return arb(exact(value)) if small else exact(value)


#: Balls where no rational is to be kept, as after some rounds of training: the same figures in half the time.
BALLS_ALONE = replace(
    BALLS,
    functions={
        **{name: function for name, function in BALLS.functions.items() if name not in ("product", "quotient")},
        "sigmoid": _sigmoid_of_ball,
    },
    constant=_ball_where_exact,
)


def shortened(value: Real, *, keep: bool) -> Real:
    """The value as a ball, unless it is to be kept and, as a rational, has not grown too long for that."""
    if isinstance(value, fmpq) and not (keep and _length(value) <= _LARGEST_EXACT_BITS):
        return arb(value)
    return value


def _length(value: fmpq) -> int:
    """Bits of the longer part of a rational."""
    return max(int(value.p).bit_length(), int(value.q).bit_length())
