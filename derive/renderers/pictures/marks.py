"""Labels of points on a curve: beside their dots, or further off with a leader where dots crowd."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Label, Point, Segment, Shape
from derive.renderers.pictures.geometry import Box, box_at, boxes_meet, circle_meets, segment_meets
from derive.renderers.pictures.placement import Place, choose_places
from derive.renderers.pictures.text import symbol_runs, text_width

_DISTANCES = (4.0, 16.0, 30.0, 46.0, 64.0, 84.0)
_DIRECTIONS = 16
_DOT = 6.0

Line = tuple[Point, Point]


def mark_labels(
    symbols: Sequence[Symbol],
    dots: Sequence[Point],
    *,
    lines: Sequence[Line],
    faint_lines: Sequence[Line],
    obstacles: Sequence[Box],
    page: tuple[float, float, float, float],
    size: float,
) -> list[Shape]:
    """A label for each dot and, where it stands further off, a leader; nothing where they do not all fit.

    Labels overlap no other label, dot, obstacle or line; ``faint_lines`` are avoided where that costs little.
    ``page`` is left, top, right and bottom of the room there is.
    """
    candidates = [
        _places(dot, text_width(symbol_runs(symbol), size), size, dots, lines, faint_lines, obstacles, page)
        for symbol, dot in zip(symbols, dots, strict=True)
    ]
    chosen = choose_places(candidates)
    if chosen is None:
        return []
    shapes: list[Shape] = []
    for symbol, places, index in zip(symbols, candidates, chosen, strict=True):
        place = places[index]
        if place.leader:
            shapes.append(Segment(start=place.leader[0], end=place.leader[1], colour="muted", thickness=0.8))
        shapes.append(Label(at=place.box.centre, runs=symbol_runs(symbol), size=size, plate=True))
    return shapes


def _places(
    dot: Point,
    width: float,
    size: float,
    dots: Sequence[Point],
    lines: Sequence[Line],
    faint_lines: Sequence[Line],
    obstacles: Sequence[Box],
    page: tuple[float, float, float, float],
) -> list[Place]:
    half_width, half_height = width / 2 + 2, size * 0.6 + 1
    left, top, right, bottom = page
    reach = half_width + _DISTANCES[-1] + _DOT + half_height
    near = [
        line for line in lines if abs((line[0][0] + line[1][0]) / 2 - dot[0]) < reach + abs(line[1][0] - line[0][0])
    ]
    spans = [_span(line) for line in near]
    places: list[Place] = []
    for distance in _DISTANCES:
        for step in range(_DIRECTIONS):
            angle = 2 * math.pi * step / _DIRECTIONS
            across, down = math.cos(angle), math.sin(angle)
            # From the dot outwards until the box clears it by the distance.
            edge = min(half_width / abs(across) if across else math.inf, half_height / abs(down) if down else math.inf)
            away = _DOT + distance + min(edge, math.hypot(half_width, half_height))
            box = box_at((dot[0] + away * across, dot[1] + away * down), half_width, half_height, 0.0)
            x, y = box.centre
            if not (
                left < x - half_width and x + half_width < right and top < y - half_height and y + half_height < bottom
            ):
                continue
            if any(circle_meets(box, other, _DOT - 1) for other in dots if other != dot):
                continue
            if any(boxes_meet(box, obstacle) for obstacle in obstacles):
                continue
            if any(segment_meets(box, *line) for line in _crossing(near, spans, x, y, half_width, half_height)):
                continue
            leader = None
            cost = distance / 20 + 0.05 * abs(math.sin(2 * angle) ** 2 - 1)
            if distance > _DISTANCES[0]:
                start = (dot[0] + _DOT * across, dot[1] + _DOT * down)
                end = (dot[0] + (away - edge) * across, dot[1] + (away - edge) * down)
                leader = (start, end)
                if any(segment_meets(obstacle, *leader) for obstacle in obstacles):
                    continue
                slim = _around(start, end)
                (from_x, from_y), (to_x, to_y) = start, end
                # The box about the leader leaves the leader's own by 1 at most.
                reached = _crossing(
                    near,
                    spans,
                    (from_x + to_x) / 2,
                    (from_y + to_y) / 2,
                    abs(to_x - from_x) / 2 + 1,
                    abs(to_y - from_y) / 2 + 1,
                )
                cost += 4.0 * any(segment_meets(slim, *line) for line in reached)
                # A leader along a drop line would not be seen.
                cost += 1.0 * any(segment_meets(slim, *line) for line in faint_lines)
                cost += 2.0 * sum(circle_meets(slim, other, _DOT) for other in dots if other != dot)
            # A label nearer to another dot reads as that dot's.
            own = math.dist(box.centre, dot)
            cost += 3.0 * any(math.dist(box.centre, other) < own - 1 for other in dots)
            cost += 1.5 * sum(segment_meets(box, *line) for line in faint_lines)
            places.append(Place(box=box, cost=cost, leader=leader))
    return places


def _span(line: Line) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a line."""
    (x, y), (end_x, end_y) = line
    return min(x, end_x), min(y, end_y), max(x, end_x), max(y, end_y)


def _crossing(
    lines: Sequence[Line],
    spans: Sequence[tuple[float, float, float, float]],
    x: float,
    y: float,
    half_width: float,
    half_height: float,
) -> Iterator[Line]:
    """The few lines that may meet an upright box: a curve has hundreds, and all else about them takes longer."""
    left, top, right, bottom = x - half_width, y - half_height, x + half_width, y + half_height
    for line, (line_left, line_top, line_right, line_bottom) in zip(lines, spans, strict=True):
        if line_left <= right and line_right >= left and line_top <= bottom and line_bottom >= top:
            yield line


def _around(start: Point, end: Point) -> Box:
    """A thin box about a line."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    return box_at(middle, math.dist(start, end) / 2, 1.0, angle)
