"""Rows of text from a CSV or XLSX file, with limits on what is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from derive.errors import DeriveError
from derive.judging.reading.answer_table import Merged, Refused, UnreadableFileError

LARGEST_FILE = 20 << 20
MOST_COLUMNS = 200
MOST_ROWS = 200_000

#: A cell that holds no text or number is `Refused`, with the reason.
Cell = str | Refused
#: The row's number, counted from 1 as a spreadsheet or editor shows it, and its cells.
Row = tuple[int, Sequence[Cell]]


def table_rows(path: Path, file: str) -> Iterator[Row]:
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
    for number, cells in _workbook(content, file) if packed else _lines(content, file):
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


def _lines(content: bytes, file: str) -> Iterator[Row]:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DeriveError(f"{file}: not UTF-8 text (line {line}); save it as CSV in UTF-8, or as XLSX") from None
    if "\0" in text:
        raise DeriveError(f"{file}: a binary file, where CSV or XLSX is needed")
    first = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
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
