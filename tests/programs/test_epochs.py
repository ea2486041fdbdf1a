"""The table of epochs, against a loop of plain Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import ProblemError, UnknownQuantityError
from derive.given.loading import problem_named
from derive.given.problem_file import problem_text
from derive.telling.build import blocks_of
from derive.telling.model import Table
from tests.browser import Page
from tests.commands import runner
from tests.programs.cases import GATE, epochs_of_the_gate


def test_each_row_is_its_own_update() -> None:
    """Sample, inputs, target, net and parameters of every update of ADALINE's two epochs, as a loop has them."""
    explanation = derive.explain(derive.load("adaline-or"))
    tables = {block.id: block for block in blocks_of(explanation.document) if isinstance(block, Table)}
    figures_of = explanation.filling.figures
    samples = [(1, 1, 1), (1, -1, 1), (-1, 1, 1), (-1, -1, -1)]
    w1 = w2 = b = eta = Fraction(1, 10)
    rows = zip(tables["epochs"].rows, tables["epochs-2"].rows, strict=True)
    for number, (row, changed) in enumerate(rows):
        x1, x2, t = samples[number % 4]
        net = w1 * x1 + w2 * x2 + b
        error = t - net
        steps = [eta * error * x1, eta * error * x2, eta * error]
        w1, w2, b = w1 + steps[0], w2 + steps[1], b + steps[2]
        words = [cell[0] for cell in row[:3]]
        assert words == [str(number + 1), str(number // 4 + 1), str(number % 4 + 1)]
        assert changed[0] == (str(number + 1),)
        figures = [figures_of[cell[0]].value for cell in (*row[3:], *changed[1:])]  # type: ignore[index]
        exact = [x1, x2, t, net, net, *steps, w1, w2, b]
        assert len(figures) == len(exact)
        for figure, value in zip(figures, exact, strict=True):
            assert abs(figure - value) <= abs(value) * Fraction(1, 10**8)


#: A sigmoid neuron and a network with two hidden units; four samples, of which each has an update of its own.
NEURON: list[dict[str, Any]] = [
    {"units": ["y"], "activation": "sigmoid", "weights": [["0.2", "-0.1"]], "bias": ["0.1"]},
]
HIDDEN: list[dict[str, Any]] = [
    {"units": ["H1", "H2"], "activation": "sigmoid", "weights": [["0.5", "0.9"], ["0.4", "1.0"]],
     "bias": ["-0.8", "0.1"]},
    {"units": ["y"], "activation": "sigmoid", "weights": [["-1.2", "1.1"]], "bias": ["-0.3"]},
]  # fmt: skip


def by_turns(layers: list[dict[str, Any]]) -> derive.FormulaProblem:
    """Two epochs of XOR."""
    return problem_named(  # type: ignore[return-value]
        {
            "title": "By turns",
            "loss": "half_squared_error",
            "learning_rate": "0.5",
            "samples": {
                "inputs": ["x1", "x2"],
                "targets": ["y"],
                "rows": [["0", "0", "0"], ["0", "1", "1"], ["1", "0", "1"], ["1", "1", "0"]],
            },
            "layers": layers,
            "training": {"batch": 1, "epochs": 2},
        },
        "by-turns",
    )


@pytest.mark.parametrize("problem", [derive.load("adaline-or"), by_turns(NEURON), by_turns(HIDDEN)])
def test_a_page_of_two_epochs_is_short(problem: derive.FormulaProblem) -> None:
    """Two epochs of four samples, the first worked update by update, on at most six pages."""
    explanation = derive.explain(problem)
    assert len(re.findall(rb"/Type\s*/Page\b", explanation.to_pdf())) <= 6


def test_one_sample_on_turn_is_not_added_up() -> None:
    """Its error and gradient are said to be those of the update, and have no lines of their own."""
    markdown = derive.explain(by_turns(NEURON)).to_markdown()
    assert markdown.count("One sample is on turn") == 1
    assert "shares of the samples" not in markdown
    solution = derive.solve(by_turns(NEURON))
    assert solution.value("dE_batch/dw2@1") == solution.value("dE_total/dw2[2]@1") != 0


def test_a_short_line_is_not_broken(browser_page: Callable[..., Page], tmp_path: Path) -> None:
    """What there is room for stands on one line, as in 0.5 - 0.5 · 0."""
    path = tmp_path / "page.html"
    path.write_text(derive.explain(by_turns(HIDDEN)).to_html(), encoding="utf-8")
    broken = browser_page(path, width=1280).evaluate(
        "[...document.querySelectorAll('details[open] .term')].filter((term) => {"
        " const parts = [...term.querySelectorAll('math')].map((each) => each.getBoundingClientRect());"
        " return parts.at(-1).top > parts[0].bottom; }).map((term) => term.textContent)"
    )
    assert broken == []


AND = {
    "title": "AND", "samples": GATE, "learning_rate": "0.1", "update": {"rule": "perceptron"},
    "layers": [{"units": ["y"], "activation": "step", "weights": [["0.3", "-0.1"]], "bias": ["-0.2"]}],
    "training": {"batch": 1, "stop": "no error in an epoch"},
}  # fmt: skip


def test_how_long_it_took(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The updates and epochs that were made are ids; what would come after them is refused."""
    epochs = epochs_of_the_gate()
    solution = derive.solve(problem_named(AND, "and"))
    assert (solution.value("updates_done"), solution.figure("epochs_done").ascii) == (4 * epochs, str(epochs))
    assert solution.value(f"w1@{4 * epochs}") == solution.value(f"w1@{4 * epochs - 1}")
    with pytest.raises(UnknownQuantityError, match=f"training stopped after {4 * epochs} updates"):
        solution.value(f"w1@{4 * epochs + 1}")
    with pytest.raises(UnknownQuantityError):
        derive.solve(problem_named({**AND, "training": {"batch": 1, "epochs": 2}}, "and")).value("updates_done")
    file = tmp_path / "and.toml"
    file.write_text(problem_text(problem_named(AND, "and")), encoding="utf-8")
    run = runner(capsys)("values", file, "epochs_done", "updates_done")
    assert run.out.split() == ["epochs_done", str(epochs), "updates_done", str(4 * epochs)]
    assert runner(capsys)("values", file, "w1@999").status == 2


def test_it_stops_by_the_length_of_the_gradient() -> None:
    """On w² with a rate of 1/4 the gradient 2w halves with each update: 8, 4, 2, 1, 0.5."""
    mapping = {"title": "p", "given": {"w": 4}, "define": {"f": "w**2"}, "objective": "f", "wrt": ["w"],
               "learning_rate": "0.25", "training": {"stop": "norm_gradient < 0.6"}}  # fmt: skip
    solution = derive.solve(problem_named(mapping, "p"))
    assert solution.value("norm_gradient") == 8
    assert solution.value("updates_done") == 4
    page = derive.explain(problem_named(mapping, "p"), brief=True).to_markdown()
    assert "stops after 4 epochs" in page


def test_a_stop_that_is_not_met_is_said() -> None:
    """And the training ends all the same."""
    mapping = {"title": "p", "given": {"w": 4}, "define": {"f": "w**2 + 1"}, "objective": "f", "wrt": ["w"],
               "learning_rate": "0.25", "training": {"rounds": 5, "stop": "norm_gradient < 0.001"}}  # fmt: skip
    assert derive.solve(problem_named(mapping, "p")).value("updates_done") == 5


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"layers": [{**AND["layers"][0], "activation": "sigmoid"}]}, "sigmoid stays between 0 and 1"),
        ({"layers": [{**AND["layers"][0], "activation": "bipolar_step"}]}, "bipolar_step gives -1, 1 alone"),
        ({"training": {"batch": 1, "stop": "cost < 1"}}, "no cost without a penalty"),
        ({"training": {"batch": 1, "stop": "norm_gradient < 1"}}, "uses no gradient"),
    ],
)
def test_stops_that_nothing_can_reach(change: dict[str, Any], expected: str) -> None:
    """Are refused with the reason."""
    with pytest.raises(ProblemError, match=expected) as caught:
        problem_named({**AND, **change}, "x")
    assert caught.value.key == "training.stop"
