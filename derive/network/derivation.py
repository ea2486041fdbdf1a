"""A finished derivation as plain data: every quantity of a round as one short formula, without numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from derive.errors import MalformedError
from derive.formula.expression import references
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.naming import QuantityId
from derive.given.problem import Structure
from derive.network.graph import Quantity


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """Forward pass, backward pass and updates, without numbers.

    Attributes
    ----------
    givens : tuple of str
    quantities : tuple of Quantity
        In working order; each formula uses givens and earlier quantities only.
    trained : tuple of str
        Givens that a round replaces; the updated value of ``w`` is the quantity ``w_new``.
    objective : str
        The quantity whose derivatives these are: the total error of a network.
    wrt : tuple of str
        The names by which the objective is differentiated, where they are not the trained ones.
    samples : int
        How many training samples there are; with several, ids carry an index.
    turns : int
        How many rounds an epoch has; 1 where every round takes all samples.
    batch : int
        How many samples a round takes, where they take turns.
    states : frozenset of str
        Those of the trained that are no parameters, such as the velocity of momentum.
    named_by_units : bool
        Whether a unit's name alone stands for what comes out of it.
    """

    givens: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    trained: tuple[str, ...]
    objective: str = "E_total"
    wrt: tuple[str, ...] = ()
    samples: int = 1
    turns: int = 1
    batch: int = 1
    states: frozenset[str] = frozenset()
    named_by_units: bool = False

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The trained givens without what an update rule keeps for itself."""
        return tuple(name for name in self.trained if name not in self.states)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of all givens and quantities."""
        return frozenset((*self.givens, *self.by_id))

    @cached_property
    def by_id(self) -> dict[str, Quantity]:
        """Quantities by their ids."""
        return {quantity.id: quantity for quantity in self.quantities}

    def at_its_turn(self, name: QuantityId) -> QuantityId:
        """What an id without a round means: where samples take turns, a sample's figure is the one at its turn.

        With one sample an update, ``net_y[2]`` is ``net_y[2]@1``: it is worked with the parameters after one update.
        """
        if self.turns == 1 or name.sample is None or str(name) in self.givens:
            return name
        return replace(name, round=(name.sample - 1) // self.batch)

    @cached_property
    def of_first_turn(self) -> tuple[Quantity, ...]:
        """The quantities that the first round works: where samples take turns, those of sample 1 and its update."""
        if self.turns == 1:
            return self.quantities
        return tuple(
            quantity
            for quantity in self.quantities
            if quantity.id != self.objective and (quantity.sample is None or quantity.sample <= self.batch)
        )

    def spelled(self, quantity: str) -> str:
        """An id of the first round as users write it: a sample whose turn comes later needs its ``@0``."""
        parsed = QuantityId.parse(quantity, aliases=False)
        if parsed is None or parsed.round or self.at_its_turn(parsed) == parsed:
            return quantity
        return f"{quantity}@0"

    @cached_property
    def code(self) -> dict[object, Any]:
        """What was compiled from it, for all who need the same."""
        return {}


def splits_plainly(structure: Structure) -> bool:
    """Whether the total is a plain sum of one error for each of several outputs, none depending on another's net."""
    plain = not LOSSES[structure.loss].mean and FUNCTIONS[structure.layers[-1].activation].arity is not None
    return plain and len(structure.outputs) > 1


def frozen_twin(structure: Structure) -> Structure:
    """The same structure with simultaneous updates, whose hidden figures are true derivatives."""
    return replace(structure, conventions=replace(structure.conventions, update="simultaneous"))


def check_derivation(derivation: Derivation) -> None:
    """Raise `MalformedError` unless ids are unique and every formula uses only what stands before it."""
    known = set(derivation.givens)
    if len(known) != len(derivation.givens):
        raise MalformedError("two givens share an id")
    for quantity in derivation.quantities:
        for name in references(quantity.expression):
            if name not in known:
                raise MalformedError(f"{quantity.id} uses {name}, which does not stand before it")
        if quantity.id in known:
            raise MalformedError(f"{quantity.id} is defined twice")
        known.add(quantity.id)
