"""One kind of arithmetic run over the rounds of a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from derive.arithmetic.code import Arithmetic, compile_quantities, compile_rounds
from derive.arithmetic.interpreting import worked_out
from derive.given.naming import updated_id
from derive.network.derivation import Derivation
from derive.progress import counting

#: How often formulas are worked out as they stand before they are compiled, which takes about fifteen times as long.
_UNCOMPILED = 3


class Rounds:
    """One kind of arithmetic run over the rounds of a problem.

    Parameters
    ----------
    derivation_of_turn : callable
        Gives the derivation for the sample whose turn it is (1-based; always 1 unless samples take turns).
    givens : mapping of str to number
    arithmetic : Arithmetic
    """

    def __init__(
        self, derivation_of_turn: Callable[[int], Derivation], givens: Mapping[str, Any], arithmetic: Arithmetic[Any]
    ) -> None:
        self.derivation_of_turn = derivation_of_turn
        self.givens = givens
        self.arithmetic = arithmetic
        first = derivation_of_turn(1)
        self.trained = first.trained
        replaced = frozenset(self.trained)
        self.fixed = tuple(name for name in givens if name not in replaced)
        self.turns = first.turns
        self._compiled: dict[int | tuple[int, bool], Any] = {}
        self._uses: dict[object, int] = {}

    def turn(self, number: int) -> int:
        """The sample (1-based) whose turn it is in round ``number``; 1 where they do not take turns."""
        return number % self.turns + 1

    def run(
        self,
        state: Sequence[Any],
        start: int,
        stop: int,
        report: Callable[[Any], None] | None = None,
        *,
        goal: int | None = None,
    ) -> tuple[Any, ...]:
        """Trained parameters after rounds ``start`` to ``stop`` - 1; ``report`` gets each round's total error.

        Where progress is shown, it is shown on the way to round ``goal``, or to ``stop``.
        """
        watched = report is not None
        fixed = [self.givens[name] for name in self.fixed]
        values = tuple(state)
        count = counting(report or _unheard, start, goal or stop)
        if self.turns == 1:
            return tuple(self._rounds(1, watched)(values, fixed, stop - start, count))
        for number in range(start, stop):
            values = self._rounds(self.turn(number), watched)(values, fixed, 1, count)
        return values

    def everything(self, state: Sequence[Any], number: int) -> dict[str, Any]:
        """All quantities of round ``number``, givens included, from the parameters at its start."""
        derivation = self.derivation_of_turn(self.turn(number))
        inputs = [*self.trained, *self.fixed]
        outputs = [quantity.id for quantity in derivation.quantities]
        key = -self.turn(number)
        given = [*state, *(self.givens[name] for name in self.fixed)]
        if key not in self._compiled and self._used(derivation, key) <= _UNCOMPILED:
            return worked_out(derivation.quantities, dict(zip(inputs, given, strict=True)), self.arithmetic)
        if key not in self._compiled:
            self._compiled[key] = self._shared(
                derivation,
                "everything",
                lambda: compile_quantities(
                    derivation.quantities, inputs=inputs, outputs=outputs, arithmetic=self.arithmetic
                ),
            )
        return dict(zip(inputs, given, strict=True)) | dict(zip(outputs, self._compiled[key](given), strict=True))

    def _used(self, derivation: Derivation, key: int) -> int:
        """How often this derivation was worked out in this arithmetic, this time included."""
        shared = self.arithmetic.wrap is None
        uses = derivation.code.setdefault(("uses", id(self.arithmetic)), {}) if shared else self._uses
        uses[key] = uses.get(key, 0) + 1
        return int(uses[key])

    def start(self) -> tuple[Any, ...]:
        """The trained parameters as the problem gives them."""
        return tuple(self.givens[name] for name in self.trained)

    def _rounds(self, turn: int, watched: bool) -> Any:
        key = (turn, watched)
        if key not in self._compiled:
            derivation = self.derivation_of_turn(turn)
            self._compiled[key] = self._shared(
                derivation,
                "watched rounds" if watched else "rounds",
                lambda: compile_rounds(
                    derivation.quantities,
                    state={name: updated_id(name) for name in self.trained},
                    fixed=self.fixed,
                    watched=derivation.objective if watched else None,
                    arithmetic=self.arithmetic,
                ),
            )
        return self._compiled[key]

    def _shared(self, derivation: Derivation, what: str, compiled: Callable[[], Any]) -> Any:
        """The code of a derivation in this arithmetic, compiled once for all problems that share it."""
        if self.arithmetic.wrap is not None:
            return compiled()  # rounds to the digits of one problem
        # The arithmetic is kept with the code, so that no other can come to have its id.
        key = (what, id(self.arithmetic), self.fixed)
        if key not in derivation.code:
            derivation.code[key] = (self.arithmetic, compiled())
        return derivation.code[key][1]


def _unheard(_: object) -> None:
    """What hears of rounds that nobody asked about."""
