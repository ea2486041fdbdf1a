"""Wrong rules that are looked for in what people hand in, but that no drawn sheet has to tell apart.

They are frequent in published scripts; several come near to the right rule, or to each other, for some numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.formula.expression import ONE, Call, Expression, Neg, Product, Ref, Sum, mapped, references
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.naming import parameter_ids, weight_ids
from derive.judging.misconceptions.forms import (
    DeltaForm,
    NetForm,
    OutForm,
    PathsForm,
    SquareForm,
    SumForm,
    UpdateForm,
    WholeForm,
)
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules
from derive.network.graph import Quantity

_MOST_OTHERS = 8


def _missing_product(place: Place, form: NetForm) -> Iterator[Changes]:
    if len(form.weights) > 1:
        for left_out in range(min(len(form.weights), _MOST_OTHERS)):
            kept = [position for position in range(len(form.weights)) if position != left_out]
            yield {
                "weights": tuple(form.weights[position] for position in kept),
                "sources": tuple(form.sources[position] for position in kept),
            }


def _bias_repeated(place: Place, form: NetForm) -> Iterator[Changes]:
    if form.bias is not None:
        for times in dict.fromkeys((2, len(form.weights))):
            if times > 1:
                yield {"times": times}


def _product_turned(place: Place, form: NetForm) -> Iterator[Changes]:
    for turned in range(min(len(form.weights), _MOST_OTHERS)):
        yield {"turned": turned}


def _other_units_weights(place: Place, form: NetForm) -> Iterator[Changes]:
    table = weight_ids(place.structure)[place.depth]
    for position in [position for position in range(len(table)) if position != place.position][:_MOST_OTHERS]:
        yield {"weights": table[position]}


def _reciprocal_forgotten(place: Place, form: OutForm) -> Iterator[Changes]:
    if form.shape == "sigmoid":
        yield {"shape": "one plus exp"}


def _slope_for_value(place: Place, form: OutForm) -> Iterator[Changes]:
    if form.shape in FUNCTIONS and FUNCTIONS[form.shape].in_own_value and not FUNCTIONS[form.shape].kinked:
        yield {"shape": "slope", "slope_of": form.shape}


def _half_inside(place: Place, form: SquareForm | object) -> Iterator[Changes]:
    if isinstance(form, SquareForm) and form.factor == Fraction(1, 2):
        yield {"factor": Fraction(1, 4)}


def _slope_kept_above(place: Place, form: DeltaForm) -> Iterator[Changes]:
    """out − t for the slope of the cross-entropy, which is already the delta."""
    if LOSSES[place.structure.loss].square is None:
        yield {"arriving": _difference(place), "factor": Fraction(1)}


def _difference(place: Place) -> Expression:
    return Sum((Ref(place.own("out")), Neg(Ref(place.own("t")))))


def _slopes_changed(form: DeltaForm | WholeForm, formula: Expression) -> Changes | None:
    if isinstance(form, WholeForm):
        return {"body": formula}
    return None if form.slope is None else {"slope": formula}


def _slope_of_target(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    record, target = FUNCTIONS[place.layer.activation], Ref(place.own("t"))
    if place.is_output and record.in_own_value and not record.kinked and place.kind != "softmax-slope":
        changed = _slopes_changed(form, record.slopes(target, target)[0])
        if changed:
            yield changed


def _value_for_slope(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    """Where activations may be negative, which nobody takes for a slope by the sigmoid's rule half forgotten."""
    record = FUNCTIONS[place.layer.activation]
    if record.in_own_value and not record.kinked and ACTIVATIONS[record.name].signed is not False:
        changed = _slopes_changed(form, Ref(place.own("out")))
        if changed:
            yield changed


def _other_units_slope(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    for unit in [unit for unit in place.layer.units if unit != place.unit][:_MOST_OTHERS]:
        changed = _slopes_changed(form, Ref(place.of_sample(f"dout_{unit}/dnet_{unit}")))
        if changed:
            yield changed


def _delta_above(place: Place, form: DeltaForm) -> Iterator[Changes]:
    """The delta of a unit above in a gradient of a hidden layer."""
    if not place.is_output:
        for unit in place.structure.layers[place.depth + 1].units[:_MOST_OTHERS]:
            yield {"arriving": Ref(place.of_sample(f"delta_{unit}"))}


def _rate_inside(place: Place, form: DeltaForm) -> Iterator[Changes]:
    yield {"arriving": Product((Ref("eta"), form.arriving))}


def _deltas_crossed(place: Place, form: PathsForm) -> Iterator[Changes]:
    count = len(form.deltas)
    for first in range(count - 1 if count > 1 and len(form.kept) > 1 else 0):
        deltas = list(form.deltas)
        deltas[first], deltas[first + 1] = deltas[first + 1], deltas[first]
        yield {"deltas": tuple(deltas)}


def _other_columns(place: Place, form: PathsForm) -> Iterator[Changes]:
    table = weight_ids(place.structure)[place.depth + 1]
    for position in [position for position in range(len(place.layer.units)) if position != place.position]:
        if position < _MOST_OTHERS:
            yield {"weights": tuple(row[position] for row in table)}


def _delta_for_gradient(place: Place | None, form: UpdateForm) -> Iterator[Changes]:
    if place is None or place.structure.sample_count > 1:
        return
    for table, layer in zip(weight_ids(place.structure), place.structure.layers, strict=True):
        for row, unit in zip(table, layer.units, strict=True):
            if place.name in row:
                yield {"gradient": f"delta_{unit}", "step": ""}


def _wrong_start(place: Place | None, form: UpdateForm) -> Iterator[Changes]:
    if place is None:
        return
    names = parameter_ids(place.structure)
    position = names.index(place.name)
    for other in (position - 1, position + 1):
        if 0 <= other < len(names):
            yield {"old": names[other]}


def _net_for_value(place: Place, form: WholeForm) -> Iterator[Changes]:
    """1 − n² for 1 − tanh(n)²: what a function was applied to in the place of its value."""
    upper, lower = form.between
    if not lower:
        return
    plain = mapped(form.body, lambda part: Ref(lower) if part == Ref(upper) or _is_value(part, lower) else part)
    if plain != form.body and set(references(plain)) <= {*references(form.body), lower}:
        yield {"body": plain}


def _is_value(part: Expression, net: str) -> bool:
    return isinstance(part, Call) and part.arguments == (Ref(net),)


def _without_weight(place: Place, form: SumForm | WholeForm) -> Iterator[Changes]:
    """1 for what a product multiplies by."""
    if isinstance(form, WholeForm) and isinstance(form.body, Ref):
        yield {"body": ONE}


def between_of(quantity: Quantity) -> tuple[str, str]:
    """The two names of a derivative."""
    upper, _, lower = quantity.id.partition("/")
    return (upper.removeprefix("d"), lower.removeprefix("d")) if lower else ("", "")


_DELTAS = ("output-delta", "hidden-delta")
_SUMS = ("sum-over-paths", "path")


RULES: Rules = (
    Rule(
        kinds=("net",),
        id="missing-product",
        done="leaving out one product",
        instead="Add a product for each connection that leads into this unit.",
        variants=_missing_product,
        drawn_apart=False,
    ),
    Rule(
        kinds=("net",),
        id="bias-repeated",
        done="adding the bias more than once",
        instead="Add the bias once after the products.",
        variants=_bias_repeated,
        drawn_apart=False,
    ),
    Rule(
        kinds=("net",),
        id="sign-of-product",
        done="reversing the sign of one product, as where a weight's minus is lost",
        instead="Give each product the sign of its weight and of its input.",
        variants=_product_turned,
        drawn_apart=False,
    ),
    Rule(
        kinds=("net",),
        id="other-units-weights",
        done="taking the weights of another unit",
        instead="Take the weights on the connections that lead into this unit.",
        variants=_other_units_weights,
        drawn_apart=False,
    ),
    Rule(
        kinds=("out",),
        id="reciprocal-forgotten",
        done="stopping at 1 + e to the minus net input",
        instead="Take one over the sum.",
        variants=_reciprocal_forgotten,
        drawn_apart=False,
    ),
    Rule(
        kinds=("out",),
        id="slope-for-value",
        done="writing the slope of the activation function for its value",
        instead="Apply the activation function itself; its slope is for the way back.",
        variants=_slope_for_value,
        drawn_apart=False,
    ),
    Rule(
        kinds=("error",),
        id="half-inside",
        done="halving the difference before it is squared",
        instead="Square the difference first, then halve the square.",
        variants=_half_inside,
        drawn_apart=False,
    ),
    Rule(
        kinds=("error-slope", "total-error-slope"),
        id="slope-kept",
        done="writing out − t for the slope of the error, which is already the delta with this loss",
        instead="Differentiate the loss by the output here; out − t is the delta.",
        variants=_slope_kept_above,
        drawn_apart=False,
    ),
    Rule(
        kinds=("output-delta", "slope"),
        id="slope-of-target",
        done="putting the target where the slope takes the activation",
        instead="Work the slope out from the activation, out.",
        variants=_slope_of_target,
        drawn_apart=False,
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="value-for-slope",
        done="using the activation itself where its slope belongs",
        instead="Use the slope of the activation function, not its value.",
        variants=_value_for_slope,
        drawn_apart=False,
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="other-units-slope",
        done="using the slope of another unit of the layer",
        instead="Use the slope at this unit's own activation.",
        variants=_other_units_slope,
        drawn_apart=False,
    ),
    Rule(
        kinds=("hidden-gradient", "bias-gradient"),
        id="output-delta-used",
        done="using the delta of the layer above",
        instead="Use the delta of the unit that this parameter belongs to.",
        variants=_delta_above,
        drawn_apart=False,
    ),
    Rule(
        kinds=("output-gradient", "hidden-gradient", "bias-gradient"),
        id="learning-rate-in-gradient",
        done="multiplying the gradient by the learning rate already",
        instead="Multiply by the learning rate in the update only.",
        variants=_rate_inside,
        drawn_apart=False,
    ),
    Rule(
        kinds=("sum-over-paths",),
        id="deltas-crossed",
        done="multiplying each delta by the weight of another path",
        instead="Multiply each delta by the weight on its own connection.",
        variants=_deltas_crossed,
        drawn_apart=False,
    ),
    Rule(
        kinds=_SUMS,
        id="other-units-weights",
        done="taking the weights that leave another unit",
        instead="Take the weights on the connections that leave this unit.",
        variants=_other_columns,
        drawn_apart=False,
    ),
    Rule(
        kinds=("step", "update"),
        id="delta-for-gradient",
        done="using the delta where the gradient belongs",
        instead="Multiply the delta by what the weight multiplies before you take the step.",
        variants=_delta_for_gradient,
        drawn_apart=False,
    ),
    Rule(
        kinds=("update",),
        id="wrong-start",
        done="starting from another parameter's value",
        instead="Add the step to the old value of this very parameter.",
        variants=_wrong_start,
        drawn_apart=False,
    ),
    Rule(
        kinds=("local-derivative",),
        id="slope-of-net",
        done="putting what a function is applied to where its slope takes its value",
        instead="Work the slope out from the value of the function.",
        variants=_net_for_value,
        drawn_apart=False,
    ),
    Rule(
        kinds=("local-derivative",),
        id="no-weight",
        done="leaving out what the name is multiplied by",
        instead="The derivative of a product by one factor is the other factor.",
        variants=_without_weight,
        drawn_apart=False,
    ),
)
