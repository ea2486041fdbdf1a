"""Where a sentence stands: the step it explains, the figures of the problem, and what its nouns name there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import mpmath

from derive.formula.expression import Expression, references
from derive.given.naming import QuantityId, bias_ids, sample_indices, trained_ids, weight_ids, with_sample
from derive.given.problem import Structure
from derive.solved.solution import Solution
from derive.telling.terms import Terms
from tests.steps.test_symbols import precise
from tests.steps.trees import spelled


class Untrue(AssertionError):  # noqa: N818 - what a sentence is, not what went wrong in a program
    """A sentence that does not fit the mathematics of its step."""


class Lookup(Protocol):
    """Figures by the ids of their quantities."""

    def __getitem__(self, quantity: str, /) -> Any: ...


@dataclass
class Figures:
    """Every figure of a solution with 60 digits, looked up when it is asked for."""

    solution: Solution
    known: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, quantity: str) -> Any:
        if quantity not in self.known:
            self.known[quantity] = precise(self.solution, quantity)
        return self.known[quantity]


@dataclass
class Scene:
    """A step that a sentence explains.

    Attributes
    ----------
    quantity : str
        What it works out.
    formula : Expression or None
        As the step shows it.
    """

    solution: Solution
    figures: Lookup
    quantity: str = ""
    formula: Expression | None = None

    @cached_property
    def terms(self) -> Terms:
        derivation = self.solution.derivation
        return Terms(notation=self.solution.problem.display.notation, givens=frozenset(derivation.givens))

    def shown(self, quantity: str) -> set[str]:
        """How a quantity may be written in a sentence."""
        return {f"⟦{spelled(tree)}⟧" for tree in (self.terms.name(quantity), self.terms.inline(quantity))}

    @property
    def value(self) -> Any:
        return self.figures[self.quantity]

    @property
    def structure(self) -> Structure:
        structure = self.solution.problem.structure
        assert isinstance(structure, Structure)
        return structure

    # What an id says.

    @cached_property
    def parsed(self) -> QuantityId:
        found = QuantityId.parse(self.quantity)
        assert found is not None
        return found

    @property
    def sample(self) -> int | None:
        return self.parsed.sample

    def of(self, base: str) -> Any:
        """A figure of the same sample."""
        return self.figures[with_sample(base, self.sample)]

    @cached_property
    def unit(self) -> str:
        """The unit that the step is about: below the line of a slope, or the one a parameter leads into."""
        base = self.parsed.base.removesuffix("_new")
        last = base.rpartition("/")[2]
        last = last.removeprefix("d") if "/" in base else last
        for prefix in ("net_", "out_", "delta_", "E_"):
            if last.startswith(prefix):
                return last.removeprefix(prefix)
        return self.units[self.place[0]][self.place[1]]

    @cached_property
    def parameter(self) -> str:
        """The parameter that a gradient or an update is about."""
        base = self.parsed.base.removesuffix("_new").removeprefix("step_")
        return base.rpartition("/d")[2]

    @cached_property
    def place(self) -> tuple[int, int, int | None]:
        """Layer, unit and source of the parameter; None for the source of a bias."""
        for depth, (table, biases) in enumerate(zip(weight_ids(self.structure), bias_ids(self.structure), strict=True)):
            for row, weights in enumerate(table):
                if self.parameter in weights:
                    return depth, row, weights.index(self.parameter)
            if biases and self.parameter in biases:
                return depth, biases.index(self.parameter), None
        raise Untrue(f"{self.quantity} is about no parameter")

    @property
    def units(self) -> list[tuple[str, ...]]:
        return [layer.units for layer in self.structure.layers]

    @cached_property
    def depth(self) -> int:
        return next(depth for depth, units in enumerate(self.units) if self.unit in units)

    @property
    def above(self) -> tuple[str, ...]:
        return self.units[self.depth + 1]

    # What nouns name.

    def sources(self, *, inputs: bool) -> list[Any]:
        """What the weights into the unit weigh, which the sentence calls inputs or activations."""
        if inputs != (self.depth == 0):
            raise Untrue("it is an input that is weighed" if self.depth == 0 else "no input is weighed here")
        names = self.structure.inputs if inputs else [f"out_{unit}" for unit in self.units[self.depth - 1]]
        return [self.of(name) for name in names]

    def source(self, *, inputs: bool) -> list[Any]:
        """What the one weight weighs."""
        position = self.place[2]
        if position is None:
            raise Untrue("a bias weighs nothing")
        return [self.sources(inputs=inputs)[position]]

    def weights(self) -> list[Any]:
        row = weight_ids(self.structure)[self.depth][self.units[self.depth].index(self.unit)]
        return [self.figures[name] for name in row]

    def bias(self) -> list[Any]:
        row = bias_ids(self.structure)[self.depth]
        if row is None:
            raise Untrue("the unit has no bias")
        return [self.figures[row[self.units[self.depth].index(self.unit)]]]

    def coming_back(self) -> list[Any]:
        """Deltas of the units above times the weights to them, those that the update of this problem leaves there."""
        new = "_new" if self.structure.conventions.update == "sequential" else ""
        column = self.units[self.depth].index(self.unit)
        rows = weight_ids(self.structure)[self.depth + 1]
        return [
            self.of(f"delta_{unit}") * self.figures[row[column] + new]
            for unit, row in zip(self.above, rows, strict=True)
        ]

    def over_outputs(self) -> list[Any]:
        """The products over all outputs of a softmax, one for each way by which a net input reaches the error."""
        return [self.of(f"dE_total/dout_{k}") * self.of(f"dout_{k}/dnet_{self.unit}") for k in self.structure.outputs]

    def of_samples(self, base: str) -> list[Any]:
        return [self.figures[with_sample(base, sample)] for sample in sample_indices(self.structure)]

    @property
    def used(self) -> list[Any]:
        """Figures that the formula uses, each as often as it stands there."""
        assert self.formula is not None
        return [self.figures[name] for name in references(self.formula)]


def every_net(scene: Scene) -> list[Scene]:
    """A scene for every net input of a network."""
    return [
        Scene(scene.solution, scene.figures, with_sample(f"net_{unit}", sample))
        for sample in sample_indices(scene.structure)
        for units in scene.units
        for unit in units
    ]


def every_weight(scene: Scene) -> list[Scene]:
    """A scene for the gradient of every trained weight, of each sample."""
    names = [name for table in weight_ids(scene.structure) for row in table for name in row]
    trained = set(trained_ids(scene.structure))
    return [
        Scene(scene.solution, scene.figures, with_sample(f"dE_total/d{name}", sample))
        for sample in sample_indices(scene.structure)
        for name in names
        if name in trained
    ]


def close(first: Any, second: Any) -> bool:
    return bool(abs(first - second) <= mpmath.mpf("1e-25") * max(1, abs(first), abs(second)))
