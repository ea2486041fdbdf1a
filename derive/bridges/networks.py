"""A layered problem from sizes, activations and numbers, with names given as the built-in problems have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import ProblemError, UnsupportedError
from derive.formula.functions import ACTIVATIONS
from derive.given.formula_problem import AnyProblem
from derive.given.loading import problem_named

#: What the units of hidden layers are called, the first layer first: H as in 2-2-2, then G as in 2-3-2-2, and so on.
_HIDDEN = "HGKLMPQRSUV"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense:
    """A layer of units as a model has it.

    Attributes
    ----------
    weights : rows of text
        Row j leads into unit j.
    bias : list of text, or None
    activation : str
    """

    weights: Sequence[Sequence[str]]
    bias: Sequence[str] | None
    activation: str = "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network with its training pairs, as a model and its data give them.

    Attributes
    ----------
    layers : sequence of Dense
    loss : str
    inputs, targets : rows of text
        One row a sample.
    learning_rate : str
    title, source : str
    conventions : dict
        As a problem file has them.
    l2 : str
        The penalty on large weights, over which biases do not go; empty where there is none.
    """

    layers: Sequence[Dense]
    loss: str
    inputs: Sequence[Sequence[str]]
    targets: Sequence[Sequence[str]]
    learning_rate: str
    title: str
    source: str = ""
    conventions: dict[str, Any] = field(default_factory=dict)
    l2: str = ""

    def problem(self, name: str) -> AnyProblem:
        """The problem, validated.

        Raises
        ------
        ProblemError
            If shapes do not fit, or a number or a target is not allowed.
        """
        sizes = (len(self.layers[0].weights[0]), *(len(layer.weights) for layer in self.layers))
        inputs, *units = unit_names(sizes)
        for what, rows, names in (("x", self.inputs, inputs), ("t", self.targets, units[-1])):
            if len(rows) != len(self.inputs):
                raise ProblemError(f"{len(self.inputs)} rows, as many as x has; here are {len(rows)}", key=what)
            if len(rows[0]) != len(names):
                raise ProblemError(f"rows of {len(names)} numbers are needed; here are {len(rows[0])}", key=what)
        samples = [
            {"inputs": dict(zip(inputs, row, strict=True)), "targets": dict(zip(units[-1], wanted, strict=True))}
            for row, wanted in zip(self.inputs, self.targets, strict=True)
        ]
        mapping = {
            "title": self.title,
            **({"source": self.source} if self.source else {}),
            "loss": self.loss,
            **(
                {"update": {"rule": "descent", "learning_rate": self.learning_rate, "l2": self.l2}}
                if self.l2
                else {"learning_rate": self.learning_rate}
            ),
            **({"samples": samples} if len(samples) > 1 else samples[0]),
            "layers": [
                {
                    "units": names,
                    "activation": layer.activation,
                    "weights": layer.weights,
                    **({} if layer.bias is None else {"bias": layer.bias}),
                }
                for names, layer in zip(units, self.layers, strict=True)
            ],
            "conventions": self.conventions,
        }
        return problem_named(mapping, name)


def unit_names(sizes: Sequence[int]) -> list[list[str]]:
    """Names of inputs and of the units of each layer: x1, x2; H1, H2; y1, y2.

    Raises
    ------
    UnsupportedError
        If there are more hidden layers than letters for them.
    """
    hidden = len(sizes) - 2
    if hidden > len(_HIDDEN):
        raise UnsupportedError(f"{hidden} hidden layers; at most {len(_HIDDEN)} are named by themselves")
    letters = ("x", *_HIDDEN[:hidden], "y")
    return [[f"{letter}{k}" for k in range(1, size + 1)] for letter, size in zip(letters, sizes, strict=True)]


def activation_called(name: str) -> str | None:
    """The activation function that others spell ``LeakyReLU`` or ``leakyrelu``; None where there is none."""
    return next((known for known in ACTIVATIONS if known.replace("_", "") == name.replace("_", "").lower()), None)


def sizes_text(layers: Sequence[Dense]) -> str:
    """The shape of a network, such as ``2-3-1``."""
    return "-".join(map(str, (len(layers[0].weights[0]), *(len(layer.weights) for layer in layers))))
