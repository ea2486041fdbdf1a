"""From a parsed problem file to a `Problem`: every key of the contract for layered networks, checked.

The first fault found is reported, with its key and what is allowed there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast, get_args

from derive.errors import ProblemError
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given import fields
from derive.given.common_keys import read_display, read_rate, read_source, read_title
from derive.given.consistency import check_names, check_outputs
from derive.given.problem import (
    Batch,
    BiasSign,
    Conventions,
    Layer,
    Number,
    Problem,
    Sample,
    Update,
)

MOST_UNITS = 512
MOST_LAYERS = 64
MOST_SAMPLES = 1000

_KEYS = (
    "title", "source", "loss", "learning_rate", "inputs", "targets", "samples", "layers", "conventions", "display",
)  # fmt: skip
_LAYER_KEYS = ("units", "activation", "weights", "bias")
_CONVENTION_KEYS = ("weight_names", "train_biases", "bias_sign", "update", "batch")
_NUMBERINGS = ("target-major", "source-major")


def problem_from(mapping: Mapping[str, object], name: str) -> Problem:
    """The problem that a parsed file describes.

    Parameters
    ----------
    mapping : Mapping
        The keys of a problem file; numbers may be int, float, Decimal, Fraction or text.
    name : str
        What output files are called after.

    Raises
    ------
    ProblemError
        If a key is missing, unknown, or holds what is not allowed.
    """
    given = fields.table(mapping, "", example="title, loss, learning_rate, inputs, targets and layers")
    _check_keys(given)
    title = read_title(given)
    loss = fields.choice(given["loss"], tuple(LOSSES), "loss")
    learning_rate = read_rate(given["learning_rate"])
    pairs = _pairs(given)
    inputs = _input_names(pairs[0])
    layers = _layers(given["layers"], inputs)
    problem = Problem(
        name=name,
        title=title,
        source=read_source(given),
        loss=loss,
        learning_rate=learning_rate,
        inputs=inputs,
        layers=layers,
        samples=tuple(_sample(pair, inputs, layers[-1].units) for pair in pairs),
        conventions=_conventions(given.get("conventions", {}), inputs, layers),
        display=read_display(given),
    )
    check_names(problem, inputs_path=pairs[0][3])
    check_outputs(problem, target_paths=[pair[2] for pair in pairs])
    return problem


def _check_keys(given: Mapping[str, object]) -> None:
    fields.only_keys(given, _KEYS, "")
    if "samples" in given:
        for key in ("inputs", "targets"):
            if key in given:
                raise ProblemError(
                    "either [inputs] and [targets] for one training pair, or [[samples]] for several, not both",
                    key=key,
                )
    pair = ("samples",) if "samples" in given else ("inputs", "targets")
    missing = [key for key in ("title", "loss", "learning_rate", *pair, "layers") if key not in given]
    if missing:
        allowed = f"; it is one of {', '.join(LOSSES)}" if missing[0] == "loss" else ""
        raise ProblemError(
            f"missing{allowed}. A problem needs title, loss, learning_rate, inputs and targets (or samples), and "
            "layers" + (f"; also missing: {', '.join(missing[1:])}" if missing[1:] else ""),
            key=missing[0],
        )


#: Inputs, targets, the path of the targets and that of the inputs.
_Pair = tuple[Mapping[str, object], Mapping[str, object], str, str]


def _pairs(given: Mapping[str, object]) -> list[_Pair]:
    """The training pairs as tables, each with the paths of its two tables."""
    if "samples" not in given:
        entries: Sequence[object] = [{key: given[key] for key in ("inputs", "targets")}]
        paths = [""]
    else:
        entries = fields.sequence(given["samples"], "samples", what="[[samples]] entries with inputs and targets")
        if not entries:
            raise ProblemError("at least one sample is needed", key="samples")
        if len(entries) > MOST_SAMPLES:
            raise ProblemError(
                f"at most {MOST_SAMPLES:,} samples are allowed; here are {len(entries):,}", key="samples"
            )
        paths = [f"samples[{position}]" for position in range(len(entries))]
    pairs: list[_Pair] = []
    for entry, path in zip(entries, paths, strict=True):
        tables = fields.table(entry, path, example="{ inputs = { x1 = 0.05 }, targets = { y1 = 0.01 } }")
        fields.only_keys(tables, ("inputs", "targets"), path)
        for key in ("inputs", "targets"):
            if key not in tables:
                raise ProblemError("missing; each sample needs inputs and targets", key=fields.inside(path, key))
        targets_at, inputs_at = fields.inside(path, "targets"), fields.inside(path, "inputs")
        inputs = fields.table(tables["inputs"], inputs_at, example="x1 = 0.05")
        targets = fields.table(tables["targets"], targets_at, example="y1 = 0.01")
        pairs.append((inputs, targets, targets_at, inputs_at))
    return pairs


def _input_names(pair: _Pair) -> tuple[str, ...]:
    inputs, path = pair[0], pair[3]
    if not inputs:
        raise ProblemError("at least one input is needed, such as x1 = 0.05", key=path)
    if len(inputs) > MOST_UNITS:
        raise ProblemError(f"at most {MOST_UNITS} inputs are allowed; here are {len(inputs):,}", key=path)
    return tuple(fields.name(name, fields.inside(path, name)) for name in inputs)


def _sample(pair: _Pair, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Sample:
    given_inputs, given_targets, targets_at, inputs_at = pair
    return Sample(
        inputs=_figures(given_inputs, inputs, inputs_at, "an input of the first sample"),
        targets=_figures(given_targets, outputs, targets_at, "a unit of the last layer"),
    )


def _figures(given: Mapping[str, object], names: tuple[str, ...], path: str, what: str) -> tuple[Number, ...]:
    """One number for each name, in the order of the names, and none for anybody else."""
    known = frozenset(names)
    for name in given:
        if name not in known:
            raise ProblemError(
                f"{fields.shown(name)} is not {what}; {fields.nearest(name, names)}"
                f"allowed here: {fields.listed(names)}",
                key=fields.inside(path, name),
            )
    missing = [name for name in names if name not in given]
    if missing:
        raise ProblemError(f"missing: {fields.listed(missing)}; a number is needed for each", key=path)
    return tuple(fields.number(given[name], fields.inside(path, name)) for name in names)


def _layers(given: object, inputs: tuple[str, ...]) -> tuple[Layer, ...]:
    entries = fields.sequence(given, "layers", what="[[layers]] entries with units, activation and weights")
    if not entries:
        raise ProblemError("at least one layer is needed", key="layers")
    if len(entries) > MOST_LAYERS:
        raise ProblemError(f"at most {MOST_LAYERS} layers are allowed; here are {len(entries):,}", key="layers")
    layers: list[Layer] = []
    below = inputs
    for position, entry in enumerate(entries):
        layers.append(_layer(entry, f"layers[{position}]", below, is_last=position == len(entries) - 1))
        below = layers[-1].units
    return tuple(layers)


def _layer(given: object, path: str, below: tuple[str, ...], *, is_last: bool) -> Layer:
    keys = fields.table(given, path, example='units = ["H1"], activation = "sigmoid", weights = [[0.15, 0.20]]')
    fields.only_keys(keys, _LAYER_KEYS, path)
    for key in ("units", "activation", "weights"):
        if key not in keys:
            raise ProblemError("missing; a layer needs units, activation and weights", key=f"{path}.{key}")
    unit_list = fields.sequence(keys["units"], f"{path}.units", what='the names of the units, such as ["H1", "H2"]')
    if not 1 <= len(unit_list) <= MOST_UNITS:
        raise ProblemError(f"a layer has 1 to {MOST_UNITS} units; here are {len(unit_list):,}", key=f"{path}.units")
    units = tuple(fields.name(unit, f"{path}.units[{place}]") for place, unit in enumerate(unit_list))
    activation = fields.choice(keys["activation"], tuple(ACTIVATIONS), f"{path}.activation")
    if activation == "softmax" and not is_last:
        hidden = ", ".join(word for word in ACTIVATIONS if word != "softmax")
        raise ProblemError(
            f"softmax is allowed on the last layer only; allowed here: {hidden}", key=f"{path}.activation"
        )
    rows = fields.rows(keys["weights"], f"{path}.weights", units, below, what="numbers")
    weights = tuple(
        tuple(fields.number(weight, f"{path}.weights[{j}][{i}]") for i, weight in enumerate(row))
        for j, row in enumerate(rows)
    )
    bias = None
    if "bias" in keys:
        bias = _bias(keys["bias"], f"{path}.bias", len(units))
    return Layer(units=units, activation=activation, weights=weights, bias=bias)


def _bias(given: object, path: str, count: int) -> Number | tuple[Number, ...]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        return fields.number(given, path)
    if len(given) != count:
        raise ProblemError(
            f"one number shared by the layer, or a list of {count}, one for each unit; here are {len(given):,}",
            key=path,
        )
    return tuple(fields.number(bias, f"{path}[{position}]") for position, bias in enumerate(given))


def _conventions(given: object, inputs: tuple[str, ...], layers: tuple[Layer, ...]) -> Conventions:
    keys = fields.table(given, "conventions", example="train_biases = false")
    fields.only_keys(keys, _CONVENTION_KEYS, "conventions")
    default = Conventions()
    return Conventions(
        weight_names=_weight_names(keys.get("weight_names", default.weight_names), inputs, layers),
        train_biases=fields.flag(keys.get("train_biases", default.train_biases), "conventions.train_biases"),
        bias_sign=fields.choice(keys.get("bias_sign", default.bias_sign), get_args(BiasSign), "conventions.bias_sign"),
        update=fields.choice(keys.get("update", default.update), get_args(Update), "conventions.update"),
        batch=fields.choice(keys.get("batch", default.batch), get_args(Batch), "conventions.batch"),
    )


def _weight_names(
    given: object, inputs: tuple[str, ...], layers: tuple[Layer, ...]
) -> Literal["target-major", "source-major"] | tuple[tuple[tuple[str, ...], ...], ...]:
    path = "conventions.weight_names"
    wanted = (
        f"{_NUMBERINGS[0]}, {_NUMBERINGS[1]}, or the names themselves: a list for each layer, shaped like its weights"
    )
    if isinstance(given, str):
        for numbering in ("target-major", "source-major"):
            if given == numbering:
                return numbering
        raise ProblemError(
            f"{fields.kind(given)} is not allowed; {fields.nearest(given, _NUMBERINGS)}allowed here: {wanted}", key=path
        )
    tables = fields.sequence(given, path, what=wanted)
    if len(tables) != len(layers):
        raise ProblemError(f"{len(layers)} lists of names, one for each layer; here are {len(tables):,}", key=path)
    seen: set[str] = set()
    named: list[tuple[tuple[str, ...], ...]] = []
    below = inputs
    for number, (layer, names) in enumerate(zip(layers, tables, strict=True)):
        rows = fields.rows(names, f"{path}[{number}]", layer.units, below, what="names")
        for j, row in enumerate(rows):
            for i, weight in enumerate(row):
                place = f"{path}[{number}][{j}][{i}]"
                word = fields.name(weight, place)
                if word in seen:
                    raise ProblemError(f"{word} names two weights; each needs a name of its own", key=place)
                seen.add(word)
        named.append(tuple(tuple(cast("Sequence[str]", row)) for row in rows))
        below = layer.units
    return tuple(named)
