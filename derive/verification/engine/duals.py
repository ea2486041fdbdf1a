"""Values with their slopes by every written figure: the image of a box of figures, bounded in centred form.

Forward-mode differentiation (Wengert, A simple automatic derivative evaluation program, 1964) over balls gives the
mean-value form f(box) ⊆ f(centre) + Σ ∂f/∂xᵢ(box)·[−hᵢ, hᵢ] (Moore, Interval Analysis, 1966), whose width exceeds the
image's only in second order. It runs on any kind of ball.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, reduce
from typing import Any

from derive.compiled import Arithmetic
from derive.verification.engine.ball_arrays import Mask, power

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

    centre: Any
    box: Any
    slopes: dict[str, Any] = field(default_factory=dict)

    def __neg__(self) -> Dual:
        return self._of(-self.centre, None if self.constant else -self.box, _negated(self.slopes, self.centre))

    def __add__(self, other: Dual) -> Dual:
        return self._with(other, self.centre + other.centre, lambda: self.box + other.box, other.slopes)

    def __sub__(self, other: Dual) -> Dual:
        turned = _negated(other.slopes, other.centre)
        return self._with(other, self.centre - other.centre, lambda: self.box - other.box, turned)

    def __mul__(self, other: Dual) -> Dual:
        centre = self.centre * other.centre
        if self.constant and other.constant:
            return Dual(centre, centre)
        slopes = _scaled(self.slopes, other.box)
        return Dual(centre, self.box * other.box, _merged(slopes, _scaled(other.slopes, self.box), centre))

    def __truediv__(self, other: Dual) -> Dual:
        centre = self.centre / other.centre
        if self.constant and other.constant:
            return Dual(centre, centre)
        box = self.box / other.box
        slopes = {name: (slope_of(slope, box) / other.box) for name, slope in self.slopes.items()}
        if other.slopes:
            slopes = _merged(slopes, _scaled(other.slopes, -(box / other.box)), centre)
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
        zero = self.centre - self.centre
        slopes: dict[str, Any] = {}
        for name in {**self.slopes, **other.slopes}:
            mine, theirs = (slope_of(each.slopes.get(name, zero), self.centre) for each in (self, other))
            slopes[name] = mine.where(mask, theirs)
        return Dual(self.centre.where(mask, other.centre), self.box.where(mask, other.box), slopes)

    def _of(self, centre: Any, box: Any, slopes: dict[str, Any]) -> Dual:
        return Dual(centre, centre if box is None else box, slopes)

    def _with(self, other: Dual, centre: Any, box: Callable[[], Any], slopes: Mapping[str, Any]) -> Dual:
        if self.constant and other.constant:
            return Dual(centre, centre)
        return Dual(centre, box(), _merged(self.slopes, slopes, centre))


def slope_of(slope: Any, like: Any) -> Any:
    """A slope as balls of the same kind as ``like``."""
    return _whole(_kind(like), 1) if slope is ONE else slope


@cache
def _whole(kind: Hashable, value: int) -> Any:
    balls: Any = kind
    return balls.points([Fraction(value)])


def _kind(ball: Any) -> Any:
    return type(ball)


def _negated(slopes: Mapping[str, Any], like: Any) -> dict[str, Any]:
    return {name: _whole(_kind(like), -1) if slope is ONE else -slope for name, slope in slopes.items()}


def _scaled(slopes: Mapping[str, Any], factor: Any) -> dict[str, Any]:
    return {name: factor if slope is ONE else slope * factor for name, slope in slopes.items()}


def _merged(first: Mapping[str, Any], second: Mapping[str, Any], like: Any) -> dict[str, Any]:
    merged = dict(first)
    for name, slope in second.items():
        merged[name] = slope_of(merged[name], like) + slope_of(slope, like) if name in merged else slope
    return merged


#: The slope of each function of one argument over a box, from the functions of its kind of ball, the constant 1, the
#: argument and the function's value. Those that jump have none: see `_jumping`.
SLOPES: dict[str, Callable[[Mapping[str, Any], Any, Any, Any], Any]] = {
    "identity": lambda call, one, x, y: one,
    "exp": lambda call, one, x, y: y,
    "ln": lambda call, one, x, y: one / x,
    "sigmoid": lambda call, one, x, y: y * (one - y),
    "tanh": lambda call, one, x, y: one - y * y,
    "relu": lambda call, one, x, y: call["relu_slope"](x),
    "leaky_relu": lambda call, one, x, y: call["leaky_relu_slope"](x),
    "softplus": lambda call, one, x, y: call["sigmoid"](x),
    "sqrt": lambda call, one, x, y: one / (y + y),
    "sin": lambda call, one, x, y: call["cos"](x),
    "cos": lambda call, one, x, y: -call["sin"](x),
    "tan": lambda call, one, x, y: one + y * y,
    "sinh": lambda call, one, x, y: call["cosh"](x),
    "cosh": lambda call, one, x, y: call["sinh"](x),
    "abs": lambda call, one, x, y: call["sign"](x),
}
_JUMPING = ("relu_slope", "leaky_relu_slope", "sign", "at_least", "above")


def duals(kind: Arithmetic) -> Arithmetic:
    """The arithmetic of duals over a kind of ball."""
    functions: dict[str, Callable[..., Any]] = {name: _smooth(name, kind) for name in SLOPES}
    functions |= {name: _jumping(kind.functions[name]) for name in _JUMPING}
    one = Dual(kind.constant(Fraction(1)), None)
    one.box = one.centre

    def softmax(net: Dual, *nets: Dual) -> Dual:
        terms = [one if other is net else functions["exp"](other - net) for other in nets]
        return one / reduce(Dual.__add__, terms)

    def constant(value: Fraction) -> Dual:
        ball = kind.constant(value)
        return Dual(ball, ball)

    functions |= {
        "softmax": softmax,
        "power": lambda base, exponent: power(base, exponent, one),
        "max": lambda *several: reduce(lambda a, b: _larger(kind, a, b), several),
        "min": lambda *several: -reduce(lambda a, b: _larger(kind, a, b), [-each for each in several]),
    }
    return Arithmetic(functions=functions, constant=constant)


def _smooth(name: str, kind: Arithmetic) -> Callable[[Dual], Dual]:
    function, slope, one = kind.functions[name], SLOPES[name], kind.constant(Fraction(1))

    def applied(x: Dual) -> Dual:
        centre = function(x.centre)
        if x.constant:
            return Dual(centre, centre)
        box = function(x.box)
        return Dual(centre, box, _scaled(x.slopes, slope(kind.functions, one, x.box, box)) if x.slopes else {})

    return applied


def _jumping(function: Callable[..., Any]) -> Callable[..., Dual]:
    """A function that jumps: all it may be over the box stands for it, without any slope."""

    def applied(*several: Dual) -> Dual:
        box = function(*(each.box for each in several))
        return Dual(box, box)

    return applied


def _larger(kind: Arithmetic, first: Dual, second: Dual) -> Dual:
    """The larger of two: its slope is that of the one which is larger, and between the two where it is unknown."""
    largest = kind.functions["max"]
    centre = largest(first.centre, second.centre)
    if first.constant and second.constant:
        return Dual(centre, centre)
    share = kind.functions["at_least"](first.box, second.box)
    rest = kind.constant(Fraction(1)) - share
    slopes = _merged(_scaled(first.slopes, share), _scaled(second.slopes, rest), centre)
    return Dual(centre, largest(first.box, second.box), slopes)
