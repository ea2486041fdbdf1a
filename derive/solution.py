"""A problem solved: its derivation, its proved values, and the checks they passed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.checks import Check
from derive.crosscheck import crosscheck, derivations, require_agreement
from derive.derivation import Derivation
from derive.errors import UnknownQuantityError
from derive.figures import Figure
from derive.naming import QuantityId
from derive.problem import Problem
from derive.trajectory import Proved


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A problem with its derivation, its proved values, and the checks they passed.

    Attributes
    ----------
    problem : Problem
    derivation : Derivation
    proved : Proved
    checks : tuple of Check
    """

    problem: Problem
    derivation: Derivation
    proved: Proved
    checks: tuple[Check, ...]

    @cached_property
    def gradient(self) -> Mapping[str, float]:
        """∂E_total/∂parameter for every trained parameter (of the sample in turn, where samples take turns)."""
        online = self.problem.conventions.batch == "online" and len(self.problem.samples) > 1
        suffix = "[1]" if online else ""
        return {name: self.value(f"dE_total/d{name}{suffix}") for name in self.derivation.trained}

    def value(self, quantity: str) -> float:
        """A quantity by its id, such as ``out_y1@10000``: the float64 nearest to its exact value.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        return self.proved.number(self.known(quantity))

    def figure(self, quantity: str) -> Figure:
        """A quantity as it is printed, every digit proved.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        return self.proved.figure(self.known(quantity))

    def known(self, quantity: str) -> str:
        """The canonical form of a quantity id.

        Raises
        ------
        UnknownQuantityError
            With the nearest known id.
        """
        return known_id(self.derivation, quantity)

    def ids(self) -> tuple[str, ...]:
        """Ids of everything there is in round 0, and of what changes from then on with ``@1``."""
        return (
            *self.derivation.givens,
            *self.derivation.by_id,
            *(f"{name}@1" for name in (*self.derivation.trained, *self.derivation.by_id)),
        )

    def announce(self, quantities: Iterable[str]) -> None:
        """Say which quantities will be asked for, so that one pass over the rounds serves them all."""
        parsed = (QuantityId.parse(quantity) for quantity in quantities)
        self.proved.prepare(name.round for name in parsed if name is not None)


def solve(problem: Problem) -> Solution:
    """Derive a problem, work out its values, and check them by independent routes.

    Parameters
    ----------
    problem : Problem

    Raises
    ------
    CrosscheckError
        If two routes disagree.
    PrecisionError
        If a figure cannot be proved, for instance because it leaves the range of float64.
    """
    derivation_of_turn = derivations(problem)
    checks = crosscheck(problem)
    require_agreement(checks)
    return Solution(
        problem=problem,
        derivation=derivation_of_turn(1),
        proved=Proved(problem, derivation_of_turn),
        checks=checks,
    )


def known_id(derivation: Derivation, quantity: str) -> str:
    """The canonical id of a quantity of a derivation, for any round.

    Raises
    ------
    UnknownQuantityError
        With the nearest known id, or the reason why an id without sample stands for nothing.
    """
    parsed = QuantityId.parse(quantity)
    known = {*derivation.givens, *derivation.by_id}
    if parsed is not None:
        base = str(QuantityId(base=parsed.base, sample=parsed.sample))
        if base in known:
            return str(parsed)
        count = derivation.samples
        if parsed.sample is None and count > 1 and f"{base}[1]" in known:
            example = QuantityId(base=parsed.base, sample=1, round=parsed.round)
            raise UnknownQuantityError(f"{quantity!r} needs a sample, 1 to {count}, as in {example}")
    near = difflib.get_close_matches(quantity, sorted(known), n=1)
    hint = f"; the nearest known id is {near[0]}" if near else ""
    raise UnknownQuantityError(f"{quantity!r} is no quantity of this problem{hint}")
