"""Answers from tables with a row for each answer or for each student; what cannot be read is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from derive.errors import DeriveError
from derive.given.fields import shown
from derive.given.naming import QuantityId
from derive.judging.model import Answer, Rejected, Written
from derive.judging.reading.cells import printable, unprotected
from derive.judging.reading.lines import named_figure
from derive.judging.reading.written import OutsideLimitsError, read_written, trimmed

MOST_ROWS = 200_000
#: The last row that spreadsheets have.
LAST_ROW = 1_048_576
MOST_COLUMNS = 2_000
MOST_ANSWERS = 500_000
LONGEST_CELL = 10_000
LONGEST_NAME = 200
LONGEST_STUDENT = 1000  # as in a roster
#: Rows above the header that may hold a title.
_TITLE_ROWS = 10
#: How many refusals of one file are listed one by one.
MOST_LISTED = 100

#: What tells a heading such as z_{H1}, ∂E/∂w5 or w5' from one of a roster's columns.
_LIKE_A_NAME = re.compile(r"[0-9∂δΔ∆ησα∇\\]|[A-Za-z]'")
_WORDS = re.compile(r"[A-Za-z]{3,}")
_WORDS_OF_NAMES = frozenset(
    ("net", "out", "new", "old", "delta", "grad", "gradient", "step", "sigma", "eta", "frac", "partial", "updated",
     "final", "hat", "pred", "loss", "error", "sum", "input", "total", "activation", "weight", "bias", "change")
)  # fmt: skip
_STUDENT = ("student", "id", "name")
#: Columns that stand beside the answers of a student and are none.
_BESIDE = ("student", "id", "name", "group", "form", "note", "total marks")
_MERGED_VALUE = "merged with another cell; write each value in its own"
_COLUMNS = (
    "the first row names the columns: quantity,value (and student, note), "
    "or student and then a column for each quantity; or each row is an answer, such as net_H1 = 0.3775"
)


class UnreadableFileError(DeriveError):
    """A whole file that cannot be judged, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A cell that holds no text or number, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A cell that is one with the cell above or to the left of it, and that cell's text."""

    text: str


Cell = str | Refused | Merged
#: The number of a row, 1-based as a spreadsheet shows it, and its cells.
Row = tuple[int, Sequence[Cell]]


@dataclass(slots=True, kw_only=True)
class Collector:
    """Collects the answers of one file and what of it is rejected.

    Attributes
    ----------
    file : str
        As named in reports, printable.
    decimal_comma : bool
    """

    file: str
    decimal_comma: bool = False
    answers: list[Answer] = field(default_factory=list)
    _refusals: list[Rejected] = field(default_factory=list)
    _unlisted: int = 0
    _places: dict[tuple[str | None, str], str] = field(default_factory=dict)

    @property
    def rejected(self) -> list[Rejected]:
        """What was rejected; after a hundred only how many more there are."""
        if not self._unlisted:
            return self._refusals
        more = f"{self._unlisted:,} more could not be read; these are not listed one by one"
        return [*self._refusals, Rejected(file=self.file, row=None, reason=more)]

    def refuse(self, row: int | None, reason: str) -> None:
        """Take down something that cannot be judged."""
        if len(self._refusals) < MOST_LISTED:
            self._refusals.append(Rejected(file=self.file, row=row, reason=reason))
        else:
            self._unlisted += 1

    def add(
        self,
        student: str | None,
        quantity: str,
        value: str | Written,
        *,
        note: str = "",
        form: str = "",
        total: str = "",
        row: int | None = None,
        place: str = "column value",
    ) -> None:
        """Take down one answer, or why it cannot be judged.

        Raises
        ------
        UnreadableFileError
            If it is one answer too many.
        """
        student = trimmed(printable(student or "")) or None
        quantity = trimmed(printable(quantity))
        if not quantity:
            self.refuse(row, "column quantity: nothing written, so the value answers nothing")
        elif len(quantity) > LONGEST_NAME:
            self.refuse(row, f"column quantity: a name of {len(quantity):,} characters; at most {LONGEST_NAME} fit")
        elif student is not None and len(student) > LONGEST_STUDENT:
            self.refuse(row, f"column student: a name of {len(student):,} characters; at most {LONGEST_STUDENT} fit")
        elif len(form) > LONGEST_NAME:
            self.refuse(row, f"column form: {len(form):,} characters; at most {LONGEST_NAME} fit")
        elif len(total) > LONGEST_NAME:
            self.refuse(row, f"column total marks: {len(total):,} characters; at most {LONGEST_NAME} fit")
        elif len(note) > LONGEST_CELL:
            self.refuse(row, f"column note: {len(note):,} characters; at most {LONGEST_CELL:,} fit")
        elif (student, quantity) in self._places:
            before = self._places[student, quantity]
            whose = f" by {shown(student)}" if student else ""
            self.refuse(row, f"{place}: {shown(quantity)}{whose} was answered before{before}; the first answer counts")
        else:
            try:
                written = value if isinstance(value, Written) else self._read(value)
            except OutsideLimitsError as error:
                self.refuse(row, f"{place}: {error}")
                return
            if len(self.answers) >= MOST_ANSWERS:
                raise UnreadableFileError(f"more than {MOST_ANSWERS:,} answers; split the file")
            self._places[student, quantity] = f" in row {row}" if row else ""
            self.answers.append(
                Answer(
                    student=student,
                    quantity=quantity,
                    written=written,
                    note=trimmed(printable(note)),
                    file=self.file,
                    row=row,
                    form=trimmed(printable(form)),
                    total=trimmed(printable(total)),
                )
            )

    def _read(self, value: str) -> Written:
        if len(value) > LONGEST_CELL:
            raise OutsideLimitsError(f"{len(value):,} characters; at most {LONGEST_CELL:,} fit")
        return read_written(printable(value), decimal_comma=self.decimal_comma)


def read_table(rows: Iterable[Row], collector: Collector) -> None:
    """Take down the answers of a table whose first row, or one of the first ten, names its columns.

    Where none does, its rows may be answers by themselves: a quantity and its figure, or ``net_H1 = 0.3775``.

    Raises
    ------
    UnreadableFileError
        If no row names the columns or is an answer, or the table is too large.
    """
    header: dict[str, int] = {}
    quantities: dict[int, str] = {}
    lines: list[Row] = []
    bare = False
    count = width = 0
    for number, cells in rows:
        if len(cells) > MOST_COLUMNS:
            raise UnreadableFileError(f"row {number} has {len(cells):,} columns; at most {MOST_COLUMNS:,} are read")
        if number > LAST_ROW:
            raise UnreadableFileError(f"more than {LAST_ROW:,} rows, empty ones counted; split the file")
        if not any(cells) or all(isinstance(cell, str) and not trimmed(cell) for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableFileError(f"more than {MOST_ROWS:,} rows with something in them; split the file")
        if bare:
            _read_line(number, cells, collector)
        elif not header:
            header = _header(cells)
            width = len(cells)
            if not header:
                lines.append((number, cells))
                if count >= _TITLE_ROWS:
                    bare = _read_lines(lines, collector)
                    if not bare:
                        break
            if header and "quantity" not in header:
                quantities = _quantity_columns(number, cells, header, collector)
        elif any(isinstance(cell, str) and cell.strip().isdigit() for cell in cells[width:]):
            collector.refuse(
                number,
                f"{len(cells)} cells under {width} headings; a number with a decimal comma needs quotes, or semicolons "
                "between the cells",
            )
        elif quantities:
            _read_wide(number, cells, header, quantities, collector)
        elif "quantity" in header:
            _read_long(number, cells, header, collector)
    if not count:
        raise UnreadableFileError("the file is empty")
    if not header and not bare and not _read_lines(lines, collector):
        raise UnreadableFileError(f"no row names the columns; {_COLUMNS}")


def _read_lines(rows: Sequence[Row], collector: Collector) -> bool:
    """Take down answers that stand in rows without headings; False where no row is one. Titles may stand above."""
    if not any(_is_line(cells, collector.decimal_comma) for _, cells in rows):
        return False
    first = next(place for place, (_, cells) in enumerate(rows) if _line(cells) is not None)
    for number, cells in rows[first:]:
        _read_line(number, cells, collector)
    return True


def _read_line(number: int, cells: Sequence[Cell], collector: Collector) -> None:
    refused = next((cell.reason for cell in cells if isinstance(cell, Refused)), None)
    found = _line(cells)
    if refused is not None or found is None:
        collector.refuse(number, refused or "no answer; a row is a quantity and its figure, or net_H1 = 0.3775")
    else:
        collector.add(None, *found, row=number)


def _is_line(cells: Sequence[Cell], decimal_comma: bool) -> bool:
    """Whether a row is surely an answer: a name, and a figure for it."""
    found = _line(cells)
    if found is None or any(len(each) > LONGEST_NAME for each in found):
        return False
    try:
        name, figure = (read_written(printable(each), decimal_comma=decimal_comma).kind for each in found)
    except OutsideLimitsError:
        return False
    signed = any(isinstance(cell, str) and named_figure(cell) is not None for cell in cells)
    return name != "number" and (figure == "number" or (signed and any(map(str.isdecimal, found[1]))))


def _line(cells: Sequence[Cell]) -> tuple[str, str] | None:
    """The quantity and the figure of a row without headings; commas in the figure have parted it into cells."""
    texts = [trimmed(unprotected(cell)) if isinstance(cell, str) else "" for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) == 2 and named_figure(texts[0]) is None:
        return texts[0], texts[1]
    found = named_figure(",".join(texts))
    return None if found is None else (found[0], found[1].lstrip(","))


def _header(cells: Sequence[Cell]) -> dict[str, int]:
    """Where each known column stands; empty where the row names none."""
    names = [trimmed(cell).casefold() if isinstance(cell, str) else "" for cell in cells]
    found: dict[str, int] = {name: names.index(name) for name in ("quantity", "value", *_BESIDE) if name in names}
    if "id" in found:
        found.setdefault("student", found["id"])
    for name in ("quantity", "value"):
        if names.count(name) > 1 and {"quantity", "value"} <= found.keys():
            raise UnreadableFileError(f"two columns are called {name}; {_COLUMNS}")
    if {"quantity", "value"} <= found.keys():
        return {name: found[name] for name in ("quantity", "value", "student", "form", "note") if name in found}
    filled = [position for position, name in enumerate(names) if name]
    if len(filled) > 1 and names[filled[0]] in _STUDENT:
        return {"student": filled[0]} | {name: found[name] for name in ("form", "note", "total marks") if name in found}
    return {}


def _quantity_columns(
    number: int, cells: Sequence[Cell], header: dict[str, int], collector: Collector
) -> dict[int, str]:
    """The columns of a wide table that may answer a quantity; any other that has a heading is told of."""
    found: dict[int, str] = {}
    for position, cell in enumerate(cells):
        text = trimmed(printable(cell)) if isinstance(cell, str) else ""
        if not text or position in header.values() or text.casefold() in _BESIDE:
            continue
        if QuantityId.parse(text) is None and not _is_like_a_name(text):
            collector.refuse(
                number, f"column {_letters(position)}: {shown(text)} is no quantity; the column is left out"
            )
        elif text in found.values():
            collector.refuse(number, f"column {_letters(position)}: {shown(text)} heads two columns; the first counts")
        else:
            found[position] = text
    if not found:
        raise UnreadableFileError(f"no column is headed by a quantity; {_COLUMNS}")
    return found


def _is_like_a_name(text: str) -> bool:
    """Whether a heading may be a spelling of a quantity: with a digit or a Greek letter, and no other words."""
    words = {word.lower().rstrip("h") for word in _WORDS.findall(text)}
    return bool(_LIKE_A_NAME.search(text)) and words <= _WORDS_OF_NAMES


def _read_long(number: int, cells: Sequence[Cell], header: dict[str, int], collector: Collector) -> None:
    texts = _beside(number, cells, header, collector)
    if texts is None or not (texts["quantity"] or texts["value"]):
        return
    collector.add(
        texts.get("student"),
        texts["quantity"],
        texts["value"],
        note=texts.get("note", ""),
        form=texts.get("form", ""),
        row=number,
    )


def _read_wide(
    number: int, cells: Sequence[Cell], header: dict[str, int], quantities: dict[int, str], collector: Collector
) -> None:
    texts = _beside(number, cells, header, collector)
    if texts is None:
        return
    for position, quantity in quantities.items():
        cell = cells[position] if position < len(cells) else ""
        place = f"column {quantity}"
        if isinstance(cell, str):
            collector.add(
                texts["student"],
                quantity,
                unprotected(cell),
                note=texts.get("note", ""),
                form=texts.get("form", ""),
                total=texts.get("total marks", ""),
                row=number,
                place=place,
            )
        else:
            collector.refuse(number, f"{place}: {cell.reason if isinstance(cell, Refused) else _MERGED_VALUE}")


def _beside(number: int, cells: Sequence[Cell], header: dict[str, int], collector: Collector) -> dict[str, str] | None:
    """The texts of a row's named columns; None where one of them cannot be read, which is told."""
    texts: dict[str, str] = {}
    for name, position in header.items():
        cell = cells[position] if position < len(cells) else ""
        if isinstance(cell, Merged):
            cell = Refused(reason=_MERGED_VALUE) if name == "value" else cell.text
        if isinstance(cell, Refused):
            collector.refuse(number, f"column {name}: {cell.reason}")
            return None
        texts[name] = trimmed(unprotected(cell))
    return texts


def _letters(position: int) -> str:
    """What a spreadsheet calls a column, such as AB for the 28th."""
    letters = ""
    position += 1
    while position:
        position, digit = divmod(position - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
