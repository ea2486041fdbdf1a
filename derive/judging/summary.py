"""Sentences that sum a script up: how much went wrong, what went wrong first, and what fixes most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from derive.judging.findings import Finding
from derive.judging.model import FAULTLESS, Judgement, Report
from derive.judging.wording import UNEXPLAINED, count, sentence_parts

#: Verdicts that are counted by themselves; all others at fault are mistakes.
_APART = frozenset({"carried", "unreadable", "too-coarse"})


def summary(report: Report, findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """One to three sentences about one student's report.

    Parameters
    ----------
    report : Report
        Of one student.
    findings : mapping of str to Finding
    """
    answered = [each for each in report.judgements if each.verdict != "blank"]
    faulty = [each for each in answered if each.verdict not in FAULTLESS]
    if not answered:
        return ("Nothing is filled in yet.",)
    if not faulty:
        blanks = len(report.judgements) - len(answered)
        rest = f"; {count(blanks, 'figure')} left blank" if blanks else ""
        return (
            ("The figure is right" if len(answered) == 1 else f"All {len(answered)} figures are right") + rest + ".",
        )
    roots = [each for each in faulty if each.verdict != "carried"] or faulty[:1]
    first = roots[0]
    said = _lower(first.explanation.removeprefix(UNEXPLAINED).strip())
    sentences = [_counted(faulty, findings), f"The first thing that went wrong is {first.quantity}: {said}"]
    most = _most(roots, faulty, findings)
    return (*sentences, most) if most else tuple(sentences)


def _counted(faulty: Sequence[Judgement], findings: Mapping[str, Finding]) -> str:
    """``3 mistakes, 21 results carried over from them.``: the numbers of the table."""
    bearers = [name for each in faulty if each.quantity in findings for name in findings[each.quantity].repeats]
    again = len(bearers)
    counts = Counter(each.verdict if each.verdict in _APART else "mistake" for each in faulty)
    mistakes, carried = counts["mistake"] - again, counts["carried"]
    it = "it" if mistakes == 1 else "them"
    parts = [count(mistakes, "mistake")] if mistakes else []
    if again:
        which = "" if mistakes == 1 else "one of them " if len(set(bearers)) == 1 else "some of them "
        parts.append(f"{which}shown again in {count(again, 'figure')}")
    if carried:
        parts.append(f"{count(carried, 'result')} carried over{f' from {it}' if mistakes else ''}")
    if counts["unreadable"]:
        parts.append(f"{count(counts['unreadable'], 'figure')} not readable")
    if counts["too-coarse"]:
        parts.append(f"{count(counts['too-coarse'], 'figure')} with too few digits")
    return f"{', '.join(parts)}."


def _most(roots: Sequence[Judgement], faulty: Sequence[Judgement], findings: Mapping[str, Finding]) -> str:
    """What explains the most faulty figures, with what followed from it; nothing where each went wrong by itself."""
    groups: dict[tuple[str, ...], list[Judgement]] = {}
    for root in roots:
        cause = root.diagnosis if root.verdict in ("misconception", "slip") else (root.quantity,)
        groups.setdefault(cause, []).append(root)
    behind = {key: _followers(own, faulty) for key, own in groups.items()}
    best = max(groups, key=lambda key: len(behind[key]) + len(groups[key]))
    own, total = groups[best], len(behind[best]) + len(groups[best])
    if total == 1:
        return ""
    gain = {2: "both"}.get(total, f"all {total}") if total == len(faulty) else f"{total} of the {len(faulty)} results"
    if own[0] is roots[0]:
        return f"Fixing this fixes {gain}."
    finding = findings.get(own[0].quantity)
    named = own[0].verdict in ("misconception", "slip") and finding is not None and finding.causes
    remedy = _lower(sentence_parts(finding.causes[0], own[0].quantity)[1]) if named and finding is not None else ""
    return f"Fixing {own[0].quantity} fixes most, {gain}{f': {remedy}' if remedy else '.'}"


def _followers(roots: Sequence[Judgement], faulty: Sequence[Judgement]) -> set[str]:
    """Carried figures that follow from these, near or far."""
    reached = {root.quantity for root in roots}
    own = set(reached)
    for each in faulty:  # in working order: what it follows from stands before it
        if each.verdict == "carried" and reached.intersection(each.follows_from):
            reached.add(each.quantity)
    return reached - own


def _lower(sentence: str) -> str:
    """A sentence to go on after a colon; a name at its beginning keeps its letters."""
    head = sentence.partition(" ")[0]
    return sentence[:1].lower() + sentence[1:] if head[1:].islower() or len(head) == 1 else sentence
