"""The whole document of a chain of formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.errors import UnknownQuantityError
from derive.given.formula_problem import FormulaProblem
from derive.network.derivation import Derivation
from derive.network.graph import needed_for
from derive.proof.checks import AT_A_KINK, Check
from derive.telling.build import check_document
from derive.telling.closing import checks_section
from derive.telling.formula_given import given_formulas_section
from derive.telling.formula_tools import formula_tools_section
from derive.telling.formula_trace import formula_updates, forward_trace, reverse_trace
from derive.telling.lines import Pen
from derive.telling.model import Document, Paragraph, Remark, Section
from derive.telling.scope import Scope
from derive.telling.terms import Terms
from derive.telling.training import training_section


def build_formula_document(
    problem: FormulaProblem,
    derivation: Derivation,
    checks: Sequence[Check],
    *,
    only: tuple[str, ...] = (),
    brief: bool = False,
    rounds: int = 0,
    ending: str = "",
) -> Document:
    """The worked solution of a chain of formulas as a document with slots.

    Parameters
    ----------
    problem : FormulaProblem
    derivation : Derivation
    checks : sequence of Check
    only : tuple of str
        The names of ``wrt`` to work out; empty for all.
    brief : bool
        Whether to leave out the tools.
    rounds : int
        How far the training section goes; 0 leaves it out.
    ending : str
        Why it ends where it does, if that needs saying.

    Raises
    ------
    UnknownQuantityError
        If ``only`` is no name of ``wrt``.
    """
    check_wrt(problem, only)
    wanted = _wanted(problem, derivation, only)
    pen = replace(formula_pen(problem, derivation, only), tools=not brief)
    sections = [given_formulas_section(problem, pen)]
    if not brief:
        sections.append(formula_tools_section(problem, pen))
    sections += [forward_trace(problem, pen, wanted), reverse_trace(problem, pen, wanted)]
    if any(f"{name}_new" in wanted for name in derivation.trained):
        sections.append(formula_updates(problem, pen, wanted))
    if rounds:
        sections.append(training_section(problem.structure, pen, rounds, ending))
    sections.append(_checks(pen, checks))
    document = Document(name=problem.name, title=problem.title, sections=tuple(sections))
    check_document(document, derivation)
    return document


def check_wrt(problem: FormulaProblem, only: tuple[str, ...]) -> None:
    """Raise `UnknownQuantityError` if it is no name that the problem differentiates by."""
    for name in only:
        if name in problem.wrt:
            continue
        known = ", ".join(problem.wrt[:12])
        raise UnknownQuantityError(f"{name!r} is none of the names this problem differentiates by; there are {known}")


def ids_of(problem: FormulaProblem, only: tuple[str, ...]) -> set[str]:
    """What the work with some names of ``wrt`` ends in."""
    return {problem.objective, *(each for name in only for each in (f"d{problem.objective}/d{name}", f"{name}_new"))}


def formula_pen(problem: FormulaProblem, derivation: Derivation, only: tuple[str, ...] = ()) -> Pen:
    """What writes the lines of a chain of formulas."""
    return Pen(
        derivation=derivation,
        terms=Terms(
            notation=problem.display.notation,
            givens=frozenset(derivation.givens),
            e_is_taken="e" in derivation.givens or "e" in derivation.by_id,
        ),
        scope=Scope(every_unit=True, full_samples=(None,), table_samples=(), only=only),
        carries_rounded=problem.display.carry == "rounded",
    )


def _wanted(problem: FormulaProblem, derivation: Derivation, only: tuple[str, ...]) -> frozenset[str]:
    """Ids of what the document works out."""
    if not only:
        return frozenset(derivation.by_id)
    return frozenset(needed_for(ids_of(problem, only), derivation.quantities))


def _checks(pen: Pen, checks: Sequence[Check]) -> Section:
    section = replace(checks_section(pen, checks), id="the-checks")  # a definition may be called checks
    if all(reason != AT_A_KINK for check in checks for _, reason in check.left_out):
        return section
    text = (
        "At a kink (a relu, |x|, max or min at a tie) a function has no single slope: what is printed there follows "
        "the convention at the head, and no numeric derivative is compared with it."
    )
    remark = Remark(kind="note", title="At a kink", blocks=(Paragraph(text=(text,)),))
    return replace(section, blocks=(*section.blocks[:-1], remark, section.blocks[-1]))
