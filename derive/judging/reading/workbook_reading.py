"""The first sheet of an XLSX workbook, read with openpyxl: texts, numbers as shown, kept results, merged cells.

The sheet is streamed: loaded as a whole it needs fifty times its size in memory. openpyxl's own stream of rows knows
of no merged cells, takes a formula without a kept result for an empty cell, and fills in rows up to whatever number a
file names; so its parser of sheets, which it keeps to itself, is used directly.
"""

from __future__ import annotations

import math
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from derive.judging.reading.answer_table import (
    LAST_ROW,
    LONGEST_CELL,
    MOST_ANSWERS,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Merged,
    Refused,
    Row,
    UnreadableFileError,
)
from derive.judging.reading.cells import printable
from derive.judging.reading.number_format import displayed
from derive.judging.reading.packed import checked, told

#: What openpyxl raises where a workbook is not as it should be: it checks nothing first.
_ODD = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, OSError, SyntaxError,
        BadZipFile, InvalidFileException)  # fmt: skip
_MOST_FILLED = 2 * MOST_ANSWERS
_LAST_COLUMN = 16_384
_TOO_LARGE = Refused(reason="a number too large for a 64-bit float")
_TOO_LONG = Refused(reason=f"more than {LONGEST_CELL:,} characters in one cell")


def sheet_rows(content: bytes) -> Iterator[Row]:
    """The rows of the first sheet of a workbook that hold something.

    A number is read as its cell shows it, see `displayed`; a calculated cell is read by the result kept with it, and
    refused where there is none. Nothing is calculated, and no macro or link is followed.

    Raises
    ------
    UnreadableFileError
        If it is no such workbook, is damaged, or too large.
    """
    package = checked(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that openpyxl leaves out
            cells, merges = _first_sheet(package)
    except _ODD as error:
        raise UnreadableFileError(
            f"damaged, or no Excel workbook: {told(error)}; save it again in a spreadsheet, or as CSV"
        ) from None
    _fill_merges(cells, merges)
    for number in sorted(cells):
        last = max(cells[number])
        if last > MOST_COLUMNS:
            raise UnreadableFileError(f"row {number} has {last:,} columns; at most {MOST_COLUMNS:,} are read")
        yield number, [cells[number].get(column, "") for column in range(1, last + 1)]


def _first_sheet(package: Any) -> tuple[dict[int, dict[int, Cell]], list[tuple[int, int, int, int]]]:
    """The cells that hold something by row and column, both from 1, and the corners of merged ones."""
    book = load_workbook(package, read_only=True, data_only=True, keep_links=False)
    if not book.worksheets:
        raise UnreadableFileError("no Excel workbook: there is no sheet in it")
    sheet = book.worksheets[0]
    found: dict[int, dict[int, Cell]] = {}
    formats: dict[int, str] = {}
    with sheet._get_source() as source:
        parser = _Parser(source, sheet._shared_strings, data_only=True, epoch=book.epoch,
                         date_formats=book._date_formats, timedelta_formats=book._timedelta_formats)  # fmt: skip
        for _, row in parser.parse():
            for each in row:
                if each["value"] is None or each["value"] == "":
                    continue
                number, column = each["row"], each["column"]
                if not (0 < number <= LAST_ROW and 0 < column <= _LAST_COLUMN):
                    raise UnreadableFileError(f"damaged: a cell in row {number:,} and column {column:,}")
                found.setdefault(number, {})[column] = _cell(sheet, each, formats)
                if len(found) > MOST_ROWS:
                    raise UnreadableFileError(f"more than {MOST_ROWS:,} rows with something in them; split the file")
    merged = parser.merged_cells.mergeCell if parser.merged_cells is not None else ()
    return found, [(each.min_row, each.min_col, each.max_row, each.max_col) for each in merged]


class _Parser(WorkSheetParser):
    """openpyxl's parser, which tells of a cell that cannot be read instead of giving the sheet up."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """A cell; one that is refused has the reason as its value."""
        kind = element.get("t", "n")
        if kind == "s" and (element.findtext(VALUE_TAG) or "").startswith("-"):
            raise IndexError("list index out of range")  # Python would count from the end
        try:
            cell: dict[str, Any] = super().parse_cell(element)
        except (ValueError, OverflowError):
            text = element.findtext(VALUE_TAG)
            if kind != "n" or not text:
                raise
            element.find(VALUE_TAG).text = None
            cell = super().parse_cell(element)
            cell["value"] = _no_number(text)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            cell["value"] = Refused(
                reason="a formula of the spreadsheet without a kept result; write the value, or save it in Excel"
            )
        return cell


def _no_number(text: str) -> Refused:
    if len(text) > LONGEST_CELL:
        return _TOO_LONG
    if re.fullmatch("[+-]?[0-9]+", text.strip(), re.ASCII):
        return _TOO_LARGE
    return Refused(reason=f"no number: {printable(text[:40])!r}")


def _cell(sheet: Any, found: dict[str, Any], formats: dict[int, str]) -> Cell:
    """What a cell says; the number formats of styles are kept for the next."""
    value, kind = found["value"], found["data_type"]
    if isinstance(value, Refused):
        return value
    if kind == "e":
        return Refused(reason=f"the spreadsheet's error {printable(str(value)[:20])}")
    match value:
        case str():
            return value if len(value) <= LONGEST_CELL else _TOO_LONG
        case bool():
            return Refused(reason="true or false; a number or a formula in quantity names is needed")
        case int() | float():
            try:
                number = float(value)
            except OverflowError:
                number = math.inf
            if not math.isfinite(number):
                return _TOO_LARGE
            style = found["style_id"]
            if style not in formats:
                formats[style] = ReadOnlyCell(sheet, 1, 1, None, kind, style).number_format
            return displayed(number, formats[style])
    return Refused(reason="a date; format the column as text and write the value again")


def _fill_merges(cells: dict[int, dict[int, Cell]], merges: list[tuple[int, int, int, int]]) -> None:
    """Fill in the cells that are merged into others, in rows that hold something."""
    numbers = sorted(cells)
    widest = min(MOST_COLUMNS, max((max(row) for row in cells.values()), default=0))
    filled = 0
    for top, left, bottom, right in merges:
        shown = cells.get(top, {}).get(left, "")
        if not isinstance(shown, str) or not shown:
            continue
        # Rows without anything of their own are no answers, however far a merged cell reaches.
        for position in range(bisect_left(numbers, top), len(numbers)):
            if numbers[position] > bottom:
                break
            for column in range(left, min(right, widest) + 1):
                filled += 1
                if filled > _MOST_FILLED:
                    raise UnreadableFileError("merged cells over more of the sheet than is read")
                if (numbers[position], column) != (top, left):
                    cells[numbers[position]][column] = Merged(text=shown)
