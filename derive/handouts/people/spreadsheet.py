"""Answer files to type results into: CSV for one student, a workbook for a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.handouts.people.roster import Student
from derive.judging.reading.cells import write_csv
from derive.judging.reading.workbook_writing import workbook


def answers_csv(student: str, form: str, asked: Sequence[str]) -> str:
    """One student's answer file: a row for each figure, its value to be filled in.

    A text that a spreadsheet would take for a formula begins with an apostrophe; a byte order mark comes first where
    an id is not plain ASCII, which spreadsheets need to read it.
    """
    rows = [("student", "form", "quantity", "value"), *((student, form, quantity, None) for quantity in asked)]
    text = write_csv(rows)
    return text if text.isascii() else "\ufeff" + text


def answers_xlsx(students: Sequence[Student], forms: Mapping[str, str], asked: Sequence[str]) -> bytes:
    """A workbook with a row for each student and a column for each figure, every cell a text.

    Parameters
    ----------
    students : sequence of Student
    forms : mapping of str to str
        Form ids by the student's id.
    asked : sequence of str
        Ids of the figures asked.
    """
    rows = [[each.id, each.name, forms[each.id]] for each in students]
    return workbook(["student", "name", "form", *asked], rows, still_columns=1)
