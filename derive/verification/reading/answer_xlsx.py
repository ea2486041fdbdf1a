"""Answers from the first sheet of an XLSX workbook (ECMA-376 part 1, 18): texts, numbers, kept results, merged cells.

Read part by part as a stream: a library that loads the workbook as a whole needs fifty times its size in memory, and
one that streams it knows of no merged cells and fills in rows up to whatever number a file names.
"""

from __future__ import annotations

import math
import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from derive.verification.reading.answer_table import (
    LAST_ROW,
    LONGEST_CELL,
    MOST_ANSWERS,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Collector,
    Merged,
    Refused,
    Row,
    UnreadableFileError,
    read_table,
)
from derive.verification.reading.cells import printable
from derive.verification.reading.number_format import BUILT_IN, displayed, is_date
from derive.verification.reading.packed import Package

_MOST_MERGES = 20_000
_MOST_CELLS = 2 * MOST_ANSWERS
_MOST_CHARACTERS = 100_000_000
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.IGNORECASE)


def read_xlsx(content: bytes, collector: Collector) -> None:
    """Take down the answers of the first sheet of a workbook, as a table with the columns of CSV.

    A number is read as its cell shows it, see `displayed`; a calculated cell is read by the result kept with it, and
    refused where there is none.

    Raises
    ------
    UnreadableFileError
        If it is no such workbook, is damaged, or too large.
    """
    read_table(sheet_rows(content), collector)


def sheet_rows(content: bytes) -> Iterator[Row]:
    """The rows of the first sheet of a workbook that hold something; see `read_xlsx`.

    Raises
    ------
    UnreadableFileError
        If it is no such workbook, is damaged, or too large.
    """
    package = Package(content)
    workbook = _related(package, "", "officeDocument") or ["xl/workbook.xml"]
    sheet = _first_sheet(package, workbook[0])
    strings = [text for name in _related(package, workbook[0], "sharedStrings")[:1] for text in _strings(package, name)]
    formats = [code for name in _related(package, workbook[0], "styles")[:1] for code in _formats(package, name)]
    reader = _Sheet(strings=strings, formats=formats)
    package.read(sheet, start=reader.start, end=reader.end, text=reader.text)
    return reader.rows()


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """Collects the cells of a sheet that hold something, by row and column, both counted from 1."""

    strings: list[str]
    formats: list[str]
    cells: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    count: int = 0
    row: int = 0
    column: int = 0
    kind: str = "n"
    style: str = ""
    value: list[str] = field(default_factory=list)
    length: int = 0
    calculated: bool = False
    inside: str = ""
    aside: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag:
            case "row":
                self.row = _whole(attributes.get("r"), self.row + 1, LAST_ROW, "row")
                self.column = 0
            case "c":
                self._place(attributes.get("r", ""))
                self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
                self.value, self.length, self.calculated = [], 0, False
            case "f":
                self.calculated = True
            case "rPh":
                self.aside += 1  # how East Asian writing is pronounced, beside the text itself
            case "mergeCell":
                self._merge(attributes.get("ref", ""))
        self.inside = tag

    def text(self, piece: str) -> None:
        if self.inside in ("v", "t") and not self.aside and self.length <= LONGEST_CELL:
            self.value.append(piece)
            self.length += len(piece)

    def end(self, tag: str) -> None:
        self.inside = ""
        if tag == "rPh":
            self.aside -= 1
        elif tag == "c":
            cell = self._cell("".join(self.value))
            if cell != "":
                self.count += 1
                if self.count > _MOST_CELLS:
                    raise UnreadableFileError(f"more than {_MOST_CELLS:,} cells with something in them; split the file")
                self.cells.setdefault(self.row, {})[self.column] = cell
                if len(self.cells) > MOST_ROWS:
                    raise UnreadableFileError(f"more than {MOST_ROWS:,} rows with something in them; split the file")

    def rows(self) -> Iterator[Row]:
        """The rows that hold something, with the cells that are merged into others filled in."""
        self._fill_merges()
        for number in sorted(self.cells):
            cells = self.cells[number]
            last = max(cells)
            if last > MOST_COLUMNS:
                raise UnreadableFileError(f"row {number} has {last:,} columns; at most {MOST_COLUMNS:,} are read")
            yield number, [cells.get(column, "") for column in range(1, last + 1)]

    def _place(self, place: str) -> None:
        if not place:
            self.column += 1
            return
        found = _PLACE.fullmatch(place)
        if found is None:
            raise UnreadableFileError(f"damaged: a cell in row {self.row} says it is at {printable(place[:20])!r}")
        self.column = _column(found[1])
        self.row = int(found[2])

    def _cell(self, raw: str) -> Cell:
        if self.length > LONGEST_CELL:
            return Refused(reason=f"more than {LONGEST_CELL:,} characters in one cell")
        if self.calculated and not raw:
            return Refused(
                reason="a formula of the spreadsheet without a kept result; write the value, or save it in Excel"
            )
        match self.kind:
            case "s":
                position = _whole(raw, -1, len(self.strings) - 1, "text") if raw else -1
                return self.strings[position] if position >= 0 else ""
            case "str" | "inlineStr":
                return raw
            case "b":
                return Refused(reason="true or false; a number or a formula in quantity names is needed")
            case "e":
                return Refused(reason=f"the spreadsheet's error {printable(raw[:20])}")
            case "d":
                return Refused(reason="a date; format the column as text and write the value again")
        return self._number(raw.strip())

    def _number(self, raw: str) -> Cell:
        if not raw:
            return ""
        code = self._format()
        try:
            value = float(raw)
        except ValueError:
            return Refused(reason=f"no number: {printable(raw[:40])!r}")
        if not math.isfinite(value):
            return Refused(reason=f"too large for a 64-bit float: {printable(raw[:40])!r}")
        if is_date(code):
            return Refused(reason="a date; format the column as text and write the value again")
        return displayed(value, code)

    def _format(self) -> str:
        style = int(self.style) if re.fullmatch("[0-9]{1,6}", self.style, re.ASCII) else 0
        return self.formats[style] if style < len(self.formats) else "General"

    def _merge(self, ref: str) -> None:
        if len(self.merges) >= _MOST_MERGES:
            raise UnreadableFileError(f"more than {_MOST_MERGES:,} merged cells")
        first, _, last = ref.partition(":")
        start, stop = _PLACE.fullmatch(first), _PLACE.fullmatch(last)
        if start and stop:
            self.merges.append((int(start[2]), _column(start[1]), int(stop[2]), _column(stop[1])))

    def _fill_merges(self) -> None:
        numbers = sorted(self.cells)
        widest = min(MOST_COLUMNS, max((max(cells) for cells in self.cells.values()), default=0))
        filled = 0
        for top, left, bottom, right in self.merges:
            shown = self.cells.get(top, {}).get(left, "")
            if not isinstance(shown, str) or not shown:
                continue
            # Rows without anything of their own are no answers, however far a merged cell reaches.
            for position in range(bisect_left(numbers, top), len(numbers)):
                if numbers[position] > bottom:
                    break
                cells = self.cells[numbers[position]]
                for column in range(left, min(right, widest) + 1):
                    filled += 1
                    if filled > _MOST_CELLS:
                        raise UnreadableFileError("merged cells over more of the sheet than is read")
                    if (numbers[position], column) != (top, left):
                        cells[column] = Merged(text=shown)


def _related(package: Package, part: str, kind: str) -> list[str]:
    """Names of the parts of a kind that a part (or "" for the package) is related to, in written order."""
    return [target for found, _, target in _relations(package, part) if found == kind]


def _relations(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Kind, id and name of every part inside the package that a part is related to."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: list[tuple[str, str, str]] = []
    if path not in package:
        return found

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
            found.append((kind, attributes.get("Id", ""), target))

    package.read(path, start=start)
    return found


def _first_sheet(package: Package, workbook: str) -> str:
    ids: list[str] = []

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            ids.append(attributes.get("id", ""))

    package.read(workbook, start=start)
    sheets = {name: target for kind, name, target in _relations(package, workbook) if kind == "worksheet"}
    for name in ids:
        if name in sheets:
            return sheets[name]
    raise UnreadableFileError("no Excel workbook: there is no sheet in it")


def _strings(package: Package, part: str) -> list[str]:
    """The texts that cells refer to by number."""
    found: list[str] = []
    pieces: list[str] = []
    state = {"inside": False, "aside": 0, "length": 0, "total": 0}

    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag == "si":
            pieces.clear()
            state["length"] = 0
        state["aside"] += tag == "rPh"
        state["inside"] = tag == "t"

    def text(piece: str) -> None:
        # One character more than fits is kept, so that the cell is refused and not cut.
        room = LONGEST_CELL + 1 - state["length"]
        if state["inside"] and not state["aside"] and room > 0:
            pieces.append(piece[:room])
            state["length"] += len(piece[:room])
            state["total"] += len(piece[:room])
            if state["total"] > _MOST_CHARACTERS:
                raise UnreadableFileError(f"more than {_MOST_CHARACTERS:,} characters of text")

    def end(tag: str) -> None:
        state["inside"] = False
        state["aside"] -= tag == "rPh"
        if tag == "si":
            if len(found) >= _MOST_CELLS:
                raise UnreadableFileError(f"more than {_MOST_CELLS:,} texts; split the file")
            found.append("".join(pieces))

    package.read(part, start=start, end=end, text=text)
    return found


def _formats(package: Package, part: str) -> list[str]:
    """The number format of each cell style."""
    named: dict[int, str] = {}
    numbers: list[int] = []
    state = {"cells": False}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "numFmt" and len(named) < MOST_ROWS:
            named[_whole(attributes.get("numFmtId"), 0, 10**6, "format")] = attributes.get("formatCode", "")[:255]
        elif tag == "cellXfs":
            state["cells"] = True
        elif tag == "xf" and state["cells"] and len(numbers) < MOST_ROWS:
            numbers.append(_whole(attributes.get("numFmtId"), 0, 10**6, "format"))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            state["cells"] = False

    package.read(part, start=start, end=end)
    return [named.get(number, BUILT_IN.get(number, "General")) for number in numbers]


def _whole(text: str | None, default: int, most: int, what: str) -> int:
    """A number of the file's own bookkeeping."""
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,9}", text.strip(), re.ASCII) or int(text) > most:
        raise UnreadableFileError(f"damaged: the number of a {what} is {printable(text[:20])!r}")
    return int(text)


def _column(letters: str) -> int:
    """A column's number from 1: 28 for AB."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
