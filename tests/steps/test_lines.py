"""Every printed line holds: recomputed from its printed figures, and in its symbols at full precision."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

import derive
from derive.display.tree import Slot, slots
from derive.given.problem import Problem
from derive.solved.explanation import Explanation
from derive.telling.build import steps_of
from derive.telling.model import Step
from tests.steps.reading import evaluate, printed, read_number, rounded
from tests.strategies import LAYERED, UNSHRUNK, known_defects_aside, problems


def recomputed(explanation: Explanation) -> list[str]:
    """The lines whose printed figures do not give the printed result, and that do not say so."""
    display = explanation.solution.problem.display
    wrong = []
    for step in steps_of(explanation.document):
        rows = printed(step.line, explanation).rows
        if len(rows) < 2 or not any(slots(step.line.rows[-2].tree)):
            continue  # a figure looked up above and printed as it is
        if not isinstance(step.line.rows[-1].tree, Slot):
            continue  # a line in matrices
        result = read_number("".join(rows[-1].alternatives))
        text = " ".join(rows[-2].alternatives)
        if marked(step, explanation):
            continue
        value = rounded(evaluate(text), digits=display.digits, decimals=display.decimals)
        if value != result:
            wrong.append(f"{step.id}: {text} = {float(value)!r}, printed {''.join(rows[-1].alternatives)}")
    return wrong


def marked(step: Step, explanation: Explanation) -> bool:
    """Whether the line says that full figures are carried."""
    return step.line.mark is not None and step.line.mark in explanation.filling.marks


@settings(max_examples=25, phases=UNSHRUNK)
@given(problems())
def test_a_reader_recomputes_every_line(problem: Problem) -> None:
    """Three routes agree, and each unmarked line gives its result to a reader with its printed figures alone."""
    with known_defects_aside():
        explanation = derive.explain(problem, rounds=3)
    assert all(check.ok for check in explanation.checks)
    wrong = recomputed(explanation)
    assert not wrong, wrong


@settings(max_examples=12, phases=UNSHRUNK)
@given(problems(carry="rounded"))
def test_rounded_figures_need_no_mark(problem: Problem) -> None:
    """Where each printed value is the one used next, every line gives its own result."""
    with known_defects_aside():
        explanation = derive.explain(problem, rounds=3)
    wrong = recomputed(explanation)
    assert not wrong, wrong
    marks = [step.id for step in steps_of(explanation.document) if marked(step, explanation)]
    assert not marks, marks


@pytest.mark.parametrize("name", LAYERED)
def test_built_in_lines_recompute(name: str) -> None:
    """A reader recomputes every line of every built-in problem."""
    assert recomputed(derive.explain(derive.load(name), rounds=3)) == []


def test_reader_sees_a_wrong_line() -> None:
    """The reader of these tests finds a result that is off in its last place."""
    explanation = derive.explain(derive.load("2-2-2"), rounds=0)
    figures = dict(explanation.filling.figures)
    slot = next(slot for slot in figures if slot.role == "result" and slot.quantity == "out_H1")
    assert isinstance(slot, Slot)
    figures[slot] = type(figures[slot])(negative=False, digits="0.593269991", exact=False)
    spoilt = type(explanation)(
        solution=explanation.solution,
        document=explanation.document,
        filling=type(explanation.filling)(
            problem=explanation.filling.problem, figures=figures, relations=explanation.filling.relations
        ),
        checks=explanation.checks,
        graphs=explanation.graphs,
    )
    assert [line.partition(":")[0] for line in recomputed(spoilt)] == ["out_H1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("−0.10 · 2.28 + (−0.01) · 0 + 1/3", Fraction(-228, 1000) + Fraction(1, 3)),
        ("1/2 · (0.01 − 0.75)^2", Fraction(2738, 10000)),
        ("1/4.5 × 10⁻⁵", Fraction(1, 450000)),
        ("max(0, −0.68) + relu′(2.28) + leaky relu′(−3)", Fraction(101, 100)),
        ("e^(0)/(e^(0) + e^(−0))", Fraction(1, 2)),
    ],
)
def test_reading(text: str, value: Fraction) -> None:
    """The reader takes printed signs for what a calculator takes them for."""
    assert evaluate(text) == value


def test_rounding_is_half_away_from_zero() -> None:
    """The reader rounds as it is taught by hand."""
    assert rounded(Fraction("-0.125"), digits=2, decimals=None) == Fraction("-0.13")
    assert rounded(Fraction("0.99951"), digits=3, decimals=None) == 1
    assert rounded(Fraction("0.0249"), digits=9, decimals=2) == Fraction("0.02")
