"""Wrong rules of the forward pass: net inputs and activations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from derive.given.naming import bias_ids, weight_ids
from derive.given.problem import Conventions
from derive.judging.misconceptions.forms import (
    NetForm,
    OutForm,
)
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules

#: More sources than this are swapped with their neighbours only.
_ALL_SWAPS = 4
_MOST_OTHERS = 8


def net_form(place: Place) -> NetForm:
    """The parts of a net input."""
    biases = bias_ids(place.structure)[place.depth]
    return NetForm(
        weights=weight_ids(place.structure)[place.depth][place.position],
        sources=place.outs_below(),
        bias=biases[place.position] if biases else None,
        added=place.structure.conventions.bias_sign == "added",
    )


def out_form(place: Place) -> OutForm:
    """The parts of an activation."""
    nets = tuple(place.of_sample(f"net_{unit}") for unit in place.layer.units)
    return OutForm(shape=place.layer.activation, net=nets[place.position], nets=nets)


def _missing_bias(place: Place, form: NetForm) -> Iterator[Changes]:
    if form.bias is not None:
        yield {"bias": None, "added": form.added}


def _bias_subtracted(place: Place, form: NetForm) -> Iterator[Changes]:
    if form.bias is not None:
        yield {"added": not form.added}


def _transposed(place: Place, form: NetForm) -> Iterator[Changes]:
    """The weights that stand in the column for those in the row, or those that the other numbering would take."""
    table = weight_ids(place.structure)[place.depth]
    if len(form.weights) <= len(table) and place.position < len(table[0]):
        yield {"weights": tuple(table[source][place.position] for source in range(len(form.weights)))}
    naming = place.structure.conventions.weight_names
    if isinstance(naming, str):
        yield {"weights": other_numbering(place)[place.depth][place.position]}


def other_numbering(place: Place) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The weight ids as the numbering that this structure does not use would give them."""
    conventions: Conventions = place.structure.conventions
    other = "source-major" if conventions.weight_names == "target-major" else "target-major"
    return weight_ids(replace(place.structure, conventions=replace(conventions, weight_names=other)))  # type: ignore[arg-type]


def _inputs_swapped(place: Place, form: NetForm) -> Iterator[Changes]:
    count = len(form.sources)
    pairs = combinations(range(count), 2) if count <= _ALL_SWAPS else ((i, i + 1) for i in range(count - 1))
    for first, second in pairs:
        sources = list(form.sources)
        sources[first], sources[second] = sources[second], sources[first]
        yield {"sources": tuple(sources)}


def _wrong_bias(place: Place, form: NetForm) -> Iterator[Changes]:
    if form.bias is None:
        return
    rows = bias_ids(place.structure)
    near = [rows[place.depth], *rows[place.depth + 1 :], *rows[: place.depth]]
    others = dict.fromkeys(name for row in near for name in row or () if name != form.bias)
    for name in list(others)[:_MOST_OTHERS]:
        yield {"bias": name}


def _used_nets(place: Place, form: NetForm) -> Iterator[Changes]:
    if place.depth and place.structure.layers[place.depth - 1].activation != "identity":
        below = place.structure.layers[place.depth - 1].units
        yield {"sources": tuple(place.of_sample(f"net_{unit}") for unit in below)}


def _used_inputs(place: Place, form: NetForm) -> Iterator[Changes]:
    if place.depth and len(place.structure.inputs) == len(form.sources):
        yield {"sources": place.outs_below(0)}


def _exponential(place: Place, form: OutForm) -> bool:
    return form.shape in ("sigmoid", "softmax")


def _exp_sign(place: Place, form: OutForm) -> Iterator[Changes]:
    if form.shape in ("sigmoid", "softmax", "tanh"):
        yield {"exponent": "negated"}


def _other_activation(place: Place, form: OutForm) -> Iterator[Changes]:
    if form.shape == "softmax":
        return
    for shape in ("sigmoid", "tanh", "relu"):
        if shape != form.shape:
            yield {"shape": shape, "exponent": "usual", "base": "e"}


def _no_activation(place: Place, form: OutForm) -> Iterator[Changes]:
    if form.shape != "identity":
        yield {"shape": "identity", "exponent": "usual", "base": "e"}


def _sigmoid_shape(shape: str) -> Changes:
    return {"shape": shape, "exponent": "usual", "base": "e"}


RULES: Rules = (
    Rule(
        kinds=("net",),
        id="missing-bias",
        done="leaving out the bias",
        instead="Add the bias once after the products.",
        variants=_missing_bias,
    ),
    Rule(
        kinds=("net",),
        id="transposed-weights",
        done="taking the weights of the other direction, a column of the weight table for a row",
        instead="Take the weights on the connections that lead into this unit.",
        variants=_transposed,
    ),
    Rule(
        kinds=("net",),
        id="used-net-not-out",
        done="weighing the net inputs of the layer below rather than its activations",
        instead="Multiply each weight by the activation of the unit it comes from.",
        variants=_used_nets,
    ),
    Rule(
        kinds=("net",),
        id="used-inputs",
        done="weighing the inputs of the network rather than the activations of the layer below",
        instead="Multiply each weight by the activation of the unit it comes from.",
        variants=_used_inputs,
    ),
    Rule(
        kinds=("net",),
        id="wrong-bias",
        done="adding the bias of another layer or unit",
        instead="Take the bias that belongs to this unit.",
        variants=_wrong_bias,
    ),
    Rule(
        kinds=("net",),
        id="inputs-swapped",
        done="swapping two of the values that the weights multiply",
        instead="Multiply each weight by the value of the unit or input it comes from.",
        variants=_inputs_swapped,
    ),
    Rule(
        kinds=("net",),
        id="bias-subtracted",
        done="giving the bias the opposite sign",
        instead="Keep the sign that the bias has in the formula of the net input.",
        variants=_bias_subtracted,
    ),
    Rule(
        kinds=("out",),
        id="exp-sign",
        done="a plus sign in the exponent where a minus sign belongs, or the other way round",
        instead="Keep the sign of the exponent as it stands in the formula of the activation function.",
        variants=_exp_sign,
    ),
    Rule(
        kinds=("out",),
        id="softmax-not-normalised",
        done="stopping at e to the net input, without dividing by the sum over the layer",
        instead="Divide by the sum of the exponentials of all units in the layer.",
        variants=lambda place, form: (
            [{"shape": "exp of net", "exponent": "usual", "base": "e"}] if form.shape == "softmax" else []
        ),
    ),
    Rule(
        kinds=("out",),
        id="sigmoid-for-softmax",
        done="using the sigmoid where the layer uses softmax",
        instead="Divide the exponential of this net input by the sum of the exponentials of the layer.",
        variants=lambda place, form: [_sigmoid_shape("sigmoid")] if form.shape == "softmax" else [],
    ),
    Rule(
        kinds=("out",),
        id="no-activation",
        done="passing on the net input without applying the activation function",
        instead="Apply the activation function of the layer to the net input.",
        variants=_no_activation,
    ),
    Rule(
        kinds=("out",),
        id="other-activation",
        done="applying another activation function than that of the layer",
        instead="Apply the activation function that the problem names for this layer.",
        variants=_other_activation,
    ),
    Rule(
        kinds=("out",),
        id="exp-only",
        done="stopping at e to the minus net input",
        instead="Add 1 to the exponential, then take one over the sum.",
        variants=lambda place, form: [_sigmoid_shape("exp")] if form.shape == "sigmoid" else [],
    ),
    Rule(
        kinds=("out",),
        id="forgot-one",
        done="leaving out the 1 in the denominator",
        instead="Add 1 to the exponential before you take one over it.",
        variants=lambda place, form: [_sigmoid_shape("one over exp")] if form.shape == "sigmoid" else [],
    ),
    Rule(
        kinds=("out",),
        id="base-ten",
        done="raising 10 rather than e to the power",
        instead="Use the exponential with base e = 2.718….",
        variants=lambda place, form: [{"base": "ten"}] if _exponential(place, form) else [],
    ),
)
