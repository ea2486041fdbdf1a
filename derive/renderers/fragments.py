"""One line of a worked solution alone, in every format, for an author to paste."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from derive.display.latex import LatexPrinter
from derive.display.layout import Mark, pieces, width
from derive.display.mathml import MathmlPrinter
from derive.display.plain import PlainPrinter
from derive.display.printer import Printer
from derive.display.tree import Line, Slot, Tree, slots
from derive.display.typst import TypstPrinter
from derive.renderers.document_json import steps
from derive.renderers.skeleton import Flavour, slot_text
from derive.telling.filling import Filling
from derive.telling.model import Document, Step

#: What a fragment can be printed as.
FORMATS = ("latex", "mathml", "text", "typst", "markdown", "svg")

#: What a picture of a line is set on.
_SVG_PAGE = """#set page(width: auto, height: auto, margin: 2pt, fill: none)
#set text(font: "New Computer Modern")
"""
#: Width of a line of mathematics in em: the text of an article on A4 or letter paper.
_ROOM = 32.0
#: Right-hand sides get no less, however wide the left-hand side is.
_LEAST = 14.0
#: Relation sign with the space around it.
_RELATION = 1.4

_MATHML = "http://www.w3.org/1998/Math/MathML"
#: Chromium and Firefox align blocks in table cells by names of their own; each skips the other's.
_SIDES = {side: f' style="text-align:-moz-{side};text-align:-webkit-{side}"' for side in ("left", "right")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One side of a line, in one piece and without its relation sign.

    Attributes
    ----------
    latex, typst : str
        Mathematics without delimiters.
    mathml : str
        One ``math`` element.
    text : str
    markdown : str
        Inline mathematics as GitHub shows it.
    """

    latex: str
    mathml: str
    text: str
    typst: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """One step's line alone: symbols = numbers = value.

    Attributes
    ----------
    id : str
        Of the step.
    title : str
        In plain text.
    latex : str
        A display for amsmath, long rows broken.
    mathml : str
        One ``math`` element with a text alternative, well-formed on its own.
    text : str
        One row a line.
    typst : str
        A display.
    markdown : str
        A display as GitHub shows it.
    left : Part
    symbols : tuple of Part
    numbers : Part or None
        The formula with figures in it; None where the value follows from the symbols at once.
    value : Part or None
    """

    id: str
    title: str
    latex: str
    mathml: str
    text: str
    typst: str
    markdown: str
    left: Part
    symbols: tuple[Part, ...]
    numbers: Part | None
    value: Part | None

    @property
    def svg(self) -> str:
        """A picture of the line for a book, its letters as outlines, with the line in words."""
        from derive.renderers.typst_pdf import typst_svg

        page = '#set page(width: auto, height: auto, margin: 2pt, fill: none)\n#set text(font: "New Computer Modern")\n'
        printed = typst_svg(f"{page}{self.typst}\n".encode())
        return printed.replace("<svg ", f'<svg role="img" aria-label="{escape(" ".join(self.text.split()))}" ', 1)

    def _repr_latex_(self) -> str:
        return self.latex

    def __str__(self) -> str:
        return self.text


def fragment(step: Step, filling: Filling) -> Fragment:
    """A step's line in every format; the sign that full figures are carried is left out.

    Parameters
    ----------
    step : Step
    filling : Filling

    Raises
    ------
    KeyError
        If the filling lacks a slot of the line.
    """
    line = Line(left=step.line.left, rows=step.line.rows)
    printers = _Printers.of(filling, _digits(line, filling))
    rows = [(row.tree, printers.part(row.tree)) for row in line.rows]
    with_slots = [(tree, part) for tree, part in rows if any(slots(tree))]
    values = [part for tree, part in with_slots if any(slot.role == "result" for slot in slots(tree))]
    numbers = [part for tree, part in with_slots if all(slot.role != "result" for slot in slots(tree))]
    display = latex_display(printers.latex, line)
    return Fragment(
        id=step.id,
        title="".join(part if isinstance(part, str) else printers.plain.tree(part) for part in step.title),
        latex=f"\\[\n{display}\n\\]",
        mathml=_mathml_display(printers.mathml, line),
        text=_text(printers.plain, line),
        typst=_typst_display(printers.typst, line),
        markdown=f"```math\n{display}\n```",
        left=printers.part(line.left),
        symbols=tuple(part for tree, part in rows if not any(slots(tree))),
        numbers=numbers[-1] if numbers else None,
        value=values[-1] if values else None,
    )


def displays(document: Document, filling: Filling) -> str:
    """The lines of all steps as LaTeX displays between double dollar signs, for amsmath and for MathJax."""
    lines = [Line(left=step.line.left, rows=step.line.rows) for step in steps(document)]
    printed = (latex_display(_Printers.of(filling, _digits(line, filling)).latex, line) for line in lines)
    return "\n\n".join(f"$$\n{display}\n$$" for display in printed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printers:
    latex: LatexPrinter
    mathml: MathmlPrinter
    plain: PlainPrinter
    typst: TypstPrinter

    @classmethod
    def of(cls, filling: Filling, digits: int) -> _Printers:
        def filled(flavour: Flavour) -> Callable[[Slot], str]:
            return lambda slot: slot_text(slot, filling, flavour)

        return cls(
            latex=LatexPrinter(slot=filled("latex"), slot_digits=digits),
            mathml=MathmlPrinter(slot=filled("mathml"), spoken=filled("plain"), slot_digits=digits),
            plain=PlainPrinter(slot=filled("plain"), slot_digits=digits),
            typst=TypstPrinter(slot=filled("typst"), spoken=filled("plain"), slot_digits=digits),
        )

    def part(self, tree: Tree) -> Part:
        """One side of a line in every format."""
        latex, text = self.latex.tree(tree), self.plain.tree(tree)
        return Part(
            latex=latex,
            mathml=f'<math xmlns="{_MATHML}" alttext="{escape(text)}">{self.mathml.tree(tree)}</math>',
            text=text,
            typst=self.typst.tree(tree),
            markdown=f"$`{latex}`$",
        )


def _digits(line: Line, filling: Filling) -> int:
    """Characters that the line's figures take at most; the others of the document do not matter here."""
    used = [slot for row in line.rows for slot in slots(row.tree)]
    return max((len(slot_text(slot, filling, "plain")) for slot in used), default=1)


def latex_display(printer: LatexPrinter, line: Line, room: float = _ROOM, end: str = " \\\\\n") -> str:
    r"""A line as an ``aligned`` environment of amsmath; a single short row needs none.

    Parameters
    ----------
    printer : LatexPrinter
    line : Line
    room : float
        Width in em from which on rows are broken.
    end : str
        What ends a row, with ``\\`` in it.
    """
    printed = printer.line(line)
    sides = []
    for row, broken in zip(printed.rows, _broken(printer, line, room), strict=True):
        first, *others = (" ".join(chunks) for chunks in broken)
        sides += [f"{row.relation} {first}", *(f"\\quad {other}" for other in others)]
    sides[-1] += printed.mark or ""
    if len(sides) == 1:
        return f"{printed.left} {sides[0]}"
    return f"\\begin{{aligned}}\n{printed.left} &{f'{end}&'.join(sides)}\n\\end{{aligned}}"


def _mathml_display(printer: MathmlPrinter, line: Line) -> str:
    printed = printer.line(line)
    spoken = [printed.left_alternative]
    rows = []
    for number, (row, broken) in enumerate(zip(printed.rows, _broken(printer, line, _ROOM), strict=True)):
        spoken += [row.relation_alternative, *row.alternatives]
        for part, chunks in enumerate(broken):
            cells = (
                printed.left if number == part == 0 else "",
                "" if part else row.relation,
                ('<mspace width="1em"/>' if part else "") + "".join(chunks),
            )
            styles = (_SIDES["right"], "", _SIDES["left"])
            rows.append(
                "<mtr>"
                + "".join(f"<mtd{style}><mrow>{cell}</mrow></mtd>" for style, cell in zip(styles, cells, strict=True))
                + "</mtr>"
            )
    body = "\n".join(rows)
    return (
        f'<math xmlns="{_MATHML}" display="block" alttext="{" ".join(spoken)}">\n'
        f'<mtable displaystyle="true" columnalign="right center left">\n{body}\n</mtable>\n</math>'
    )


def _typst_display(printer: TypstPrinter, line: Line) -> str:
    printed = printer.line(line)
    rows = []
    for number, (row, broken) in enumerate(zip(printed.rows, _broken(printer, line, _ROOM), strict=True)):
        first, *others = (" ".join(chunks) for chunks in broken)
        rows.append(f"{printed.left + ' ' if number == 0 else ''}& {row.relation} {first}")
        rows += [f"& quad {other}" for other in others]
    return "$ " + " \\\n".join(rows) + " $"


def _text(printer: PlainPrinter, line: Line) -> str:
    left = printer.tree(line.left)
    relations = [row.relation for row in printer.line(line).rows]
    rows = [f"{relation} {printer.tree(row.tree)}" for relation, row in zip(relations, line.rows, strict=True)]
    return f"{left} " + f"\n{' ' * len(left)} ".join(rows)


def _broken(printer: Printer, line: Line, room: float) -> Iterator[list[list[str]]]:
    """For each row its pieces, one list a printed row; a break comes rather between terms than inside one."""
    left = max(_LEAST, room - width(line.left, printer.slot_digits) - _RELATION)
    for row in line.rows:
        terms: list[list[tuple[str, float]]] = []
        cut = pieces(row.tree, printer.slot_digits)
        for text, piece in zip(printer.chunks(row.tree), cut, strict=True):
            if not terms or (piece.before and piece.before[0] in (Mark.PLUS, Mark.MINUS)):
                terms.append([])
            terms[-1].append((text, width(piece.tree, printer.slot_digits) + len(piece.before + piece.after)))
        packed = _packed(terms, left)
        yield packed if len(packed) > 1 else [[printer.tree(row.tree)]]


def _packed(terms: list[list[tuple[str, float]]], room: float) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    used = 0.0
    for term in terms:
        whole = sum(size for _, size in term)
        # A term that fits on a row of its own is kept together.
        groups = [term] if whole <= room else [[chunk] for chunk in term]
        for group in groups:
            size = sum(one for _, one in group)
            if rows[-1] and used + size > room:
                rows.append([])
                used = 0.0
            rows[-1] += [text for text, _ in group]
            used += size
    return rows
