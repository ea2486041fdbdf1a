"""Pictures of how arrays hang together: sizes flowing through the layers, and a network unrolled over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Drawing, Label, Rectangle, Segment, Shape
from derive.renderers.pictures.frame import framed
from derive.renderers.pictures.graph_layout import graph_layout
from derive.renderers.pictures.text import figure_runs, spoken, symbol_runs, text_width, word_runs

_NAME, _SIZE = 16.0, 14.5
_HIGH, _GAP = 52.0, 34.0
#: Boxes and steps of time that are drawn.
MOST_BOXES, MOST_STEPS = 12, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerBox:
    """An input or a layer: its name, its type, and the size of what leaves it, in words."""

    name: str
    kind: str
    size: str


def layers_drawing(boxes: Sequence[LayerBox], edges: Sequence[tuple[str, str]]) -> Drawing:
    """Inputs and layers from left to right, each with the size of what leaves it."""
    shown = {box.name: box for box in boxes[:MOST_BOXES]}
    kept = [edge for edge in dict.fromkeys(edges) if edge[0] in shown and edge[1] in shown]
    layout = graph_layout(list(shown), kept)
    widths = [
        max((_wide(shown[place]) for place in column if isinstance(place, str)), default=20.0)
        for column in layout.columns
    ]
    points = layout.points(widths, [_GAP] * (len(layout.columns) - 1))
    shapes: list[Shape] = []
    for edge in kept:
        route = layout.routes[edge]
        line = [points[route[0]], *(points[place] for place in route[1:-1]), points[route[-1]]]
        half = _wide(shown[edge[0]]) / 2, _wide(shown[edge[1]]) / 2
        line[0], line[-1] = (line[0][0] + half[0], line[0][1]), (line[-1][0] - half[1], line[-1][1])
        for number, (start, end) in enumerate(pairwise(line), start=2):
            shapes.append(Segment(start=start, end=end, colour="muted", arrow=number == len(line)))
    for name, box in shown.items():
        (x, y), wide = points[name], _wide(box)
        shapes.append(Rectangle(corner=(x - wide / 2, y - _HIGH / 2), width=wide, height=_HIGH,
                                colour="ink" if box.kind else "accent"))  # fmt: skip
        shapes.append(Label(at=(x, y - 12.0), runs=word_runs(_title(box)), size=_NAME))
        shapes.append(Label(at=(x, y + 13.0), runs=word_runs(box.size), size=_SIZE, colour="muted"))
    words = "; ".join(
        f"{_title(box)}, {box.size}" + (f", from {', '.join(a for a, b in kept if b == box.name)}"
                                        if any(b == box.name for _, b in kept) else "")
        for box in shown.values()
    )  # fmt: skip
    left_out = [f"{len(boxes) - len(shown)} more layers"] if len(boxes) > len(shown) else []
    return framed(shapes, f"Sizes through the layers: {words}.", left_out)


def _title(box: LayerBox) -> str:
    return box.name if not box.kind else f"{box.name}: {box.kind}"


def _wide(box: LayerBox) -> float:
    return max(text_width(word_runs(_title(box)), _NAME), text_width(word_runs(box.size), _SIZE)) + 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBox:
    """One step of time: what comes in, the states it keeps (each with its figure, if it is one), and what goes out."""

    time: int
    inputs: tuple[Symbol, ...]
    states: tuple[tuple[Symbol, Figure | None], ...]
    outputs: tuple[Symbol, ...] = ()


def unrolled_drawing(steps: Sequence[StepBox]) -> Drawing:
    """The steps side by side; the way back through time, from the last output to the first step, is lit."""
    shown: list[StepBox | None] = [*steps]
    if len(steps) > MOST_STEPS:
        shown = [*steps[: MOST_STEPS - 2], None, steps[-1]]
    lines = max(len(step.states) for step in steps)
    wide = max(
        text_width((*symbol_runs(name), *word_runs(" = "), *(figure_runs(figure) if figure else ())), _NAME) + 18.0
        for step in steps for name, figure in step.states
    )  # fmt: skip
    wide, high = max(wide, 64.0), 16.0 + 24.0 * lines
    shapes: list[Shape] = []
    pitch = wide + 52.0
    for number, step in enumerate(shown):
        x = number * pitch
        if step is None:
            shapes.append(Label(at=(x + wide / 2, high / 2), runs=word_runs("…"), size=_NAME))
        else:
            shapes += _step(step, x, wide, high)
        if number:
            shapes.append(Segment(start=(x - 46, high / 2 - 7), end=(x - 6, high / 2 - 7), arrow=True, colour="muted"))
            shapes.append(Segment(start=(x - 6, high / 2 + 8), end=(x - 46, high / 2 + 8), arrow=True, colour="accent",
                                  thickness=2.2))  # fmt: skip
    words = "; ".join(
        f"step {step.time}: " + ", ".join(spoken(name, figure) for name, figure in step.states) for step in steps
    )
    left_out = [f"steps {MOST_STEPS - 1} to {len(steps) - 1}"] if len(steps) > MOST_STEPS else []
    return framed(shapes, f"The network unrolled over {len(steps)} steps of time. {words}.", left_out)


def _step(step: StepBox, x: float, wide: float, high: float) -> list[Shape]:
    centre = x + wide / 2
    shapes: list[Shape] = [Rectangle(corner=(x, 0.0), width=wide, height=high)]
    for line, (name, figure) in enumerate(step.states):
        runs = symbol_runs(name) if figure is None else (*symbol_runs(name), *word_runs(" = "), *figure_runs(figure))
        shapes.append(Label(at=(centre, 20.0 + 24.0 * line), runs=runs, size=_NAME))
    if step.inputs:
        shapes.append(Segment(start=(centre, high + 34), end=(centre, high + 4), arrow=True, colour="muted"))
        shapes.append(Label(at=(centre, high + 48), runs=_listed(step.inputs), size=_NAME))
    if step.outputs:
        shapes.append(Segment(start=(centre - 8, -4), end=(centre - 8, -34), arrow=True, colour="muted"))
        shapes.append(Segment(start=(centre + 8, -34), end=(centre + 8, -4), arrow=True, colour="accent",
                              thickness=2.2))  # fmt: skip
        shapes.append(Label(at=(centre, -48.0), runs=_listed(step.outputs), size=_NAME))
    return shapes


def _listed(names: Sequence[Symbol]) -> tuple:  # type: ignore[type-arg]
    runs = [*symbol_runs(names[0])]
    for name in names[1:]:
        runs += [*word_runs(", "), *symbol_runs(name)]
    return tuple(runs)
