"""Pictures of own architectures, drawn from what the document says they show and the filling's figures."""

from __future__ import annotations

from dataclasses import replace

from derive.display.tree import Slot
from derive.errors import UnsupportedError
from derive.formula.figures import Figure
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import Symbol, place_symbol
from derive.renderers.pictures.arrays import Window, feature_map_drawing, heat_drawing, lines_drawing
from derive.renderers.pictures.drawing import Drawing
from derive.renderers.pictures.text import named
from derive.renderers.pictures.wiring import LayerBox, StepBox, layers_drawing, unrolled_drawing
from derive.telling.filling import Filling
from derive.telling.model import Picture


def array_drawing(picture: Picture, problem: FormulaProblem, filling: Filling) -> Drawing:
    """The drawing of a window, a heat map, number lines, layers, or steps of time.

    Raises
    ------
    UnsupportedError
        If it is of another kind.
    """
    places, notation = problem.structure.places, problem.display.notation

    def figure(name: str) -> Figure:
        if not name:  # the border of a picture
            return Figure(negative=False, digits="0")
        return named(filling.figures[Slot(quantity=name, place=picture.id, role="operand")], name)

    def whole(name: str) -> Symbol:
        return place_symbol(replace(places[name], index=()), notation)

    tables = [[[figure(name) for name in row] for row in table] for table in picture.grids] if picture.kind in (
        "window", "heat", "lines"
    ) else []  # fmt: skip
    first = [next((name for row in table for name in row if name), "") for table in picture.grids]
    match picture.kind:
        case "window":
            top, left, rows, columns, i, j = map(int, picture.subject.split(","))
            window = Window(top=top, left=left, rows=rows, columns=columns, kernel=tables[1])
            return feature_map_drawing(tables[0], window, tables[2], (i, j), (whole(first[0]), whole(first[2])))
        case "heat":
            name = whole(first[0])
            if picture.subject:
                name = replace(name, subscript=",".join(part for part in (name.subscript, picture.subject) if part))
            return heat_drawing(tables[0], name)
        case "lines":
            return lines_drawing(tables[0][0], tables[1][0], tables[2][0][0], (whole(first[0]), whole(first[1])))
        case "layers":
            boxes = [LayerBox(name=name, kind=kind, size=size) for name, kind, size in picture.grids[0]]
            return layers_drawing(boxes, [(source, target) for source, target in picture.grids[1]])
        case "unrolled":
            steps = [
                StepBox(
                    time=number,
                    inputs=tuple(map(whole, inputs)),
                    states=tuple((whole(name), figure(name) if not places[name].index else None) for name in held),
                    outputs=tuple(map(whole, leaving)),
                )
                for number, (inputs, held, leaving) in enumerate(picture.grids, start=1)
            ]
            return unrolled_drawing(steps)
    raise UnsupportedError(f"this problem has no picture of the kind {picture.kind}")
