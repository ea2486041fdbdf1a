"""The page of a drawing: cut to what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.renderers.pictures.drawing import Circle, Drawing, Label, Point, Polyline, Rectangle, Segment, Shape
from derive.renderers.pictures.text import label_box

_MARGIN = 4.0


def framed(shapes: Sequence[Shape], alternative: str, left_out: Sequence[str] = ()) -> Drawing:
    """A drawing of shapes given about any origin, moved so that all of them lie inside with a small margin."""
    points = [point for shape in shapes for point in _extent(shape)]
    left, top = min(x for x, _ in points) - _MARGIN, min(y for _, y in points) - _MARGIN
    right, bottom = max(x for x, _ in points) + _MARGIN, max(y for _, y in points) + _MARGIN
    return Drawing(
        width=right - left,
        height=bottom - top,
        alternative=alternative,
        shapes=tuple(_moved(shape, -left, -top) for shape in shapes),
        left_out=tuple(left_out),
    )


def _extent(shape: Shape) -> tuple[Point, ...]:
    match shape:
        case Segment():
            return shape.start, shape.end
        case Polyline():
            return shape.points
        case Circle(centre=(x, y), radius=radius):
            return (x - radius, y - radius), (x + radius, y + radius)
        case Rectangle(corner=(x, y)):
            return (x, y), (x + shape.width, y + shape.height)
        case Label():
            return label_box(shape).corners


def _moved(shape: Shape, across: float, down: float) -> Shape:
    def move(point: Point) -> Point:
        return point[0] + across, point[1] + down

    match shape:
        case Segment():
            return replace(shape, start=move(shape.start), end=move(shape.end))
        case Polyline():
            return replace(shape, points=tuple(map(move, shape.points)))
        case Circle():
            return replace(shape, centre=move(shape.centre))
        case Rectangle():
            return replace(shape, corner=move(shape.corner))
        case Label():
            return replace(shape, at=move(shape.at))
