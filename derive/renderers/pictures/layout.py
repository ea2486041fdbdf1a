"""Where a network's units stand, and where each weight's label stands on its edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from derive.renderers.pictures.drawing import Point
from derive.renderers.pictures.geometry import Box, between, box_at, boxes_meet, circle_meets, rim, segment_meets
from derive.renderers.pictures.placement import Place, choose_places

#: Units of a column that are drawn: all up to this many, else the first ones, an ellipsis and the last.
COLUMN_LIMIT = 6
#: Edges between two columns that can carry readable labels.
EDGE_LIMIT = 25
#: Clear space around a label.
MARGIN = 2.0
#: Places tried along an edge, as fractions of its visible part.
_FRACTIONS = tuple(number / 25 for number in range(2, 24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What lies between two columns: which units are joined, and the width of each edge's label.

    Attributes
    ----------
    sources, targets : tuple of Point
        Centres of the units on either side.
    edges : tuple of (int, int)
        Source and target of each labelled edge.
    widths, height : float
        Size of the labels' text.
    radius : float
        Of every unit.
    obstacles : tuple of Box
        Other text that stays where it is.
    lines : tuple of (Point, Point)
        Other lines, which a label should not cover.
    """

    sources: tuple[Point, ...]
    targets: tuple[Point, ...]
    edges: tuple[tuple[int, int], ...]
    widths: tuple[float, ...]
    height: float
    radius: float
    obstacles: tuple[Box, ...] = ()
    lines: tuple[tuple[Point, Point], ...] = ()


def shown_rows(count: int) -> tuple[int | None, ...]:
    """Positions of the units of a column that are drawn, None for the ellipsis."""
    if count <= COLUMN_LIMIT:
        return tuple(range(count))
    return (*range(COLUMN_LIMIT - 2), None, count - 1)


def column_heights(count: int, tallest: int, row: float) -> tuple[float, ...]:
    """Heights of a column's rows about the middle; shorter columns spread a little, so that edges fan out."""
    if count == 1:
        return (0.0,)
    spacing = min(row * (tallest - 1) / (count - 1), row * (1.0 if count == tallest else 1.25))
    return tuple((number - (count - 1) / 2) * spacing for number in range(count))


@lru_cache(maxsize=256)
def place_labels(gap: Gap) -> tuple[Box, ...] | None:
    """A box for each edge's label, turned along its edge; None where they do not all fit.

    Labels overlap neither each other nor a unit nor an obstacle; they cover as few other lines as can be, and keep
    near the source, where edges from one unit have not yet met those from another.
    """
    ends = [_visible(gap, source, target) for source, target in gap.edges]
    lines = [*ends, *gap.lines]
    candidates: list[list[Place]] = []
    for number, (width, (start, end)) in enumerate(zip(gap.widths, ends, strict=True)):
        length = math.dist(start, end)
        angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
        places: list[Place] = []
        for fraction in _FRACTIONS:
            along = fraction * length
            # A little of the line stays in sight at either end, or nobody sees where it leads.
            if along < width / 2 + 5 or length - along < width / 2 + 12:
                continue
            box = box_at(between(start, end, fraction), width / 2 + MARGIN, gap.height / 2 + MARGIN, angle)
            if any(circle_meets(box, centre, gap.radius + 3) for centre in (*gap.sources, *gap.targets)):
                continue
            if any(boxes_meet(box, obstacle) for obstacle in gap.obstacles):
                continue
            covered = sum(segment_meets(box, *line) for other, line in enumerate(lines) if other != number)
            places.append(Place(box=box, cost=3.0 * covered + 2.0 * abs(fraction - 0.36)))
        candidates.append(places)
    chosen = choose_places(candidates)
    if chosen is None:
        return None
    return tuple(places[index].box for places, index in zip(candidates, chosen, strict=True))


def bias_foot(column: Sequence[Point], previous: Sequence[Point], radius: float, below: float) -> Point:
    """Where a layer's shared bias stands: under its column's edges, so far left that no unit hides another's edge."""
    (x, _), (left, _) = column[0], previous[0]
    lowest, highest = column[-1][1], column[0][1]
    if len(column) > 1:
        # The edge to the top unit passes the unit below it at this share of its run across.
        share = (column[1][1] - highest) / (below - highest)
        clear = 1.35 * radius / max(share, 1e-6)
    else:
        clear = 0.0
    across = max(clear, 0.45 * (below - lowest), 0.38 * (x - left))
    return x - min(across, 0.92 * (x - left)), below


def _visible(gap: Gap, source: int, target: int) -> tuple[Point, Point]:
    start, end = gap.sources[source], gap.targets[target]
    return rim(start, end, gap.radius), rim(end, start, gap.radius)
