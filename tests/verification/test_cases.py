"""Scripts that were once judged wrongly, with the right verdicts: published ones, and small ones that stand for a kind.

A row that is not named here has to be right: `correct` or `rounding`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from derive.given.formula_problem import AnyProblem
from derive.given.loading import load
from derive.judging.model import Report
from derive.judging.verifying import verify

CASES = Path(__file__).parent / "judging_cases"
#: Problems of scripts that are called otherwise.
PROBLEMS = {
    "hk": "han-kamber-3-2-1",
    "f32": "2-2-2",
    "eta": "2-2-2",
    "mis": "2-2-2",
    "conv_delta_sign": "conv",
    "conv_no_half": "conv",
    "ee4210_ids": "ee4210",
    "order_bias_first": "order",
    "en_other_form": "en",
    "r2_second_round": "r2",
    "on": "on",
    "adaline_bin2": "adaline_bin",
    "lin_class": "lin",
    "f1": "nice",
    "coarse_whole": "coarse",
    "zero3_wrong_zero": "zero3",
    "bce_impossible_output": "bce",
    "tanhl_steps": "tanhl",
    "tanhl_final": "tanhl",
    "later": "zero3",
    "torch_rnn2": "torch_rnn",
}
Verdicts = Mapping[str, tuple[str, ...]]
C, SIGN = ("carried",), ("convention", "delta-sign")
FROM_DELTA = dict.fromkeys(("delta_H2", "dE_total/dw3", "dE_total/dw4"), C)


def problem_of(name: str) -> AnyProblem:
    """The problem of a script."""
    mapping = CASES / f"{name}.json"
    if mapping.exists():
        return load(json.loads(mapping.read_text()))
    called = PROBLEMS.get(name, name)
    path = CASES / f"{called}.toml"
    return load(str(path) if path.exists() else called)


def report_of(name: str, digits: int | None = None) -> Report:
    """A script judged."""
    return verify(problem_of(name), CASES / f"{name}.csv", digits=digits).report


def verdicts(report: Report) -> dict[str, tuple[str, ...]]:
    """What is neither right nor right but for rounding."""
    return {
        each.quantity: (each.verdict, *each.diagnosis)
        for each in report.judgements
        if each.verdict not in ("correct", "rounding")
    }


@pytest.mark.parametrize(
    ("name", "wanted", "lost"),
    [
        pytest.param("conv_delta_sign", {"delta_y": SIGN}, 0, id="new weights are the witness"),
        pytest.param("conv_no_half", {"E_y": ("convention", "no-half")}, 0, id="the total is the witness"),
        pytest.param("hk", {"delta_u6": SIGN}, 0, id="the book's own figures"),
        pytest.param("ee4210_ids", {"delta_Y1": SIGN}, 0, id="honest rounding on top"),
        pytest.param("udacity321", {"delta_y": SIGN}, 0, id="float noise on top"),
        pytest.param("byu", {"delta_y1": SIGN, "delta_y2": SIGN}, 0, id="two outputs"),
        pytest.param("whw2", {}, 0, id="rounding only"),
        pytest.param("order_bias_first", {}, 0, id="the order of adding is free"),
        pytest.param("en_other_form", {}, 0, id="another form of the sigmoid"),
        pytest.param("paths_from_factors", {}, 0, id="paths from factors"),
        pytest.param("r2_second_round", {}, 0, id="every line rounded, two rounds"),
        pytest.param("f32", {}, 0, id="single precision"),
        pytest.param(
            "slip_written", {"E_y1": ("slip", "power-of-ten", "written-down")}, 1, id="a slip in writing it down"
        ),
        pytest.param(
            "f1", {"E_total": ("wrong",), "delta_y": ("wrong",)}, 2, id="exact figures say nothing of the digits"
        ),
        pytest.param("coarse_whole", {"net_y": ("wrong",)}, 1, id="wrong whatever its digits"),
        pytest.param(
            "zero3_wrong_zero",
            {"net_h": ("wrong",), "out_h": C, "net_y": C, "out_y": C},
            1,
            id="the sigmoid of 0 lost nothing",
        ),
        pytest.param("sm2", {"net_B": ("wrong",), "out_A": C, "out_B": C, "E_total": C}, 1, id="softmax of a wrong 0"),
        pytest.param(
            "bce_impossible_output",
            {"out_y": ("misconception", "reciprocal-forgotten"), "E_y": C, "delta_y": C},
            1,
            id="the term with factor 0 is left out",
        ),
        pytest.param(
            "eta",
            {"w1_new": ("misconception", "given-misread"), **{f"w{k}_new": C for k in range(2, 9)}},
            1,
            id="one learning rate",
        ),
        pytest.param(
            "mis",
            {"net_H1": ("misconception", "given-misread"), "net_H2": C, "out_H1": C, "out_H2": C},
            1,
            id="one input",
        ),
        pytest.param(
            "tanhl_steps",
            {
                "delta_y": ("misconception", "slope-of-net"),
                "delta_h": ("misconception", "slope-of-net"),
                "dE_total/dw1": C,
                "w1_new": C,
            },
            1,
            id="in both layers",
        ),
        pytest.param("tanhl_final", {"w1_new": ("misconception", "slope-of-net")}, 1, id="only the end written"),
        pytest.param(
            "later",
            {"delta_y@1": ("misconception", "missing-slope"), "dE_total/dw3@1": C, "w3@2": C, "b2@2": C},
            1,
            id="in a later round",
        ),
        pytest.param(
            "torch_rnn2",
            {
                "dh2/dh2_raw": ("misconception", "slope-of-net"),
                "dh1/dh1_raw": ("misconception", "slope-of-net"),
                "dy2/dw_h": C,
            },
            1,
            id="chains know what layers know",
        ),
        pytest.param(
            "other_units_slope",
            {
                "delta_H2": ("misconception", "slope-of-output-layer"),
                "dE_total/dw3": C,
                "dE_total/dw4": C,
                "w4_new": C,
            },
            1,
            id="a cause that fits strictly wins",
        ),
        pytest.param("lin_class", {"w1_new": ("wrong",)}, 1, id="a class, one linear unit"),
    ],
)
def test_verdicts(name: str, wanted: Verdicts, lost: int) -> None:
    """All that is not right, with its causes, and the marks it costs."""
    report = report_of(name, 4 if (CASES / f"{name}.json").exists() else None)
    assert not report.rejected
    assert verdicts(report) == wanted
    assert len(report.judgements) - report.marks == lost


@pytest.mark.parametrize("name", ["conv_delta_sign", "hk", "ee4210_ids", "udacity321", "byu", "conv_no_half"])
def test_a_convention_is_said_once(name: str) -> None:
    """One sentence, which does not ask what is meant where other figures show it."""
    ((sentence,),) = report_of(name).conventions.values()
    assert "taken so, these figures are right" in sentence


def test_prints_of_single_precision_are_called_so() -> None:
    """PyTorch's ``.item()``."""
    report = report_of("f32")
    assert {(each.verdict, each.diagnosis) for each in report.judgements} == {("rounding", ("float32",))}


def test_the_misread_given_is_told() -> None:
    """Which it was, and what it was taken for."""
    assert [(each.given, each.used) for each in report_of("eta").judgements if each.given] == [("eta", "0.1")]
    assert [(each.given, each.used) for each in report_of("mis").judgements if each.given] == [("x1", "0.5")]


def test_wrong_whole_logits_carry_marks() -> None:
    """2, 1 and 0 for 0.5, 0.2 and 0.1: three marks lost, and all 22 after them earned."""
    report = report_of("sm_beng")
    assert {each.verdict for each in report.judgements if each.marks} == {"carried"}
    assert [each.quantity for each in report.judgements if not each.marks] == ["net_A", "net_B", "net_C"]


def test_a_slope_written_in_the_wrong_place_is_named() -> None:
    """∂E/∂out = o − t with cross-entropy, then times the slope: one mark, and the cause."""
    report = report_of("bce_slope")
    assert [(each.quantity, each.diagnosis) for each in report.judgements if not each.marks] == [
        ("dE_total/dout_y", ("slope-kept",))
    ]


def test_gradients_summed_for_the_mean_cost_one_mark() -> None:
    """Ten updates with summed gradients beside a mean error: one mistake, E@9 among what it explains."""
    report = report_of("loeber")
    assert [each.quantity for each in report.judgements if not each.marks] == ["w@1"]
    named = {each.quantity for each in report.judgements if each.diagnosis == ("summed-for-mean",)}
    assert named == {"w@1", "w@2", "w@3", "w@4", "w@5", "w@10", "E_total@9"}


def test_the_own_delta_of_a_later_sample_goes_into_its_step() -> None:
    """Samples that take turns: the delta is wrong once, and the error, the step and the bias follow from it."""
    report = report_of("adaline_bin2")
    assert verdicts(report) == {"delta_y[4]@3": ("wrong",), "E_y[4]@3": C, "step_b_y@3": C, "b_y@4": C}
    assert len(report.judgements) - report.marks == 1


def test_the_second_sample_is_the_one_at_its_turn() -> None:
    """``net_y1[2]`` is worked with the weights that the first sample left."""
    problem = load(str(CASES / "on.toml"))
    # net[1] = 0.3·0.4 − 0.7·0.45 + 0.6, δ = (o − 1)·o·(1 − o), and so on, worked by hand with full figures.
    report = verify(problem, {"net_y1[1]": "0.405", "w1@1": "0.4144", "w2@1": "-0.4164", "net_y1[2]": "0.9385"}).report
    assert {each.verdict for each in report.judgements} == {"correct"}
