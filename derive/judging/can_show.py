"""Which misconceptions a problem's numbers cannot show, so that an author chooses better ones."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.arithmetic.code import ARRAYS, compile_quantities, evaluate
from derive.given.formula_problem import AnyProblem
from derive.judging.downstream import steps_below, trail, users_of
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.routes import Routes, routes_for
from derive.judging.separation import apart
from derive.network.graph import Quantity
from derive.proof.values import given_numbers

_MOST_NAMES = 6
_MOST_ROWS = 6
_WIDTH = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A misconception that does not show in some of the figures that it reaches.

    Attributes
    ----------
    quantity : str
        Where it is made.
    kind : str
    id : str
    hidden_in : tuple of str
        The figures that it changes too little to be seen, or to be told from a slip; in working order.
    shown_in : tuple of str
        The other figures that it reaches.
    """

    quantity: str
    kind: str
    id: str
    hidden_in: tuple[str, ...]
    shown_in: tuple[str, ...]

    @property
    def everywhere(self) -> bool:
        """Whether no figure at all shows it."""
        return not self.shown_in

    @property
    def where_made(self) -> bool:
        """Whether it shows in the figure of the very step at which it is made."""
        return self.quantity in self.shown_in


def cannot_show(problem: AnyProblem, digits: int = 4) -> tuple[Hidden, ...]:
    """The misconceptions that these numbers hide, each followed through the whole round.

    Where one id has several forms at a step, such as ``wrong-hidden`` with each other unit, it is hidden in a figure
    if any of them is.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    digits : int
        Significant digits in which figures are written.

    Returns
    -------
    tuple of Hidden
        Those that show nowhere first, then the others, each in working order.
    """
    routes = routes_for([problem])
    values = _worked(routes, problem)
    users = users_of(routes.nearest)
    found: list[Hidden] = []
    for quantity in routes.nearest.quantities:
        below = steps_below(routes.nearest, users, quantity.id, frozenset())
        hidden: dict[tuple[str, str], dict[str, bool]] = {}
        for mistake in mistakes_at(routes, quantity.id):
            # An updated weight that a wrong formula itself uses stays as it was.
            wrong = trail(routes.nearest, mistake, below, below, "# ")
            shown = _shown(wrong.quantities, wrong.figures, values, digits)
            of_id = hidden.setdefault((mistake.kind, mistake.ids[0]), dict.fromkeys(below, True))
            for name, visible in shown.items():
                of_id[name] &= visible
        for (kind, name), figures in hidden.items():
            unseen = tuple(figure for figure, visible in figures.items() if not visible)
            seen = tuple(figure for figure, visible in figures.items() if visible)
            if unseen:
                found.append(Hidden(quantity=quantity.id, kind=kind, id=name, hidden_in=unseen, shown_in=seen))
    return tuple(sorted(found, key=lambda each: (not each.everywhere, each.where_made)))


def can_show_text(problem: AnyProblem, digits: int = 4) -> str:
    """The same as a table for the terminal, the worst first.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    digits : int
    """
    found = cannot_show(problem, digits)
    nowhere = [each for each in found if each.everywhere]
    own = [each for each in found if not each.everywhere and not each.where_made]
    below = [each for each in found if each.where_made]
    lines = [f"{problem.name}, figures of {digits} significant digits"]
    if not found:
        return "\n".join([*lines, "Every misconception shows in every figure that it reaches."]) + "\n"
    lines += _section("These show in no figure; only other numbers (or more digits) would show them:", nowhere)
    lines += _section(
        "These do not show where they are made, or look like a slip there, but show in figures below:", own, shown=True
    )
    lines += _unseen_in(below, routes_for([problem]).nearest.by_id)
    return "\n".join(lines) + "\n"


def _section(heading: str, found: Iterable[Hidden], *, shown: bool = False) -> list[str]:
    """One line for each id, with the quantities where it is made, the commonest first."""
    groups: dict[str, list[Hidden]] = defaultdict(list)
    for each in found:
        groups[each.id].append(each)
    rows: list[tuple[str, str, str]] = []
    for name, group in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        places = _named([each.quantity for each in group])
        seen = list(dict.fromkeys(figure for each in group for figure in each.shown_in))
        rows.append((name, f"at {places}", f"shows in {_named(seen)}" if shown else ""))
    return ["", heading, *_table(rows)] if rows else []


def _unseen_in(found: Iterable[Hidden], working_order: Iterable[str]) -> list[str]:
    """For each figure the misconceptions made before it that it would not give away: the worst first."""
    unseen: dict[str, dict[str, None]] = defaultdict(dict)
    for each in reversed(list(found)):  # the nearest step first
        for figure in each.hidden_in:
            unseen[figure][each.id] = None
    order = {name: place for place, name in enumerate(working_order)}
    likes: dict[frozenset[str], list[str]] = defaultdict(list)
    for figure, names in sorted(unseen.items(), key=lambda pair: order[pair[0]]):
        likes[frozenset(names)].append(figure)
    lines: list[str] = []
    worst = sorted(likes, key=len, reverse=True)
    for ids in worst[:_MOST_ROWS]:
        figures = likes[ids]
        text = f"{_named(figures)}: {', '.join(unseen[figures[0]])}"
        lines += textwrap.wrap(
            text, width=_WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
        )
    if len(worst) > _MOST_ROWS:
        rest = sum(len(likes[ids]) for ids in worst[_MOST_ROWS:])
        lines.append(f"  and {rest} more figures, each with {len(worst[_MOST_ROWS])} or fewer")
    heading = "These figures do not show the misconceptions named, made in steps before; ask for those steps as well:"
    return ["", heading, *lines] if lines else []


def _named(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names) if rest <= 1 else f"{', '.join(names[:_MOST_NAMES])} and {rest} more"


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    first, second = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    return [f"  {name:<{first}}  {place:<{second}}  {rest}".rstrip() for name, place, rest in rows]


def _worked(routes: Routes, problem: AnyProblem) -> Mapping[str, float]:
    """Every right value."""
    numbers = {name: float(number.value) for name, number in given_numbers(problem).items()}
    outputs = list(routes.nearest.by_id)
    way = routes.nearest
    work = compile_quantities(way.quantities, inputs=way.givens, outputs=outputs, arithmetic=ARRAYS)
    with np.errstate(all="ignore"):
        found = work([np.float64(numbers[name]) for name in way.givens])
    return {name: np.float64(numbers[name]) for name in way.givens} | dict(
        zip(outputs, map(np.float64, found), strict=True)
    )


def _shown(
    quantities: Iterable[Quantity], figures: Mapping[str, str], values: Mapping[str, float], digits: int
) -> dict[str, bool]:
    """Whether each figure gives the mistake away."""
    wrong = dict(values)
    with np.errstate(all="ignore"):
        for quantity in quantities:
            wrong[quantity.id] = np.float64(evaluate(quantity.expression, wrong, ARRAYS))
        right = np.array([values[name] for name in figures])
        found = np.array([wrong[name] for name in figures.values()])
        visible = apart(right, found, digits)
    return dict(zip(figures, map(bool, visible), strict=True))
