"""Pictures of arrays: a kernel lying on a picture, a heat map, numbers on lines before and after normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Drawing, Label, Polyline, Rectangle, Run, Segment, Shape
from derive.renderers.pictures.frame import framed
from derive.renderers.pictures.text import NamedFigure, figure_runs, spoken, symbol_runs, text_width, word_runs

_FIGURE, _SMALL, _NAME = 15.0, 12.5, 17.0
#: Rows and columns of a grid that are drawn.
MOST_CELLS = 6
_GAP = 46.0
_DEEPEST = 0.55

Figures = Sequence[Sequence[Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The window that is worked: its upper left corner (from 0) and the kernel, or the size of a pool's window."""

    top: int
    left: int
    rows: int
    columns: int
    kernel: Figures = ()


def feature_map_drawing(
    picture: Figures, window: Window, result: Figures, place: tuple[int, int], names: tuple[Symbol, Symbol]
) -> Drawing:
    """The picture with the window lit (the kernel's numbers in it), and the map with the number that comes of it.

    Parameters
    ----------
    picture, result : rows of Figure
    window : Window
    place : (int, int)
        Of the number in the map, from 0.
    names : (Symbol, Symbol)
        Of the picture and of the map.
    """
    size = _size([*picture, *result], tall=bool(window.kernel))
    shapes: list[Shape] = []
    inside = range(window.top, window.top + window.rows), range(window.left, window.left + window.columns)
    wide, high = size
    shown = _cut(picture)
    for i, row in enumerate(shown):
        for j, figure in enumerate(row):
            lit = i in inside[0] and j in inside[1]
            shapes.append(_cell(j * wide, i * high, size, 0.16 if lit else 0.0))
            down = high * (0.34 if lit and window.kernel else 0.5)
            shapes.append(Label(at=((j + 0.5) * wide, i * high + down), runs=figure_runs(figure), size=_FIGURE))
            if lit and window.kernel:
                weight = window.kernel[i - window.top][j - window.left]
                runs = (Run(text="· "), *figure_runs(weight))
                shapes.append(Label(at=((j + 0.5) * wide, (i + 0.74) * high), runs=runs, size=_SMALL, colour="accent"))
    bottom = min(window.rows, len(shown) - window.top) * high
    shapes.append(_frame(window.left * wide, window.top * high, (window.columns * wide, bottom)))
    right = len(shown[0]) * wide
    after = right + _GAP
    map_rows = _cut(result)
    middle = (window.top + 0.5) * high
    shapes.append(Segment(start=(right + 6, middle), end=(after - 6, middle), colour="accent", arrow=True))
    for i, row in enumerate(map_rows):
        for j, figure in enumerate(row):
            lit = (i, j) == place
            shapes.append(_cell(after + j * wide, i * high, size, 0.16 if lit else 0.0))
            shapes.append(
                Label(at=(after + (j + 0.5) * wide, (i + 0.5) * high), runs=figure_runs(figure), size=_FIGURE)
            )
    if place[0] < len(map_rows) and place[1] < len(map_rows[0]):
        shapes.append(_frame(after + place[1] * wide, place[0] * high, size))
    for name, across in zip(names, (right / 2, after + len(map_rows[0]) * wide / 2), strict=True):
        shapes.append(Label(at=(across, -16.0), runs=symbol_runs(name), size=_NAME))
    left_out = [
        f"of {spoken(name)} what is past the first {MOST_CELLS} rows and columns"
        for name, rows in zip(names, (picture, result), strict=True)
        if len(rows) > MOST_CELLS or len(rows[0]) > MOST_CELLS
    ]
    what = "The kernel lies" if window.kernel else "The window lies"
    words = (
        f"{what} on {spoken(names[0])}, rows {window.top + 1} to {window.top + window.rows}, columns {window.left + 1} "
        f"to {window.left + window.columns}; what comes of it stands in {spoken(names[1])} at row {place[0] + 1}, "
        f"column {place[1] + 1}."
    )
    return framed(shapes, words, left_out)


def heat_drawing(shares: Figures, name: Symbol) -> Drawing:
    """Attention weights: a row for each token that looks, a column for each that is looked at; darker is more."""
    wide, high = _size(shares, tall=False)
    shapes: list[Shape] = []
    shown = _cut(shares)
    for i, row in enumerate(shown):
        shapes.append(Label(at=(-10.0, (i + 0.5) * high), runs=word_runs(str(i + 1)), size=_FIGURE, anchor="end",
                            colour="muted"))  # fmt: skip
        for j, figure in enumerate(row):
            share = min(max(float(figure.value), 0.0), 1.0)
            of = figure.of if isinstance(figure, NamedFigure) else ""
            shapes.append(replace(_cell(j * wide, i * high, (wide, high), _DEEPEST * share), of=of))
            shapes.append(Label(at=((j + 0.5) * wide, (i + 0.5) * high), runs=figure_runs(figure), size=_FIGURE))
    for j in range(len(shown[0])):
        shapes.append(Label(at=((j + 0.5) * wide, -12.0), runs=word_runs(str(j + 1)), size=_FIGURE, colour="muted"))
    centre = len(shown[0]) * wide / 2
    shapes.append(Label(at=(centre, -36.0), runs=(*symbol_runs(name), Run(text=": looked at")), size=_FIGURE))
    shapes.append(Label(at=(-34.0, len(shown) * high / 2), runs=word_runs("looks"), size=_FIGURE, angle=-90.0))
    rows = "; ".join(f"token {i + 1}: {', '.join(figure.ascii for figure in row)}" for i, row in enumerate(shown))
    left_out = [f"tokens past the first {MOST_CELLS}"] if len(shares) > MOST_CELLS else []
    return framed(shapes, f"Heat map of {spoken(name)}. {rows}.", left_out)


def lines_drawing(
    before: Sequence[Figure], after: Sequence[Figure], mean: Figure, names: tuple[Symbol, Symbol]
) -> Drawing:
    """The same numbers on a line before normalisation and on one after it, each joined to itself."""
    length = 420.0
    first = _positions([*before, mean], length)
    second = _positions([*after, None], length)
    shapes: list[Shape] = []
    top, below = 0.0, 92.0
    for y in (top, below):
        shapes.append(Segment(start=(-20.0, y), end=(length + 20.0, y), arrow=True, colour="muted"))
    for x, other in zip(first[:-1], second[:-1], strict=True):
        shapes.append(Segment(start=(x, top), end=(other, below), colour="faint", dashed=True))
    marks = ((top, first[-1], -1.0, before, first[:-1]), (below, second[-1], 1.0, after, second[:-1]))
    for y, middle, side, figures, places in marks:
        shapes.append(Segment(start=(middle, y - 8), end=(middle, y + 8), colour="accent", thickness=2.2))
        levels: list[list[tuple[float, float]]] = []
        for x, figure in sorted(zip(places, figures, strict=True), key=lambda each: each[0]):
            shapes.append(Segment(start=(x, y - 5), end=(x, y + 5), thickness=2.0))
            half = text_width(figure_runs(figure), _FIGURE) / 2 + 4
            level = next((k for k, taken in enumerate(levels) if all(x - half >= right for _, right in taken)), None)
            if level is None:
                level = len(levels)
                levels.append([])
            levels[level].append((x - half, x + half))
            shapes.append(Label(at=(x, y + side * (20.0 + 19.0 * level)), runs=figure_runs(figure), size=_FIGURE))
        depth = 20.0 + 19.0 * len(levels)
        text = (Run(text="mean "), *figure_runs(mean)) if side < 0 else word_runs("mean 0")
        shapes.append(Label(at=(middle, y + side * depth), runs=text, size=_FIGURE, colour="accent"))
    for name, y in zip(names, (top, below), strict=True):
        shapes.append(Label(at=(-32.0, y), runs=symbol_runs(name), size=_NAME, anchor="end"))
    listed = [", ".join(figure.ascii for figure in figures) for figures in (before, after)]
    words = f"Number lines. Before: {listed[0]}, mean {mean.ascii}. After: {listed[1]}, mean 0."
    return framed(shapes, words)


def _positions(figures: Sequence[Figure | None], length: float) -> list[float]:
    values = [0.0 if figure is None else float(figure.value) for figure in figures]
    low, high = min(values), max(values)
    return [length * ((value - low) / (high - low) if high > low else 0.5) for value in values]


def _cut(rows: Figures) -> Figures:
    return [row[:MOST_CELLS] for row in rows[:MOST_CELLS]]


def _size(rows: Figures, *, tall: bool) -> tuple[float, float]:
    widest = max(text_width(figure_runs(figure), _FIGURE) for row in rows for figure in row)
    return max(widest + 14.0, 50.0), 48.0 if tall else 34.0


def _cell(x: float, y: float, size: tuple[float, float], tint: float) -> Rectangle:
    return Rectangle(corner=(x, y), width=size[0], height=size[1], colour="muted", thickness=0.8, tint=tint)


def _frame(x: float, y: float, size: tuple[float, float]) -> Shape:
    wide, high = size
    points = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y))
    return Polyline(points=points, colour="accent", thickness=2.6)
