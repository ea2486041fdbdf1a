"""Whether a figure of a later round follows from the student's own figures of that round, right or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from derive.arithmetic.code import evaluate
from derive.arithmetic.exact import BALLS, PRECISIONS, UndecidedError, as_ball, exact, precision
from derive.errors import PrecisionError
from derive.formula.expression import references
from derive.given.naming import at_round, before_update, worked_in
from derive.judging.rounds.trajectories import Trajectory
from derive.judging.routes import routes_for
from derive.network.derivation import Derivation
from derive.network.graph import Quantity

_BITS = PRECISIONS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One figure of the student's: the id it was written under, and where its exact value may lie."""

    name: str
    centre: Fraction
    half: Fraction

    @property
    def ball(self) -> Any:
        """All that it may stand for."""
        return as_ball(exact(self.centre)) + arb(0, as_ball(exact(self.half)).upper())


class OwnFigures:
    """What one student wrote of each round.

    Parameters
    ----------
    stated : Trajectory
        Of the stated training: what was not written is taken from it.
    figures : iterable of Own
        With ids such as ``w5_new``, ``w5@2`` or ``out_y1@1``.
    """

    def __init__(self, stated: Trajectory, figures: Iterable[Own]) -> None:
        self.stated = stated
        self.trained = frozenset(stated.derivation_of_turn(1).trained)
        self.by_round: dict[int, dict[str, Own]] = {}
        for figure in figures:
            base, number = at_round(figure.name)
            self.by_round.setdefault(number, {})[base] = figure
            before = before_update(base)
            if before != base and before in self.trained:
                self.by_round.setdefault(number + 1, {}).setdefault(before, figure)

    def place(self, name: str) -> tuple[str, int]:
        """The id of round 0 under which a figure is worked out, and the round: ``w5@2`` is ``w5_new`` of round 1."""
        return worked_in(name, self.trained)

    def behind(self, name: str, centre: Fraction, half: Fraction) -> tuple[Own, ...] | None:
        """The own figures that a figure within ``half`` of ``centre`` follows from; None where it does not follow."""
        base, number = self.place(name)
        own = {each: figure for each, figure in self.by_round.get(number, {}).items() if each != base}
        if not own:
            return None
        meant = Own(name=name, centre=centre, half=half)
        for way in self._ways(number):
            used = self._used(way, base, number, own, meant)
            if used is not None:
                return used
        return None

    def _ways(self, number: int) -> tuple[Derivation, ...]:
        problem = self.stated.problem
        turn = number % self.stated.derivation_of_turn(1).turns + 1
        return routes_for([problem]).ways if turn == 1 else (self.stated.derivation_of_turn(turn),)

    def _used(
        self, way: Derivation, base: str, number: int, own: Mapping[str, Own], meant: Own
    ) -> tuple[Own, ...] | None:
        steps, roots = _between(way, base, own)
        used = tuple(own[root] for root in roots if root in own)
        if not used or not steps:
            return None
        with precision(_BITS):
            try:
                values = {root: own[root].ball if root in own else self._stated(root, number) for root in roots}
                for step in steps:
                    values[step.id] = evaluate(step.expression, values, BALLS)
                distance = abs(as_ball(values[base]) - exact(meant.centre))
            except (UndecidedError, PrecisionError, ArithmeticError):
                return None
            within = distance.is_finite() and not distance > exact(meant.half)
        return used if within else None

    def _stated(self, name: str, number: int) -> Any:
        return self.stated.proved.value(f"{name}@{number}" if number else name, bits=_BITS)


def _between(way: Derivation, base: str, own: Mapping[str, Own]) -> tuple[list[Quantity], list[str]]:
    """The steps from the nearest own figures and givens to a quantity, in working order, and where they start."""
    wanted, steps, roots = {base}, [], []
    for quantity in reversed(way.quantities):
        if quantity.id not in wanted:
            continue
        if quantity.id in own:
            roots.append(quantity.id)
            continue
        steps.append(quantity)
        wanted.update(references(quantity.expression))
    given = [name for name in way.givens if name in wanted]
    return steps[::-1], [*given, *reversed(roots)]
