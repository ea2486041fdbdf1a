"""Every figure by independent routes: proved balls, compiled formulas, matrices in NumPy, complex step.

The only module that sees both cores. What is compared are full-precision figures; where hidden figures of a sequential
update are no derivatives, the complex step is held against the derivation with frozen weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from derive.balls import as_float
from derive.checks import Check
from derive.compiled import FLOATS
from derive.derivation import Derivation, frozen_twin
from derive.errors import CrosscheckError
from derive.numeric.network import Network
from derive.numeric.quantities import frozen_gradient, numeric_gradient
from derive.numeric.quantities import values as matrix_values
from derive.numeric.training import train
from derive.problem import Loss, Number, Problem
from derive.symbolic.backward import derive_structure
from derive.trajectory import Proved, Rounds, error_curve

#: Relative difference allowed between routes, before the quantity's own sensitivity to rounding is added.
RELATIVE_TOLERANCE = 1e-12
#: How many times the error bound of float64 along the formulas another order of the same sums may need.
_ORDERINGS = 16
#: The same relative difference for figures after many rounds.
_TRAINING_TOLERANCE = 1e-9
#: Rounds that the matrix core trains along: it takes 0.1 ms for each.
_MATRIX_ROUNDS = 100


def crosscheck(problem: Problem) -> tuple[Check, ...]:
    """Compare all routes for every quantity of the first round, and the forward pass after it.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    tuple of Check
        In working order. Use `require_agreement` to turn a disagreement into an error.
    """
    full = replace(problem, display=replace(problem.display, carry="full"))
    sequential = full.conventions.update == "sequential"
    stepped = {} if sequential else numeric_gradient(full)
    checks = _compare(full, {"NumPy, matrices": matrix_values(full), "complex step": stepped})
    if sequential:
        twin = replace(full, conventions=frozen_twin(full.structure).conventions)
        true = frozen_gradient(full)
        routes: dict[str, Mapping[str, float | None]] = {
            "NumPy, matrices": true,
            "complex step": numeric_gradient(twin),
        }
        checks += [replace(check, frozen=True) for check in _compare(twin, routes, only=frozenset(true))]
    return tuple(checks)


def crosscheck_training(
    problem: Problem, proved: Proved, rounds: Sequence[int], errors: Sequence[float]
) -> tuple[Check, ...]:
    """Compare the total error after so many rounds: proved, by compiled formulas, and by matrices where that is quick.

    A training run can magnify rounding; how much is seen from a second run whose learning rate differs in its
    thirteenth digit.

    Parameters
    ----------
    problem : Problem
    proved : Proved
        Its figures in full, not carried rounded.
    rounds : sequence of int
        In rising order, 1 or more each.
    errors : sequence of float
        The total error of every round by compiled formulas, up to the last of ``rounds``.
    """
    nudged = replace(problem, learning_rate=Number.of(problem.learning_rate.value * (1 + Fraction(1, 10**13))))
    other = error_curve(nudged, proved.rounds.derivation_of_turn, rounds[-1])
    quick = min(rounds[-1], _MATRIX_ROUNDS)
    matrix = train(Network.of(problem), quick).errors
    checks = []
    for number in rounds:
        value = proved.number(f"E_total@{number}")
        found: dict[str, float | None] = {"proved": value, "compiled formulas": errors[number]}
        if number <= quick:
            found["NumPy, matrices"] = float(matrix[number])
        drift = abs(other[number] - errors[number]) if number < len(other) else abs(value)
        checks.append(
            Check(
                quantity=f"E_total@{number}",
                routes=tuple(found),
                values=tuple(found.values()),
                error=max(_distance(value, figure) for figure in found.values() if figure is not None),
                tolerance=_TRAINING_TOLERANCE * abs(value) + _ORDERINGS * drift + _lost(problem.loss, value, errors[0]),
            )
        )
    return tuple(checks)


def _lost(loss: Loss, error: float, first: float) -> float:
    """What float64 may lose of an error near its minimum, where outputs are known to so many places and no more.

    A squared error is then off by the difference times 1e-13 or so, and stalls where updates fall below the last bit
    of a weight; a cross-entropy, the logarithm of an output near 1, by the output's own last places.
    """
    if "squared" in loss:
        return 1e-13 * math.sqrt(abs(error) * abs(first)) + 1e-24 * abs(first)
    return 1e-14 * max(abs(first), 1.0)


def require_agreement(checks: Sequence[Check]) -> None:
    """Raise `CrosscheckError` with quantity, routes and values where two routes disagree."""
    for check in checks:
        if not check.ok:
            shown = ", ".join(f"{route} {value!r}" for route, value in zip(check.routes, check.values, strict=True))
            raise CrosscheckError(
                f"the routes to {check.quantity} disagree: {shown}; "
                f"they differ by {check.error:.3g}, and {check.tolerance:.3g} is allowed. No document is written."
            )


def _compare(
    problem: Problem, routes: Mapping[str, Mapping[str, float | None]], only: frozenset[str] | None = None
) -> list[Check]:
    derivation_of_turn = derivations(problem)
    proved = Proved(problem, derivation_of_turn)
    derivation = derivation_of_turn(1)
    names = [quantity.id for quantity in derivation.quantities if only is None or quantity.id in only]
    after = (
        []
        if only is not None
        else [f"{quantity.id}@1" for quantity in derivation.quantities if _is_ahead(quantity.rule)]
    )
    spread = proved.rounding_radius(names)
    compiled = _compiled_floats(proved)
    checks = []
    for name in [*names, *after]:
        value = proved.number(name)
        found: dict[str, float | None] = {"proved": value, "compiled formulas": compiled[name]}
        found |= {route: figures[name] for route, figures in routes.items() if name in figures}
        error = max((_distance(value, other) for other in found.values() if other is not None), default=0.0)
        sensitivity = spread.get(name, spread.get(name.removesuffix("@1"), 0.0))
        tolerance = RELATIVE_TOLERANCE * abs(value) + _ORDERINGS * sensitivity + 1e-300
        checks.append(
            Check(quantity=name, routes=tuple(found), values=tuple(found.values()), error=error, tolerance=tolerance)
        )
    return checks


def derivations(problem: Problem) -> Callable[[int], Derivation]:
    """The derivation for each sample's turn, made when first asked for."""
    structure = problem.structure
    return cache(lambda turn: derive_structure(structure, turn=turn))


def _is_ahead(rule: str) -> bool:
    return rule in ("net_input", "activation", "output_error", "total_error", "batch_error")


def _compiled_floats(proved: Proved) -> dict[str, float]:
    exact_rounds = proved.rounds
    givens = {name: as_float(value) for name, value in exact_rounds.givens.items()}
    rounds = Rounds(exact_rounds.derivation_of_turn, givens, FLOATS)
    start = rounds.start()
    try:
        found: dict[str, float] = rounds.everything(start, 0)
        after = rounds.everything(rounds.run(start, 0, 1, lambda _: None), 1)
    except ArithmeticError as error:
        raise CrosscheckError(f"the formulas cannot be worked out in 64-bit floats: {error}") from None
    return found | {f"{name}@1": value for name, value in after.items()}


def _distance(value: float, other: float) -> float:
    difference = abs(value - other)
    return math.inf if math.isnan(difference) else difference
