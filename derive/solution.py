"""The library's way in: a problem solved and checked, and its worked solution in every format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from derive.checks import Check
from derive.crosscheck import crosscheck, derivations, require_agreement
from derive.derivation import Derivation
from derive.errors import UnknownQuantityError
from derive.figures import Figure
from derive.naming import QuantityId, trained_ids
from derive.problem import Problem
from derive.renderers.document_json import render_json
from derive.renderers.html import render_html
from derive.renderers.latex import render_latex
from derive.renderers.pdf import render_pdf
from derive.steps.build import build_document
from derive.steps.fill import fill
from derive.steps.filling import Filling
from derive.steps.model import Document
from derive.trajectory import Proved, error_curve


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
        return {
            name: self.value(f"dE_total/d{name}{suffix}") for name in trained_ids(self.problem.structure)
        }

    def value(self, quantity: str) -> float:
        """A quantity by its id, such as ``out_y1@10000``: the float64 nearest to its exact value.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        return self.proved.float(self.known(quantity))

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

    def values(self) -> dict[str, float]:
        """All quantities of round 0 by id, and those of round 1 with ``@1``."""
        names = [*self.derivation.givens, *self.derivation.by_id]
        trained = set(trained_ids(self.problem.structure))
        after = [name for name in names if name in trained or name in self.derivation.by_id]
        return {name: self.value(name) for name in (*names, *(f"{name}@1" for name in after))}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A worked solution: a document and what fills it.

    Attributes
    ----------
    solution : Solution
    document : Document
    filling : Filling
    """

    solution: Solution
    document: Document = field(repr=False)
    filling: Filling = field(repr=False)

    def to_html(self) -> str:
        """One self-contained page."""
        return render_html(self.document, self.filling)

    def to_latex(self) -> str:
        """A LaTeX article that compiles with pdflatex."""
        return render_latex(self.document, self.filling)

    def to_pdf(self) -> bytes:
        """A tagged PDF, the same bytes on every run."""
        return render_pdf(self.document, self.filling)

    def to_json(self) -> str:
        """The whole document as JSON: problem, steps, values, crosschecks."""
        values = {name: self.solution.value(name) for name in self.solution.derivation.by_id}
        checks = [
            {
                "quantity": check.quantity,
                "routes": list(check.routes),
                "values": [value if value is None or math.isfinite(value) else None for value in check.values],
                "error": check.error,
                "tolerance": check.tolerance,
                "ok": check.ok,
                "frozen": check.frozen,
            }
            for check in self.solution.checks
        ]
        return render_json(self.document, self.filling, {"values": values, "crosschecks": checks})


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


def explain(
    solution: Solution | Problem, *, rounds: int = 10_000, wrt: str | None = None, brief: bool = False
) -> Explanation:
    """The worked solution as a document, ready for `to_html`, `to_latex`, `to_pdf` and `to_json`.

    Parameters
    ----------
    solution : Solution or Problem
    rounds : int, 0 to 1,000,000
        Rounds of training in the error curve; 0 leaves training out.
    wrt : str or None
        One trained parameter to work out alone.
    brief : bool
        Whether to leave out the tools section.

    Raises
    ------
    UnknownQuantityError
        If ``wrt`` is no trained parameter.
    PrecisionError
    """
    solved = solution if isinstance(solution, Solution) else solve(solution)
    problem, proved = solved.problem, solved.proved
    document = build_document(problem, solved.derivation, solved.checks, rounds=rounds, only=wrt, brief=brief)
    errors = error_curve(problem, proved.rounds.derivation_of_turn, rounds) if rounds and wrt is None else []
    return Explanation(
        solution=solved, document=document, filling=fill(document, problem, proved, solved.checks, errors)
    )


def known_id(derivation: Derivation, quantity: str) -> str:
    """The canonical id of a quantity of a derivation, for any round.

    Raises
    ------
    UnknownQuantityError
        With the nearest known id, or the reason why an id without sample stands for nothing.
    """
    import difflib

    parsed = QuantityId.parse(quantity)
    known = {*derivation.givens, *derivation.by_id}
    if parsed is not None:
        base = str(QuantityId(base=parsed.base, sample=parsed.sample))
        if base in known:
            return str(parsed)
        count = derivation.structure.sample_count
        if parsed.sample is None and count > 1 and f"{base}[1]" in known:
            raise UnknownQuantityError(
                f"{quantity!r} needs a sample, 1 to {count}, as in {QuantityId(base=parsed.base, sample=1, round=parsed.round)}"
            )
    near = difflib.get_close_matches(quantity, list(_spellings(known)), n=1)
    hint = f"; the nearest known id is {near[0]}" if near else ""
    raise UnknownQuantityError(f"{quantity!r} is no quantity of this problem{hint}")


def _spellings(known: set[str]) -> Iterator[str]:
    yield from sorted(known)
