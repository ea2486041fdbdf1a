"""The writer of problem files: what it writes is read back as an equal problem, also out of a page."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.given.formula_problem import AnyProblem
from derive.given.loading import load
from derive.given.problem_file import problem_text

TYPED = [
    "0.10", "-0.0", "-0", "0", "007", ".5", "5.", "+0.25", "1/3", "-2/7", "1e-300", "1.50e-7", "-5.0E-8", "1e300",
    "\N{MINUS SIGN}0.5", "0." + "1" * 60, "0.000000000000000000000000000000", 12, 0.1, Fraction(-1, 3),
]  # fmt: skip


def read_back(text: str, name: str, folder: Path) -> AnyProblem:
    """The problem of a file with this text."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def embedded(page: str) -> str:
    """What a reader copies out of a page's fold."""
    (text,) = re.findall(r'<details class="fold" id="problem-file">.*?<pre><code>(.*?)</code></pre>', page, re.DOTALL)
    return unescape(text)


def layered(**changes: Any) -> dict[str, Any]:
    layer = {"units": ["y"], "activation": "sigmoid", "weights": [["0.1", "0.2"]], "bias": ["0.3"]}
    pair = {"inputs": {"a": "0.5", "b": 1}, "targets": {"y": "0.75"}}
    return {"title": "A problem", "loss": "squared_error", "learning_rate": "0.5", "layers": [layer], **pair, **changes}


def large(samples: int = 1) -> dict[str, Any]:
    """A network of 64, 64 and 10 units with random numbers of four decimals."""
    drawn = random.Random(samples)

    def number() -> str:
        return f"{drawn.uniform(-1, 1):.4f}"

    inputs, hidden, outputs = (
        [f"{letter}{n}" for n in range(1, count + 1)] for letter, count in zip("xhy", (64, 64, 10), strict=True)
    )
    pairs = [
        {
            "inputs": {name: number() for name in inputs},
            "targets": {name: str(int(not n)) for n, name in enumerate(outputs)},
        }
        for _ in range(samples)
    ]
    layers = [
        {"units": units, "activation": kind, "bias": [number() for _ in units],
         "weights": [[number() for _ in below] for _ in units]}
        for units, below, kind in ((hidden, inputs, "relu"), (outputs, hidden, "softmax"))
    ]  # fmt: skip
    given: dict[str, Any] = pairs[0] if samples == 1 else {"samples": pairs}
    return {"title": "Large", "loss": "cross_entropy", "learning_rate": "0.1", "layers": layers, **given}


@pytest.mark.parametrize("name", derive.builtin_names())
def test_every_builtin_problem_comes_out_of_its_page(name: str, tmp_path: Path) -> None:
    """Page, Markdown and training page of every built-in problem hold a file that is an equal problem."""
    problem = load(name)
    rounds = {} if not hasattr(problem, "layers") else {"rounds": 10}
    explanation = derive.explain(problem, **rounds)
    text = embedded(explanation.to_html())
    assert text == problem_text(problem)
    assert read_back(text, name, tmp_path) == problem
    (fenced,) = re.findall(r"\n\n```toml\n(.*?)```\n", explanation.to_markdown(), re.DOTALL)
    assert fenced == text
    if rounds:
        assert embedded(derive.train(problem, rounds=10).to_html()) == text


@pytest.mark.parametrize("samples", [1, 30])
def test_a_large_network_and_its_samples(samples: int, tmp_path: Path) -> None:
    """A network of 4,736 weights, with one sample and with 30, comes back whole."""
    problem = load(large(samples))
    assert read_back(problem_text(problem), problem.name, tmp_path) == problem


@pytest.mark.parametrize("typed", TYPED, ids=str)
def test_numbers_stay_as_typed(typed: object, tmp_path: Path) -> None:
    """Whatever somebody typed for a number, its digits come back."""
    problem = load(layered(inputs={"a": typed, "b": "0.5"}))
    assert read_back(problem_text(problem), "problem", tmp_path) == problem


@given(
    st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30).map(str),
        st.from_regex(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?", fullmatch=True),
        st.fractions().map(str),
    )
)
def test_any_number_stays_as_typed(tmp_path_factory: pytest.TempPathFactory, typed: str) -> None:
    """Of any number that is read, the text is read back to the digit."""
    try:
        problem = load(layered(learning_rate="0.1", inputs={"a": typed, "b": "0.5"}))
    except derive.ProblemError:
        return
    assert read_back(problem_text(problem), "problem", tmp_path_factory.getbasetemp()) == problem


@given(title=st.text(min_size=1, max_size=40), source=st.text(max_size=60))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, title: str, source: str) -> None:
    """Quotes, backslashes, brackets and tags in titles and sources do no harm to the file, nor it to the page."""
    try:
        problem = load(layered(title=title, source=source))
    except derive.ProblemError:
        return
    assert read_back(problem_text(problem), "problem", tmp_path_factory.getbasetemp()) == problem


@pytest.mark.parametrize(
    "changes",
    [
        {"conventions": {"weight_names": [[["u", "v"]]], "train_biases": False, "bias_sign": "subtracted"}},
        {"conventions": {"weight_names": "source-major", "update": "sequential"}},
        {"display": {"notation": "z-a", "decimals": 0, "carry": "rounded"}},
        {"display": {"notation": "final", "digits": 30}},
        {"title": "0", "source": "-1.5"},
        {"title": "</code></pre></details><script>alert(1)</script> \"''' &amp; \\n", "source": "[[layers]]\na = 1"},
        {"inputs": None, "targets": None, "samples": [{"inputs": {"a": "1/3", "b": 1}, "targets": {"y": "0.1"}}] * 3,
         "conventions": {"batch": "online"}},
    ],
)  # fmt: skip
def test_all_keys_come_out_of_the_page(changes: dict[str, Any], tmp_path: Path) -> None:
    """Conventions, display, several samples and hostile texts pass through page and file."""
    problem = load({key: value for key, value in layered(**changes).items() if value is not None})
    page = derive.explain(problem, rounds=0).to_html()
    assert "<script>" not in page
    assert replace(read_back(embedded(page), "problem", tmp_path), name=problem.name) == problem


def test_a_file_near_the_limit_on_values_can_still_be_read(tmp_path: Path) -> None:
    """A file of 1,000 samples of 46 numbers, near the most that is allowed, is not made larger than the limit."""
    names = [f"x{number}" for number in range(1, 46)]
    pair = {"inputs": dict.fromkeys(names, "0.5"), "targets": {"y": "0.75"}}
    layer = {"units": ["y"], "activation": "sigmoid", "weights": [["0.1"] * 45]}
    mapping = {
        "title": "Many",
        "loss": "squared_error",
        "learning_rate": 1,
        "layers": [layer],
        "samples": [pair] * 1000,
    }
    problem = load(mapping)
    assert read_back(problem_text(problem), problem.name, tmp_path) == problem


def test_a_formula_that_is_a_number_is_text(tmp_path: Path) -> None:
    """A definition such as `weights = "5"` stays a formula, beside givens that are numbers."""
    mapping = {"title": "5", "objective": "J", "wrt": ["a"], "given": {"a": "1/3", "given": "2.50"}}
    problem = load(mapping | {"define": {"weights": "5", "J": "weights*a + given"}, "learning_rate": "0.10"})
    assert read_back(problem_text(problem), problem.name, tmp_path) == problem
