"""Two sentences that sum a script up: the first thing that went wrong, and what would fix most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.judging.findings import Finding
from derive.judging.model import FAULTLESS, Judgement, Report
from derive.judging.wording import count, sentence_parts


def summary(report: Report, findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """One or two sentences about one student's report.

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
    sentences = [f"The first thing that went wrong is {first.quantity}: {_lower(first.explanation)}"]
    sentences.append(_most(roots, faulty, findings))
    return tuple(sentences)


def _most(roots: Sequence[Judgement], faulty: Sequence[Judgement], findings: Mapping[str, Finding]) -> str:
    """What explains the most faulty figures, with what followed from it."""
    groups: dict[tuple[str, ...], list[Judgement]] = {}
    for root in roots:
        cause = root.diagnosis if root.verdict in ("misconception", "slip") else (root.quantity,)
        groups.setdefault(cause, []).append(root)
    behind = {key: _followers(own, faulty) for key, own in groups.items()}
    best = max(groups, key=lambda key: len(behind[key]) + len(groups[key]))
    own, carried = groups[best], behind[best]
    finding = findings.get(own[0].quantity)
    named = own[0].verdict in ("misconception", "slip") and finding is not None and finding.causes
    remedy = _lower(sentence_parts(finding.causes[0], own[0].quantity)[1]) if named and finding is not None else ""
    what = remedy.rstrip(".") or f"work {own[0].quantity} out again"
    total = len(own) + len(carried)
    if total == len(faulty) == 1:
        return "Nothing else is at fault." if remedy else f"To put it right, {what}."
    if total == 1:
        return f"Each of the {len(faulty)} figures at fault went wrong by itself."
    number = count(len(faulty), "figure")
    gain = "both figures" if total == len(faulty) == 2 else f"{total} of the {number}"
    if total == len(faulty) > 2:
        gain = f"all {number}"
    if remedy and own[0] is roots[0]:
        return f"Putting that right would mend most: {gain} at fault."
    return f"What would mend most, {gain} at fault: {what}."


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
