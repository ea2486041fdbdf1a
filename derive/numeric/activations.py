"""Activation functions and their slopes, written by hand, for arrays of net inputs of shape (S, m).

Every function but a slope also takes complex net inputs, for the complex step: branches are decided on the real
part. No exponential is taken of a positive number, so nothing overflows; 1 - out is computed as its own function,
because 1 - out of a rounded out has lost its digits once the unit is saturated.
"""

from __future__ import annotations

import numpy as np

from derive.numeric.network import Array, Floats
from derive.problem import Activation

LEAK = 0.01
"""Slope of leaky_relu below (and at) 0."""

KINKED: frozenset[str] = frozenset({"relu", "leaky_relu"})
"""Activations without a derivative at 0."""


def log_one_plus(figures: Array) -> Array:
    """ln(1 + z) without loss of digits near 0; NumPy's own loses them in the real part of complex figures."""
    result: Array
    if np.iscomplexobj(figures):
        real, imaginary = figures.real, figures.imag
        size = np.log1p(2.0 * real + real * real + imaginary * imaginary) / 2.0
        result = size + 1j * np.arctan2(imaginary, 1.0 + real)
    else:
        result = np.log1p(figures)
    return result


def sigmoid(net: Array) -> Array:
    """1 / (1 + e^-n)."""
    positive = np.real(net) >= 0.0
    decayed = np.exp(np.where(positive, -net, net))
    result: Array = np.where(positive, 1.0, decayed) / (1.0 + decayed)
    return result


def softplus(net: Array) -> Array:
    """ln(1 + e^n)."""
    positive = np.real(net) > 0.0
    rest: Array = log_one_plus(np.exp(np.where(positive, -net, net)))
    return np.where(positive, net, 0.0) + rest


def softmax(net: Array) -> Array:
    """e^n_i over their sum, along the last axis: the sigmoid of what each net is ahead of the others together.

    So written, 1 - out and the logarithms keep their digits as those of a sigmoid do.
    """
    return sigmoid(_lead(net)) if net.shape[-1] > 1 else np.ones_like(net)


def _lead(net: Array) -> Array:
    """n_i - ln Σ e^n_k over the other units k, shape (S, m), for two or more units."""
    units = np.arange(net.shape[-1])
    others = net[:, np.array([np.delete(units, unit) for unit in units])]
    largest = np.max(np.real(others), axis=-1)
    rest: Array = net - largest - np.log(np.sum(np.exp(others - largest[:, :, None]), axis=-1))
    return rest


def activate(activation: Activation, net: Array) -> Array:
    """The activations (outs) of one layer, shape (S, m) like the net inputs."""
    match activation:
        case "sigmoid":
            return sigmoid(net)
        case "tanh":
            result: Array = np.tanh(net)
            return result
        case "relu":
            return np.where(np.real(net) <= 0.0, 0.0, net)  # of no number no number
        case "leaky_relu":
            return np.where(np.real(net) > 0.0, net, LEAK * net)
        case "identity":
            return net
        case "softplus":
            return softplus(net)
        case "softmax":
            return softmax(net)


def slopes(activation: Activation, net: Floats, out: Floats) -> Floats:
    """The slopes f'(net), shape (S, m); of softmax all pairs dout_i/dnet_j, shape (S, m, m).

    relu has the slope 0 at 0, leaky_relu the slope 0.01.
    """
    result: Floats
    match activation:
        case "sigmoid":
            result = out * sigmoid(-net)
        case "tanh":
            # 1 - tanh^2 n = 4 s(2n) s(-2n), which keeps its digits where tanh n rounds to 1.
            result = 4.0 * sigmoid(2.0 * net) * sigmoid(-2.0 * net)
        case "relu":
            result = np.where(net > 0.0, 1.0, np.where(np.isnan(net), net, 0.0))
        case "leaky_relu":
            result = np.where(net > 0.0, 1.0, np.where(np.isnan(net), net, LEAK))
        case "identity":
            result = np.ones_like(net)
        case "softplus":
            result = sigmoid(net)
        case "softmax":
            result = -out[:, :, None] * out[:, None, :]
            units = np.arange(net.shape[1])
            result[:, units, units] = out * complement("softmax", net, out)
    return result


def complement(activation: Activation, net: Array, out: Array) -> Array:
    """1 - out, shape (S, m), from the net inputs where that keeps digits."""
    match activation:
        case "sigmoid":
            return sigmoid(-net)
        case "tanh":
            return 2.0 * sigmoid(-2.0 * net)
        case "softmax":
            return sigmoid(-_lead(net)) if net.shape[-1] > 1 else np.zeros_like(net)
        case _:
            return 1.0 - out


def residual(activation: Activation, net: Array, out: Array, rest: Array, targets: Floats) -> Array:
    """Out - target, shape (S, m), with its digits also where a saturated unit meets its target of 1 or -1.

    ``rest`` is 1 - out, as `complement` gives it.
    """
    difference: Array = out - targets
    if activation in ("sigmoid", "tanh", "softmax"):
        difference = np.where(targets == 1.0, -rest, difference)
    if activation == "tanh":
        difference = np.where(targets == -1.0, 2.0 * sigmoid(2.0 * net), difference)
    return difference


def logarithms(activation: Activation, net: Array, out: Array) -> tuple[Array, Array]:
    """The pair ln out and ln(1 - out), each of shape (S, m); finite for every sigmoid and softmax of two or more."""
    match activation:
        case "sigmoid":
            return -softplus(-net), -softplus(net)
        case "softmax" if net.shape[-1] > 1:
            lead = _lead(net)
            return -softplus(-lead), -softplus(lead)
        case _:
            return np.log(out), np.log(complement(activation, net, out))
