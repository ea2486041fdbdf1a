"""Several rounds of a problem as one derivation: what round k works is called ``NAME@k``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from derive.formula.expression import Ref, renamed
from derive.given.naming import updated_id
from derive.network.derivation import Derivation
from derive.network.graph import Quantity


def unrolled(derivation_of_turn: Callable[[int], Derivation], rounds: int) -> Derivation:
    """The first rounds one after the other, each of what it takes alone.

    Parameters
    ----------
    derivation_of_turn : callable
    rounds : int, 1 or more

    Returns
    -------
    Derivation
        Its first round has the ids that it always has; ``w5_new`` of round k is ``w5@(k + 1)`` for later ones.
    """
    first = derivation_of_turn(1)
    found: list[Quantity] = []
    standing = {name: name for name in first.trained}
    for number in range(rounds):
        derivation = derivation_of_turn(number % first.turns + 1)
        updated = {updated_id(name): name for name in first.trained}
        fixed = frozenset(derivation.givens) - frozenset(first.trained)
        names = dict(standing)
        for quantity in on_turn(derivation, number):
            own = quantity.id
            if number and own in updated:
                own = f"{updated[own]}@{number + 1}"
            elif number:
                own = f"{own}@{number}"
            formula = renamed(quantity.expression, partial(_of_round, fixed, names))
            found.append(replace(quantity, id=own, expression=formula))
            names[quantity.id] = own
        standing = {name: names.get(updated_id(name), standing[name]) for name in first.trained}
    return replace(first, quantities=tuple(found))


def _of_round(fixed: frozenset[str], names: Mapping[str, str], name: str) -> Ref:
    return Ref(name if name in fixed else names.get(name, name))


def on_turn(derivation: Derivation, number: int) -> tuple[Quantity, ...]:
    """What a round works: of samples that take turns, those on turn alone."""
    if derivation.turns == 1:
        return derivation.quantities
    first = number % derivation.turns * derivation.batch + 1
    samples = range(first, first + derivation.batch)
    return tuple(
        quantity
        for quantity in derivation.quantities
        if (quantity.sample is None or quantity.sample in samples) and not _over_all(derivation, quantity)
    )


def _over_all(derivation: Derivation, quantity: Quantity) -> bool:
    """Whether it is the error of all samples, which no single turn works."""
    return quantity.sample is None and quantity.id == derivation.objective and derivation.samples > 1
