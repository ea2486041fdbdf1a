"""A key to mark paper with: one page, a column for each form, and all figures of a step in a row.

Who marks question by question goes along a row; a cell holds the ends of the band, one over the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from derive.display import numerals
from derive.display.typst import TypstPrinter
from derive.formula.figures import Figure
from derive.handouts.sheets.key import AnswerKey, KeyLine
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.sheet_pdf import plain_text
from derive.renderers.environment import typst_environment
from derive.renderers.skeleton import Holes
from derive.renderers.typst_ import TypstPrinting
from derive.renderers.typst_pdf import compile_typst

#: More forms than this are no pile that is marked by hand.
MOST_FORMS = 200
#: Letter sizes in points, the largest that gets all on one page is taken; the smallest can still be read.
SIZES = (9.0, 8.0, 7.0, 6.5, 6.0, 5.5)
#: With letters of this size and more the ends of a band may stand side by side.
_SIDE_BY_SIDE = 7.0
#: A4 lying without its margins, in points; the widths of number and symbol, and the height of title, head and foot.
_WIDTH, _HEIGHT = 807.0, 540.0
#: Points around the cells of a row, of its column, and for the title; in em, names and head of the table.
_ROW_GAP, _GAP, _WIDE_GAP, _TITLE = 3.0, 2.4, 8.0, 24.0
_NAMES, _HEAD = 12.5, 10.0
#: Points between parts of the table side by side, and what each leaves empty below.
GUTTER, _BROKEN = 16.0, 16.0
#: Height of a line and of the space between two, and the least of a row, whose symbol has an index, in em.
_LINE, _LEADING, _SYMBOL = 0.68, 0.22, 1.1
#: Widths of signs of Libertinus Serif in em; all others are digits or narrower.
_SIGNS = {".": 0.22, ",": 0.22, "−": 0.55, "·": 0.25, " ": 0.23}
_DIGIT = 0.465

#: A form as data: its id, whose it is, and a cell of one or two figures for each item.
Column = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the forms stand on their pages.

    Attributes
    ----------
    size : float
        Of the letters, in points.
    forms : int
        On a page.
    between : str or None
        What stands between the ends of a band; None: a line break.
    stacks : int
        Parts of the table that stand side by side, where forms are few and figures many.
    """

    size: float
    forms: int
    between: str | None
    stacks: int = 1


def marking_column(key: AnswerKey, recipient: Recipient) -> Column:
    """One form's column, as JSON has it."""
    return {
        "form": plain_text(recipient.form),
        "student": plain_text(recipient.student),
        "cells": [_cell(line) for line in key.lines],
    }


def marking_key_pdf(worksheet: Worksheet, columns: Sequence[Column]) -> bytes:
    """The marking key of a class, for A4 lying; the same bytes on every run.

    Parameters
    ----------
    worksheet : Worksheet
    columns : sequence of mapping
        As `marking_column` makes them, in the order of the pile. Students who have the same form share a column.
    """
    forms = {column["form"]: column for column in reversed(columns)}
    chosen = [forms[name] for name in dict.fromkeys(column["form"] for column in columns)]
    layout = layout_of(worksheet, chosen)
    shared = len(chosen) < len(columns)
    people = [{**column, "student": "" if shared else column["student"]} for column in chosen]
    return compile_typst(
        _source(worksheet, layout), tagged=False, inputs={"people": json.dumps(people), "per": str(layout.forms)}
    )


def layout_of(worksheet: Worksheet, columns: Sequence[Column]) -> Layout:
    """The largest letters with which all is on one page; with the smallest there may be several pages.

    Parameters
    ----------
    worksheet : Worksheet
    columns : sequence of mapping
    """
    ways = [(size, between) for size in SIZES for between in (" to ", None) if size >= _SIDE_BY_SIDE or between is None]
    for size, between in ways:
        gap = _GAP if between is None else _WIDE_GAP
        wide = [gap + size * max(_em(cell, between) for cell in column["cells"]) for column in columns]
        room = _HEIGHT - _TITLE - _HEAD * size
        high = len(worksheet.parts) * (size + 2 * _ROW_GAP)
        for place in range(len(worksheet.items)):
            lines = 1 if between else max(len(column["cells"][place]) for column in columns)
            high += max(lines * _LINE + (lines - 1) * _LEADING, _SYMBOL) * size + _ROW_GAP
        stacks = 1 if high <= room else math.ceil(high / (room - _BROKEN))
        if stacks * (sum(wide) + _NAMES * size + GUTTER) - GUTTER <= _WIDTH:
            return Layout(size=size, forms=len(columns), between=between, stacks=stacks)
    forms = int((_WIDTH - _NAMES * size) / max(wide))
    return Layout(size=size, forms=max(min(forms, len(columns)), 1), between=between)


def _em(cell: Sequence[str], between: str | None) -> float:
    """The width of a cell in em."""
    texts = [between.join(cell)] if between else cell
    return max(sum(_SIGNS.get(sign, _DIGIT) for sign in text) for text in texts)


def _cell(line: KeyLine) -> list[str]:
    if line.band is None:
        return [_short(line.value)]
    return [_short(end) for end in dict.fromkeys((line.band.low, line.band.high))]


def _short(figure: Figure) -> str:
    """A figure with its power of ten in as little room as there is: 4.380·10⁻⁵."""
    return plain_text(numerals.plain(figure).replace(" × ", "·"))


def _source(worksheet: Worksheet, layout: Layout) -> bytes:
    printing = TypstPrinting(
        printer=TypstPrinter(slot=lambda _: "", spoken=lambda _: ""), flavour="typst", holes=Holes(), anchors={}
    )
    printed = (
        typst_environment()
        .get_template("typst/marking_key.typ.j2")
        .render(
            sheet=worksheet,
            title=" ".join(worksheet.title.split()) + ": marking key",
            printing=printing,
            size=layout.size,
            between=layout.between,
            stacks=layout.stacks,
            gutter=GUTTER,
        )
    )
    return printed.encode("utf-8")


def columns_of(people: Iterable[tuple[AnswerKey, Recipient]]) -> str:
    """The columns of some students, as the text of a file."""
    return json.dumps([marking_column(key, recipient) for key, recipient in people], ensure_ascii=True)
