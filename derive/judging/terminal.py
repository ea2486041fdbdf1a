"""A report for the terminal: one student as a table, several as one line each."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from derive.judging.findings import Finding
from derive.judging.model import FAULTLESS, Judgement, Report
from derive.judging.summary import summary
from derive.judging.verification import Verification
from derive.judging.wording import count

SIGNS: Mapping[str, str] = {
    "correct": "✓",
    "rounding": "✓",
    "convention": "✓",
    "carried": "→",
    "blank": "–",
    "unreadable": "?",
}
_LEAST = 24  # columns for the reason, however narrow the terminal


def to_text(verification: Verification, width: int = 100) -> str:
    """What `derive verify` prints.

    Parameters
    ----------
    verification : Verification
    width : int
        Columns of the terminal.
    """
    report = verification.report
    students = report.students
    if len(students) <= 1:
        lines = _one(report, verification.findings.get(students[0], {}) if students else {}, width)
    else:
        lines = _several(verification, width)
    if report.missing:
        names = ", ".join(printable(student) for student in report.missing)
        lines += textwrap.wrap(f"nothing came back from: {names}", width, subsequent_indent="  ")
    # A row of a wide table is refused once for each of its figures.
    lines += [
        line for each in dict.fromkeys(report.rejected) for line in _rejected(each.file, each.row, each.reason, width)
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n" if lines else ""


def _one(report: Report, findings: Mapping[str, Finding], width: int) -> list[str]:
    if not report.judgements:
        return []
    rows = [(each.quantity, printable(each.written), each.expected, _verdict(each)) for each in report.judgements]
    header = ("quantity", "written", "expected", "verdict")
    sizes = [min(max(len(header[k]), *(len(row[k]) for row in rows)), 28) for k in range(4)]
    left = sum(sizes) + 8
    room = max(width - left, _LEAST)
    lines = ["  ".join(f"{text:<{size}}" for text, size in zip(header, sizes, strict=True)) + "  why"]
    for cells, judgement in zip(rows, report.judgements, strict=True):
        why = "" if judgement.verdict == "correct" else _why(judgement)
        wrapped = textwrap.wrap(why, room) or [""]
        shown = [cell if len(cell) <= size else cell[: size - 1] + "…" for cell, size in zip(cells, sizes, strict=True)]
        lines.append("  ".join(f"{text:<{size}}" for text, size in zip(shown, sizes, strict=True)) + "  " + wrapped[0])
        lines += [" " * left + part for part in wrapped[1:]]
    said = [sentence for sentences in report.conventions.values() for sentence in sentences]
    closing = [*said, *summary(report, findings), f"Marks: {report.marks} of {report.out_of}."]
    return [*lines, "", *(part for sentence in closing for part in textwrap.wrap(sentence, width))]


def _several(verification: Verification, width: int) -> list[str]:
    report = verification.report
    parts = list(report.by_student().items())
    names = [printable(student or "(no student)") for student, _ in parts]
    size = min(max(len("student"), *map(len, names)), 28)
    lines = [f"{'student':<{size}}  marks     first that went wrong"]
    for name, (_, part) in zip(names, parts, strict=True):
        marks = f"{part.marks} of {part.out_of}"
        first = next((each for each in part.judgements if each.quantity == part.first_wrong), None)
        why = "" if first is None else f"{first.quantity}: {', '.join(first.diagnosis) or first.verdict}"
        shown = name if len(name) <= size else name[: size - 1] + "…"
        lines.append(f"{shown:<{size}}  {marks:<8}  {why}")
    lines.append("")
    lines += textwrap.wrap(_class_summary(report, [part for _, part in parts]), width)
    return lines


def _class_summary(report: Report, parts: Sequence[Report]) -> str:
    mean = sum(part.marks for part in parts) / len(parts)
    causes: Counter[str] = Counter()
    for part in parts:
        found = {" + ".join(each.diagnosis) for each in part.judgements if each.verdict in ("misconception", "slip")}
        causes.update(found)
    if not causes:
        right = sum(part.all_right for part in parts)
        return f"{count(len(parts), 'student')}, {mean:.1f} marks on average; {right} with nothing at fault."
    (worst, number), *_ = causes.most_common(1)
    return (
        f"{count(len(parts), 'student')}, {mean:.1f} marks on average. "
        f"The commonest mistake is {worst}, in {count(number, 'script')}."
    )


def _why(judgement: Judgement) -> str:
    ids = f"[{', '.join(judgement.diagnosis)}] " if judgement.diagnosis else ""
    return printable(ids + judgement.explanation)


def _verdict(judgement: Judgement) -> str:
    sign = SIGNS.get(judgement.verdict, "✗" if judgement.verdict not in FAULTLESS else "✓")
    return f"{sign} {judgement.verdict}"


def _rejected(file: str, row: int | None, reason: str, width: int) -> list[str]:
    place = (file or "answers") + (f", row {row}" if row is not None else "")
    return textwrap.wrap(f"not judged: {printable(place)}: {printable(reason)}", width, subsequent_indent="  ")


def printable(text: str) -> str:
    """Text of a user's that cannot steer the terminal: controls and direction marks are shown by their codes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
