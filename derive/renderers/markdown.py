"""Markdown, as GitHub shows it; and in the dialect of Jupyter, of which notebooks are made.

GitHub hands what stands between dollar signs through Markdown first, which eats backslashes before punctuation and
takes ``_`` and ``*`` for emphasis. What it hands on untouched is inline code between dollar signs and a block of code
called ``math`` (https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/
writing-mathematical-expressions; https://github.com/github/markup/issues/1746). Jupyter takes dollar signs out before
Markdown sees them, and knows nothing else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from unicodedata import category
from urllib.parse import quote

from derive.display.brackets import linear
from derive.display.latex import LatexPrinter
from derive.display.layout import SLOT_DIGITS
from derive.display.tree import Line, Slot
from derive.renderers.drawings import drawing_for, left_out
from derive.renderers.environment import markdown_environment
from derive.renderers.fragments import latex_display
from derive.renderers.pictures.svg import print_svg
from derive.renderers.printing import Printing, block_kind, document_anchors, numbered, slot_digits
from derive.renderers.skeleton import Holes, Skeleton, fill, without_markers
from derive.telling.filling import Filling
from derive.telling.model import Document, Picture, Section, Text

#: Width in em in which GitHub and Jupyter show a display on a laptop.
_ROOM = 44.0
#: Stands between the cells that a notebook is cut into; like markers it comes from no user text.
CELL = "\ue002"
#: Around a picture, in its own units.
_MARGIN = 12.0
_FONTS = "'Libertinus Serif','STIX Two Text','Times New Roman','Liberation Serif','Nimbus Roman',serif"

#: Never markup on their own.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
#: GitHub and MathJax look for mathematics in text that Markdown has already made; an element of its own hides these.
#: GitHub documents this for the dollar sign. In a text alternative nobody looks, and there are no elements.
_HIDDEN = {"$": "<span>&#36;</span>", "\\": "<span>&#92;</span>"}
_SPOKEN = {"$": "&#36;", "\\": "&#92;", "`": "&#96;"}
#: An underscore inside a word is no markup, and a backslash before it would spoil an address.
_MARKUP = re.compile(r"[`*~\[\]]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<!\S)#")
#: At the start of a paragraph: what begins a list or underlines a heading.
_AT_START = re.compile(r"\A( ?)(?:([-+=])|(\d{1,9})([.)])(?=\s|\Z))")


def render_markdown(document: Document, filling: Filling, *, dollars: bool = False) -> str:
    """The document as Markdown.

    Parameters
    ----------
    document : Document
    filling : Filling
    dollars : bool
        False: as GitHub shows it, with links to the pictures that `markdown_pictures` gives.
        True: mathematics between ``$`` and ``$$``, pictures inside, as Jupyter shows it.

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    return "\n\n".join(markdown_cells(document, filling, dollars=dollars)) + "\n"


def markdown_cells(document: Document, filling: Filling, *, dollars: bool) -> list[str]:
    """The same in parts: the title, then each section's head and each step."""
    printed = fill(markdown_skeleton(document, slot_digits(filling), dollars), filling, _draw)
    return [cell.strip() for cell in printed.split(CELL) if cell.strip()]


def markdown_pictures(document: Document, filling: Filling) -> dict[str, str]:
    """The pictures that the Markdown links to, as SVG files of their own, by file name."""
    anchors = document_anchors(document)
    return {
        _file(document, anchors[block.id]): standing_alone(block, filling) for block in _pictures(document.sections)
    }


def standing_alone(picture: Picture, filling: Filling) -> str:
    """A picture as an SVG file on white, since its ink is dark and the page it is shown on may be."""
    drawing = drawing_for(picture, filling)
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}" height="{height:.2f}" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.2f} {height:.2f}">\n'
        # A style wins over the attribute of the drawing, whose font only Typst brings along.
        f"<style>svg svg{{overflow:visible;font-family:{_FONTS}}}</style>\n"
        f'<rect x="{-_MARGIN:g}" y="{-_MARGIN:g}" width="100%" height="100%" fill="#ffffff"/>\n'
        f"{print_svg(drawing, standalone=True)}\n</svg>\n"
    )


@lru_cache(maxsize=8)
def markdown_skeleton(document: Document, slot_digits: int = SLOT_DIGITS, dollars: bool = False) -> Skeleton:
    """The text with holes for figures and pictures; see `skeleton.fill`."""
    holes = Holes()
    printing = MarkdownPrinting(
        printer=LatexPrinter(slot=holes.slot("markdown"), slot_digits=slot_digits),
        flavour="markdown",
        holes=holes,
        anchors=document_anchors(document),
        document=document,
        dollars=dollars,
    )
    printed = (
        markdown_environment()
        .get_template("markdown/document.md.j2")
        .render(
            document=document,
            sections=numbered(document.sections),
            printing=printing,
            block_kind=block_kind,
            cell=CELL,
        )
    )
    return holes.cut(re.sub(r"\n{3,}", "\n\n", printed))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownPrinting(Printing):
    """Prints the parts of a document in one of the two dialects."""

    document: Document
    dollars: bool

    @property
    def joint(self) -> str:
        """Nothing: mathematics in running text stays in one piece."""
        return ""

    def string(self, text: str) -> str:
        """User text, in which nothing is markup or mathematics."""
        return _escaped(text, _ENTITIES | _HIDDEN)

    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        """Mathematics in running text; there is no place for its text alternative."""
        return f"${mathematics}$" if self.dollars else f"$`{mathematics}`$"

    def text(self, text: Text) -> str:
        """Running text; figures that stand alone are text, so that a table reads well as it is."""
        found = ""
        for part in text:
            if isinstance(part, str):
                found += self.string(part)
            elif isinstance(part, Slot):
                found += self.holes.marker(part, "plain")
            else:
                # GitHub takes no dollar sign for mathematics right behind a letter, digit, dash or another one.
                gap = " " if found and (found[-1].isalnum() or found[-1] in "-$") else ""
                found += gap + self.inline(self.printer.tree(linear(part)), "", display=False)
        return _AT_START.sub(lambda start: f"{start[1]}{start[3] or ''}\\{start[2] or start[4]}", found)

    def plain(self, text: Text) -> str:
        """Running text without mathematics, for links, in which GitHub shows none."""
        return "".join(self.string(part if isinstance(part, str) else self.printer.alternative(part)) for part in text)

    def display(self, line: Line, flat: bool, number: int = 0) -> str:
        """A line on its own, with its number; ``flat`` where a quotation's marks would get into several lines."""
        assert isinstance(self.printer, LatexPrinter)
        tag = f"\n\\tag{{{number}}}" if number else ""
        if not self.dollars:
            return f"```math\n{latex_display(self.printer, line, _ROOM)}{tag}\n```"
        if flat:
            return "$$" + latex_display(self.printer, line, _ROOM, end=" \\\\ ").replace("\n", " ") + "$$"
        return f"$$\n{latex_display(self.printer, line, _ROOM)}{tag}\n$$"

    def picture(self, picture: Picture) -> str:
        """A link to the picture's file, or the hole that it is drawn in."""
        if self.dollars:
            return self.holes.marker(picture, "picture")
        name = _file(self.document, self.anchor(picture.id))
        return f"![{_escaped(picture.alternative, _ENTITIES | _SPOKEN)}]({quote(name)})"

    def problem(self) -> str:
        """The problem file as a block of code; in a notebook its first cell has the problem."""
        if self.dollars:
            return ""
        # No line of it begins with a backtick.
        marker = self.holes.marker(None, "problem")
        return f"The problem file, all that this page rests on:\n\n```toml\n{marker}```"

    def quoted(self, text: str) -> str:
        """A block quotation."""
        lines = re.sub(r"\n{3,}", "\n\n", text.strip()).split("\n")
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def rows(self, text: str) -> str:
        """A table with no blank line between its rows, and one between it and its caption."""
        caption, *rows = (line for line in text.split("\n") if line.strip())
        return "\n".join((caption, "", *rows))


def _escaped(text: str, spelled: dict[str, str]) -> str:
    """User text on one line, in which nothing is markup."""
    # Nothing that is put in place of a character is looked at again.
    parts = re.split(r"([&<>|$\\])", _folded(text))
    found = "".join(spelled[part] if index % 2 else _MARKUP.sub(r"\\\g<0>", part) for index, part in enumerate(parts))
    return found


def _folded(text: str) -> str:
    """User text on one line, without characters that are no text."""
    line = re.sub(r"\s+", " ", without_markers(text)).replace(CELL, "\N{REPLACEMENT CHARACTER}")
    return "".join("\N{REPLACEMENT CHARACTER}" if category(one) in ("Cc", "Cs") else one for one in line)


def _pictures(sections: Sequence[Section]) -> Iterator[Picture]:
    waiting = list(reversed(sections))
    while waiting:
        section = waiting.pop()
        yield from (block for block in section.blocks if isinstance(block, Picture))
        waiting.extend(reversed(section.subsections))


def _file(document: Document, anchor: str) -> str:
    return f"{document.name}-{anchor}.svg"


def _draw(picture: Picture, filling: Filling) -> tuple[str, str]:
    """A picture inside the text: JupyterLab shows no SVG that is attached to a cell."""
    data = base64.b64encode(standing_alone(picture, filling).encode("utf-8")).decode("ascii")
    # Jupyter looks for mathematics inside of elements, too.
    alternative = "".join(_SPOKEN.get(one, one) for one in escape(_folded(picture.alternative)))
    note = _escaped(left_out(drawing_for(picture, filling)), _ENTITIES | _HIDDEN)
    return f'<img alt="{alternative}" src="data:image/svg+xml;base64,{data}">', note
