"""Wrong formulas for the slope of an activation function."""

from __future__ import annotations

from collections.abc import Iterator

from derive.formula.expression import ONE, Call, Expression, Product, Ref
from derive.formula.functions import ACTIVATIONS, FUNCTIONS, minus
from derive.judging.misconceptions.places import Place
from derive.network.slopes import activation_slope, is_one, softmax_slope, with_names

_MOST_OTHERS = 8


def slope_of(place: Place, activation: str) -> Expression:
    """∂out/∂net of a unit, as if its activation function were this one."""
    return with_names(activation_slope(activation), net=place.own("net"), out=place.own("out"))


def softmax_pair(place: Place, same: bool) -> Expression:
    """∂out/∂net of a pair of softmax units, by the formula for one unit or for two."""
    upper = place.layer.units[place.other]
    return with_names(softmax_slope(same), out=place.of_sample(f"out_{upper}"), other=place.own("out"))


def logistic(value: Expression) -> Expression:
    """value·(1 − value)."""
    return Product((value, minus(ONE, value)))


def of_net(place: Place) -> Iterator[Expression]:
    """The slope with the net input in the place of out."""
    record, net = FUNCTIONS[place.layer.activation], Ref(place.own("net"))
    if record.in_own_value:
        yield record.slopes(net, net)[0]


def twice(place: Place) -> Iterator[Expression]:
    """The slope with the activation function applied to out once more."""
    record, out = FUNCTIONS[place.layer.activation], Ref(place.own("out"))
    if record.arity == 1 and not (record.kinked or is_one(record.slope)):
        yield record.slopes(Call(record.name, (out,)), out)[0]


def one_minus(place: Place) -> Iterator[Expression]:
    """1 − out."""
    if FUNCTIONS[place.layer.activation].in_own_value:
        yield minus(ONE, Ref(place.own("out")))


def out_only(place: Place) -> Iterator[Expression]:
    """out, where it is never negative, as a slope is not."""
    record = FUNCTIONS[place.layer.activation]
    if ACTIVATIONS[record.name].signed is False and not record.kinked:
        yield Ref(place.own("out"))


def other_slope(place: Place) -> Iterator[Expression]:
    """The slopes of other activation functions."""
    activation = place.layer.activation
    for other in ("tanh", "sigmoid", "relu"):
        if other != activation and (other != "relu" or activation == "leaky_relu"):
            yield slope_of(place, other)


def of_output_layer(place: Place) -> Iterator[Expression]:
    """The slope of a unit of the output layer (or of the layer above), or its function's slope at this unit's out."""
    structure = place.structure
    found: list[Expression] = []
    for depth in dict.fromkeys((len(structure.layers) - 1, place.depth + 1)):
        layer = structure.layers[depth]
        if layer.activation != "identity":
            found += [Ref(place.of_sample(f"dout_{unit}/dnet_{unit}")) for unit in layer.units[:_MOST_OTHERS]]
        if layer.activation not in (place.layer.activation, "softmax", "identity"):
            formula = slope_of(place, layer.activation)
            if formula not in list(other_slope(place)):
                found.append(formula)
    yield from found
