"""One mark for one mistake: what a script shows again and again is charged once, and two causes by chance are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from derive.judging.engine.deciding import WRONG
from derive.judging.engine.slips import SLIPS
from derive.judging.findings import Finding
from derive.judging.model import Written

_FEWEST = 3  # figures of one value that are no calculation


def charged_once(findings: Mapping[str, Finding], figures: Mapping[str, Written]) -> dict[str, Finding]:
    """The findings of one script, in working order, where each mistake costs the mark of the first figure it is at.

    Two mistakes at once that give one figure alone may do so by chance: they are named where another figure bears one
    of them out.

    Parameters
    ----------
    findings : mapping of str to Finding
    figures : mapping of str to Written
        Where the first of them has no two digits, all may be alike and show nothing.
    """
    numbers = [written.value for written in figures.values() if written.kind == "number"]
    if len(numbers) >= _FEWEST and len(set(numbers)) == 1:  # one figure everywhere shows nothing
        return {name: replace(finding, earns=False) for name, finding in findings.items()}
    shown = Counter(name for finding in findings.values() for name in finding.diagnosis)
    first: dict[tuple[str, ...], str] = {}
    found: dict[str, Finding] = {}
    for quantity, finding in findings.items():
        if _is_pair(finding) and not any(shown[name] > 1 for name in finding.diagnosis):
            finding = WRONG
        if finding.verdict == "misconception" and not SLIPS.intersection(finding.diagnosis):
            bearer = first.setdefault(finding.diagnosis, quantity)
            if bearer != quantity and figures[bearer].digits > 1:
                finding = replace(finding, repeats=(bearer,))
        found[quantity] = finding
    return found


def _is_pair(finding: Finding) -> bool:
    """Whether two wrong rules at one step explain a figure."""
    if finding.verdict != "misconception":
        return False
    mistake = finding.causes[0].mistake
    return mistake is not None and len(mistake.ids) > 1
