"""Answer files to type results into: CSV for one student, a workbook for a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.handouts.people.roster import Student
from derive.judging.reading.cells import write_csv
from derive.judging.reading.workbook_writing import workbook

#: Over the columns of answers.xlsx: what stands in each row of its header.
_ROWS = ("item", "on the sheet", "in words", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A figure as the header of a class's workbook names it.

    Attributes
    ----------
    quantity : str
        Its id.
    symbol, words : str
        As the sheet writes it, on one line of plain text.
    points : int
    """

    quantity: str
    symbol: str
    words: str
    points: int = 1


def answers_csv(student: str, form: str, asked: Sequence[str]) -> str:
    """One student's answer file: a row for each figure, its value to be filled in.

    A text that a spreadsheet would take for a formula begins with an apostrophe; a byte order mark comes first where
    an id is not plain ASCII, which spreadsheets need to read it.
    """
    rows = [("student", "form", "quantity", "value"), *((student, form, quantity, None) for quantity in asked)]
    text = write_csv(rows)
    return text if text.isascii() else "\ufeff" + text


def answers_xlsx(students: Sequence[Student], forms: Mapping[str, str], asked: Sequence[Asked]) -> bytes:
    """A workbook with a row for each student and a column for each figure, every cell a text.

    Over the ids of the figures stand the numbers, symbols and words of the sheet and the points; this header is
    protected. In the last column a teacher may write the marks that count in place of those worked out.

    Parameters
    ----------
    students : sequence of Student
    forms : mapping of str to str
        Form ids by the student's id.
    asked : sequence of Asked
        In the order of the sheet.
    """
    told = [(str(number), each.symbol, each.words, str(each.points)) for number, each in enumerate(asked, start=1)]
    last = ("", "", "marks that count, where you give others", str(sum(each.points for each in asked)))
    above = [["", "", row, *(texts[place] for texts in told), last[place]] for place, row in enumerate(_ROWS)]
    rows = [[each.id, each.name, forms[each.id]] for each in students]
    columns = ["student", "name", "form", *(each.quantity for each in asked), "total marks"]
    return workbook(columns, rows, still_columns=1, above=above)
