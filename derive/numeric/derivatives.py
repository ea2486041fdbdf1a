"""Numeric derivatives, which know nothing of the backward pass: complex step and central differences.

A derivative at a kink (relu or leaky_relu with the net input 0, moved by the perturbation) is left out: it is nan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from derive.numeric.activations import TWINS
from derive.numeric.network import Array, Floats, LayerArrays, Network
from derive.numeric.passes import QUIET, Forward, Nudge, forward, net_inputs, onward

SIZE = 2.0**-333
"""About 1e-100: nothing even beside an out of 1e-35, where the usual 1e-30 would be a large step; its product with a
derivative stays above the smallest float64 down to 1e-200. Dividing by a power of two rounds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterDerivatives:
    """Derivatives by the P parameters of a network, in the order of its ``parameters``.

    Attributes
    ----------
    ids : tuple of str, length P
    samples : array, shape (P, S)
        Of each sample's total.
    batch : array, shape (P,)
        Of what one round descends: the sum or mean of the totals, or the total of the sample in turn.
    """

    ids: tuple[str, ...]
    samples: Floats
    batch: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDerivatives:
    """Derivatives of each sample's total by every net input and every out; one array of shape (S, m) a layer."""

    by_net: tuple[Floats, ...]
    by_out: tuple[Floats, ...]


@QUIET
def complex_step(network: Network, turn: int = 0) -> ParameterDerivatives:
    """Im E(w + ih) / h for every parameter: no difference is taken, so no digit is lost.

    Source: Squire and Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40
    (1998), 110-112.
    """
    start = forward(network)
    rows = [row for number in range(len(network.layers)) for row in _layer_slopes(network, start, number)]
    return _derivatives(network, rows, turn)


def _layer_slopes(network: Network, start: Forward, number: int) -> list[Floats]:
    """The slopes by the parameters of one layer, in their order.

    A nudge changes one net input (a shared bias: all of the layer), worked with the complex parameter; from there on
    the nudges of a unit go through the layers above as if they were so many samples, so that the work is little more
    than one product of matrices for each unit.
    """
    layer = network.layers[number]
    below = start.outs[number - 1] if number else network.inputs
    nets, sign = start.nets[number], network.bias_sign
    units, sources = layer.weights.shape
    found: list[Floats] = []
    for unit in range(units):
        rows = layer.weights[unit] + SIZE * 1j * np.eye(sources)
        own = replace(layer, weights=rows, bias=np.full(sources, layer.bias[unit]))
        moved = np.repeat(nets[None].astype(np.complex128), sources, axis=0)
        moved[:, :, unit] = net_inputs(own, below, sign).T
        found += _slopes_onward(network, number, moved)
    if layer.bias_kind != "none":
        whole = net_inputs(replace(layer, bias=layer.bias + SIZE * 1j), below, sign)
        if layer.bias_kind == "shared":
            return [*found, *_slopes_onward(network, number, whole[None])]
        moved = np.repeat(nets[None].astype(np.complex128), units, axis=0)
        every = np.arange(units)
        moved[every, :, every] = whole.T
        found += _slopes_onward(network, number, moved)
    return found


def _slopes_onward(network: Network, number: int, moved: Array) -> list[Floats]:
    """The slopes, shape (S,) each, for every way in which the net inputs of a layer are moved: (ways, S, m)."""
    ways, samples, units = moved.shape
    targets = np.tile(network.targets, (ways, 1))
    totals, nets = onward(network, number, moved.reshape(ways * samples, units), targets)
    slopes = np.where(_on_kink(network.layers[number:], nets), np.nan, np.imag(totals) / SIZE)
    return list(slopes.reshape(ways, samples))


@QUIET
def central_differences(network: Network, turn: int = 0, *, width: float | None = None) -> ParameterDerivatives:
    """(E(w + h) - E(w - h)) / 2h for every parameter.

    Parameters
    ----------
    width : float, optional
        h; left out: ε^⅓ max(1, abs(w)), which balances truncation and rounding.
    """
    rows = []
    for parameter in network.parameters:
        figure = network.figure(parameter)
        step = width if width is not None else float(np.cbrt(np.finfo(np.float64).eps)) * max(1.0, abs(figure))
        above = forward(network.nudged(parameter, step))
        under = forward(network.nudged(parameter, -step))
        # The distance between the two figures as they were rounded, not as they were meant.
        distance = (figure + step) - (figure - step)
        difference: Floats = (above.sample_totals - under.sample_totals) / distance
        crossed = np.zeros(len(difference), dtype=bool)
        for layer, high, low in zip(network.layers, above.nets, under.nets, strict=True):
            if TWINS[layer.activation].kinked:
                crossed |= np.any(np.sign(high) != np.sign(low), axis=1)
        rows.append(np.where(crossed, np.nan, difference))
    return _derivatives(network, rows, turn)


@QUIET
def unit_derivatives(network: Network) -> UnitDerivatives:
    """Complex-step derivatives by each net input (the deltas) and each out, by a nudge at that place."""
    return UnitDerivatives(by_net=_by_units(network, "net"), by_out=_by_units(network, "out"))


def _by_units(network: Network, place: Literal["net", "out"]) -> tuple[Floats, ...]:
    found = []
    for number, layer in enumerate(network.layers):
        columns = [
            _slope(network, forward(network, Nudge(layer=number, unit=unit, place=place, by=SIZE * 1j)))
            for unit in range(len(layer.bias))
        ]
        found.append(np.stack(columns, axis=1))
    return tuple(found)


def _slope(network: Network, ahead: Forward) -> Floats:
    """The imaginary parts of the sample totals over h, shape (S,); nan in a sample with a net input on a kink."""
    slope: Floats = np.imag(ahead.sample_totals) / SIZE
    return np.where(_on_kink(network.layers, ahead.nets), np.nan, slope)


def _on_kink(layers: tuple[LayerArrays, ...], nets: tuple[Array, ...]) -> Array:
    """For each sample, whether the perturbation moves a net input that stands on a kink."""
    found: Array = np.zeros(len(nets[0]), dtype=bool)
    for layer, net in zip(layers, nets, strict=True):
        if TWINS[layer.activation].kinked:
            found = found | np.any((np.real(net) == 0.0) & (np.imag(net) != 0.0), axis=1)
    return found


def _derivatives(network: Network, rows: list[Floats], turn: int) -> ParameterDerivatives:
    samples = np.stack(rows)
    match network.batch:
        case "sum":
            batch = np.sum(samples, axis=1)
        case "mean":
            batch = np.mean(samples, axis=1)
        case "online":
            batch = samples[:, turn % samples.shape[1]]
    return ParameterDerivatives(ids=tuple(each.id for each in network.parameters), samples=samples, batch=batch)
