"""Where the nodes of a graph of formulas stand: layers from left to right, edges bent around what lies between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from derive.renderers.pictures.drawing import Point

#: Sweeps from left to right and back in which nodes move towards their neighbours.
_SWEEPS = 12
#: Least distance of two rows of which none, one or both are nodes.
_PITCHES = (26.0, 46.0, 76.0)

#: A node by its name, or a bend of a long edge by (source, target, column).
Place = str | tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLayout:
    """Nodes in columns, and the places that each edge runs through, its ends included.

    Attributes
    ----------
    columns : tuple of tuples of Place
        From left to right; each from top to bottom.
    routes : mapping of (str, str) to tuple of Place
    """

    columns: tuple[tuple[Place, ...], ...]
    routes: Mapping[tuple[str, str], tuple[Place, ...]]

    def points(self, widths: Sequence[float], gaps: Sequence[float]) -> dict[Place, Point]:
        """Centres: columns of these widths with these gaps between them, every row near its neighbours."""
        heights = self._heights()
        found: dict[Place, Point] = {}
        left = 0.0
        for column, width, gap in zip(self.columns, widths, (*gaps, 0.0), strict=True):
            for place in column:
                found[place] = (left + width / 2, heights[place])
            left += width + gap
        return found

    def _heights(self) -> dict[Place, float]:
        near: dict[Place, list[Place]] = {place: [] for column in self.columns for place in column}
        for route in self.routes.values():
            for left, right in pairwise(route):
                near[left].append(right)
                near[right].append(left)
        heights: dict[Place, float] = {}
        for column in self.columns:
            heights |= zip(column, _spread([0.0] * len(column), _offsets(column)), strict=True)
        for sweep in range(_SWEEPS):
            for column in self.columns if sweep % 2 else reversed(self.columns):
                wished = [
                    sum(heights[other] for other in near[place]) / len(near[place]) if near[place] else heights[place]
                    for place in column
                ]
                heights |= zip(column, _spread(wished, _offsets(column)), strict=True)
        return heights


def graph_layout(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> GraphLayout:
    """Columns by the longest path to a node, sources right before their first use.

    Parameters
    ----------
    nodes : sequence of str
        In working order.
    edges : sequence of (str, str)
        From a name to a node further on.
    """
    depth = dict.fromkeys(nodes, 0)
    position = {name: number for number, name in enumerate(nodes)}
    for source, target in sorted(edges, key=lambda edge: position[edge[1]]):
        depth[target] = max(depth[target], depth[source] + 1)
    targets = {target for _, target in edges}
    for name in nodes:
        used = [depth[target] for source, target in edges if source == name]
        if name not in targets and used:
            depth[name] = min(used) - 1
    columns: list[list[Place]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in nodes:
        columns[depth[name]].append(name)
    routes: dict[tuple[str, str], tuple[Place, ...]] = {}
    for source, target in edges:
        bends: list[Place] = [(source, target, column) for column in range(depth[source] + 1, depth[target])]
        for number, bend in enumerate(bends, start=depth[source] + 1):
            columns[number].append(bend)
        routes[source, target] = (source, *bends, target)
    return GraphLayout(columns=_ordered(columns, routes), routes=routes)


def _ordered(
    columns: list[list[Place]], routes: Mapping[tuple[str, str], tuple[Place, ...]]
) -> tuple[tuple[Place, ...], ...]:
    """Columns with few crossings: each node at the middle of its neighbours in the next column (barycentres).

    Sugiyama, Tagawa, Toda: Methods for visual understanding of hierarchical system structures (1981).
    """
    before: dict[Place, list[Place]] = {place: [] for column in columns for place in column}
    after: dict[Place, list[Place]] = {place: [] for column in columns for place in column}
    for route in routes.values():
        for left, right in pairwise(route):
            after[left].append(right)
            before[right].append(left)
    best, fewest = [list(column) for column in columns], _crossings(columns, after)
    for sweep in range(_SWEEPS):
        near = after if sweep % 2 else before
        for column in reversed(columns) if sweep % 2 else columns:
            rank = {place: row / max(len(other) - 1, 1) for other in columns for row, place in enumerate(other)}
            own = {place: row for row, place in enumerate(column)}
            middle = {
                place: sum(rank[other] for other in near[place]) / len(near[place]) if near[place] else rank[place]
                for place in column
            }
            column.sort(key=lambda place: (middle[place], own[place]))
        count = _crossings(columns, after)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    return tuple(map(tuple, best))


def _crossings(columns: Sequence[Sequence[Place]], after: Mapping[Place, Sequence[Place]]) -> int:
    row = {place: number for column in columns for number, place in enumerate(column)}
    count = 0
    for column in columns:
        pairs = [(row[place], row[other]) for place in column for other in after[place]]
        count += sum((a - c) * (b - d) < 0 for number, (a, b) in enumerate(pairs) for c, d in pairs[:number])
    return count


def _offsets(column: Sequence[Place]) -> list[float]:
    """Least heights of a column's places below its first: bends of edges need less room than nodes."""
    found = [0.0]
    for above, below in pairwise(column):
        found.append(found[-1] + _PITCHES[isinstance(above, str) + isinstance(below, str)])
    return found[: len(column)]


def _spread(wished: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """Heights as near as can be to those wished for, in their order and as far apart as they must be."""
    blocks: list[tuple[float, int]] = []  # the common shift of neighbours that touch, and how many they are
    for height, offset in zip(wished, offsets, strict=True):
        shift, members = height - offset, 1
        while blocks and blocks[-1][0] > shift:
            other, count = blocks.pop()
            shift, members = (shift * members + other * count) / (members + count), members + count
        blocks.append((shift, members))
    shifts = [shift for shift, members in blocks for _ in range(members)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
