"""What a comparison of independent routes to one quantity found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

#: Relative difference allowed between routes, before the quantity's own sensitivity to rounding is added.
RELATIVE_TOLERANCE = 1e-12
#: How many times the error bound of float64 along the formulas another order of the same sums may need.
ORDERINGS = 16
#: Why a route is left out of a comparison.
AT_A_KINK = "at a kink there is no single slope"
UNKNOWN = "64-bit floats cannot tell the digits, or on which side of a kink a figure is"
OUT_OF_RANGE = "the figure, or one on the way to it, leaves the range of 64-bit floats"

#: Below this no figure is told from 0.
SMALLEST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One quantity by several routes.

    Attributes
    ----------
    quantity : str
    routes : tuple of str
        Names of the routes; the first is the proved value.
    values : tuple of float or None
        One a route; None where it is left out. The proved value is None where no 64-bit float holds it.
    error : float
        Largest absolute difference from the proved value.
    tolerance : float
        What is allowed, for this quantity's condition.
    left_out : tuple of (str, str)
        Routes that are not compared, each with the reason; their value is None.
    frozen : bool
        Whether it is the derivative with frozen weights of a problem whose update is sequential.
    """

    quantity: str
    routes: tuple[str, ...]
    values: tuple[float | None, ...]
    error: float
    tolerance: float
    frozen: bool = False
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all routes agree."""
        return self.error <= self.tolerance


@dataclass(frozen=True, slots=True)
class Witness:
    """A route to one quantity.

    Attributes
    ----------
    figure : float or None
        None at a kink.
    bound : float
        What rounding may do, times the order of the sums; infinite where a branch hangs on it.
    own : float
        By how much more the route may be off; infinite where it cannot know the figure.
    lost : bool
        Whether floats have left their range along the formulas: then a figure that is no number says nothing.
    """

    figure: float | None
    bound: float
    own: float = 0.0
    lost: bool = False

    def allowed(self, value: float) -> float:
        """The difference from the proved value that rounding explains."""
        return RELATIVE_TOLERANCE * abs(value) + ORDERINGS * self.bound + self.own + SMALLEST

    def silent(self, value: float | None) -> str:
        """Why it is left out; empty where it is compared."""
        if value is None:
            return OUT_OF_RANGE
        if self.figure is None:
            return OUT_OF_RANGE if self.lost or not math.isfinite(self.own) else AT_A_KINK
        if self.lost and not math.isfinite(self.figure):
            return OUT_OF_RANGE
        return "" if math.isfinite(self.allowed(value)) else UNKNOWN


def compared(name: str, value: float | None, routes: Mapping[str, Witness], *, known: bool) -> Check:
    """The routes beside the proved value, and the difference that comes nearest to what its route is allowed.

    A route that hangs on a branch which rounding decides, or that has no value in floats, is no witness there.
    """
    values: dict[str, float | None] = {"proved": value}
    left_out: dict[str, str] = {}
    worst = (0.0, RELATIVE_TOLERANCE * abs(value or 0.0) + SMALLEST)
    for route, witness in routes.items():
        reason = witness.silent(value) or ("" if known else UNKNOWN)
        values[route] = None if reason else witness.figure
        if reason or value is None or witness.figure is None:
            left_out[route] = reason
            continue
        pair = (distance(value, witness.figure), witness.allowed(value))
        worst = max(worst, pair, key=lambda each: each[0] / each[1])
    return Check(
        quantity=name,
        routes=tuple(values),
        values=tuple(values.values()),
        error=worst[0],
        tolerance=worst[1],
        left_out=tuple(left_out.items()),
    )


def distance(value: float, other: float) -> float:
    """How far two figures are apart: no number is infinitely far from everything."""
    if value == other:
        return 0.0
    difference = abs(value - other)
    return math.inf if math.isnan(difference) else difference
