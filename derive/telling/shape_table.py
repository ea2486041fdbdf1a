"""Sizes, parameters and multiplications as a table, a row for each layer."""

from __future__ import annotations

from derive.display.tree import Tree
from derive.given.formula_problem import FormulaProblem
from derive.given.program.shapes import WORDS
from derive.telling.lines import Pen
from derive.telling.model import Section, Text


def shape_table(problem: FormulaProblem, pen: Pen) -> Section | None:
    """The table by layer, with the columns that are asked for; None where nothing is counted."""
    program = problem.program
    if program is None or not program.shapes:
        return None
    asked = problem.origin.get("ask", WORDS)
    columns = [word for word in asked if word in WORDS]  # type: ignore[attr-defined]
    if not columns:
        return None
    rows: list[tuple[Text, ...]] = []
    for row in program.shapes:
        if not row.sizes and columns == ["shapes"]:
            continue
        cells: list[Text] = [(row.layer or "all together",)]
        for word in columns:
            name = "" if word == "shapes" else getattr(row, word)
            cells.append(
                _sizes(pen, row.sizes) if word == "shapes" else (pen.figure(name, "layers"),) if name else ("",)
            )
        rows.append(tuple(cells))
    head: tuple[Text, ...] = (("Layer",), *((_HEADS[word],) for word in columns))
    caption = "What leaves each layer, and what is counted in it."
    table = pen.table("layers", (caption,), head, rows, align="l" + "r" * len(columns))
    return Section(id="layer-by-layer", title=("Layer by layer",), blocks=(table,))


_HEADS = {"shapes": "Size", "parameters": "Parameters", "multiplications": "Multiplications"}


def _sizes(pen: Pen, ids: tuple[str, ...]) -> Text:
    found: list[str | Tree] = []
    for place, name in enumerate(ids):
        found += [" × " if place else "", pen.figure(name, "layers")]
    return tuple(part for part in found if part)
