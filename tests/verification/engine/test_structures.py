"""Networks and chains of other kinds, judged against values worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from derive.given.loading import load
from derive.given.problem import Problem
from derive.judging.model import VERDICTS, Options
from derive.judging.routes import routes_of
from tests.strategies import problems
from tests.verification.engine.by_hand import default_values
from tests.verification.engine.hands import decimals, faults, judged, significant, verdicts

DEFAULT = load("2-2-2")


def network(activation: str, weights: Any, loss: str = "half_squared_error", **more: Any) -> Problem:
    """A single layer of two units y1, y2 on the inputs x1 = 1 and x2 = 2."""
    layer = {"units": ["y1", "y2"], "activation": activation, "weights": weights}
    given = {"inputs": {"x1": 1, "x2": 2}, "targets": {"y1": 1, "y2": 0}}
    problem = load({"title": "One layer", "loss": loss, "learning_rate": 1, "layers": [layer], **given, **more})
    assert isinstance(problem, Problem)
    return problem


def test_relu_at_its_kink() -> None:
    """With net_y1 = 0 exactly the slope is 0, as the document says; a slope of 1 there is wrong."""
    problem = network("relu", [[2, -1], ["0.5", "0.25"]])
    right = {"net_y1": "0", "out_y1": "0", "dout_y1/dnet_y1": "0", "delta_y1": "0", "dE_total/dw1": "0", "w1_new": "2"}
    assert not faults(judged(problem, right)[0])
    assert faults(judged(problem, {"dout_y1/dnet_y1": "1"})[0])
    assert faults(judged(problem, {"dE_total/dw1": "-1"})[0])


def test_dead_and_living_relu() -> None:
    """For net_y1 = -1.5 nothing passes; net_y2 = 2 passes as it is: dE/dw3 = (2 - 0)·1·1."""
    problem = network("relu", [[0.5, -1], [1, 0.5]])
    right = {"net_y1": "-1.5", "out_y1": "0", "net_y2": "2.0", "delta_y1": "0", "delta_y2": "2", "dE_total/dw4": "4"}
    assert not faults(judged(problem, right)[0])
    assert "out_y1" in faults(judged(problem, {"net_y1": "-1.5", "out_y1": "-1.5"})[0])


def test_softmax_with_cross_entropy() -> None:
    """Nets 0.5 and -0.5: out = 1/(1 + e^-1), delta = out - t, and the error is -ln out_y1."""
    problem = network("softmax", [["0.1", "0.2"], ["-0.1", "-0.2"]], "cross_entropy")
    out = 1 / (1 + mp.exp(-1))
    values = {"net_y1": mpf("0.5"), "out_y1": out, "out_y2": 1 - out, "E_total": -mp.log(out), "delta_y1": out - 1}
    values |= {"delta_y2": 1 - out, "dE_total/dw4": 2 * (1 - out), "w2_new": mpf("0.2") - 2 * (out - 1)}
    for digits in (4, 7, 15):
        figures = {name: significant(digits)(value) for name, value in values.items()}
        assert not faults(judged(problem, figures)[0])
        wrong = figures | {"delta_y1": significant(digits)(out)}
        assert "delta_y1" in faults(judged(problem, wrong)[0])


def test_batch_of_two() -> None:
    """Two samples through one identity unit, w = 0.5, x = 1 and 3, t = 1 and 1: deltas -0.5 and 0.5, gradient 1."""
    samples = [{"inputs": {"x1": 1}, "targets": {"y1": 1}}, {"inputs": {"x1": 3}, "targets": {"y1": 1}}]
    layer = {"units": ["y1"], "activation": "identity", "weights": [[0.5]]}
    mapping = {
        "title": "Two",
        "loss": "half_squared_error",
        "learning_rate": 0.1,
        "layers": [layer],
        "samples": samples,
    }
    problem = load(mapping)
    right = {"net_y1[1]": "0.50", "net_y1[2]": "1.50", "delta_y1[1]": "-0.50", "delta_y1[2]": "0.50"}
    right |= {
        "dE_total/dw1[1]": "-0.50",
        "dE_total/dw1[2]": "1.50",
        "dE_total/dw1": "1.0",
        "E_total": "0.25",
        "w1_new": "0.40",
    }
    assert set(verdicts(judged(problem, right)[0]).values()) == {"correct"}
    meant = judged(problem, right | {"dE_total/dw1": "0.50", "w1_new": "0.45"})[0]
    assert meant["dE_total/dw1"].verdict in ("misconception", "ambiguous")
    assert meant["w1_new"].verdict == "carried"
    assert meant["w1_new"].follows_from == ("dE_total/dw1",)


def test_chain_of_formulas() -> None:
    """J = 3(a + bc) at 5, 3, 2: whole numbers of one digit are exact, and a wrong one is carried on."""
    problem = load("ng-graph-J")
    right = {"u": "6", "v": "11", "J": "33", "dJ/dv": "3", "dJ/da": "3", "dJ/db": "6", "dJ/dc": "9"}
    assert set(verdicts(judged(problem, right)[0]).values()) == {"correct"}
    found = judged(problem, {"u": "5", "v": "10", "J": "30", "dJ/dc": "8"})[0]
    assert found["u"].verdict not in ("correct", "too-coarse", "rounding")
    assert verdicts(found)["v"] == verdicts(found)["J"] == "carried"
    assert found["J"].follows_from == ("v",)
    assert found["dJ/dc"].verdict not in ("correct", "rounding")


def test_whole_numbers_stand_for_themselves() -> None:
    """Where the right figures are whole, 31 does not follow from 3·10."""
    found = judged(load("ng-graph-J"), {"v": "10", "J": "31"})[0]
    assert found["J"].verdict not in ("correct", "carried", "rounding")


@pytest.mark.parametrize("digits", [13, 15, 16, 17, 25, 40])
def test_more_digits_than_floats_hold(digits: int) -> None:
    """Figures of many digits are right to the last, and wrong where a digit is that even a float would have right."""
    write = significant(digits)
    figures = {name: write(value) for name, value in default_values().items()}
    assert set(verdicts(judged(DEFAULT, figures)[0]).values()) == {"correct"}
    for name in ("out_H1", "delta_y2", "dE_total/dw1"):
        spoilt = write(default_values()[name] * (1 + mpf(10) ** (4 - min(digits, 16))))
        assert name in faults(judged(DEFAULT, figures | {name: spoilt})[0])


def test_figures_of_a_calculator_in_floats() -> None:
    """What 64-bit floats print, with rounding in their last place, costs nothing."""
    figures = {name: repr(float(value) * (1 + 2**-52)) for name, value in default_values().items()}
    assert not faults(judged(DEFAULT, figures)[0])


def test_many_digits_misconception_and_slip() -> None:
    """The same diagnoses with 15 digits as with 4."""
    write = significant(15)
    net = mpf("0.40") * default_values()["out_H1"] + mpf("0.45") * default_values()["out_H2"]
    honest = {name: write(value) for name, value in default_values().items()}
    assert judged(DEFAULT, honest | {"net_y1": write(net)})[0]["net_y1"].diagnosis == ("missing-bias",)
    off = honest | {"out_y1": write(default_values()["out_y1"] / 100)}
    assert judged(DEFAULT, off)[0]["out_y1"].diagnosis == ("power-of-ten",)


@pytest.mark.parametrize("scale", ["1e-40", "1e-12", "1e9", "1e40"])
def test_huge_and_tiny_figures(scale: str) -> None:
    """An identity unit on inputs of any size: net = 0.3·x, delta = net - t, and so on."""
    x = mpf(scale)
    layer = {"units": ["y1"], "activation": "identity", "weights": [[0.3]]}
    given = {"inputs": {"x1": scale}, "targets": {"y1": f"-{scale}"}}
    problem = load({"title": "Size", "loss": "half_squared_error", "learning_rate": 0.1, "layers": [layer], **given})
    right = {"net_y1": 3 * x / 10, "delta_y1": 13 * x / 10, "E_y1": mpf("0.845") * x**2, "dE_total/dw1": 13 * x**2 / 10}
    figures = {name: significant(4)(value) for name, value in right.items()}
    assert set(verdicts(judged(problem, figures)[0]).values()) == {"correct"}
    signs = {name: f"-{text}" for name, text in figures.items()}
    assert "net_y1" in faults(judged(problem, signs)[0])


def test_one_problem_each() -> None:
    """Students with numbers of their own are judged by their own numbers."""
    from derive.judging.engine.judging import judge_scripts
    from derive.judging.reading.written import read_written

    both = [network("sigmoid", [[0.1, 0.2], [0.3, weight]]) for weight in (0.4, 0.6)]
    scripts = [{"net_y2": read_written("1.1")}, {"net_y2": read_written("1.5")}, {"net_y2": read_written("1.1")}]
    routes = routes_of(both[0].structure)
    found = judge_scripts(routes, [both[0], both[1], both[1]], scripts, Options())
    assert [findings["net_y2"].verdict == "correct" for findings in found] == [True, True, False]


def test_one_constant_for_a_class() -> None:
    """The slope of an identity is 1 for everybody, whatever his numbers."""
    from derive.judging.engine.judging import judge_scripts
    from derive.judging.reading.written import read_written

    both = [network("identity", [["0.1", "0.2"], ["0.3", weight]]) for weight in ("0.4", "0.6")]
    scripts = [{"dout_y2/dnet_y2": read_written(text)} for text in ("1", "0.5")]
    found = judge_scripts(routes_of(both[0].structure), both, scripts, Options())
    assert [each["dout_y2/dnet_y2"].verdict == "correct" for each in found] == [True, False]


def test_rounded_figures_carried_by_the_problem() -> None:
    """Where the problem carries rounded figures, these are the truth, and full figures follow from one's own."""
    mapping = {"display": {"digits": 3, "carry": "rounded"}}
    problem = network("sigmoid", [["0.111", "0.222"], ["0.333", "0.444"]], **mapping)
    # net = 0.555; out = 0.635; 1 - out = 0.365; slope = 0.232; delta = -0.365 · 0.232 = -0.0847, not -0.0846
    assert not faults(judged(problem, {"out_y1": "0.635", "dout_y1/dnet_y1": "0.232", "delta_y1": "-0.0847"})[0])
    assert judged(problem, {"delta_y1": "-0.0847"})[0]["delta_y1"].verdict == "correct"


TEXTS = st.one_of(
    st.sampled_from(["0", "0.0", "-0", "1", "1e300", "-1e300", "1e-300", "1/3", "", "nan", "12345.678901234567"]),
    st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=4).map(str),
    st.floats(1e-9, 1e9).map(repr),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(most_units=3, most_samples=2), data=st.data())
def test_garbage_is_judged_too(problem: Problem, data: st.DataObject) -> None:
    """Any figures for any quantities of any network get a verdict each, without an exception or a warning."""
    shares = all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
    routes = routes_of(problem.structure, shares)
    ids = st.sampled_from([*routes.nearest.givens, *routes.nearest.by_id])
    scripts = [data.draw(st.dictionaries(ids, TEXTS, max_size=20)) for _ in range(2)]
    for figures, found in zip(scripts, judged(problem, *scripts, routes=routes), strict=True):
        assert list(found) == list(figures)
        assert {finding.verdict for finding in found.values()} <= set(VERDICTS)


def test_no_scripts_and_empty_ones() -> None:
    """No students give no findings, and an empty script an empty one."""
    assert judged(DEFAULT) == []
    assert judged(DEFAULT, {}, {"out_H1": "0.5933"}, {})[::2] == [{}, {}]


def test_decimals_of_a_deep_chain_follow_through_blanks() -> None:
    """Only the new weight is written, to 4 decimals: everything above it is worked out."""
    assert judged(DEFAULT, {"w5_new": decimals(4)(default_values()["w5_new"])})[0]["w5_new"].verdict == "correct"
    assert faults(judged(DEFAULT, {"w5_new": "0.3600"})[0])
