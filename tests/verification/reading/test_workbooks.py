"""Workbooks of real writers and by hand: numbers as shown, kept results, merged cells, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from derive.judging.model import Answer, Rejected
from derive.judging.reading import packed as packed_module
from derive.judging.reading import workbook_reading
from derive.judging.reading.answers import read_answers
from derive.judging.reading.number_format import displayed
from tests.verification.reading.sheets import HEADER, PARTS, packed, sheet, text_cell, workbook_of


def read(content: bytes, **options: bool) -> tuple[list[Answer], list[Rejected]]:
    return read_answers(["-"], stdin=io.BytesIO(content), **options)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_of_openpyxl_is_read(tmp_path: Path) -> None:
    """Texts, numbers by their format and blanks of the first sheet come out as its cells show them."""
    book = openpyxl.Workbook()
    first = book.active
    rows = [("Quantity", "value", "note", "student"), ("net_H1", 0.3775, "Ä & <b>", "Anna"),
            ("out_H1", "−.5", None, "Anna"),
            ("w5", 0.4, None, "Anna"), ("w6", 12, None, "Bo"), ("w7", None, None, "Bo")]  # fmt: skip
    for row in rows:
        first.append(row)
    first["B4"].number_format = "0.0000"
    book.create_sheet("second").append(("quantity", "value"))
    book.save(tmp_path / "answers.xlsx")
    found, rejected = read_answers([tmp_path / "answers.xlsx"])
    assert rejected == []
    assert [(each.student, each.quantity, each.written.text, each.note, each.row) for each in found] == [
        ("Anna", "net_H1", "0.3775", "Ä & <b>", 2),
        ("Anna", "out_H1", "−.5", "", 3),
        ("Anna", "w5", "0.4000", "", 4),
        ("Bo", "w6", "12", "", 5),
        ("Bo", "w7", "", "", 6),
    ]


def test_a_wide_sheet_has_a_row_for_each_student() -> None:
    """The first column names the student, the others quantities; a blank cell is a blank answer."""
    book = openpyxl.Workbook()
    for row in [("student", "net_H1", "out_H1"), ("Anna", 0.5, "1/3"), ("Bo", None, 0.25)]:
        book.active.append(row)
    found, rejected = read(saved(book))
    assert rejected == []
    assert [(each.student, each.quantity, each.written.text) for each in found] == [
        ("Anna", "net_H1", "0.5"),
        ("Anna", "out_H1", "1/3"),
        ("Bo", "net_H1", ""),
        ("Bo", "out_H1", "0.25"),
    ]


def test_merged_cells_name_the_student_and_never_answer_twice() -> None:
    """A name merged over several rows goes for all of them; a value merged over two questions answers the first."""
    book = openpyxl.Workbook()
    first = book.active
    first.append(("Answers of the class",))
    first.merge_cells("A1:C1")
    for row in [
        ("student", "quantity", "value"),
        ("Anna", "w5", 1),
        (None, "w6", 2),
        ("Bo", "w5", 3),
        (None, "w6", None),
    ]:
        first.append(row)
    first.merge_cells("A3:A4")
    first.merge_cells("A5:A6")
    first.merge_cells("C5:C6")
    found, rejected = read(saved(book))
    assert [(each.student, each.quantity, each.written.text) for each in found] == [
        ("Anna", "w5", "1"),
        ("Anna", "w6", "2"),
        ("Bo", "w5", "3"),
    ]
    assert [(each.row, each.reason[:31]) for each in rejected] == [(6, "column value: merged with anoth")]


def test_formula_cells_are_read_by_their_kept_result() -> None:
    """The result that was saved with a formula is the answer; without one the cell is refused, never calculated."""
    cells = f'{text_cell("A2", "w5")}<c r="B2"><f>1/8</f><v>0.125</v></c>'
    more = f'{text_cell("A3", "w6")}<c r="B3" t="str"><f>"a"</f><v>1/3</v></c>'
    none = f'{text_cell("A4", "w7")}<c r="B4"><f>HYPERLINK("http://example.org")</f><v/></c>'
    found, rejected = read(
        workbook_of(f'{HEADER}<row r="2">{cells}</row><row r="3">{more}</row><row r="4">{none}</row>')
    )
    assert [each.written.text for each in found] == ["0.125", "1/3"]
    assert [(each.row, each.reason[:46]) for each in rejected] == [
        (4, "column value: a formula of the spreadsheet wit")
    ]


def test_formulas_of_openpyxl_have_no_result() -> None:
    """A sheet full of formulas that no spreadsheet has worked out gives only refusals, by row and column."""
    book = openpyxl.Workbook()
    for row in [("student", "net_H1", "out_H1"), ("Anna", "=1+1", 0.5), ("=A2", "=B2", "=C2")]:
        book.active.append(row)
    found, rejected = read(saved(book))
    assert [(each.student, each.quantity) for each in found] == [("Anna", "out_H1")]
    assert [(each.row, each.reason.split(":")[0]) for each in rejected] == [(2, "column net_H1"), (3, "column student")]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ('<c r="B2" t="b"><v>1</v></c>', "true or false"),
        ('<c r="B2" t="e"><v>#DIV/0!</v></c>', "error #DIV/0!"),
        ('<c r="B2" t="d"><v>2026-11-23</v></c>', "a date"),
        ('<c r="B2"><v>1e999</v></c>', "too large"),
        ('<c r="B2"><v>words</v></c>', "no number"),
        (f'<c r="B2"><v>{"1" * 9_999}</v></c>', "too large"),
        (f'<c r="B2"><v>{"1" * 20_000}</v></c>', "more than 10,000 characters"),
        (text_cell("B2", "x" * 10_001), "more than 10,000 characters"),
        (text_cell("B2", "1" * 10_000), "10,000 characters"),
    ],
)
def test_a_cell_that_is_no_answer_is_named(cell: str, reason: str) -> None:
    """Each is refused with its row and column, and the next row is read."""
    rows = f'{HEADER}<row r="2">{text_cell("A2", "w5")}{cell}</row>'
    rows += f'<row r="3">{text_cell("A3", "w6")}<c r="B3"><v>0.5</v></c></row>'
    found, rejected = read(workbook_of(rows))
    assert [(each.quantity, each.written.text) for each in found] == [("w6", "0.5")]
    assert rejected[0].row == 2
    assert rejected[0].reason.startswith("column value: ")
    assert reason in rejected[0].reason


def test_a_date_that_a_spreadsheet_made_of_a_fraction_is_refused() -> None:
    """1/3 typed into a plain cell becomes the third of January; the number behind it is no answer."""
    book = openpyxl.Workbook()
    for row in [("quantity", "value"), ("w5", 46025)]:
        book.active.append(row)
    book.active["B2"].number_format = "d/m"
    found, rejected = read(saved(book))
    assert found == []
    assert "a date" in rejected[0].reason


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.3775, "General", "0.3775"),
        (3.0, "General", "3"),
        (0.1 + 0.2, "0.0000", "0.3000"),
        (0.4, "0.0000", "0.4000"),
        (2.5, "0", "3"),
        (0.125, "0.00", "0.13"),
        (-0.125, "0.00;[Red]-0.00", "-0.13"),
        (1234.5, "#,##0.00", "1234.50"),
        (0.5, "0.0###", "0.5"),
        (0.123456, "0.0###", "0.1235"),
        (0.0004386, "0.00E+00", "4.39E-4"),
        (0.05, "0.0%", "0.050"),
        (0.0004386, "0.00", "0.0004386"),
        (0.0, "0.00", "0.00"),
        (0.5, "# ?/?", "0.5"),
        (0.5, "@", "0.5"),
        (7.0, '0.0" m"', "7.0"),
        (1e300, "0.00", "1" + "0" * 300 + ".00"),
        (0.5, "0." + "0" * 200, "0.5"),
    ],
)
def test_numbers_have_the_decimals_of_their_format(value: float, code: str, text: str) -> None:
    """A number is what its cell shows, halves away from zero; shown as nothing, it is its shortest text."""
    assert displayed(value, code) == text


@pytest.mark.parametrize("code", ["d/m", "yyyy-mm-dd", "h:mm", "[h]:mm"])
def test_dates_are_told_by_their_format(code: str) -> None:
    """A format of dates or times makes a number a date, which is refused."""
    book = openpyxl.Workbook()
    for row in [("quantity", "value"), ("w5", 0.5)]:
        book.active.append(row)
    book.active["B2"].number_format = code
    assert ["a date" in each.reason for each in read(saved(book))[1]] == [True]


@pytest.mark.parametrize("code", ["General", "0.00", '0.0"days"', "[Red]0.0", "@", "0.00E+00"])
def test_letters_in_quotes_and_brackets_make_no_date(code: str) -> None:
    """Only letters of dates outside of quotes and brackets count."""
    book = openpyxl.Workbook()
    for row in [("quantity", "value"), ("w5", 0.5)]:
        book.active.append(row)
    book.active["B2"].number_format = code
    found, rejected = read(saved(book))
    assert rejected == []
    assert found[0].written.value == 0.5


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({}, "no Excel workbook"),
        ({"content.xml": "<a/>"}, "no Excel workbook"),
        (PARTS, "there is no sheet in it"),
        ({**PARTS, "xl/workbook.xml": "<workbook/>"}, "there is no sheet in it"),
        ({**PARTS, "xl/worksheets/sheet1.xml": "<worksheet>"}, "damaged: xl/worksheets/sheet1.xml, no element found"),
        ({**PARTS, "xl/worksheets/sheet1.xml": "\0\1\2"}, "damaged: xl/worksheets/sheet1.xml"),
        ({**PARTS, "xl/worksheets/sheet1.xml": sheet("")}, "the file is empty"),
    ],
)
def test_what_is_no_workbook_is_rejected_as_a_whole(parts: dict[str, str | bytes], reason: str) -> None:
    """A missing or broken part is named."""
    found, rejected = read(packed(parts))
    assert found == []
    assert [(each.row, reason in each.reason) for each in rejected] == [(None, True)], rejected


def test_rows_and_cells_may_leave_out_where_they_stand() -> None:
    """Some writers leave out the places of cells; they are counted."""
    rows = "<row><c t='inlineStr'><is><t>quantity</t></is></c><c t='inlineStr'><is><t>value</t></is></c></row>"
    rows += "<row><c t='inlineStr'><is><r><t>w</t></r><r><t>5</t></r><rPh sb='0' eb='1'><t>x</t></rPh></is></c>"
    rows += "<c><v>1</v></c></row>"
    found, _ = read(workbook_of(rows))
    assert [(each.quantity, each.written.text, each.row) for each in found] == [("w5", "1", 2)]


def test_empty_rows_to_the_end_of_the_sheet_cost_nothing() -> None:
    """Formatting down to the last row is no answer."""
    rows = HEADER + f'<row r="2">{text_cell("A2", "w5")}<c r="B2"><v>1</v></c></row>'
    rows += "".join(f'<row r="{number}"><c r="A{number}" s="1"/></row>' for number in range(3, 20_000))
    rows += f'<row r="1048576">{text_cell("A1048576", "w6")}<c r="B1048576"><v>2</v></c></row>'
    found, rejected = read(workbook_of(rows, after='<mergeCells><mergeCell ref="D1:XFD1048576"/></mergeCells>'))
    assert [(each.quantity, each.row) for each in found] == [("w5", 2), ("w6", 1_048_576)]
    assert rejected == []


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("".join(f'<row r="{n}">{text_cell(f"A{n}", "x")}</row>' for n in range(2, 12)), "more than 5 rows"),
        (f'<row r="2">{"".join(text_cell(f"{letter}2", "x") for letter in "ABCDEF")}</row>', "more than 5 cells"),
        ("", "more than 5 merged cells"),
    ],
)
def test_more_than_the_limit_stops_reading(monkeypatch: pytest.MonkeyPatch, rows: str, reason: str) -> None:
    """A sheet of a million rows is stopped while it is read, and says why."""
    monkeypatch.setattr(workbook_reading, "MOST_ROWS", 5)
    what = reason.removeprefix("more than 5 ")
    kind = {"cells": "c", "merged cells": "mergeCell"}.get(what, "")
    monkeypatch.setattr(packed_module, "_MOST", {kind: (5, what)})
    merges = "<mergeCells>" + '<mergeCell ref="A2:A3"/>' * 6 + "</mergeCells>" if not rows else ""
    found, rejected = read(workbook_of(HEADER + rows, after=merges))
    assert found == []
    assert [(each.row, reason in each.reason) for each in rejected] == [(None, True)], rejected


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="ZZZ1"><v>1</v></c>',
        '<c r="XFD1"><v>1</v></c>',
        '<c r="A99999999999"><v>1</v></c>',
        '<c r="1A"><v>1</v></c>',
    ],
)
def test_places_beyond_any_sheet_are_refused(cell: str) -> None:
    """A cell that says it stands in column ZZZ or in no place at all makes no endless row."""
    found, rejected = read(workbook_of(f'<row r="1">{cell}</row>'))
    assert found == []
    assert [each.row for each in rejected] == [None]
    assert "columns" in rejected[0].reason or "damaged" in rejected[0].reason
