"""Which numbers of a problem are drawn, from which grids, and how drawn integers become a problem again.

Every number is drawn as a whole number of hundredths (or of a smaller unit, where a network has more numbers than
there are hundredths), so that it has few decimals and is exactly what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.given.naming import bias_ids, parameter_ids, sample_indices, weight_ids, with_sample
from derive.given.problem import Layer, Number, Problem, Sample

Integers = NDArray[np.int64]
#: At most one number in three of a grid is used, so that a draw stays free to the last number.
_ROOM = 3
#: Learning rates in hundredths: away from ½, 1 and 2, at which a forgotten ½, rate or square would not show.
_RATES = (30, 35, 40, 60, 65, 70, 75, 80)
_LABELS = frozenset({Fraction(0), Fraction(1)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """Numbers of which no two have the same magnitude.

    Attributes
    ----------
    ids : tuple of str
    grid : tuple of int
        Magnitudes in units of 10 to the minus ``decimals``.
    decimals : int
    signed : bool
    """

    ids: tuple[str, ...]
    grid: tuple[int, ...]
    decimals: int
    signed: bool

    @property
    def limits(self) -> list[int]:
        """One word a number: its place among the magnitudes that are left, and the sign in the lowest bit."""
        return [(len(self.grid) - place) * (2 if self.signed else 1) for place in range(len(self.ids))]

    def values(self, words: Integers) -> Integers:
        """The numbers in units; one row a candidate. A partial shuffle after Fisher and Yates."""
        count = len(words)
        every = np.arange(count)
        left = np.tile(np.array(self.grid, dtype=np.int32), (count, 1))
        found = np.empty((count, len(self.ids)), dtype=np.int64)
        for place in range(len(self.ids)):
            word = words[:, place]
            chosen = place + (word >> 1 if self.signed else word)
            magnitude = left[every, chosen]
            left[every, chosen] = left[:, place]
            found[:, place] = np.where(word & 1, -magnitude, magnitude) if self.signed else magnitude
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A 0 or a 1 for each."""

    ids: tuple[str, ...]
    decimals: int = 0

    @property
    def limits(self) -> list[int]:
        """One word a label."""
        return [2] * len(self.ids)

    def values(self, words: Integers) -> Integers:
        """The labels; one row a candidate."""
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class OneHot:
    """A single 1 among zeros."""

    ids: tuple[str, ...]
    decimals: int = 0

    @property
    def limits(self) -> list[int]:
        """One word for all."""
        return [len(self.ids)]

    def values(self, words: Integers) -> Integers:
        """The targets; one row a candidate."""
        return np.asarray(words == np.arange(len(self.ids)), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Positive shares that sum to 1: the gaps between distinct cuts."""

    ids: tuple[str, ...]
    decimals: int

    @property
    def _cuts(self) -> Distinct:
        whole = 10**self.decimals
        return Distinct(ids=self.ids[1:], grid=tuple(range(1, whole)), decimals=self.decimals, signed=False)

    @property
    def limits(self) -> list[int]:
        """One word a cut."""
        return self._cuts.limits

    def values(self, words: Integers) -> Integers:
        """The shares in units; one row a candidate."""
        cuts = np.sort(self._cuts.values(words), axis=1)
        return np.diff(cuts, axis=1, prepend=0, append=10**self.decimals)


Group = Distinct | Labels | OneHot | Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All numbers of a structure in the order in which they are drawn.

    Attributes
    ----------
    groups : tuple of groups of numbers
    """

    groups: tuple[Group, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the givens, in the order of the columns."""
        return tuple(name for group in self.groups for name in group.ids)

    @property
    def limits(self) -> list[int]:
        """The limit of every word that a candidate takes."""
        return [limit for group in self.groups for limit in group.limits]

    def units(self, words: Integers) -> Integers:
        """From rows of words to rows of numbers in units, shape (candidates, givens)."""
        columns: list[Integers] = []
        start = 0
        for group in self.groups:
            stop = start + len(group.limits)
            columns.append(group.values(words[:, start:stop]))
            start = stop
        return np.concatenate(columns, axis=1)

    def floats(self, units: Integers) -> dict[str, NDArray[np.float64]]:
        """The same as float64, one array a given."""
        sizes = [10**group.decimals for group in self.groups for _ in group.ids]
        # A whole number over a power of ten is rounded once: it is the float64 that its decimals are read as.
        return {name: units[:, place] / size for place, (name, size) in enumerate(zip(self.ids, sizes, strict=True))}

    def problem(self, problem: Problem, units: Sequence[int]) -> Problem:
        """The problem with the numbers of one row in place of its own; it states no source."""
        decimals = [group.decimals for group in self.groups for _ in group.ids]
        numbers = {name: _number(*pair) for name, *pair in zip(self.ids, units, decimals, strict=True)}
        structure = problem.structure
        layers: list[Layer] = []
        for layer, table, biases in zip(problem.layers, weight_ids(structure), bias_ids(structure), strict=True):
            bias: Number | tuple[Number, ...] | None = None
            if biases is not None:
                bias = numbers[biases[0]] if layer.bias_kind == "shared" else tuple(numbers[name] for name in biases)
            weights = tuple(tuple(numbers[name] for name in row) for row in table)
            layers.append(replace(layer, weights=weights, bias=bias))
        samples = tuple(
            Sample(
                inputs=tuple(numbers[with_sample(name, sample)] for name in structure.inputs),
                targets=tuple(numbers[with_sample(f"t_{unit}", sample)] for unit in structure.outputs),
            )
            for sample in sample_indices(structure)
        )
        return replace(problem, source="", learning_rate=numbers["eta"], layers=tuple(layers), samples=samples)


def plan_of(problem: Problem) -> Plan:
    """What is drawn for a problem: the given numbers say which kinds of inputs and targets it has."""
    structure = problem.structure
    samples = sample_indices(structure)
    inputs = tuple(with_sample(name, sample) for sample in samples for name in structure.inputs)
    negative = any(number.value < 0 for sample in problem.samples for number in sample.inputs)
    groups: list[Group] = [
        _distinct(parameter_ids(structure), ((5, 80),), signed=True),
        _distinct(inputs, ((40, 99), (101, 180)), signed=negative),
        Distinct(ids=("eta",), grid=_RATES, decimals=2, signed=False),
    ]
    groups += [
        _targets(problem, tuple(with_sample(f"t_{unit}", sample) for unit in structure.outputs)) for sample in samples
    ]
    return Plan(groups=tuple(groups))


def _distinct(ids: tuple[str, ...], ranges: Sequence[tuple[int, int]], *, signed: bool, decimals: int = 2) -> Distinct:
    """Numbers from ranges (both ends included) in units, with more decimals where there are too few otherwise."""
    finer = 1
    while sum((high - low) * finer + 1 for low, high in ranges) < _ROOM * len(ids):
        finer *= 10
        decimals += 1
    grid = tuple(unit for low, high in ranges for unit in range(low * finer, high * finer + 1))
    return Distinct(ids=ids, grid=grid, decimals=decimals, signed=signed)


def _targets(problem: Problem, ids: tuple[str, ...]) -> Group:
    """Targets that the output layer can come near to, and of the kind that the problem has."""
    given = [[target.value for target in sample.targets] for sample in problem.samples]
    labels = all(_LABELS.issuperset(targets) for targets in given)
    activation = problem.layers[-1].activation
    if FUNCTIONS[activation].arity is None:
        if labels and all(sum(targets) == 1 for targets in given):
            return OneHot(ids=ids)
        return Shares(ids=ids, decimals=2 if _ROOM * len(ids) < 100 else 4)
    words = ACTIVATIONS[activation]
    if labels and words.labels:
        return Labels(ids=ids)
    signed = words.signed if words.signed is not None else any(target < 0 for targets in given for target in targets)
    return _distinct(ids, words.targets, signed=signed)


def _number(units: int, decimals: int) -> Number:
    whole, part = divmod(abs(int(units)), 10**decimals)
    sign = "-" if units < 0 else ""
    text = f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"
    return Number(text=text, value=Fraction(int(units), 10**decimals))
