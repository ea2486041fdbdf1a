"""The worked solution of a problem, as a document and in every format."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from derive.checks import Check
from derive.crosscheck import crosscheck_training, derivations, require_agreement
from derive.errors import PrecisionError, UnsupportedError
from derive.problem import Problem
from derive.renderers.document_json import render_json
from derive.renderers.html import render_html
from derive.renderers.latex import render_latex
from derive.renderers.pdf import render_pdf
from derive.solution import Solution, solve
from derive.steps.build import build_document
from derive.steps.fill import fill
from derive.steps.filling import Filling
from derive.steps.model import Document
from derive.steps.training import milestones, spaced
from derive.trajectory import Proved, error_curve

#: Rounds in the error curve unless asked otherwise, and what they may cost: quantities times rounds.
USUAL_ROUNDS = 10_000
_USUAL_WORK = {"full": 3_000_000, "rounded": 300_000}
_LARGEST_WORK = 300_000_000


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A worked solution: a document and what fills it.

    Attributes
    ----------
    solution : Solution
    document : Document
    filling : Filling
    checks : tuple of Check
        Those of the solution, and those of its training.
    """

    solution: Solution
    document: Document = field(repr=False)
    filling: Filling = field(repr=False)
    checks: tuple[Check, ...] = field(repr=False)

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
            for check in self.checks
        ]
        return render_json(self.document, self.filling, {"values": values, "crosschecks": checks})


def explain(
    solution: Solution | Problem, *, rounds: int | None = None, wrt: str | None = None, brief: bool = False
) -> Explanation:
    """The worked solution as a document, ready for `to_html`, `to_latex`, `to_pdf` and `to_json`.

    Parameters
    ----------
    solution : Solution or Problem
    rounds : int or None, 0 to 1,000,000
        Rounds of training in the error curve; 0 leaves training out; None for 10,000, or fewer for a large network.
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
    training = _trained(solved, rounds) if wrt is None else _Training()
    checks = (*solved.checks, *training.checks)
    document = build_document(
        problem,
        solved.derivation,
        checks,
        rounds=training.rounds,
        only=wrt,
        brief=brief,
        ending=training.ending,
    )
    filling = fill(document, problem, proved, checks, other_update=_other_update(problem), errors=training.errors)
    return Explanation(solution=solved, document=document, filling=filling, checks=checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Training:
    """How far the training of a problem was followed, its errors, and why it ends there."""

    rounds: int = 0
    errors: tuple[float, ...] = ()
    checks: tuple[Check, ...] = ()
    ending: str = ""


def _trained(solution: Solution, asked: int | None) -> _Training:
    """Train as far as was asked for, or as far as figures can be proved."""
    problem, proved = solution.problem, solution.proved
    size = len(solution.derivation.quantities)
    usual = max(10, 10 ** int(math.log10(_USUAL_WORK[problem.display.carry] / size)))
    rounds = min(USUAL_ROUNDS, usual) if asked is None else asked
    if rounds * size > _LARGEST_WORK:
        most = 10 ** int(math.log10(_LARGEST_WORK / size))
        raise UnsupportedError(f"{spaced(rounds)} rounds of this network take too long; at most {spaced(most)} go")
    if rounds == 0:
        return _Training()
    errors = (
        proved.errors(rounds)
        if problem.display.carry == "rounded"
        else error_curve(problem, proved.rounds.derivation_of_turn, rounds)
    )
    reached, ending = len(errors) - 1, ""
    if reached < rounds:
        ending = f"The training diverges: after {spaced(reached)} rounds the error leaves the range of 64-bit floats."
    steps = milestones(reached)
    proved.prepare(steps)
    for before, step in zip((0, *steps), steps, strict=False):
        try:
            proved.figure(f"E_total@{step}")
        except PrecisionError as error:
            reached, ending = before, f"Figures of later rounds are left out: {error}."
            break
    checked = [step for step in milestones(reached) if step > 1]  # rounds 0 and 1 are checked with all their figures
    if problem.display.carry == "rounded" or not checked:
        checks: tuple[Check, ...] = ()
    else:
        checks = crosscheck_training(problem, proved, checked, errors)
    require_agreement(checks)
    return _Training(rounds=reached, errors=tuple(errors[: reached + 1]), checks=checks, ending=ending)


def _other_update(problem: Problem) -> Proved:
    """The same problem with the other kind of update."""
    other = "sequential" if problem.conventions.update == "simultaneous" else "simultaneous"
    twin = replace(problem, conventions=replace(problem.conventions, update=other))  # type: ignore[arg-type]
    return Proved(twin, derivations(twin))
