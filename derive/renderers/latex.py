"""LaTeX: a source that pdflatex sets with the packages of texlive-latex-base and texlive-pictures."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from derive.display.latex import LatexPrinter
from derive.display.layout import SLOT_DIGITS
from derive.display.tree import Slot
from derive.renderers.drawings import drawing_for, left_out
from derive.renderers.environment import escape_latex, latex_environment
from derive.renderers.pictures.tikz import print_tikz
from derive.renderers.printing import Printing, block_kind, document_anchors, numbered, side_by_side, slot_digits
from derive.renderers.skeleton import Holes, Skeleton, fill, without_markers
from derive.telling.filling import Filling
from derive.telling.model import Document, Picture, Table, Text

#: Width of the text and of the gap between table columns, in em.
_ROOM, _GAP = 41.0, 1.1
#: What a picture takes in points where its text can be read in it, alone and beside text.
_ROOM_IN_POINTS, _BESIDE = 430.0, 200.0
#: An em of the body type in points; that of smaller types is no fixed part of it.
_EM = 10.95
#: For the PDF's outline, which knows no mathematics.
_OUTLINE = {"∂": "d", "σ": "sigma", "δ": "delta", "η": "eta", "Σ": "sum", "∇": "grad ", "′": "'", "−": "-", "·": "*"}
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎"
_SIGNS = {
    "½": r"$\frac{1}{2}$", "¼": r"$\frac{1}{4}$", "¾": r"$\frac{3}{4}$", "°": r"$^{\circ}$", "′": "$'$",
    "«": r"$\ll$", "»": r"$\gg$", "†": r"\dag{}", "¶": r"\P{}", "µ": r"$\mu$", "√": r"$\surd$", "∈": r"$\in$",
    "Θ": r"$\Theta$", "Φ": r"$\Phi$", "Ω": r"$\Omega$", "Π": r"$\Pi$", "Λ": r"$\Lambda$", "Γ": r"$\Gamma$",
    "∇": r"$\nabla$",
}  # fmt: skip
#: Half the space between two columns, in points at the body size.
_COLUMN_GAP = 6.0
_SIZES = {1.0: "normalsize", 0.9: "small", 0.8: "footnotesize", 0.7: "scriptsize", 0.65: "tiny", 0.55: "tiny"}


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
    printing = LatexPrinting(
        printer=LatexPrinter(slot=holes.slot("latex"), slot_digits=slot_digits),
        flavour="latex",
        holes=holes,
        anchors=document_anchors(document),
    )
    printed = (
        latex_environment()
        .get_template("latex/document.tex.j2")
        .render(
            document=document,
            sections=numbered(document.sections),
            printing=printing,
            block_kind=block_kind,
            side_by_side=side_by_side,
        )
    )
    return holes.cut(printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatexPrinting(Printing):
    """Everything it gives is LaTeX for running text."""

    @property
    def joint(self) -> str:
        """Where a long line may break."""
        return r"\dbreak{100}"

    def string(self, text: str) -> str:
        """Plain text, escaped."""
        # No word is wider than a line: long ones may break anywhere.
        return re.sub(r"\S{25,}|[^\S]+|\S+", lambda word: _word(word[0]), without_markers(text))

    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        """Mathematics within a line of text."""
        return f"$\\displaystyle {mathematics}$" if display else f"${mathematics}$"

    def number(self, slot: Slot) -> str:
        """A figure as mathematics, which has a minus sign."""
        return f"${self.printer.slot(slot)}$"

    def heading(self, text: Text) -> str:
        """A heading that is plain text in the PDF's outline."""
        return f"\\texorpdfstring{{{self.text(text)}}}{{{self.outline(text)}}}"

    def outline(self, text: Text) -> str:
        """The same in the few characters that need no escaping anywhere."""
        plain = "".join(part if isinstance(part, str) else self.printer.alternative(part) for part in text)
        spelled = "".join(_OUTLINE.get(character, character) for character in unicodedata.normalize("NFKD", plain))
        ascii_only = "".join(one for one in spelled if one.isascii() or not unicodedata.combining(one))
        return re.sub(r"[^A-Za-z0-9 .,:;()+=/?!*_-]", "?", ascii_only).replace("_", " ")

    def table(self, table: Table) -> dict[str, str]:
        """How a table is set: the size's command and the preamble of its columns."""
        size, widths = self.columns(table, _ROOM, _GAP)
        ragged = {"l": "\\raggedright", "r": "\\raggedleft", "c": "\\centering"}
        columns = "".join(
            align if width is None else f">{{{ragged[align]}\\arraybackslash}}p{{{width * size * _EM:.1f}pt}}"
            for align, width in zip(table.align, widths, strict=True)
        )
        return {"size": _SIZES[size], "columns": columns, "gap": f"{_COLUMN_GAP * size:.1f}pt"}


def _word(word: str) -> str:
    if len(word) < 25:
        return _escaped(word)
    # After the signs that part an address, or after twelve characters without one.
    parts = re.findall(r"[^/_.?&=-]{0,11}[/_.?&=-]|[^/_.?&=-]{1,12}", word)
    return "\\allowbreak{}".join(map(_escaped, parts))


def _escaped(text: str) -> str:
    """Escaped, with raised and lowered characters and small fractions as mathematics."""
    found = []
    for part in re.split(f"([{_RAISED}]+|[{_LOWERED}]+|[{''.join(_SIGNS)}])", unicodedata.normalize("NFC", text)):
        if part in _SIGNS:
            found.append(_SIGNS[part])
        elif part and part[0] in _RAISED + _LOWERED:
            plain = unicodedata.normalize("NFKD", part).replace("\N{MINUS SIGN}", "-")
            found.append(f"${'^' if part[0] in _RAISED else '_'}{{{plain}}}$")
        else:
            found.append(escape_latex(part))
    return "".join(found)


def _draw(picture: Picture, filling: Filling) -> tuple[str, str]:
    drawing = drawing_for(picture, filling)
    return print_tikz(drawing, width=_BESIDE if picture.beside else _ROOM_IN_POINTS), _escaped(left_out(drawing))
