"""The exact values that figures are held against: bounded for a whole class, and exact where that matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from derive.arithmetic.code import compile_quantities, evaluate
from derive.arithmetic.exact import BALLS, UndecidedError, as_ball, exact
from derive.errors import PrecisionError
from derive.given.formula_problem import AnyProblem
from derive.judging.engine.ball_arrays import BALL_ARRAYS, NO_VALUE, BallArray
from derive.judging.engine.sweep import uses_of
from derive.network.derivation import Derivation
from derive.proof.crosscheck import derivations
from derive.proof.values import Proved, given_numbers


class Truth:
    """Exact values of a way's quantities for one problem, or for one problem a student.

    Parameters
    ----------
    way : Derivation
    problems : sequence of Problem or FormulaProblem
        One for all students, or one for each.
    """

    def __init__(self, way: Derivation, problems: Sequence[AnyProblem]) -> None:
        self.way = way
        self.problems = problems
        self.numbers = [given_numbers(problem) for problem in problems]
        self.givens = {name: BallArray.points([each[name].value for each in self.numbers]) for name in way.givens}
        self._rounded = np.array([problem.display.carry == "rounded" for problem in problems])
        self._swept: dict[str, BallArray] = {}
        self._mended: dict[str, BallArray] = {}
        self._exact: list[dict[str, Any]] = [{} for _ in problems]
        self._proved: dict[int, Proved] = {}

    def balls(self, quantity: str) -> BallArray:
        """A quantity's exact value, one entry for each problem."""
        if quantity in self.givens:
            return self.givens[quantity]
        if quantity not in self._mended:
            self._mended[quantity] = self._mend(quantity)
        return self._mended[quantity]

    def is_exactly(self, quantity: str, row: int, value: Fraction) -> bool:
        """Whether a rational number is a quantity's exact value for one student."""
        place = row if len(self.problems) > 1 else 0
        if quantity in self.givens:
            return self.numbers[place][quantity].value == value
        try:
            found = self._proved_value(place, quantity) if self._rounded[place] else self._exact_value(place, quantity)
        except (UndecidedError, PrecisionError, ZeroDivisionError):
            return False
        return isinstance(found, fmpq) and found == exact(value)

    def _exact_value(self, place: int, quantity: str) -> Any:
        """A rational for as long as it can be, else a ball; nothing but what the quantity depends on is worked out."""
        known, stack = self._exact[place], [quantity]
        while stack:
            name = stack[-1]
            if name in known:
                stack.pop()
            elif name in self.givens:
                known[name] = exact(self.numbers[place][name].value)
            else:
                used, formula = self._exactly(name)
                missing = [each for each in used if each not in known]
                if missing:
                    stack += missing
                else:
                    known[name] = formula([known[each] for each in used])[0]
        return known[quantity]

    def _exactly(self, name: str) -> tuple[tuple[str, ...], Callable[[Sequence[Any]], tuple[Any, ...]]]:
        """What a quantity refers to, and its formula compiled: a class comes here with every figure that is exact."""
        key = ("exactly", name)
        if key not in self.way.code:
            quantity = self.way.by_id[name]
            used = uses_of(self.way, quantity.expression)
            formula = compile_quantities([quantity], inputs=used, outputs=[name], arithmetic=BALLS)
            self.way.code[key] = (used, formula)
        found: tuple[tuple[str, ...], Callable[[Sequence[Any]], tuple[Any, ...]]] = self.way.code[key]
        return found

    def _mend(self, quantity: str) -> BallArray:
        """The swept value, with proved ones where that is too loose or figures are carried rounded."""
        swept = self._sweep()[quantity]
        wanted = np.flatnonzero(swept.loose() | self._rounded).tolist()
        if not wanted:
            return swept
        balls = np.resize(swept.balls, len(self.problems))
        for place in wanted:
            try:
                balls[place] = as_ball(self._proved_value(place, quantity))
            except (PrecisionError, ZeroDivisionError):
                if self._rounded[place]:
                    balls[place] = NO_VALUE
        return BallArray(balls)

    def _proved_value(self, place: int, quantity: str) -> Any:
        if place not in self._proved:
            problem = self.problems[place]
            self._proved[place] = Proved(problem, derivations(problem))
        return self._proved[place].value(quantity)

    def _sweep(self) -> dict[str, BallArray]:
        if not self._swept:
            values = dict(self.givens)
            for quantity in self.way.quantities:
                values[quantity.id] = evaluate(quantity.expression, values, BALL_ARRAYS)
            full = len(self.problems)
            self._swept = {
                name: value if len(value.balls) == full else value.repeated(full) for name, value in values.items()
            }
        return self._swept
