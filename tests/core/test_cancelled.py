"""Figures that are 0 because everything cancels, where floats leave a few last places."""

from __future__ import annotations

import derive


def test_a_softmax_delta_that_cancels_is_no_disagreement() -> None:
    """With no inputs and no targets all four outputs are 1/4, and the terms of delta cancel but for rounding."""
    problem = derive.load(
        {
            "title": "Nothing in, nothing wanted",
            "loss": "binary_cross_entropy",
            "learning_rate": "0.05",
            "inputs": {"a": "0", "b": "0"},
            "targets": dict.fromkeys(("p", "q", "r", "s"), "0"),
            "layers": [{"units": ["p", "q", "r", "s"], "activation": "softmax", "weights": [["1/3", "0.5"]] * 4}],
            "conventions": {"train_biases": False},
        }
    )
    checks = {check.quantity: check for check in derive.solve(problem).checks}
    assert checks["delta_p"].values[0] == 0.0
    assert any(checks["delta_p"].values[1:])  # rounding is there to be forgiven
    assert checks["delta_p"].tolerance < 1e-14
