"""Wrong rules of the backward pass down to the deltas: slopes of the error and of activation functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from derive.formula.expression import ONE, Expression, Neg, Power, Product, Ref, Sum, sum_of
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from derive.judging.misconceptions.forms import (
    DeltaForm,
    WholeForm,
    times,
)
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules, Variants
from derive.judging.misconceptions.slopes import (
    logistic,
    of_net,
    of_output_layer,
    one_minus,
    other_slope,
    out_only,
    slope_of,
    softmax_pair,
    twice,
)
from derive.network.slopes import activation_slope, error_slope, is_one, with_names

_MOST_OTHERS = 8


def error_slope_form(place: Place) -> DeltaForm:
    """The parts of ∂E/∂out of an output: of its own error, or of the total with its share."""
    own = Ref(place.of_sample(f"dE_{place.unit}/dout_{place.unit}"))
    if place.kind == "error-slope":
        return DeltaForm(arriving=own_error_slope(place), slope=None)
    part = share_of_output(place)
    return DeltaForm(arriving=own_error_slope(place) if part == 1 else own, slope=None, factor=part)


def delta_form(place: Place) -> DeltaForm:
    """The parts of a delta: what arrives at the unit, and the slope of its activation function."""
    if place.layer.activation == "softmax":
        terms = tuple(
            Product(
                (
                    Ref(place.of_sample(f"dE_total/dout_{upper}")),
                    Ref(place.of_sample(f"dout_{upper}/dnet_{place.unit}")),
                )
            )
            for upper in place.layer.units
        )
        return DeltaForm(arriving=sum_of(terms), slope=None)
    return DeltaForm(arriving=Ref(place.arriving_id), slope=Ref(place.slope_id))


def slope_form(place: Place) -> WholeForm:
    """The one part of a slope."""
    if place.kind == "softmax-slope":
        return WholeForm(body=softmax_pair(place, place.other == place.position))
    return WholeForm(body=slope_of(place, place.layer.activation))


def share_of_output(place: Place) -> Fraction:
    """What one output's error counts in the total."""
    outputs = len(place.structure.outputs)
    return Fraction(1, outputs) if LOSSES[place.structure.loss].mean else Fraction(1)


def own_error_slope(place: Place, target: str = "") -> Expression:
    """∂E_k/∂out_k of an output, perhaps with another's target."""
    return with_names(error_slope(place.structure.loss), target=target or place.own("t"), out=place.own("out"))


def _difference(place: Place) -> Expression:
    return Sum((Ref(place.own("out")), Neg(Ref(place.own("t")))))


def _slopes(formulas: Callable[[Place], Iterable[Expression]]) -> Variants[DeltaForm | WholeForm]:
    """The same wrong slope in a slope and in a delta."""

    def variants(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
        if isinstance(form, DeltaForm) and form.slope is None:
            return
        for formula in formulas(place):
            yield {"slope": formula} if isinstance(form, DeltaForm) else {"body": formula}

    return variants


def _missing_slope(place: Place, form: DeltaForm) -> Iterator[Changes]:
    activation = place.layer.activation
    if activation == "softmax":
        if len(place.layer.units) > 1:
            yield {"arriving": Ref(place.arriving_id)}
    elif not (FUNCTIONS[activation].kinked or is_one(activation_slope(activation))):
        yield {"slope": None}


def _missing_mask(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    if FUNCTIONS[place.layer.activation].kinked:
        yield {"slope": None} if isinstance(form, DeltaForm) else {"body": ONE}


def _slope_kept(place: Place, form: DeltaForm) -> Iterator[Changes]:
    """(out − t)·out·(1 − out), where cross-entropy has cancelled the slope."""
    if LOSSES[place.structure.loss].square is None:
        yield {"arriving": _difference(place), "slope": logistic(Ref(place.own("out")))}


def _sign(place: Place, form: DeltaForm | WholeForm) -> Iterator[Changes]:
    if isinstance(form, WholeForm) and is_one(form.body):
        return
    yield {"negative": True}


def _factor(change: Fraction) -> Variants[DeltaForm]:
    return lambda place, form: ({"factor": form.factor * change},)


def _summed_share(place: Place, form: DeltaForm) -> Iterator[Changes]:
    outputs = len(place.structure.outputs)
    if LOSSES[place.structure.loss].averages(outputs):
        yield {"factor": form.factor * outputs}


def _averaged_share(place: Place, form: DeltaForm) -> Iterator[Changes]:
    outputs = len(place.structure.outputs)
    if not LOSSES[place.structure.loss].mean and outputs > 1:
        yield {"factor": form.factor / outputs}


def _wrong_target(place: Place, form: DeltaForm) -> Iterator[Changes]:
    if place.layer.activation == "softmax" and place.kind == "output-delta":
        return
    for unit in [unit for unit in place.structure.outputs if unit != place.unit][:_MOST_OTHERS]:
        slope = own_error_slope(place, place.of_sample(f"t_{unit}"))
        yield {
            "arriving": times(share_of_output(place), slope),
            "factor": form.factor if place.kind == "output-delta" else Fraction(1),
        }


def _squares_used(place: Place, form: DeltaForm) -> Iterator[Changes]:
    if LOSSES[place.structure.loss].square != Fraction(1, 2) or place.layer.activation == "softmax":
        return
    units = place.structure.outputs if place.kind == "hidden-delta" else (place.unit,)
    squares = tuple(
        Power(Sum((Ref(place.of_sample(f"t_{unit}")), Neg(Ref(place.of_sample(f"out_{unit}"))))), 2) for unit in units
    )
    yield {"arriving": sum_of(squares)}


def _error_used(place: Place, form: DeltaForm) -> Iterator[Changes]:
    if place.layer.activation == "softmax":
        return
    yield {"arriving": Ref(place.of_sample("E_total") if place.kind == "hidden-delta" else place.own("E"))}


def _own_pair(place: Place, form: DeltaForm) -> Iterator[Changes]:
    if place.layer.activation == "softmax" and len(place.layer.units) > 1:
        yield {"arriving": Product((Ref(place.arriving_id), Ref(place.slope_id)))}


def _other_pair(place: Place, form: WholeForm) -> Iterator[Changes]:
    """The formula for the pair of one unit with itself where there are two, and the other way round."""
    if place.kind == "softmax-slope" and len(place.layer.units) > 1:
        upper, own = place.of_sample(f"out_{place.layer.units[place.other]}"), place.own("out")
        if place.other != place.position:
            yield {"body": logistic(Ref(upper))}
            yield {"body": Product((Ref(upper), Sum((ONE, Neg(Ref(own))))))}
        else:
            yield {"body": softmax_pair(place, False)}


_DELTAS = ("output-delta", "hidden-delta")
_ERROR_SLOPES = ("error-slope", "total-error-slope")


RULES: Rules = (
    Rule(
        kinds=("output-delta", *_ERROR_SLOPES),
        id="sign",
        done="taking target minus output, so that the sign is reversed",
        instead="Take output minus target: a delta here is the derivative of the error, sign included.",
        variants=_sign,
    ),
    Rule(
        kinds=("output-delta",),
        id="missing-slope",
        done="leaving out the slope of the activation function",
        instead="Multiply what arrives at the unit by the slope of its activation function.",
        variants=_missing_slope,
    ),
    Rule(
        kinds=("hidden-delta",),
        id="missing-slope",
        done="leaving out the slope of the hidden unit's activation function",
        instead="Multiply the sum over the paths by the slope of this unit's activation function.",
        variants=_missing_slope,
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="missing-mask",
        done="letting the error through where the slope of the activation function holds it back",
        instead="Multiply by the slope of the activation function at this net input{below}.",
        variants=_missing_mask,
    ),
    Rule(
        kinds=("output-delta",),
        id="slope-kept",
        done="multiplying out − t by a slope that the cross-entropy has already cancelled",
        instead="With cross-entropy the delta of this output is out − t alone.",
        variants=_slope_kept,
    ),
    Rule(
        kinds=("hidden-delta",),
        id="slope-of-output-layer",
        done="using the slope of an output unit in a hidden delta",
        instead="Use the slope of the hidden unit that the delta belongs to.",
        variants=_slopes(of_output_layer),
    ),
    Rule(
        kinds=("hidden-delta",),
        id="sign",
        done="reversing the sign",
        instead="Keep the sign of the sum over the paths; the slope does not change it.",
        variants=_sign,
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="slope-of-net",
        done="putting the net input where the slope takes the activation",
        instead="Work the slope out from the activation, out.",
        variants=_slopes(of_net),
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="one-minus-only",
        done="taking 1 − out for the slope",
        instead="Use the whole slope{slope}.",
        variants=_slopes(one_minus),
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="out-only",
        done="taking out alone for the slope",
        instead="Use the whole slope{slope}.",
        variants=_slopes(out_only),
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="sigmoid-twice",
        done="applying the activation function to out once more inside the slope",
        instead="Put out itself into the slope; it is already the value of the activation function.",
        variants=_slopes(twice),
    ),
    Rule(
        kinds=(*_DELTAS, "slope"),
        id="other-slope",
        done="using the slope of another activation function",
        instead="Use the slope of the activation function of this layer.",
        variants=_slopes(other_slope),
    ),
    Rule(
        kinds=("slope",),
        id="sign",
        done="reversing the sign of the slope",
        instead="Keep the sign: the slopes of these activation functions are never negative.",
        variants=_sign,
    ),
    Rule(
        kinds=("softmax-slope",),
        id="sign",
        done="reversing the sign",
        instead="The slope is positive for a unit with itself, and negative for two different units.",
        variants=_sign,
    ),
    Rule(
        kinds=("softmax-slope",),
        id="other-slope",
        done="using the formula for another pair of units",
        instead="Use out·(1 − out) for a unit with itself, and minus the product of both activations for two units.",
        variants=_other_pair,
    ),
    Rule(
        kinds=("output-delta",),
        id="one-path",
        done="taking only the unit's own slope, though each net input moves every output of a softmax layer",
        instead="Add over all outputs of the softmax layer.",
        variants=_own_pair,
    ),
    Rule(
        kinds=("output-delta", *_ERROR_SLOPES),
        id="factor-two",
        done="a factor 2 that this loss does not give",
        instead="Differentiate the loss with its constant: the 2 of the square cancels the ½ where there is one.",
        variants=_factor(Fraction(2)),
    ),
    Rule(
        kinds=("output-delta", *_ERROR_SLOPES),
        id="extra-half",
        done="halving once too often, or leaving out the 2 of the square",
        instead="Differentiate the loss with its constant, and no ½ more.",
        variants=_factor(Fraction(1, 2)),
    ),
    Rule(
        kinds=("hidden-delta",),
        id="factor-two",
        done="a factor 2 that does not belong there",
        instead="The hidden delta is the sum over the paths times the slope, with no constant before it.",
        variants=_factor(Fraction(2)),
    ),
    Rule(
        kinds=("hidden-delta",),
        id="extra-half",
        done="a factor ½ that does not belong there",
        instead="The hidden delta is the sum over the paths times the slope, with no constant before it.",
        variants=_factor(Fraction(1, 2)),
    ),
    Rule(
        kinds=("output-delta", "total-error-slope"),
        id="summed-for-mean",
        done="leaving out the division by the number of outputs",
        instead="Divide by the number of outputs, as the loss is their mean.",
        variants=_summed_share,
    ),
    Rule(
        kinds=("output-delta", *_ERROR_SLOPES),
        id="mean-for-sum",
        done="dividing by the number of outputs, though this loss adds them",
        instead="Take each output's error whole, as the loss is their sum.",
        variants=_averaged_share,
    ),
    Rule(
        kinds=_DELTAS,
        id="squared-error-used",
        done="using the squared difference where the slope of the error belongs",
        instead="Use the derivative of the error, in which the difference is not squared.",
        variants=_squares_used,
    ),
    Rule(
        kinds=_ERROR_SLOPES,
        id="squared-error-used",
        done="using the squared difference where its derivative belongs",
        instead="Differentiate the square: the difference is no longer squared.",
        variants=_squares_used,
    ),
    Rule(
        kinds=(*_DELTAS, *_ERROR_SLOPES),
        id="error-used",
        done="using the error itself where its slope belongs",
        instead="Use the derivative of the error, not the error.",
        variants=_error_used,
    ),
    Rule(
        kinds=("output-delta", *_ERROR_SLOPES),
        id="wrong-target",
        done="using the target of another output",
        instead="Compare each output with its own target.",
        variants=_wrong_target,
    ),
)
