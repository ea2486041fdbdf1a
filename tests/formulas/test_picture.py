"""The graph of a chain of formulas: nothing over anything else, arrows from left to right."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.formula.figures import Figure
from derive.given.loading import load
from derive.given.naming import Symbol
from derive.renderers.drawings import drawing_for
from derive.renderers.pictures.drawing import Drawing, Label, Rectangle, Segment
from derive.renderers.pictures.geometry import box_at, boxes_meet
from derive.renderers.pictures.graph import NODE_LIMIT, GraphNode, graph_drawing
from derive.renderers.pictures.graph_layout import graph_layout
from derive.renderers.pictures.svg import print_svg
from derive.renderers.pictures.text import label_box
from derive.renderers.pictures.tikz import print_tikz
from derive.telling.build import blocks_of
from derive.telling.model import Picture
from tests.formulas.test_document import BUILT_IN, WIDE

VALUE = Figure(negative=True, digits="0.1234")


def drawing(problem: Any) -> Drawing:
    found = derive.explain(load(problem))
    (picture,) = [block for block in blocks_of(found.document) if isinstance(block, Picture)]
    return drawing_for(picture, found.filling)


def labels(drawn: Drawing) -> list[Label]:
    return [shape for shape in drawn.shapes if isinstance(shape, Label)]


def boxes(drawn: Drawing) -> list[Rectangle]:
    return [shape for shape in drawn.shapes if isinstance(shape, Rectangle)]


def text(label: Label) -> str:
    return "".join(run.text for run in label.runs)


@pytest.mark.parametrize("problem", [*BUILT_IN, WIDE], ids=[*BUILT_IN, "wide"])
def test_nothing_lies_over_anything(problem: Any) -> None:
    """No two labels meet, no two nodes meet, and no edge's label touches a node."""
    drawn = drawing(problem)
    assert "no room" not in drawn.note
    for first, second in combinations(labels(drawn), 2):
        assert not boxes_meet(label_box(first), label_box(second)), (text(first), text(second))
    nodes = [
        box_at((n.corner[0] + n.width / 2, n.corner[1] + n.height / 2), n.width / 2, n.height / 2, 0.0)
        for n in boxes(drawn)
    ]
    assert not any(boxes_meet(first, second) for first, second in combinations(nodes, 2))
    for label in labels(drawn):
        if label.plate:
            assert not any(boxes_meet(label_box(label), node) for node in nodes), text(label)


def test_the_graph_of_ng_shows_its_numbers() -> None:
    """Every node with its value, every edge with its local derivative."""
    drawn = drawing("ng-graph-J")
    assert len(boxes(drawn)) == 6
    assert sorted(text(label) for label in labels(drawn) if label.plate) == ["1", "1", "2", "3", "3"]
    assert {"a", "5", "b", "3", "c", "2", "u", "6", "v", "11", "J", "33"} <= {text(label) for label in labels(drawn)}
    assert all(shape.end[0] > shape.start[0] for shape in drawn.shapes if isinstance(shape, Segment))
    assert "J = 33, the objective, from v (local derivative 3)" in drawn.alternative


def chain_of(length: int) -> Drawing:
    nodes = [GraphNode(name=f"v{k}", symbol=Symbol(letters="v", subscript=str(k)), value=VALUE, given=k == 0)
             for k in range(length)]  # fmt: skip
    edges = {(f"v{k}", f"v{k + 1}"): VALUE for k in range(length - 1)}
    return graph_drawing(nodes, edges, f"v{length - 1}")


def test_a_large_graph_shows_what_is_near_the_objective() -> None:
    """Beyond 24 nodes only the nearest are drawn, and the drawing says that it is not complete."""
    assert chain_of(NODE_LIMIT).complete
    drawn = chain_of(NODE_LIMIT + 5)
    assert not drawn.complete
    assert len(boxes(drawn)) == NODE_LIMIT
    assert f"v{NODE_LIMIT + 4}" in {text(label) for label in labels(drawn)}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    names = [f"n{k}" for k in range(draw(st.integers(1, 12)))]
    pairs = list(combinations(names, 2))
    return names, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []


@given(graphs())
def test_columns_run_from_left_to_right(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    """Each node stands once, right of everything it uses; a long edge bends once in each column between."""
    names, edges = graph
    layout = graph_layout(names, edges)
    column = {place: number for number, places in enumerate(layout.columns) for place in places}
    assert sorted(place for place in column if isinstance(place, str)) == sorted(names)
    for source, target in edges:
        assert [column[place] for place in layout.routes[source, target]] == list(
            range(column[source], column[target] + 1)
        )
    points = layout.points([60.0] * len(layout.columns), [60.0] * (len(layout.columns) - 1))
    for places in layout.columns:
        heights = [points[place][1] for place in places]
        assert all(below - above > 25.9 for above, below in pairwise(heights))


@settings(max_examples=15)
@given(graphs())
def test_every_graph_is_drawn(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    """SVG and TikZ of any graph; where labels are drawn, none lies over another."""
    names, edges = graph
    nodes = [GraphNode(name=n, symbol=Symbol(letters=n), value=VALUE, given=False) for n in names]
    drawn = graph_drawing(nodes, dict.fromkeys(edges, VALUE), names[-1])
    assert print_svg(drawn).count("<rect") >= len(names)
    assert "tikzpicture" in print_tikz(drawn)
    for first, second in combinations(labels(drawn), 2):
        assert not boxes_meet(label_box(first), label_box(second))
