"""Keys: values and bands against a network worked by hand, and wrong values that are wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest

import derive
from derive.formula.figures import rounded
from derive.given.problem import Problem
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.sheets.key import AnswerKey, Band, answer_key
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
    """Every band holds the true value, rounded to the digits asked, and its ends are written with them."""
    true = _by_hand(float(first))
    key = _key(first, digits)
    assert {line.quantity for line in key.lines} == set(true)
    for line in key.lines:
        value = true[line.quantity]
        assert line.band is not None
        low, high = line.band.low, line.band.high
        unit = 10 ** (math.floor(math.log10(abs(value))) - digits + 1)
        assert float(low.value) - 0.51 * unit <= value <= float(high.value) + 0.51 * unit, line
        assert low.value <= line.value.value <= high.value
        for end in (low, high):
            assert len(end.digits.replace(".", "").lstrip("0")) == digits, line


def test_the_published_figures_of_the_default_problem() -> None:
    """As printed in the article the problem comes from."""
    values = {line.quantity: line.value.ascii for line in _key(digits=9).lines}
    assert values["E_total"] == "0.298371109"
    assert values["w5_new"] == "0.358916480"
    assert values["w1_new"] == "0.149780716"


def test_a_band_in_words() -> None:
    """Plain, with one power of ten for both ends, and a single figure where there is one."""
    ends = [rounded(n, d, digits=4, decimals=None, whole=False) for n, d in ((6474, 10**5), (648, 10**4), (9, 10**6))]
    plain = Band(low=ends[0], high=ends[1])
    assert plain.text == "0.06474 to 0.06480"
    assert Band(low=ends[0], high=ends[0]).text == "0.06474"
    small = Band(low=replace(ends[2], negative=True), high=replace(ends[2], digits="9.012", negative=True))
    assert small.text == "(−9.000 to −9.012) × 10⁻⁶"
    assert Band(low=ends[2], high=ends[0]).text == "9.000 × 10⁻⁶ to 0.06474"
    assert plain.meets(Band(low=ends[1], high=ends[1]))
    assert not plain.meets(Band(low=ends[2], high=ends[2]))


def test_the_band_of_a_first_sum_is_one_figure() -> None:
    """0.15·0.05 + 0.20·0.10 + 0.35 is 0.3775 whoever works it out; what follows from it is not."""
    lines = {line.quantity: line.accepted for line in _key().lines}
    assert lines["net_H1"] == "0.3775"
    assert lines["delta_y2"] != "−0.03810"
    low, high = (float(end.replace("−", "-")) for end in lines["delta_y2"].split(" to "))
    assert high - low == pytest.approx(2 * 6e-5, abs=1e-5)


def test_wrong_values_are_the_likeliest_and_never_the_right_one() -> None:
    """A missing bias, transposed weights; a wrong sign."""
    key = _key()
    lines = {line.quantity: line for line in key.lines}
    true = _by_hand(0.15)
    wrong = {each.cause: float(each.band.low.value) for each in lines["net_H1"].wrong}
    assert wrong["missing bias"] == pytest.approx(0.0275)
    assert wrong["transposed weights"] == pytest.approx(0.15 * 0.05 + 0.25 * 0.10 + 0.35)
    deltas = {each.cause: float(each.band.low.value) for each in lines["delta_y1"].wrong}
    assert deltas["wrong sign"] == pytest.approx(-true["delta_y1"], rel=2e-3)
    for line in key.lines:
        assert line.band is not None
        bands = [line.band, *(each.band for each in line.wrong)]
        assert not any(one.meets(other) for one, other in combinations(bands, 2)), line
        assert len(line.wrong) == 2, line


def test_an_invisible_mistake_is_not_listed() -> None:
    """With a learning rate of 1 nobody can forget it."""
    problem = derive.load("2-2-2")
    assert isinstance(problem, Problem)
    mapping = {line.quantity: line for line in answer_key(_with_rate(problem, "1"), ("w5_new",)).lines}
    assert "missing learning rate" not in {each.cause for each in mapping["w5_new"].wrong}


def _with_rate(problem: Problem, rate: str) -> Problem:
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
        assert line.accepted in page
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
