"""Samples that take turns: a sample's figure is the one at its turn, in ids, form, sheet, judge and page."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import derive
from derive.cli import main
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.sheets.key import answer_key
from derive.judging.reading.form import form_quantities

GIVEN = {
    "title": "Three samples in turn",
    "loss": "half_squared_error",
    "learning_rate": "0.5",
    "samples": [
        {"inputs": {"x1": "0.3", "x2": "0.7"}, "targets": {"y1": "1"}},
        {"inputs": {"x1": "0.5", "x2": "-0.2"}, "targets": {"y1": "0"}},
        {"inputs": {"x1": "-0.4", "x2": "0.9"}, "targets": {"y1": "1"}},
    ],
    "layers": [{"units": ["y1"], "activation": "sigmoid", "weights": [["0.40", "-0.45"]], "bias": ["0.60"]}],
    "conventions": {"batch": "online"},
}


def by_hand(written: Callable[[float], float] = float) -> dict[str, float]:
    """Online training as a textbook works it, each line as it is written and taken further."""
    w1, w2, b = 0.40, -0.45, 0.60
    found: dict[str, float] = {}
    for turn, (x1, x2, t) in enumerate([(0.3, 0.7, 1.0), (0.5, -0.2, 0.0), (-0.4, 0.9, 1.0)], start=1):
        net = written(w1 * x1 + w2 * x2 + b)
        out = written(1 / (1 + math.exp(-net)))
        delta = written((out - t) * out * (1 - out))
        first, second = written(delta * x1), written(delta * x2)
        found |= {f"net_y1[{turn}]": net, f"out_y1[{turn}]": out, f"E_total[{turn}]": written((t - out) ** 2 / 2)}
        found |= {f"delta_y1[{turn}]": delta, f"dE/dw1[{turn}]": first, f"dE/db_y1[{turn}]": delta}
        w1, w2, b = written(w1 - 0.5 * first), written(w2 - 0.5 * second), written(b - 0.5 * delta)
        found |= {f"w1@{turn}": w1, f"w2@{turn}": w2, f"b_y1@{turn}": b}
    return found


def test_each_at_its_turn() -> None:
    """Every figure without a round is the one that the method works; with one it is of that round."""
    solution = derive.solve(derive.load(GIVEN))
    for name, expected in by_hand().items():
        assert solution.value(name) == pytest.approx(expected, rel=1e-12), name
    assert solution.known("net_y1[2]") == "net_y1[2]@1"
    assert solution.value("net_y1[2]@0") == pytest.approx(0.4 * 0.5 + 0.45 * 0.2 + 0.6, rel=1e-12)
    assert solution.value("x1[2]") == 0.5
    assert solution.value("w1_new") == solution.value("w1@1")


def test_one_sample_and_batches_stay_as_they_are() -> None:
    """Only where samples take turns has a sample a turn."""
    batch = derive.solve(derive.load(GIVEN | {"conventions": {"batch": "sum"}}))
    assert batch.known("net_y1[2]") == "net_y1[2]"
    assert batch.value("net_y1[2]") == pytest.approx(0.89, rel=1e-12)


def test_all_ids_are_worked() -> None:
    """The list of everything there is holds each sample at its turn, and nothing that the method never works."""
    solution = derive.solve(derive.load(GIVEN))
    ids = solution.ids()
    assert len(set(ids)) == len(ids)
    assert {"net_y1[1]", "net_y1[2]@1", "net_y1[3]@2", "w1_new", "w1@2", "w1@3"} <= set(ids)
    assert not {"net_y1[2]", "net_y1[3]", "net_y1[1]@1"} & set(ids)
    for name in ids:
        assert math.isfinite(solution.value(name)), name


def test_a_form_and_a_sheet_ask_every_turn() -> None:
    """Nothing is asked of sample 2 with weights it never meets; a part of a sheet is that of the first turn."""
    problem = derive.load(GIVEN)
    form, sheet = form_quantities(problem), asked_ids(problem, "all")
    first = {"net_y1[1]", "delta_y1[1]", "dE_total/dw1[1]", "w1_new", "b_y1_new"}
    for asked in (form, sheet):
        assert first | {"net_y1[2]@1", "delta_y1[2]@1", "w1@2", "dE_total/dw1[3]@2", "b_y1@3"} <= set(asked)
        assert not {"net_y1[2]", "net_y1[3]", "net_y1[1]@1", "E_total"} & set(asked)
        assert len(asked) == 3 * 11 - 3 * (asked is sheet)  # the error of the only output is the total
    assert asked_ids(problem, "forward") == ("net_y1[1]", "out_y1[1]", "E_total[1]")
    assert set(asked_ids(problem, "forward,backward,updates")) == {name for name in sheet if "@" not in name}
    assert asked_ids(problem, "net_y1[2],w1@2") == ("net_y1[2]@1", "w1@2")


def test_bands_of_later_turns_hold_honest_work() -> None:
    """Three and four digits carried through three turns lie inside; the right figures of the turn before do not."""
    problem = derive.load(GIVEN)
    for digits in (3, 4):
        honest = by_hand(lambda value, digits=digits: float(f"{value:.{digits - 1}e}"))  # type: ignore[misc]
        known = {asked_ids(problem, name)[0]: value for name, value in honest.items()}
        lines = {line.quantity: line.band for line in answer_key(problem, tuple(known), digits=digits).lines}
        for name, value in known.items():
            band = lines[name]
            assert band is not None
            assert float(band.low.value) <= value <= float(band.high.value), (digits, name, value, band.text)
        assert not lines["w1@2"].low.value <= honest["w1@1"] <= lines["w1@2"].high.value  # type: ignore[union-attr]


def test_scripts_are_judged_at_each_turn() -> None:
    """A textbook's figures are all right; with the old weights for sample 2 they are not."""
    figures = {name: f"{value:.6g}" for name, value in by_hand().items()}
    right = derive.verify(derive.load(GIVEN), figures).report
    assert {step.verdict for step in right.judgements} == {"correct"}
    wrong = derive.verify(derive.load(GIVEN), {"net_y1[1]": "0.4050", "w1_new": "0.4144", "net_y1[2]": "0.8900"}).report
    (second,) = (step for step in wrong.judgements if step.quantity.startswith("net_y1[2]"))
    assert second.verdict != "correct"
    assert second.diagnosis == ("weights-of-epoch-start",)


def test_the_page_says_where_the_other_samples_are() -> None:
    """No line shows sample 2 with the weights that the round began with."""
    explanation = derive.explain(derive.load(GIVEN), rounds=3, style="all")
    content = json.loads(explanation.to_json())
    assert not any("[2]" in str(step["quantity"]) and "@1" not in str(step["quantity"]) for step in content["steps"])
    assert "net_y1[2]" not in content["values"]
    assert content["values"]["net_y1[2]@0"] == pytest.approx(0.89, rel=1e-12)
    html = explanation.to_html()
    assert "The samples take turns, one update each" in html
    assert "Sample 2, at its turn" in html


def test_values_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command reads the same names."""
    file = tmp_path / "turns.toml"
    file.write_text(
        'title = "T"\nloss = "half_squared_error"\nlearning_rate = 0.5\n'
        "[[samples]]\ninputs = {x1 = 0.3}\ntargets = {y1 = 1}\n[[samples]]\ninputs = {x1 = 0.5}\ntargets = {y1 = 0}\n"
        '[[layers]]\nunits = ["y1"]\nactivation = "identity"\nweights = [[2]]\n[conventions]\nbatch = "online"\n',
        encoding="utf-8",
    )
    assert main(["values", str(file), "net_y1[1]", "w1_new", "net_y1[2]", "w1@2"]) == 0
    printed = capsys.readouterr().out
    # 0.6; 2 + 0.5·0.4·0.3 = 2.06; 1.03; 2.06 − 0.5·1.03·0.5 = 1.8025.
    assert [line.split() for line in printed.splitlines()] == [
        ["net_y1[1]", "0.6"], ["w1_new", "2.06"], ["net_y1[2]@1", "1.03"], ["w1@2", "1.8025"],
    ]  # fmt: skip


@pytest.mark.parametrize("style", ["chain", "delta"])
def test_the_document_works_them_in_turn(style: str) -> None:
    """Every sample after the first has a section, with the figures of its turn and the parameters of that moment."""
    explanation = derive.explain(derive.load(GIVEN), rounds=10, style=style)  # type: ignore[arg-type]
    told = json.loads(explanation.to_json())
    printed = {step["quantity"]: step for step in told["steps"]}
    for name, expected in by_hand().items():
        turn = int(name.partition("[")[2].rstrip("]") or 1)
        base = name.replace("dE/", "dE_total/").replace("E_total[1]", "E_y1[1]")
        if "@" in name:
            known = f"{name.partition('@')[0]}_new" if name.endswith("@1") else name
        else:
            known = base if turn == 1 else f"{base}@{turn - 1}"
        assert float(printed[known]["value"]) == pytest.approx(expected, rel=1e-8), known
    page = explanation.to_html()
    assert [f"Sample {turn}, at its turn" in page for turn in (1, 2, 3, 4)] == [False, True, True, False]


def test_a_step_of_a_later_turn_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """By its own name, worked with the parameters of its turn."""
    solution = derive.solve(derive.load(GIVEN))
    told = solution.step("net_y1[2]").text
    assert told.splitlines()[-1].strip().startswith("≈ ")
    assert float(told.rpartition("≈ ")[2]) == pytest.approx(by_hand()["net_y1[2]"], rel=1e-8)
