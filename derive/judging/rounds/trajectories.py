"""The figures of a hypothesis at the rounds asked: quickly in floats to rule it out, proved to uphold it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from derive.arithmetic.code import ARRAYS, FLOATS, Arithmetic
from derive.arithmetic.exact import PRECISIONS, UndecidedError, as_float, exact, precision
from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.given.naming import QuantityId, at_round
from derive.network.derivation import Derivation
from derive.proof.rounds import Rounds
from derive.proof.values import Proved, givens_of

DerivationOfTurn = Callable[[int], Derivation]

#: How far off, as a share of the value, floats may be after thousands of rounds and still rule a figure out.
_MARGIN = 1e-6
#: The same for values that are the small rest of larger ones.
_REST = 1e-14
#: Quantity-evaluations in balls that one doubtful hypothesis may cost where floats say nothing about it.
_MOST_UNSEEN_WORK = 500_000
#: One network in single precision, as many libraries compute by default.
FLOAT32 = Arithmetic(functions=ARRAYS.functions, constant=lambda value: np.float32(float(value)))


class Trajectory:
    """One way of working the training, at the rounds asked and those beside them.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    derivation_of_turn : callable
        As for `derive.proof.values.Rounds`.
    rounds : iterable of int
        All rounds that will be asked for, shifted ones included.
    """

    def __init__(self, problem: AnyProblem, derivation_of_turn: DerivationOfTurn, rounds: Iterable[int]) -> None:
        self.problem = problem
        self.derivation_of_turn = derivation_of_turn
        self.rounds = sorted(set(rounds))

    @cached_property
    def proved(self) -> Proved:
        """Its proved values."""
        proved = Proved(self.problem, self.derivation_of_turn)
        proved.prepare(self.rounds)
        return proved

    def may_hold(self, quantity: str, centre: Fraction, half: Fraction) -> bool:
        """Whether floats leave it open that a quantity lies within ``half`` of ``centre``.

        Raises
        ------
        DeriveError
            If it has no such quantity, or floats say nothing and balls would cost too much.
        """
        value = self.near(quantity)
        if value is None or self.proved.carries_rounded:
            base, number = at_round(quantity)
            if base not in self.derivation_of_turn(1).ids:
                return False
            return number * len(self.derivation_of_turn(1).quantities) <= _MOST_UNSEEN_WORK
        reach = as_float(exact(half)) + _MARGIN * abs(value) + _REST
        return abs(value - as_float(exact(centre))) <= reach

    def holds(self, quantity: str, centre: Fraction, half: Fraction) -> bool:
        """Whether a quantity lies within ``half`` of ``centre``, proved.

        A quantity that no precision parts from the edge is taken to lie on it, and so within.

        Raises
        ------
        DeriveError
            If it cannot be computed.
        """
        middle, reach = exact(centre), exact(half)
        for bits in PRECISIONS:
            value = self.proved.value(quantity, bits=bits)
            with precision(bits):
                distance = abs(value - middle)
                if distance <= reach:
                    return True
                if distance > reach:
                    return False
        return True

    def fits(self, quantity: str, centre: Fraction, half: Fraction) -> bool:
        """Whether a quantity lies within ``half`` of ``centre``; False where it cannot be computed."""
        try:
            return self.may_hold(quantity, centre, half) and self.holds(quantity, centre, half)
        except (DeriveError, UndecidedError, ArithmeticError):
            return False

    def near(self, quantity: str) -> float | None:
        """A quantity in floats; None where they give no figure, or there is none."""
        base, number = at_round(quantity)
        value = self._floats.get(number, {}).get(base)
        return value if value is not None and math.isfinite(value) else None

    @cached_property
    def _floats(self) -> dict[int, dict[str, float]]:
        return run(self.problem, self.derivation_of_turn, FLOATS, self.rounds)


def run(
    problem: AnyProblem, derivation_of_turn: DerivationOfTurn, arithmetic: Arithmetic[Any], at: Iterable[int]
) -> dict[int, Any]:
    """All quantities at the given rounds (rising), in this arithmetic; it ends early where that gives out."""
    givens = {name: arithmetic.constant(Fraction(as_float(value))) for name, value in givens_of(problem).items()}
    rounds = Rounds(derivation_of_turn, givens, arithmetic)
    found: dict[int, Any] = {}
    state, reached = rounds.start(), 0
    with np.errstate(all="ignore"):
        for stop in at:
            try:
                state = rounds.run(state, reached, stop)
                found[stop] = rounds.everything(state, stop)
            except (ArithmeticError, ValueError):
                break
            reached = stop
    return found


def shifted(quantity: str, by: int) -> str | None:
    """The id of the same quantity so many rounds later; None before the first."""
    parsed = QuantityId.parse(quantity, aliases=False)
    if parsed is None or parsed.round + by < 0:
        return None
    return str(replace(parsed, round=parsed.round + by))


def around(quantities: Iterable[str]) -> Iterator[int]:
    """The rounds of some quantities, and those right before and after them."""
    for quantity in quantities:
        number = at_round(quantity)[1]
        yield from range(max(number - 1, 0), number + 2)
