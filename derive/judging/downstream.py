"""Where a mistake shows: the figures that it reaches through steps which nobody writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from derive.formula.expression import Ref, references, renamed
from derive.judging.misconceptions.mistakes import drawn_apart, mistakes_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes
from derive.network.derivation import Derivation
from derive.network.graph import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A mistake and what follows from it.

    Attributes
    ----------
    mistake : Mistake
    quantities : tuple of Quantity
        The wrong formula and all steps below it that it changes, under ids of their own, such as ``#3 delta_H1``;
        whatever else they use is right.
    figures : mapping of str to str
        The figures in which it may show, and the ids under which they stand in ``quantities``.
    """

    mistake: Mistake
    quantities: tuple[Quantity, ...]
    figures: dict[str, str]


def trails_of(routes: Routes, asked: Sequence[str]) -> Iterator[Trail]:
    """Every single mistake at a figure asked, or at a step above one that is not asked.

    Parameters
    ----------
    routes : Routes
    asked : sequence of str
        The figures that are written.
    """
    written = frozenset(asked)
    users = users_of(routes.nearest)
    count = 0
    for quantity in routes.nearest.quantities:
        below = steps_below(routes.nearest, users, quantity.id, written)
        figures = [name for name in below if name in written]
        if not figures:
            continue
        for mistake in filter(drawn_apart, mistakes_at(routes, quantity.id)):
            yield trail(routes.nearest, mistake, below, figures, f"#{count} ")
            count += 1


def trail(derivation: Derivation, mistake: Mistake, below: Sequence[str], figures: Iterable[str], prefix: str) -> Trail:
    """A mistake worked through the steps below it; a step that a wrong formula itself uses stays as it is there."""
    changed: set[str] = set()
    quantities: list[Quantity] = []
    for name in below:
        formula = mistake.expression if name == mistake.at else derivation.by_id[name].expression
        if name != mistake.at:
            formula = renamed(formula, lambda used: Ref(f"{prefix}{used}" if used in changed else used))
        changed.add(name)
        quantities.append(Quantity(f"{prefix}{name}", "wrong", formula))
    return Trail(mistake=mistake, quantities=tuple(quantities), figures={name: f"{prefix}{name}" for name in figures})


def steps_below(
    derivation: Derivation, users: dict[str, tuple[str, ...]], start: str, written: frozenset[str]
) -> tuple[str, ...]:
    """A step and all that depend on it without passing through a figure that is written, in working order."""
    found = {start}
    stack = [start]
    while stack:
        name = stack.pop()
        if name in written:
            continue
        for user in users.get(name, ()):
            if user not in found:
                found.add(user)
                stack.append(user)
    return tuple(quantity.id for quantity in derivation.quantities if quantity.id in found)


def users_of(derivation: Derivation) -> dict[str, tuple[str, ...]]:
    """For each id the quantities whose formulas use it."""
    found: dict[str, dict[str, None]] = {}
    for quantity in derivation.quantities:
        for name in references(quantity.expression):
            found.setdefault(name, {})[quantity.id] = None
    return {name: tuple(users) for name, users in found.items()}
