"""Numbers whose key hides no mistake: outside the band of honest work, and two likely causes apart."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest

import derive
from derive.given.problem import Problem
from derive.handouts.sheets.asking import asked_ids, sheet_routes
from derive.handouts.sheets.key import answer_key, likely_mistakes
from derive.handouts.variants.drawing import draw_class
from tests.students import Habit, script

STUDENTS = [str(number) for number in range(12)]


def _class(name: str, ask: str = "all") -> tuple[tuple[str, ...], list[Problem]]:
    problem = derive.load(name)
    assert isinstance(problem, Problem)
    asked = asked_ids(problem, ask)
    return asked, draw_class(problem, seed="causes", sheet=name, students=STUDENTS, asked=asked)


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "2-3-2-2"])
def test_learning_rates_stay_away_from_where_mistakes_hide(name: str) -> None:
    """No rate within a tenth of ½, 1 or 2."""
    _, problems = _class(name, "forward")
    rates = {problem.learning_rate.value for problem in problems}
    assert len(rates) > 3
    assert all(abs(rate - bad) >= Fraction(1, 10) for rate in rates for bad in (Fraction(1, 2), 1, 2))


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3"])
def test_no_mistake_lies_in_the_band_of_honest_work(name: str) -> None:
    """Worked in decimals by a student who makes one likely mistake, with full figures: no result is accepted."""
    asked, problems = _class(name)
    routes = sheet_routes(problems[0])
    full = Habit(digits=12, memory=True)
    accepted, tried = [], 0
    for problem in problems[:4]:
        right = script(problem, routes.nearest, asked, full)
        for line in answer_key(problem, asked).lines:
            if line.band is None:
                continue
            for mistake in likely_mistakes(routes, line.quantity):
                planted = {line.quantity: mistake.expression}
                try:
                    text = script(problem, routes.nearest, asked, full, wrong=planted)[line.quantity]
                except ArithmeticError:  # the logarithm of a negative number: nobody could write that down
                    continue
                if abs(float(text) - float(right[line.quantity])) <= 1e-9:
                    continue  # no choice of these numbers could show it
                tried += 1
                if line.band.low.value <= Fraction(text) <= line.band.high.value:
                    accepted.append((line.quantity, mistake.ids, text, line.accepted))
    assert tried > 500
    assert accepted == []


def test_two_likely_causes_give_two_figures() -> None:
    """The likeliest causes at a figure differ in the digits asked, unless they are the same for all numbers."""
    asked, problems = _class("2-2-2")
    routes = sheet_routes(problems[0])
    alike = []
    for problem in problems[:6]:
        full = Habit(digits=12, memory=True)
        for name in asked:
            found = []
            for mistake in likely_mistakes(routes, name)[:4]:
                planted = script(problem, routes.nearest, (name,), full, wrong={name: mistake.expression})
                found.append((mistake.ids, float(planted[name])))
            for (one, first), (other, second) in combinations(found, 2):
                if one != other and f"{first:.3e}" == f"{second:.3e}" and abs(first - second) > 1e-9 * abs(first):
                    alike.append((name, one, other, first, second))
    assert alike == []


def test_numbers_that_hide_something_are_drawn_where_nothing_better_is_found() -> None:
    """With two digits hardly anything can be told apart: there are numbers all the same, or a plain refusal."""
    problem = derive.load("2-2-2")
    asked = ("net_H1", "out_H1")
    (drawn,) = draw_class(problem, seed="causes", sheet="s", students=["1"], asked=asked, digits=2)
    assert drawn.structure == problem.structure
