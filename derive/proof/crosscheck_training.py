"""The total error after many rounds by independent routes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem import Number, Problem
from derive.numeric import formulas
from derive.numeric.network import Network
from derive.numeric.training import train
from derive.proof.checks import ORDERINGS, OUT_OF_RANGE, Check, distance
from derive.proof.crosscheck_programs import twin_objectives
from derive.proof.rounding_bounds import FAR, magnification
from derive.proof.values import Proved, error_curve

#: The same relative difference for figures after many rounds.
_TRAINING_TOLERANCE = 1e-9
#: By how much the learning rate is nudged to see what a training run does to a small difference.
_NUDGE = Fraction(1, 2 * 10**13)
#: A training that explodes magnifies rounding beyond what a float holds.
_LARGEST_TOLERANCE = 1e300
#: Rounds that the matrix core trains along: it takes 0.1 ms for each.
_MATRIX_ROUNDS = 100


#: What NumPy's rounds of an own architecture may cost: trained numbers times worked ones times rounds.
_PROGRAM_STEPS = 20_000


def crosscheck_training(
    problem: AnyProblem, proved: Proved, rounds: Sequence[int], errors: Sequence[float], first: Sequence[Check] = ()
) -> tuple[Check, ...]:
    """Compare the total error after so many rounds: proved, by compiled formulas, and by NumPy where that is quick.

    NumPy works a network by matrices, and a chain of formulas as it is typed, its derivatives by complex steps.

    A training run can magnify rounding; how much is seen from a second run whose learning rate differs in its
    thirteenth digit.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    proved : Proved
        Its figures in full, not carried rounded.
    rounds : sequence of int
        In rising order, 1 or more each.
    errors : sequence of float
        The total error of every round by compiled formulas, up to the last of ``rounds``.
    first : sequence of Check
        Those of rounds 0 and 1: what a route cannot know there it cannot know later, and what rounding does there it
        does later.
    """
    slower, faster = (_nudged_curve(problem, proved, sign * _NUDGE, rounds[-1]) for sign in (-1, 1))
    objective = proved.rounds.derivation_of_turn(1).objective
    route, apart, far = _apart(problem, objective, min(rounds[-1], _MATRIX_ROUNDS))
    totals = [check for check in first if check.quantity in (objective, f"{objective}@1")]
    unknown = dict(pair for check in totals for pair in check.left_out)
    sizes = (check.tolerance for check in totals if check.tolerance > _TRAINING_TOLERANCE * abs(check.values[0] or 0.0))
    rounding = max(sizes, default=0.0)
    checks = []
    for number in rounds:
        value = proved.number(f"{objective}@{number}")
        found: dict[str, float | None] = {"proved": value, "compiled formulas": errors[number]}
        if number < len(apart):
            found[route] = apart[number]
        left_out = {route: reason for route, reason in unknown.items() if route in found}
        if far and not math.isfinite(found.get(route) or 0.0):
            left_out.setdefault(route, OUT_OF_RANGE)
        found |= dict.fromkeys(left_out)
        known = number < min(len(slower), len(faster))
        drift = abs(faster[number] - slower[number]) if known else abs(value)
        checks.append(
            Check(
                quantity=f"{objective}@{number}",
                routes=tuple(found),
                values=tuple(found.values()),
                left_out=tuple(left_out.items()),
                error=max(distance(value, figure) for figure in found.values() if figure is not None),
                tolerance=min(
                    _TRAINING_TOLERANCE * abs(value) + ORDERINGS * drift + rounding + _lost(problem, value, errors[0]),
                    _LARGEST_TOLERANCE,
                ),
            )
        )
    return tuple(checks)


def _apart(problem: AnyProblem, objective: str, rounds: int) -> tuple[str, list[float], bool]:
    """The NumPy core's route: its name, the objective of so many rounds, and whether products may leave floats.

    It ends early where a number has no derivative by complex step, as at a kink.
    """
    if isinstance(problem, Problem):
        errors = train(Network.of(problem), rounds).errors
        return "NumPy matrices", [float(error) for error in errors], magnification(problem, {}) > FAR
    if problem.program is not None:
        few = min(rounds, _PROGRAM_STEPS // max(len(problem.structure.updated) * len(problem.definitions), 1))
        return "NumPy on the arrays as typed", twin_objectives(problem, few), True
    rate = problem.learning_rate
    assert rate is not None  # else there are no rounds
    givens = {name: float(number.value) for name, number in problem.givens}
    texts = [(name, text) for name, text, _ in problem.definitions]
    found = [formulas.values(givens, texts)[objective]]
    for _ in range(rounds):
        slopes = formulas.derivatives(givens, texts, objective, problem.structure.updated)
        known = {name: slope.value for name, slope in slopes.items() if slope is not None}
        if len(known) < len(slopes):
            break
        givens |= {name: givens[name] - float(rate.value) * slope for name, slope in known.items()}
        found.append(formulas.values(givens, texts)[objective])
    return "NumPy on the formulas as typed", found, True


def _nudged_curve(problem: AnyProblem, proved: Proved, nudge: Fraction, rounds: int) -> list[float]:
    """The error curve of the same problem with another learning rate, by so little."""
    if problem.learning_rate is not None:
        rate = Number.of(problem.learning_rate.value * (1 + nudge))
        problem = replace(problem, learning_rate=rate)
    else:  # of a rate that follows a formula, the parameters are nudged instead
        assert isinstance(problem, FormulaProblem)
        moved = frozenset(problem.structure.updated)
        givens = [
            (name, Number.of(number.value * (1 + nudge)) if name in moved else number)
            for name, number in problem.givens
        ]
        problem = replace(problem, givens=tuple(givens))
    return error_curve(problem, proved.rounds.derivation_of_turn, rounds)


def _lost(problem: AnyProblem, error: float, first: float) -> float:
    """What float64 may lose of an error near its minimum, where outputs are known to so many places and no more.

    A squared error is then off by the difference times 1e-13 or so, and stalls where updates fall below the last bit
    of a weight; a cross-entropy, the logarithm of an output near 1, by the output's own last places. Of a chain of
    formulas nothing is known but the size that it began with.
    """
    if isinstance(problem, Problem) and LOSSES[problem.loss].square is not None:
        return 1e-13 * math.sqrt(abs(error) * abs(first)) + 1e-24 * abs(first)
    return 1e-14 * max(abs(first), 1.0)
