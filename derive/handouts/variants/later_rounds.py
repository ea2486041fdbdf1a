"""The figures asked, round by round, each round with what the updates before it make of the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import ARRAYS, compile_quantities
from derive.given.naming import at_round, updated_id
from derive.handouts.sheets.honest import MOST_UPDATES
from derive.judging.routes import Routes

Floats = NDArray[np.float64]


def in_rounds(
    routes: Routes, givens: Mapping[str, Floats], asked: Sequence[str]
) -> Iterator[tuple[Mapping[str, Floats], tuple[str, ...]]]:
    """The numbers at the start of each round of which something is asked, and what, by the ids of a first round.

    A parameter after so many updates is what the last of these updates makes of it. Where samples take turns, or a
    rule counts its updates, the first round alone is told.

    Parameters
    ----------
    routes : Routes
    givens : mapping of str to array of shape (candidates,)
    asked : sequence of str
        Canonical ids.
    """
    way = routes.nearest
    names: dict[int, list[str]] = {}
    for name in asked:
        base, number = at_round(name)
        if base not in way.by_id:  # a parameter or a state
            base, number = updated_id(base), number - 1
        if base in way.by_id:
            names.setdefault(number, []).append(base)
    yield givens, tuple(names.get(0, ()))
    last = max((number for number in names if number <= MOST_UPDATES), default=0)
    if way.turns > 1 or "k" in way.givens or not last:
        return
    renewed = [name for name in way.givens if updated_id(name) in way.by_id]
    if "one update" not in way.code:
        outputs = [updated_id(name) for name in renewed]
        way.code["one update"] = compile_quantities(
            way.quantities, inputs=way.givens, outputs=outputs, arithmetic=ARRAYS
        )
    for number in range(1, last + 1):
        with np.errstate(all="ignore"):
            found = way.code["one update"]([givens[name] for name in way.givens])
        givens = {**givens, **dict(zip(renewed, found, strict=True))}
        if number in names:
            yield givens, tuple(names[number])
