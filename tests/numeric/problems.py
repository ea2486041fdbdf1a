"""Problems from plain lists, for the tests of the NumPy core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derive.given.problem import Activation, Conventions, Layer, Loss, Number, Problem, Sample

Rows = Sequence[Sequence[Any]]


def layer(units: str, activation: Activation, weights: Rows, bias: Any = None) -> Layer:
    """A layer; ``units`` are names parted by spaces, ``bias`` is None, a number or a list."""
    if isinstance(bias, (list, tuple)):
        bias = tuple(Number.of(number) for number in bias)
    elif bias is not None:
        bias = Number.of(bias)
    return Layer(
        units=tuple(units.split()),
        activation=activation,
        weights=tuple(tuple(Number.of(number) for number in row) for row in weights),
        bias=bias,
    )


def problem(
    layers: Sequence[Layer], inputs: Rows, targets: Rows, *, loss: Loss, rate: Any = "0.5", **conventions: Any
) -> Problem:
    """A problem with one row of inputs and targets a sample; inputs are called x1, x2, ..."""
    return Problem(
        name="test",
        title="Test",
        loss=loss,
        learning_rate=Number.of(rate),
        inputs=tuple(f"x{number}" for number in range(1, len(inputs[0]) + 1)),
        layers=tuple(layers),
        samples=tuple(
            Sample(
                inputs=tuple(Number.of(number) for number in row),
                targets=tuple(Number.of(number) for number in goal),
            )
            for row, goal in zip(inputs, targets, strict=True)
        ),
        conventions=Conventions(**conventions),
    )


def mazur(**conventions: Any) -> Problem:
    """Mazur, A Step by Step Backpropagation Example (2015), with the unit names H1, H2, y1, y2."""
    layers = [
        layer("H1 H2", "sigmoid", [["0.15", "0.20"], ["0.25", "0.30"]], "0.35"),
        layer("y1 y2", "sigmoid", [["0.40", "0.45"], ["0.50", "0.55"]], "0.60"),
    ]
    chosen = {"train_biases": False, **conventions}
    return problem(layers, [["0.05", "0.10"]], [["0.01", "0.99"]], loss="half_squared_error", **chosen)
