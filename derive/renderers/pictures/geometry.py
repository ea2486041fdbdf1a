"""Turned boxes and where they meet lines, circles and each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from derive.renderers.pictures.drawing import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle about its centre, turned clockwise on the page by the angle of ``along`` (a unit vector)."""

    centre: Point
    half_width: float
    half_height: float
    along: Point = (1.0, 0.0)

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Its corners, going round."""
        (x, y), (cosine, sine) = self.centre, self.along
        wide, high = self.half_width, self.half_height
        upper_left, upper_right, lower_right, lower_left = (
            (x + across * cosine - down * sine, y + across * sine + down * cosine)
            for across, down in ((-wide, -high), (wide, -high), (wide, high), (-wide, high))
        )
        return upper_left, upper_right, lower_right, lower_left


def box_at(at: Point, half_width: float, half_height: float, angle: float, ahead: float = 0.0) -> Box:
    """A box turned by an angle in degrees, its centre ``ahead`` of a point along that direction."""
    along = (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    centre = (at[0] + ahead * along[0], at[1] + ahead * along[1])
    return Box(centre=centre, half_width=half_width, half_height=half_height, along=along)


def boxes_meet(first: Box, second: Box) -> bool:
    """Whether two boxes overlap: they do unless a side of one of them separates them."""
    away_x, away_y = second.centre[0] - first.centre[0], second.centre[1] - first.centre[1]
    (cosine, sine), (other_cosine, other_sine) = first.along, second.along
    parallel = abs(cosine * other_cosine + sine * other_sine)
    crossed = abs(cosine * other_sine - sine * other_cosine)
    for one, other in ((first, second), (second, first)):
        (axis_x, axis_y) = one.along
        reach_along = one.half_width + other.half_width * parallel + other.half_height * crossed
        reach_across = one.half_height + other.half_width * crossed + other.half_height * parallel
        if abs(away_x * axis_x + away_y * axis_y) >= reach_along:
            return False
        if abs(away_y * axis_x - away_x * axis_y) >= reach_across:
            return False
    return True


def segment_meets(box: Box, start: Point, end: Point) -> bool:
    """Whether a straight line passes through a box (Liang and Barsky's clipping, in the box's own directions)."""
    start_x, start_y = _inside(box, start)
    end_x, end_y = _inside(box, end)
    enters, leaves = 0.0, 1.0
    for origin, step, half in (
        (start_x, end_x - start_x, box.half_width),
        (start_y, end_y - start_y, box.half_height),
    ):
        if step == 0:
            if abs(origin) >= half:
                return False
            continue
        first, second = sorted(((-half - origin) / step, (half - origin) / step))
        enters, leaves = max(enters, first), min(leaves, second)
    return enters < leaves


def segments_cross(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two straight lines cross; touching ends do not count."""

    def side(line: tuple[Point, Point], point: Point) -> float:
        (x, y), (end_x, end_y) = line
        return (end_x - x) * (point[1] - y) - (end_y - y) * (point[0] - x)

    return side(first, second[0]) * side(first, second[1]) < 0 and side(second, first[0]) * side(second, first[1]) < 0


def circle_meets(box: Box, centre: Point, radius: float) -> bool:
    """Whether a disc overlaps a box."""
    across, down = _inside(box, centre)
    return math.hypot(max(abs(across) - box.half_width, 0.0), max(abs(down) - box.half_height, 0.0)) < radius


def between(start: Point, end: Point, fraction: float) -> Point:
    """The point at a fraction of the way."""
    return start[0] + (end[0] - start[0]) * fraction, start[1] + (end[1] - start[1]) * fraction


def rim(centre: Point, towards: Point, radius: float) -> Point:
    """Where the way from a circle's centre to a point leaves the circle."""
    distance = math.hypot(towards[0] - centre[0], towards[1] - centre[1])
    return between(centre, towards, radius / distance) if distance else centre


def _inside(box: Box, point: Point) -> Point:
    (cosine, sine) = box.along
    x, y = point[0] - box.centre[0], point[1] - box.centre[1]
    return x * cosine + y * sine, y * cosine - x * sine
