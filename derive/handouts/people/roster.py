"""Who gets a sheet: a roster from a CSV or XLSX file, or just how many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from derive.errors import DeriveError, ProblemError
from derive.given import fields
from derive.handouts.people.roster_tables import Cell, Row, table_rows
from derive.judging.reading.answer_table import Refused

MOST_STUDENTS = 100_000
LONGEST_CELL = 1000
_KNOWN = ("id", "name", "group")
#: Marks of writing direction show nothing and are lost where an id is typed again.
_UNSEEN = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One who gets a sheet.

    Attributes
    ----------
    id : str
    name, group : str
        "" where unknown.
    extra : tuple of (str, str)
        Further columns of the roster and what stands in them.
    """

    id: str
    name: str = ""
    group: str = ""
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A class.

    Attributes
    ----------
    students : tuple of Student
        In the order of the file.
    columns : tuple of str
        Names of the further columns.
    """

    students: tuple[Student, ...]
    columns: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(student.id for student in self.students)


def read_roster(source: str | Path | int) -> Roster:
    """A roster from a file, or so many students called 01, 02, ...

    Parameters
    ----------
    source : path, or a number from 1 to 100,000
        The file is CSV (comma, semicolon or tab) in UTF-8, or XLSX (its first sheet); its first row names the
        columns: ``id``, and if you like ``name``, ``group`` and others, which are kept.

    Raises
    ------
    DeriveError
        If it cannot be read or a row is not usable; its text names file, row and column.
    """
    if isinstance(source, int):
        return numbered(source)
    if re.fullmatch(r"[+-]?\d{1,9}", str(source), re.ASCII):
        return numbered(int(str(source)))
    path = Path(source)
    file = str(source) if str(source).isprintable() else repr(str(source))
    return _roster(table_rows(path, file), file)


def numbered(count: int) -> Roster:
    """Students called 01, 02, ... with as many digits as the last needs, at least two."""
    if not 1 <= count <= MOST_STUDENTS:
        raise DeriveError(f"--students {count}: a number from 1 to {MOST_STUDENTS:,} is allowed, or a roster file")
    width = max(2, len(str(count)))
    return Roster(students=tuple(Student(id=f"{number:0{width}}") for number in range(1, count + 1)))


def lettered(count: int) -> Roster:
    """Versions called A, B, ..., for everyone."""
    if not 1 <= count <= 26:
        raise DeriveError(f"--variants {count}: 1 to 26 versions are allowed, A to Z")
    return Roster(students=tuple(Student(id=chr(ord("A") + place)) for place in range(count)))


def _roster(rows: Iterator[Row], file: str) -> Roster:
    number, header = next(rows, (1, ()))
    columns = _columns(header, file, number)
    known = {word: columns.index(word) for word in _KNOWN if word in columns}
    further = [place for place, column in enumerate(columns) if column and column not in known]
    students: list[Student] = []
    first_rows: dict[str, tuple[str, int]] = {}
    for number, cells in rows:
        if any(cell for cell in cells[len(columns) :]):
            raise DeriveError(
                f"{file}, row {number}: {len(cells)} cells, where the first row names {len(columns)} columns"
            )
        filled = [*cells, *[""] * (len(columns) - len(cells))]
        texts = [_text(cell, file, number, column) for cell, column in zip(filled, columns, strict=False)]
        student = Student(
            **{word: texts[place] for word, place in known.items()},
            extra=tuple((columns[place], texts[place]) for place in further),
        )
        _check_id(student.id, file, number, first_rows)
        students.append(student)
        if len(students) > MOST_STUDENTS:
            raise DeriveError(f"{file}: more than {MOST_STUDENTS:,} students, the most a class may have")
    if not students:
        raise DeriveError(f"{file}: no student is in it; below the row with the column names each row is a student")
    return Roster(students=tuple(students), columns=tuple(columns[place] for place in further))


def _columns(header: Sequence[Cell], file: str, number: int) -> list[str]:
    columns = [_text(cell, file, number, f"number {place}") for place, cell in enumerate(header, start=1)]
    columns = [column.lower() if column.lower() in _KNOWN else column for column in columns]
    while columns and not columns[-1]:
        columns.pop()
    if "id" not in columns:
        here = f"here are {fields.listed(map(fields.shown, columns))}" if columns else "the file is empty"
        raise DeriveError(f"{file}, row {number}: a column id is needed, and name and group if you like; {here}")
    for column in columns:
        if column and columns.count(column) > 1:
            raise DeriveError(f"{file}, row {number}: two columns are called {fields.shown(column)}")
    return columns


def _text(cell: Cell, file: str, number: int, column: str) -> str:
    if isinstance(cell, Refused):
        if column not in _KNOWN:
            return ""  # a birthday, perhaps: nothing here depends on it
        raise DeriveError(f"{file}, row {number}, column {column}: {cell.reason}")
    try:
        return fields.text(cell.translate(_UNSEEN), "", longest=LONGEST_CELL, lines=True)
    except ProblemError as error:
        raise DeriveError(f"{file}, row {number}, column {column}: {error.message}") from None


def _check_id(student: str, file: str, number: int, first_rows: dict[str, tuple[str, int]]) -> None:
    if not student:
        raise DeriveError(f"{file}, row {number}, column id: empty; every student needs an id of their own")
    # Ids that look alike, or that differ in case alone, would be mixed up on paper and in answers typed by hand.
    alike = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", student).casefold())
    if alike not in first_rows:
        first_rows[alike] = (student, number)
        return
    other, row = first_rows[alike]
    if other == student:
        raise DeriveError(f"{file}, row {number}, column id: {fields.shown(student)} stands in row {row} already")
    raise DeriveError(
        f"{file}, row {number}, column id: {fields.shown(student)} and {fields.shown(other)} in row {row} differ in "
        "case or spelling of the same letters only, and would be mixed up; make one of them different"
    )
