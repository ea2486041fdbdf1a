"""A derivation worked with mistakes in it: the wrong formulas in their places, in an order that can be worked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.errors import MalformedError
from derive.formula.expression import references
from derive.judging.misconceptions.model import Mistake
from derive.network.derivation import Derivation
from derive.network.graph import Quantity


def with_mistakes(derivation: Derivation, mistakes: Iterable[Mistake]) -> Derivation:
    """The derivation with wrong formulas for some quantities.

    A wrong formula may refer to what stands later, such as an updated weight: quantities are put in an order in which
    each uses only what stands before it, and otherwise stay where they are.

    Raises
    ------
    MalformedError
        If two formulas come to need each other.
    """
    wrong = {mistake.at: mistake.expression for mistake in mistakes}
    changed = [
        replace(quantity, expression=wrong.get(quantity.id, quantity.expression)) for quantity in derivation.quantities
    ]
    return replace(derivation, quantities=tuple(in_working_order(changed)))


def in_working_order(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Quantities, each after all that it uses; otherwise as they stood.

    Raises
    ------
    MalformedError
        If some need each other.
    """
    by_id = {quantity.id: quantity for quantity in quantities}
    done: dict[str, Quantity] = {}
    for quantity in quantities:
        waiting = [quantity.id]
        under_way: set[str] = set()
        while waiting:
            name = waiting[-1]
            missing = [] if name in done else [used for used in references(by_id[name].expression) if used in by_id]
            missing = [used for used in missing if used not in done]
            if not missing:
                done.setdefault(name, by_id[name])
                waiting.pop()
                continue
            if name in under_way:
                raise MalformedError(f"{name} comes to need itself")
            under_way.add(name)
            waiting.extend(missing)
    return list(done.values())
