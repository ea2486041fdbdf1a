"""How much of a network is worked line by line, and what goes into tables, so that a large one stays readable."""

from __future__ import annotations

from dataclasses import dataclass

from derive.given.naming import bias_ids, parameter_ids, sample_indices, weight_ids
from derive.given.problem import Structure

_MOST_WEIGHTS = 40  # worked line by line; 3-4-2 with biases has 26, 4-4-4 has 40
_MOST_SAMPLE_WEIGHTS = 40  # the same over all samples of a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a document works in full.

    Attributes
    ----------
    every_unit : bool
        Every unit and weight, or the first unit of each layer only, the rest in tables.
    full_samples : tuple of int or None
        Sample indices (as ids carry them) worked line by line; the others go into tables.
    table_samples : tuple of int
    only : tuple of str
        The parameters that are wanted; empty for all.
    depth : int
        The lowest layer (from 0) of these.
    sequential : bool
        Whether every layer is updated before the one below it is worked.
    """

    every_unit: bool
    full_samples: tuple[int | None, ...]
    table_samples: tuple[int, ...]
    only: tuple[str, ...] = ()
    depth: int = 0
    sequential: bool = False

    @classmethod
    def of(cls, structure: Structure, only: tuple[str, ...] = ()) -> Scope:
        """The scope that keeps a document of this structure readable."""
        weights = len(parameter_ids(structure))
        samples = sample_indices(structure)
        every_unit = weights <= _MOST_WEIGHTS
        if structure.conventions.batch == "online":
            samples = samples[:1]  # the others come at their turns, with other weights
        many = len(samples) > 1 and weights * len(samples) > _MOST_SAMPLE_WEIGHTS
        return cls(
            every_unit=every_unit,
            full_samples=samples[:1] if many else samples,
            table_samples=tuple(s for s in samples[1:] if s is not None) if many else (),
            only=only,
            depth=min((_depth_of(structure, name) for name in only), default=0),
            sequential=structure.conventions.update == "sequential",
        )

    def reaches(self, depth: int) -> bool:
        """Whether the backward pass goes down to this layer, from 0: to that of the one parameter, if it is wanted."""
        return depth >= self.depth

    def wants(self, parameter: str, depth: int) -> bool:
        """Whether a parameter of this layer is worked out.

        Beside the one that is asked for, a sequential update needs the new weights of every layer above it.
        """
        return not self.only or parameter in self.only or (self.sequential and depth > self.depth)

    def full(self, units: tuple[str, ...]) -> tuple[str, ...]:
        """The units of a layer that are worked line by line."""
        return units if self.every_unit else units[:1]

    def tabled(self, units: tuple[str, ...]) -> tuple[str, ...]:
        """The units of a layer that go into tables."""
        return () if self.every_unit else units[1:]


def _depth_of(structure: Structure, parameter: str) -> int:
    layers = zip(weight_ids(structure), bias_ids(structure), strict=True)
    return next(
        depth
        for depth, (table, biases) in enumerate(layers)
        if any(parameter in row for row in table) or parameter in (biases or ())
    )
