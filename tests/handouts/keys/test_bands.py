"""Bands of keys: honest work lies inside, nothing much wider is accepted, and mistakes lie where the key says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest

import derive
from derive.given.formula_problem import AnyProblem
from derive.given.problem import Problem
from derive.handouts.sheets.asking import asked_ids, sheet_routes
from derive.handouts.sheets.key import answer_key, cause_name, likely_mistakes
from derive.handouts.variants.drawing import draw_class
from derive.judging.routes import Routes
from tests.students import Habit, script

STUDENTS = [str(number) for number in range(25)]
#: Who rounds what is written and goes on with it, or with what the calculator holds; to the digits asked, or to more.
HONEST = [Habit(digits=digits, memory=memory) for digits in (4, 5, 6) for memory in (False, True)]


def _class(name: str, ask: str = "all") -> tuple[Routes, tuple[str, ...], list[Problem]]:
    problem = derive.load(name)
    assert isinstance(problem, Problem)
    asked = asked_ids(problem, ask)
    return sheet_routes(problem), asked, draw_class(problem, seed="bands", sheet=name, students=STUDENTS, asked=asked)


def _written(text: str, digits: int) -> Fraction:
    """A figure as somebody writes it who is asked for so many digits."""
    value = Decimal(text)
    if not value:
        return Fraction(0)
    return Fraction(value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), "ROUND_HALF_UP"))


def _nearly(figure: Fraction, low: Fraction, high: Fraction) -> bool:
    """Whether a figure of more digits lies in a band of four, the halves at its ends included."""
    size = Decimal(low.numerator) / Decimal(low.denominator)
    half = Fraction(Decimal(1).scaleb(size.adjusted() - 3)) / 2 if size else Fraction(0)
    return low - half <= figure <= high + half


def _outside(problem: AnyProblem, asked: Sequence[str], figures: dict[str, str]) -> list[tuple[str, str, str]]:
    found = []
    for line in answer_key(problem, asked).lines:
        if line.band is None:
            continue
        low, high = line.band.low.value, line.band.high.value
        own = Fraction(Decimal(figures[line.quantity]))
        # A figure of five digits within the band may end in 5, and be another one in four.
        if not (low <= _written(figures[line.quantity], 4) <= high or _nearly(own, low, high)):
            found.append((line.quantity, figures[line.quantity], line.accepted))
    return found


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "2-3-2-2"])
def test_honest_work_lies_in_the_bands(name: str) -> None:
    """Every habit, every way of working a gradient out: no right figure lies outside."""
    routes, asked, problems = _class(name)
    outside = [
        (way, habit, each)
        for place, problem in enumerate(problems)
        for way, derivation in enumerate(routes.ways)
        for habit in (HONEST if not place else HONEST[place % 6 : place % 6 + 1])
        for each in _outside(problem, asked, script(problem, derivation, asked, habit))
    ]
    assert outside == []


def test_a_band_is_no_wider_than_it_must_be() -> None:
    """Of 25 students the one who is furthest off goes at least an eighth of the way to the end, at every figure."""
    routes, asked, problems = _class("2-2-2")
    reached = dict.fromkeys(asked, 0.0)
    for problem in problems:
        rounded = script(problem, routes.nearest, asked, Habit())
        full = script(problem, routes.nearest, asked, Habit(digits=15, memory=True))
        for line in answer_key(problem, asked).lines:
            assert line.band is not None
            width = float(line.band.high.value - line.band.low.value) / 2
            off = abs(float(rounded[line.quantity]) - float(full[line.quantity]))
            reached[line.quantity] = max(reached[line.quantity], off / width if width else 1.0)
    assert min(reached.values()) > 1 / 8, reached


def test_a_wrong_figure_is_seen() -> None:
    """The next student's figures lie outside, nearly all of them."""
    routes, asked, problems = _class("2-2-2")
    others = script(problems[1], routes.nearest, asked, Habit())
    assert len(_outside(problems[0], asked, others)) > 0.9 * len(asked)


def test_a_mistake_in_honest_work_lies_where_the_key_says() -> None:
    """Planted at each figure, carried rounded and in full: inside the band printed beside its cause."""
    routes, asked, problems = _class("2-2-2")
    missed, found = [], 0
    for problem in problems[:4]:
        for line in answer_key(problem, asked).lines:
            mistakes = {cause_name(mistake): mistake for mistake in reversed(likely_mistakes(routes, line.quantity))}
            for wrong in line.wrong:
                planted = {line.quantity: mistakes[wrong.cause].expression}
                for habit in (Habit(), Habit(digits=9, memory=True)):
                    text = script(problem, routes.nearest, asked, habit, wrong=planted)[line.quantity]
                    found += 1
                    if not wrong.band.low.value <= _written(text, 4) <= wrong.band.high.value:
                        missed.append((line.quantity, wrong.cause, text, wrong.band.text))
    assert found > 400
    assert len(missed) <= 0.02 * found, missed  # one cause may be had by several formulas


def test_what_is_printed_as_given_is_off_by_its_own_rounding() -> None:
    """A delta that starts from printed activations has a narrower band than one at the end of a forward pass."""
    problem = derive.load("2-2-2")
    outs = ("out_H1", "out_H2", "out_y1", "out_y2")
    (alone,) = answer_key(problem, ("delta_y2",), started=outs).lines
    (whole,) = answer_key(problem, ("delta_y2",)).lines
    assert alone.band is not None
    assert whole.band is not None
    assert whole.band.low.value < alone.band.low.value <= alone.band.high.value < whole.band.high.value


def test_later_rounds_have_bands_too() -> None:
    """After two updates more roundings stand behind a figure than after one."""
    problem = derive.load("2-2-2")
    key = answer_key(problem, ("E_total", "E_total@1", "E_total@2", "w5@2", "E_total@9"))
    widths = []
    for line in key.lines:
        assert line.band is not None
        assert line.band.low.value <= line.value.value <= line.band.high.value
        widths.append(line.band.high.value - line.band.low.value)
    assert 0 < widths[0] <= widths[1] <= widths[2]
    assert widths[3] > 0
    assert widths[4] == 2 * Fraction(1, 10_000)
