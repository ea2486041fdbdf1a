"""Forward and backward pass in matrix form, for all samples at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from derive.numeric.activations import TWINS
from derive.numeric.losses import Output, error_slopes, output_deltas, output_errors, output_share
from derive.numeric.network import Array, Floats, LayerArrays, Network

QUIET = np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore")
"""A figure beyond float64 is inf or nan in the result; it is the caller's to judge, not a warning's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """A perturbation of the net inputs or the outs of one unit, in every sample."""

    layer: int
    unit: int
    place: Literal["net", "out"]
    by: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """All figures of a forward pass; one array of shape (S, m) a layer.

    Attributes
    ----------
    errors : array, shape (S, outputs)
        Each output's error; under mean_squared_error (t - o)², whose mean over the outputs is the total.
    sample_totals : array, shape (S,)
    total : number
        Over all samples: their mean where the batch is "mean", else their sum.
    """

    nets: tuple[Array, ...]
    outs: tuple[Array, ...]
    output: Output
    errors: Array
    sample_totals: Array
    total: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradients:
    """One array a layer, shaped like the parameters, or with the samples as first axis.

    A shared bias has the sum over its units, repeated in each; a layer without bias has zeros.
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backward:
    """All figures of a backward pass; each derivative is that of one sample's total.

    Attributes
    ----------
    error_slopes : array, shape (S, outputs)
        dE_k/dout_k of each output's own error.
    slopes : tuple of arrays, shape (S, m), of a softmax layer (S, m, m)
        dout/dnet.
    by_out, deltas : tuple of arrays, shape (S, m)
        ∂E/∂out and ∂E/∂net.
    through : tuple of arrays, shape (m, n)
        The weights the deltas were led back through: the layer's own, or, in a sequential update, the new ones.
    samples : Gradients
        Of each sample, samples as first axis.
    batch : Gradients
        What the update uses: their sum or mean, or those of the sample in turn.
    """

    error_slopes: Floats
    slopes: tuple[Floats, ...]
    by_out: tuple[Floats, ...]
    deltas: tuple[Floats, ...]
    through: tuple[Floats, ...]
    samples: Gradients
    batch: Gradients


@QUIET
def forward(network: Network, nudge: Nudge | None = None) -> Forward:
    """Net inputs, outs and errors of every sample.

    Parameters
    ----------
    network : Network
        Its parameters may be complex.
    nudge : Nudge, optional
        Moves one unit's figure on the way, for numeric derivatives.

    Raises
    ------
    ProblemError
        If an output lies outside the domain of the loss.
    """
    nets: list[Array] = []
    outs: list[Array] = []
    below: Array = network.inputs
    last = len(network.layers) - 1
    for number, layer in enumerate(network.layers):
        net = net_inputs(layer, below, network.bias_sign)
        if nudge is not None and nudge.layer == number and nudge.place == "net":
            net = net + _pushes(net, nudge)
        nets.append(net)
        if number < last:
            below = TWINS[layer.activation].value(net)
            if nudge is not None and nudge.layer == number and nudge.place == "out":
                below = below + _pushes(below, nudge)
            outs.append(below)
    output = Output.of(network.layers[last].activation, network.loss, nets[last], network.targets)
    if nudge is not None and nudge.layer == last and nudge.place == "out":
        output = output.nudged(_pushes(output.out, nudge))
    outs.append(output.out)
    errors = output_errors(network.loss, output, network.targets)
    sample_totals = np.sum(errors, axis=1) * output_share(network.loss, errors.shape[1])
    total = np.mean(sample_totals) if network.batch == "mean" else np.sum(sample_totals)
    return Forward(
        nets=tuple(nets),
        outs=tuple(outs),
        output=output,
        errors=errors,
        sample_totals=sample_totals,
        total=total.item(),
    )


def onward(network: Network, number: int, net: Array, targets: Floats) -> tuple[Array, tuple[Array, ...]]:
    """The rest of a forward pass from the net inputs of one layer on, for any number N of samples.

    Parameters
    ----------
    number : int
        Position of the layer.
    net : array, shape (N, m)
    targets : array, shape (N, outputs)

    Returns
    -------
    totals : array, shape (N,)
    nets : tuple of arrays
        Of this layer and those above it.
    """
    nets = [net]
    for layer, above in zip(network.layers[number:], network.layers[number + 1 :], strict=False):
        nets.append(net_inputs(above, TWINS[layer.activation].value(nets[-1]), network.bias_sign))
    output = Output.of(network.layers[-1].activation, network.loss, nets[-1], targets)
    errors = output_errors(network.loss, output, targets)
    return np.sum(errors, axis=1) * output_share(network.loss, errors.shape[1]), tuple(nets)


@QUIET
def backward(network: Network, ahead: Forward, turn: int = 0, *, sequential: bool | None = None) -> Backward:
    """Deltas and gradients of every sample, from the output layer down.

    Parameters
    ----------
    turn : int
        The round, counted from 0: with batch "online" its gradient is that of sample ``turn`` mod S.
    sequential : bool, optional
        Whether deltas are led back through already updated weights; left out: as the network says. With it the
        figures below the output layer are no derivatives.
    """
    if sequential is None:
        sequential = network.sequential
    last = len(network.layers) - 1
    layer_slopes = tuple(
        TWINS[layer.activation].slope(net, out)
        for layer, net, out in zip(network.layers, ahead.nets, ahead.outs, strict=True)
    )
    own_slopes = error_slopes(network.loss, ahead.output, network.targets)
    by_out: Floats = own_slopes * output_share(network.loss, network.targets.shape[1])
    delta = output_deltas(
        network.layers[last].activation, network.loss, ahead.output, network.targets, layer_slopes[last]
    )
    found: list[tuple[Floats, Floats, Floats, Gradients, Gradients]] = []
    for number in range(last, -1, -1):
        layer = network.layers[number]
        below = ahead.outs[number - 1] if number else network.inputs
        samples = _layer_gradients(layer, delta, below, network.bias_sign)
        batch = _combined(network, samples, turn)
        through = layer.weights - network.learning_rate * batch.weights[0] if sequential else layer.weights
        found.append((by_out, delta, through, samples, batch))
        if number:
            by_out = delta @ through
            delta = by_out * layer_slopes[number - 1]
    found.reverse()
    return Backward(
        error_slopes=own_slopes,
        slopes=layer_slopes,
        by_out=tuple(row[0] for row in found),
        deltas=tuple(row[1] for row in found),
        through=tuple(row[2] for row in found),
        samples=_joined([row[3] for row in found]),
        batch=_joined([row[4] for row in found]),
    )


def net_inputs(layer: LayerArrays, below: Array, bias_sign: float) -> Array:
    """The net inputs of a layer, shape (S, m).

    Where the activation has a kink at 0, a net that is 0 but for rounding (0.1 + 0.2 - 0.3) is taken as 0: on
    which side of the kink it falls must not hang on the last bit.
    """
    net: Array = below @ layer.weights.T + bias_sign * layer.bias
    if TWINS[layer.activation].kinked:
        share = (layer.weights.shape[1] + 2) * np.finfo(np.float64).eps
        noise = (share * np.abs(below)) @ np.abs(layer.weights.T) + share * np.abs(layer.bias)
        known = np.where(np.abs(np.real(net)) <= noise, net - np.real(net), net)
        net = np.where(np.isfinite(noise), known, np.nan)  # past the range of floats its side of the kink is unknown
    return net


def _pushes(figures: Array, nudge: Nudge) -> Array:
    pushes = np.zeros(figures.shape, dtype=np.complex128)
    pushes[:, nudge.unit] = nudge.by
    return pushes


def _layer_gradients(layer: LayerArrays, delta: Floats, below: Floats, bias_sign: float) -> Gradients:
    weights = delta[:, :, None] * below[:, None, :]
    biases: Floats = np.zeros_like(delta)
    if layer.bias_kind == "per-unit":
        biases = bias_sign * delta
    elif layer.bias_kind == "shared":
        biases = biases + bias_sign * np.sum(delta, axis=1, keepdims=True)
    return Gradients(weights=(weights,), biases=(biases,))


def _combined(network: Network, samples: Gradients, turn: int) -> Gradients:
    def one(figures: Floats) -> Floats:
        combined: Floats
        match network.batch:
            case "sum":
                combined = np.sum(figures, axis=0)
            case "mean":
                combined = np.mean(figures, axis=0)
            case "online":
                combined = figures[turn % len(figures)]
        return combined

    return Gradients(
        weights=tuple(one(figures) for figures in samples.weights),
        biases=tuple(one(figures) for figures in samples.biases),
    )


def _joined(layers: list[Gradients]) -> Gradients:
    return Gradients(
        weights=tuple(array for layer in layers for array in layer.weights),
        biases=tuple(array for layer in layers for array in layer.biases),
    )
