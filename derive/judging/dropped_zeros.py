"""Figures from which zeros were dropped at the end: a spreadsheet makes 0.542 of 0.5420, and so do people.

Each is first read as written to the digits asked for. Where that makes it neither right nor carried nor what a known
cause gives, or where it is right only as far as it goes, it is judged by the digits it has; so it is where most figures
of the script have fewer digits, and the zeros do not make it right to the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from derive.judging.findings import Finding
from derive.judging.model import RIGHT, Options, Verdict, Written

_Note = TypeVar("_Note")
Figures = Mapping[str, Written]
#: Judges some scripts, whose places among all are given first: findings by quantity, and what else is said of each.
Judging = Callable[[Sequence[int], Sequence[Figures], Options], Sequence[tuple[Mapping[str, Finding], _Note]]]

_UNEXPLAINED: frozenset[Verdict] = frozenset({"wrong", "too-coarse"})
#: What a script whose figures mostly have fewer digits is not believed to have written zeros for.
_DOUBTFUL: frozenset[Verdict] = _UNEXPLAINED | {"rounding"}
_FOLLOWS: frozenset[Verdict] = RIGHT | {"carried"}


def judged_with_zeros(
    scripts: Sequence[Figures], options: Options, judge: Judging[_Note]
) -> tuple[list[tuple[Mapping[str, Finding], _Note]], list[Figures]]:
    """Findings for every script, and its figures as they were read.

    Parameters
    ----------
    scripts : sequence of mapping of str to Written
    options : Options
    judge : callable
    """
    read: list[Figures] = [
        {name: _with_zeros(written, options.digits or 0) for name, written in script.items()} for script in scripts
    ]
    found = list(judge(range(len(scripts)), read, options))
    tried = False
    while True:
        undone: dict[int, list[str]] = {}
        for place, (judged, _) in enumerate(found):
            doubtful = _DOUBTFUL if _writes_fewer(scripts[place], options.digits or 0) else _UNEXPLAINED
            names = [name for name in _appended(scripts[place], read[place]) if judged[name].verdict in doubtful]
            if names:
                undone[place] = names
        if not undone and not tried:
            tried, undone = True, _right_as_far(scripts, read, found, options, judge)
        if not undone:
            return found, read
        for place, names in undone.items():
            read[place] = {**read[place], **{name: scripts[place][name] for name in names}}
        for place, again in zip(undone, judge([*undone], [read[place] for place in undone], options), strict=True):
            found[place] = again


def _right_as_far(
    scripts: Sequence[Figures],
    read: Sequence[Figures],
    found: Sequence[tuple[Mapping[str, Finding], _Note]],
    options: Options,
    judge: Judging[_Note],
) -> dict[int, list[str]]:
    """Figures that a cause explains with zeros, and that are right by the digits they have: these say more."""
    explained = {
        place: names
        for place, (judged, _) in enumerate(found)
        if (names := [each for each in _appended(scripts[place], read[place]) if judged[each].verdict not in _FOLLOWS])
    }
    if not explained:
        return {}
    short = [{**read[place], **{name: scripts[place][name] for name in names}} for place, names in explained.items()]
    judged_so = judge([*explained], short, replace(options, digits=None))
    return {
        place: right
        for (place, names), (judged, _) in zip(explained.items(), judged_so, strict=True)
        if (right := [name for name in names if judged[name].verdict in _FOLLOWS])
    }


def _appended(script: Figures, read: Figures) -> list[str]:
    return [name for name, written in read.items() if written is not script[name]]


def _writes_fewer(script: Figures, digits: int) -> bool:
    """Whether most figures have fewer digits than were asked for: zeros are dropped from one figure in ten."""
    own = [each.digits for each in script.values() if each.kind == "number" and each.digits and each.unit]
    return 2 * sum(each >= digits for each in own) < len(own)


def _with_zeros(written: Written, digits: int) -> Written:
    """A number as written to so many digits; as it is where it has them, or says exactly what it says."""
    if not 0 < written.digits < digits or not written.unit:
        return written
    return replace(written, unit=_shorter(written.unit, digits - written.digits), digits=digits)


@lru_cache(maxsize=256)
def _shorter(unit: Fraction, places: int) -> Fraction:
    return unit * Fraction(1, 10**places)
