"""The same balls with as many bits as it takes, for figures that floats cannot hold: slower, one student after another.

What overflows or has no value is no finite ball, and then meets nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from derive.balls import exact
from derive.compiled import Arithmetic
from derive.verification.engine.ball_arrays import Floats, Mask, power

_GROWN = 1.0 + 2.0**-48


@dataclass(slots=True, eq=False)
class FineArray:
    """Balls of python-flint: an array of objects with one entry for each student, or a single one for all."""

    balls: NDArray[np.object_]

    __array_ufunc__ = None

    @classmethod
    def points(cls, values: Sequence[Fraction]) -> FineArray:
        """The numbers themselves."""
        return cls.of([arb(exact(value)) for value in values])

    @classmethod
    def multiples(cls, counts: Sequence[int], units: Sequence[Fraction]) -> FineArray:
        """So many units each."""
        return cls.points([count * unit for count, unit in zip(counts, units, strict=True)])

    @classmethod
    def of(cls, balls: Sequence[Any]) -> FineArray:
        """An array of these balls."""
        array = np.empty(len(balls), dtype=object)
        array[:] = balls
        return cls(array)

    def __neg__(self) -> FineArray:
        return FineArray(-self.balls)

    def __add__(self, other: FineArray) -> FineArray:
        return FineArray(self.balls + other.balls)

    def __sub__(self, other: FineArray) -> FineArray:
        return FineArray(self.balls - other.balls)

    def __mul__(self, other: FineArray) -> FineArray:
        return FineArray(self.balls * other.balls)

    def __truediv__(self, other: FineArray) -> FineArray:
        unknown = arb("nan")
        safe = np.array([unknown if ball.contains(0) else ball for ball in other.balls], dtype=object)
        return FineArray(self.balls / safe)

    def widened(self, extra: Floats) -> FineArray:
        """The same balls with larger radii."""
        added = [arb(0, reach) if math.isfinite(reach) else arb("nan") for reach in np.atleast_1d(extra)]
        return self + FineArray.of(added)

    def floats(self) -> Floats:
        """Midpoints, as near as floats come to them."""
        return np.array([float(ball.mid()) if ball.is_finite() else math.nan for ball in self.balls])

    def radii(self) -> Floats:
        """How far the exact values may be from the midpoints."""
        return np.array([float(ball.rad()) if ball.is_finite() else math.nan for ball in self.balls]) * _GROWN

    def size(self) -> Floats:
        """Upper bounds of the absolute values."""
        return np.array([float(abs(ball).upper()) if ball.is_finite() else math.nan for ball in self.balls]) * _GROWN

    def take(self, rows: NDArray[np.intp]) -> FineArray:
        """Those of some students; what is the same for all stays as it is."""
        return self if len(self.balls) == 1 else FineArray(self.balls[rows])

    def repeated(self, count: int) -> FineArray:
        """What is the same for all students, as one entry for each of them."""
        return FineArray(np.repeat(self.balls, count))

    def where(self, mask: Mask, other: FineArray) -> FineArray:
        """These where the mask is true, the others elsewhere."""
        return FineArray(np.where(mask, self.balls, other.balls))

    def meets(self, other: FineArray, reach: Floats) -> Mask:
        """Whether the two come within ``reach`` of each other."""
        differences, reaches = np.broadcast_arrays(self.balls - other.balls, reach * _GROWN)
        found = [
            bool(ball.is_finite() and math.isfinite(near) and not abs(ball) > near)
            for ball, near in zip(differences, reaches, strict=True)
        ]
        return np.array(found, dtype=bool)


def _each(function: Callable[..., Any]) -> Callable[..., FineArray]:
    """A function of balls, applied to each student's."""

    def applied(*several: FineArray) -> FineArray:
        columns = np.broadcast_arrays(*(each.balls for each in several))
        rows = zip(*columns, strict=True)
        return FineArray.of([function(*row) if all(ball.is_finite() for ball in row) else arb("nan") for row in rows])

    return applied


def _steps(low: Fraction, *, at_zero: bool) -> Callable[[Any], Any]:
    """A function that jumps from ``low`` to 1 at 0."""
    bottom, top = arb(exact(low)), arb(1)

    def stepped(x: Any) -> Any:
        if x > 0 or (at_zero and x >= 0):
            return top
        return bottom if x < 0 or (not at_zero and x <= 0) else bottom.union(top)

    return stepped


def _sign(x: Any) -> Any:
    if x > 0 or x < 0:
        return arb(1 if x > 0 else -1)
    return arb(0) if x == 0 else arb(0, 1)


def _leaky(x: Any) -> Any:
    return x.max(x / 100)


def _softmax(net: Any, *nets: Any) -> Any:
    return 1 / sum(((other - net).exp() for other in nets), arb(0))


#: Balls with many bits, for one or some students.
FINE_ARRAYS = Arithmetic(
    functions={
        "power": lambda base, exponent: power(base, exponent, _constant(Fraction(1))),
        "identity": lambda x: x,
        "exp": _each(arb.exp),
        "ln": _each(lambda x: x.log() if x > 0 else arb("nan")),
        "sigmoid": _each(lambda x: 1 / (1 + (-x).exp())),
        "tanh": _each(arb.tanh),
        "relu": _each(lambda x: x.max(arb(0))),
        "relu_slope": _each(_steps(Fraction(0), at_zero=False)),
        "leaky_relu": _each(_leaky),
        "leaky_relu_slope": _each(_steps(Fraction(1, 100), at_zero=False)),
        "softplus": _each(lambda x: x.exp().log1p()),
        "softmax": _each(_softmax),
        "sqrt": _each(lambda x: arb.sqrt(x.max(arb(0)))),
        "sin": _each(arb.sin),
        "cos": _each(arb.cos),
        "tan": _each(arb.tan),
        "sinh": _each(arb.sinh),
        "cosh": _each(arb.cosh),
        "max": _each(lambda *several: reduce(arb.max, several)),
        "min": _each(lambda *several: reduce(arb.min, several)),
        "abs": _each(abs),
        "sign": _each(_sign),
        "at_least": _each(lambda first, second: _steps(Fraction(0), at_zero=True)(first - second)),
        "above": _each(lambda first, second: _steps(Fraction(0), at_zero=False)(first - second)),
    },
    constant=lambda value: _constant(value),
)


def _constant(value: Fraction) -> FineArray:
    return FineArray.points([value])
