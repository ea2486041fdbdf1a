"""Wrong rules where deltas are sent back: along one path, and summed over all paths."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.given.naming import weight_ids
from derive.judging.misconceptions.forms import (
    PathsForm,
)
from derive.judging.misconceptions.places import Place, updated_id
from derive.judging.misconceptions.rule import Changes, Rule, Rules
from derive.network.derivation import splits_plainly

_MOST_OTHERS = 8


def paths_form(place: Place) -> PathsForm:
    """The parts of a sum over paths, or of one path: a delta and a weight for each unit above."""
    structure = place.structure
    above = structure.layers[place.depth + 1].units
    weights = tuple(row[place.position] for row in weight_ids(structure)[place.depth + 1])
    if structure.conventions.update == "sequential":
        weights = tuple(f"{weight}_new" for weight in weights)
    deltas = tuple(place.of_sample(f"delta_{unit}") for unit in above)
    usual = tuple(zip(deltas, weights, strict=True))
    split = place.kind == "sum-over-paths" and place.depth == len(structure.layers) - 2 and splits_plainly(structure)
    paths = tuple(place.of_sample(f"dE_{unit}/dout_{place.unit}") for unit in above) if split else ()
    kept = (place.other,) if place.kind == "path" else tuple(range(len(above)))
    return PathsForm(deltas=deltas, weights=weights, usual=usual, paths=paths, kept=kept)


def _other_weights(place: Place, form: PathsForm) -> Iterator[Changes]:
    """The row of the weight table for its column: w6 for w7."""
    table = weight_ids(place.structure)[place.depth + 1]
    if place.position < len(table) and len(table) <= len(table[place.position]):
        row = table[place.position][: len(table)]
        sequential = place.structure.conventions.update == "sequential"
        yield {"weights": tuple(f"{weight}_new" if sequential else weight for weight in row)}


def _updated(place: Place, form: PathsForm) -> Iterator[Changes]:
    if place.structure.conventions.update == "simultaneous":
        weights = tuple(updated_id(place.structure, weight or "") for weight in form.weights)
        if all(weights):
            yield {"weights": weights}


def _not_updated(place: Place, form: PathsForm) -> Iterator[Changes]:
    if place.structure.conventions.update == "sequential":
        yield {"weights": tuple((weight or "").removesuffix("_new") for weight in form.weights)}


def _no_weight(place: Place, form: PathsForm) -> Iterator[Changes]:
    yield {"weights": (None,) * len(form.weights)}


def _one_path(place: Place, form: PathsForm) -> Iterator[Changes]:
    if len(form.kept) > 1:
        for kept in form.kept[:_MOST_OTHERS]:
            yield {"kept": (kept,), "taken_away": frozenset(), "share": form.share}


def _before_delta(place: Place, head: str) -> Iterator[Changes]:
    above = place.structure.layers[place.depth + 1]
    if place.depth == len(place.structure.layers) - 2:
        yield {"deltas": tuple(place.of_sample(f"{head}{unit}") for unit in above.units)}


def _error_not_delta(place: Place, form: PathsForm) -> Iterator[Changes]:
    """∂E/∂out of the units above, before the slope."""
    above = place.structure.layers[place.depth + 1]
    if above.activation != "identity":
        yield {"deltas": tuple(place.of_sample(f"dE_total/dout_{unit}") for unit in above.units)}


def _subtracted(place: Place, form: PathsForm) -> Iterator[Changes]:
    if len(form.kept) > 1:
        yield {"taken_away": frozenset(form.kept[1:])}
    if len(form.kept) == 2:
        yield {"taken_away": frozenset(form.kept[:1])}


def _averaged(place: Place, form: PathsForm) -> Iterator[Changes]:
    if len(form.kept) > 1:
        yield {"share": Fraction(1, len(form.kept))}


_SUMS = ("sum-over-paths", "path")


RULES: Rules = (
    Rule(
        kinds=_SUMS,
        id="updated-weights",
        done="sending the delta back through the already updated weights",
        instead="Use the weights of the forward pass, from before the update.",
        variants=_updated,
    ),
    Rule(
        kinds=_SUMS,
        id="old-weights",
        done="sending the delta back through the weights from before the update",
        instead="Use the already updated weights, as this problem updates layer by layer.",
        variants=_not_updated,
    ),
    Rule(
        kinds=("sum-over-paths",),
        id="one-path",
        done="following one path only",
        instead="Add one term for each unit above that this unit leads to.",
        variants=_one_path,
    ),
    Rule(
        kinds=_SUMS,
        id="untransposed",
        done="taking the weights that lead into another unit, a row of the weight table for a column",
        instead="Take the weights on the connections that leave this unit.",
        variants=_other_weights,
    ),
    Rule(
        kinds=_SUMS,
        id="error-not-delta",
        done="sending back the slope of the error before it was multiplied by the slope of the unit above",
        instead="Multiply each weight by the delta of the unit above, which holds that unit's slope.",
        variants=_error_not_delta,
    ),
    Rule(
        kinds=_SUMS,
        id="no-weight",
        done="leaving out the weights between the layers",
        instead="Multiply each delta by the weight on its connection.",
        variants=_no_weight,
    ),
    Rule(
        kinds=("sum-over-paths",),
        id="subtracted",
        done="subtracting one path from another",
        instead="Add the terms of all paths, each with its own sign.",
        variants=_subtracted,
    ),
    Rule(
        kinds=_SUMS,
        id="error-used",
        done="sending back the errors rather than the deltas",
        instead="Multiply each weight by the delta of the unit above.",
        variants=lambda place, form: _before_delta(place, "E_"),
    ),
    Rule(
        kinds=("sum-over-paths",),
        id="averaged",
        done="averaging the paths where they are added",
        instead="Add the terms of all paths, without dividing by their number.",
        variants=_averaged,
    ),
    Rule(
        kinds=("path",),
        id="sign",
        done="reversing the sign",
        instead="Multiply the delta by the weight, each with its own sign.",
        variants=lambda place, form: [{"share": Fraction(-1)}],
    ),
)
