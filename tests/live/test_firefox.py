"""The live page in Firefox: the figures of 20 problems with other numbers, and what a reader does with a page."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.given.formula_problem import FormulaProblem
from tests.firefox import Firefox
from tests.live.pages import change, changed, drawn, figures, press, settle

#: Layered networks, chains, update rules, arrays, recurrent cells, samples in turns.
PROBLEMS = (
    "2-2-2", "2-3-2-2", "ailab-2-2-2", "cs231n-2-2-3", "deepml-neuron", "han-kamber-3-2-1", "hmkcode-2-2-1",
    "logistic-regression", "macleod-2-2-1", "mazur-own-biases", "raglend-2-2-1", "adam-parabola", "momentum-parabola",
    "convolution-3x3", "layer-norm-2x5", "ng-graph-J", "micrograd-readme", "cs231n-sigmoid-circuit", "gru-step",
    "rnn-three-steps",
)  # fmt: skip
assert len(PROBLEMS) == 20


def opened(firefox: Firefox, problem: Any, path: Path, rounds: int | None = 0) -> Firefox:
    path.write_text(derive.explain(problem, rounds=rounds).to_html(live=True), encoding="utf-8")
    firefox.open(path)
    settle(firefox)  # type: ignore[arg-type]
    return firefox


@pytest.mark.parametrize("name", PROBLEMS)
def test_figures_are_those_of_the_changed_problem(name: str, firefox: Firefox, tmp_path: Path) -> None:
    """Every result of a step, against derive's own filling of the changed problem."""
    problem, draw = derive.load(name), random.Random(f"firefox {name}")
    numbers = drawn(problem, draw)
    page: Any = opened(firefox, problem, tmp_path / "page.html", None if isinstance(problem, FormulaProblem) else 0)
    before = figures(page)
    change(page, numbers)
    after = figures(page)
    other = derive.explain(changed(problem, numbers, tmp_path), rounds=0).filling.figures
    wanted = {slot.quantity: figure.ascii for slot, figure in other.items() if slot.role == "result"}
    assert before.keys() == after.keys()
    assert before
    compared = 0
    for quantity, text in after.items():
        if text != "–":
            assert spelled(text) == wanted[quantity], quantity
            compared += 1
    assert compared > 0.9 * len(after)
    assert page.evaluate("document.querySelectorAll('mtext.open').length") == len(after) - compared


def spelled(text: str) -> str:
    return text.replace("−", "-").replace("×10", "e").replace("\u2009", "").replace(" ", "")


def test_rounds_step_modes_and_policy(firefox: Firefox, tmp_path: Path) -> None:
    """Rounds are those of training; an own figure is judged; one step shows at a time; no foreign script runs."""
    solution = derive.solve(derive.load("2-2-2"))
    page: Any = opened(firefox, derive.load("2-2-2"), tmp_path / "page.html", 10)
    press(page, "round-10")
    for quantity in ("out_y1", "E_total", "dE_total/dw5", "w5_new"):
        assert spelled(figures(page)[quantity]) == solution.figure(f"{quantity}@10").ascii
    press(page, "reset")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.got = 1'}))"
    )
    assert page.evaluate("window.got === undefined")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
