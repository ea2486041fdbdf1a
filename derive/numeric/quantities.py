"""The figures of the NumPy core under their quantity ids."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from derive.given.naming import QuantityId, sample_indices, trained_ids
from derive.given.problem import Problem
from derive.numeric.derivatives import complex_step, unit_derivatives
from derive.numeric.network import Array, Floats, Network, Parameter
from derive.numeric.passes import QUIET, Backward, Forward, Gradients, forward
from derive.numeric.training import Round, round_

Entry = tuple[QuantityId, float]

PLAIN_SUMS = frozenset({"half_squared_error", "squared_error", "binary_cross_entropy"})
"""Losses whose total is the sum of errors that hang on one output each, so that dE_y1/dout_H1 stands for a path."""


@QUIET
def values(problem: Problem, rounds: int = 1) -> dict[str, float]:
    """Every figure of the first ``rounds`` rounds, and the forward pass after the last.

    The figures of round k > 0 carry ``@k``; after the last update only parameters, nets, outs and errors are given.
    In a sequential update the figures below the output layer are the sequential ones.

    Raises
    ------
    ProblemError
        If an output leaves the domain of the loss.
    """
    network = Network.of(problem)
    found: dict[str, float] = dict(_spelled(_givens(problem, network)))
    for turn in range(rounds):
        worked = round_(network, turn)
        found.update(_spelled(_state(problem, network, worked.ahead, turn)))
        found.update(_spelled(_backward(problem, worked, turn)))
        found.update(_spelled(_steps(problem, worked, turn)))
        network = worked.updated
    found.update(_spelled(_state(problem, network, forward(network), rounds)))
    return found


@QUIET
def frozen_gradient(problem: Problem) -> dict[str, float]:
    """The true derivatives of round 0 by hand-written backward pass: deltas, ∂E/∂out, and gradients.

    They differ from those in `values` only where the update is sequential.
    """
    network = Network.of(problem)
    frozen = round_(network).frozen
    entries = [*_units(problem, frozen.deltas, frozen.by_out, 0), *_gradients(problem, network, frozen, 0)]
    return dict(_spelled(entries))


@QUIET
def numeric_gradient(problem: Problem) -> dict[str, float | None]:
    """The complex-step derivatives of round 0 under the ids of `frozen_gradient`; None at a kink."""
    network = Network.of(problem)
    units = unit_derivatives(network)
    entries = list(_units(problem, units.by_net, units.by_out, 0))
    slopes = complex_step(network)
    indices = sample_indices(problem.structure)
    for position, name in enumerate(slopes.ids):
        base = f"dE_total/d{name}"
        for row, sample in enumerate(indices):
            entries.append((QuantityId(base=base, sample=sample), float(slopes.samples[position, row])))
        if len(indices) > 1 and network.batch != "online":
            entries.append((QuantityId(base=base), float(slopes.batch[position])))
    return {str(quantity): None if np.isnan(figure) else figure for quantity, figure in entries}


def _spelled(entries: Iterator[Entry] | list[Entry]) -> Iterator[tuple[str, float]]:
    return ((str(quantity), figure) for quantity, figure in entries)


def _by_sample(problem: Problem, base: str, figures: Array, turn: int) -> Iterator[Entry]:
    """One entry a sample, from an array of shape (S,)."""
    for row, sample in enumerate(sample_indices(problem.structure)):
        yield QuantityId(base=base, sample=sample, round=turn), float(figures[row])


def _givens(problem: Problem, network: Network) -> Iterator[Entry]:
    for column, name in enumerate(problem.inputs):
        yield from _by_sample(problem, name, network.inputs[:, column], 0)
    for column, unit in enumerate(problem.outputs):
        yield from _by_sample(problem, f"t_{unit}", network.targets[:, column], 0)
    yield QuantityId(base="eta"), network.learning_rate


def _state(problem: Problem, network: Network, ahead: Forward, turn: int) -> Iterator[Entry]:
    """Parameters and the forward pass after ``turn`` updates."""
    for parameter in network.parameters:
        yield QuantityId(base=parameter.id, round=turn), network.figure(parameter)
    for layer, net, out in zip(problem.layers, ahead.nets, ahead.outs, strict=True):
        for column, unit in enumerate(layer.units):
            yield from _by_sample(problem, f"net_{unit}", net[:, column], turn)
            yield from _by_sample(problem, f"out_{unit}", out[:, column], turn)
    for column, unit in enumerate(problem.outputs):
        yield from _by_sample(problem, f"E_{unit}", ahead.errors[:, column], turn)
    yield from _by_sample(problem, "E_total", ahead.sample_totals, turn)
    if len(problem.samples) > 1:
        yield QuantityId(base="E_total", round=turn), ahead.total.real


def _backward(problem: Problem, worked: Round, turn: int) -> Iterator[Entry]:
    """Local derivatives, chain products and gradients."""
    network, ahead, behind = worked.network, worked.ahead, worked.worked
    for column, unit in enumerate(problem.outputs):
        yield from _by_sample(problem, f"dE_{unit}/dout_{unit}", behind.error_slopes[:, column], turn)
    yield from _units(problem, behind.deltas, behind.by_out, turn)
    for layer, slope in zip(problem.layers, behind.slopes, strict=True):
        for row, unit in enumerate(layer.units):
            if layer.activation != "softmax":
                yield from _by_sample(problem, f"dout_{unit}/dnet_{unit}", slope[:, row], turn)
                continue
            for column, source in enumerate(layer.units):
                yield from _by_sample(problem, f"dout_{unit}/dnet_{source}", slope[:, row, column], turn)
    yield from _net_derivatives(problem, network, ahead, behind, turn)
    yield from _paths(problem, behind, turn)
    yield from _gradients(problem, network, behind, turn)


def _units(problem: Problem, deltas: tuple[Floats, ...], by_out: tuple[Floats, ...], turn: int) -> Iterator[Entry]:
    for layer, delta, slope in zip(problem.layers, deltas, by_out, strict=True):
        for column, unit in enumerate(layer.units):
            yield from _by_sample(problem, f"delta_{unit}", delta[:, column], turn)
            yield from _by_sample(problem, f"dE_total/dout_{unit}", slope[:, column], turn)


def _net_derivatives(
    problem: Problem, network: Network, ahead: Forward, behind: Backward, turn: int
) -> Iterator[Entry]:
    """Of each net input by its weights (the figure below), its bias (1 or -1) and the outs below (the weight)."""
    samples = np.ones(len(problem.samples))
    for parameter in network.parameters:
        units = problem.layers[parameter.layer].units
        below = ahead.outs[parameter.layer - 1] if parameter.layer else network.inputs
        slope = network.bias_sign * samples if parameter.column is None else below[:, parameter.column]
        for row in parameter.rows:
            yield from _by_sample(problem, f"dnet_{units[row]}/d{parameter.id}", slope, turn)
    for lower, upper, weights in zip(problem.layers, problem.layers[1:], behind.through[1:], strict=False):
        for row, unit in enumerate(upper.units):
            for column, source in enumerate(lower.units):
                yield from _by_sample(problem, f"dnet_{unit}/dout_{source}", weights[row, column] * samples, turn)


def _paths(problem: Problem, behind: Backward, turn: int) -> Iterator[Entry]:
    """dE_y1/dout_H1: what reaches a unit of the last hidden layer from one output alone."""
    if len(problem.layers) < 2 or problem.loss not in PLAIN_SUMS or problem.layers[-1].activation == "softmax":
        return
    for row, output in enumerate(problem.outputs):
        for column, unit in enumerate(problem.layers[-2].units):
            slope = behind.deltas[-1][:, row] * behind.through[-1][row, column]
            yield from _by_sample(problem, f"dE_{output}/dout_{unit}", slope, turn)


def _gradients(problem: Problem, network: Network, behind: Backward, turn: int) -> Iterator[Entry]:
    """Of each sample, and the batch's where there are several samples that are taken together."""
    for parameter in network.parameters:
        base = f"dE_total/d{parameter.id}"
        samples = behind.samples
        if parameter.column is None:
            slope = samples.biases[parameter.layer][:, parameter.rows[0]]
        else:
            slope = samples.weights[parameter.layer][:, parameter.rows[0], parameter.column]
        yield from _by_sample(problem, base, slope, turn)
        if len(problem.samples) > 1 and network.batch != "online":
            yield QuantityId(base=base, round=turn), _of_batch(behind.batch, parameter)


def _steps(problem: Problem, worked: Round, turn: int) -> Iterator[Entry]:
    trained = set(trained_ids(problem.structure))
    for parameter in worked.network.parameters:
        if parameter.id in trained:
            slope = _of_batch(worked.worked.batch, parameter)
            yield QuantityId(base=f"step_{parameter.id}", round=turn), -worked.network.learning_rate * slope
            yield QuantityId(base=f"{parameter.id}_new", round=turn), worked.updated.figure(parameter)


def _of_batch(gradients: Gradients, parameter: Parameter) -> float:
    if parameter.column is None:
        return float(gradients.biases[parameter.layer][parameter.rows[0]])
    return float(gradients.weights[parameter.layer][parameter.rows[0], parameter.column])
