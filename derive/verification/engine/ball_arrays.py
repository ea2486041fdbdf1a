"""Balls of 64-bit floats, one for each student: whole classes are judged with proved bounds in one pass.

A ball is a midpoint with a radius that holds the exact value (Moore, Interval Analysis, 1966; Rump, Fast and parallel
interval arithmetic, 1999). Every operation widens its radius by a few units of the last place, which holds whatever
the floats round away. What overflows or has no value gets a radius that is no number, and then meets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.compiled import Arithmetic

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_UNIT = 2.0**-51  # two units of the last place: rounding of the midpoint and of the radius itself
_GROWN = 1.0 + 2.0**-48  # a radius is a sum of a few rounded terms
_TINY = 1e-300  # what underflow may lose; no subnormal, which processors are slow with
_FUNCTION = 2.0**-49  # NumPy's functions are right to a few units of the last place


# Not frozen: millions are made, and a frozen one takes three times as long.
@dataclass(slots=True, eq=False)
class BallArray:
    """Midpoints and radii, arrays of one entry for each student, or of a single one for all of them."""

    mid: Floats
    rad: Floats

    __array_ufunc__ = None

    @classmethod
    def points(cls, values: Sequence[Fraction]) -> BallArray:
        """The numbers themselves, as near as floats come to them."""
        mid = floats_of(values)
        return cls(mid, np.abs(mid) * _UNIT)

    @classmethod
    def multiples(cls, counts: Sequence[int], units: Sequence[Fraction]) -> BallArray:
        """So many units each."""
        pairs = zip(counts, units, strict=True)
        mid = np.array([count * unit.numerator / unit.denominator for count, unit in pairs])
        return cls(mid, np.abs(mid) * _UNIT)

    @classmethod
    def between(cls, low: Floats, high: Floats) -> BallArray:
        """The balls that hold everything from ``low`` to ``high``, and what functions round away."""
        mid = (low + high) * 0.5
        return cls(mid, ((high - low) * 0.5 + np.abs(mid) * _FUNCTION) * _GROWN + _TINY)

    def __neg__(self) -> BallArray:
        return BallArray(-self.mid, self.rad)

    def __add__(self, other: BallArray) -> BallArray:
        mid = self.mid + other.mid
        return BallArray(mid, (self.rad + other.rad + np.abs(mid) * _UNIT) * _GROWN)

    def __sub__(self, other: BallArray) -> BallArray:
        mid = self.mid - other.mid
        return BallArray(mid, (self.rad + other.rad + np.abs(mid) * _UNIT) * _GROWN)

    def __mul__(self, other: BallArray) -> BallArray:
        mid = self.mid * other.mid
        size = np.abs(self.mid)
        spread = (size + self.rad) * other.rad + np.abs(other.mid) * self.rad
        return BallArray(mid, (spread + np.abs(mid) * _UNIT) * _GROWN + _TINY)

    def __truediv__(self, other: BallArray) -> BallArray:
        least = np.abs(other.mid) - other.rad
        mid = self.mid / other.mid
        spread = (self.rad + np.abs(mid) * other.rad) / (least * (1.0 - _UNIT))
        spread = (spread + np.abs(mid) * _UNIT) * _GROWN + _TINY
        return BallArray(mid, np.where(least > 0.0, spread, np.inf))

    def widened(self, extra: Floats) -> BallArray:
        """The same balls with larger radii."""
        return BallArray(self.mid, self.rad + extra)

    def ends(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds."""
        return self.mid - self.rad, self.mid + self.rad

    def floats(self) -> Floats:
        """Midpoints."""
        return self.mid

    def radii(self) -> Floats:
        """How far the exact values may be from the midpoints."""
        return self.rad

    def size(self) -> Floats:
        """Upper bounds of the absolute values."""
        return (np.abs(self.mid) + self.rad) * _GROWN

    def take(self, rows: NDArray[np.intp]) -> BallArray:
        """Those of some students; what is the same for all stays as it is."""
        return self if len(self.mid) == 1 else BallArray(self.mid[rows], self.rad[rows])

    def repeated(self, count: int) -> BallArray:
        """What is the same for all students, as one entry for each of them."""
        return BallArray(np.repeat(self.mid, count), np.repeat(self.rad, count))

    def where(self, mask: Mask, other: BallArray) -> BallArray:
        """These where the mask is true, the others elsewhere."""
        return BallArray(np.where(mask, self.mid, other.mid), np.where(mask, self.rad, other.rad))

    def meets(self, other: BallArray, reach: Floats) -> Mask:
        """Whether the two come within ``reach`` of each other."""
        difference = self - other
        near: Mask = np.abs(difference.mid) <= (reach + difference.rad) * _GROWN
        return near & np.isfinite(difference.mid) & np.isfinite(reach + difference.rad)


def nearest(value: Fraction) -> float:
    """The float64 nearest to a number; infinite where it is too large for one."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def floats_of(values: Sequence[Fraction]) -> Floats:
    """The floats nearest to some numbers."""
    try:
        return np.array([value.numerator / value.denominator for value in values])
    except OverflowError:
        return np.array([nearest(value) for value in values])


def power(base: Any, exponent: int, one: Any) -> Any:
    """A whole power by multiplication."""
    if exponent == 0:
        return one
    result = base
    for _ in range(abs(exponent) - 1):
        result = result * base
    return result if exponent > 0 else one / result


def _rising(function: Callable[[Floats], Floats]) -> Callable[[BallArray], BallArray]:
    """A function that never falls, by the ends of its argument."""
    return lambda x: BallArray.between(function(x.mid - x.rad), function(x.mid + x.rad))


def _steps(at_least: bool, low: float, high: float) -> Callable[[BallArray], BallArray]:
    """A function that jumps at 0; exact on either side."""

    def stepped(x: BallArray) -> BallArray:
        bottom, top = x.ends()
        first = np.where(bottom >= 0.0 if at_least else bottom > 0.0, high, low)
        last = np.where(top >= 0.0 if at_least else top > 0.0, high, low)
        unknown = np.isnan(bottom) | np.isnan(top)
        return BallArray((first + last) * 0.5, np.where(unknown, np.nan, (last - first) * 0.5))

    return stepped


def _sign(x: BallArray) -> BallArray:
    low, high = x.ends()
    first, last = np.sign(low), np.sign(high)
    return BallArray((first + last) * 0.5, (last - first) * 0.5)


def _abs(x: BallArray) -> BallArray:
    low, high = x.ends()
    outer = np.maximum(np.abs(low), np.abs(high))
    around = BallArray.between(np.zeros_like(outer), outer)
    return BallArray(np.abs(x.mid), x.rad).where((low >= 0.0) | (high <= 0.0), around)


def _cosh(x: BallArray) -> BallArray:
    low, high = x.ends()
    inner = np.where((low <= 0.0) & (high >= 0.0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    return BallArray.between(np.cosh(inner), np.cosh(np.maximum(np.abs(low), np.abs(high))))


def _wave(function: Callable[[Floats], Floats]) -> Callable[[BallArray], BallArray]:
    """Sine or cosine: neither moves by more than its argument does."""
    return lambda x: BallArray(function(x.mid), x.rad + _FUNCTION)


def _tan(x: BallArray) -> BallArray:
    low, high = x.ends()
    same = np.floor(low / np.pi + 0.5) == np.floor(high / np.pi + 0.5)
    found = BallArray.between(np.tan(low), np.tan(high))
    return BallArray(found.mid, np.where(same & (high - low < np.pi), found.rad, np.inf))


def _softmax(net: BallArray, *nets: BallArray) -> BallArray:
    one = _constant(Fraction(1))
    terms = [one if other is net else EXP(other - net) for other in nets]
    total: BallArray = reduce(BallArray.__add__, terms)
    return one / total


def _extreme(choose: Callable[[Floats, Floats], Floats]) -> Callable[..., BallArray]:
    def chosen(*several: BallArray) -> BallArray:
        ends = [each.ends() for each in several]
        return BallArray.between(reduce(choose, [low for low, _ in ends]), reduce(choose, [high for _, high in ends]))

    return chosen


def _constant(value: Fraction) -> BallArray:
    mid = nearest(value)
    exact = np.isfinite(mid) and Fraction(mid) == value
    return BallArray(np.array([mid]), np.array([0.0 if exact else abs(mid) * _UNIT]))


EXP = _rising(np.exp)

#: Balls for a whole class at once.
BALL_ARRAYS = Arithmetic(
    functions={
        "power": lambda base, exponent: power(base, exponent, _constant(Fraction(1))),
        "identity": lambda x: x,
        "exp": EXP,
        "ln": _rising(np.log),
        "sigmoid": _rising(lambda x: 1.0 / (1.0 + np.exp(-x))),
        "tanh": _rising(np.tanh),
        "relu": _rising(lambda x: np.maximum(x, 0.0)),
        "relu_slope": _steps(False, 0.0, 1.0),
        "leaky_relu": _rising(lambda x: np.where(x > 0, x, 0.01 * x)),
        "leaky_relu_slope": _steps(False, 0.01, 1.0),
        "softplus": _rising(lambda x: np.logaddexp(x, 0.0)),
        "softmax": _softmax,
        "sqrt": _rising(lambda x: np.sqrt(np.maximum(x, 0.0))),
        "sin": _wave(np.sin),
        "cos": _wave(np.cos),
        "tan": _tan,
        "sinh": _rising(np.sinh),
        "cosh": _cosh,
        "max": _extreme(np.maximum),
        "min": _extreme(np.minimum),
        "abs": _abs,
        "sign": _sign,
        "at_least": lambda first, second: _steps(True, 0.0, 1.0)(first - second),
        "above": lambda first, second: _steps(False, 0.0, 1.0)(first - second),
    },
    constant=_constant,
)
