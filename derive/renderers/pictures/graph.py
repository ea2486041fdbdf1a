"""The graph of a chain of formulas: values in the nodes, local derivatives on the edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Colour, Drawing, Label, Point, Rectangle, Segment, Shape
from derive.renderers.pictures.frame import framed
from derive.renderers.pictures.geometry import Box, between, box_at, boxes_meet, segment_meets
from derive.renderers.pictures.graph_layout import GraphLayout, Place, graph_layout
from derive.renderers.pictures.placement import Place as LabelPlace
from derive.renderers.pictures.placement import choose_places
from derive.renderers.pictures.text import figure_runs, label_box, spoken, symbol_runs, text_width

#: More nodes than this, and only those nearest to the objective are drawn.
NODE_LIMIT = 24

_NAME, _FIGURE, _EDGE = 19.0, 15.5, 15.0
_HEIGHT, _GAP = 50.0, 64.0
#: Names that a caption lists.
_MOST_NAMES = 12
_FRACTIONS = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """A given number or a definition; ``given`` tells which."""

    name: str
    symbol: Symbol
    value: Figure
    given: bool


def graph_drawing(
    nodes: Sequence[GraphNode],
    edges: Mapping[tuple[str, str], Figure | None],
    objective: str,
    elsewhere: Sequence[str] = (),
) -> Drawing:
    """The graph from left to right, no label over another.

    Parameters
    ----------
    nodes : sequence of GraphNode
        In working order.
    edges : mapping of (str, str) to Figure or None
        From a name to a definition that uses it: the local derivative, or None where there is none to show.
    objective : str
    elsewhere : sequence of str
        Names that are no nodes because they are not worked on this page.
    """
    shown = _nearest([node.name for node in nodes], list(edges), objective)
    by_name = {node.name: node for node in nodes if node.name in shown}
    kept = {edge: value for edge, value in edges.items() if edge[0] in shown and edge[1] in shown}
    layout = graph_layout(list(by_name), list(kept))
    widths = [max((_width(by_name[p]) for p in column if isinstance(p, str)), default=0.0) for column in layout.columns]
    points = layout.points(widths, _gaps(layout, kept))
    boxes = {name: box_at(points[name], _width(node) / 2, _HEIGHT / 2, 0.0) for name, node in by_name.items()}
    lines = {edge: _line(layout, edge, points, boxes, widths) for edge in kept}
    labels = _labels(kept, lines, list(boxes.values()))
    shapes: list[Shape] = []
    for line in lines.values():
        for number, (start, end) in enumerate(pairwise(line), start=2):
            shapes.append(Segment(start=start, end=end, colour="muted", arrow=number == len(line)))
    for name, node in by_name.items():
        shapes += _node(node, boxes[name], name == objective)
    shapes += labels or ()
    left_out = _left_out([node for node in nodes if node.name not in shown], len(nodes), elsewhere)
    without = sum(value is None for value in kept.values()) if labels is not None else len(kept)
    if without:
        why = "for which there is no room" if labels is None else "which this page does not work out"
        which = (
            f"{without} of the {len(kept)}" if without < len(kept) else f"all {without}" if without > 1 else "the one"
        )
        left_out.append(f"the local derivatives of {which} arrow{'s' * (len(kept) > 1)}, {why}")
    return framed(shapes, _words(nodes, edges, objective), left_out)


def _left_out(missing: Sequence[GraphNode], count: int, elsewhere: Sequence[str]) -> list[str]:
    """Names without a node, in words."""
    found = []
    if missing:
        names = [spoken(node.symbol) for node in missing]
        nodes = f"{len(names)} of the {count + len(elsewhere)} nodes, those furthest from the objective"
        found.append(f"{nodes} ({_listed(names)}), for which there is no room; their values stand in the text")
    if elsewhere:
        found.append(f"{_listed(elsewhere)}, which this page does not need")
    return found


def _listed(names: Sequence[str]) -> str:
    """All names, or the first ones and how many more there are."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} more"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _nearest(nodes: Sequence[str], edges: Sequence[tuple[str, str]], objective: str) -> frozenset[str]:
    """All nodes, or as many as fit, those first that are the fewest edges away from the objective."""
    if len(nodes) <= NODE_LIMIT:
        return frozenset(nodes)
    return frozenset(_reached_in_turn(objective, edges)[:NODE_LIMIT])


def _reached_in_turn(start: str, edges: Sequence[tuple[str, str]]) -> list[str]:
    """Names that lead to this one, the nearest first."""
    found = {start: None}
    waiting = [start]
    for name in waiting:
        for source, target in edges:
            if target == name and source not in found:
                found[source] = None
                waiting.append(source)
    return list(found)


def _gaps(layout: GraphLayout, edges: Mapping[tuple[str, str], Figure | None]) -> list[float]:
    """Room between the columns: for the widest figure that stands there, and an arrow."""
    column = {place: number for number, places in enumerate(layout.columns) for place in places}
    gaps = [_GAP] * (len(layout.columns) - 1)
    for (source, target), value in edges.items():
        if value is not None:
            # The figure of a long edge may stand in the middle of any of its gaps.
            least = min(range(column[source], column[target]), key=lambda number: gaps[number])
            gaps[least] = max(gaps[least], text_width(figure_runs(value), _EDGE) + 34.0)
    return gaps


def _width(node: GraphNode) -> float:
    widest = max(text_width(symbol_runs(node.symbol), _NAME), text_width(figure_runs(node.value), _FIGURE))
    return max(widest + 16.0, 54.0)


def _node(node: GraphNode, box: Box, last: bool) -> list[Shape]:
    (x, y), wide, high = box.centre, box.half_width, box.half_height
    colour: Colour = "accent" if node.given else "ink"
    return [
        Rectangle(
            corner=(x - wide, y - high),
            width=2 * wide,
            height=2 * high,
            colour=colour,
            thickness=2.2 if last else 1.2,
        ),
        Label(at=(x, y - 11.5), runs=symbol_runs(node.symbol), size=_NAME),
        Label(at=(x, y + 12.0), runs=figure_runs(node.value), size=_FIGURE, colour="muted"),
    ]


def _line(
    layout: GraphLayout,
    edge: tuple[str, str],
    points: Mapping[Place, Point],
    boxes: Mapping[str, Box],
    widths: Sequence[float],
) -> list[Point]:
    """From the right side of a node to the left side of another, straight across the columns between."""
    source, *bends, target = layout.routes[edge]
    assert isinstance(source, str)
    assert isinstance(target, str)
    (x, y), (end_x, end_y) = points[source], points[target]
    found = [(x + boxes[source].half_width, y)]
    for bend in bends:
        bend_x, bend_y = points[bend]
        half = widths[bend[2]] / 2 if isinstance(bend, tuple) else 0.0
        found += [(bend_x - half, bend_y), (bend_x + half, bend_y)]
    # Arrows that end in one node fan out a little along its side.
    room = boxes[target].half_height * 0.6
    return [*found, (end_x - boxes[target].half_width, end_y + max(-room, min(room, (found[-1][1] - end_y) * 0.12)))]


def _labels(
    edges: Mapping[tuple[str, str], Figure | None], lines: Mapping[tuple[str, str], list[Point]], boxes: Sequence[Box]
) -> list[Label] | None:
    """A place for every local derivative on its own edge, clear of nodes and of other labels; None without."""
    labelled = [(edge, value) for edge, value in edges.items() if value is not None]
    choices: list[list[Label]] = []
    places: list[list[LabelPlace]] = []
    for edge, value in labelled:
        own: list[Label] = []
        costs: list[LabelPlace] = []
        line = lines[edge]
        others = [pair for other, each in lines.items() if other != edge for pair in pairwise(each)]
        for start, end in pairwise(line):
            for fraction in _FRACTIONS:
                label = Label(at=between(start, end, fraction), runs=figure_runs(value), size=_EDGE,
                              colour="accent", plate=True)  # fmt: skip
                box = label_box(label, 2.0)
                if any(boxes_meet(box, node) for node in boxes):
                    continue
                crossed = sum(segment_meets(box, *other) for other in others)
                own.append(label)
                costs.append(LabelPlace(box=box, cost=3.0 * crossed + 2.0 * abs(fraction - 0.5)))
        choices.append(own)
        places.append(costs)
    chosen = choose_places(places)
    return None if chosen is None else [own[index] for own, index in zip(choices, chosen, strict=True)]


def _words(nodes: Sequence[GraphNode], edges: Mapping[tuple[str, str], Figure | None], objective: str) -> str:
    """The picture in words."""
    symbols = {node.name: node for node in nodes}
    listed = [node for node in nodes if node.given][:NODE_LIMIT]
    sentences = [f"Given: {', '.join(spoken(node.symbol, node.value) for node in listed)}."]
    for node in [node for node in nodes if not node.given][:NODE_LIMIT]:
        users = [source for source, target in edges if target == node.name]
        sources = ", ".join(
            spoken(symbols[source].symbol)
            + (f" (local derivative {_said(edges[source, node.name])})" if edges[source, node.name] else "")
            for source in users
        )
        own = spoken(node.symbol, node.value) + (", the objective" if node.name == objective else "")
        sentences.append(f"{own}, from {sources}." if sources else f"{own}.")
    if len(nodes) > NODE_LIMIT:
        sentences.append("The other nodes stand in the text.")
    return "Graph of the formulas. " + " ".join(sentences)


def _said(value: Figure | None) -> str:
    return "" if value is None else value.ascii.replace("-", "\N{MINUS SIGN}")


__all__ = ["NODE_LIMIT", "GraphNode", "graph_drawing"]
