"""What judging gives, as pages: from written answers to the words and rules on the page."""

from __future__ import annotations

import re

import derive
from derive.judging.feedback.class_page import class_html
from derive.judging.feedback.marking import marked_sheet
from derive.judging.feedback.pages import feedback_html
from derive.judging.feedback.paper import feedback_pdf
from derive.judging.verifying import verify


def test_judged_answers_become_a_page() -> None:
    """A missing bias, what follows from it, a formula with the wrong sign, and a figure of a later round."""
    problem = derive.load("2-2-2")
    answers = {
        "net_H1": ".02750",  # 0.15·0.05 + 0.20·0.10, without the bias
        "out_H1": "0.5069",
        "w8_new": "w8 + eta*dE_total/dw8",
        "out_y1@10000": "0.159121960",
    }
    found = verify(problem, answers)
    sheet = marked_sheet(problem, found.report, found.findings[None])
    page = feedback_html(problem, sheet)
    spoken = " ".join(re.findall(r'alttext="([^"]*)"', page))
    assert "0.15 · 0.05 + 0.20 · 0.10 + 0.35 = 0.3775" in spoken
    assert "0.15 · 0.05 + 0.20 · 0.10 = .02750" in spoken
    assert 'href="#net_H1"' in page
    assert "w8 + eta*dE_total/dw8" in page
    assert "after 10\u202f000 rounds" in page
    assert feedback_pdf(problem, sheet).startswith(b"%PDF")
    assert "missing-bias" in class_html(problem, found.report, None, found.findings)
