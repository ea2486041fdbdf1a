"""What judging finds out about one figure, before it is put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.judging.misconceptions.model import Mistake
from derive.judging.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One explanation of a figure.

    Attributes
    ----------
    ids : tuple of str
        Ids that hold together: a misconception, a pair, a slip (``power-of-ten``, ``digits-swapped``), the name of a
        convention, or a misconception with a slip on top of it.
    mistake : Mistake or None
        The wrong formula, where there is one.
    strict : bool
        Whether it gives the figure without a unit off in the last place.
    given, used : str
        The given that was misread, and the number it was taken for.
    """

    ids: tuple[str, ...]
    mistake: Mistake | None = None
    strict: bool = True
    given: str = ""
    used: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out about one figure.

    Attributes
    ----------
    verdict : Verdict
    causes : tuple of Cause
        One where the verdict names it; with ``ambiguous`` all that fit, the likeliest first.
    follows_from : tuple of str
        The student's own wrong figures it follows from.
    earns : bool
        False for a carried figure that no longer depends on what was carried, or only on a carried zero.
    repeats : tuple of str
        The figure that bears the mark of the same mistake, which this one only repeats.
    reason : str
        Of a formula: why it cannot be read, or what is wrong about it where no cause says so.
    read_as : str
        The id that it is a figure of, where another was written: ``w5_new`` under the name w5.
    """

    verdict: Verdict
    causes: tuple[Cause, ...] = ()
    follows_from: tuple[str, ...] = ()
    earns: bool = True
    repeats: tuple[str, ...] = ()
    reason: str = ""
    read_as: str = ""

    @property
    def diagnosis(self) -> tuple[str, ...]:
        """Ids of all causes, each once."""
        return tuple(dict.fromkeys(name for cause in self.causes for name in cause.ids))


def named_as_written(findings: Mapping[str, Finding], aliases: Mapping[str, str]) -> dict[str, Finding]:
    """Findings that follow from figures under the names that were written: ``w5@1`` for this round's ``w5_new``.

    Parameters
    ----------
    findings : mapping of str to Finding
    aliases : mapping of str to str
        From the names that were written to those that were judged.
    """
    own = {judged: name for name, judged in aliases.items()}
    return {
        name: replace(finding, follows_from=tuple(own.get(each, each) for each in finding.follows_from))
        if own.keys() & finding.follows_from
        else finding
        for name, finding in findings.items()
    }
