"""Answers from CSV with commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from derive.judging.reading.answer_table import (
    LONGEST_CELL,
    Collector,
    Refused,
    Row,
    UnreadableFileError,
    read_table,
)

_MARKS = ";\t,"


def read_csv(text: str, collector: Collector, *, decimal_comma: bool | None) -> None:
    """Take down the answers of a CSV file.

    Parameters
    ----------
    text : str
    collector : Collector
    decimal_comma : bool or None
        None: where semicolons part the columns, commas stand in numbers.

    Raises
    ------
    UnreadableFileError
        If it is no table of answers, or too large.
    """
    mark = _mark_between(text)
    collector.decimal_comma = mark == ";" if decimal_comma is None else decimal_comma
    read_table(_rows(text, mark), collector)


def _mark_between(text: str) -> str:
    """What parts the columns: Excel's own first line says it, or else the first line that has any of them."""
    for line in io.StringIO(text[:100_000]):
        head = line.rstrip("\r\n")
        if head.lower().startswith("sep=") and len(head) == 5:
            return head[4] if head[4] in _MARKS else ","
        outside = "".join(head.split('"')[::2])
        for mark in _MARKS:
            if mark in outside:
                return mark
    return ","


def _rows(text: str, mark: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1 and len(cells) <= 2 and "".join(cells).lower() in ("sep", "sep="):
                continue
            yield (
                number,
                [
                    cell
                    if len(cell) <= LONGEST_CELL
                    else Refused(reason=f"{len(cell):,} characters; at most {LONGEST_CELL:,} fit")
                    for cell in cells
                ],
            )
    except csv.Error as error:
        # A cell of more than 131,072 characters, most often because a quotation mark is never closed.
        raise UnreadableFileError(f"row {number + 1}: {error}; is a quotation mark left open?") from None
