"""Which wrong formulas give a figure, from the student's own figures before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.compiled import evaluate
from derive.expression import Expression
from derive.verification.engine.ball_arrays import Floats, Mask
from derive.verification.engine.duals import Dual
from derive.verification.engine.sweep import Sweep, between, uses_of
from derive.verification.misconceptions.model import Mistake
from derive.verification.routes import Routes

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
    centre: Any
    reach: Floats


def fitting(sweep: Sweep, quantity: str, figures: Any, half: Floats, mistakes: Sequence[Mistake]) -> Iterator[Fit]:
    """The mistakes at a quantity itself that give its figures."""
    for mistake in mistakes:
        found = _fit(sweep, quantity, (), mistake, figures, half)
        if found is not None:
            yield found


def fitting_above(
    sweep: Sweep, quantity: str, figures: Any, half: Floats, catalogue: Callable[[str], Sequence[Mistake]]
) -> Iterator[Fit]:
    """The mistakes at steps above a quantity that were not written that give its figures, the nearest step first."""
    order = between(sweep, quantity, sweep.rows)
    for at in order[::-1][:_MOST_ANCESTORS]:
        path = _path(sweep, order, at, quantity)
        if path is None:
            continue
        for mistake in catalogue(at):
            found = _fit(sweep, quantity, path, mistake, figures, half)
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
    dual: Dual = _rework(sweep, _formulas(sweep, quantity, (), mistake), sweep.sheet.kind.dual, lambda dual: dual)
    everyone = np.ones(sweep.count, dtype=bool)
    return Fit(mistake=mistake, mask=everyone, centre=dual.centre, reach=sweep.reach(dual))


def _fit(sweep: Sweep, quantity: str, path: Sequence[str], mistake: Mistake, figures: Any, half: Floats) -> Fit | None:
    """Whose figures a mistake gives: first by bounds that are cheap and wide, then in centred form."""
    formulas = _formulas(sweep, quantity, path, mistake)
    kind = sweep.sheet.kind
    box = _rework(sweep, formulas, kind.arithmetic, lambda dual: dual.box)
    if not figures.meets(box, half).any():
        return None
    dual: Dual = _rework(sweep, formulas, kind.dual, lambda dual: dual)
    reach = sweep.reach(dual)
    mask = sweep.full(figures.meets(dual.centre, half + reach))
    return Fit(mistake=mistake, mask=mask, centre=dual.centre, reach=reach) if mask.any() else None


def _formulas(sweep: Sweep, quantity: str, path: Sequence[str], mistake: Mistake) -> dict[str, Expression]:
    """The formulas from a mistake down to a quantity; all else that they refer to is worked out beforehand."""
    by_id = sweep.way.by_id
    formulas = {name: mistake.expression if name == mistake.at else by_id[name].expression for name in path}
    formulas[quantity] = by_id[quantity].expression if path else mistake.expression
    for formula in formulas.values():
        sweep.prepare(uses_of(sweep.way, formula))
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
