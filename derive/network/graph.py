"""The network as a graph: named scalar quantities in the order in which they are worked out, without numbers.

Every quantity is one short formula in terms of quantities above it, in the order a textbook writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from derive.formula.expression import Call, Expression, Neg, Product, Ref, mean_of, references, sum_of
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.naming import bias_ids, parameter_ids, sample_indices, weight_ids, with_sample
from derive.given.problem import Activation, Structure


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named scalar and the formula that gives it.

    Attributes
    ----------
    id : str
    rule : str
        The kind of step, such as ``net_input``; wording and misconceptions hang on it.
    expression : Expression
        In terms of givens and of quantities that stand earlier.
    of : str
        The unit that it belongs to, or of a derivative what is differentiated; may be empty.
    sample : int or None
        The sample, where there are several and it belongs to one.
    by : str
        Of a derivative: by what.
    """

    id: str
    rule: str
    expression: Expression
    of: str = ""
    sample: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The forward pass of a network.

    Attributes
    ----------
    structure : Structure
    givens : tuple of str
        Ids of what the problem states: inputs, targets, parameters, learning rate.
    forward : tuple of Quantity
        Net inputs, activations, errors and the total, each in terms of what stands before it.
    """

    structure: Structure
    givens: tuple[str, ...]
    forward: tuple[Quantity, ...]


def needed_for(ids: Iterable[str], quantities: Sequence[Quantity]) -> set[str]:
    """These ids, and all that the formulas of those quantities among them hang on, however far back."""
    found = set(ids)
    for quantity in reversed(quantities):
        if quantity.id in found:
            found.update(references(quantity.expression))
    return found


def build_graph(structure: Structure) -> Graph:
    """The forward pass of a structure as named quantities.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    Graph
        With one copy of the forward pass for each sample, then the total over the samples.
    """
    samples = sample_indices(structure)
    givens = [with_sample(name, sample) for sample in samples for name in structure.inputs]
    givens += [with_sample(f"t_{unit}", sample) for sample in samples for unit in structure.outputs]
    givens += [*parameter_ids(structure), "eta"]
    forward: list[Quantity] = []
    for sample in samples:
        forward += _forward_of_sample(structure, sample)
    if len(samples) > 1:
        errors = [Ref(with_sample("E_total", sample)) for sample in samples]
        together = mean_of if structure.conventions.batch == "mean" else sum_of
        forward.append(Quantity("E_total", "batch_error", together(errors)))
    return Graph(structure=structure, givens=tuple(givens), forward=tuple(forward))


def net_expression(weights: tuple[str, ...], sources: tuple[str, ...], bias: str | None, *, added: bool) -> Expression:
    """w1·x1 + w2·x2 + b: what reaches a unit."""
    terms: list[Expression] = [
        Product((Ref(weight), Ref(source))) for weight, source in zip(weights, sources, strict=True)
    ]
    if bias is not None:
        terms.append(Ref(bias) if added else Neg(Ref(bias)))
    return sum_of(terms)


def activation_expression(activation: Activation, net: str, layer_nets: tuple[str, ...]) -> Expression:
    """An activation function applied to a net input; softmax also needs the other net inputs of its layer."""
    if activation == "identity":
        return Ref(net)
    several = FUNCTIONS[activation].arity is None
    return Call(activation, (Ref(net), *map(Ref, layer_nets)) if several else (Ref(net),))


def _forward_of_sample(structure: Structure, sample: int | None) -> list[Quantity]:
    quantities: list[Quantity] = []
    added = structure.conventions.bias_sign == "added"
    sources = tuple(with_sample(name, sample) for name in structure.inputs)
    for layer, table, biases in zip(structure.layers, weight_ids(structure), bias_ids(structure), strict=True):
        nets = tuple(with_sample(f"net_{unit}", sample) for unit in layer.units)
        outs = tuple(with_sample(f"out_{unit}", sample) for unit in layer.units)
        for position, net in enumerate(nets):
            bias = biases[position] if biases else None
            expression = net_expression(table[position], sources, bias, added=added)
            quantities.append(Quantity(net, "net_input", expression, layer.units[position], sample))
        for unit, net, out in zip(layer.units, nets, outs, strict=True):
            activated = activation_expression(layer.activation, net, nets)
            quantities.append(Quantity(out, "activation", activated, unit, sample))
        sources = outs
    errors = tuple(with_sample(f"E_{unit}", sample) for unit in structure.outputs)
    for error, unit, out in zip(errors, structure.outputs, sources, strict=True):
        target = with_sample(f"t_{unit}", sample)
        formula = LOSSES[structure.loss].error(Ref(target), Ref(out))
        quantities.append(Quantity(error, "output_error", formula, unit, sample))
    total = LOSSES[structure.loss].total(tuple(map(Ref, errors)))
    quantities.append(Quantity(with_sample("E_total", sample), "total_error", total, sample=sample))
    return quantities
