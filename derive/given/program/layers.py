"""Layers of an own architecture, one sample after the other: dense ones, and all others from recipes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import language, recipes
from derive.given.program.builder import Builder, nested_shape
from derive.given.program.model import Block, Key
from derive.given.program.places import Place

_DENSE_KEYS = ("name", "type", "from", "at", "units", "activation", "weights", "bias", "layout", "bias_input")
_COMMON_KEYS = ("name", "type", "from", "at", "activation", "define")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What leaves a layer: the name of an array, at one time or at all of them."""

    name: str
    series: bool = False


@dataclass(kw_only=True)
class Layers:
    """Reads ``[[layers]]`` into a builder.

    Attributes
    ----------
    builder : Builder
    entries : sequence of mapping
    samples : tuple of int or None
    steps : int
        Steps of time; 0 where nothing has any.
    inputs : mapping of str to bool
        The inputs, and whether each goes over time.
    """

    builder: Builder
    entries: Sequence[Mapping[str, object]]
    activations: recipes.Activations
    samples: tuple[int | None, ...]
    steps: int
    inputs: Mapping[str, bool]
    numbering: str | Sequence[object] = "target-major"
    bias_sign: str = "added"
    bias_input: int = 1
    layout: str = "rows"
    trained: dict[str, bool] = field(default_factory=dict)  # ids of parameters, and whether each is a bias
    outputs: list[tuple[Flow, tuple[str, ...]]] = field(default_factory=list)
    coupled: bool = False
    last_nets: list[tuple[Block, Block, tuple[str, ...], Block | None, Block]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flows: dict[str, Flow] = {}
        self.units: dict[str, tuple[str, ...]] = {}
        self.used: set[str] = set()
        self.names: list[str] = []
        self.first_weight = 1
        self.dense_count = 0
        scalars = [name for name, series in self.inputs.items() if not series]
        self._inputs_flow(scalars)

    def read(self) -> None:
        """All layers in order; those from which nothing leads on are outputs."""
        for position, entry in enumerate(self.entries):
            path = f"layers[{position}]"
            keys = fields.table(entry, path, example='units = ["H1"], activation = "sigmoid", weights = [[0.15, 0.2]]')
            name = self._name(keys, path, position)
            kind = fields.text(keys.get("type", "own" if "define" in keys else "dense"), f"{path}.type", longest=40,
                               lines=False)  # fmt: skip
            flows = self._from(keys, path, position)
            if kind == "dense":
                self._dense(name, keys, path, flows)
            else:
                self._recipe(name, kind, keys, path, flows)
            self.names.append(name)
        for name in self.names:
            if name not in self.used or name == self.names[-1]:
                self.outputs.append((self.flows[name], self.units[name]))

    # What comes in

    def _inputs_flow(self, scalars: Sequence[str]) -> None:
        """One vector of all inputs that are numbers; an array input, or one over time, is a flow of its own."""
        for name, series in self.inputs.items():
            self.flows[name] = Flow(name=name, series=series)
        lone = [name for name in scalars if self._block(name, None, self.samples[0]).shape == ()]
        moving = [name for name, series in self.inputs.items() if series]
        if lone and len(lone) == len(self.inputs):
            for sample in self.samples:
                ids = tuple(self._block(name, None, sample).ids[0] for name in lone)
                self._alias("inputs", None, sample, ids, (len(ids),))
            self.flows["inputs"] = Flow(name="inputs")
        elif len(moving) > 1 and len(moving) == len(self.inputs):
            for sample in self.samples:
                for time in range(1, self.steps + 1):
                    ids = tuple(self._block(name, time, sample).ids[0] for name in moving)
                    self._alias("inputs", time, sample, ids, (len(ids),))
            self.flows["inputs"] = Flow(name="inputs", series=True)
        else:
            first = next(iter(self.inputs))
            self.flows["inputs"] = self.flows[first]

    def _alias(
        self, name: str, time: int | None, sample: int | None, ids: tuple[str, ...], shape: tuple[int, ...]
    ) -> None:
        key = (name, time, sample)
        self.builder.given[key] = Block(key=key, shape=shape, ids=ids)

    def _block(self, name: str, time: int | None, sample: int | None) -> Block:
        found = self.builder.find((name, time, sample))
        if found is None:
            raise ProblemError(f"nothing is called {name}", key="layers")
        return found

    def _name(self, keys: Mapping[str, object], path: str, position: int) -> str:
        if "name" in keys:
            name = fields.name(keys["name"], f"{path}.name")
            if name in self.flows:
                raise ProblemError(f"{name} is called so already; give this layer another name", key=f"{path}.name")
            return name
        units = keys.get("units")
        if isinstance(units, Sequence) and not isinstance(units, str) and len(units) == 1 and isinstance(units[0], str):
            if units[0] not in self.flows:
                return units[0]
        return f"layer{position + 1}"

    def _from(self, keys: Mapping[str, object], path: str, position: int) -> list[Flow]:
        if "from" not in keys:
            wanted: list[object] = [self.names[-1] if self.names else "inputs"]
        else:
            given = keys["from"]
            wanted = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
        found = []
        for each in wanted:
            name = str(each)
            layer, _, part = name.partition(".")
            if layer not in self.flows:
                raise ProblemError(
                    f"{fields.shown(name)} is no layer above and no input; {fields.nearest(name, self.flows)}"
                    f"known here: {fields.listed(self.flows)}",
                    key=f"{path}.from",
                )
            self.used.add(layer)
            flow = self.flows[layer]
            found.append(Flow(name=part, series=flow.series) if part else flow)
        if "at" in keys:
            at = fields.choice(keys["at"], ("last", "every"), f"{path}.at")
            if at == "last":
                found = [self._last(flow) for flow in found]
        return found

    def _last(self, flow: Flow) -> Flow:
        """A series at its last step."""
        if not flow.series:
            return flow
        name = f"last {flow.name}"
        for sample in self.samples:
            block = self._block(flow.name, self.steps, sample)
            self._alias(name, None, sample, block.ids, block.shape)
        return Flow(name=name)

    def _times(self, flows: Sequence[Flow]) -> tuple[int | None, ...]:
        return tuple(range(1, self.steps + 1)) if any(flow.series for flow in flows) else (None,)

    def _gathered(self, flows: Sequence[Flow], name: str) -> tuple[Flow, Any]:
        """What comes along several ways, as one flow of vectors."""
        return flows[0], None

    # Dense layers

    def _dense(self, name: str, keys: Mapping[str, object], path: str, flows: list[Flow]) -> None:
        fields.only_keys(keys, (*_DENSE_KEYS, *self._options(keys, path)), path)
        flow = self._vector(flows, name)
        times = self._times([flow])
        below = self._block(flow.name, times[0], self.samples[0])
        if len(below.shape) > 2:
            raise ProblemError(f"{flow.name} has {len(below.shape)} indices; put a layer of the type flatten before this",
                               key=path)  # fmt: skip
        width = 1 if not below.shape else below.shape[-1]
        units, named = self._units(name, keys, path)
        ids = self._weight_ids(len(units), width, path)
        weights = self._weights(keys, path, units, width)
        matrix = ("W " + name, None, None)
        block = self.builder.give(matrix, weights, f"{path}.weights", ("layers", len(self.names), "weights"), ids=ids)
        self._untranspose(keys, block, len(units), width)
        self.trained |= dict.fromkeys(block.ids, False)
        bias = self._dense_bias(name, keys, path, units, named)
        own = [unit if named else Place(name=name) for unit in units]
        activation, options = self._activation(keys, path)
        scalar = not named and keys.get("units") == 1
        for sample in self.samples:
            for time in times:
                x = self._block(flow.name, time, sample)
                scope: dict[str, Key] = {"W": matrix, "x": x.key}
                text = "x @ transpose(W)" if len(x.shape) == 2 else "W @ x"
                if not x.shape:
                    text = "W[:, 1]*x"
                if bias is not None:
                    scope["b"] = bias.key
                    text += " - b" if self.bias_sign == "subtracted" or self.bias_input == -1 else " + b"

                def places(head: str, rows: int = 0) -> list[Place]:
                    if named:
                        return [Place(name=f"{head}_{unit}", time=time, sample=sample) for unit in units]
                    if rows:
                        return [
                            Place(name=f"{head}_{name}", index=(i, j), time=time, sample=sample)
                            for i in range(1, rows + 1)
                            for j in range(1, len(units) + 1)
                        ]
                    if scalar:
                        return [Place(name=f"{head}_{name}", time=time, sample=sample)]
                    return [
                        Place(name=f"{head}_{name}", index=(j,), time=time, sample=sample)
                        for j in range(1, len(units) + 1)
                    ]

                rows = x.shape[0] if len(x.shape) == 2 else 0
                net = self.builder.define(
                    (f"net_{name}", time, sample), text, path, scope=scope, ids=places("net", rows), title="Net input"
                )
                out = self._activated(name, net, activation, options, path, places("out", rows), time, sample)
                self.last_nets.append((net, out, block.ids, bias, x))
        self.flows[name] = Flow(name=f"out_{name}", series=times != (None,))
        self.units[name] = tuple(str(unit) for unit in units) if named else (name,)
        del own

    def _activated(
        self,
        name: str,
        net: Block,
        activation: str,
        options: Mapping[str, object],
        path: str,
        ids: list[Place],
        time: int | None,
        sample: int | None,
    ) -> Block:
        text = self.activations.applied(activation, "net", options)
        if activation == "softmax":
            text = "softmax(net, rows)" if len(net.shape) == 2 else "softmax(net)"
        return self.builder.define(
            (f"out_{name}", time, sample),
            text,
            path,
            scope={"net": net.key},
            ids=ids,
            title="Activation",
            why=self.activations.says(activation) if sample in (None, 1) and time in (None, 1) else "",
        )

    def _vector(self, flows: list[Flow], name: str) -> Flow:
        """Several flows end to end."""
        if len(flows) == 1:
            return flows[0]
        joined = f"in {name}"
        for sample in self.samples:
            for time in self._times(flows):
                blocks = [self._block(flow.name, time, sample) for flow in flows]
                ids = tuple(each for block in blocks for each in block.ids)
                self._alias(joined, time, sample, ids, (len(ids),))
        return Flow(name=joined, series=any(flow.series for flow in flows))

    def _units(self, name: str, keys: Mapping[str, object], path: str) -> tuple[list[str], bool]:
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
        return [fields.name(unit, f"{path}.units[{place}]") for place, unit in enumerate(units)], True

    def _weights(self, keys: Mapping[str, object], path: str, units: Sequence[str], width: int) -> list[list[object]]:
        if "weights" not in keys:
            raise ProblemError("missing; a layer needs weights, a row for each unit", key=f"{path}.weights")
        given = keys["weights"]
        if self._by_columns(keys):
            rows = fields.sequence(given, f"{path}.weights", what=f"{width} rows of {len(units)} numbers")
            if len(rows) != width or any(not isinstance(row, Sequence) or len(row) != len(units) for row in rows):
                raise ProblemError(
                    f"{width} rows of {len(units)} numbers are needed: a row for each input, a column for each unit",
                    key=f"{path}.weights",
                )
            return [[row[j] for row in rows] for j in range(len(units))]  # type: ignore[index]
        below = [f"input {k}" for k in range(1, width + 1)]
        return [list(row) for row in fields.rows(given, f"{path}.weights", units, below, what="numbers")]

    def _by_columns(self, keys: Mapping[str, object]) -> bool:
        return keys.get("layout", self.layout) == "columns"

    def _untranspose(self, keys: Mapping[str, object], block: Block, units: int, width: int) -> None:
        """Where the file has a column a unit, say where each number stands."""
        if not self._by_columns(keys):
            return
        for place, name in enumerate(block.ids):
            *head, _, _ = self.builder.origins[name]
            self.builder.origins[name] = (*head, place % width, place // width)

    def _weight_ids(self, units: int, width: int, path: str) -> list[Place]:
        if not isinstance(self.numbering, str):
            tables = self.numbering
            if self.dense_count >= len(tables):
                raise ProblemError("a list of names is needed for each dense layer", key="conventions.weight_names")
            table = tables[self.dense_count]
            self.dense_count += 1
            names = [str(each) for row in table for each in row]  # type: ignore[attr-defined]
            if len(names) != units * width:
                raise ProblemError(f"{units} rows of {width} names are needed", key="conventions.weight_names")
            return [Place(name=fields.name(each, "conventions.weight_names")) for each in names]
        first = self.first_weight
        self.first_weight += units * width
        if self.numbering == "target-major":
            numbers = [first + j * width + i for j in range(units) for i in range(width)]
        else:
            numbers = [first + i * units + j for j in range(units) for i in range(width)]
        return [Place(name=f"w{number}") for number in numbers]

    def _dense_bias(
        self, name: str, keys: Mapping[str, object], path: str, units: Sequence[str], named: bool
    ) -> Block | None:
        if "bias" not in keys:
            return None
        given, origin = keys["bias"], ("layers", len(self.names), "bias")
        if isinstance(given, str) or not isinstance(given, Sequence):
            ids = [Place(name=f"b{len(self.names) + 1}")]
            block = self.builder.give((f"b {name}", None, None), given, f"{path}.bias", origin, ids=ids)
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
            block = self.builder.give((f"b {name}", None, None), list(given), f"{path}.bias", origin, ids=ids)
        self.trained |= dict.fromkeys(block.ids, True)
        return block

    def _options(self, keys: Mapping[str, object], path: str) -> tuple[str, ...]:
        return tuple(self.activations.options(self._activation_name(keys, path)))

    def _activation_name(self, keys: Mapping[str, object], path: str) -> str:
        given = keys.get("activation", "identity")
        return fields.choice(given, self.activations.names(), f"{path}.activation")

    def _activation(self, keys: Mapping[str, object], path: str) -> tuple[str, Mapping[str, object]]:
        name = self._activation_name(keys, path)
        options = {
            key: fields.number(keys[key], f"{path}.{key}").text for key in self.activations.options(name) if key in keys
        }
        if name == "leaky_relu" and "slope" in keys:
            return "leaky", {"slope": fields.number(keys["slope"], f"{path}.slope").text}
        return name, options

    # All other layers

    def _recipe(self, name: str, kind: str, keys: Mapping[str, object], path: str, flows: list[Flow]) -> None:
        if kind == "own":
            recipe: Mapping[str, Any] = fields.table(keys["define"], f"{path}.define", example='h = "tanh(W @ x)"')
            if "define" not in recipe:
                recipe = {"define": recipe, "own_names": True, "keys": self._own_parameters(keys, path)}
        else:
            fields.choice(kind, ("dense", *recipes.names("layers")), f"{path}.type")
            recipe = recipes.shipped("layers", kind)
        parameters = fields.table(keys.get("parameters", {}), f"{path}.parameters", example="W = 0.3")
        state = fields.table(keys.get("state", {}), f"{path}.state", example="h = 0")
        names: Mapping[str, str] = recipe.get("keys", {})
        options = self._recipe_options(recipe, keys, path)
        allowed = (*_COMMON_KEYS, *names.values(), *recipe.get("options", {}), "parameters", "state")
        if kind != "own":
            fields.only_keys(keys, allowed, path)
        over_time = recipe.get("over") == "time"
        if over_time and not any(flow.series for flow in flows):
            raise ProblemError('a layer of this type goes over time; its input needs over = "time"', key=f"{path}.type")
        self.coupled = self.coupled or recipe.get("over") == "samples"
        if recipe.get("over") == "samples" and len(self.samples) < 2:
            raise ProblemError("one sample has no mean and variance over samples; give several", key=f"{path}.type")
        own_names = bool(recipe.get("own_names", over_time))
        scope = self._give_parameters(name, recipe, parameters, names, keys, path, own_names)
        missing = frozenset(set(recipe.get("optional", ())) - set(scope))
        lines = self._lines(recipe, keys, options, missing, path)
        if over_time:
            self._give_state(name, recipe, state, scope, path, own_names)
        last = list(lines)[-1]
        if over_time and "state" in recipe and "h" in lines:
            last = "h"
        self._work(name, lines, recipe, scope, flows, path, own_names)
        spelled = last if own_names and not last.startswith(("net", "out")) else f"{last}_{name}"
        self.flows[name] = Flow(name=spelled, series=any(flow.series for flow in flows))
        self.units[name] = (name,)

    def _own_parameters(self, keys: Mapping[str, object], path: str) -> Mapping[str, str]:
        return {}

    def _recipe_options(self, recipe: Mapping[str, Any], keys: Mapping[str, object], path: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, default in recipe.get("options", {}).items():
            value = keys.get(key, default)
            if key == "activation":
                continue
            if isinstance(default, bool):
                found[key] = "1" if fields.flag(value, f"{path}.{key}") else "0"
            elif key == "padding" and value == "same":
                found[key] = "same"
            elif isinstance(value, str) and value in found:
                found[key] = found[value]
            elif isinstance(default, Decimal):
                found[key] = fields.number(value, f"{path}.{key}").text
            else:
                found[key] = str(fields.whole(value, 0, 10_000, f"{path}.{key}"))
        if found.get("padding") == "same":
            kernel = nested_shape(keys.get("kernels"), f"{path}.kernels")
            found["padding"] = str((kernel[1 if len(kernel) > 2 else 0] - 1) // 2)
        return found

    def _give_parameters(
        self,
        name: str,
        recipe: Mapping[str, Any],
        parameters: Mapping[str, object],
        names: Mapping[str, str],
        keys: Mapping[str, object],
        path: str,
        own_names: bool,
    ) -> dict[str, Key]:
        """Give the numbers of a recipe's parameters; what each of its names stands for."""
        scope: dict[str, Key] = {}
        position, fixed = len(self.names), recipe.get("fixed", ())
        listed = [(key, f"{path}.{names[key]}", keys.get(names[key]), (names[key],)) for key in names]
        shapes = recipe.get("parameters", {})
        wanted = dict.fromkeys((*shapes, *parameters))
        listed += [(key, f"{path}.parameters.{key}", parameters.get(key), ("parameters", key)) for key in wanted]
        for key, where, value, origin in listed:
            if value is None:
                if key in recipe.get("optional", ()):
                    continue
                raise ProblemError("missing; this type of layer needs it", key=where)
            if shapes and key not in shapes and "parameters" in origin:
                raise ProblemError(
                    f"unknown parameter; {fields.nearest(key, shapes)}allowed here: {fields.listed(shapes)}", key=where
                )
            numbers = value
            if key == "K" and isinstance(value, Sequence) and len(nested_shape(value, where)) > 2:
                counted = nested_shape(value, where)
                if counted[0] == 1:
                    numbers, origin = value[0], (*origin, 0)
            shown = key if own_names else f"{key}_{name}"
            if own_names and any(each.name == shown for each in self.builder.places.values()):
                shown = f"{key}_{name}"
            where_given = ("layers", position, *origin)
            block = self.builder.give((shown, None, None), numbers, where, where_given)
            scope[key] = block.key
            if key not in fixed:
                self.trained |= dict.fromkeys(block.ids, key in recipe.get("biases", ()))
        return scope

    def _give_state(
        self,
        name: str,
        recipe: Mapping[str, Any],
        state: Mapping[str, object],
        scope: dict[str, Key],
        path: str,
        own_names: bool,
    ) -> None:
        wide = max((self.builder.find(key).shape[:1] for key in scope.values()), key=len, default=())  # type: ignore[union-attr]
        for key in recipe.get("state", {}):
            value = state.get(key, 0)
            shown = key if own_names else f"{key}_{name}"
            value = value if key in state else 0
            if wide and nested_shape(value, f"{path}.state.{key}") == ():
                value = [value] * wide[0]
            block = self.builder.give(
                (shown, 0, None), value, f"{path}.state.{key}", ("layers", len(self.names), "state", key)
            )
            if nested_shape(state.get(key), path) != block.shape or key not in state:
                for each in block.ids:  # the file has one number for all of them, or none
                    self.builder.origins.pop(each)

    def _lines(
        self,
        recipe: Mapping[str, Any],
        keys: Mapping[str, object],
        options: Mapping[str, str],
        missing: frozenset[str],
        path: str,
    ) -> dict[str, str]:
        """The formulas of a recipe with its options put in and without what is left out."""
        lines: dict[str, str] = dict(recipe["define"])
        if options.get("causal") == "1":
            lines |= recipe.get("when_causal", {})
        if int(options.get("heads", "1")) > 1:
            lines |= recipe.get("when_heads", {})
        activation = self._activation_name({"activation": keys.get("activation",
                                           recipe.get("options", {}).get("activation", "identity"))}, path)  # fmt: skip
        found: dict[str, str] = {}
        for key, text in lines.items():
            tree = language.parsed(text, f"{path}.define.{key}")
            tree = without(tree, missing, activation, self.activations)
            found[key] = recipes.substituted(tree, {each: value for each, value in options.items() if each != "causal"})
        if found.get("out") == found.get("net") == "":
            raise ProblemError("an empty recipe", key=path)
        return found

    def _work(
        self,
        name: str,
        lines: Mapping[str, str],
        recipe: Mapping[str, Any],
        scope: Mapping[str, Key],
        flows: Sequence[Flow],
        path: str,
        own_names: bool,
    ) -> None:
        words: Mapping[str, Sequence[str]] = recipe.get("words", {})
        shown = {key: key if own_names and key not in ("net", "out") else f"{key}_{name}" for key in lines}
        together = recipe.get("over") == "samples"
        for keys, sample, time in self._order(lines, together, flows):
            for key in keys:
                title, why = words.get(key, ("", ""))
                own: dict[str, Key] = {each: (shown[each], time, sample) for each in lines}
                text = lines[key]
                here = {**scope, **own}
                blocks = [self._block(flow.name, time, sample) for flow in flows]
                if recipe.get("inputs") == "several":
                    text, several = _several(text, len(blocks))
                    here |= {each: block.key for each, block in zip(several, blocks, strict=True)}
                else:
                    here["x"] = (flows[0].name, time, None) if together and "samples" in text else blocks[0].key
                alone = together and "samples" in lines[key]
                self.builder.define(
                    (shown[key], time, None if alone else sample),
                    text,
                    f"{path}.define.{key}" if "define" in recipe else path,
                    scope={each: value for each, value in here.items() if each != key or f"before({key})" in text},
                    title=title,
                    why=why if sample in (None, 1) and time in (None, 1) else "",
                )

    def _order(
        self, lines: Mapping[str, str], together: bool, flows: Sequence[Flow]
    ) -> Iterator[tuple[tuple[str, ...], int | None, int | None]]:
        """Lines, sample and step of time in working order; what goes over samples is worked once for all of them."""
        times = self._times(flows)
        if not together:
            for sample in self.samples:
                for time in times:
                    yield tuple(lines), sample, time
            return
        for time in times:
            for key in lines:
                for sample in self.samples[:1] if "samples" in lines[key] else self.samples:
                    yield (key,), sample, time


def _several(text: str, count: int) -> tuple[str, list[str]]:
    names = [f"x{k}" for k in range(1, count + 1)]
    if text == "sum_of_inputs":
        return " + ".join(names), names
    if text == "concat_of_inputs":
        return f"concat({', '.join(names)})", names
    return text, names


def without(tree: ast.expr, missing: frozenset[str], activation: str, activations: recipes.Activations) -> ast.expr:
    """A formula without what is left out, and with the layer's function in place of ``activation``."""
    tree = recipes.without(tree, missing)

    class Activated(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id == "activation":
                inner = ast.unparse(node.args[0])
                found: ast.expr = ast.parse(activations.applied(activation, inner, {}), mode="eval").body
                return found
            return node

    found: ast.expr = Activated().visit(tree)
    return found
