"""Activation functions and their slopes, written by hand, for arrays of net inputs of shape (S, m).

Every function but a slope also takes complex net inputs, for the complex step: branches are decided on the real
part. No exponential is taken of a positive number, so nothing overflows; 1 - out is computed as its own function,
because 1 - out of a rounded out has lost its digits once the unit is saturated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.given.problem import Activation
from derive.numeric.network import Array, Floats

LEAK = 0.01
"""Slope of leaky_relu below (and at) 0."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An activation function as written by hand.

    Attributes
    ----------
    value : callable
        The activations, shape (S, m), of net inputs of that shape.
    slope : callable
        f'(net) from net and out, shape (S, m); of softmax all pairs dout_i/dnet_j, shape (S, m, m).
    rest : callable
        1 - out from net and out, from the net inputs where that keeps digits.
    logarithms : callable or None
        ln out and ln(1 - out) from the net inputs, finite for every net input.
    kinked : bool
        Whether it has no derivative at 0.
    highest, lowest : bool
        Whether it saturates towards 1, and towards -1.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Floats, Floats], Floats]
    rest: Callable[[Array, Array], Array] = lambda net, out: 1.0 - out
    logarithms: Callable[[Array], tuple[Array, Array]] | None = None
    kinked: bool = False
    highest: bool = False
    lowest: bool = False


def _softmax_rest(net: Array, out: Array) -> Array:
    return sigmoid(-_lead(net)) if net.shape[-1] > 1 else np.zeros_like(net)


def _softmax_pairs(net: Floats, out: Floats) -> Floats:
    pairs: Floats = -out[:, :, None] * out[:, None, :]
    units = np.arange(net.shape[1])
    pairs[:, units, units] = out * _softmax_rest(net, out)
    return pairs


def _logistic_logarithms(net: Array) -> tuple[Array, Array]:
    return -softplus(-net), -softplus(net)


TWINS: Mapping[str, Twin] = {
    "sigmoid": Twin(
        value=sigmoid,
        slope=lambda net, out: out * sigmoid(-net),
        rest=lambda net, out: sigmoid(-net),
        logarithms=_logistic_logarithms,
        highest=True,
    ),
    "tanh": Twin(
        value=np.tanh,
        # 1 - tanh^2 n = 4 s(2n) s(-2n), which keeps its digits where tanh n rounds to 1.
        slope=lambda net, out: 4.0 * sigmoid(2.0 * net) * sigmoid(-2.0 * net),
        rest=lambda net, out: 2.0 * sigmoid(-2.0 * net),
        highest=True,
        lowest=True,
    ),
    "relu": Twin(
        value=lambda net: np.where(np.real(net) <= 0.0, 0.0, net),  # of no number no number
        slope=lambda net, out: np.where(net > 0.0, 1.0, np.where(np.isnan(net), net, 0.0)),
        kinked=True,
    ),
    "leaky_relu": Twin(
        value=lambda net: np.where(np.real(net) > 0.0, net, LEAK * net),
        slope=lambda net, out: np.where(net > 0.0, 1.0, np.where(np.isnan(net), net, LEAK)),
        kinked=True,
    ),
    "identity": Twin(value=lambda net: net, slope=lambda net, out: np.ones_like(net)),
    "softplus": Twin(value=softplus, slope=lambda net, out: sigmoid(net)),
    "softsign": Twin(
        value=lambda net: net / (1.0 + np.where(np.real(net) < 0.0, -net, net)),
        slope=lambda net, out: (1.0 / (1.0 + np.abs(net))) ** 2,
    ),
    "softmax": Twin(
        value=softmax,
        slope=_softmax_pairs,
        rest=_softmax_rest,
        logarithms=lambda net: _logistic_logarithms(_lead(net)),
        highest=True,
    ),
}
"""Every activation function by its name."""


def residual(activation: Activation, net: Array, out: Array, rest: Array, targets: Floats) -> Array:
    """Out - target, shape (S, m), with its digits also where a saturated unit meets its target of 1 or -1.

    ``rest`` is 1 - out, as its twin gives it.
    """
    difference: Array = out - targets
    if TWINS[activation].highest:
        difference = np.where(targets == 1.0, -rest, difference)
    if TWINS[activation].lowest:
        difference = np.where(targets == -1.0, 2.0 * sigmoid(2.0 * net), difference)
    return difference


def logarithms(activation: Activation, net: Array, out: Array) -> tuple[Array, Array]:
    """The pair ln out and ln(1 - out), each of shape (S, m); finite for every sigmoid and softmax of two or more."""
    twin = TWINS[activation]
    if twin.logarithms is not None and (activation != "softmax" or net.shape[-1] > 1):
        return twin.logarithms(net)
    return np.log(out), np.log(twin.rest(net, out))
