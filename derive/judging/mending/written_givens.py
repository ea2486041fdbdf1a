"""Givens that are written with another value: the value after the update, or a misread one."""

from __future__ import annotations

from dataclasses import replace

from derive.given.naming import updated_id
from derive.judging.conventions.choosing import Judged
from derive.judging.findings import Cause, Finding
from derive.judging.mending.misread import GIVEN_MISREAD
from derive.judging.mending.readings import Case, Reading
from derive.judging.model import RIGHT


def as_new_values(case: Case) -> list[Reading]:
    """The script with given parameters at fault read as their new values: all of them, or one."""
    new = {
        name: updated_id(name)
        for name in case.at_fault
        if updated_id(name) in case.routes.nearest.by_id and updated_id(name) not in case.figures
    }
    some = [new, *({name: own} for name, own in new.items() if len(new) > 1)]
    return [_read(case, names) for names in some if names]


def _read(case: Case, names: dict[str, str]) -> Reading:
    def accept(judged: Judged) -> Judged | None:
        if any(judged[new].verdict not in RIGHT | {"carried"} for new in names.values()):
            return None
        found = {name: judged[names.get(name, name)] for name in case.judged}
        return found | {name: replace(found[name], read_as=new) for name, new in names.items()}

    figures = {names.get(name, name): written for name, written in case.figures.items()}
    return Reading(figures=figures, problem=case.own_problem, accept=accept)


def told_misread(case: Case) -> Judged:
    """The findings, where a given with another value is said to be misread."""
    found = dict(case.judged)
    for name in case.at_fault:
        if name not in case.routes.nearest.by_id and found[name].verdict != "too-coarse":
            cause = Cause(ids=(GIVEN_MISREAD,), given=name, used=case.figures[name].text)
            found[name] = Finding(verdict="misconception", causes=(cause,))
    return found
