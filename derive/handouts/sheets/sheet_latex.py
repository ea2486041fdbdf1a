"""Worksheets and keys as LaTeX sources, printed once for a structure and joined for each student."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal

from derive.display import numerals
from derive.display.latex import LatexPrinter
from derive.display.tree import Slot
from derive.given.formula_problem import AnyProblem
from derive.handouts.sheets.key import AnswerKey
from derive.handouts.sheets.recipient import RECIPIENT, Recipient, on_paper, recipient_slot, sheet_slot, shortened
from derive.handouts.sheets.sheet_model import Item, Part, Worksheet
from derive.handouts.sheets.sheet_picture import BESIDE, picture_width
from derive.handouts.sheets.worksheet import sheet_figures
from derive.renderers.environment import latex_environment
from derive.renderers.latex import LatexPrinting
from derive.renderers.pictures.tikz import print_tikz
from derive.renderers.skeleton import Holes, Skeleton

_BLANK = r"\dblank{}"


def worksheet_latex(worksheet: Worksheet, problem: AnyProblem, recipient: Recipient) -> str:
    """One student's worksheet for pdflatex; ASCII.

    Raises
    ------
    PrecisionError
    """
    figures = sheet_figures(worksheet, problem)
    texts = _recipient_texts(recipient)

    def close(slot: Slot) -> str:
        if slot.place == RECIPIENT:
            return texts[slot.quantity]
        figure = figures.get(slot.quantity)
        return _BLANK if figure is None else numerals.latex(figure, slot.wrap)

    return _joined(_skeleton(worksheet, "worksheet"), close)


def key_latex(worksheet: Worksheet, key: AnswerKey, recipient: Recipient) -> str:
    """The key to one student's worksheet for pdflatex; ASCII."""
    texts = _recipient_texts(recipient)
    escape = _printing(worksheet, Holes()).string
    for line in key.lines:
        texts[f"value {line.quantity}"] = f"${numerals.latex(line.value)}$"
        texts[f"band {line.quantity}"] = escape(line.accepted)
        texts[f"wrong {line.quantity}"] = "; ".join(
            f"{escape(each.band.text)}~{escape(each.cause)}" for each in line.wrong
        )
    return _joined(_skeleton(worksheet, "key"), lambda slot: texts[slot.quantity])


@lru_cache(maxsize=16)
def _skeleton(worksheet: Worksheet, kind: Literal["worksheet", "key"]) -> Skeleton:
    holes, drawing = Holes(), worksheet.drawing
    width = picture_width(drawing) if drawing else 0.0
    printed = (
        latex_environment()
        .get_template(f"latex/{kind}.tex.j2")
        .render(
            sheet=worksheet,
            title=f"{worksheet.title}: {kind}",
            printing=_printing(worksheet, holes),
            hole=lambda name: holes.marker(recipient_slot(name), "latex"),
            rows=lambda part: tuple(_rows(part, worksheet.columns)),
            picture=print_tikz(drawing, width=width, most=width) if drawing else "",
            width=f"{width + 2:.0f}pt",
            below=width > BESIDE,
        )
    )
    return holes.cut(printed)


def _printing(worksheet: Worksheet, holes: Holes) -> LatexPrinting:
    slot = sheet_slot(worksheet, holes, "latex", lambda _: _BLANK, numerals.latex)
    printer = LatexPrinter(slot=slot, slot_digits=worksheet.digits + 4)
    return LatexPrinting(printer=printer, flavour="latex", holes=holes, anchors={})


def _rows(part: Part, columns: int) -> Iterator[tuple[Item, ...]]:
    """Items that stand side by side; a wide one stands alone."""
    row: list[Item] = []
    for item in part.items:
        if row and (item.wide or len(row) == columns):
            yield tuple(row)
            row = []
        row.append(item)
        if item.wide:
            yield tuple(row)
            row = []
    if row:
        yield tuple(row)


def _recipient_texts(recipient: Recipient) -> dict[str, str]:
    escape = LatexPrinting(printer=LatexPrinter(slot=str), flavour="latex", holes=Holes(), anchors={}).string
    short = shortened(recipient.student)
    return {
        "form": escape(recipient.form),
        "name": escape(on_paper(recipient.name)),
        "student": escape(short),
        "who": escape(", ".join(filter(None, (on_paper(recipient.name), short)))),
        "foot": escape(", ".join(filter(None, (short, f"form {recipient.form}")))),
    }


def _joined(skeleton: Skeleton, close: Callable[[Slot], str]) -> str:
    closed = [close(hole.what) for hole in skeleton.holes if isinstance(hole.what, Slot)]
    return skeleton.joined(closed)
