"""Smallest problems that once showed a defect, each found by the property tests."""

from __future__ import annotations

from typing import Any

import pytest

import derive
from derive.display.plain import symbol_text
from derive.errors import DeriveError
from derive.given.naming import symbol
from derive.solved.explanation import Explanation
from derive.telling.build import steps_of
from tests.steps.test_lines import marked, recomputed


def one_unit(**changes: Any) -> dict[str, Any]:
    """One linear unit whose output is its target exactly."""
    return {
        "title": "t",
        "loss": "half_squared_error",
        "learning_rate": "0.5",
        "inputs": {"x1": "0.1"},
        "targets": {"y1": "0.3"},
        "layers": [{"units": ["y1"], "activation": "identity", "weights": [["3"]]}],
    } | changes


def two_layers(hidden: str, display: dict[str, Any], **output: Any) -> dict[str, Any]:
    """One hidden unit under one linear output unit."""
    top = {"units": ["y1"], "activation": "identity", "weights": [["0.5"]]} | output
    layers = [{"units": ["H1"], "activation": hidden, "weights": [["0.4"]]}, top]
    return one_unit(inputs={"x1": "1/3"}, targets={"y1": "0.125"}, layers=layers, display=display)


def relations(explanation: Explanation) -> dict[str, str]:
    """= or ≈ before the figure of each step."""
    return {slot.quantity: sign for slot, sign in explanation.filling.relations.items()}


def test_perfect_fit_is_solved() -> None:
    """0.1 · 3 − 0.3 is 0, and 5.6e-17 in floats: no disagreement."""
    derive.solve(derive.load(one_unit()))


def test_near_fit_after_one_update_is_solved() -> None:
    """The update leads from out = 0 to a near fit, whose error loses digits that the round before had none to lose."""
    layers = [{"units": ["y1"], "activation": "tanh", "weights": [["1"]], "bias": "0"}]
    problem = one_unit(
        loss="squared_error", learning_rate="0.5493061", inputs={"x1": "0"}, targets={"y1": "0.5"}, layers=layers
    )
    derive.solve(derive.load(problem))


def test_single_softmax_unit_fits() -> None:
    """A softmax of one unit is 1, and its squared error for the target 1 is 0."""
    layers = [
        {"units": ["H1"], "activation": "sigmoid", "weights": [["0.4"]]},
        {"units": ["y1"], "activation": "softmax", "weights": [["0.5"]]},
    ]
    derive.solve(derive.load(one_unit(loss="squared_error", targets={"y1": "1"}, layers=layers)))


def test_zero_weight_leaves_a_tie() -> None:
    """0 · out + 0.02 is exactly 0.02; minus 0.125 it is a tie at two digits, −0.11 by hand."""
    problem = two_layers("tanh", {"decimals": 2}, weights=[["0.00"]], bias="0.02")
    assert derive.explain(derive.load(problem), rounds=0).solution.figure("dE_total/dout_y1").ascii == "-0.11"


def test_given_fraction_is_carried_as_typed() -> None:
    """∂net/∂w1 is x1 = 1/3 as typed, and every line uses it so."""
    layers = [{"units": ["y1"], "activation": "identity", "weights": [["0.5", "0.5"]]}]
    problem = one_unit(
        inputs={"x1": "0", "x2": "1/3"}, targets={"y1": "0.125"}, layers=layers,
        display={"decimals": 2, "carry": "rounded"},
    )  # fmt: skip
    explanation = derive.explain(derive.load(problem), rounds=0)
    assert recomputed(explanation) == []
    assert [step.id for step in steps_of(explanation.document) if marked(step, explanation)] == []
    # out − t = 0.17 − 0.125 = 0.045, carried as 0.05: times 1/3 is 0.0167, times 0.33 would be 0.0165.
    assert explanation.solution.value("dnet_y1/dw2") == pytest.approx(1 / 3)


def test_rounded_figures_are_not_equal() -> None:
    """1/(1 + e^(−0.13)) is about 0.53, whether or not 0.53 is what is carried on."""
    explanation = derive.explain(derive.load(two_layers("sigmoid", {"decimals": 2, "carry": "rounded"})), rounds=0)
    assert relations(explanation)["out_H1"] == "≈"


def test_rounded_output_of_zero_is_refused_in_words() -> None:
    """An output carried as 0.00 has no logarithm: a message for the user, no traceback."""
    layers = [{"units": ["a", "b"], "activation": "softmax", "weights": [["9"], ["0"]]}]
    problem = one_unit(
        loss="cross_entropy", inputs={"x1": "1"}, targets={"a": "1", "b": "0"}, layers=layers,
        display={"decimals": 2, "carry": "rounded"},
    )  # fmt: skip
    with pytest.raises(DeriveError):
        derive.explain(derive.load(problem), rounds=3)


@pytest.mark.parametrize("quantity", ["out_new", "net_new", "delta_new", "out_x_new"])
def test_unit_called_new(quantity: str) -> None:
    """The activation of a unit called new is no updated quantity (or such a name is refused)."""
    assert "⁺" not in symbol_text(symbol(quantity, "net-out"))
