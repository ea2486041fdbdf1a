"""A part of a calculation can be started: what is neither asked nor given is printed as given."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

import derive
from derive.formula.expression import references
from derive.given.problem import Problem
from derive.handouts.sheets.asking import asked_ids, sheet_routes
from derive.handouts.sheets.rules import sheet_formula
from derive.handouts.sheets.sheet_html import worksheet_html
from derive.handouts.sheets.sheet_latex import worksheet_latex
from derive.handouts.sheets.sheet_model import LEVELS, Level
from derive.handouts.sheets.sheet_pdf import worksheet_pdf
from derive.handouts.sheets.worksheet import worksheet_document
from derive.numeric.quantities import values
from tests.handouts.sheets.sheets import WHO, pdf_text, revealed, sheet, with_weights


def _row(page: str, title: str) -> str:
    """The text of a row of the table of givens."""
    found = re.search(rf"<th scope=\"row\">{title}</th><td>(.*?)</td>", page, re.DOTALL)
    assert found is not None, title
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


@pytest.mark.parametrize("level", LEVELS)
def test_the_backward_pass_starts_from_the_activations(level: Level) -> None:
    """At every level the four activations stand among the givens, as an independent network has them."""
    problem, worksheet = sheet(ask="backward", level=level)
    assert isinstance(problem, Problem)
    row = _row(worksheet_html(worksheet, problem, WHO), "From the forward pass")
    worked = values(problem)
    figures = [f"{worked[name]:.4f}" for name in ("out_H1", "out_H2", "out_y1", "out_y2")]
    assert re.findall(r"0\.\d+", row) == figures
    assert revealed(problem, worksheet.asked, worksheet_html(worksheet, problem, WHO)) == []


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("ask", ["forward", "backward", "updates", "out_y1", "delta_H1", "backward,updates"])
@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "deepml-neuron", "2-3-2-2"])
def test_whatever_a_line_uses_is_given_or_asked(name: str, ask: str, level: Level) -> None:
    """Every figure that a formula of the sheet refers to is a given, a blank, or printed before the first item."""
    problem = derive.load(name)
    routes = sheet_routes(problem)
    if not set(ask.split(",")) <= {"forward", "backward", "updates"} | routes.nearest.ids:
        return
    worksheet = worksheet_document(problem, asked_ids(problem, ask), level=level)
    known = {*routes.nearest.givens, *worksheet.blanks, *worksheet.shown}
    asked = frozenset(worksheet.asked)
    for quantity in worksheet.asked:
        formula = sheet_formula(routes, quantity, asked)
        # The delta of a softmax starts from the net inputs: its output would give it away where the target is 0.
        if routes.nearest.by_id[quantity].rule == "softmax_delta":
            outs = [used for used in references(formula) if used not in known]
            used = {each for out in outs for each in references(routes.nearest.by_id[out].expression)}
        else:
            used = set(references(formula))
        assert used <= known, quantity


def test_a_whole_pass_needs_nothing_more() -> None:
    """Where all is asked, or the forward pass, no row is added."""
    for ask in ("all", "forward"):
        problem, worksheet = sheet(ask=ask, level=4)
        assert worksheet.shown == ()
        assert "From the" not in worksheet_html(worksheet, problem, WHO)


def test_updates_start_from_the_gradients(tmp_path: Path) -> None:
    """In PDF and LaTeX too."""
    problem, worksheet = sheet(ask="updates", level=3)
    assert isinstance(problem, Problem)
    gradient = f"{values(problem)['dE_total/dw5']:.5f}"
    pages = "\n".join(pdf_text(worksheet_pdf(worksheet, problem, WHO), tmp_path))
    source = worksheet_latex(worksheet, problem, WHO)
    for text in (pages, source) if pages else (source,):
        assert "From the backward pass" in text
        assert gradient in text


def test_a_softmax_is_not_given_away() -> None:
    """Its deltas are asked: the net inputs are given, and no output that is a delta."""
    problem, worksheet = sheet("cs231n-2-2-3", ask="backward", level=4)
    assert {"net_s1", "net_s2", "net_s3"} <= set(worksheet.shown)
    assert {"out_s1", "out_s2", "out_s3"}.isdisjoint(worksheet.shown)
    assert revealed(problem, ("delta_s1", "delta_s2"), worksheet_html(worksheet, problem, WHO)) == []


def test_a_worked_example_can_be_started_too() -> None:
    """Its own activations are given, and the deltas that its one sum over paths needs."""
    problem = derive.load("2-2-2")
    assert isinstance(problem, Problem)
    other = with_weights(problem, "0.85")
    worksheet = worksheet_document(problem, asked_ids(problem, "backward"), example=other)
    example = worksheet_html(worksheet, problem, WHO).partition("<h2>Given</h2>")[0]
    worked = values(other)
    forward = re.findall(r"0\.\d+", _row(example, "From the forward pass"))
    assert {f"{worked[name]:.4f}" for name in ("out_y1", "out_H1")} <= set(forward)
    like = _row(example, "Worked in the same way")
    assert f"{abs(worked['delta_y2']):.5f}" in like
