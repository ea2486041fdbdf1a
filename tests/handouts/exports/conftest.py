"""Two versions of a handout, whose questions every test of the exports reads."""

from __future__ import annotations

import pytest

from derive.given.loading import load
from derive.given.problem import Problem
from derive.handouts.exports.questions import Question, questions_of
from derive.handouts.making.plan import Plan, plan
from derive.handouts.sheets.key import answer_key


@pytest.fixture(scope="module")
def made() -> tuple[Plan, tuple[Question, ...], dict[str, Problem]]:
    """Two versions of the whole of 2-2-2."""
    order = plan(load("2-2-2"), variants=2, seed="exports", points=["dE/dw1=3"])
    manifest = order.drawn()
    worksheet = order.worksheet()
    versions = []
    problems: dict[str, Problem] = {}
    for student, form in manifest.forms.items():
        problem = manifest.variants[student]
        assert isinstance(problem, Problem)
        problems[form] = problem
        versions.append((form, problem, answer_key(problem, order.asked, started=worksheet.shown, most_wrong=8)))
    return order, questions_of(worksheet, versions), problems
