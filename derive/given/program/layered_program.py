"""Layered networks with everything that is new: samples in tables, layer types, wiring, several losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from derive.errors import ProblemError
from derive.given import fields
from derive.given.problem import Batch, BiasSign, Update
from derive.given.program import operations, recipes
from derive.given.program.builder import nested_shape, same_steps
from derive.given.program.counted_layers import asks_for_counts, count_layers
from derive.given.program.dense import read_bias_input
from derive.given.program.errors import Errors
from derive.given.program.layers import Layers
from derive.given.program.places import Place
from derive.given.program.plan import Weighed
from derive.given.program.reading import Reading
from derive.given.program.samples import read_samples
from derive.given.program.stops import NO_ERROR, check_targets

_CONVENTIONS = ("weight_names", "train_biases", "bias_sign", "batch", "layout", "bias_input", "time", "update")


class LayeredReading(Reading):
    """[[layers]] with everything that is new."""

    def read(self) -> None:
        """Everything of the file."""
        given, builder = self.given, self.builder
        conventions = fields.table(given.get("conventions", {}), "conventions", example="train_biases = false")
        fields.only_keys(conventions, _CONVENTIONS, "conventions")
        pairs = read_samples(given)
        self.samples = len(pairs)
        indices: tuple[int | None, ...] = (None,) if len(pairs) == 1 else tuple(range(1, len(pairs) + 1))
        steps = 0
        self.channels_first = False
        inputs: dict[str, bool] = {}
        for index, pair in zip(indices, pairs, strict=True):
            for name, (value, path, origin) in pair.inputs.items():
                steps = same_steps(steps, self._input(name, value, path, origin, index, inputs), path)
        entries = fields.sequence(given["layers"], "layers", what="[[layers]] entries")
        if not entries:
            raise ProblemError("at least one layer is needed", key="layers")
        self._check_update(conventions.get("update", "simultaneous"))
        layers = Layers(
            builder=builder,
            entries=entries,  # type: ignore[arg-type]
            activations=recipes.Activations(fields.table(given.get("functions", {}), "functions", example='g = "net"')),
            samples=indices,
            steps=steps,
            inputs=inputs,
            numbering=_numbering(conventions.get("weight_names", "target-major")),
            bias_sign=fields.choice(conventions.get("bias_sign", "added"), get_args(BiasSign), "conventions.bias_sign"),
            bias_input=read_bias_input(conventions.get("bias_input", 1), "conventions.bias_input"),
            channels_first=self.channels_first,
            layout=fields.choice(conventions.get("layout", "rows"), ("rows", "columns"), "conventions.layout"),
        )
        layers.read()
        self.layers = layers
        if asks_for_counts(given.get("ask")):
            count_layers(layers)
        batch = fields.choice(conventions.get("batch", "sum"), get_args(Batch), "conventions.batch")
        targets, self.objective = Errors(
            given=given,
            builder=builder,
            layers=layers,
            samples=list(zip(indices, pairs, strict=True)),
            mean=batch == "mean",
            mean_time=fields.choice(conventions.get("time", "sum"), ("sum", "mean"), "conventions.time") == "mean",
        ).read()
        train_biases = fields.flag(conventions.get("train_biases", True), "conventions.train_biases")
        names = tuple(name for name, bias in layers.trained.items() if train_biases or not bias)
        self.trained(
            names,
            frozenset(name for name, bias in layers.trained.items() if bias),
            targets=targets,
            mean=batch == "mean",
            online=batch == "online",
            weighed=self._weighed(layers, indices),
            coupled=layers.coupled,
        )
        if self.plan.rule.gradient and not self.objective and self.has_rate:
            raise ProblemError("with a learning rate there is an update, which needs targets and a loss", key="loss")
        if self.plan.stop == NO_ERROR:
            self._check_reach(layers)
        self.wrt = names if self.objective or not self.plan.rule.gradient else ()

    def _check_update(self, given: object) -> None:
        if fields.choice(given, get_args(Update), "conventions.update") == "sequential":
            raise ProblemError(
                "sequential updates go with gradient descent of a plain layered network alone, and this file says more "
                "than such a one; write simultaneous",
                key="conventions.update",
            )

    def _check_reach(self, layers: Layers) -> None:
        """Refuse to stop by outputs that never are what their targets say."""
        for name, entry in zip(layers.names, layers.entries, strict=True):
            if layers.made[name].recipe is not None or "step_at" in entry or "step_value" in entry:
                continue
            for unit in layers.units[name]:
                for place, number in self.builder.numbers.items():
                    if self.builder.places[place].name == f"t_{unit}":
                        activation = layers.activation_name(entry, f"layers[{layers.names.index(name)}]")
                        check_targets(activation, number, "training.stop")

    def _input(
        self,
        name: str,
        value: object,
        path: str,
        origin: tuple[object, ...],
        sample: int | None,
        inputs: dict[str, bool],
    ) -> int:
        """Give an input; the number of its steps of time."""
        inputs[name] = isinstance(value, Mapping)
        if isinstance(value, Mapping) and "channels" in value:
            inputs[name] = False
            self._picture(name, value, path, origin, sample)
            return 0
        if isinstance(value, Mapping):
            return self.builder.give_series(name, sample, value, path, origin)
        self.builder.give((name, None, sample), value, path, origin)
        return 0

    def _picture(
        self, name: str, value: Mapping[str, object], path: str, origin: tuple[object, ...], sample: int | None
    ) -> None:
        """Give a picture whose channels may come first in the file; its ids are height, width, channel all the same."""
        fields.only_keys(value, ("values", "channels"), path)
        order = fields.choice(value["channels"], ("first", "last"), f"{path}.channels")
        numbers, where = value.get("values"), f"{path}.values"
        shape = nested_shape(numbers, where)
        if len(shape) != 3:
            raise ProblemError("a picture with channels has three indices", key=where)
        key = (name, None, sample)
        if order == "last":
            self.builder.give(key, numbers, where, (*origin, "values"))
            return
        self.channels_first = True
        turned = [Place(name=name, index=(i, j, c), sample=sample) for c, i, j in operations.indices(shape)]
        block = self.builder.give(key, numbers, where, (*origin, "values"), ids=turned)
        channels, height, width = shape
        ids = (block.ids[(c * height + i) * width + j] for i in range(height) for j in range(width)
               for c in range(channels))  # fmt: skip
        self.builder.given[key] = replace(block, ids=tuple(ids), shape=(height, width, channels))

    def _weighed(self, layers: Layers, indices: Sequence[int | None]) -> tuple[Weighed, ...]:
        """What each parameter weighs, where one dense layer is trained; nothing where more are."""
        nets = layers.last_nets
        if len(nets) != len(indices) or len(layers.names) != 1:
            return ()
        found: list[Weighed] = []
        for sample, layer in zip(indices, nets, strict=True):
            for row, (net_id, out_id) in enumerate(zip(layer.net.ids, layer.out.ids, strict=True)):
                unit = self.builder.places[out_id].name.removeprefix("out_")
                target = str(replace(self.builder.places[out_id], name=f"t_{unit}"))
                target = target if target in self.builder.places else ""
                width = len(layer.x.ids)
                for column, source in enumerate(layer.x.ids):
                    weight = layer.weights.ids[row * width + column]
                    if not weight:
                        continue
                    found.append(Weighed(parameter=weight, sample=sample, x=source, t=target, out=out_id, net=net_id))
                if layer.bias is not None:
                    own = layer.bias.ids[row if len(layer.bias.ids) > 1 else 0]
                    one = "-1" if layer.minus else "1"
                    found.append(Weighed(parameter=own, sample=sample, x=one, t=target, out=out_id, net=net_id))
        return tuple(found)


def _numbering(given: object) -> str | Sequence[object]:
    path = "conventions.weight_names"
    if isinstance(given, str):
        return fields.choice(given, ("target-major", "source-major"), path)
    return fields.sequence(given, path, what="names, a list for each dense layer, shaped like its weights")
