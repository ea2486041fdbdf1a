"""What a reviewer once refuted: each line here was judged wrongly before."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from derive.cli import main
from derive.given.loading import load, problem_named
from derive.judging.model import FAULTLESS
from derive.judging.reading.form import form_quantities
from derive.judging.verifying import exit_status, verify


@pytest.mark.parametrize("text", ["1e2", "1", "-1", "2", "0.1", "0"])
def test_one_digit_everywhere_earns_nothing(text: str) -> None:
    """Nearly anything follows from a figure of one digit; it is too coarse and carries no marks."""
    problem = load("2-2-2")
    assert verify(problem, dict.fromkeys(form_quantities(problem), text)).report.marks == 0


@pytest.mark.parametrize("text", ["1/3", "1/4", "2/7", "7/20"])
def test_a_fraction_says_exactly_what_it_says(text: str) -> None:
    """The total is 0.29837; none of these is a rounding of it."""
    (found,) = verify(load("2-2-2"), {"E_total": text}).report.judgements
    assert found.verdict == "wrong"


def test_a_vanished_figure_does_not_taint_what_follows() -> None:
    """With four decimals an error of 2.8e-6 is 0.0000: too coarse, and the total is right all the same."""
    problem = load(
        {
            "title": "One error vanishes",
            "loss": "half_squared_error",
            "learning_rate": "0.5",
            "inputs": {"x1": "1"},
            "targets": {"y1": "0.25", "y2": "0.5024"},
            "layers": [{"units": ["y1", "y2"], "activation": "identity", "weights": [["0.499"], ["0.5000"]]}],
        }
    )
    report = verify(problem, {"E_y1": "0.0310", "E_y2": "0.0000", "E_total": "0.0310"}).report
    found = {each.quantity: each for each in report.judgements}
    assert found["E_y2"].verdict == "too-coarse"
    assert (found["E_total"].verdict, found["E_total"].marks) == ("correct", 1)


def test_a_round_too_far_is_refused_alone(tmp_path: Path) -> None:
    """One row that cannot be proved stops nobody else from being judged."""
    file = tmp_path / "late.csv"
    file.write_text("student,quantity,value\nAnn,net_H1,.3775\nBob,E_total@1000001,.298\nBob,net_H1,.3775\n")
    report = verify(load("2-2-2"), str(file)).report
    assert [each.marks for each in report.judgements] == [1, 1]
    assert [(each.row, "E_total@1000001" in each.reason) for each in report.rejected] == [(3, True)]
    assert exit_status(report) == 1


def test_files_may_follow_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`derive verify PROBLEM --json FILE` is what people type."""
    file = tmp_path / "good.csv"
    file.write_text("quantity,value\nnet_H1,.3775\n")
    assert main(["verify", "2-2-2", "--json", "--digits", "4", str(file)]) == 0
    assert '"correct"' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["verify", "2-2-2", "--jsonx", str(file)])


@pytest.mark.parametrize(
    ("quantity", "formula"),
    [
        ("dE/dw5", "δ_y1*out_H1"),
        ("w5_new", "w5 − eta*∂E/∂w5"),
        ("out_H1", "σ(net_H1)"),
        ("E_y1", "½(t_y1-out_y1)^2"),
        ("out_H2", "1/(1+e^(-net_H2))"),
    ],
)
def test_formulas_may_be_written_in_the_symbols_of_the_sheets(quantity: str, formula: str) -> None:
    """What the product prints can be typed back."""
    (found,) = verify(load("2-2-2"), {quantity: formula}).report.judgements
    assert found.verdict == "correct"


def test_many_far_rounds_are_refused_not_waited_for() -> None:
    """Sixty different rounds are judged at most; the others are listed."""
    report = verify(load("2-2-2"), {f"E_total@{number}": "0.5" for number in range(1, 101)}).report
    assert len(report.judgements) + len(report.rejected) == 100
    assert len(report.rejected) >= 40


@pytest.mark.parametrize(
    ("quantity", "text", "verdict"),
    [
        ("dE/dW", "0.0500", "wrong"),  # 0.0789 at the end of three steps of time, nothing between written down
        ("dE/dU", "0.0120", "wrong"),  # 0.0218
        ("dE/dW", "0.0780", "rounding"),
    ],
)
def test_a_figure_alone_at_the_end_of_many_steps(quantity: str, text: str, verdict: str) -> None:
    """What rounding may cost is a share of the terms added up at the figure itself, however many steps lead there."""
    (found,) = verify(load("rnn-three-steps"), {quantity: text}).report.judgements
    assert found.verdict == verdict


_OFF = [(4, 0.63), (4, 0.9), (4, 1.1), (4, 1.37), (3, 0.63), (3, 1.37)]


@pytest.mark.parametrize(
    ("name", "digits", "share"),
    [*((name, *off) for name in "WUb" for off in _OFF), ("W", 2, 0.63), ("W", 2, 1.37), ("U", 2, 0.63)],
)
def test_a_figure_alone_at_the_end_of_ten_steps(name: str, digits: int, share: float) -> None:
    """Some third or a tenth too large or too small is no rounding; the right figure, by a recurrence in floats, is."""
    w, u, b, series, states = 0.5, 0.8, 0.1, [0.4, -0.2, 0.7, 0.1, -0.5, 0.3, 0.6, -0.1, 0.2, 0.5], [0.0]
    for x in series:
        states.append(math.tanh(w * x + u * states[-1] + b))
    back, found = 1.5 * (1.5 * states[-1] - 0.5), {"W": 0.0, "U": 0.0, "b": 0.0}
    for step in range(10, 0, -1):
        net = back * (1 - states[step] ** 2)
        found = {"W": found["W"] + net * series[step - 1], "U": found["U"] + net * states[step - 1],
                 "b": found["b"] + net}  # fmt: skip
        back = net * u
    problem = problem_named(
        {
            "title": "Ten steps", "loss": "half_squared_error", "learning_rate": "0.1",
            "inputs": {"x": {"over": "time", "values": list(map(str, series))}}, "targets": {"y": "0.5"},
            "layers": [
                {"name": "cell", "type": "rnn", "state": {"h": 0}, "parameters": {"W": "0.5", "U": "0.8", "b": "0.1"}},
                {"units": ["y"], "from": "cell", "at": "last", "activation": "identity", "weights": [["1.5"]]},
            ],
        },
        "ten",
    )  # fmt: skip
    quantity = f"dE_total/d{name}"
    (right,) = verify(problem, {quantity: f"{found[name]:#.{digits}g}"}).report.judgements
    (wrong,) = verify(problem, {quantity: f"{share * found[name]:#.{digits}g}"}).report.judgements
    assert right.verdict == "correct"
    assert wrong.verdict not in FAULTLESS | {"carried"}
