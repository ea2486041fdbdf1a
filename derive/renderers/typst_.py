"""Typst: a source that the `typst` package sets as a tagged PDF, with a text alternative for every formula."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from derive.display.layout import SLOT_DIGITS
from derive.display.tree import Line, Slot
from derive.display.typst import TypstPrinter
from derive.renderers.coverage import displayable
from derive.renderers.drawings import drawing_for, left_out
from derive.renderers.environment import escape_typst, typst_environment
from derive.renderers.pictures.paper import width_on_paper
from derive.renderers.pictures.svg import print_svg
from derive.renderers.printing import Printing, block_kind, document_anchors, numbered, side_by_side, slot_digits
from derive.renderers.skeleton import Holes, Skeleton, fill, without_markers
from derive.telling.filling import Filling
from derive.telling.model import Document, Picture, Step, Table, Text

#: Width of the text and of the gap between table columns, in em.
_ROOM, _GAP = 44.0, 1.6
#: A step of more chunks than this may be parted by a page break.
_WHOLE_STEP = 40
#: Characters of the title in the footer.
_FOOTER = 70


def render_typst(document: Document, filling: Filling) -> str:
    """The Typst source of a document with its figures.

    Parameters
    ----------
    document : Document
    filling : Filling

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    return fill(typst_skeleton(document, slot_digits(filling)), filling, _draw)


@lru_cache(maxsize=8)
def typst_skeleton(document: Document, slot_digits: int = SLOT_DIGITS) -> Skeleton:
    """The source with holes for figures and pictures; see `skeleton.fill`."""
    holes = Holes()
    printing = TypstPrinting(
        printer=TypstPrinter(slot=holes.slot("typst"), spoken=holes.slot("plain"), slot_digits=slot_digits),
        flavour="typst",
        holes=holes,
        anchors=document_anchors(document),
    )
    title = " ".join(document.title.split())
    printed = (
        typst_environment()
        .get_template("typst/document.typ.j2")
        .render(
            document=document,
            footer=title if len(title) <= _FOOTER else title[: _FOOTER - 1] + "…",
            sections=numbered(document.sections),
            printing=printing,
            block_kind=block_kind,
            side_by_side=side_by_side,
        )
    )
    return holes.cut(printed)


def typst_line(line: Line, slot_digits: int = SLOT_DIGITS) -> Skeleton:
    """One displayed line alone, for a sheet that is no document and includes ``typst/mathematics.typ.j2``."""
    printing = _printing(slot_digits)
    printed = typst_environment().get_template("typst/line.typ.j2").module.print_line(printing.line(line))  # type: ignore[attr-defined]
    return printing.holes.cut(str(printed))


def typst_text(text: Text) -> str:
    """Running text without slots, in markup."""
    return _printing(SLOT_DIGITS).text(text)


def _printing(slot_digits: int) -> TypstPrinting:
    """For parts that stand alone and have no anchors."""
    holes = Holes()
    printer = TypstPrinter(slot=holes.slot("typst"), spoken=holes.slot("plain"), slot_digits=slot_digits)
    return TypstPrinting(printer=printer, flavour="typst", holes=holes, anchors={})


@dataclass(frozen=True, slots=True, kw_only=True)
class TypstPrinting(Printing):
    """Everything it gives starts with ``#``, so that no text runs into the call before it."""

    @property
    def joint(self) -> str:
        """Where a long line may break."""
        return "#sym.zws"

    def string(self, text: str) -> str:
        """Plain text, escaped."""
        return "#" + self.literal(text)

    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        """Mathematics within a line of text."""
        return f'#{"m" if display else "i"}("{alternative}", ${mathematics}$)'

    def number(self, slot: Slot) -> str:
        """A figure as text."""
        return f'#"{Printing.number(self, slot)}"'

    def literal(self, text: str) -> str:
        """User text as a string literal in code."""
        return escape_typst(displayable(unicodedata.normalize("NFC", without_markers(text))))

    def table(self, table: Table) -> dict[str, str]:
        """How a table is set: its size, its columns' widths and alignments, in code."""
        size, widths = self.columns(table, _ROOM, _GAP)
        return {
            "size": f"{size}em",
            # Columns that wrap share what the others leave.
            "columns": "".join("auto, " if width is None else "1fr, " for width in widths),
            "align": "".join({"l": "left, ", "r": "right, ", "c": "center, "}[align] for align in table.align),
        }

    def is_long(self, step: Step) -> bool:
        """Whether a step may be parted by a page break."""
        lines = [self.line(line) for line in (*step.working, step.line)]
        return sum(len(term.chunks) for line in lines for row in line.rows for term in row.terms) > _WHOLE_STEP


#: Widths in points of the pictures of a page on which the text is 168 mm wide, and of what its margins leave.
USUAL_WIDTHS = {"graph": 476.0, "network": 300.0}
_CURVE, _BESIDE, MOST_WIDTH = 200.0, 160.0, 524.0


def _draw(picture: Picture, filling: Filling) -> tuple[str, str]:
    drawing = drawing_for(picture, filling)
    usual = _BESIDE if picture.beside else USUAL_WIDTHS.get(picture.kind, _CURVE)
    width = width_on_paper(drawing, usual=usual, most=MOST_WIDTH)
    printed = f"{escape_typst(print_svg(drawing, standalone=True))}, {escape_typst(drawing.alternative)}, {width:.0f}pt"
    # Through `displayable`, as all text of a user: names of nodes stand in it.
    return printed, f"#{escape_typst(displayable(left_out(drawing)))}"
