"""The chain rule over layers: every delta, gradient and update as one short formula.

Backpropagation as taught: Rumelhart, Hinton, Williams (1986). Each sum over paths reuses the deltas above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from derive.formula.expression import Expression, Product, Ref, mean_of, renamed, sum_of
from derive.given.naming import bias_ids, sample_indices, trained_ids, weight_ids, with_sample
from derive.given.problem import LayerStructure, Structure
from derive.network.derivation import Derivation, check_derivation, splits_plainly
from derive.network.graph import Quantity, build_graph
from derive.network.reverse import Edge, Total, consumers_of, worked_back
from derive.network.slopes import (
    activation_slope,
    error_slope,
    is_one,
    net_slopes,
    output_delta,
    share_of_total,
    softmax_slope,
    times_slope,
    with_names,
)
from derive.network.updates import updates

#: How the round is worked: with every factor of the chain rule, or by deltas that are one formula each, with loss and
#: slope combined.
Products = Literal["chain", "delta"]


def derive_structure(
    structure: Structure, *, products: Products = "chain", turn: int = 1, shares: bool = True
) -> Derivation:
    """Derive everything a round needs, once for all numbers.

    Parameters
    ----------
    structure : Structure
    products : "chain" or "delta"
        How deltas and gradients are multiplied out; the values are the same.
    turn : int
        With ``batch = "online"``: the sample (1-based) whose gradient this round's update uses.
    shares : bool
        Whether the targets of every sample sum to exactly 1; then by deltas softmax with cross-entropy is o - t.
    """
    graph = build_graph(structure)
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    derivation = Derivation(
        givens=graph.givens,
        quantities=(*graph.forward, *_backward(graph.forward, structure, products, shares, turn if online else None)),
        trained=trained_ids(structure),
        samples=structure.sample_count,
        turns=structure.sample_count if structure.conventions.batch == "online" else 1,
    )
    check_derivation(derivation)
    return derivation


def _backward(
    forward: Sequence[Quantity], structure: Structure, products: Products, shares: bool, turn: int | None
) -> Iterator[Quantity]:
    """Layer by layer from the outputs down; ``turn`` is the sample whose gradient updates, None for all together."""
    samples, trained = sample_indices(structure), frozenset(trained_ids(structure))
    consumers = {
        sample: consumers_of(each for each in forward if each.sample == sample and each.rule != "batch_error")
        for sample in samples
    }
    layers = range(len(structure.layers))
    sequential = structure.conventions.update == "sequential"
    parameters = [
        [name for name in (*(w for row in table for w in row), *dict.fromkeys(biases or ())) if name in trained]
        for table, biases in zip(weight_ids(structure), bias_ids(structure), strict=True)
    ]
    of = "" if turn is None else f"[{turn}]"
    manners = {sample: _ByLayers(structure, products, shares, sample) for sample in samples}
    for depth in reversed(layers):
        for sample, manner in manners.items():
            back = worked_back(manner.names(depth, trained), consumers[sample], manner)
            yield from back if sample is None else (replace(quantity, sample=sample) for quantity in back)
        if len(samples) > 1 and structure.conventions.batch != "online":
            yield from (_over_samples(name, structure) for name in parameters[depth])
        if sequential:
            yield from updates(parameters[depth], "E_total", of=of)
    if not sequential:
        for depth in layers:
            yield from updates(parameters[depth], "E_total", of=of)


def opening_weights(structure: Structure) -> frozenset[str]:
    """The first weight of each layer, but for softmax; every other gradient takes the delta of its unit."""
    layers = zip(structure.layers, weight_ids(structure), strict=True)
    return frozenset(table[0][0] for layer, table in layers if layer.activation != "softmax")


def _over_samples(name: str, structure: Structure) -> Quantity:
    """The gradient of a batch: the sum over its samples, or their mean."""
    samples = sample_indices(structure)
    shares = [Ref(with_sample(f"dE_total/d{name}", sample)) for sample in samples]
    together = mean_of if structure.conventions.batch == "mean" else sum_of
    return Quantity(f"dE_total/d{name}", "batch_gradient", together(shares))


@dataclass(frozen=True)
class _ByLayers:
    """What the derivatives of one sample's error are called: deltas, and products of the chain rule's factors."""

    structure: Structure
    products: Products
    shares: bool
    sample: int | None

    @cached_property
    def _tables(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        return weight_ids(self.structure)

    @cached_property
    def _partners(self) -> dict[str, dict[str, tuple[int, str]]]:
        """Of each unit, what each weight weighs and what weighs each activation below, with their place."""
        sources = [self._id(name) for name in self.structure.inputs]
        found: dict[str, dict[str, tuple[int, str]]] = {}
        for layer, table in zip(self.structure.layers, self._tables, strict=True):
            for unit, row in zip(layer.units, table, strict=True):
                pairs = list(enumerate(zip(row, sources, strict=True)))
                found[unit] = {weight: (place, source) for place, (weight, source) in pairs}
                found[unit] |= {source: (place, weight) for place, (weight, source) in pairs}
            sources = [self._id(f"out_{unit}") for unit in layer.units]
        return found

    @cached_property
    def _places(self) -> dict[str, int]:
        """The layer, from 0, of each unit."""
        return {unit: depth for depth, layer in enumerate(self.structure.layers) for unit in layer.units}

    @cached_property
    def _outs(self) -> dict[str, str]:
        """The unit of each activation, by its id."""
        return {self._id(f"out_{unit}"): unit for unit in self._places}

    @cached_property
    def _nets(self) -> dict[str, str]:
        """The unit of each net input, by its id."""
        return {self._id(f"net_{unit}"): unit for unit in self._places}

    @cached_property
    def _biases(self) -> dict[str, bool]:
        """Of each bias, whether several units share it."""
        found = zip(self.structure.layers, bias_ids(self.structure), strict=True)
        return {name: layer.bias_kind == "shared" for layer, names in found for name in names or ()}

    def names(self, depth: int, trained: frozenset[str]) -> Iterator[str]:
        """What a layer is differentiated by: its activations, its net inputs, its weights and biases."""
        layer, biases = self.structure.layers[depth], bias_ids(self.structure)[depth] or ()
        yield from (self._id(f"out_{unit}") for unit in layer.units)
        yield from (self._id(f"net_{unit}") for unit in layer.units)
        own = layer.bias_kind == "per-unit"
        for position, row in enumerate(self._tables[depth]):
            yield from row
            yield from (name for name in biases[position : position + 1] if own and name in trained)
        if not own:
            yield from (name for name in biases[:1] if name in trained)

    def total(self, name: str, consumers: Sequence[Quantity]) -> Total:
        by_deltas = self.products == "delta"
        if name in self._outs:
            end = consumers[0].rule == "output_error"
            rule = "total_error_slope" if end else "sum_over_paths"
            return Total(id=self._id(f"dE_total/d{name.partition('[')[0]}"), rule=rule, written_out=by_deltas and end)
        if name in self._nets:
            unit = self._nets[name]
            rule = "softmax_delta" if self._layer(unit).activation == "softmax" else "delta"
            return Total(id=self._id(f"delta_{unit}"), rule=rule, whole=self._combined(unit) if by_deltas else None)
        kind = "weight" if name not in self._biases else "shared_bias" if self._biases[name] else "bias"
        return Total(id=self._id(f"dE_total/d{name}"), rule=f"{kind}_gradient", written_out=not self._opens(name))

    def edge(self, name: str, consumer: Quantity) -> Edge:
        unit = consumer.of
        if consumer.rule == "output_error":
            names = {"target": self._id(f"t_{unit}"), "out": self._id(f"out_{unit}")}
            slope = renamed(error_slope(self.structure.loss), lambda each: Ref(names[each]))
            return Edge(slope=slope, id=self._id(f"dE_{unit}/dout_{unit}"), rule="error_slope")
        if consumer.rule == "activation":
            lower = self._nets[name]
            return Edge(
                slope=self._activation_slope(unit, lower),
                id=self._id(f"dout_{unit}/dnet_{lower}"),
                rule="softmax_slope" if self._layer(unit).activation == "softmax" else "activation_slope",
            )
        slope = self._net_slope(name, unit)
        if name in self._outs:
            path = self._id(f"dE_{unit}/dout_{self._outs[name]}") if self._splits(unit) else ""
            return Edge(slope=slope, path=path)
        if self._biases.get(name):
            return Edge(slope=slope)
        return Edge(slope=slope, id=self._id(f"dnet_{unit}/d{name}"), rule="net_slope")

    def arriving(self, name: str, consumer: Quantity) -> tuple[Expression, ...]:
        unit = consumer.of
        if consumer.rule == "output_error":
            share = share_of_total(self.structure.loss, len(self.structure.outputs))
            return () if is_one(share) else (share,)
        slope = Ref(self._id(f"dE_total/dout_{unit}"))
        if consumer.rule == "activation":
            return (slope,)
        if self._opens(name):
            return (slope, Ref(self._id(f"dout_{unit}/dnet_{unit}")))
        return (Ref(self._id(f"delta_{unit}")),)

    def _opens(self, name: str) -> bool:
        """Whether a gradient shows all factors of the chain rule: by the chain rule, that of a layer's first weight."""
        return self.products == "chain" and name in self._opening

    @cached_property
    def _opening(self) -> frozenset[str]:
        return opening_weights(self.structure)

    def _combined(self, unit: str) -> Expression | None:
        """δ as one formula, loss or sum over paths with the slope; None where softmax keeps its pairs."""
        layer, loss, outputs = self._layer(unit), self.structure.loss, self.structure.outputs
        if unit in outputs and (layer.activation != "softmax" or (loss == "cross_entropy" and self.shares)):
            names = {"target": f"t_{unit}", "out": f"out_{unit}", "net": f"net_{unit}"}
            whole = output_delta(loss, layer.activation, len(outputs))
            return with_names(whole, **{key: self._id(name) for key, name in names.items()})
        if layer.activation == "softmax":
            return None
        above = self.structure.layers[self._places[unit] + 1].units
        source = self._id(f"out_{unit}")
        terms = [Product((Ref(self._id(f"delta_{other}")), self._net_slope(source, other))) for other in above]
        return times_slope(sum_of(terms), self._activation_slope(unit, unit))

    def _activation_slope(self, unit: str, lower: str) -> Expression:
        if self._layer(unit).activation == "softmax":
            return with_names(softmax_slope(unit == lower), out=self._id(f"out_{unit}"), other=self._id(f"out_{lower}"))
        names = {"net": self._id(f"net_{unit}"), "out": self._id(f"out_{unit}")}
        return renamed(activation_slope(self._layer(unit).activation), lambda each: Ref(names[each]))

    def _net_slope(self, name: str, unit: str) -> Expression:
        """The derivative of a net input by a weight, a bias or an activation below, in the weights that are used."""
        partners = self._partners[unit]
        added = self.structure.conventions.bias_sign == "added"
        by_weight, by_source, by_bias = net_slopes(len(partners) // 2, name in self._biases, added)
        if name in self._biases:
            alone: Expression = by_bias
            return alone
        place, partner = partners[name]
        lower = name in self._outs
        if lower and self.structure.conventions.update == "sequential":
            partner = f"{partner}_new"
        return renamed((by_source if lower else by_weight)[place], lambda _: Ref(partner))

    def _splits(self, unit: str) -> bool:
        """Whether what comes back from a unit is the share of one output's error."""
        return unit in self.structure.outputs and splits_plainly(self.structure)

    def _layer(self, unit: str) -> LayerStructure:
        return self.structure.layers[self._places[unit]]

    def _id(self, base: str) -> str:
        return with_sample(base, self.sample)
