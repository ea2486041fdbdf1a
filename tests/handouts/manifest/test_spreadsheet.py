"""Answer files: what a spreadsheet opens, without a formula in it, the same bytes every time."""

from __future__ import annotations

import csv
import io
import time
import zipfile

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from derive.handouts.people.roster import Student
from derive.handouts.people.spreadsheet import Asked, answers_csv, answers_xlsx
from derive.judging.reading.cells import printable
from derive.judging.reading.workbook_reading import sheet_rows

IDS = [f"q{number}" for number in range(40)]
ASKED = [Asked(quantity=name, symbol=f"∂E/∂{name}", words=f"gradient of {name}", points=2) for name in IDS]
#: Rows of the header: item numbers, symbols, words, points, and the ids that are read back.
HEADER = 5
STUDENTS = [
    Student(id="01", name="مريم"),
    Student(id='=HYPERLINK("http://a","b")', name="<script>&"),
    Student(id="+1", name="a\x07b\udc80"),
]
FORMS = {student.id: f"F{place}" for place, student in enumerate(STUDENTS)}


def test_csv() -> None:
    """A row for each figure, with an empty value."""
    rows = list(csv.reader(io.StringIO(answers_csv("01", "KX", ["net_H1", "dE/dw1"]))))
    assert rows == [["student", "form", "quantity", "value"], ["01", "KX", "net_H1", ""], ["01", "KX", "dE/dw1", ""]]


def test_csv_without_formulas() -> None:
    """An id that a spreadsheet would calculate is made a text."""
    rows = list(csv.reader(io.StringIO(answers_csv("=HYPERLINK(1)", "KX", ["net_H1"]))))
    assert rows[1][0] == "'=HYPERLINK(1)"


def test_csv_beyond_ascii() -> None:
    """A byte order mark comes first where letters need it, and only there."""
    assert answers_csv("مريم", "KX", ["a"]).startswith("\ufeffstudent")
    assert answers_csv("01", "KX", ["a"]).startswith("student")


def test_workbook() -> None:
    """An independent reader finds a row for each student, a column for each figure, and texts alone."""
    book = openpyxl.load_workbook(io.BytesIO(answers_xlsx(STUDENTS, FORMS, ASKED)))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows[4] == ["student", "name", "form", *IDS, "total marks"]
    assert rows[5][:4] == ["01", "مريم", "F0", None]
    assert rows[6][:2] == ['=HYPERLINK("http://a","b")', "<script>&"]
    assert rows[7][:2] == ["+1", "a\ufffdb\ufffd"]
    assert {cell.data_type for row in book.active.iter_rows(max_col=3) for cell in row} == {"s"}
    assert book.active.freeze_panes == "B6"


def test_the_header_says_what_the_sheet_says() -> None:
    """Over each id stand the item's number, symbol, words and points; over the last column all points."""
    book = openpyxl.load_workbook(io.BytesIO(answers_xlsx(STUDENTS, FORMS, ASKED)))
    above = [[cell.value for cell in row] for row in book.active.iter_rows(max_row=4)]
    assert [row[2] for row in above] == ["item", "on the sheet", "in words", "points"]
    assert [row[3 + 16] for row in above] == ["17", "∂E/∂q16", "gradient of q16", "2"]
    assert above[3][-1] == "80"


def test_the_header_is_protected_and_nothing_else() -> None:
    """No password; ids, names and answers can be changed, and rows added below."""
    sheet = openpyxl.load_workbook(io.BytesIO(answers_xlsx(STUDENTS, FORMS, ASKED))).active
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.sort
    assert not sheet.protection.insertRows
    locked = {cell.row for row in sheet.iter_rows() for cell in row if cell.protection.locked}
    assert locked == set(range(1, HEADER + 1))


def test_every_cell_to_be_filled_in_is_text() -> None:
    """A spreadsheet keeps 0.5420 and 1/3 as they are typed, also one that looks at the cells alone."""
    book = openpyxl.load_workbook(io.BytesIO(answers_xlsx(STUDENTS, FORMS, ASKED)))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert len(cells) == (len(STUDENTS) + HEADER) * (len(ASKED) + 4)
    assert {cell.number_format for cell in cells} == {"@"}


def test_workbook_holds_no_formula_and_no_date() -> None:
    """No part of the workbook has a formula, and everything is dated 1980."""
    content = answers_xlsx(STUDENTS, FORMS, ASKED)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert all(member.date_time == (1980, 1, 1, 0, 0, 0) for member in archive.infolist())
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    properties = openpyxl.load_workbook(io.BytesIO(content)).properties
    assert (properties.created.year, properties.modified.year) == (1980, 1980)


@example(["=1+1", "_x0041_", "'a", "+1", "@b", " c "])
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), max_size=5))
def test_ids_come_back_as_they_were(ids: list[str]) -> None:
    """Whatever an id looks like to a spreadsheet, its row is read as its own."""
    ids = list(dict.fromkeys(name for name in ids if name and printable(name) == name))
    content = answers_xlsx([Student(id=name, name="") for name in ids], dict.fromkeys(ids, "F"), ASKED[:1])
    rows = list(sheet_rows(content))[4:]
    assert [cells[0] for _, cells in rows] == ["student", *ids]


def test_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbook of a class is the same in another year."""
    first = answers_xlsx(STUDENTS, FORMS, ASKED)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert answers_xlsx(STUDENTS, FORMS, ASKED) == first
