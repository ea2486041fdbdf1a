"""Figures that stand in the wrong place: two cells exchanged, or a column shifted by a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from derive.judging.conventions.choosing import Judged
from derive.judging.findings import Cause, Finding
from derive.judging.mending.readings import Case, Figures, Reading, better, wrong
from derive.judging.model import RIGHT

_MOST_TRIED = 8  # figures at fault among which an exchange is looked for
_FEWEST_SHIFTED = 3
_MOST_LEFT = 0.25  # of the figures at fault that a shifted column may leave so
_IN_PLACE = RIGHT | {"carried"}
_EXCHANGED = Cause(ids=("cells-exchanged",))
_SHIFTED = Cause(ids=("column-shifted",))


def misplaced(case: Case) -> list[Reading]:
    """The script with two figures at fault exchanged, and with its column moved up or down from the first of them."""
    faults = case.at_fault
    if len(faults) < 2:
        return []
    found = list(_shifted(case)) if len(faults) >= _FEWEST_SHIFTED else []
    for first, second in combinations(faults[:_MOST_TRIED], 2):
        if case.figures[first].value != case.figures[second].value:
            found.append(_exchanged(case, first, second))
    return found


def _exchanged(case: Case, first: str, second: str) -> Reading:
    figures = {**case.figures, first: case.figures[second], second: case.figures[first]}

    def accept(judged: Judged) -> Judged | None:
        if any(judged[name].verdict not in _IN_PLACE for name in (first, second)):
            return None
        if len(wrong(judged)) > len(case.at_fault) - 2:
            return None
        slip = Finding(verdict="slip", causes=(_EXCHANGED,))
        return better(case.judged, judged) | {first: slip, second: replace(slip, repeats=(first,))}

    return Reading(figures=figures, problem=case.own_problem, accept=accept)


def _shifted(case: Case) -> Iterator[Reading]:
    names = list(case.figures)
    start = names.index(case.at_fault[0])
    moved = names[start:]
    for first in (moved, names[max(start - 1, 0) :]):
        up = dict(zip(first, [case.figures[name] for name in first[1:]], strict=False))
        down = dict(zip(first[1:], [case.figures[name] for name in first], strict=False))
        for change in (up, down):
            kept: Figures = {name: each for name, each in case.figures.items() if name not in first}
            figures = {name: change.get(name, kept.get(name)) for name in names if name in change or name in kept}
            yield _from_here(case, {name: each for name, each in figures.items() if each is not None})


def _from_here(case: Case, figures: Figures) -> Reading:
    def accept(judged: Judged) -> Judged | None:
        before, left = case.at_fault, wrong(judged)
        mended = [name for name in before if name in judged and judged[name].verdict in _IN_PLACE]
        if len(mended) < _FEWEST_SHIFTED or len(left) > _MOST_LEFT * len(before):
            return None
        slip = Finding(verdict="slip", causes=(_SHIFTED,))
        moved = [name for name in figures if figures[name] is not case.figures[name]]
        found: Judged = {name: judged.get(name, finding) for name, finding in case.judged.items()}
        later = replace(slip, repeats=(moved[0],))
        return found | {name: later for name in moved if judged[name].verdict in _IN_PLACE} | {moved[0]: slip}

    return Reading(figures=figures, problem=case.own_problem, accept=accept)
