"""A slip in writing a figure down, where its writer went on with the figure that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.judging.conventions.choosing import Judged
from derive.judging.engine.slips import SLIPS, mended_figures
from derive.judging.mending.readings import Case, Reading, better
from derive.judging.model import Written

WRITTEN_DOWN = "written-down"


def written_wrongly(case: Case) -> list[Reading]:
    """The script with one slip mended, in each way that explains the figure."""
    return [
        _mended(case, name, written)
        for name in case.at_fault
        if any(SLIPS.intersection(cause.ids) for cause in case.judged[name].causes)
        for written in _meant(case.figures[name], case.judged[name].diagnosis)
    ]


def _meant(written: Written, ids: tuple[str, ...]) -> Iterator[Written]:
    for slip, value, unit in mended_figures(written):
        if slip in ids:
            yield replace(written, value=value, unit=unit)


def _mended(case: Case, name: str, written: Written) -> Reading:
    def accept(judged: Judged) -> Judged | None:
        if judged[name].verdict not in ("correct", "carried", "rounding"):
            return None
        found = better(case.judged, judged)
        mended = [other for other in case.at_fault if other != name and found[other] is not case.judged[other]]
        if not mended:
            return None
        own = case.judged[name]
        slips = [cause for cause in own.causes if SLIPS.intersection(cause.ids)]
        causes = (replace(slips[0], ids=(*slips[0].ids, WRITTEN_DOWN)),)
        return found | {name: replace(own, verdict="slip", causes=causes)}

    return Reading(figures={**case.figures, name: written}, problem=case.own_problem, accept=accept)
