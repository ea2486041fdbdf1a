"""Who gets a sheet: a roster from a CSV or XLSX file, or just how many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from derive.errors import DeriveError, ProblemError
from derive.given import fields
from derive.given.problem_view import counted
from derive.handouts.people.roster_columns import NEEDED, Known, bare, known_columns
from derive.handouts.people.roster_tables import Cell, Row, SheetRows, table_rows
from derive.judging.reading.answer_table import Refused

MOST_STUDENTS = 100_000
LONGEST_CELL = 1000
#: Rows among which the one that names the columns is looked for; a title may stand above it.
_HEADER_ROWS = 10
#: What Canvas writes as a name in a row that is no student.
_NO_STUDENT = frozenset({"pointspossible"})
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
    taken : str
        From a file: what was taken from where, in one line.
    """

    students: tuple[Student, ...]
    columns: tuple[str, ...] = ()
    taken: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(student.id for student in self.students)


def read_roster(source: str | Path | int) -> Roster:
    """A roster from a file, or so many students called 01, 02, ...

    Parameters
    ----------
    source : path, or a number from 1 to 100,000
        The file is CSV (comma, semicolon or tab) in UTF-8, UTF-16 or Windows-1252, or XLSX (its first sheet). A row
        names the columns: ``id`` or what platforms call it, and if you like names, group and others, which are kept.

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


def _roster(table: SheetRows, file: str) -> Roster:
    rows = list(islice(table.rows, MOST_STUDENTS + _HEADER_ROWS + 1))
    at, columns, known = _header(rows, file)
    named = rows[at][0]
    del rows[: at + 1]
    if len(rows) > MOST_STUDENTS + 1:
        raise DeriveError(f"{file}: more than {MOST_STUDENTS:,} students, the most a class may have")
    # A platform writes a column of student numbers even where it knows none: then the next best counts.
    taken = next((place for place in known.ids if any(place < len(cells) and cells[place] for _, cells in rows)), None)
    if taken is None:
        taken = known.ids[0]
    wanted = {taken: "id", **dict.fromkeys(known.name, "name")} | (
        {} if known.group is None else {known.group: "group"}
    )
    further = [place for place, column in enumerate(columns) if column and place not in known.apart_from(taken)]
    # Brightspace writes #0042, so that a spreadsheet keeps the zeros; on paper it is 0042.
    own = [cells[taken] for _, cells in rows if taken < len(cells) and cells[taken]]
    marked = bool(own) and all(isinstance(cell, str) and cell.startswith("#") and cell != "#" for cell in own)
    if marked:
        further = sorted([*further, taken])
    students: list[Student] = []
    first_rows: dict[str, tuple[str, int]] = {}
    passed = 0
    for number, cells in rows:
        if any(cell for cell in cells[len(columns) :]):
            raise DeriveError(
                f"{file}, row {number}: {len(cells)} cells, where row {named} names {len(columns)} columns"
            )
        filled = [*cells, *[""] * (len(columns) - len(cells))]
        texts = [
            _text(cell, file, number, columns[place], known=place in wanted)
            for place, cell in enumerate(filled[: len(columns)])
        ]
        name = " ".join(filter(None, (texts[place] for place in known.name)))
        if not texts[taken] and bare(name) in _NO_STUDENT:
            passed += 1
            continue
        student = Student(
            id=texts[taken].removeprefix("#") if marked else texts[taken],
            name=name,
            group="" if known.group is None else texts[known.group],
            extra=tuple((columns[place], texts[place]) for place in further),
        )
        _check_id(student.id, file, number, columns[taken][:40], first_rows)
        students.append(student)
    if not students:
        raise DeriveError(f"{file}: no student is in it; below the row with the column names each row is a student")
    if len(students) > MOST_STUDENTS:
        raise DeriveError(f"{file}: more than {MOST_STUDENTS:,} students, the most a class may have")
    said = [f"id from {fields.shown(columns[taken])}" + ", without the # before it" * marked]
    if known.name:
        said.append("name from " + " and ".join(fields.shown(columns[place]) for place in known.name))
    if known.group is not None:
        said.append(f"group from {fields.shown(columns[known.group])}")
    notes = [", ".join(said)]
    if table.encoding:
        notes.append(f"read as {table.encoding}{_sample(students)}")
    if passed:
        notes.append("a row of points possible left out")
    return Roster(
        students=tuple(students),
        columns=tuple(columns[place] for place in further),
        taken=f"{file}: {counted(len(students), 'student')}; {'; '.join(notes)}",
    )


def _sample(students: Sequence[Student]) -> str:
    """A name by which a reader sees whether letters were read as they were meant."""
    name = next((student.name for student in students if not student.name.isascii()), "")
    return f" ({name[:40]})" if name else ""


def _header(rows: Sequence[Row], file: str) -> tuple[int, list[str], Known]:
    """Which row names the columns, their names, and which of them are known."""
    for at, (number, cells) in enumerate(rows[:_HEADER_ROWS]):
        # A title above is no header, whatever is in it.
        words = [cell if isinstance(cell, str) else "" for cell in cells]
        if not known_columns([word.translate(_UNSEEN) for word in words]).ids:
            continue
        columns = [_text(cell, file, number, f"number {place}") for place, cell in enumerate(cells, start=1)]
        while columns and not columns[-1]:
            columns.pop()
        folded = [column.casefold() for column in columns]
        for column in columns:
            if column and folded.count(column.casefold()) > 1:
                raise DeriveError(f"{file}, row {number}: two columns are called {fields.shown(column)}")
        return at, columns, known_columns(columns)
    number, cells = rows[0] if rows else (1, ())
    columns = [_text(cell, file, number, f"number {place}") for place, cell in enumerate(cells, start=1)]
    here = f"here are {fields.listed(map(fields.shown, columns))}" if columns else "the file is empty"
    raise DeriveError(f"{file}, row {number}: {NEEDED}; {here}")


def _text(cell: Cell, file: str, number: int, column: str, *, known: bool = True) -> str:
    if isinstance(cell, Refused):
        if not known:
            return ""  # a birthday, perhaps: nothing here depends on it
        raise DeriveError(f"{file}, row {number}, column {column}: {cell.reason}")
    try:
        return fields.text(cell.translate(_UNSEEN), "", longest=LONGEST_CELL, lines=True)
    except ProblemError as error:
        raise DeriveError(f"{file}, row {number}, column {column}: {error.message}") from None


def _check_id(student: str, file: str, number: int, column: str, first_rows: dict[str, tuple[str, int]]) -> None:
    if not student:
        raise DeriveError(f"{file}, row {number}, column {column}: empty; every student needs an id of their own")
    # Ids that look alike, or that differ in case alone, would be mixed up on paper and in answers typed by hand.
    alike = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", student).casefold())
    if alike not in first_rows:
        first_rows[alike] = (student, number)
        return
    other, row = first_rows[alike]
    if other == student:
        raise DeriveError(f"{file}, row {number}, column {column}: {fields.shown(student)} stands in row {row} already")
    raise DeriveError(
        f"{file}, row {number}, column {column}: {fields.shown(student)} and {fields.shown(other)} in row {row} differ "
        "in case or spelling of the same letters only, and would be mixed up; make one of them different"
    )
