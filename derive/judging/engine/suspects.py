"""Which wrong formulas give a figure, from the student's own figures before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.arithmetic.code import evaluate
from derive.formula.expression import Expression
from derive.judging.engine.ball_arrays import BALL_ARRAYS, NO_VALUE, BallArray, Floats, Mask
from derive.judging.engine.duals import DUALS, Dual
from derive.judging.engine.sweep import Sweep, between, uses_of
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes

Catalogue = Callable[[Routes, str], Sequence[Mistake]]

_MOST_ANCESTORS = 60  # unwritten steps above a figure that are searched for a mistake, the nearest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A wrong formula that gives some students' figures.

    Attributes
    ----------
    mistake : Mistake
    mask : mask
        Whose figures it gives.
    centre, reach : balls, floats
        What it comes to.
    """

    mistake: Mistake
    mask: Mask
    centre: BallArray
    reach: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Figures, their half widths, and all that they may stand for."""

    figures: BallArray
    half: Floats
    span: BallArray


def fitting(
    sweep: Sweep, quantity: str, figures: BallArray, half: Floats, mistakes: Sequence[Mistake]
) -> Iterator[Fit]:
    """The mistakes at a quantity itself that give its figures."""
    reading = Reading(figures=figures, half=half, span=figures.widened(half))
    for mistake in mistakes:
        found = _fit(sweep, quantity, (), mistake, reading)
        if found is not None:
            yield found


def fitting_above(
    sweep: Sweep, quantity: str, figures: BallArray, half: Floats, catalogue: Callable[[str], Sequence[Mistake]]
) -> Iterator[Fit]:
    """The mistakes at steps above a quantity that were not written that give its figures, the nearest step first."""
    reading = Reading(figures=figures, half=half, span=figures.widened(half))
    order = between(sweep, quantity, sweep.rows)
    for at in order[::-1][:_MOST_ANCESTORS]:
        path = _path(sweep, order, at, quantity)
        if path is None:
            continue
        for mistake in catalogue(at):
            found = _fit(sweep, quantity, path, mistake, reading)
            if found is not None:
                yield found


def fitting_throughout(
    sweep: Sweep, quantity: str, figures: BallArray, half: Floats, catalogue: Callable[[str], Sequence[Mistake]]
) -> Iterator[Fit]:
    """The mistakes made alike at several steps, unwritten ones and the quantity's own, that give its figures."""
    reading = Reading(figures=figures, half=half, span=figures.widened(half))
    order = between(sweep, quantity, sweep.rows)[-_MOST_ANCESTORS:]
    made: dict[str, list[Mistake]] = {}
    for at in (*order, quantity):
        names = [mistake.ids[0] for mistake in catalogue(at)]
        for mistake in catalogue(at):
            if names.count(mistake.ids[0]) == 1:
                made.setdefault(mistake.ids[0], []).append(mistake)
    for several in made.values():
        if len(several) < 2:
            continue
        changed = {mistake.at for mistake in several}
        for name in (*order, quantity):
            if not changed.isdisjoint(uses_of(sweep.way, sweep.way.by_id[name].expression)):
                changed.add(name)
        path = tuple(name for name in order if name in changed)
        if quantity in changed:
            found = _fit(sweep, quantity, path, several[-1], reading, several)
            if found is not None:
                yield found


def _path(sweep: Sweep, order: Sequence[str], at: str, quantity: str) -> tuple[str, ...] | None:
    """What a step changes on the way down to a quantity, itself first; None where it does not reach it."""
    changed = {at}
    for name in (*order[order.index(at) + 1 :], quantity):
        if not changed.isdisjoint(uses_of(sweep.way, sweep.way.by_id[name].expression)):
            changed.add(name)
    return tuple(name for name in order if name in changed) if quantity in changed else None


def worked_wrongly(sweep: Sweep, quantity: str, mistake: Mistake) -> Fit:
    """What a mistake at a quantity itself comes to, whoever may have made it."""
    dual: Dual = _rework(sweep, _formulas(sweep, quantity, (), mistake), DUALS, lambda dual: dual)
    everyone = np.ones(sweep.count, dtype=bool)
    return Fit(mistake=mistake, mask=everyone, centre=dual.centre, reach=sweep.reach(dual))


def _fit(
    sweep: Sweep,
    quantity: str,
    path: Sequence[str],
    mistake: Mistake,
    reading: Reading,
    alike: Sequence[Mistake] = (),
) -> Fit | None:
    """Whose figures a mistake gives, made alike elsewhere: by bounds that are cheap and wide, then in centred form."""
    formulas = _formulas(sweep, quantity, path, *(alike or (mistake,)))
    box: BallArray = _rework(sweep, formulas, BALL_ARRAYS, lambda dual: dual.box)
    rows = np.flatnonzero(sweep.full(reading.span.overlaps(box)))
    if not len(rows):
        return None
    used = {name for formula in formulas.values() for name in uses_of(sweep.way, formula)}
    part = sweep.part(rows, used | {name for name in path if sweep.written(name) is not None})
    dual: Dual = _rework(part, formulas, DUALS, lambda dual: dual)
    near = part.reach(dual)
    fits = part.full(reading.figures.take(rows).meets(dual.centre, reading.half[rows] + near))
    if not fits.any():
        return None
    mask, reach = np.zeros(sweep.count, dtype=bool), np.zeros(sweep.count)
    centre = BallArray.of([NO_VALUE] * sweep.count)
    mask[rows], reach[rows], centre.balls[rows] = fits, near, dual.centre.balls
    return Fit(mistake=mistake, mask=mask, centre=centre, reach=reach)


def _formulas(sweep: Sweep, quantity: str, path: Sequence[str], *mistakes: Mistake) -> dict[str, Expression]:
    """The formulas from mistakes down to a quantity; all else that they refer to is worked out beforehand."""
    by_id = sweep.way.by_id
    wrong = {mistake.at: mistake.expression for mistake in mistakes}
    formulas = {name: wrong.get(name, by_id[name].expression) for name in (*path, quantity)}
    for formula in formulas.values():
        sweep.prepare(uses_of(sweep.way, formula))
    sweep.prepare(name for name in path if sweep.written(name) is not None)
    return formulas


def _rework(sweep: Sweep, formulas: Mapping[str, Expression], arithmetic: Any, part: Callable[[Dual], Any]) -> Any:
    """What the last of some formulas comes to, where each of them takes the place of what was worked out."""
    changed: dict[str, Any] = {}
    found: Any = None
    last = tuple(formulas)[-1]
    for name, formula in formulas.items():
        used = uses_of(sweep.way, formula)
        values = {each: changed[each] if each in changed else part(sweep.known[each].dual) for each in used}
        found = evaluate(formula, values, arithmetic)
        if name != last:
            written = sweep.written(name)
            changed[name] = found if written is None else part(sweep.known[name].dual).where(written, found)
    return found
