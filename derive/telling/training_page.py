"""The document of `derive train`: what is given, the training, the final parameters, the checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.network.derivation import Derivation
from derive.proof.checks import Check
from derive.telling.build import check_document
from derive.telling.closing import checks_section
from derive.telling.formula_document import formula_pen
from derive.telling.formula_given import given_formulas_section
from derive.telling.given import conventions_section, given_section
from derive.telling.given_numbers import arrays_sections
from derive.telling.lines import Pen
from derive.telling.model import Block, Document, Section, Text
from derive.telling.scope import Scope
from derive.telling.terms import Terms
from derive.telling.training import spaced, training_section


def training_document(
    problem: AnyProblem, derivation: Derivation, checks: Sequence[Check], *, rounds: int, ending: str = ""
) -> Document:
    """The training of a problem as a document with slots.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    derivation : Derivation
    checks : sequence of Check
    rounds : int
        How far the training goes.
    ending : str
        Why it ends there, if that needs saying.
    """
    if isinstance(problem, FormulaProblem):
        pen = formula_pen(problem, derivation)
        given, arrays = given_formulas_section(problem, pen), tuple[Section, ...]()
    else:
        terms = Terms(notation=problem.display.notation, givens=frozenset(derivation.givens))
        pen = Pen(derivation=derivation, terms=terms, scope=Scope.of(problem.structure))
        given = given_section(problem, pen)
        arrays = (*arrays_sections(problem, pen), conventions_section(problem))
    training = training_section(problem.structure, pen, rounds, ending)
    training = replace(training, blocks=(*training.blocks, _parameters(pen, rounds)))
    sections = (given, training, checks_section(pen, checks), *arrays)
    title = f"{problem.title}: training"
    document = Document(name=f"{problem.name}-training", title=title, sections=sections)
    check_document(document, derivation)
    return document


def _parameters(pen: Pen, rounds: int) -> Block:
    table = "final-parameters"
    rows: list[tuple[Text, ...]] = []
    for name in pen.derivation.trained:
        after = f"{name}@{rounds}" if rounds else name
        rows.append(((pen.terms.name(name),), (pen.figure(name, table),), (pen.figure(after, table),)))
    head: tuple[Text, ...] = (("Parameter",), ("Before training",), ("After training",))
    return pen.table(table, (f"The trained parameters, before and after {spaced(rounds)} rounds.",), head, rows)
