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

from derive.arithmetic.code import Arithmetic, arithmetic
from derive.arithmetic.exact import (
    BALLS,
    UndecidedError,
    as_ball,
    as_float,
    precision,
    radius,
)
from derive.arithmetic.floats_in_balls import as_rounded_float, widened, widened_by, within_floats
from derive.arithmetic.interpreting import working
from derive.formula.expression import references
from derive.formula.functions import FUNCTIONS
from derive.given.naming import bias_ids, updated_id, weight_ids
from derive.given.problem import Number, Problem
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.proof.rounds import Rounds

_FLOAT_BITS = 53
_AMPLE_BITS = 512  # so many that only the widening of the givens is seen
#: Beyond this a product of two figures may be larger than any float.
FAR = 1e150
_NEAR = 1e-9  # what floats give beyond this, relative to the truth, is no figure to compare


def _within(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: within_floats(function(*arguments))


def _product(first: Any, *others: Any) -> Any:
    """Factor by factor, as floats multiply."""
    for other in others:
        first = within_floats(BALLS.functions["product"](first, other))
    return first


def _by_definition(name: str) -> bool:
    """Of a ball around its corner a function is known by its definition, though its slope is not."""
    return name in FUNCTIONS and FUNCTIONS[name].kinked and FUNCTIONS[name].definition is not None


#: Balls that hold what floats give: each product, quotient and function may underflow, and what may be beyond every
#: float is undecided.
_AS_FLOATS = replace(
    arithmetic(
        {name: _within(function) for name, function in BALLS.functions.items() if not _by_definition(name)}
        | {"product": _product},
        lambda value: within_floats(BALLS.constant(value)),
    ),
    wrap=lambda value: as_ball(within_floats(value)),
)


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
        along = _radii(derivation_of_turn, balls, _AS_FLOATS)
    with precision(_AMPLE_BITS):
        wide = {name: widened(value, _FLOAT_BITS) for name, value in givens.items()}
        whole = _radii(derivation_of_turn, wide, BALLS)
    return Spread(along_formulas=along, of_problem=whole)


def spread_as_typed(derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any]) -> Spread:
    """One bound for routes that all work the same formulas: along them, from the givens rounded to floats.

    Where rounding a given may move a branch, or lets a quotient's divisor be 0, floats are followed with the very
    givens that they hold: what they then give is known, and how far that is from the truth. Where it is far, or their
    own rounding decides the branch, the bound is infinite.
    """
    with precision(_FLOAT_BITS):
        balls = {name: as_ball(value) for name, value in givens.items()}
        bounds = _radii(derivation_of_turn, balls, _AS_FLOATS)
        if all(map(math.isfinite, bounds.values())):
            return Spread(along_formulas=bounds, of_problem=bounds)
        held = {name: as_rounded_float(value) for name, value in givens.items()}
        floats = two_rounds(derivation_of_turn, held, _AS_FLOATS)
    with precision(_AMPLE_BITS):
        true = two_rounds(derivation_of_turn, givens, BALLS)
        for name, size in bounds.items():
            if not math.isfinite(size) and floats[name] is not None and true[name] is not None:
                apart = abs(as_float(as_ball(floats[name]) - as_ball(true[name])))
                if apart <= _NEAR * abs(as_float(true[name])):
                    bounds[name] = _finite_radius(floats[name]) + apart
    return Spread(along_formulas=bounds, of_problem=bounds)


def spread_after(
    derivation_of_turn: Callable[[int], Derivation],
    givens: Mapping[str, Any],
    moved: Mapping[str, tuple[float, float]],
) -> dict[str, float]:
    """How far floats may be off in round 1 (ids with ``@1``) when they start it from parameters of their own.

    Parameters
    ----------
    moved : mapping of str to (float, float)
        For every trained parameter its figure after the update, and how far that may be off.
    """
    rounds = Rounds(derivation_of_turn, givens, _AS_FLOATS)
    with precision(_FLOAT_BITS):
        given = {name: as_ball(value) for name, value in givens.items()}
        given |= {name: widened_by(value, size) for name, (value, size) in moved.items()}
        found = each(derivation_of_turn(rounds.turn(1)).quantities, given, _AS_FLOATS)
    return {f"{name}@1": _finite_radius(value) for name, value in found.items()}


def magnification(problem: Problem, figures: Mapping[str, float | None]) -> float:
    """By how much a network may magnify a small number that comes in at any place, forward or backward.

    The product, over its layers, of the sums of their parameters' sizes (before the first update or after it).

    Parameters
    ----------
    figures : mapping of str to float
        With the parameters after the update.
    """

    def size(name: str, number: Number) -> float:
        after = figures.get(updated_id(name))
        return max(abs(float(number.value)), 0.0 if after is None else abs(after))

    structure = problem.structure
    given = [number for sample in problem.samples for number in (*sample.inputs, *sample.targets)]
    result = sum(abs(float(number.value)) for number in given) + abs(float(problem.learning_rate.value)) + 1.0
    for layer, table, biases in zip(problem.layers, weight_ids(structure), bias_ids(structure), strict=True):
        whole = 1.0
        for row, numbers in zip(table, layer.weights, strict=True):
            whole += sum(map(size, row, numbers))
        if layer.bias is not None and biases is not None:
            own = layer.bias if isinstance(layer.bias, tuple) else (layer.bias,) * len(biases)
            whole += sum(map(size, biases, own))
        result *= whole
    return result if math.isfinite(result) else math.inf


def each(quantities: Sequence[Quantity], given: Mapping[str, Any], arithmetic: Arithmetic[Any]) -> dict[str, Any]:
    """Every quantity by itself: None where it cannot be worked out, or hangs on one that cannot."""
    found: dict[str, Any] = dict(given)
    lost = {name for name, value in found.items() if value is None}
    work = working(found, arithmetic)
    for quantity in quantities:
        found[quantity.id] = None
        if lost.isdisjoint(references(quantity.expression) if lost else ()):
            try:
                value = work(quantity.expression)
                found[quantity.id] = value if arithmetic.wrap is None else arithmetic.wrap(value)
                continue
            except (UndecidedError, ArithmeticError):
                pass
        lost.add(quantity.id)
    return found


def two_rounds(
    derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any], arithmetic: Arithmetic[Any]
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
    if not rounds.trained:
        return first
    state = [first[updated_id(name)] for name in rounds.trained]
    return first | {f"{name}@1": value for name, value in of_round(state, 1).items()}


def _radii(
    derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any], arithmetic: Arithmetic[Any]
) -> dict[str, float]:
    found = two_rounds(derivation_of_turn, givens, arithmetic)
    return {name: _finite_radius(value) for name, value in found.items()}


def _finite_radius(value: Any) -> float:
    size = math.inf if value is None else radius(value)
    return size if math.isfinite(size) else math.inf
