"""Wrong rules where errors are worked out and added up: of one output, of all outputs, of all samples."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.formula.expression import Neg, Ref
from derive.formula.losses import LOSSES
from derive.given.naming import sample_indices, with_sample
from derive.judging.misconceptions.forms import (
    EntropyForm,
    SquareForm,
    SumForm,
)
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules

_MOST_OTHERS = 8


def error_form(place: Place) -> SquareForm | EntropyForm:
    """The parts of one output's error."""
    target, out = place.own("t"), place.own("out")
    loss = LOSSES[place.structure.loss]
    if loss.square is not None:
        return SquareForm(factor=loss.square, target=target, out=out)
    return EntropyForm(target=target, out=out, both=loss.both)


def total_form(place: Place) -> SumForm:
    """The parts of one sample's total: an error for each output."""
    outputs = place.structure.outputs
    mean = LOSSES[place.structure.loss].mean
    return SumForm(
        terms=tuple(Ref(place.of_sample(f"E_{unit}")) for unit in outputs),
        share=Fraction(1, len(outputs)) if mean else Fraction(1),
    )


def batch_form(place: Place) -> SumForm:
    """The parts of a sum or mean over the samples."""
    base = f"dE_total/d{place.name}" if place.kind == "batch-gradient" else "E_total"
    terms = tuple(Ref(with_sample(base, sample)) for sample in sample_indices(place.structure))
    mean = place.structure.conventions.batch == "mean"
    return SumForm(terms=terms, share=Fraction(1, len(terms)) if mean else Fraction(1))


def _not_squared(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, SquareForm):
        yield {"power": 1}
        yield {"power": 1, "turned": True}


def _no_half(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, SquareForm) and form.factor != 1:
        yield {"factor": Fraction(1)}


def _extra_half(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, SquareForm) and form.factor == 1:
        yield {"factor": Fraction(1, 2)}


def _absolute(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, SquareForm):
        yield {"power": 1, "absolute": True, "factor": Fraction(1)}


def _wrong_target(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    for unit in [unit for unit in place.structure.outputs if unit != place.unit][:_MOST_OTHERS]:
        yield {"target": place.of_sample(f"t_{unit}")}


def _log_ten(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, EntropyForm):
        yield {"base": "ten"}


def _log_sign(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, EntropyForm):
        yield {"negative": False}


def _one_term_of_entropy(place: Place, form: SquareForm | EntropyForm) -> Iterator[Changes]:
    if isinstance(form, EntropyForm) and form.both:
        yield {"both": False}


def _mean_not_sum(place: Place, form: SumForm) -> Iterator[Changes]:
    if form.share == 1 and len(form.terms) > 1:
        yield {"share": Fraction(1, len(form.terms))}


def _summed_for_mean(place: Place, form: SumForm) -> Iterator[Changes]:
    if form.share != 1:
        yield {"share": Fraction(1)}


def _averaged_twice(place: Place, form: SumForm) -> Iterator[Changes]:
    if form.share != 1:
        yield {"share": form.share**2}


def _difference(place: Place, form: SumForm) -> Iterator[Changes]:
    if len(form.terms) > 1:
        yield {"terms": (form.terms[0], *map(Neg, form.terms[1:]))}
    if len(form.terms) == 2:
        yield {"terms": (form.terms[1], Neg(form.terms[0]))}


def _one_term(place: Place, form: SumForm) -> Iterator[Changes]:
    if len(form.terms) > 1:
        for term in form.terms[:_MOST_OTHERS]:
            yield {"terms": (term,)}


_BATCHES = ("batch-error", "batch-gradient")


RULES: Rules = (
    Rule(
        kinds=("error",),
        id="no-half",
        done="leaving out the factor ½",
        instead="Halve the square, as the loss is named with its ½.",
        variants=_no_half,
    ),
    Rule(
        kinds=("error",),
        id="extra-half",
        done="halving the square, though this loss has no ½",
        instead="Take the square whole, as this loss has no factor ½.",
        variants=_extra_half,
    ),
    Rule(
        kinds=("error",),
        id="not-squared",
        done="not squaring the difference",
        instead="Square the difference between target and output.",
        variants=_not_squared,
    ),
    Rule(
        kinds=("error",),
        id="absolute",
        done="taking the absolute difference between target and output",
        instead="Square the difference between target and output.",
        variants=_absolute,
    ),
    Rule(
        kinds=("error",),
        id="wrong-target",
        done="using the target of another output",
        instead="Compare each output with its own target.",
        variants=_wrong_target,
    ),
    Rule(
        kinds=("error",),
        id="log-ten",
        done="taking the logarithm with base 10",
        instead="Use the natural logarithm, ln.",
        variants=_log_ten,
    ),
    Rule(
        kinds=("error",),
        id="sign",
        done="leaving out the minus sign before the logarithms",
        instead="Put a minus sign before the sum, so that the error is not negative.",
        variants=_log_sign,
    ),
    Rule(
        kinds=("error",),
        id="one-term",
        done="leaving out the term with 1 − t",
        instead="Add (1 − t)·ln(1 − out) to t·ln(out) before you change the sign.",
        variants=_one_term_of_entropy,
    ),
    Rule(
        kinds=("total",),
        id="mean-not-sum",
        done="averaging the errors of the outputs where they are added",
        instead="Add the errors of the outputs, without dividing by their number.",
        variants=_mean_not_sum,
    ),
    Rule(
        kinds=("total",),
        id="summed-for-mean",
        done="adding the errors of the outputs where they are averaged",
        instead="Divide the sum of the errors by the number of outputs.",
        variants=_summed_for_mean,
    ),
    Rule(
        kinds=_BATCHES,
        id="summed-for-mean",
        done="adding over the samples where the mean is asked for",
        instead="Divide the sum over the samples by their number.",
        variants=_summed_for_mean,
    ),
    Rule(
        kinds=_BATCHES,
        id="averaged-twice",
        done="dividing by the number of samples twice",
        instead="Divide the sum over the samples by their number once.",
        variants=_averaged_twice,
    ),
    Rule(
        kinds=_BATCHES,
        id="mean-for-sum",
        done="averaging over the samples where they are added",
        instead="Add over the samples, without dividing by their number.",
        variants=_mean_not_sum,
    ),
    Rule(
        kinds=("total",),
        id="one-term",
        done="taking the error of one output alone for the total",
        instead="Take the errors of all outputs into the total.",
        variants=_one_term,
    ),
    Rule(
        kinds=_BATCHES,
        id="one-term",
        done="taking one sample alone for all of them",
        instead="Take every sample into the sum.",
        variants=_one_term,
    ),
    Rule(
        kinds=("total",),
        id="difference",
        done="subtracting one output's error from another's",
        instead="Errors of several outputs go into the total with a plus sign, each of them.",
        variants=_difference,
    ),
)
