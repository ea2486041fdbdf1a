"""LaTeX: a source that pdflatex sets with the packages of texlive-latex-base and texlive-pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from derive.display.latex import LatexPrinter
from derive.display.layout import SLOT_DIGITS
from derive.renderers.columns import fitted
from derive.renderers.drawings import drawing_for
from derive.renderers.environment import escape_latex, latex_environment
from derive.renderers.pictures.tikz import print_tikz
from derive.renderers.printing import Printing, block_kind, document_anchors, numbered, slot_digits
from derive.renderers.skeleton import Holes, Skeleton, fill, without_markers
from derive.steps.filling import Filling
from derive.steps.model import Document, Picture, Table, Text

#: Width of the text in em, of the left-hand sides that share a row with what follows, and between table columns.
_ROOM, _GAP = 44.0, 1.4
_SIZES = {1.0: "normalsize", 0.9: "small", 0.8: "footnotesize", 0.7: "scriptsize"}


def render_latex(document: Document, filling: Filling) -> str:
    """The LaTeX source of a document with its figures; ASCII.

    Parameters
    ----------
    document : Document
    filling : Filling

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    return fill(latex_skeleton(document, slot_digits(filling)), filling, _draw)


@lru_cache(maxsize=8)
def latex_skeleton(document: Document, slot_digits: int = SLOT_DIGITS) -> Skeleton:
    """The source with holes for figures and pictures; see `skeleton.fill`."""
    holes = Holes()
    printing = _LatexPrinting(
        printer=LatexPrinter(slot=holes.slot("latex"), slot_digits=slot_digits),
        flavour="latex",
        holes=holes,
        anchors=document_anchors(document),
    )
    printed = latex_environment().get_template("latex/document.tex.j2").render(
        document=document,
        sections=numbered(document.sections),
        printing=printing,
        block_kind=block_kind,
    )
    return holes.cut(printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LatexPrinting(Printing):
    def string(self, text: str) -> str:
        return _breakable(escape_latex(without_markers(text)), text)

    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        return f"$\\displaystyle {mathematics}$" if display else f"${mathematics}$"

    def heading(self, text: Text) -> str:
        """A heading that is plain text in the PDF's outline."""
        printed = self.text(text)
        plain = escape_latex(without_markers("".join(p if isinstance(p, str) else _ascii(self, p) for p in text)))
        return printed if printed == plain else f"\\texorpdfstring{{{printed}}}{{{plain}}}"

    def table(self, table: Table) -> dict[str, str]:
        """How a table is set: the size's command and the preamble of its columns."""
        rows = [row for row in (table.header, *table.rows) if row]
        natural = [max(self.text_width(row[column]) for row in rows) for column in range(len(table.align))]
        size, widths = fitted(natural, _ROOM, _GAP)
        ragged = {"l": "\\raggedright", "r": "\\raggedleft", "c": "\\centering"}
        columns = "".join(
            align if width is None else f">{{{ragged[align]}\\arraybackslash}}p{{{width:.2f}em}}"
            for align, width in zip(table.align, widths, strict=True)
        )
        return {"size": _SIZES[size], "columns": columns}
