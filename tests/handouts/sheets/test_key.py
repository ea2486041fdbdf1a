"""Keys: values and bands against a network worked by hand, and wrong values that are wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.arithmetic.exact import Cut, exact, figure
from derive.given.problem import Problem
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.sheets.key import AnswerKey, accepted_band, answer_key
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_html import key_html
from derive.handouts.sheets.sheet_latex import key_latex
from derive.handouts.sheets.sheet_pdf import key_pdf
from tests.handouts.sheets.sheets import HOSTILE, WHO, sheet, with_weights
from tests.paper import Typeset


def _by_hand(first: float) -> dict[str, float]:
    """The default network in plain floats, written for this test alone."""
    x1, x2, t1, t2, rate = 0.05, 0.10, 0.01, 0.99, 0.5
    w = [0.0, first, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]
    found: dict[str, float] = {}

    def sigmoid(net: float) -> float:
        return 1 / (1 + math.exp(-net))

    found["net_H1"], found["net_H2"] = w[1] * x1 + w[2] * x2 + 0.35, w[3] * x1 + w[4] * x2 + 0.35
    h1, h2 = found["out_H1"], found["out_H2"] = sigmoid(found["net_H1"]), sigmoid(found["net_H2"])
    found["net_y1"], found["net_y2"] = w[5] * h1 + w[6] * h2 + 0.6, w[7] * h1 + w[8] * h2 + 0.6
    y1, y2 = found["out_y1"], found["out_y2"] = sigmoid(found["net_y1"]), sigmoid(found["net_y2"])
    found["E_y1"], found["E_y2"] = (t1 - y1) ** 2 / 2, (t2 - y2) ** 2 / 2
    found["E_total"] = found["E_y1"] + found["E_y2"]
    d1, d2 = found["delta_y1"], found["delta_y2"] = (y1 - t1) * y1 * (1 - y1), (y2 - t2) * y2 * (1 - y2)
    gradients = {5: d1 * h1, 6: d1 * h2, 7: d2 * h1, 8: d2 * h2}
    s1, s2 = found["dE_total/dout_H1"], found["dE_total/dout_H2"] = d1 * w[5] + d2 * w[7], d1 * w[6] + d2 * w[8]
    e1, e2 = found["delta_H1"], found["delta_H2"] = s1 * h1 * (1 - h1), s2 * h2 * (1 - h2)
    gradients |= {1: e1 * x1, 2: e1 * x2, 3: e2 * x1, 4: e2 * x2}
    for number, gradient in gradients.items():
        found[f"dE_total/dw{number}"] = gradient
        found[f"w{number}_new"] = w[number] - rate * gradient
    return found


def _key(first: str = "0.15", digits: int = 4) -> AnswerKey:
    problem = derive.load("2-2-2")
    assert isinstance(problem, Problem)
    return answer_key(with_weights(problem, first), asked_ids(problem, "all"), digits=digits)


@pytest.mark.parametrize("digits", [3, 4, 6])
@pytest.mark.parametrize("first", ["0.15", "-0.93", "1.4"])
def test_bands_hold_the_values_of_an_independent_network(first: str, digits: int) -> None:
    """Every band is one unit wide, has the true value in its middle and the printed one inside."""
    true = _by_hand(float(first))
    key = _key(first, digits)
    assert {line.quantity for line in key.lines} == set(true)
    for line in key.lines:
        value = true[line.quantity]
        low, high = float(line.low), float(line.high)
        unit = 10 ** (math.floor(math.log10(abs(value))) - digits + 1)
        assert low - 1e-12 <= value <= high + 1e-12, line
        assert high - low == pytest.approx(unit, rel=1e-9), line
        assert float((line.low + line.high) / 2) == pytest.approx(value, abs=0.005 * unit + 1e-15)
        assert line.low <= Decimal(line.value.ascii) <= line.high


def test_the_published_figures_of_the_default_problem() -> None:
    """As printed in the article the problem comes from."""
    values = {line.quantity: line.value.ascii for line in _key(digits=9).lines}
    assert values["E_total"] == "0.298371109"
    assert values["w5_new"] == "0.358916480"
    assert values["w1_new"] == "0.149780716"


@given(st.fractions(min_value=-(10**6), max_value=10**6).filter(bool), st.integers(min_value=2, max_value=12))
def test_a_band_is_half_a_unit_on_both_sides(value: Fraction, digits: int) -> None:
    """Whatever is printed: plain, with a power of ten, or shortened because it is exact."""
    printed = figure(exact(value), Cut(digits=digits))
    low, high, text = accepted_band(printed, figure(exact(value), Cut(digits=digits + 2)), digits)
    width = Fraction(high) - Fraction(low)
    size = abs(printed.value)
    assert Fraction(low) <= printed.value <= Fraction(high)
    assert abs((Fraction(low) + Fraction(high)) / 2 - value) <= width / 200
    assert width * 10 ** (digits - 1) <= size < width * 10**digits
    assert text.count(" to ") == 1


def test_wrong_values_are_the_likeliest_and_never_the_right_one() -> None:
    """A missing bias, transposed weights; a wrong sign."""
    key = _key()
    lines = {line.quantity: line for line in key.lines}
    true = _by_hand(0.15)
    wrong = {each.cause: float(each.value.value) for each in lines["net_H1"].wrong}
    assert wrong["missing bias"] == pytest.approx(0.0275)
    assert wrong["transposed weights"] == pytest.approx(0.15 * 0.05 + 0.25 * 0.10 + 0.35)
    deltas = {each.cause: float(each.value.value) for each in lines["delta_y1"].wrong}
    assert deltas["wrong sign"] == pytest.approx(-true["delta_y1"], rel=1e-3)
    for line in key.lines:
        values = [line.value.value, *(each.value.value for each in line.wrong)]
        assert len(set(values)) == len(values), line
        assert len(line.wrong) == 2, line


def test_an_invisible_mistake_is_not_listed() -> None:
    """With a learning rate of 1 nobody can forget it."""
    problem = derive.load("2-2-2")
    assert isinstance(problem, Problem)
    mapping = {line.quantity: line for line in answer_key(_with_rate(problem, "1"), ("w5_new",)).lines}
    assert "missing learning rate" not in {each.cause for each in mapping["w5_new"].wrong}


def _with_rate(problem: Problem, rate: str) -> Problem:
    from dataclasses import replace

    from derive.given.problem import Number

    return replace(problem, learning_rate=Number.of(rate))


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "deepml-neuron", "ng-graph-J"])
def test_a_key_in_html_has_every_value_band_and_cause(name: str) -> None:
    """And the form id and the points."""
    problem, worksheet = sheet(name)
    key = answer_key(problem, worksheet.asked)
    page = key_html(worksheet, key, WHO)
    for line in key.lines:
        value = line.value.ascii.replace("-", "−") if line.value.exponent is None else line.value.digits
        assert value in page
        assert line.band in page
        assert all(each.cause in page for each in line.wrong)
    assert "7K3QX2" in page
    assert f"{len(worksheet.asked)} points" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_do_nothing_in_a_key(text: str) -> None:
    """In HTML, LaTeX and PDF."""
    problem, worksheet = sheet(ask="net_H1")
    key = answer_key(problem, worksheet.asked)
    who = Recipient(form="F1", student=text, name=text)
    page = key_html(worksheet, key, who)
    assert "<script" not in page
    assert "<img" not in page
    assert key_latex(worksheet, key, who).isascii()
    assert r"\input{" not in key_latex(worksheet, key, who)
    assert key_pdf(worksheet, key, who) == key_pdf(worksheet, key, who)


def test_a_key_in_latex_compiles(run_pdflatex: Callable[[str], Typeset]) -> None:
    """All 33 figures of the default problem."""
    problem, worksheet = sheet()
    source = key_latex(worksheet, answer_key(problem, worksheet.asked), WHO)
    assert run_pdflatex(source).complaints == ()
