"""The exact values that figures are held against: bounded for a whole class, and exact where that matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, fmpq

from derive.balls import BALLS, UndecidedError, as_ball, as_float, exact, radius
from derive.compiled import compile_quantities
from derive.crosscheck import derivations
from derive.derivation import Derivation
from derive.errors import PrecisionError
from derive.formula_problem import AnyProblem
from derive.trajectory import Proved, given_numbers
from derive.verification.engine.ball_arrays import BallArray
from derive.verification.engine.fine_arrays import FineArray
from derive.verification.engine.sheet import COARSE, Kind
from derive.verification.engine.sweep import uses_of

_LOOSE = 1e-9  # a relative radius from which floats have lost a value to cancellation, or to a kink


class Truth:
    """Exact values of a way's quantities for one problem, or for one problem a student.

    Parameters
    ----------
    way : Derivation
    problems : sequence of Problem or FormulaProblem
        One for all students, or one for each.
    kind : Kind
    """

    def __init__(self, way: Derivation, problems: Sequence[AnyProblem], kind: Kind) -> None:
        self.way = way
        self.problems = problems
        self.kind = kind
        self.numbers = [given_numbers(problem) for problem in problems]
        self.givens = {name: kind.points([each[name].value for each in self.numbers]) for name in way.givens}
        self._rounded = [problem.display.carry == "rounded" for problem in problems]
        self._swept: dict[str, Any] = {}
        self._mended: dict[str, Any] = {}
        self._exact: list[dict[str, Any]] = [{} for _ in problems]
        self._proved: dict[int, Proved] = {}

    def balls(self, quantity: str) -> Any:
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

    def _mend(self, quantity: str) -> Any:
        """The swept value, with proved ones where that is too loose or figures are carried rounded."""
        swept = self._sweep()[quantity]
        middle, reach = swept.floats(), swept.radii()
        with np.errstate(all="ignore"):
            fine = (reach <= np.abs(middle) * _LOOSE + 1e-290) & np.isfinite(middle)
        wanted = [place for place, rounded in enumerate(self._rounded) if rounded or not fine[place]]
        if not wanted:
            return swept
        proved: dict[int, Any] = {}
        for place in wanted:
            try:
                proved[place] = self._proved_value(place, quantity)
            except (PrecisionError, ZeroDivisionError):
                if self._rounded[place]:
                    proved[place] = arb("nan")
        return self._with(swept, proved)

    def _with(self, swept: Any, proved: dict[int, Any]) -> Any:
        if self.kind is COARSE:
            middle, reach = swept.mid.copy(), swept.rad.copy()
            for place, value in proved.items():
                middle[place] = as_float(value)
                reach[place] = radius(value) + abs(middle[place]) * 2.0**-51
            return BallArray(middle, reach)
        balls = swept.balls.copy()
        for place, value in proved.items():
            balls[place] = as_ball(value)
        return FineArray(balls)

    def _proved_value(self, place: int, quantity: str) -> Any:
        if place not in self._proved:
            problem = self.problems[place]
            self._proved[place] = Proved(problem, derivations(problem))
        return self._proved[place].value(quantity)

    def _sweep(self) -> dict[str, Any]:
        if not self._swept:
            outputs = [quantity.id for quantity in self.way.quantities]
            key = ("truth", id(self.kind))
            if key not in self.way.code:
                self.way.code[key] = compile_quantities(
                    self.way.quantities, inputs=self.way.givens, outputs=outputs, arithmetic=self.kind.arithmetic
                )
            found = self.way.code[key]([self.givens[name] for name in self.way.givens])
            full = len(self.problems)
            self._swept = {
                name: value if _length(value) == full else value.repeated(full)
                for name, value in zip(outputs, found, strict=True)
            }
        return self._swept


def _length(balls: Any) -> int:
    return len(balls.floats())
