"""The same marking on paper."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.judging.feedback.marking import marked_sheet
from derive.judging.feedback.paper import feedback_pdf, feedback_typst
from tests.verification.feedback.samples import HOSTILE, Answered, mixed, script


def test_it_is_tagged_reproducible_and_not_blank(ink: Callable[[bytes], list[float]]) -> None:
    """PDF/UA-1, the same bytes every time, something on every page."""
    problem = derive.load("2-2-2")
    sheet = marked_sheet(problem, *mixed())
    made = feedback_pdf(problem, sheet)
    assert b"pdfuaid:part>1<" in made.replace(b" ", b"")
    assert made == feedback_pdf(problem, sheet)
    shares = ink(made)
    assert min(shares) > 0.002
    assert len(shares) <= 4


def test_both_rules_are_on_paper() -> None:
    """The wrong rule stands beside the right one, with the student's figures."""
    problem = derive.load("2-2-2")
    source = feedback_typst(problem, marked_sheet(problem, *mixed()))
    assert 'rule("right", "The right rule")' in source
    assert 'rule("wrong", "The rule that gives your figure")' in source
    assert "$0.1385$" in source


@settings(max_examples=12)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_compiles(written: str, student: str) -> None:
    """Whatever was typed, a tagged PDF comes out."""
    answers = {
        "net_H1": Answered(written=written, verdict="wrong", explanation=written, note=HOSTILE),
        "net_H2": Answered(written="0,3925", verdict="correct", note=written),
        "E_total@1": Answered(written=written, verdict="unreadable", explanation=HOSTILE),
    }
    report, findings = script(answers, student=student, asked=("net_H1", "net_H2"))
    problem = derive.load("2-2-2")
    assert feedback_pdf(problem, marked_sheet(problem, report, findings)).startswith(b"%PDF")
