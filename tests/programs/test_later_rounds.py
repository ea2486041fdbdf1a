"""Arrays in later rounds: drawn numbers move with each update, and a script's own entry is carried on."""

from __future__ import annotations

import math

import numpy as np

import derive
from derive.given.loading import problem_named
from derive.handouts.variants.later_rounds import in_rounds
from derive.judging.routes import routes_of

START = {"W[1,1]": 0.1, "W[1,2]": 0.2, "W[2,1]": 0.3, "W[2,2]": -0.4, "v[1]": 0.5, "v[2]": -0.6}
PROBLEM = problem_named(
    {
        "title": "Two rounds", "objective": "J", "wrt": ["W", "v"], "learning_rate": "0.5",
        "given": {"W": [["0.1", "0.2"], ["0.3", "-0.4"]], "x": ["0.4", "0.3"], "v": ["0.5", "-0.6"]},
        "define": {"h": "sigmoid(W @ x)", "y": "v @ h", "J": "1/2*(1 - y)**2"},
    },
    "two-rounds",
)  # fmt: skip


def by_hand(numbers: dict[str, float]) -> dict[str, float]:
    """The same numbers after one update, in plain Python."""
    x = (0.4, 0.3)
    h = [1 / (1 + math.exp(-sum(numbers[f"W[{i},{j}]"] * x[j - 1] for j in (1, 2)))) for i in (1, 2)]
    slope = numbers["v[1]"] * h[0] + numbers["v[2]"] * h[1] - 1
    moved = {f"v[{i}]": numbers[f"v[{i}]"] - 0.5 * slope * h[i - 1] for i in (1, 2)}
    for i in (1, 2):
        delta = slope * numbers[f"v[{i}]"] * h[i - 1] * (1 - h[i - 1])
        moved |= {f"W[{i},{j}]": numbers[f"W[{i},{j}]"] - 0.5 * delta * x[j - 1] for j in (1, 2)}
    return moved


def test_drawn_arrays_move_with_each_update() -> None:
    """Every entry of every array, not scalars alone; an entry after k updates is what the k-th makes of it."""
    routes = routes_of(PROBLEM.structure)
    givens = {name: np.array([float(number.value)]) for name, number in PROBLEM.numbers.items()}
    rounds = list(in_rounds(routes, givens, ("y", "y@1", "W[1,1]@1", "W[1,1]@2")))
    assert [names for _, names in rounds] == [("y", "W_new[1,1]"), ("y", "W_new[1,1]")]
    after = by_hand(START)
    found = {name: float(rounds[1][0][name][0]) for name in after}
    assert np.allclose([found[name] for name in after], list(after.values()), rtol=1e-12)


def test_an_own_entry_of_an_array_is_carried_into_the_next_round() -> None:
    """0.2 for W[1,1] after the first update is wrong; what the second update makes of it is carried."""
    wrong = by_hand({**by_hand(START), "W[1,1]": 0.2})["W[1,1]"]
    report = derive.verify(PROBLEM, {"W_new[1,1]": "0.2000", "W[1,1]@2": f"{wrong:.4f}"}).report
    assert [step.verdict for step in report.judgements] == ["wrong", "carried"]
    right = by_hand(by_hand(START))["W[1,1]"]
    assert f"{right:.4f}" != f"{wrong:.4f}"
