"""The worked solution of a problem, as a document and in every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from derive.errors import PrecisionError, UnsupportedError
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem import Problem
from derive.network.backward import Products
from derive.network.consequences import consequences
from derive.network.derivation import Derivation
from derive.proof.checks import Check
from derive.proof.crosscheck import crosscheck_whole, derivations, require_agreement
from derive.proof.stopping import updates_until_stop
from derive.proof.values import Proved, given_numbers
from derive.solved.solution import Solution, by_deltas, solve
from derive.solved.training import MOST_ROUNDS, Course, follow
from derive.telling.briefly import briefly
from derive.telling.build import STYLES, VIEWS, Style, as_paragraphs, build_document, with_numbers
from derive.telling.fill import fill, settled
from derive.telling.filling import Filling
from derive.telling.formula_document import build_formula_document
from derive.telling.meaning import FURTHER, nudged_weights
from derive.telling.model import Document
from derive.telling.old_weights import OTHER_UPDATE
from derive.telling.problem_terms import problem_terms
from derive.telling.program_document import build_program_document

if TYPE_CHECKING:
    from derive.formula.numpy_source import Library
    from derive.renderers.fragments import Fragment


#: Quantities of a round that a live page works out at most.
MOST_LIVE = 4_000
#: Quantities of a round whose meaning is told at most.
_MOST_TOLD = 1_000


def static_reason(problem: AnyProblem, quantities: int) -> str:
    """Why a browser cannot work a problem of so many quantities out again, as a clause; empty where it can."""
    if isinstance(problem, FormulaProblem) and problem.counts:
        return "sizes are changed in the file, since other sizes are other steps"
    if isinstance(problem, FormulaProblem) and problem.plan.stop:
        return "other numbers would stop after other updates"
    return "the network is too large for a live page" if quantities > MOST_LIVE else ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A worked solution: a document and what fills it. A format's printer is imported when it is asked for.

    Attributes
    ----------
    solution : Solution
    document : Document
    filling : Filling
    checks : tuple of Check
        Those of the solution, and those of its training.
    graphs : mapping of str to tuple of Derivation
        The formulas by which the figures are worked out, for each turn, by what their places or ids begin with.
    told : Document or None
        The document with every sentence that other figures might prove, for a live page.
    """

    solution: Solution
    document: Document = field(repr=False)
    filling: Filling = field(repr=False)
    checks: tuple[Check, ...] = field(repr=False)
    graphs: Mapping[str, tuple[Derivation, ...]] = field(repr=False)
    told: Document | None = field(default=None, repr=False)

    def to_html(self, *, live: bool = False, extra: Mapping[str, Any] | None = None) -> str:
        """One self-contained page; a live one has a script that follows when the reader changes a number.

        Parameters
        ----------
        live : bool
            Whether it is to be one; of some it is not, see `can_be_live`.
        extra : mapping, optional
            More data for the script of a live page.
        """
        if not live or not self.can_be_live:
            from derive.renderers.html import render_html

            return render_html(self.document, self.filling)
        from derive.renderers.live.page import render_live

        problem = self.solution.problem
        terms = problem_terms(problem, self.graphs[""][0])
        return render_live(self.told or self.document, self.filling, self.graphs, given_numbers(problem), terms, extra)

    @property
    def can_be_live(self) -> bool:
        """Whether a browser can follow when a number is changed."""
        return not self.why_static

    @property
    def why_static(self) -> str:
        """Why a browser cannot follow, as a clause; empty where it can."""
        return static_reason(self.solution.problem, len(self.solution.derivation.quantities))

    def to_latex(self) -> str:
        """A LaTeX article that compiles with pdflatex."""
        from derive.renderers.latex import render_latex

        return render_latex(self.document, self.filling)

    def to_pdf(self) -> bytes:
        """A tagged PDF, the same bytes on every run."""
        from derive.renderers.pdf import render_pdf

        return render_pdf(self.document, self.filling)

    def to_markdown(self) -> str:
        """Markdown as GitHub shows it; `markdown_pictures` are the files it links to."""
        from derive.renderers.markdown import render_markdown

        return render_markdown(self.document, self.filling)

    def markdown_pictures(self) -> dict[str, str]:
        """The SVG pictures that the Markdown links to, by file name."""
        from derive.renderers.markdown import markdown_pictures

        return markdown_pictures(self.document, self.filling)

    def to_notebook(self) -> str:
        """A Jupyter notebook that works the solution out again."""
        from derive.renderers.notebook import render_notebook

        solution = self.solution
        return render_notebook(self.document, self.filling, given_numbers(solution.problem), solution.value)

    def to_numpy(self) -> str:
        """A plain NumPy program that trains this very problem and prints its figures; nothing of derive is in it."""
        return self._program("np")

    def to_torch(self) -> str:
        """The same with PyTorch's autograd.

        Raises
        ------
        UnsupportedError
            If the update is sequential, which is no true gradient.
        """
        return self._program("torch")

    def _program(self, library: Library) -> str:
        from derive.renderers.programs.program import render_program

        problem = self.solution.problem
        return render_program(problem, derivations(problem), max(0, len(self.filling.errors) - 1), library)

    def step(self, quantity: str) -> Fragment:
        """One line of this document alone, by the id of its quantity or its own.

        Raises
        ------
        UnknownQuantityError
        """
        from derive.solved.one_step import step_within

        return step_within(self.document, self.filling, quantity, self.solution.known)

    def _repr_html_(self) -> str:
        """The live page in a frame of its own, from which no style and no script gets out."""
        from derive.renderers.notebook import framed

        return framed(self.to_html(live=True), self.document.title, live=self.can_be_live)

    def _repr_markdown_(self) -> str:
        from derive.renderers.markdown import render_markdown

        return render_markdown(self.document, self.filling, dollars=True)

    def _repr_latex_(self) -> str:
        """All lines, for amsmath or MathJax."""
        from derive.renderers.fragments import displays

        return displays(self.document, self.filling)

    def to_json(self) -> str:
        """The whole document as JSON: problem, steps, values, crosschecks."""
        # None where no 64-bit float holds the figure; the steps have it as it is printed.
        spelled = self.solution.derivation.spelled
        values = {spelled(name): self.solution.proved.within_floats(name) for name in self.solution.derivation.by_id}
        checks = [
            {
                "quantity": spelled(check.quantity),
                "routes": list(check.routes),
                "values": list(check.values),
                "error": check.error,
                "tolerance": check.tolerance,
                "ok": check.ok,
                "frozen": check.frozen,
                "left_out": dict(check.left_out),
            }
            for check in self.checks
        ]
        from derive.renderers.document_json import render_json

        return render_json(self.document, self.filling, {"values": values, "crosschecks": checks})


def explain(
    solution: Solution | AnyProblem,
    *,
    rounds: int | None = None,
    wrt: str | Sequence[str] | None = None,
    brief: bool = False,
    numbered: bool = False,
    style: Style = "chain",
) -> Explanation:
    """The worked solution as a document, ready for `to_html`, `to_latex`, `to_pdf` and `to_json`.

    Parameters
    ----------
    solution : Solution, Problem or FormulaProblem
    rounds : int or None, 0 to 1,000,000
        Rounds of training in the error curve; 0 leaves training out; None for 10,000, or fewer for a large network,
        and none for a chain of formulas.
    wrt : str, sequence of str or None
        The trained parameters to work out alone.
    brief : bool
        Whether to tell it in brief: of a network one step of each kind and the figures of the others, of a chain of
        formulas and an own architecture all but tools and checks.
    numbered : bool
        Whether the lines of steps are numbered as equations, for an author to cite.
    style : "chain", "delta", "matrix" or "all"
        How the round is told: by chain-rule products, by deltas, in matrices, or in all three ways.

    Raises
    ------
    UnsupportedError
        If there is no such style, or it does not work one parameter alone.
    UnknownQuantityError
        If ``wrt`` is no trained parameter.
    PrecisionError
    """
    found = _told(solution, rounds=rounds, wrt=_names(wrt), brief=brief, style=style, whole=True)
    if not numbered:
        return found
    told = None if found.told is None else with_numbers(found.told)
    return replace(found, document=with_numbers(found.document), told=told)


def explain_steps(
    problem: AnyProblem, *, wrt: str | Sequence[str] | None = None, style: Style = "chain"
) -> Explanation:
    """The same for single steps: without training, and without the proof of the whole error, which takes SymPy."""
    return _told(problem, rounds=0, wrt=_names(wrt), brief=False, style=style, whole=False)


def _names(wrt: str | Sequence[str] | None) -> tuple[str, ...]:
    return (wrt,) if isinstance(wrt, str) else tuple(dict.fromkeys(wrt or ()))


def _told(
    solution: Solution | AnyProblem, *, rounds: int | None, wrt: tuple[str, ...], brief: bool, style: Style, whole: bool
) -> Explanation:
    if style not in STYLES:
        raise UnsupportedError(f"{style!r} is no style; there are {', '.join(STYLES)}")
    if wrt and style in ("matrix", "all"):
        raise UnsupportedError("in matrices all weights come at once; one alone is told by the style chain or delta")
    if rounds is not None and not 0 <= rounds <= MOST_ROUNDS:
        raise UnsupportedError(f"{rounds} rounds: a whole number from 0 to {MOST_ROUNDS:,} is allowed")
    solved = solution if isinstance(solution, Solution) else solve(solution)
    if whole:
        solved = replace(solved, checks=crosscheck_whole(solved.problem, solved.checks))
        require_agreement(solved.checks)
    if isinstance(solved.problem, FormulaProblem):
        return _explain_chain(solved, solved.problem, rounds=rounds, wrt=wrt, brief=brief or not whole, style=style)
    other = None if style == "chain" else by_deltas(solved)
    if other is not None:
        solved = replace(solved, checks=other.checks) if style == "all" else other
    problem, proved = solved.problem, solved.proved
    assert not isinstance(problem, FormulaProblem)  # told above
    training = follow(solved, rounds) if not wrt else Course()
    checks = (*solved.checks, *training.checks)
    further = _further(problem, proved, wrt) if whole else None
    document = build_document(
        problem,
        solved.derivation,
        checks,
        rounds=training.rounds,
        only=wrt,
        brief=brief or not whole,
        ending=training.ending,
        style=style,
        by_deltas=None if other is None else other.derivation,
        means=further is not None,
        turns=proved.rounds.derivation_of_turn,
    )
    if brief:
        document = briefly(document)
    asides = {OTHER_UPDATE: _other_update(problem, "chain" if style in ("chain", "all") else "delta")}
    if further is not None:
        asides[FURTHER] = further
    views = {} if other is None else dict.fromkeys(VIEWS, other.proved)
    filling = fill(document, problem, proved, checks, asides=asides, errors=training.errors, views=views)
    graphs = {name: _turns(each) for name, each in {"": proved, **asides, **views}.items()}
    told = settled(document, further)
    return Explanation(
        solution=solved, document=as_paragraphs(told), told=told, filling=filling, checks=checks, graphs=graphs
    )


def _turns(proved: Proved) -> tuple[Derivation, ...]:
    """The derivation of every sample whose turn it is."""
    first = proved.rounds.derivation_of_turn(1)
    return tuple(map(proved.rounds.derivation_of_turn, range(1, first.turns + 1)))


def _explain_chain(
    solved: Solution, problem: FormulaProblem, *, rounds: int | None, wrt: tuple[str, ...], brief: bool, style: Style
) -> Explanation:
    """The worked solution of a chain of formulas: one way of telling, and training where it is asked for."""
    if style != "chain" and problem.program is not None:
        raise UnsupportedError(
            f"an own architecture has one view, by the chain rule with its arrays as matrices, and none by {style}"
        )
    if style != "chain":
        raise UnsupportedError(f"a chain of formulas has no layers and is told by the chain rule alone, not by {style}")
    training = follow(solved, rounds) if rounds and not wrt else Course()
    checks = (*solved.checks, *training.checks)
    if problem.program is not None:
        document = build_program_document(
            problem,
            solved.proved.rounds.derivation_of_turn,
            checks,
            only=wrt,
            brief=brief,
            rounds=training.rounds,
            ending=training.ending,
            stopped=updates_until_stop(problem, solved.proved),
        )
    else:
        document = build_formula_document(
            problem,
            solved.derivation,
            checks,
            only=wrt,
            brief=brief,
            rounds=training.rounds,
            ending=training.ending,
        )
    filling = fill(document, problem, solved.proved, checks, errors=training.errors)
    graphs = {"": _turns(solved.proved)}
    return Explanation(solution=solved, document=document, filling=filling, checks=checks, graphs=graphs)


def _further(problem: Problem, proved: Proved, only: tuple[str, ...]) -> Proved | None:
    """What the figures have for consequences.

    None where they are carried rounded, there are too many, or one of them has no figure: it is beyond every float.
    """
    of_turn, structure = proved.rounds.derivation_of_turn, problem.structure
    if problem.display.carry == "rounded" or len(of_turn(1).quantities) > _MOST_TOLD:
        return None
    names = nudged_weights(structure, only)
    found = Proved(problem, cache(lambda turn: consequences(structure, of_turn(turn), *names)))
    try:
        for quantity in found.rounds.derivation_of_turn(1).quantities:
            if quantity.id.startswith(("miss.", "change.", "fall.", "rise.", "nudged.E_total")):
                found.figure(quantity.id)
    except PrecisionError:
        return None
    return found


def _other_update(problem: Problem, products: Products) -> Proved:
    """The same problem with the other kind of update."""
    other = "sequential" if problem.conventions.update == "simultaneous" else "simultaneous"
    twin = replace(problem, conventions=replace(problem.conventions, update=other))  # type: ignore[arg-type]
    return Proved(twin, derivations(twin, products))
