"""The document of `derive train`: what is given, the training, the final parameters, the checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.given.problem import Problem
from derive.network.derivation import Derivation
from derive.proof.checks import Check
from derive.telling.build import check_document
from derive.telling.closing import checks_section
from derive.telling.given import given_section
from derive.telling.given_numbers import arrays_sections
from derive.telling.lines import Pen
from derive.telling.model import Block, Document, Text
from derive.telling.scope import Scope
from derive.telling.terms import Terms
from derive.telling.training import spaced, training_section


def training_document(
    problem: Problem, derivation: Derivation, checks: Sequence[Check], *, rounds: int, ending: str = ""
) -> Document:
    """The training of a problem as a document with slots.

    Parameters
    ----------
    problem : Problem
    derivation : Derivation
    checks : sequence of Check
    rounds : int
        How far the training goes.
    ending : str
        Why it ends there, if that needs saying.
    """
    structure = problem.structure
    terms = Terms(notation=problem.display.notation, givens=frozenset(derivation.givens))
    pen = Pen(derivation=derivation, terms=terms, scope=Scope.of(structure))
    training = training_section(structure, pen, rounds, ending)
    training = replace(training, blocks=(*training.blocks, _parameters(pen, rounds)))
    sections = (
        given_section(problem, pen),
        training,
        checks_section(pen, checks),
        *arrays_sections(problem, pen),
    )
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
