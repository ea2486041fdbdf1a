"""A problem as arrays: one weight matrix and one bias vector a layer, one row of inputs and targets a sample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from derive.given.naming import bias_ids, weight_ids
from derive.given.problem import Activation, Batch, BiasKind, Loss, Problem

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]
"""Real or complex figures: the forward pass runs on both, for the complex step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerArrays:
    """One layer: m units over n units (or inputs).

    Attributes
    ----------
    weights : array, shape (m, n)
        Row j leads into unit j.
    bias : array, shape (m,)
        A shared bias is repeated, a missing one is zero; the sign is the network's.
    """

    activation: Activation
    weights: Array
    bias: Array
    bias_kind: BiasKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Where one parameter stands: a weight in one place of its matrix, a bias in one or all rows of its vector.

    ``column`` is None for a bias.
    """

    id: str
    layer: int
    rows: tuple[int, ...]
    column: int | None

    @property
    def place(self) -> tuple[int, int] | int:
        """The index of its figure (of a shared bias: the first of equals) in the layer's array."""
        return self.rows[0] if self.column is None else (self.rows[0], self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A layered network as arrays, S samples.

    Attributes
    ----------
    bias_sign : float
        1.0 where biases are added to the net input, -1.0 where they are subtracted from it.
    inputs : array, shape (S, n)
    targets : array, shape (S, outputs)
    parameters : tuple of Parameter
        Every weight and bias, layer by layer, a shared bias once.
    """

    layers: tuple[LayerArrays, ...]
    loss: Loss
    learning_rate: float
    bias_sign: float
    train_biases: bool
    sequential: bool
    batch: Batch
    inputs: Floats
    targets: Floats
    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, problem: Problem) -> Network:
        """The arrays of a problem, each figure the float64 nearest to what was typed."""
        layers = []
        for layer in problem.layers:
            if layer.bias is None:
                bias = [0.0] * len(layer.units)
            elif isinstance(layer.bias, tuple):
                bias = [float(number.value) for number in layer.bias]
            else:
                bias = [float(layer.bias.value)] * len(layer.units)
            layers.append(
                LayerArrays(
                    activation=layer.activation,
                    weights=np.array([[float(number.value) for number in row] for row in layer.weights]),
                    bias=np.array(bias),
                    bias_kind=layer.bias_kind,
                )
            )
        conventions = problem.conventions
        return cls(
            layers=tuple(layers),
            loss=problem.loss,
            learning_rate=float(problem.learning_rate.value),
            bias_sign=1.0 if conventions.bias_sign == "added" else -1.0,
            train_biases=conventions.train_biases,
            sequential=conventions.update == "sequential",
            batch=conventions.batch,
            inputs=np.array([[float(number.value) for number in sample.inputs] for sample in problem.samples]),
            targets=np.array([[float(number.value) for number in sample.targets] for sample in problem.samples]),
            parameters=_parameters(problem),
        )

    def figure(self, parameter: Parameter) -> float:
        """The present figure of one parameter."""
        layer = self.layers[parameter.layer]
        array = layer.bias if parameter.column is None else layer.weights
        return float(array[parameter.place])

    def nudged(self, parameter: Parameter, by: complex) -> Network:
        """The network with one parameter moved; a shared bias moves in all its units."""
        layer = self.layers[parameter.layer]
        array = layer.bias if parameter.column is None else layer.weights
        moved = array.astype(np.result_type(array, type(by)))
        if parameter.column is None:
            moved[list(parameter.rows)] += by
            layer = replace(layer, bias=moved)
        else:
            moved[parameter.place] += by
            layer = replace(layer, weights=moved)
        layers = (*self.layers[: parameter.layer], layer, *self.layers[parameter.layer + 1 :])
        return replace(self, layers=layers)


def _parameters(problem: Problem) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    structure = problem.structure
    tables = zip(weight_ids(structure), bias_ids(structure), problem.layers, strict=True)
    for number, (table, biases, layer) in enumerate(tables):
        for row, names in enumerate(table):
            found += [Parameter(id=name, layer=number, rows=(row,), column=column) for column, name in enumerate(names)]
        if biases is not None and layer.bias_kind == "shared":
            found.append(Parameter(id=biases[0], layer=number, rows=tuple(range(len(biases))), column=None))
        elif biases is not None:
            found += [Parameter(id=name, layer=number, rows=(row,), column=None) for row, name in enumerate(biases)]
    return tuple(found)
