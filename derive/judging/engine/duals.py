"""Values with their slopes by every written figure: the image of a box of figures, bounded in centred form.

Forward-mode differentiation (Wengert, A simple automatic derivative evaluation program, 1964) over balls gives the
mean-value form f(box) ⊆ f(centre) + Σ ∂f/∂xᵢ(box)·[−hᵢ, hᵢ] (Moore, Interval Analysis, 1966), whose width exceeds the
image's only in second order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from derive.arithmetic.code import Arithmetic, evaluate
from derive.formula.function import Function
from derive.formula.functions import FUNCTIONS
from derive.judging.engine.ball_arrays import BALL_ARRAYS, ONE_EACH, BallArray, Mask, power, share

#: The slope of a written figure by itself, which is not worth multiplying by.
ONE = 1


# Not frozen: see `BallArray`.
@dataclass(slots=True, eq=False)
class Dual:
    """A value over a box of figures.

    Attributes
    ----------
    centre : balls
        The value where every figure is as written.
    box : balls
        Everything it may be where each figure is within its half unit.
    slopes : dict of str to balls (or `ONE`)
        For every figure that it depends on, the partial derivative over the box.
    """

    centre: BallArray
    box: BallArray
    slopes: dict[str, Any] = field(default_factory=dict)

    def __neg__(self) -> Dual:
        centre = -self.centre
        return Dual(centre, centre if self.constant else -self.box, _negated(self.slopes))

    def __add__(self, other: Dual) -> Dual:
        return self._with(other, self.centre + other.centre, lambda: self.box + other.box, other.slopes)

    def __sub__(self, other: Dual) -> Dual:
        turned = _negated(other.slopes)
        return self._with(other, self.centre - other.centre, lambda: self.box - other.box, turned)

    def __mul__(self, other: Dual) -> Dual:
        centre = self.centre * other.centre
        if self.constant and other.constant:
            return Dual(centre, centre)
        slopes = _scaled(self.slopes, other.box)
        return Dual(centre, self.box * other.box, _merged(slopes, _scaled(other.slopes, self.box)))

    def __truediv__(self, other: Dual) -> Dual:
        centre = self.centre / other.centre
        if self.constant and other.constant:
            return Dual(centre, centre)
        box = self.box / other.box
        slopes = {name: (slope_of(slope) / other.box) for name, slope in self.slopes.items()}
        if other.slopes:
            slopes = _merged(slopes, _scaled(other.slopes, -(box / other.box)))
        return Dual(centre, box, slopes)

    @property
    def constant(self) -> bool:
        """Whether it depends on nothing written."""
        return self.box is self.centre

    def take(self, rows: Any) -> Dual:
        """That of some students."""
        centre = self.centre.take(rows)
        slopes = {name: slope if slope is ONE else slope.take(rows) for name, slope in self.slopes.items()}
        return Dual(centre, centre if self.constant else self.box.take(rows), slopes)

    def where(self, mask: Mask, other: Dual) -> Dual:
        """The one where the mask is true, the other elsewhere."""
        zero = BALL_ARRAYS.constant(Fraction(0))
        slopes: dict[str, Any] = {}
        for name in {**self.slopes, **other.slopes}:
            mine, theirs = (slope_of(each.slopes.get(name, zero)) for each in (self, other))
            slopes[name] = mine.where(mask, theirs)
        return Dual(self.centre.where(mask, other.centre), self.box.where(mask, other.box), slopes)

    def _with(self, other: Dual, centre: BallArray, box: Callable[[], BallArray], slopes: Mapping[str, Any]) -> Dual:
        if self.constant and other.constant:
            return Dual(centre, centre)
        return Dual(centre, box(), _merged(self.slopes, slopes))


def slope_of(slope: Any) -> BallArray:
    """A slope as balls."""
    return ONE_EACH if slope is ONE else slope


def _negated(slopes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _MINUS_ONE if slope is ONE else -slope for name, slope in slopes.items()}


def _scaled(slopes: Mapping[str, Any], factor: BallArray) -> dict[str, Any]:
    return {name: factor if slope is ONE else slope * factor for name, slope in slopes.items()}


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(first)
    for name, slope in second.items():
        merged[name] = slope_of(merged[name]) + slope_of(slope) if name in merged else slope
    return merged


_MINUS_ONE = -ONE_EACH


def _constant(value: Fraction) -> Dual:
    ball = BALL_ARRAYS.constant(value)
    return Dual(ball, ball)


def _smooth(record: Function) -> Callable[..., Dual]:
    function, (own, *places) = BALL_ARRAYS.functions[record.name], record.placeholders
    partials = record.slopes(own, *places)

    def applied(*several: Dual) -> Dual:
        centre = function(*(each.centre for each in several))
        if all(each.constant for each in several):
            return Dual(centre, centre)
        box = function(*(each.box for each in several))
        known = {own.id: box, **{place.id: each.box for place, each in zip(places, several, strict=True)}}
        slopes: dict[str, Any] = {}
        for each, partial in zip(several, partials, strict=True):
            if each.slopes:
                slopes = _merged(slopes, _scaled(each.slopes, evaluate(partial, known, BALL_ARRAYS)))
        return Dual(centre, box, slopes)

    return applied


def _jumping(name: str) -> Callable[..., Dual]:
    """A function that jumps: all it may be over the box stands for it, without any slope."""
    function = BALL_ARRAYS.functions[name]

    def applied(*several: Dual) -> Dual:
        box = function(*(each.box for each in several))
        return Dual(box, box)

    return applied


def _several(pair: Callable[[Dual, Dual], Dual]) -> Callable[..., Dual]:
    return lambda *several: reduce(pair, several)


_ONE_DUAL = _constant(Fraction(1))
_FUNCTIONS = {
    name: _jumping(name) if record.jumps else _smooth(record)
    for name, record in FUNCTIONS.items()
    if record.slopes(*record.placeholders)  # softmax has none of its own
}

#: The arithmetic of duals.
DUALS = Arithmetic(
    functions={
        **_FUNCTIONS,
        **{name: _several(_FUNCTIONS[name]) for name in ("max", "min")},
        "softmax": share(_FUNCTIONS["exp"], _ONE_DUAL),
        "power": lambda base, exponent: power(base, exponent, _ONE_DUAL),
    },
    constant=_constant,
)


def _vanishing_product(*factors: Dual) -> Dual:
    """A product in which a given 0 leaves out what it multiplies, even where that has no value: 0·ln(1 − 2.3)."""
    found = reduce(Dual.__mul__, factors)
    for factor in factors:
        if factor.constant:
            zero = np.asarray(factor.centre.balls == 0, dtype=np.bool_)
            if zero.any():
                found = _NONE_LEFT.where(zero, found)
    return found


_NONE_LEFT = _constant(Fraction(0))

#: The same for formulas with logarithms.
DUALS_OF_LOGARITHMS = replace(DUALS, functions={**DUALS.functions, "product": _vanishing_product})
