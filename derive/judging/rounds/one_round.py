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
from derive.given.problem import Number
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Finding
from derive.judging.mending.givens import with_givens
from derive.judging.model import Options, Written
from derive.judging.rounds.trajectories import Trajectory
from derive.judging.routes import Routes, routes_for

_BITS = PRECISIONS[0]
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
            problem = with_givens(self.stated.problem, given)
            return judge_scripts(routes, [problem], [figures], self.options, rights=[rights])[0]
        except (DeriveError, ArithmeticError):
            return {}

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
