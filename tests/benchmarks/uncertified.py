"""The command with figures from floats: ``python -m tests.benchmarks.uncertified explain ...``, for the benchmark only.

No ball is computed: the digits are those of float64, whether they are right or not.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import derive.crosscheck
import derive.explanation
import derive.solution
from derive.balls import Cut, exact, figure
from derive.cli import command
from derive.compiled import FLOATS
from derive.condition import Spread
from derive.derivation import Derivation
from derive.figures import Figure
from derive.naming import QuantityId
from derive.problem import Problem
from derive.rounds import Rounds
from derive.trajectory import error_curve, given_numbers


class Unproved:
    """What `derive.trajectory.Proved` does, from floats."""

    carries_rounded = False

    def __init__(self, problem: Problem, derivation_of_turn: Callable[[int], Derivation]) -> None:
        self.problem = problem
        self.cut = Cut(digits=problem.display.digits, decimals=problem.display.decimals)
        numbers = {name: float(number.value) for name, number in given_numbers(problem).items()}
        self.rounds = Rounds(derivation_of_turn, numbers, FLOATS)
        self._values: dict[int, dict[str, float]] = {}
        self._states: dict[int, Any] = {0: self.rounds.start()}

    def prepare(self, numbers: Iterable[int]) -> None:
        """Nothing to announce."""

    def number(self, quantity: str) -> float:
        """A quantity."""
        name = QuantityId.parse(quantity)
        assert name is not None
        if name.round not in self._values:
            reached = max(known for known in self._states if known <= name.round)
            state = self.rounds.run(self._states[reached], reached, name.round)
            self._states[name.round] = state
            self._values[name.round] = self.rounds.everything(state, name.round)
        return self._values[name.round][str(QuantityId(base=name.base, sample=name.sample))]

    def within_floats(self, quantity: str) -> float:
        """The same: floats are all there is."""
        return self.number(quantity)

    def figure(self, quantity: str, cut: Cut | None = None) -> Figure:
        """Its digits as float64 has them."""
        return figure(exact(Fraction(self.number(quantity))), cut or self.cut)

    def error_curve(self, rounds: int) -> list[float]:
        """The errors."""
        return error_curve(self.problem, self.rounds.derivation_of_turn, rounds)


def unbounded(derivation_of_turn: Callable[[int], Derivation], givens: Any) -> Spread:
    """The bounds on rounding taken as they mostly are."""
    bounds = defaultdict(lambda: 1e-15)
    return Spread(along_formulas=bounds, of_problem=bounds)


if __name__ == "__main__":
    for module in (derive.crosscheck, derive.explanation, derive.solution):
        module.Proved = Unproved  # type: ignore[attr-defined,misc]
    derive.crosscheck.spread = unbounded
    derive.crosscheck.as_float = float  # type: ignore[assignment]
    sys.exit(command())
