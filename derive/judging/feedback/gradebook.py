"""A class's marks as a table for a spreadsheet."""

from __future__ import annotations

from derive.judging.model import FAULTLESS, Report
from derive.judging.reading.cells import write_csv


def gradebook_csv(report: Report) -> str:
    """One row a student: marks, the verdict on every figure asked, the first that went wrong, and every diagnosis.

    No cell starts a formula. A figure that a student was not asked is an empty cell. Students from whom nothing came
    back stand at the end.
    """
    asked = asked_of(report)
    columns = _columns(report)
    # What a teacher gave beside the marks worked out: one column of the marks that count.
    given = ["total"] if report.totals else []
    rows: list[list[object]] = [["student", *columns, "marks", "out_of", *given, *asked, "first_wrong", "diagnoses"]]
    for student, part in report.by_student().items():
        verdicts = {each.quantity: each.verdict for each in part.judgements}
        rows.append(
            [
                student,
                *_told(report, student, columns),
                part.marks,
                part.out_of,
                *(report.totals.get(student or "", str(part.marks)) for _ in given),
                *(verdicts.get(quantity) for quantity in asked),
                part.first_wrong,
                "; ".join(
                    f"{each.quantity}: {(' or ' if each.verdict == 'ambiguous' else ' + ').join(each.diagnosis)}"
                    for each in part.judgements
                    if each.diagnosis and each.verdict not in FAULTLESS
                ),
            ]
        )
    # No marks, and not 0: a spreadsheet's average leaves an empty cell out.
    rows += [
        [
            student,
            *_told(report, student, columns),
            *[None] * (2 + len(given) + len(asked)),
            None,
            "nothing came back",
        ]
        for student in report.missing
    ]
    return write_csv(rows)


def _columns(report: Report) -> tuple[str, ...]:
    """What the roster says of anybody."""
    return tuple(dict.fromkeys(key for own in report.people.values() for key, text in own.items() if text))


def _told(report: Report, student: str | None, columns: tuple[str, ...]) -> list[str]:
    own = report.people.get(student, {}) if student is not None else {}
    return [own.get(key, "") for key in columns]


def asked_of(report: Report) -> tuple[str, ...]:
    """Every quantity once, in working order: each stands after those that some script has before it.

    Each student's script is in working order, and a script may leave figures out.
    """
    order: list[str] = []
    place: dict[str, int] = {}
    for part in report.by_student().values():
        if all(each.quantity in place for each in part.judgements):
            continue
        at = 0
        for each in part.judgements:
            if each.quantity in place:
                at = place[each.quantity] + 1
            else:
                order.insert(at, each.quantity)
                place = {name: position for position, name in enumerate(order)}
                at += 1
    return tuple(order)
