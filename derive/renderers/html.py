"""HTML: one file with everything in it, readable without a network and without JavaScript."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from markupsafe import Markup, escape

from derive.display.layout import SLOT_DIGITS
from derive.display.mathml import MathmlPrinter
from derive.display.tree import Line
from derive.renderers.drawings import drawing_for, left_out
from derive.renderers.environment import html_environment
from derive.renderers.pictures.svg import print_svg
from derive.renderers.printing import Printing, block_kind, document_anchors, numbered, slot_digits
from derive.renderers.skeleton import Holes, Skeleton, fill, without_markers
from derive.renderers.templates import templates_folder
from derive.telling.filling import Filling
from derive.telling.model import Document, Picture, Table, Text


def render_html(document: Document, filling: Filling) -> str:
    """The page of a document with its figures.

    Parameters
    ----------
    document : Document
    filling : Filling

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    return fill(html_skeleton(document, slot_digits(filling)), filling, _draw)


@lru_cache(maxsize=8)
def html_skeleton(document: Document, slot_digits: int = SLOT_DIGITS) -> Skeleton:
    """The page with holes for figures and pictures; see `skeleton.fill`.

    Parameters
    ----------
    document : Document
    slot_digits : int
        Characters the figures are expected to take, for the decision where rows may break.
    """
    holes = Holes()
    printing = HtmlPrinting(
        printer=MathmlPrinter(slot=holes.slot("mathml"), spoken=holes.slot("plain"), slot_digits=slot_digits),
        flavour="mathml",
        holes=holes,
        anchors=document_anchors(document),
    )
    return printed_page(document, printing)


def printed_page(document: Document, printing: HtmlPrinting, *, style: str = "", script: str = "") -> Skeleton:
    """The page of a document, cut at its holes.

    Parameters
    ----------
    document : Document
    printing : HtmlPrinting
    style : str
        The kind of page, as `page_style` has it.
    script : str
        What the page runs; empty: nothing.
    """
    printed = (
        html_environment()
        .get_template("html/document.html.j2")
        .render(
            document=document,
            title=printing.string(document.title),
            sections=numbered(document.sections),
            lead=_lead(document),
            printing=printing,
            block_kind=block_kind,
            style=page_style(style),
            scripts=[Markup(script)] if script else [],
        )
    )
    return printing.holes.cut(printed)


def _lead(document: Document) -> Picture | None:
    """The picture that stands under the title, before the contents: the first of the first section."""
    blocks = document.sections[0].blocks if document.sections else ()
    return next((block for block in blocks if isinstance(block, Picture)), None)


def html_line(line: Line, slot_digits: int = SLOT_DIGITS, kind: str = "main") -> Skeleton:
    """One displayed line alone, for a page that is no document; ``kind`` is a class of its element.

    Parameters
    ----------
    line : Line
    slot_digits : int
        See `html_skeleton`.
    """
    printing = _printing(slot_digits)
    printed = html_environment().get_template("html/line.html.j2").module.line_rows(printing.line(line), kind)  # type: ignore[attr-defined]
    return printing.holes.cut(str(printed))


def html_text(text: Text) -> Markup:
    """Running text without slots, as markup."""
    return Markup(_printing(SLOT_DIGITS).text(text))


def _printing(slot_digits: int) -> HtmlPrinting:
    """For parts that stand alone and have no anchors."""
    holes = Holes()
    printer = MathmlPrinter(slot=holes.slot("mathml"), spoken=holes.slot("plain"), slot_digits=slot_digits)
    return HtmlPrinting(printer=printer, flavour="mathml", holes=holes, anchors={})


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPrinting(Printing):
    """Everything it gives is markup, so that the template escapes it no second time."""

    @property
    def joint(self) -> str:
        """Where a long line may break."""
        return Markup("<wbr>")

    def string(self, text: str) -> str:
        """Plain text, escaped."""
        return escape(without_markers(text))

    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        """Mathematics within a line of text; the style sheet sets what stands in a displayed line at its size."""
        return Markup(f'<math alttext="{alternative}">{mathematics}</math>')

    def text(self, text: Text) -> str:
        """Running text with its mathematics."""
        return Markup(Printing.text(self, text))

    def cell(self, table: Table, row: Sequence[Text], place: int) -> str:
        """A cell of a table."""
        return Markup(Printing.cell(self, table, row, place))

    def problem(self) -> str:
        """The hole for the problem file."""
        return Markup(self.holes.marker(None, "problem html"))

    def caption(self, picture: Picture) -> str:
        """A picture's caption, with all that is left out of the picture."""
        return Markup(Printing.caption(self, picture))


def _draw(picture: Picture, filling: Filling) -> tuple[str, str]:
    drawing = drawing_for(picture, filling)
    return print_svg(drawing), escape(left_out(drawing))


@cache
def page_style(kind: str = "") -> Markup:
    """The style sheet with the mathematics font inside, and what pages of a kind, such as ``feedback``, add to it."""
    folder = templates_folder() / "html"
    style = (folder / "style.css").read_text(encoding="utf-8")
    font = next(iter(sorted((folder / "fonts").glob("*.woff2"))), None)
    if font is not None:
        data = base64.b64encode(font.read_bytes()).decode("ascii")
        style = style.replace("MATHEMATICS_FONT", f"data:font/woff2;base64,{data}")
    return Markup(style + ("\n" + (folder / f"{kind}.css").read_text(encoding="utf-8") if kind else ""))
