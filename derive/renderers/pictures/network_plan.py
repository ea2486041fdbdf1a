"""The plan of a network's picture: where its columns stand and where all its text goes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from derive.renderers.pictures.drawing import Label, Point, Run
from derive.renderers.pictures.geometry import Box, rim
from derive.renderers.pictures.layout import Gap, bias_foot, column_heights, place_labels
from derive.renderers.pictures.network_model import Network, Node
from derive.renderers.pictures.text import equation_runs, figure_runs, label_box, symbol_runs, text_width

SIZE = 17.0
SQUARE = 22.0
#: Least widths: of a network with its numbers, of one with numbers in many units, too, and of one that shows symbols
#: alone, as beside the givens of a sheet.
_WIDTH, _FULL, _OUTLINE = 640.0, 840.0, 400.0
_WIDEST_GAP = 330.0

Text = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Centres of all rows, and the labels of each gap; None where a gap's labels are left out.

    ``shortened`` holds the gaps, counted from 0, whose edges carry their symbols alone.
    """

    centres: tuple[tuple[Point, ...], ...]
    feet: tuple[Point | None, ...]
    notes: tuple[Label, ...]
    labels: tuple[tuple[Label, ...] | None, ...]
    shortened: frozenset[int] = frozenset()


def network_plan(network: Network) -> Plan:
    """The tightest plan in which all labels fit, loosened step by step.

    Where the weights of a layer never fit, its edges carry their symbols alone, and where not even these do, nothing.
    """
    texts = [
        tuple(edge.runs for edge in edges) if network.labellable(number) else ()
        for number, edges in enumerate(network.edges)
    ]
    shortened: set[int] = set()
    while True:
        for stretch in (1.0, 1.15, 1.3, 1.5):
            plan = _placed(network, stretch, texts)
            missing = {number for number, labels in enumerate(plan.labels) if labels is None and texts[number]}
            if not missing:
                return replace(plan, shortened=frozenset(shortened))
        for number in missing:
            edges = network.edges[number] if number not in shortened else ()
            texts[number] = tuple(symbol_runs(edge.symbol) if edge.symbol else () for edge in edges)
        shortened |= missing


def _placed(network: Network, stretch: float, texts: Sequence[tuple[Text, ...]]) -> Plan:
    tallest = max(len(rows) for rows in network.rows)
    bare = not any(edge.value for edges in network.edges for edge in edges)
    radius = network.radius
    row = stretch * (140.0 if tallest == 2 and not bare else 120.0 if tallest <= 3 else 98.0)
    least = _OUTLINE if bare else _FULL if network.counted and tallest > 2 else _WIDTH
    share = (least - 2 * radius - _side_width(network)) / len(texts)
    left, centres = 0.0, []
    for number, rows in enumerate(network.rows):
        if number:
            widest = max((text_width(text, SIZE) for text in texts[number - 1]), default=0.0)
            # Long labels need long edges, and many edges gentle slopes.
            needed = max(widest + 2 * radius + 44, 11.0 * len(texts[number - 1]) + 60)
            beside = (_column_width(network, number - 1) + _column_width(network, number)) / 2 + 10
            left += max(share, 120.0 if bare else 150.0, beside, min(needed * stretch**0.5, _WIDEST_GAP))
        centres.append(tuple((left, height) for height in column_heights(len(rows), tallest, row)))
    feet = [
        bias_foot(after, before, radius, max(before[-1][1], after[-1][1]) + 88.0) if isinstance(bias, Node) else None
        for bias, before, after in zip(network.biases, centres, centres[1:], strict=False)
    ]
    notes = _notes(network, centres, feet)
    labels = [
        _edge_labels(network, number, runs, centres, feet, notes) if runs else None for number, runs in enumerate(texts)
    ]
    return Plan(centres=tuple(centres), feet=tuple(feet), notes=tuple(notes), labels=tuple(labels))


def _edge_labels(
    network: Network,
    number: int,
    texts: Sequence[Text],
    centres: Sequence[tuple[Point, ...]],
    feet: Sequence[Point | None],
    notes: Sequence[Label],
) -> tuple[Label, ...] | None:
    foot = feet[number]
    # Whole points, so that numbers that differ by a hair share one search.
    gap = Gap(
        sources=centres[number],
        targets=centres[number + 1],
        edges=tuple((edge.source, edge.target) for edge in network.edges[number]),
        widths=tuple(float(math.ceil(text_width(text, SIZE))) for text in texts),
        height=1.2 * SIZE,
        radius=network.radius,
        obstacles=tuple(label_box(note) for note in notes),
        lines=tuple((foot, rim(unit, foot, network.radius)) for unit in centres[number + 1]) if foot else (),
    )
    boxes = place_labels(gap)
    if boxes is None:
        return None
    return tuple(
        Label(at=box.centre, runs=text, size=SIZE, angle=_angle(box), plate=True)
        for box, text in zip(boxes, texts, strict=True)
        if text
    )


def _angle(box: Box) -> float:
    return math.degrees(math.atan2(box.along[1], box.along[0]))


def _side_width(network: Network) -> float:
    values = [text_width(figure_runs(node.value), SIZE) + 26 for node in network.columns[0] if node.value]
    targets = [text_width(equation_runs(node.symbol, node.value), SIZE) + 12 for node in network.targets]
    return max(values, default=0.0) + max(targets, default=0.0) + 16


def _texts(network: Network, number: int, row: int) -> list[Text]:
    """What stands above or below a unit, line by line: a long name, its value, its own bias."""
    node = network.columns[number][row]
    inside = [runs for runs, _ in network.in_circle(number, node)]
    texts: list[Text] = [symbol_runs(node.symbol)]
    if number and node.value is not None:
        texts.append(figure_runs(node.value))
    texts = [text for text in texts if text not in inside]
    bias = network.biases[number - 1] if number else None
    if isinstance(bias, Sequence):
        texts.append(equation_runs(bias[row].symbol, bias[row].value))
    return texts


def _column_width(network: Network, number: int) -> float:
    """The widest text above or below the units of a column."""
    rows = (row for row in network.rows[number] if row is not None)
    return max((text_width(text, SIZE) for row in rows for text in _texts(network, number, row)), default=0.0)


def _notes(network: Network, centres: Sequence[Sequence[Point]], feet: Sequence[Point | None]) -> list[Label]:
    """All text but the weights: inputs' values, targets, biases, units' values, and names too long for a circle."""
    notes: list[Label] = []
    last = len(network.columns) - 1
    for number, (column, rows) in enumerate(zip(network.columns, network.rows, strict=True)):
        for row, (x, y) in zip(rows, centres[number], strict=True):
            if row is None:
                notes.append(Label(at=(x, y), runs=(Run(text="⋮"),), size=26.0))
                continue
            node, texts = column[row], _texts(network, number, row)
            if number == 0 and node.value is not None:
                notes.append(_note((x - network.radius - 24, y), figure_runs(node.value), "end"))
            if number == last and network.targets:
                target = network.targets[row]
                notes.append(_note((x + network.radius + 9, y), equation_runs(target.symbol, target.value), "start"))
            # Edges come in from the other side: from below in the upper half, from above in the lower.
            upwards = len(rows) > 1 and y < -1
            for place, text in enumerate(texts if not upwards else texts[::-1]):
                away = network.radius + 13 + 1.25 * SIZE * place
                notes.append(_note((x, y - away if upwards else y + away), text, "middle"))
    for bias, foot in zip(network.biases, feet, strict=True):
        if foot and isinstance(bias, Node):
            at = (foot[0], foot[1] + SQUARE / 2 + 13)
            notes.append(_note(at, equation_runs(bias.symbol, bias.value), "middle"))
    return notes


def _note(at: Point, runs: tuple[Run, ...], anchor: str) -> Label:
    match anchor:
        case "start":
            return Label(at=at, runs=runs, size=SIZE, anchor="start", plate=True)
        case "end":
            return Label(at=at, runs=runs, size=SIZE, anchor="end", plate=True)
        case _:
            return Label(at=at, runs=runs, size=SIZE, plate=True)
