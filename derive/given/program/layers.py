"""Layers of an own architecture, one sample after the other: dense ones, and all others from recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import recipes, wiring
from derive.given.program.builder import Builder
from derive.given.program.dense import Dense, dense_layer
from derive.given.program.model import Block, Flow, Made
from derive.given.program.recipe_layers import recipe_layer


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
    channels_first: bool = False
    last_nets: list[Dense] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flows: dict[str, Flow] = {}
        self.units: dict[str, tuple[str, ...]] = {}
        self.used: set[str] = set()
        self.names: list[str] = []
        self.made: dict[str, Made] = {}
        self.first_weight = 1
        self.dense_count = 0
        scalars = [name for name, series in self.inputs.items() if not series]
        self.inputs_flow(scalars)

    def read(self) -> None:
        """All layers in order; those from which nothing leads on are outputs."""
        for position, entry in enumerate(self.entries):
            path = f"layers[{position}]"
            keys = fields.table(entry, path, example='units = ["H1"], activation = "sigmoid", weights = [[0.15, 0.2]]')
            name = wiring.layer_name(keys, path, position, self.flows)
            kind = wiring.layer_kind(keys, path)
            flows = self.ways_in(keys, path, position)
            if kind == "dense":
                dense_layer(self, name, keys, path, flows)
            else:
                recipe_layer(self, name, kind, keys, path, flows)
            self.names.append(name)
        for name in self.names:
            if name not in self.used or name == self.names[-1]:
                self.outputs.append((self.flows[name], self.units[name]))

    # What comes in

    def inputs_flow(self, scalars: Sequence[str]) -> None:
        """One vector of all inputs that are numbers; an array input, or one over time, is a flow of its own."""
        for name, series in self.inputs.items():
            self.flows[name] = Flow(name=name, series=series)
        lone = [name for name in scalars if self.block(name, None, self.samples[0]).shape == ()]
        moving = [name for name, series in self.inputs.items() if series]
        if lone and len(lone) == len(self.inputs):
            for sample in self.samples:
                ids = tuple(self.block(name, None, sample).ids[0] for name in lone)
                self.alias("inputs", None, sample, ids, (len(ids),))
            self.flows["inputs"] = Flow(name="inputs")
        elif len(moving) > 1 and len(moving) == len(self.inputs):
            for sample in self.samples:
                for time in range(1, self.steps + 1):
                    ids = tuple(self.block(name, time, sample).ids[0] for name in moving)
                    self.alias("inputs", time, sample, ids, (len(ids),))
            self.flows["inputs"] = Flow(name="inputs", series=True)
        else:
            first = next(iter(self.inputs))
            self.flows["inputs"] = self.flows[first]

    def alias(
        self, name: str, time: int | None, sample: int | None, ids: tuple[str, ...], shape: tuple[int, ...]
    ) -> None:
        """Call numbers that there are by another name, as an array."""
        key = (name, time, sample)
        self.builder.given[key] = Block(key=key, shape=shape, ids=ids)

    def block(self, name: str, time: int | None, sample: int | None) -> Block:
        """The array of a name; `ProblemError` where there is none."""
        found = self.builder.find((name, time, sample))
        if found is None:
            raise ProblemError(f"nothing is called {name}", key="layers")
        return found

    def ways_in(self, keys: Mapping[str, object], path: str, position: int) -> list[Flow]:
        """What comes into a layer: what it names, or what the layer above it gives."""
        below = wiring.names_below(self.entries, position)
        found = []
        for layer, part in wiring.sources(keys, path, self.names, self.flows, below):
            self.used.add(layer)
            flow = self.flows[layer]
            found.append(Flow(name=part, series=flow.series) if part else flow)
        if wiring.only_last(keys, path):
            found = [self.last(flow) for flow in found]
        return found

    def last(self, flow: Flow) -> Flow:
        """A series at its last step."""
        if not flow.series:
            return flow
        name = f"last {flow.name}"
        for sample in self.samples:
            block = self.block(flow.name, self.steps, sample)
            self.alias(name, None, sample, block.ids, block.shape)
        return Flow(name=name)

    def times(self, flows: Sequence[Flow]) -> tuple[int | None, ...]:
        """The steps of time of what comes in; (None,) where it has none."""
        return tuple(range(1, self.steps + 1)) if any(flow.series for flow in flows) else (None,)

    def vector(self, flows: list[Flow], name: str) -> Flow:
        """Several flows end to end."""
        if len(flows) == 1:
            return flows[0]
        joined = f"in {name}"
        for sample in self.samples:
            for time in self.times(flows):
                blocks = [self.block(flow.name, time, sample) for flow in flows]
                ids = tuple(each for block in blocks for each in block.ids)
                self.alias(joined, time, sample, ids, (len(ids),))
        return Flow(name=joined, series=any(flow.series for flow in flows))

    def activation_options(self, keys: Mapping[str, object], path: str) -> tuple[str, ...]:
        """What may be set for the function that a layer names."""
        return tuple(self.activations.options(self.activation_name(keys, path)))

    def activation(self, keys: Mapping[str, object], path: str) -> tuple[str, Mapping[str, object]]:
        """The function that a layer names, and what is set for it."""
        name = self.activation_name(keys, path)
        options = {
            key: fields.number(keys[key], f"{path}.{key}").text for key in self.activations.options(name) if key in keys
        }
        if name == "leaky_relu" and "slope" in keys:
            return "leaky", options
        return name, options

    def activation_name(self, keys: Mapping[str, object], path: str) -> str:
        """The activation function that a layer names; identity where it names none."""
        given = keys.get("activation", "identity")
        return fields.choice(given, self.activations.names(), f"{path}.activation")
