"""A problem solved: its derivation, its proved values, and the checks they passed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.arithmetic.code import needed
from derive.errors import UnknownQuantityError, UnsupportedError
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId
from derive.given.problem_view import counted, line
from derive.network.derivation import Derivation
from derive.proof.checks import Check
from derive.proof.crosscheck import (
    crosscheck,
    crosscheck_ahead,
    crosscheck_deltas,
    derivations,
    is_ahead,
    require_agreement,
)
from derive.proof.stopping import DONE, has_stop, updates_done, updates_until_stop
from derive.proof.values import Proved

if TYPE_CHECKING:
    from derive.renderers.fragments import Fragment


@dataclass(frozen=True, kw_only=True, repr=False)
class Solution:
    """A problem with its derivation, its proved values, and the checks they passed.

    Attributes
    ----------
    problem : Problem or FormulaProblem
    derivation : Derivation
    proved : Proved
    checks : tuple of Check
    """

    problem: AnyProblem
    derivation: Derivation
    proved: Proved
    checks: tuple[Check, ...]

    @cached_property
    def gradient(self) -> Mapping[str, float]:
        """∂E_total/∂parameter for every trained parameter (of the sample in turn, where samples take turns).

        For a chain of formulas: the derivative of the objective by every name in ``wrt``.
        """
        if isinstance(self.problem, FormulaProblem):
            return {name: self.value(f"d{self.problem.objective}/d{name}") for name in self.problem.wrt}
        online = self.problem.conventions.batch == "online" and len(self.problem.samples) > 1
        suffix = "[1]" if online else ""
        return {name: self.value(f"dE_total/d{name}{suffix}") for name in self.derivation.trained}

    def value(self, quantity: str) -> float:
        """A quantity by its id, such as ``out_y1@10000``: the float64 nearest to its exact value.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        if self._tells_its_end(quantity):
            return float(self._done(quantity))
        return self.proved.number(self.known(quantity))

    def figure(self, quantity: str) -> Figure:
        """A quantity as it is printed, every digit proved.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        if self._tells_its_end(quantity):
            return Figure(negative=False, digits=str(self._done(quantity)))
        return self.proved.figure(self.known(quantity))

    def step(self, quantity: str) -> Fragment:
        """One line alone, such as that of ``dE_total/dw5``, as ``.latex``, ``.mathml``, ``.text``, ``.typst``, ...

        Raises
        ------
        UnknownQuantityError
        UnsupportedError
            If the quantity has no step of its own, with the reason.
        PrecisionError
        """
        # Imported here: figures alone need nothing that prints.
        from derive.solved.one_step import single_step

        return single_step(self.problem, self.derivation, self.proved, self.checks, self.known(quantity))

    def sympy(self, quantity: str, *, expanded: bool = False) -> Any:
        """A quantity of the first round as a SymPy expression of named values, such as that of ``out_H1``.

        Parameters
        ----------
        quantity : str
        expanded : bool
            Whether it is written out in the givens alone.

        Raises
        ------
        UnknownQuantityError
        """
        from derive.proof.whole_expression import sympy_expression

        return sympy_expression(self.derivation, self.known(quantity), expanded=expanded)

    def __repr__(self) -> str:
        objective = self.derivation.objective
        worked = counted(len(self.derivation.quantities), "quantity").replace("quantitys", "quantities")
        return line("Solution", self.problem.name, worked, f"{objective} = {self.figure(objective).ascii}")

    def _repr_html_(self) -> str:
        """What a notebook shows: the gradient and the update."""
        from derive.renderers.notebook import summary_html, summary_rows

        return summary_html(self.problem.title, summary_rows(self.derivation), self.figure)

    def known(self, quantity: str) -> str:
        """The canonical form of a quantity id.

        Raises
        ------
        UnknownQuantityError
            With the nearest known id; or that the training has stopped before.
        """
        return self.within_training(known_id(self.derivation, quantity))

    def within_training(self, quantity: str) -> str:
        """The same id.

        Raises
        ------
        UnknownQuantityError
            If it is a figure after the end of a training that stops by a condition.
        """
        parsed = QuantityId.parse(quantity, aliases=False)
        if parsed is not None and parsed.round and has_stop(self.problem):
            assert isinstance(self.problem, FormulaProblem)
            stopped = updates_until_stop(self.problem, self.proved, within=parsed.round)
            if stopped is not None and parsed.round > stopped:
                raise UnknownQuantityError(f"{quantity!r}: training stopped after {stopped} updates")
        return quantity

    def _tells_its_end(self, quantity: str) -> bool:
        return quantity.strip() in DONE and has_stop(self.problem)

    def _done(self, quantity: str) -> int:
        assert isinstance(self.problem, FormulaProblem)
        done = updates_done(self.problem, self.proved)
        return done if quantity.strip() == DONE[0] else -(-done // self.problem.plan.turns)

    def ids(self) -> tuple[str, ...]:
        """Ids of everything there is in round 0, and of what changes from then on with ``@1``.

        Where samples take turns: of what each works at its turn, and of the parameters after it.
        """
        derivation = self.derivation
        if derivation.turns > 1:
            first_turn = [quantity.id for quantity in derivation.of_first_turn]
            others = (QuantityId.parse(name, aliases=False) for name in derivation.by_id if name not in first_turn)
            later = (str(derivation.at_its_turn(name)) for name in others if name is not None and name.sample)
            after = (f"{name}@{turn}" for turn in range(2, derivation.turns + 1) for name in derivation.trained)
            return (*derivation.givens, *first_turn, *later, *after)
        first = (*derivation.givens, *derivation.by_id)
        if not derivation.trained:
            return first
        return (*first, *(f"{name}@1" for name in (*self.derivation.trained, *self.derivation.by_id)))

    def announce(self, quantities: Iterable[str]) -> None:
        """Say which quantities will be asked for, so that one pass over the rounds serves them all."""
        parsed = (QuantityId.parse(quantity) for quantity in quantities)
        self.proved.prepare(name.round for name in parsed if name is not None)


def solve(problem: AnyProblem) -> Solution:
    """Derive a problem, work out its values, and check them by independent routes.

    Parameters
    ----------
    problem : Problem or FormulaProblem

    Raises
    ------
    ProblemError
        If a derivative of a chain of formulas has no value at the given numbers.
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


def solve_for(problem: AnyProblem, quantities: Iterable[str]) -> Solution:
    """The same where some quantities alone are asked for: of a forward pass nothing else is worked and checked.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    quantities : iterable of str
        Canonical ids. Where one hangs on the backward pass or belongs to a later round, everything is worked.

    Raises
    ------
    CrosscheckError, PrecisionError
    """
    names = tuple(quantities)
    parsed = [QuantityId.parse(name, aliases=False) for name in names]
    if isinstance(problem, FormulaProblem) or any(name is None or name.round for name in parsed):
        return solve(problem)
    whole = derivations(problem)(1)
    wanted = tuple(needed(whole.quantities, [str(name) for name in parsed]))
    if not all(map(is_ahead, wanted)):
        return solve(problem)
    derivation = replace(whole, quantities=wanted, trained=())
    checks = crosscheck_ahead(problem, derivation)
    require_agreement(checks)
    proved = Proved(problem, lambda _: derivation)
    return Solution(problem=problem, derivation=derivation, proved=proved, checks=checks)


def by_deltas(solution: Solution) -> Solution:
    """The same problem with its backward pass worked by deltas, every figure compared with the chain rule's.

    Raises
    ------
    UnsupportedError
        If the problem is a chain of formulas.
    CrosscheckError
        If two routes disagree.
    """
    if isinstance(solution.problem, FormulaProblem):
        raise UnsupportedError("a chain of formulas has no layers: its one style is chain")
    derivation_of_turn = derivations(solution.problem, "delta")
    checks = crosscheck_deltas(solution.problem, solution.checks)
    require_agreement(checks)
    return Solution(
        problem=solution.problem,
        derivation=derivation_of_turn(1),
        proved=Proved(solution.problem, derivation_of_turn),
        checks=checks,
    )


def known_id(derivation: Derivation, quantity: str) -> str:
    """The canonical id of a quantity of a derivation, for any round.

    Raises
    ------
    UnknownQuantityError
        With the nearest known id, or the reason why an id without sample stands for nothing.
    """
    known = derivation.ids
    parsed = QuantityId.parse(quantity, aliases=False)
    if parsed is not None and parsed.base not in known:  # an E of a chain of formulas is no E_total
        parsed = QuantityId.parse(quantity)
    if parsed is not None and parsed.round and not derivation.trained:
        raise UnknownQuantityError(f"{quantity!r}: without a learning rate there are no rounds after the first")
    if parsed is not None:
        base = str(QuantityId(base=parsed.base, sample=parsed.sample))
        if derivation.named_by_units and base not in known and f"out_{base}" in known and "/" not in base:
            return known_id(derivation, f"out_{quantity}")
        if base in known:
            return str(parsed if "@" in quantity else derivation.at_its_turn(parsed))
        count = derivation.samples
        if parsed.sample is None and count > 1 and f"{base}[1]" in known:
            example = QuantityId(base=parsed.base, sample=1, round=parsed.round)
            raise UnknownQuantityError(f"{quantity!r} needs a sample, 1 to {count}, as in {example}")
    by_letters = {name.partition("[")[0].lower(): name for name in sorted(known, reverse=True)}
    asked = (parsed.base if parsed is not None else quantity[:200]).lower()
    near = difflib.get_close_matches(asked, by_letters, n=1, cutoff=0.5)
    hint = (
        f"the nearest known id is {by_letters[near[0]]}" if near else f"ids are such as {', '.join(_examples(known))}"
    )
    raise UnknownQuantityError(f"{quantity[:200]!r} is no quantity of this problem; {hint}")


def _examples(known: Iterable[str]) -> tuple[str, ...]:
    """A few ids of different kinds."""
    heads = ("net_", "out_", "E_total", "dE_total/dw")
    found = (min((name for name in known if name.startswith(head)), default=None) for head in heads)
    return tuple(name for name in found if name is not None) or tuple(list(known)[:4])
