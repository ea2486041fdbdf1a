"""Dense layers of an own architecture: weights, bias, net input, activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import mistakes, recipes, syntax
from derive.given.program.builder import NotConnected
from derive.given.program.model import Block, Flow, Key, Made, Site, WrongLine
from derive.given.program.places import Place

if TYPE_CHECKING:
    from derive.given.program.layers import Layers

#: In place of a weight: two units that are not connected.
NO_CONNECTION = "-"
_DENSE_KEYS = ("name", "type", "from", "at", "units", "activation", "weights", "bias", "layout", "bias_input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense:
    """A dense layer in one sample, at one step of time.

    Attributes
    ----------
    net, out, weights, x : Block
    bias : Block or None
    minus : bool
        Whether the bias is subtracted: it weighs an input of −1.
    """

    net: Block
    out: Block
    weights: Block
    bias: Block | None
    x: Block
    minus: bool


def read_bias_input(given: object, path: str) -> int:
    """What a bias weighs: 1 or −1.

    Raises
    ------
    ProblemError
    """
    if not (found := fields.whole(given, -1, 1, path)):
        raise ProblemError("a bias weighs an input of 1 or of -1; here is 0", key=path)
    return found


def dense_layer(layers: Layers, name: str, keys: Mapping[str, object], path: str, flows: list[Flow]) -> None:
    """Give a dense layer's numbers and define what it works, in every sample and at every step of time."""
    fields.only_keys(keys, (*_DENSE_KEYS, *layers.activation_options(keys, path)), path)
    flow = layers.vector(flows, name)
    times = layers.times([flow])
    below = layers.block(flow.name, times[0], layers.samples[0])
    if len(below.shape) > 2:
        raise ProblemError(f"{flow.name} has {len(below.shape)} indices; put a layer of the type flatten before this",
                           key=path)  # fmt: skip
    width = 1 if not below.shape else below.shape[-1]
    units, named = _units(layers, name, keys, path)
    by_columns = fields.choice(keys.get("layout", layers.layout), ("rows", "columns"), f"{path}.layout") == "columns"
    weights = _weights(keys, path, units, width, by_columns=by_columns)
    ids = _weight_ids(layers, units, width, weights, by_columns=by_columns)
    matrix = ("W " + name, None, None)
    repeated = len(layers.builder.repeated)
    block = layers.builder.give(matrix, weights, f"{path}.weights", ("layers", len(layers.names), "weights"), ids=ids,
                                shared=True)  # fmt: skip
    if by_columns:
        _untranspose(layers, block, repeated)
    layers.trained |= dict.fromkeys(block.own, False)
    bias = _dense_bias(layers, name, keys, path, units, named)
    minus = read_bias_input(keys.get("bias_input", layers.bias_input), f"{path}.bias_input") == -1
    minus = minus or layers.bias_sign == "subtracted"
    activation, options = layers.activation(keys, path)
    scalar = not named and keys.get("units") == 1
    nets: list[Site] = []
    for sample in layers.samples:
        for time in times:
            x = layers.block(flow.name, time, sample)
            scope: dict[str, Key] = {"W": matrix, "x": x.key}
            text = "x @ transpose(W)" if len(x.shape) == 2 else "W @ x"
            if not x.shape:
                text = "W[:, 1]*x"
            if bias is not None:
                scope["b"] = bias.key
                text += " - b" if minus else " + b"
            rows = x.shape[0] if len(x.shape) == 2 else 0
            net = layers.builder.define(
                (f"net_{name}", time, sample),
                text,
                path,
                scope=scope,
                ids=_places(name, units, "net", named, scalar, rows, time, sample),
                title="Net input",
            )
            out = _activated(
                layers,
                name,
                net,
                activation,
                options,
                path,
                _places(name, units, "out", named, scalar, rows, time, sample),
                time,
                sample,
            )
            nets.append((net.key, scope))
            layers.last_nets.append(Dense(net=net, out=out, weights=block, bias=bias, x=x, minus=minus))
    _plain_mistakes(layers, nets, bias is None, activation, options)
    layers.flows[name] = Flow(name=f"out_{name}", series=times != (None,))
    layers.units[name] = tuple(str(unit) for unit in units) if named else (name,)
    biases = {} if bias is None else {"b": bias.key}
    layers.made[name] = Made(recipe=None, arrays={"W": matrix, **biases}, options={}, dims=len(below.shape))


def _plain_mistakes(
    layers: Layers, nets: Sequence[Site], unbiased: bool, activation: str, options: Mapping[str, object]
) -> None:
    """The mistakes at net inputs and activations that the catalogue has words for."""
    missing = frozenset({"b"} if unbiased else ())
    outs = [(("out_" + key[0].removeprefix("net_"), *key[1:]), {"net": key}) for key, _ in nets]

    def finish(text: str, path: str) -> str:
        if "activation(" in text:
            return layers.activations.applied(activation, text.removeprefix("activation(").removesuffix(")"), options)
        return recipes.substituted(recipes.without(syntax.parsed(text, path), missing), {})

    for line, sites in (("net", tuple(nets)), ("out", tuple(outs))):
        for named in mistakes.plain_mistakes(line):
            whole = mistakes.finished(named, line, finish)
            layers.builder.wrong.append(WrongLine(named=whole, sites=sites, kind=line))


def _places(
    name: str,
    units: Sequence[str],
    head: str,
    named: bool,
    scalar: bool,
    rows: int,
    time: int | None,
    sample: int | None,
) -> list[Place]:
    """The ids of a layer's net inputs or activations: by units, by index, or one number by the layer's name."""
    if named:
        return [Place(name=f"{head}_{unit}", time=time, sample=sample) for unit in units]
    if scalar and not rows:
        return [Place(name=f"{head}_{name}", time=time, sample=sample)]
    columns = range(1, len(units) + 1)
    indices = [(i, j) for i in range(1, rows + 1) for j in columns] if rows else [(j,) for j in columns]
    return [Place(name=f"{head}_{name}", index=index, time=time, sample=sample) for index in indices]


def _activated(
    layers: Layers,
    name: str,
    net: Block,
    activation: str,
    options: Mapping[str, object],
    path: str,
    ids: list[Place],
    time: int | None,
    sample: int | None,
) -> Block:
    text = layers.activations.applied(activation, "net", options)
    if activation == "softmax":
        text = "softmax(net, rows)" if len(net.shape) == 2 else "softmax(net)"
    return layers.builder.define(
        (f"out_{name}", time, sample),
        text,
        path,
        scope={"net": net.key},
        ids=ids,
        title="Activation",
        why=layers.activations.says(activation) if sample in (None, 1) and time in (None, 1) else "",
    )


def _units(layers: Layers, name: str, keys: Mapping[str, object], path: str) -> tuple[list[str], bool]:
    given = keys.get("units")
    if isinstance(given, int) and not isinstance(given, bool):
        count = fields.whole(given, 1, 512, f"{path}.units")
        return [str(k) for k in range(1, count + 1)], False
    if given is None:
        rows = keys.get("weights")
        if isinstance(rows, Sequence) and not isinstance(rows, str) and "name" in keys:
            return [str(k) for k in range(1, len(rows) + 1)], False
        raise ProblemError('missing; the names of the units, such as ["H1", "H2"], or how many there are',
                           key=f"{path}.units")  # fmt: skip
    units = fields.sequence(given, f"{path}.units", what='the names of the units, such as ["H1", "H2"]')
    if not 1 <= len(units) <= 512:
        raise ProblemError(f"a layer has 1 to 512 units; here are {len(units):,}", key=f"{path}.units")
    seen = dict.fromkeys(layers.inputs, "an input")
    seen |= {unit: "a unit or layer above" for above in layers.units.values() for unit in above}
    for place, unit in enumerate(units):
        where = f"{path}.units[{place}]"
        seen[fields.unit_name(fields.name(unit, where), seen, where)] = "another unit"
    return [str(unit) for unit in units], True


def _weights(
    keys: Mapping[str, object], path: str, units: Sequence[str], width: int, *, by_columns: bool
) -> list[list[object]]:
    if "weights" not in keys:
        raise ProblemError(
            "missing; a layer needs weights, a row for each unit (or give every input by its shape alone: sizes are "
            "then counted)", key=f"{path}.weights",
        )  # fmt: skip
    given = keys["weights"]
    if by_columns:
        rows = fields.sequence(given, f"{path}.weights", what=f"{width} rows of {len(units)} numbers")
        if len(rows) != width or any(not isinstance(row, Sequence) or len(row) != len(units) for row in rows):
            raise ProblemError(
                f"{width} rows of {len(units)} numbers are needed: a row for each input, a column for each unit",
                key=f"{path}.weights",
            )
        return [[_weight(row[j]) for row in rows] for j in range(len(units))]  # type: ignore[index]
    table = fields.rows(given, f"{path}.weights", units, _inputs(width), what="numbers")
    return [[_weight(cell) for cell in row] for row in table]


def _weight(given: object) -> object:
    """A weight as it is typed, or what stands where two units are not connected."""
    return NotConnected() if given == NO_CONNECTION else given


def _untranspose(layers: Layers, block: Block, first: int) -> None:
    """Say where each number stands in a file that has a column a unit."""

    def turned(where: tuple[object, ...]) -> tuple[object, ...]:
        *head, row, column = where
        return (*head, column, row)

    builder, own = layers.builder, ("layers", len(layers.names), "weights")
    for name in block.own:
        if builder.origins[name][:3] == own:
            builder.origins[name] = turned(builder.origins[name])
    builder.repeated[first:] = [(name, turned(where)) for name, where in builder.repeated[first:]]


def _inputs(width: int) -> list[str]:
    """What the inputs of a layer are called where its rows are counted."""
    return [f"input {k}" for k in range(1, width + 1)]


def _weight_ids(
    layers: Layers, units: Sequence[str], width: int, weights: Sequence[Sequence[object]], *, by_columns: bool
) -> list[Place | None]:
    """What the weights are called, row by row; None where there is none."""
    there = [not isinstance(cell, NotConnected) for row in weights for cell in row]
    if not isinstance(layers.numbering, str):
        path = f"conventions.weight_names[{layers.dense_count}]"
        if layers.dense_count >= len(layers.numbering):
            raise ProblemError("a list of names is needed for each dense layer", key="conventions.weight_names")
        named = layers.numbering[layers.dense_count]
        layers.dense_count += 1
        if by_columns:
            rows = fields.rows(named, path, _inputs(width), units, what="names, shaped like the weights")
        else:
            rows = fields.rows(named, path, units, _inputs(width), what="names")
        places = [(i, j) if by_columns else (j, i) for j in range(len(units)) for i in range(width)]
        return [_named(layers, rows[a][b], f"{path}[{a}][{b}]", given) for (a, b), given in
                zip(places, there, strict=True)]  # fmt: skip
    count = len(units)
    order = [(j, i) for j in range(count) for i in range(width)]
    if layers.numbering == "source-major":
        order.sort(key=lambda place: (place[1], place[0]))
    numbers: dict[tuple[int, int], int] = {}
    for j, i in order:
        if there[j * width + i]:
            numbers[j, i] = layers.first_weight
            layers.first_weight += 1
    places = [(j, i) for j in range(count) for i in range(width)]
    return [Place(name=f"w{numbers[place]}") if place in numbers else None for place in places]


def _named(layers: Layers, cell: object, path: str, given: bool) -> Place | None:
    """The name of one weight; one that stands there already is shared."""
    if (cell == NO_CONNECTION) == given:
        raise ProblemError('"-" stands for no connection in the weights and in their names alike', key=path)
    if not given:
        return None
    name = fields.name(cell, path)
    if name in layers.builder.places and name not in layers.trained:
        raise ProblemError(f"{name} is no weight, but the name of something else", key=path)
    return Place(name=name)


def _dense_bias(
    layers: Layers, name: str, keys: Mapping[str, object], path: str, units: Sequence[str], named: bool
) -> Block | None:
    if "bias" not in keys:
        return None
    given, origin = keys["bias"], ("layers", len(layers.names), "bias")
    if isinstance(given, str) or not isinstance(given, Sequence):
        ids = [Place(name=f"b{len(layers.names) + 1}")]
        block = layers.builder.give((f"b {name}", None, None), given, f"{path}.bias", origin, ids=ids)
    else:
        if len(given) != len(units):
            raise ProblemError(f"one number shared by the layer, or a list of {len(units)}; here are {len(given):,}",
                               key=f"{path}.bias")  # fmt: skip
        if named:
            ids = [Place(name=f"b_{unit}") for unit in units]
        elif keys.get("units") == 1:
            ids = [Place(name=f"b_{name}")]
        else:
            ids = [Place(name=f"b_{name}", index=(k,)) for k in range(1, len(units) + 1)]
        block = layers.builder.give((f"b {name}", None, None), list(given), f"{path}.bias", origin, ids=ids)
    layers.trained |= dict.fromkeys(block.ids, True)
    return block
