"""Figures of one later round, judged as those of the first: from their writer's own figures, with every known cause.

The parameters that the round begins with are the writer's own where they are written, else those of the stated
training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from flint import arb

from derive.arithmetic.exact import PRECISIONS, as_ball, precision
from derive.errors import DeriveError
from derive.formula.expression import references
from derive.given.naming import before_update
from derive.given.problem import Number
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Cause, Finding
from derive.judging.mending.givens import with_givens
from derive.judging.model import RIGHT, Options, Written
from derive.judging.rounds.trajectories import Trajectory
from derive.judging.routes import Routes, routes_for

_BITS = PRECISIONS[0]
#: What is found of a figure worked with the parameters from before the epoch.
FROM_THE_START = Finding(verdict="misconception", causes=(Cause(ids=("weights-of-epoch-start",)),))
_FORWARD = frozenset({"definition", "net_input", "activation"})
#: Quantities of a derivation whose later rounds are looked at one by one.
_LARGEST = 3_000


class OneRound:
    """One student's later rounds.

    Parameters
    ----------
    stated : Trajectory
        Of the stated training.
    by_round : mapping of int to mapping of str to (str, Written)
        What is written of each round, by its id of round 0: the id it was written under, and the figure. Parameters
        that a round begins with stand among them.
    options : Options
    """

    def __init__(
        self, stated: Trajectory, by_round: Mapping[int, Mapping[str, tuple[str, Written]]], options: Options
    ) -> None:
        self.stated = stated
        self.by_round = by_round
        self.options = options
        self.trained = frozenset(stated.derivation_of_turn(1).trained)
        self._found: dict[int, dict[str, Finding]] = {}

    def finding(self, name: str, base: str, number: int, gone_wrong: frozenset[str]) -> Finding | None:
        """What a figure is judged to be in its own round; None where that cannot be judged so.

        Parameters
        ----------
        name : str
            As it was written, such as ``w5@2``.
        base, number : str, int
            Its id of round 0, and the round: ``w5_new`` of round 1.
        gone_wrong : frozenset of str
            Figures that were judged wrong before, as they were written.
        """
        if number not in self._found:
            self._found[number] = self._judge(number, gone_wrong)
        found = self._found[number].get(base)
        if found is None or self.by_round[number][base][0] != name:
            return None
        return replace(found, follows_from=tuple(self._called(number, each) for each in found.follows_from))

    def stands_beside_its_inputs(self, base: str, number: int) -> bool:
        """Whether what a figure is worked out from is written in its round too, parameters aside.

        Parameters
        ----------
        base, number : str, int
            As for `finding`.
        """
        by_id, written = self._routes(number).nearest.by_id, self.by_round.get(number, {})
        step = f"step_{before_update(base)}"
        used = [name for each in (base, step) if each in by_id for name in references(by_id[each].expression)]
        return any(name in written and name not in self.trained for name in used)

    def _called(self, number: int, base: str) -> str:
        return self.by_round[number][base][0]

    def _judge(self, number: int, gone_wrong: frozenset[str]) -> dict[str, Finding]:
        written = self.by_round.get(number, {})
        routes = self._routes(number)
        known = routes.nearest.ids
        figures = {base: figure for base, (_, figure) in written.items() if base in known and figure.kind == "number"}
        rights = {base: written[base][0] not in gone_wrong for base in figures if base in self.trained}
        if not figures or len(routes.nearest.by_id) > _LARGEST:
            return {}
        try:
            given = {each: self._parameter(each, number) for each in self.trained}
            found = judge_scripts(
                routes, [with_givens(self.stated.problem, given)], [figures], self.options, rights=[rights]
            )[0]
            return found | self._from_the_start(number, routes, figures, found, given)
        except (DeriveError, ArithmeticError):
            return {}

    def _from_the_start(
        self,
        number: int,
        routes: Routes,
        figures: Mapping[str, Written],
        found: Mapping[str, Finding],
        given: Mapping[str, Number],
    ) -> dict[str, Finding]:
        """Figures at fault that are right with the parameters which the epoch began with."""
        first = number - number % routes.nearest.turns
        wrong = [
            name
            for name, each in found.items()
            if each.verdict == "wrong" and routes.nearest.by_id[name].rule in _FORWARD
        ]
        if first == number or not wrong:
            return {}
        began = {each: self._begun(each, first) for each in routes.nearest.parameters}
        problem = with_givens(self.stated.problem, {**given, **began})
        others = {name: figure for name, figure in figures.items() if name not in self.trained}
        again = judge_scripts(routes, [problem], [others], self.options)[0]
        return {name: FROM_THE_START for name in wrong if again[name].verdict in RIGHT}

    def _begun(self, name: str, number: int) -> Number:
        """What a parameter was at the start of an epoch: as it was written, else as the stated training has it."""
        _, own = self.by_round.get(number, {}).get(name, ("", None))
        if own is not None and own.kind == "number":
            return Number(text=own.text, value=own.value)
        return self._parameter(name, number)

    def _routes(self, number: int) -> Routes:
        turns = self.stated.derivation_of_turn(1).turns
        return routes_for([self.stated.problem], number % turns + 1)

    def _parameter(self, name: str, number: int) -> Number:
        """What the stated training has come to, to more digits than any figure has."""
        with precision(_BITS):
            value = arb(as_ball(self.stated.proved.value(f"{name}@{number}", bits=_BITS)).mid())
            mantissa, exponent = value.man_exp()
        exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        return Number(text=f"{float(exact):.10g}", value=exact)
