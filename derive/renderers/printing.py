"""What every format's template calls while a document is printed: texts, lines, numbers of sections, anchors."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.display.brackets import linear
from derive.display.layout import Mark, pieces, width
from derive.display.printer import PrintedRow as PrintedChunks
from derive.display.printer import Printer
from derive.display.tree import Line, Row, Slot, Tree, slots
from derive.formula.figures import Figure
from derive.renderers.columns import Column, fitted
from derive.renderers.skeleton import Flavour, Holes, Padding
from derive.telling.document_slots import CHECK_PLACES
from derive.telling.filling import Filling
from derive.telling.model import Block, Document, Formula, Paragraph, Picture, Remark, Section, Step, Table, Text, Told

#: A table's cell with more characters than this in one piece of text may stand on several lines.
_WORDS = 16

#: A column of words is no narrower, in em.
_NARROWEST = 8.0

#: Characters a figure may take, in the steps in which skeletons are told apart.
_SLOT_DIGITS = (11, 14, 18, 24, 32, 48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """An unbreakable part of a row.

    Attributes
    ----------
    mathematics : str
        Printed in the format, ready to stand in running text.
    spaced : bool
        Whether it has no sign of its own and needs a space before it.
    """

    mathematics: str
    spaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Chunks that belong together more closely than to their neighbours: a line breaks rather before it than in it.

    ``width`` is its estimated width in em.
    """

    chunks: tuple[Chunk, ...]
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedRow:
    """One right-hand side; ``is_result`` where it is the line's own figure; ``mark`` stands after it, or is empty."""

    relation: str
    terms: tuple[Term, ...]
    is_result: bool
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """A left-hand side and its rows; ``left_width`` is its estimated width in em."""

    left: str
    left_width: float
    rows: tuple[PrintedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedSection:
    """A section with the number it is printed with, such as ``2.1``, and its depth, 1 for the outermost."""

    number: str
    depth: int
    section: Section
    subsections: tuple[NumberedSection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing(ABC):
    """Prints the parts of one document in one format.

    Attributes
    ----------
    printer : Printer
    flavour : Flavour
        Of the figures in mathematics.
    holes : Holes
    anchors : mapping of str to str
        The anchor of every section, step, table and picture.
    """

    printer: Printer
    flavour: Flavour
    holes: Holes
    anchors: dict[str, str]

    @property
    @abstractmethod
    def joint(self) -> str:
        """A place in running text where a line may break, of no width."""

    @abstractmethod
    def string(self, text: str) -> str:
        """User text, escaped."""

    @abstractmethod
    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        """Mathematics in running text, with its text alternative; ``display`` at the size of a displayed formula."""

    def text(self, text: Text) -> str:
        """Running text; a number of an array or a check, of which there may be thousands, is text and no formula."""
        if len(text) == 1 and isinstance(text[0], Slot) and text[0].place in ("given", *CHECK_PLACES):
            return self.number(text[0])
        return "".join(self.string(part) if isinstance(part, str) else self._tree(part) for part in text)

    def cell(self, table: Table, row: Sequence[Text], place: int) -> str:
        """A cell; a figure with room after it, so that those of a column are aligned at their decimal points."""
        text, figures = self.text(row[place]), [_alone(each[place]) for each in table.rows]
        column = tuple(slot for slot in figures if slot is not None)
        own = _alone(row[place])
        aligned = own is not None and table.align[place] == "r" and len(column) > 1
        if own is None or not aligned or any(slot.place in ("given", *CHECK_PLACES) for slot in column):
            return text
        return text + self.holes.marker(Padding(slot=own, column=column), self.flavour)

    def number(self, slot: Slot) -> str:
        """A figure as text."""
        return self.holes.marker(slot, "plain")

    def plain(self, text: Text) -> str:
        """Running text as one escaped string without mathematics of the format; only for texts without slots."""
        return "".join(self.string(part) if isinstance(part, str) else self.printer.alternative(part) for part in text)

    def line(self, line: Line) -> PrintedLine:
        """A line with its rows in chunks."""
        printed = self.printer.line(line)
        rows = []
        for number, (row, source) in enumerate(zip(printed.rows, line.rows, strict=True), start=1):
            rows.append(
                PrintedRow(
                    relation=self.inline(row.relation, row.relation_alternative, display=True),
                    terms=self._terms(row, source.tree),
                    is_result=any(slot.role == "result" for slot in slots(source.tree)),
                    mark=(printed.mark or "") if number == len(line.rows) else "",
                )
            )
        return PrintedLine(
            left=self.inline(printed.left, printed.left_alternative, display=True),
            left_width=width(line.left, self.printer.slot_digits),
            rows=tuple(rows),
        )

    def picture(self, picture: Picture) -> str:
        """The hole that a picture is drawn in."""
        return self.holes.marker(picture, "picture")

    def caption(self, picture: Picture) -> str:
        """A picture's caption, and the hole for what is left out of the picture."""
        return self.text(picture.caption) + self.holes.marker(picture, "left out")

    def anchor(self, name: str) -> str:
        """The anchor of a section, step, table or picture."""
        return self.anchors[name]

    def text_width(self, text: Text, slot_digits: int) -> float:
        """Estimated width of running text in em."""
        return sum(0.48 * len(part) if isinstance(part, str) else width(linear(part), slot_digits) for part in text)

    def columns(self, table: Table, room: float, gap: float) -> tuple[float, tuple[float | None, ...]]:
        """The size of a table on paper and the widths of its columns; see `columns.fitted`."""
        rows = [row for row in (table.header, *table.rows) if row]
        columns = [[row[number] for row in rows] for number in range(len(table.align))]
        known = table.figure_digits
        digits = known if isinstance(known, tuple) else (known,) * len(columns)
        each = zip(columns, digits, strict=True)
        return fitted([self._column(cells, most or self.printer.slot_digits) for cells, most in each], room, gap)

    def _column(self, cells: Sequence[Text], digits: int) -> Column:
        """What a column needs; one of figures alone stays on one line."""
        natural = max(self.text_width(cell, digits) for cell in cells)
        if not any(map(_is_prose, cells)):
            return Column(natural=natural, narrowest=natural)
        chunks = [
            width(piece.tree, digits) + len(piece.before)
            for cell in cells
            for part in cell
            if not isinstance(part, str)
            for piece in pieces(linear(part), digits)
        ]
        return Column(natural=natural, narrowest=min(natural, max(_NARROWEST, *chunks, 0.0)))

    def _terms(self, row: PrintedChunks, tree: Tree) -> tuple[Term, ...]:
        terms: list[list[Chunk]] = []
        widths: list[float] = []
        cut = pieces(tree, self.printer.slot_digits)
        for index, (mathematics, alternative, piece) in enumerate(zip(row.chunks, row.alternatives, cut, strict=True)):
            if not index or (piece.before and piece.before[0] in (Mark.PLUS, Mark.MINUS)):
                terms.append([])
                widths.append(0.0)
            terms[-1].append(
                Chunk(
                    mathematics=self.inline(mathematics, alternative, display=True),
                    spaced=bool(index) and not piece.before,
                )
            )
            widths[-1] += width(piece.tree, self.printer.slot_digits) + len(piece.before) + 0.5 * len(piece.after)
        return tuple(Term(chunks=tuple(chunks), width=total) for chunks, total in zip(terms, widths, strict=True))

    def _tree(self, tree: Tree) -> str:
        if isinstance(tree, Slot) and tree.role == "mark":
            return self.printer.slot(tree)
        # A stacked fraction in running text is too small to read.
        tree = linear(tree)
        row = self.printer.line(Line(left=tree, rows=(Row(relation="=", tree=tree),))).rows[0]
        cut = pieces(tree, self.printer.slot_digits)
        return "".join(
            ("" if not index else self.joint if piece.before else " ") + self.inline(chunk, alternative, display=False)
            for index, (chunk, alternative, piece) in enumerate(zip(row.chunks, row.alternatives, cut, strict=True))
        )


def block_kind(block: Block) -> str:
    """The name of a block's kind, for templates."""
    match block:
        case Paragraph():
            return "paragraph"
        case Formula():
            return "formula"
        case Remark():
            return "remark"
        case Step():
            return "step"
        case Table():
            return "table"
        case Picture():
            return "picture"
        case Told():
            return "told"


def side_by_side(blocks: Sequence[Block]) -> Iterator[tuple[tuple[Block, ...], Block]]:
    """Each block, a picture with those before it that stand beside it on paper."""
    cuts = {place: block.beside for place, block in enumerate(blocks) if isinstance(block, Picture) and block.beside}
    beside = {other for place, count in cuts.items() for other in range(place - count, place)}
    for place, block in enumerate(blocks):
        if place not in beside:
            yield tuple(blocks[place - cuts.get(place, 0) : place]), block


def numbered(sections: Sequence[Section], prefix: str = "", depth: int = 1) -> tuple[NumberedSection, ...]:
    """Sections with their numbers; nesting is as deep as a document's headings."""
    return tuple(
        NumberedSection(
            number=f"{prefix}{number}",
            depth=depth,
            section=section,
            subsections=numbered(section.subsections, f"{prefix}{number}.", depth + 1),
        )
        for number, section in enumerate(sections, start=1)
    )


def document_anchors(document: Document) -> dict[str, str]:
    """A unique anchor for every id in the document, made of letters, digits and ``_ . -`` only."""
    anchors: dict[str, str] = {}
    taken: set[str] = set()
    for name in _ids(document.sections):
        if name in anchors:
            continue
        safe = re.sub(r"\[(\d+)\]", r"-s\1", name).replace("@", "-r")
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", safe).strip("-") or "part"
        anchor, again = stem, 2
        while anchor in taken:
            anchor, again = f"{stem}-{again}", again + 1
        taken.add(anchor)
        anchors[name] = anchor
    return anchors


def slot_digits(filling: Filling) -> int:
    """Characters that the filling's figures take at most, rounded up so that fillings share skeletons."""
    longest = max(map(_length, filling.figures.values()), default=0)
    return next((size for size in _SLOT_DIGITS if longest <= size), _SLOT_DIGITS[-1])


def _alone(cell: Text) -> Slot | None:
    """The figure that a cell is, if it is just that."""
    return cell[0] if len(cell) == 1 and isinstance(cell[0], Slot) else None


def _is_prose(cell: Text) -> bool:
    """Whether a cell reads on several lines as well as on one."""
    return len(cell) > 2 or any(isinstance(part, str) and len(part) > _WORDS for part in cell)


def _length(figure: Figure) -> int:
    return len(figure.digits) + figure.negative + (0 if figure.exponent is None else 5)


def _ids(sections: Sequence[Section]) -> Iterator[str]:
    waiting = list(reversed(sections))
    while waiting:
        section = waiting.pop()
        yield section.id
        for block in section.blocks:
            if isinstance(block, Step | Table | Picture | Told):
                yield block.id
        waiting.extend(reversed(section.subsections))
