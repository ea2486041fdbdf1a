"""Cells from files of others, made printable; cells for spreadsheets, made harmless."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: What makes a spreadsheet calculate a cell; some read the wide forms of East Asian keyboards too.
_STARTS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(f"[ \u00a0]*[{_STARTS}]")
#: A spreadsheet of another language may part a line at semicolons or tabs, whatever stands in quotes.
_AFTER_MARK = re.compile(f'([;\t\r\n][ \u00a0"]*)(?=[{_STARTS}])')
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def csv_safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it would, unless a number.

    The same goes for what stands after a semicolon, a tab or a line break within it. NUL characters are left out.
    """
    plain = text.replace("\0", "")
    if _PLAIN_NUMBER.fullmatch(plain):
        return plain
    plain = _AFTER_MARK.sub(r"\1'", plain)
    return f"'{plain}" if _FORMULA.match(plain) else plain


def unprotected(text: str) -> str:
    """A cell without the apostrophe that `csv_safe` set before it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def write_csv(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with commas and LF, every cell safe by `csv_safe`; None is an empty cell.

    Spreadsheets tell its letters apart only when it is saved with a byte order mark (``utf-8-sig``).
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([csv_safe("" if cell is None else str(cell)) for cell in row] for row in rows)
    return stream.getvalue()


def printable(text: str) -> str:
    """A text of somebody else's with every character that no output can show replaced, line breaks by blanks."""
    if text.isprintable():
        return text
    return "".join(character if _can_be_shown(character) else _substitute(character) for character in text)


def _substitute(character: str) -> str:
    return " " if character in "\t\r\n\v\f\u2028\u2029" else "\ufffd"


def _can_be_shown(character: str) -> bool:
    category = unicodedata.category(character)
    no_character = 0xFDD0 <= ord(character) <= 0xFDEF or ord(character) & 0xFFFE == 0xFFFE
    return not (category in ("Cc", "Cs", "Co", "Zl", "Zp") or no_character or character in _DIRECTIONS)
