"""Balls of python-flint, one for each student: whole classes are judged with proved bounds in one pass.

A ball is a midpoint with a radius that holds the exact value (Moore, Interval Analysis, 1966; Johansson, Arb, 2017).
What has no value, such as a quotient by a ball around 0, is no finite ball, and then meets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from derive.arithmetic.code import arithmetic

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NO_VALUE = arb("nan")
_GROWN = 1.0 + 2.0**-48  # floats that stand for bounds are rounded
_TINY = 1e-300  # and what is too small for them is not nothing
_UPPER, _LOWER = np.frompyfunc(arb.abs_upper, 1, 1), np.frompyfunc(arb.abs_lower, 1, 1)
_OVERLAP = np.frompyfunc(arb.overlaps, 2, 1)
_MEET = np.frompyfunc(lambda apart, reach: apart <= reach or (apart.is_finite() and not apart > reach), 2, 1)
_LOOSE = np.frompyfunc(lambda ball: ball.rel_accuracy_bits() < _FIRM_BITS, 1, 1)
_FIRM_BITS = 30  # a value with fewer has been lost to cancellation, or to a kink


# Not frozen: a great many are made, and a frozen one takes three times as long.
@dataclass(slots=True, eq=False)
class BallArray:
    """An array of balls of one entry for each student, or of a single one for all of them."""

    balls: NDArray[np.object_]

    __array_ufunc__ = None

    @classmethod
    def points(cls, values: Sequence[Fraction]) -> BallArray:
        """The numbers themselves, as near as the present precision comes to them."""
        ratios = [value.as_integer_ratio() for value in values]
        below = {denominator: arb(denominator) for denominator in {ratio[1] for ratio in ratios}}
        return cls.of([arb(numerator) / below[denominator] for numerator, denominator in ratios])

    @classmethod
    def multiples(cls, counts: Sequence[int], units: Sequence[Fraction]) -> BallArray:
        """So many units each."""
        return cls.points([count * unit for count, unit in zip(counts, units, strict=True)])

    @classmethod
    def of(cls, balls: Sequence[Any]) -> BallArray:
        """An array of these balls."""
        array = np.empty(len(balls), dtype=object)
        array[:] = balls
        return cls(array)

    def __neg__(self) -> BallArray:
        return BallArray(-self.balls)

    def __add__(self, other: BallArray) -> BallArray:
        return BallArray(self.balls + other.balls)

    def __sub__(self, other: BallArray) -> BallArray:
        return BallArray(self.balls - other.balls)

    def __mul__(self, other: BallArray) -> BallArray:
        return BallArray(self.balls * other.balls)

    def __truediv__(self, other: BallArray) -> BallArray:
        return BallArray(self.balls / other.balls)

    def widened(self, extra: Floats) -> BallArray:
        """The same balls with larger radii."""
        reaches = np.atleast_1d(extra).tolist()
        around = {reach: arb(0, reach) for reach in set(reaches)}
        return self + BallArray.of([around[reach] for reach in reaches])

    def floats(self) -> Floats:
        """Midpoints, as near as floats come to them."""
        return np.asarray(self.balls, dtype=np.float64)

    def size(self) -> Floats:
        """Upper bounds of the absolute values."""
        return np.asarray(_UPPER(self.balls), dtype=np.float64) * _GROWN + _TINY

    def least(self) -> Floats:
        """Lower bounds of the absolute values."""
        return np.asarray(_LOWER(self.balls), dtype=np.float64)

    def loose(self) -> Mask:
        """Where a ball is so wide for its midpoint that something has gone lost on the way."""
        return np.asarray(_LOOSE(self.balls), dtype=np.bool_)

    def take(self, rows: NDArray[np.intp]) -> BallArray:
        """Those of some students; what is the same for all stays as it is."""
        return self if len(self.balls) == 1 else BallArray(self.balls[rows])

    def repeated(self, count: int) -> BallArray:
        """What is the same for all students, as one entry for each of them."""
        return BallArray(np.repeat(self.balls, count))

    def where(self, mask: Mask, other: BallArray) -> BallArray:
        """These where the mask is true, the others elsewhere."""
        return BallArray(np.where(mask, self.balls, other.balls))

    def overlaps(self, other: BallArray) -> Mask:
        """Where the two may have a value in common."""
        return np.asarray(_OVERLAP(self.balls, other.balls), dtype=np.bool_)

    def meets(self, other: BallArray, reach: Floats) -> Mask:
        """Whether the two come within ``reach`` of each other."""
        reach = reach * _GROWN + _TINY
        return np.asarray(_MEET(np.abs(self.balls - other.balls), reach), dtype=np.bool_) & np.isfinite(reach)


def nearest(value: Fraction) -> float:
    """The float64 nearest to a number; infinite where it is too large for one."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def floats_of(values: Sequence[Fraction]) -> Floats:
    """The floats nearest to some numbers."""
    return np.array([nearest(value) for value in values])


def power(base: Any, exponent: int, one: Any) -> Any:
    """A whole power by multiplication."""
    if exponent == 0:
        return one
    result = base
    for _ in range(abs(exponent) - 1):
        result = result * base
    return result if exponent > 0 else one / result


def share(exp: Callable[[Any], Any], one: Any) -> Callable[..., Any]:
    """Softmax of any kind of number."""

    def softmax(net: Any, *nets: Any) -> Any:
        terms = [one if other is net else exp(other - net) for other in nets]
        return one / reduce(lambda first, second: first + second, terms)

    return softmax


def _each(function: Callable[..., Any], count: int = 1) -> Callable[..., BallArray]:
    """A function of balls, applied to each student's."""
    applied = np.frompyfunc(function, count, 1)
    return lambda *several: BallArray(applied(*(each.balls for each in several)))


def _several(function: Callable[[Any, Any], Any]) -> Callable[..., BallArray]:
    pair = _each(function, 2)
    return lambda *several: reduce(pair, several)


class _EachOfArb:
    """Arb's own functions, each applied to every student's ball."""

    def __getattr__(self, name: str) -> Callable[..., BallArray]:
        return _each(getattr(arb, name))


def _above(first: Any, second: Any) -> Any:
    if first > second:
        return _TOP
    return _BOTTOM if first <= second else _EITHER if (first - second).is_finite() else NO_VALUE


def _constant(value: Fraction) -> BallArray:
    return BallArray.points([value])


_BOTTOM, _TOP, _EITHER = arb(0), arb(1), arb(0).union(arb(1))
ONE_EACH = _constant(Fraction(1))
EXP = _each(arb.exp)

#: Balls for a whole class at once.
BALL_ARRAYS = arithmetic(
    {
        "exp": EXP,
        "normal": _each(lambda x: (-x / arb(2).sqrt()).erfc() / 2),
        "density": _each(lambda x: (-(x**2) / 2).exp() / (2 * arb.pi()).sqrt()),
        "sqrt": _each(lambda x: x.max(_BOTTOM).sqrt()),
        "softplus": _each(lambda x: x.exp().log1p()),
        "softmax": share(EXP, ONE_EACH),
        "max": _several(arb.max),
        "min": _several(arb.min),
        "abs": _each(abs),
        "above": _each(_above, 2),
        "power": lambda base, exponent: power(base, exponent, ONE_EACH),
    },
    _constant,
    _EachOfArb(),
)
