"""Rounds: forward, backward, update."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from derive.numeric.network import Floats, Network
from derive.numeric.passes import QUIET, Backward, Forward, Gradients, backward, forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Everything of one round.

    Attributes
    ----------
    network : Network
        Before the update.
    worked : Backward
        The figures the update uses.
    frozen : Backward
        The true derivatives; the same object unless the update is sequential.
    updated : Network
    """

    network: Network
    ahead: Forward
    worked: Backward
    frozen: Backward
    updated: Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """An error curve and where it ends.

    Attributes
    ----------
    errors : array, shape (rounds + 1,)
        E_total over all samples after 0, 1, ... updates.
    network : Network
        After the last update.
    """

    errors: Floats
    network: Network


@QUIET
def update(network: Network, gradients: Gradients) -> Network:
    """The network after w - η ∂E/∂w, biases too unless they are not trained."""
    layers = []
    for layer, weights, biases in zip(network.layers, gradients.weights, gradients.biases, strict=True):
        bias = layer.bias - network.learning_rate * biases if network.train_biases else layer.bias
        layers.append(replace(layer, weights=layer.weights - network.learning_rate * weights, bias=bias))
    return replace(network, layers=tuple(layers))


def round_(network: Network, turn: int = 0) -> Round:
    """One round worked in full; ``turn`` is its number, counted from 0."""
    ahead = forward(network)
    worked = backward(network, ahead, turn)
    frozen = backward(network, ahead, turn, sequential=False) if network.sequential else worked
    return Round(network=network, ahead=ahead, worked=worked, frozen=frozen, updated=update(network, worked.batch))


def train(network: Network, rounds: int) -> Training:
    """Repeats the round; an error that grows past float64 shows as inf or nan in the curve.

    Raises
    ------
    ProblemError
        If an output leaves the domain of the loss on the way.
    """
    errors = np.empty(rounds + 1)
    for turn in range(rounds):
        ahead = forward(network)
        errors[turn] = ahead.total.real
        network = update(network, backward(network, ahead, turn).batch)
    errors[rounds] = forward(network).total.real
    return Training(errors=errors, network=network)
