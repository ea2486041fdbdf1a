"""How far rounding to 64-bit floats may lead a figure, so that routes are compared neither too strictly nor in vain.

Two bounds, both from balls: one along the very formulas, operation by operation, and one of the problem itself, from
what a change of every given number in its last place does. Good code keeps to the second where formulas such as
1 - out lose the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from derive.balls import BALLS, UndecidedError, as_ball, precision, radius, widened
from derive.compiled import Arithmetic, evaluate
from derive.derivation import Derivation
from derive.expression import references
from derive.graph import Quantity
from derive.trajectory import Rounds

_FLOAT_BITS = 53
_AMPLE_BITS = 512  # so many that only the widening of the givens is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Bounds on what float64 rounding may do, for the quantities of round 0 and, with ``@1``, of round 1.

    Attributes
    ----------
    along_formulas, of_problem : mapping of str to float
        Absolute; infinite where a branch (such as a relu's) hangs on the rounding.
    """

    along_formulas: Mapping[str, float]
    of_problem: Mapping[str, float]


def spread(derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any]) -> Spread:
    """Both bounds for every quantity.

    Parameters
    ----------
    derivation_of_turn : callable
        As for `Rounds`.
    givens : mapping of str to number
        Exact.
    """
    with precision(_FLOAT_BITS):
        balls = {name: as_ball(value) for name, value in givens.items()}
        along = _radii(derivation_of_turn, balls, replace(BALLS, wrap=as_ball))
    with precision(_AMPLE_BITS):
        wide = {name: widened(value, _FLOAT_BITS) for name, value in givens.items()}
        whole = _radii(derivation_of_turn, wide, BALLS)
    return Spread(along_formulas=along, of_problem=whole)


def spread_as_typed(derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any]) -> Spread:
    """One bound for routes that all work the same formulas: along them, and where rounding givens leaves a branch
    undecided, with the givens as they are.
    """
    with precision(_FLOAT_BITS):
        balls = {name: as_ball(value) for name, value in givens.items()}
        along = _radii(derivation_of_turn, balls, replace(BALLS, wrap=as_ball))
        typed = _radii(derivation_of_turn, givens, BALLS)
    bounds = {name: max(size, typed[name]) if math.isfinite(size) else typed[name] for name, size in along.items()}
    return Spread(along_formulas=bounds, of_problem=bounds)


def each(quantities: Sequence[Quantity], given: Mapping[str, Any], arithmetic: Arithmetic) -> dict[str, Any]:
    """Every quantity by itself: None where it cannot be worked out, or hangs on one that cannot."""
    found: dict[str, Any] = dict(given)
    for quantity in quantities:
        found[quantity.id] = None
        if all(found[name] is not None for name in references(quantity.expression)):
            try:
                value = evaluate(quantity.expression, found, arithmetic)
                found[quantity.id] = value if arithmetic.wrap is None else arithmetic.wrap(value)
            except (UndecidedError, ArithmeticError):
                continue
    return found


def two_rounds(
    derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any], arithmetic: Arithmetic
) -> dict[str, Any]:
    """All quantities of rounds 0 and 1 (with ``@1``); None for those that this arithmetic cannot work out."""
    rounds = Rounds(derivation_of_turn, givens, arithmetic)

    def of_round(state: Iterable[Any], number: int) -> dict[str, Any]:
        values = [*state]
        if None not in values:
            try:
                return rounds.everything(values, number)
            except (UndecidedError, ArithmeticError):
                pass
        given = dict(givens) | dict(zip(rounds.trained, values, strict=True))
        return each(derivation_of_turn(rounds.turn(number)).quantities, given, arithmetic)

    first = of_round(rounds.start(), 0)
    state = [first[f"{name}_new"] for name in rounds.trained]
    return first | {f"{name}@1": value for name, value in of_round(state, 1).items()}


def _radii(
    derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any], arithmetic: Arithmetic
) -> dict[str, float]:
    found = two_rounds(derivation_of_turn, givens, arithmetic)
    return {name: _finite_radius(value) for name, value in found.items()}


def _finite_radius(value: Any) -> float:
    size = math.inf if value is None else radius(value)
    return size if math.isfinite(size) else math.inf
