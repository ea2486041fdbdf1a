"""Answers from files, built-in examples, standard input and Python mappings; good ones are read beside bad ones."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from derive.given.fields import listed, nearest
from derive.judging.model import Answer, Rejected
from derive.judging.reading.answer_csv import read_csv
from derive.judging.reading.answer_json import read_json, read_mapping
from derive.judging.reading.answer_table import Collector, UnreadableFileError, read_table
from derive.judging.reading.cells import printable

LARGEST_FILE = 20_000_000

_LONGEST_SHOWN = 200
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_PACKED = b"PK"


def read_answers(
    sources: Sequence[str | Path | Mapping[Any, Any]],
    *,
    decimal_comma: bool | None = None,
    stdin: BinaryIO | None = None,
) -> tuple[list[Answer], list[Rejected]]:
    """All answers of several sources, and what of them cannot be judged.

    Parameters
    ----------
    sources : sequence of str, Path or mapping
        Files of CSV, JSON or XLSX; names of built-in examples, where there is no such file; ``-`` for standard input;
        ``{quantity: value}`` or ``{student: {quantity: value}}``, whose values are text, int, float, Decimal or
        Fraction.
    decimal_comma : bool or None
        Whether commas stand in numbers; None: in CSV with semicolons.
    stdin : binary stream or None
        What ``-`` is; None: standard input.

    Returns
    -------
    list of Answer
        In the order of the sources; at most one for each student and quantity of one source.
    list of Rejected
        Whole files with row None, and single rows.
    """
    answers: list[Answer] = []
    rejected: list[Rejected] = []
    for source in sources:
        collector = Collector(file=_shown(source), decimal_comma=bool(decimal_comma))
        try:
            if isinstance(source, Mapping):
                read_mapping(source, collector)
            else:
                _read_bytes(os.fspath(source), collector, decimal_comma, stdin)
        except UnreadableFileError as error:
            # Of a file too large or damaged nothing is judged: half a class would look like a whole one.
            rejected.append(Rejected(file=collector.file, row=None, reason=str(error)))
            continue
        answers += collector.answers
        rejected += collector.rejected
    return answers, rejected


def builtin_answer_names() -> tuple[str, ...]:
    """Names of the answers that come with derive."""
    folder = resources.files("derive.judging.reading") / "examples"
    return tuple(sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv")))


def builtin_answers(name: str) -> str:
    """The answers that come with derive under a name, as CSV.

    Raises
    ------
    KeyError
        If there are none of that name.
    """
    if name not in builtin_answer_names():
        raise KeyError(name)
    return (resources.files("derive.judging.reading") / "examples" / f"{name}.csv").read_text(encoding="utf-8")


def _shown(source: str | Path | Mapping[Any, Any]) -> str:
    if isinstance(source, Mapping):
        return ""
    name = printable(os.fspath(source))
    return name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "..."


def _read_bytes(path: str, collector: Collector, decimal_comma: bool | None, stdin: BinaryIO | None) -> None:
    content = _from_stream(stdin or sys.stdin.buffer) if path == "-" else _from_file(path)
    ending = os.path.splitext(path)[1].lower()
    if content.startswith(_PACKED):
        from derive.judging.reading.workbook_reading import sheet_rows  # openpyxl is for workbooks alone

        read_table(sheet_rows(content), collector)
        return
    if content.startswith(_OLD_EXCEL):
        raise UnreadableFileError(
            "a workbook of an old kind or with a password; save it as XLSX without one, or as CSV"
        )
    if ending in (".xlsx", ".xlsm"):
        raise UnreadableFileError("damaged, or no XLSX file")
    text = _text(content)
    if ending == ".json" or (ending != ".csv" and text.lstrip()[:1] in ("[", "{")):
        read_json(text, collector)
    else:
        read_csv(text, collector, decimal_comma=decimal_comma)


def _from_stream(stream: BinaryIO) -> bytes:
    try:
        content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"cannot be read: {_reason(error)}") from None
    if len(content) > LARGEST_FILE:
        raise UnreadableFileError(f"larger than {LARGEST_FILE // 10**6} MB")
    return content


def _from_file(path: str) -> bytes:
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableFileError("a folder, where a file is needed")
        if not stat.S_ISREG(mode):
            raise UnreadableFileError("not a regular file; `-` reads standard input")
        with open(path, "rb") as stream:
            return _from_stream(stream)
    except FileNotFoundError:
        names = builtin_answer_names()
        if path in names:
            return builtin_answers(path).encode()
        raise UnreadableFileError(
            f"no such file, and no built-in answers; {nearest(path, names)}built in are {listed(names)}"
        ) from None
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"


def _text(content: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 where its first two bytes say so."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            f"row {row} is no UTF-8 text; save the file as CSV UTF-8, as JSON in UTF-8, or as XLSX"
        ) from None
    if "\0" in text:
        raise UnreadableFileError("a binary file, where CSV, JSON or XLSX is needed")
    if not text.strip():
        raise UnreadableFileError("the file is empty")
    return text
