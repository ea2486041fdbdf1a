"""Rows of text from a CSV or XLSX file, with limits on what is read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from derive.errors import DeriveError
from derive.judging.reading.answer_table import Merged, Refused, UnreadableFileError

LARGEST_FILE = 20 << 20
MOST_COLUMNS = 200
MOST_ROWS = 200_000
_TITLE_ROWS = 10

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
#: What tells Excel the mark between cells.
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?\r?\n', re.IGNORECASE)

#: A cell that holds no text or number is `Refused`, with the reason.
Cell = str | Refused
#: The row's number, counted from 1 as a spreadsheet or editor shows it, and its cells.
Row = tuple[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRows:
    """The rows of a file, and how its letters were read where that was a guess; else an empty text."""

    rows: Iterator[Row]
    encoding: str = ""


def table_rows(path: Path, file: str) -> SheetRows:
    """The rows of a file that hold something; of its first sheet where it has several.

    Parameters
    ----------
    path : Path
    file : str
        The file as messages name it.

    Raises
    ------
    DeriveError
        If it is no readable CSV or XLSX file, or is too large.
    """
    content = _content(path, file)
    packed = content.startswith(b"PK\x03\x04")
    if not packed and path.suffix.lower() in (".xlsx", ".xlsm"):
        raise DeriveError(f"{file}: not a workbook (XLSX), although its name says so")
    if content.startswith(_OLD_WORKBOOK):
        raise DeriveError(f"{file}: a workbook of Excel before 2007 (XLS); save it as XLSX or CSV")
    if packed:
        return SheetRows(rows=_within_limits(_workbook(content, file), file))
    text, encoding = _decoded(content, file)
    return SheetRows(rows=_within_limits(_lines(text, file), file), encoding=encoding)


def _within_limits(rows: Iterator[Row], file: str) -> Iterator[Row]:
    for number, cells in rows:
        if number > MOST_ROWS:
            raise DeriveError(f"{file}: more than {MOST_ROWS:,} rows, the most that is read")
        if len(cells) > MOST_COLUMNS:
            raise DeriveError(f"{file}, row {number}: more than {MOST_COLUMNS} columns, the most that is read")
        yield number, cells


def _content(path: Path, file: str) -> bytes:
    try:
        if not path.is_file():
            raise DeriveError(f"{file}: {'not a regular file' if path.exists() else 'no such file'}")
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"
        raise DeriveError(f"{file}: cannot be read: {reason}") from None
    if len(content) > LARGEST_FILE:
        raise DeriveError(f"{file}: larger than {LARGEST_FILE >> 20} MiB, the most that is read")
    return content


def _decoded(content: bytes, file: str) -> tuple[str, str]:
    """The text of a file, and the name of its encoding where it is not UTF-8."""
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
    # Blackboard's UTF-16 has a mark; other programs leave it out, and every second byte of plain text is then 0.
    wide = (
        ""
        if marked
        else "utf-16-le"
        if content[1:8:2] == b"\0\0\0\0"
        else "utf-16-be"
        if content[:8:2] == bytes(4)
        else ""
    )
    try:
        text = content.decode(marked or wide or "utf-8-sig")
        encoding = "UTF-16" if "16" in marked + wide else ""
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        if marked or wide or b"\0" in content:
            raise DeriveError(f"{file}: damaged text (line {line}); save it as CSV in UTF-8, or as XLSX") from None
        try:
            text, encoding = content.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            raise DeriveError(
                f"{file}: neither UTF-8 nor Windows-1252 text (line {line}); save it as CSV in UTF-8, or as XLSX"
            ) from None
    if "\0" in text:
        raise DeriveError(f"{file}: a binary file, where CSV or XLSX is needed")
    return text, encoding


def _lines(text: str, file: str) -> Iterator[Row]:
    told = _SEPARATOR.match(text)
    if told is not None:  # a line for Excel alone; the lines after it are counted with it
        text = "\n" + text[told.end() :]
    # A title may stand above the names of the columns, without a mark between cells.
    first = next((line for line in text.splitlines()[:_TITLE_ROWS] if any(mark in line for mark in ",;\t")), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=told[1] if told else max(",;\t", key=first.count))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DeriveError(f"{file}, row {reader.line_num}: {error}; is a quotation mark left open?") from None


def _workbook(content: bytes, file: str) -> Iterator[Row]:
    from derive.judging.reading.workbook_reading import sheet_rows  # openpyxl is for workbooks alone

    try:
        for number, cells in sheet_rows(content):
            yield number, [cell.text if isinstance(cell, Merged) else cell for cell in cells]
    except UnreadableFileError as error:
        raise DeriveError(f"{file}: {error}") from None
