"""Figures from floats, for the benchmark only.

No ball is computed: the digits are those of float64, whether they are right or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import derive.proof.crosscheck
import derive.solved.explanation
import derive.solved.solution
from derive.arithmetic.code import FLOATS
from derive.arithmetic.exact import Cut, exact, figure
from derive.formula.figures import Figure
from derive.given.naming import QuantityId
from derive.given.problem import Problem
from derive.network.derivation import Derivation
from derive.proof.rounding_bounds import Spread
from derive.proof.rounds import Rounds
from derive.proof.values import error_curve, given_numbers


class Unproved:
    """What `derive.proof.values.Proved` does, from floats."""

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


@contextmanager
def uncertified() -> Iterator[None]:
    """A context in which the package works with floats alone."""
    with ExitStack() as patched:
        for module in (derive.proof.crosscheck, derive.solved.explanation, derive.solved.solution):
            patched.enter_context(patch.object(module, "Proved", Unproved))
        patched.enter_context(patch.object(derive.proof.crosscheck, "spread", unbounded))
        patched.enter_context(patch.object(derive.proof.crosscheck, "as_float", float))
        yield
