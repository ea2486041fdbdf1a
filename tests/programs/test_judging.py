"""Scripts of own architectures: what is honest is not faulted, and a slip costs its own mark alone."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest

import derive
from derive.judging.reading.form import form_quantities
from tests.programs.cases import CASES, case

#: One of each kind; all of them take a minute.
KINDS = ("rule-adam", "perceptron", "mini-batch", "convolution", "lstm", "batch-norm", "two-outputs", "arrays", "asked")


def written(value: float, digits: int = 5) -> str:
    """A figure as somebody writes it who works with a calculator."""
    return format(Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(value)), "f")


@pytest.mark.parametrize("name", KINDS)
def test_honest_scripts_are_not_faulted(name: str) -> None:
    """Every figure of a form, of all updates that the page works, rounded from what it is, earns its mark."""
    assert name in CASES
    problem = case(name)
    solution = derive.solve(problem)
    answers = {quantity: written(solution.value(quantity)) for quantity in form_quantities(problem)}
    report = derive.verify(problem, answers).report
    faulted = [(each.quantity, each.written, each.expected) for each in report.judgements if not each.marks]
    assert len(report.judgements) == len(answers)
    assert not faulted


def test_a_form_asks_every_worked_update() -> None:
    """Outputs and parameters of each update, each once, in working order."""
    asked = form_quantities(derive.load("perceptron-and"))
    assert asked[:5] == ("net_y[1]", "out_y[1]", "w1_new", "w2_new", "b_y_new")
    assert asked[5:10] == ("net_y[2]@1", "out_y[2]@1", "w1@2", "w2@2", "b_y@2")
    assert len(asked) == len(set(asked)) == 25
