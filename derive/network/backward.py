"""The chain rule over the whole network: every delta, gradient and update as one short formula.

Backpropagation as taught: Rumelhart, Hinton, Williams (1986). The work grows with the number of weights, never with
the number of paths, because each sum over paths reuses the deltas above it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from derive.formula.expression import ONE, Const, Expression, Neg, Product, Quotient, Ref, Sum, renamed
from derive.given.naming import bias_ids, sample_indices, trained_ids, weight_ids, with_sample
from derive.given.problem import LayerStructure, Structure
from derive.network.derivation import Derivation, check_derivation, splits_plainly
from derive.network.graph import Graph, Quantity, build_graph
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

#: How the round is worked: gradients as products of all chain-rule factors, or layer by layer by deltas, each of them
#: one formula with loss and slope combined, and each gradient the delta times what the weight weighs.
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
    quantities = list(graph.forward) + _Backward(graph, products, turn, shares).quantities()
    derivation = Derivation(
        givens=graph.givens,
        quantities=tuple(quantities),
        trained=trained_ids(structure),
        samples=structure.sample_count,
        turns=structure.sample_count if structure.conventions.batch == "online" else 1,
    )
    check_derivation(derivation)
    return derivation


class _Backward:
    """Collects the backward quantities of one structure, layer by layer from the output down."""

    def __init__(self, graph: Graph, products: Products, turn: int, shares: bool) -> None:
        self.structure = graph.structure
        self.conventions = self.structure.conventions
        self.products = products
        self.turn = turn
        self.shares = shares
        self.samples = sample_indices(self.structure)
        self.tables = weight_ids(self.structure)
        self.biases = bias_ids(self.structure)
        self.trained = frozenset(trained_ids(self.structure))
        self.arriving: dict[str, Expression] = {}
        self.found: list[Quantity] = []

    def quantities(self) -> list[Quantity]:
        sequential = self.conventions.update == "sequential"
        for depth in reversed(range(len(self.structure.layers))):
            for sample in self.samples:
                self._deltas(depth, sample)
                self._gradients(depth, sample)
            self._batch_gradients(depth)
            if sequential:
                self._updates(depth)
        if not sequential:
            for depth in range(len(self.structure.layers)):
                self._updates(depth)
        return self.found

    def _add(self, name: str, rule: str, expression: Expression) -> None:
        self.found.append(Quantity(name, rule, expression))

    def _deltas(self, depth: int, sample: int | None) -> None:
        layer = self.structure.layers[depth]
        last = depth == len(self.structure.layers) - 1
        for position, unit in enumerate(layer.units):
            if last:
                self._output_slope(unit, sample)
            else:
                self._sum_over_paths(depth, position, sample)
        if layer.activation == "softmax":
            self._softmax_deltas(layer, sample)
            return
        for unit in layer.units:
            net, out = with_sample(f"net_{unit}", sample), with_sample(f"out_{unit}", sample)
            slope_id = with_sample(f"dout_{unit}/dnet_{unit}", sample)
            slope = renamed(activation_slope(layer.activation), {"net": Ref(net), "out": Ref(out)}.__getitem__)
            self._add(slope_id, "activation_slope", slope)
            arriving = with_sample(f"dE_total/dout_{unit}", sample)
            if self.products == "chain":
                delta: Expression = Product((Ref(arriving), Ref(slope_id)))
            elif last:
                delta = self._combined_delta(layer, unit, sample)
            else:
                delta = times_slope(self.arriving[arriving], slope)
            self._add(with_sample(f"delta_{unit}", sample), "delta", delta)

    def _output_slope(self, unit: str, sample: int | None) -> None:
        loss = self.structure.loss
        target, out = with_sample(f"t_{unit}", sample), with_sample(f"out_{unit}", sample)
        slope = renamed(error_slope(loss), {"target": Ref(target), "out": Ref(out)}.__getitem__)
        own = with_sample(f"dE_{unit}/dout_{unit}", sample)
        self._add(own, "error_slope", slope)
        share = share_of_total(loss, len(self.structure.outputs))
        total = slope if is_one(share) else Product((share, slope if self.products == "delta" else Ref(own)))
        self._add(with_sample(f"dE_total/dout_{unit}", sample), "total_error_slope", total)

    def _combined_delta(self, layer: LayerStructure, unit: str, sample: int | None) -> Expression:
        """δ of an output unit in terms of its target, its activation and its net input."""
        names = {
            "target": with_sample(f"t_{unit}", sample),
            "out": with_sample(f"out_{unit}", sample),
            "net": with_sample(f"net_{unit}", sample),
        }
        return with_names(output_delta(self.structure.loss, layer.activation, len(self.structure.outputs)), **names)

    def _softmax_deltas(self, layer: LayerStructure, sample: int | None) -> None:
        simple = self.products == "delta" and self.structure.loss == "cross_entropy" and self.shares
        for unit in layer.units:
            terms: list[Expression] = []
            for other in layer.units:
                names = {"out": with_sample(f"out_{other}", sample), "other": with_sample(f"out_{unit}", sample)}
                pair = with_sample(f"dout_{other}/dnet_{unit}", sample)
                slope = renamed(softmax_slope(other == unit), lambda name, names=names: Ref(names[name]))  # type: ignore[misc]
                self._add(pair, "softmax_slope", slope)
                terms.append(Product((Ref(with_sample(f"dE_total/dout_{other}", sample)), Ref(pair))))
            total = terms[0] if len(terms) == 1 else Sum(tuple(terms))
            if simple:
                total = self._combined_delta(layer, unit, sample)
            self._add(with_sample(f"delta_{unit}", sample), "softmax_delta", total)

    def _sum_over_paths(self, depth: int, position: int, sample: int | None) -> None:
        """∂E/∂out of a hidden unit: one term for each unit above it, delta times the weight between them."""
        unit = self.structure.layers[depth].units[position]
        above = self.structure.layers[depth + 1]
        splits = depth == len(self.structure.layers) - 2 and splits_plainly(self.structure)
        _, by_source, _ = net_slopes(len(self.structure.layers[depth].units), False, True)
        terms: list[Expression] = []
        whole: list[Expression] = []
        for row, target in zip(self.tables[depth + 1], above.units, strict=True):
            weight = row[position]
            if self.conventions.update == "sequential":
                weight = f"{weight}_new"
            local = renamed(by_source[position], {f"weight{position}": Ref(weight)}.__getitem__)
            term = Product((Ref(with_sample(f"delta_{target}", sample)), local))
            whole.append(term)
            if splits:
                path = with_sample(f"dE_{target}/dout_{unit}", sample)
                self._add(path, "path", term)
                terms.append(Ref(path))
            else:
                terms.append(term)
        total = terms[0] if len(terms) == 1 else Sum(tuple(terms))
        self.arriving[with_sample(f"dE_total/dout_{unit}", sample)] = whole[0] if len(whole) == 1 else Sum(tuple(whole))
        self._add(with_sample(f"dE_total/dout_{unit}", sample), "sum_over_paths", total)

    def _gradients(self, depth: int, sample: int | None) -> None:
        layer = self.structure.layers[depth]
        below = self.structure.inputs if depth == 0 else self.structure.layers[depth - 1].units
        prefix = "" if depth == 0 else "out_"
        sources = [with_sample(f"{prefix}{name}", sample) for name in below]
        biases = self.biases[depth]
        added = self.conventions.bias_sign == "added"
        by_weight, _, by_bias = net_slopes(len(sources), biases is not None, added)
        names = {f"source{i}": Ref(source) for i, source in enumerate(sources)}
        for position, unit in enumerate(layer.units):
            for weight, local in zip(self.tables[depth][position], by_weight, strict=True):
                local_id = with_sample(f"dnet_{unit}/d{weight}", sample)
                self._add(local_id, "net_slope", renamed(local, names.__getitem__))
                edge = renamed(local, names.__getitem__) if self.products == "delta" else Ref(local_id)
                product = Product((*self._to_net(unit, layer, sample), edge))
                self._add(with_sample(f"dE_total/d{weight}", sample), "weight_gradient", product)
            if biases and layer.bias_kind == "per-unit" and biases[position] in self.trained:
                local_id = with_sample(f"dnet_{unit}/d{biases[position]}", sample)
                self._add(local_id, "net_slope", by_bias)
                gradient: Expression = Product((*self._to_net(unit, layer, sample), Ref(local_id)))
                if self.products == "delta":
                    delta = Ref(with_sample(f"delta_{unit}", sample))
                    gradient = delta if added else Neg(delta)
                self._add(with_sample(f"dE_total/d{biases[position]}", sample), "bias_gradient", gradient)
        if biases and layer.bias_kind == "shared" and biases[0] in self.trained:
            deltas = tuple(Ref(with_sample(f"delta_{unit}", sample)) for unit in layer.units)
            total: Expression = deltas[0] if len(deltas) == 1 else Sum(deltas)
            shared = total if added else Neg(total)
            self._add(with_sample(f"dE_total/d{biases[0]}", sample), "shared_bias_gradient", shared)

    def _to_net(self, unit: str, layer: LayerStructure, sample: int | None) -> tuple[Ref, ...]:
        """The factors of ∂E/∂net of a unit: two of the chain rule, or its delta."""
        if self.products == "delta" or layer.activation == "softmax":
            return (Ref(with_sample(f"delta_{unit}", sample)),)
        arriving = with_sample(f"dE_total/dout_{unit}", sample)
        return (Ref(arriving), Ref(with_sample(f"dout_{unit}/dnet_{unit}", sample)))

    def _layer_parameters(self, depth: int) -> list[str]:
        names = [name for row in self.tables[depth] for name in row]
        names += dict.fromkeys(self.biases[depth] or ())
        return [name for name in names if name in self.trained]

    def _batch_gradients(self, depth: int) -> None:
        if len(self.samples) == 1 or self.conventions.batch == "online":
            return
        for name in self._layer_parameters(depth):
            total: Expression = Sum(tuple(Ref(with_sample(f"dE_total/d{name}", sample)) for sample in self.samples))
            if self.conventions.batch == "mean":
                total = Product((Quotient(ONE, Const(Fraction(len(self.samples)))), total))
            self._add(f"dE_total/d{name}", "batch_gradient", total)

    def _updates(self, depth: int) -> None:
        online = self.conventions.batch == "online" and len(self.samples) > 1
        for name in self._layer_parameters(depth):
            gradient = Ref(with_sample(f"dE_total/d{name}", self.turn if online else None))
            step = Product((Ref("eta"), gradient))
            self._add(f"step_{name}", "update_step", Neg(step))
            self._add(f"{name}_new", "update", Sum((Ref(name), Neg(step))))
