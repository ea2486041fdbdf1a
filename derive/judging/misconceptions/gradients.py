"""Wrong rules from the deltas on: gradients, steps and updates."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.formula.expression import ONE, Const, Ref
from derive.judging.misconceptions.forms import (
    DeltaForm,
    SumForm,
    UpdateForm,
    WholeForm,
)
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules, always

_MOST_OTHERS = 8


def gradient_form(place: Place) -> DeltaForm:
    """The parts of a gradient: the delta of the unit, and what the parameter weighs."""
    edge = place.of_sample(f"dnet_{place.unit}/d{place.name}")
    return DeltaForm(arriving=Ref(place.own("delta")), slope=Ref(edge))


def edge_form(place: Place) -> WholeForm:
    """What a parameter weighs: an activation or an input, or 1 for a bias."""
    if place.kind == "net-slope":
        return WholeForm(body=Ref(place.outs_below()[place.other]))
    return WholeForm(body=ONE if place.structure.conventions.bias_sign == "added" else Const(Fraction(-1)))


def shared_bias_form(place: Place) -> SumForm:
    """The parts of a shared bias's gradient: the deltas of its layer."""
    deltas = tuple(Ref(place.of_sample(f"delta_{unit}")) for unit in place.layer.units)
    return SumForm(terms=deltas, negative=place.structure.conventions.bias_sign == "subtracted")


def update_form(place: Place, gradient: str) -> UpdateForm:
    """The parts of a step or of an update."""
    if place.kind == "step":
        return UpdateForm(old=place.name, step="", gradient=gradient, joining="alone")
    return UpdateForm(old=place.name, step=f"step_{place.name}", gradient=gradient, joining="added")


def _averaged(place: Place, form: SumForm) -> Iterator[Changes]:
    if len(form.terms) > 1:
        yield {"share": Fraction(1, len(form.terms))}


def _other_sources(place: Place) -> list[str]:
    return [name for position, name in enumerate(place.outs_below()) if position != place.other][:_MOST_OTHERS]


def _at_source(place: Place, form: DeltaForm | WholeForm, names: list[str]) -> Iterator[Changes]:
    for name in names:
        yield {"body": Ref(name)} if isinstance(form, WholeForm) else {"slope": Ref(name)}


def _wrong_hidden(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    yield from _at_source(place, form, _other_sources(place) if place.depth else [])


def _wrong_input(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    yield from _at_source(place, form, [] if place.depth else _other_sources(place))


def _missing_source(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    yield {"body": ONE} if isinstance(form, WholeForm) else {"slope": None}


def _used_net(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    if place.depth and place.structure.layers[place.depth - 1].activation != "identity":
        below = place.structure.layers[place.depth - 1].units[place.other]
        yield from _at_source(place, form, [place.of_sample(f"net_{below}")])


def _used_weight(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    yield from _at_source(place, form, [place.name])


def _used_out(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    yield from _at_source(place, form, [place.own("out")])


def _wrong_delta(place: Place, form: DeltaForm) -> Iterator[Changes]:
    for unit in [unit for unit in place.layer.units if unit != place.unit][:_MOST_OTHERS]:
        yield {"arriving": Ref(place.of_sample(f"delta_{unit}"))}


def _times_source(place: Place, form: DeltaForm) -> Iterator[Changes]:
    yield from _at_source(place, form, list(place.outs_below())[:_MOST_OTHERS])


def _one_delta(place: Place, form: SumForm) -> Iterator[Changes]:
    if len(form.terms) > 1:
        for term in form.terms[:_MOST_OTHERS]:
            yield {"terms": (term,), "share": Fraction(1)}


def _edge_sign(place: Place, form: WholeForm) -> Iterator[Changes]:
    yield {"negative": True}


def _shared_sign(place: Place, form: SumForm) -> Iterator[Changes]:
    yield {"negative": not form.negative}


_GRADIENTS = ("output-gradient", "hidden-gradient")
_UPDATES = ("update", "step")


RULES: Rules = (
    Rule(
        kinds=(*_GRADIENTS, "net-slope"),
        id="wrong-hidden",
        done="using the activation of another unit",
        instead="Use the activation of the unit that this weight comes from.",
        variants=_wrong_hidden,
    ),
    Rule(
        kinds=(*_GRADIENTS, "net-slope"),
        id="missing-input",
        done="leaving out the value that the weight multiplies",
        instead="Multiply the delta by the activation or input that this weight multiplies.",
        variants=_missing_source,
    ),
    Rule(
        kinds=(*_GRADIENTS, "net-slope"),
        id="wrong-input",
        done="using another input",
        instead="Use the input that this weight multiplies.",
        variants=_wrong_input,
    ),
    Rule(
        kinds=_GRADIENTS,
        id="wrong-delta",
        done="using the delta of another unit",
        instead="Use the delta of the unit that this weight leads into.",
        variants=_wrong_delta,
    ),
    Rule(
        kinds=(*_GRADIENTS, "net-slope"),
        id="used-weight",
        done="using the weight itself where the value that it multiplies belongs",
        instead="Use the activation or input that this weight multiplies.",
        variants=_used_weight,
    ),
    Rule(
        kinds=(*_GRADIENTS, "net-slope"),
        id="used-net",
        done="using a net input where the activation belongs",
        instead="Use the activation of the unit that this weight comes from.",
        variants=_used_net,
    ),
    Rule(
        kinds=(*_GRADIENTS, "net-slope"),
        id="used-out",
        done="using the activation of the unit that the weight leads into",
        instead="Use the activation or input that this weight comes from.",
        variants=_used_out,
    ),
    Rule(
        kinds=_GRADIENTS,
        id="sign",
        done="reversing the sign",
        instead="The gradient is the delta times what the weight multiplies, with no change of sign.",
        variants=always(negative=True),
    ),
    Rule(
        kinds=("net-slope", "bias-slope"),
        id="sign",
        done="reversing the sign",
        instead="Keep the sign that the weight or bias has in the net input.",
        variants=_edge_sign,
    ),
    Rule(
        kinds=("bias-gradient",),
        id="times-input",
        done="multiplying by an input or activation, as for a weight",
        instead="A bias multiplies nothing: its gradient is the delta, with the bias's sign.",
        variants=_times_source,
    ),
    Rule(
        kinds=("bias-gradient",),
        id="used-bias",
        done="multiplying by the bias itself",
        instead="A bias multiplies nothing: its gradient is the delta, with the bias's sign.",
        variants=_used_weight,
    ),
    Rule(
        kinds=("bias-gradient",),
        id="wrong-delta",
        done="using the delta of another unit",
        instead="Use the delta of the unit that this bias belongs to.",
        variants=_wrong_delta,
    ),
    Rule(
        kinds=("bias-gradient",),
        id="sign",
        done="reversing the sign",
        instead="Keep the sign that the bias has in the net input.",
        variants=always(negative=True),
    ),
    Rule(
        kinds=("shared-bias-gradient",),
        id="one-term",
        done="taking the delta of one unit alone, though the bias is shared by the layer",
        instead="Add the deltas of all units that share this bias.",
        variants=_one_delta,
    ),
    Rule(
        kinds=("shared-bias-gradient",),
        id="averaged",
        done="averaging the deltas of the layer where they are added",
        instead="Add the deltas of all units that share this bias, without dividing by their number.",
        variants=_averaged,
    ),
    Rule(
        kinds=("shared-bias-gradient",),
        id="sign",
        done="reversing the sign",
        instead="Keep the sign that the bias has in the net input.",
        variants=_shared_sign,
    ),
    Rule(
        kinds=_UPDATES,
        id="ascent",
        done="going up the gradient: adding η times the gradient",
        instead="Subtract η times the gradient, so that the error falls.",
        variants=always(descent=False),
    ),
    Rule(
        kinds=_UPDATES,
        id="missing-learning-rate",
        done="leaving out the learning rate",
        instead="Multiply the gradient by the learning rate.",
        variants=always(rate=0),
    ),
    Rule(
        kinds=_UPDATES,
        id="learning-rate-twice",
        done="multiplying by the learning rate twice",
        instead="Multiply the gradient by the learning rate once.",
        variants=always(rate=2),
    ),
    Rule(
        kinds=("update",),
        id="step-only",
        done="writing the step for the new value",
        instead="Add the step to the old value.",
        variants=always(joining="alone"),
    ),
    Rule(
        kinds=("update",),
        id="multiplied",
        done="multiplying the old value by the step as well",
        instead="Subtract η times the gradient from the old value; the old value is no factor of it.",
        variants=always(joining="multiplied"),
    ),
    Rule(
        kinds=("step",),
        id="multiplied",
        done="multiplying by the old value as well",
        instead="The step is −η times the gradient, without the old value.",
        variants=always(joining="times old"),
    ),
)
