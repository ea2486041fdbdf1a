"""Which of several causes is the likeliest: what the same script shows elsewhere comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from derive.judging.findings import Finding


def likeliest_first(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """The same findings, with the causes of every ambiguous figure in order of how many figures they explain.

    Parameters
    ----------
    findings : mapping of str to Finding
        Of one script.
    """
    support = Counter(
        ids
        for finding in findings.values()
        for ids in {cause.ids for cause in finding.causes if not finding.follows_from}
    )
    return {
        name: replace(finding, causes=tuple(sorted(finding.causes, key=lambda cause: -support[cause.ids])))
        if finding.verdict == "ambiguous"
        else finding
        for name, finding in findings.items()
    }
