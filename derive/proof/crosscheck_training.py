"""The total error after many rounds by independent routes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from derive.given.problem import Loss, Number, Problem
from derive.numeric.network import Network
from derive.numeric.training import train
from derive.proof.checks import ORDERINGS, OUT_OF_RANGE, Check, distance
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


def crosscheck_training(
    problem: Problem, proved: Proved, rounds: Sequence[int], errors: Sequence[float], first: Sequence[Check] = ()
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
    first : sequence of Check
        Those of rounds 0 and 1: what a route cannot know there it cannot know later, and what rounding does there it
        does later.
    """
    slower, faster = (_nudged_curve(problem, proved, sign * _NUDGE, rounds[-1]) for sign in (-1, 1))
    quick = min(rounds[-1], _MATRIX_ROUNDS)
    matrix = train(Network.of(problem), quick).errors
    far = magnification(problem, {}) > FAR
    totals = [check for check in first if check.quantity in ("E_total", "E_total@1")]
    unknown = dict(pair for check in totals for pair in check.left_out)
    sizes = (check.tolerance for check in totals if check.tolerance > _TRAINING_TOLERANCE * abs(check.values[0] or 0.0))
    rounding = max(sizes, default=0.0)
    checks = []
    for number in rounds:
        value = proved.number(f"E_total@{number}")
        found: dict[str, float | None] = {"proved": value, "compiled formulas": errors[number]}
        if number <= quick:
            found["NumPy matrices"] = float(matrix[number])
        left_out = {route: reason for route, reason in unknown.items() if route in found}
        if far and not math.isfinite(found.get("NumPy matrices") or 0.0):
            left_out.setdefault("NumPy matrices", OUT_OF_RANGE)
        found |= dict.fromkeys(left_out)
        known = number < min(len(slower), len(faster))
        drift = abs(faster[number] - slower[number]) if known else abs(value)
        checks.append(
            Check(
                quantity=f"E_total@{number}",
                routes=tuple(found),
                values=tuple(found.values()),
                left_out=tuple(left_out.items()),
                error=max(distance(value, figure) for figure in found.values() if figure is not None),
                tolerance=min(
                    _TRAINING_TOLERANCE * abs(value)
                    + ORDERINGS * drift
                    + rounding
                    + _lost(problem.loss, value, errors[0]),
                    _LARGEST_TOLERANCE,
                ),
            )
        )
    return tuple(checks)


def _nudged_curve(problem: Problem, proved: Proved, nudge: Fraction, rounds: int) -> list[float]:
    """The error curve of the same problem with another learning rate, by so little."""
    rate = Number.of(problem.learning_rate.value * (1 + nudge))
    return error_curve(replace(problem, learning_rate=rate), proved.rounds.derivation_of_turn, rounds)


def _lost(loss: Loss, error: float, first: float) -> float:
    """What float64 may lose of an error near its minimum, where outputs are known to so many places and no more.

    A squared error is then off by the difference times 1e-13 or so, and stalls where updates fall below the last bit
    of a weight; a cross-entropy, the logarithm of an output near 1, by the output's own last places.
    """
    if "squared" in loss:
        return 1e-13 * math.sqrt(abs(error) * abs(first)) + 1e-24 * abs(first)
    return 1e-14 * max(abs(first), 1.0)
