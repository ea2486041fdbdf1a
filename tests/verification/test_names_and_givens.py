"""What a script may mean by a name: a unit alone, a given with another value; and what advice names."""

from __future__ import annotations

import pytest

from derive.given.loading import load
from derive.judging.model import Report
from derive.judging.verifying import verify

TURNS = {
    "title": "Turns",
    "loss": "half_squared_error",
    "learning_rate": "0.5",
    "samples": [
        {"inputs": {"x1": "0.4", "x2": "0.9"}, "targets": {"y": "0.2"}},
        {"inputs": {"x1": "0.8", "x2": "0.3"}, "targets": {"y": "0.9"}},
    ],
    "layers": [
        {
            "units": ["H1", "H2"],
            "activation": "sigmoid",
            "weights": [["0.15", "0.37"], ["0.25", "-0.48"]],
            "bias": "0.3",
        },
        {"units": ["y"], "activation": "sigmoid", "weights": [["0.41", "-0.62"]], "bias": "0.6"},
    ],
    "conventions": {"batch": "online"},
}


def judged(written: dict[str, str], digits: int | None = None) -> Report:
    return verify(load("2-2-2"), written, digits=digits).report


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ({"H1": "0.5933"}, ["out_H1"]),
        ({"H1": "0.3775", "H2": "0.3925"}, ["net_H1", "net_H2"]),
        ({"H1": "0.3775", "H1 final": "0.5933", "y1": "1.106"}, ["net_H1", "out_H1", "net_y1"]),
        ({"net_H1": "0.3775", "H1": "0.5933"}, ["net_H1", "out_H1"]),
        ({"y1": "0.7514", "y1@1": "0.7421"}, ["out_y1", "out_y1@1"]),
    ],
)
def test_a_unit_alone_is_what_its_figure_is_near(written: dict[str, str], ids: list[str]) -> None:
    """The figures are 2-2-2's own, so that all are right; the legend says how the names are read."""
    report = judged(written)
    assert [each.quantity for each in report.judgements] == ids
    assert {each.verdict for each in report.judgements} <= {"correct", "rounding"}
    assert " read as " in report.conventions[None][0]


def test_a_wrong_figure_of_a_unit_alone_has_its_cause() -> None:
    """Without the bias the net input is 0.0275, far from the activation."""
    (found,) = judged({"H1": "0.0275"}).judgements
    assert (found.quantity, found.diagnosis) == ("net_H1", ("missing-bias",))


def test_a_given_under_its_name_may_be_the_new_value() -> None:
    """w1 = 0.1498 is w1 after the update, and is said to be read so."""
    report = judged({"w1": "0.1498", "w2": "0.1996", "net_H1": "0.3775"})
    assert {each.verdict for each in report.judgements} == {"correct"}
    assert report.conventions[None] == ("w1 and w2 are read as w1_new and w2_new, in this order.",)


def test_a_given_with_another_value_is_misread() -> None:
    """One mistake; what is worked out with it is carried, and nothing else is at fault."""
    report = judged({"w1": "0.25", "net_H1": "0.3825", "net_H2": "0.3925"})
    assert [(each.verdict, each.given, each.used) for each in report.judgements] == [
        ("misconception", "w1", "0.25"),
        ("carried", "", ""),
        ("correct", "", ""),
    ]


def test_a_figure_of_few_digits_that_rounds_to_nothing_right_is_wrong() -> None:
    """In later rounds too: after two updates w5 is 0.317, the error after one 0.291."""
    report = judged({"E_total@1": "0.3", "w5@2": "0.9"})
    assert [each.verdict for each in report.judgements] == ["too-coarse", "wrong"]


def test_zeros_at_the_beginning_are_no_digits() -> None:
    """0.000 for 0.000438568: what to write is said."""
    (found,) = judged({"dE/dw1": "0.000"}).judgements
    assert found.verdict == "too-coarse"
    assert "4.39e-4 has 3 digits" in found.explanation


def test_advice_at_a_later_turn_names_its_sample() -> None:
    """The second update takes the second sample."""
    (found,) = verify(load(TURNS), {"w5@2": "0.7222"}).report.judgements
    assert found.verdict == "wrong"
    assert "out_y[2]@1, delta_y[2]@1 and dE_total/dw5[2]@1" in found.explanation


def test_single_precision_under_a_convention() -> None:
    """Deltas as target − output by NumPy in float32, printed long, with the new weight that they lead to."""
    written = {
        "out_y1": "0.751365065574646",
        "delta_y1": "-0.1384985595941544",
        "delta_y2": "0.03809823468327522",
        "w5_new": "0.3589164912700653",
    }
    report = judged(written)
    assert report.marks == 4
    assert {each.verdict for each in report.judgements if each.quantity.startswith("delta")} == {"convention"}
