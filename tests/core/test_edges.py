"""Legal problems at the edge of what floats or balls can hold: saturated, symmetric, and exactly on a tie."""

from __future__ import annotations

from typing import Any

import pytest

import derive
from derive.errors import PrecisionError, ProblemError


def one(weights: Any, *, x: str = "1", target: Any = "1", **other: Any) -> dict[str, Any]:
    """One sigmoid unit under binary cross-entropy, unless said otherwise."""
    layers = [{"units": ["y"], "activation": "sigmoid", "weights": weights}]
    given = {"title": "Edge", "loss": "binary_cross_entropy", "learning_rate": "0.5", "layers": layers}
    return given | {"inputs": {"x": x}, "targets": {"y": target}} | other


def test_saturated_training_is_no_divergence() -> None:
    """The output is 1 in floats after one round, and its error 7.1e-218: nothing diverges."""
    training = derive.train(derive.load(one([["0"]], x="10", learning_rate="10")), rounds=20)
    assert training.rounds == 20
    assert "diverges" not in training.ending
    assert training.errors[1] == pytest.approx(7.1e-218, rel=0.01)


@pytest.mark.parametrize("target", ["0", "1"])
def test_saturated_from_the_start(target: str) -> None:
    """Where floats lose the very first error, the document is written all the same."""
    explanation = derive.explain(derive.load(one([["37"]], target=target)), rounds=10)
    assert explanation.to_html().startswith("<!doctype html>")


def symmetric(activation: str, **display: Any) -> dict[str, Any]:
    """Two equal hidden units whose outputs cancel: a net input of exactly 0 that no ball says is 0."""
    layers = [
        {"units": ["H1", "H2"], "activation": "sigmoid", "weights": [["0.3"], ["0.3"]]},
        {"units": ["y"], "activation": activation, "weights": [["1", "-1"]]},
    ]
    return one([], loss="half_squared_error", target="0.25", layers=layers, display=display)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity", "tanh"])
def test_symmetric_networks(activation: str) -> None:
    """A ball that no precision parts from 0 stands for 0, and its slope is that at 0."""
    solution = derive.solve(derive.load(symmetric(activation)))
    assert solution.value("out_y") == 0.0
    assert solution.value("dout_y/dnet_y") == {"relu": 0.0, "leaky_relu": 0.01}.get(activation, 1.0)


def test_a_tie_reached_through_balls() -> None:
    """0.5 at no decimals lies between two figures, and goes away from zero, as by hand."""
    solution = derive.solve(derive.load(symmetric("sigmoid", decimals=0)))
    assert solution.figure("out_y").ascii == "1"


@pytest.mark.parametrize("net", ["220", "-220"])
def test_tiny_outputs_are_no_disagreement(net: str) -> None:
    """Beside an output of 1e-96 the complex step is not small: it is no witness there, and nothing else is wrong."""
    layers = [{"units": ["a", "b"], "activation": "softmax", "weights": [[net], ["0"]]}]
    targets = {"a": "0.5", "b": "0.5"}
    derive.solve(derive.load(one([], loss="cross_entropy", layers=layers, targets=targets)))


def test_a_rounded_output_of_zero_has_no_logarithm() -> None:
    """The message says what to do, and not that more bits would help."""
    layers = [{"units": ["a", "b"], "activation": "softmax", "weights": [["-9"], ["0"]]}]
    problem = one(
        [], loss="cross_entropy", layers=layers, targets={"a": "1", "b": "0"},
        display={"decimals": 2, "carry": "rounded"},
    )  # fmt: skip
    with pytest.raises(PrecisionError, match="print more digits"):
        derive.explain(derive.load(problem), rounds=0)


@pytest.mark.parametrize("name", ["lambda", "in", "not"])
def test_words_of_the_formula_language_are_no_names(name: str) -> None:
    """A given number cannot be called what a formula could never refer to."""
    chain = {"title": "t", "objective": "J", "wrt": [name], "given": {name: 1, "a": 2}, "define": {"J": "a*2"}}
    with pytest.raises(ProblemError, match="cannot use as a name"):
        derive.load(chain)


def test_the_short_delta_needs_targets_that_add_up() -> None:
    """δ = o − t is told only where the targets add up to exactly 1."""
    layers = [{"units": ["a", "b", "c"], "activation": "softmax", "weights": [["0.1"], ["0.2"], ["0.3"]]}]
    for share, told in (("1/3", True), ("0.333333333", False)):
        targets = dict.fromkeys("abc", share)
        page = derive.explain(derive.load(one([], loss="cross_entropy", layers=layers, targets=targets)), rounds=0)
        assert ("the targets add up to 1" in page.to_html()) is told
