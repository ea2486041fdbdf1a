"""Mistakes of samples that take turns, and of rates, worked by exact decimals of our own, are named where made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import derive
from derive.given.loading import problem_named
from derive.judging.model import FAULTLESS

ROWS = [["1", "0.5", "1"], ["-0.5", "1", "-1"], ["0.25", "-1", "1"]]
ADALINE: dict[str, Any] = {
    "title": "Turns", "samples": {"inputs": ["x1", "x2"], "targets": ["y"], "rows": ROWS},
    "layers": [{"units": ["y"], "activation": "identity", "weights": [["0.2", "-0.3"]], "bias": ["0.1"]}],
    "learning_rate": "0.25", "update": {"rule": "delta"}, "training": {"batch": 1, "epochs": 1},
}  # fmt: skip
BY_GRADIENT: dict[str, Any] = {key: value for key, value in ADALINE.items() if key != "update"} | {
    "loss": "half_squared_error",
    "learning_rate": "0.25*0.5**epoch",
    "training": {"batch": 1, "epochs": 2},
}


def worked(wrong: str, rates: tuple[str, ...] = ("0.25",), epochs: int = 1) -> dict[str, str]:
    """Net inputs and weights of each update; decimals are exact, so that nothing is rounded."""
    weights, written = [Decimal("0.2"), Decimal("-0.3"), Decimal("0.1")], {}
    rows = [[Decimal(cell) for cell in row] for row in ROWS]
    for k in range(3 * epochs):
        eta = Decimal(rates[k // 3])
        if k % 3 == 0:
            began = list(weights)
        used = began if wrong == "weights-of-epoch-start" else weights
        on_turn = rows if wrong == "all-samples-at-once" else [rows[k % 3]]
        step = [Decimal(0)] * 3
        for x1, x2, t in on_turn:
            net = used[0] * x1 + used[1] * x2 + used[2]
            if len(on_turn) == 1:
                sample = k % 3 + 1
                written[f"net_y[{sample}]" if k < 3 else f"net_y[{sample}]@{k}"] = str(net)
            miss = net - t if wrong == "t-and-out-exchanged" else t - net
            step = [each + eta * miss * x for each, x in zip(step, (x1, x2, Decimal(1)), strict=True)]
        weights = [weight + each for weight, each in zip(weights, step, strict=True)]
        for name, weight in zip(("w1", "w2", "b_y"), weights, strict=True):
            written[f"{name}_new" if k == 0 else f"{name}@{k + 1}"] = str(weight)
    return written


CASES = [
    (ADALINE, "weights-of-epoch-start", worked("weights-of-epoch-start")),
    (ADALINE, "all-samples-at-once", worked("all-samples-at-once")),
    (ADALINE, "t-and-out-exchanged", worked("t-and-out-exchanged")),
    (BY_GRADIENT, "rate-not-changed", worked("", ("0.25", "0.25"), 2)),
    (BY_GRADIENT, "rate-of-wrong-update", worked("", ("0.125", "0.0625"), 2)),
]


@pytest.mark.parametrize(("mapping", "wrong", "figures"), CASES, ids=[wrong for _, wrong, _ in CASES])
def test_each_mistake_is_named(mapping: dict[str, Any], wrong: str, figures: dict[str, str]) -> None:
    """Every figure at fault bears its name."""
    report = derive.verify(problem_named(mapping, "p"), figures).report
    at_fault = [each for each in report.judgements if each.verdict not in FAULTLESS | {"carried"}]
    assert not report.rejected
    assert at_fault
    assert all(wrong in each.diagnosis for each in at_fault), [
        (each.quantity, each.written, each.expected, each.verdict, each.diagnosis) for each in at_fault
    ]


@pytest.mark.parametrize(
    ("mapping", "figures"), [(ADALINE, worked("")), (BY_GRADIENT, worked("", ("0.25", "0.125"), 2))]
)
def test_honest_turns_are_not_faulted(mapping: dict[str, Any], figures: dict[str, str]) -> None:
    """All updates, every figure."""
    report = derive.verify(problem_named(mapping, "p"), figures).report
    assert [each for each in report.judgements if each.verdict not in FAULTLESS] == []


def test_one_mistake_is_told_once() -> None:
    """A rate that stays what it was, seen in the figure of a later update alone, is no choice between two causes."""
    problem = derive.load({
        "title": "Momentum with step decay", "objective": "E", "wrt": ["w"], "given": {"w": "4"},
        "define": {"E": "(w - 1)**2"}, "training": {"rounds": 4},
        "update": {"rule": "momentum", "beta": "0.5", "learning_rate": "0.1 * 0.5**floor(k/2)"},
    })  # fmt: skip
    # v: −0.6, −0.78, and with 0.1 for 0.05 in the third update 0.5·(−0.78) − 0.1·2·(2.62 − 1) = −0.714.
    (judged,) = derive.verify(problem, {"v_w@3": "-0.7140"}).report.judgements
    assert (judged.verdict, judged.diagnosis) == ("misconception", ("rate-not-changed",))
