"""The network diagram: every weight on its own edge, nothing over anything else."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest

from derive.handouts.sheets.sheet_picture import BESIDE, MOST, USUAL, picture_width
from derive.renderers.pictures.drawing import Circle, Drawing, Label, Segment
from derive.renderers.pictures.geometry import boxes_meet, circle_meets, segment_meets
from derive.renderers.pictures.paper import width_on_paper
from derive.renderers.pictures.text import label_box, symbol_runs
from derive.renderers.typst_ import MOST_WIDTH, USUAL_WIDTHS
from tests.pictures.networks import network, symbol

SIZES = [(2, 2, 2), (3, 4, 2), (4, 2, 2, 1), (2, 3, 2, 2), (1, 1, 1), (5, 5, 3), (6, 1), (1, 6, 1), (2, 1)]


def labels(drawing: Drawing) -> list[Label]:
    return [shape for shape in drawing.shapes if isinstance(shape, Label)]


def text(label: Label) -> str:
    return "".join(run.text for run in label.runs)


def overlaps(drawing: Drawing) -> list[tuple[str, str]]:
    return [
        (text(first), text(second))
        for first, second in combinations(labels(drawing), 2)
        if boxes_meet(label_box(first), label_box(second))
    ]


@pytest.mark.parametrize("per_unit", [False, True])
@pytest.mark.parametrize("sizes", SIZES)
def test_no_label_overlaps_another(sizes: tuple[int, ...], per_unit: bool) -> None:
    """No two labels meet, whatever the shape, with shared biases and with one a unit."""
    assert overlaps(network(sizes, per_unit=per_unit)) == []


@pytest.mark.parametrize("sizes", SIZES)
def test_no_label_touches_a_circle_but_the_name_inside(sizes: tuple[int, ...]) -> None:
    """A label either stands at a circle's centre or clear of the circle."""
    drawing = network(sizes, values=True)
    for circle in [shape for shape in drawing.shapes if isinstance(shape, Circle)]:
        near = [label for label in labels(drawing) if circle_meets(label_box(label), circle.centre, circle.radius)]
        assert [label.at for label in near] == [circle.centre]


@pytest.mark.parametrize("sizes", SIZES)
def test_every_weight_stands_on_its_own_edge(sizes: tuple[int, ...]) -> None:
    """Each of the labels w1, w2, ... is centred on a line between units and turned along it."""
    drawing = network(sizes)
    weights = [label for label in labels(drawing) if label.runs[0].text == "w"]
    lines = [shape for shape in drawing.shapes if isinstance(shape, Segment) and shape.arrow]
    expected = sum(a * b for a, b in pairwise(sizes))
    assert [label.runs[1].text for label in weights] == [str(number + 1) for number in range(expected)]
    assert all(text(label).endswith(" = 0.15") for label in weights)
    for label in weights:
        along = [
            line
            for line in lines
            if math.dist(line.start, label.at) + math.dist(label.at, line.end)
            == pytest.approx(math.dist(line.start, line.end), abs=1e-6)
        ]
        angles = [math.degrees(math.atan2(end[1] - y, end[0] - x)) for (x, y), end in ((a.start, a.end) for a in along)]
        assert any(angle == pytest.approx(label.angle, abs=1e-6) for angle in angles)


def test_the_overlap_check_can_fail() -> None:
    """Two labels laid on one another are found."""
    label = Label(at=(0.0, 0.0), runs=symbol_runs(symbol("w5")), size=17.0, angle=30.0)
    moved = Label(at=(6.0, 3.0), runs=label.runs, size=17.0, angle=-20.0)
    assert overlaps(Drawing(width=1, height=1, alternative="", shapes=(label, moved)))


def test_edges_lead_where_they_say() -> None:
    """In a 1-2-1 network w2 leads from x1 to the lower unit."""
    drawing = network((1, 2, 1))
    places = {text(label): label.at for label in labels(drawing)}
    assert places["x1"][1] < places["w2 = 0.15"][1] < places["H2"][1]
    assert places["H1"][1] < places["w1 = 0.15"][1] < places["x1"][1]


def test_wide_columns_are_cut_with_an_ellipsis() -> None:
    """A 64-64-10 network shows the first four units and the last of each column, no weights, and says so."""
    drawing = network((64, 64, 10))
    written = [text(label) for label in labels(drawing)]
    assert written.count("⋮") == 3
    assert [name for name in written if name.startswith("x")] == ["x1", "x2", "x3", "x4", "x64"]
    assert not any(name.startswith("w") for name in written)
    assert not drawing.complete
    assert "The 4096 weights into layer 1 stand in the table." in drawing.alternative
    assert overlaps(drawing) == []


def test_weights_too_long_for_their_edges_leave_their_symbols() -> None:
    """Figures of 30 digits do not fit: the symbols stay, and the drawing says that it is not complete."""
    drawing = network((2, 2, 2), weight="0." + "1" * 29)
    assert [text(label) for label in labels(drawing) if label.runs[0].text == "w"] == [f"w{n}" for n in range(1, 9)]
    assert not drawing.complete
    assert network((2, 2, 2)).complete


@pytest.mark.parametrize("per_unit", [False, True])
def test_long_names_stand_beside_their_circles(per_unit: bool) -> None:
    """Names of 31 letters are cut and moved out of the circle, over nothing else."""
    drawing = network((2, 2, 2), name="a_name_of_twenty_nine_letters", per_unit=per_unit, values=True)
    assert overlaps(drawing) == []
    assert any(text(label).endswith("…") for label in labels(drawing))


def test_everything_lies_inside_the_drawing() -> None:
    """All corners of all labels are on the page."""
    for sizes in SIZES:
        drawing = network(sizes, values=True)
        for x, y in (corner for label in labels(drawing) for corner in label_box(label).corners):
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height


def test_shared_bias_edges_cross_no_unit() -> None:
    """A dashed line from a shared bias meets no circle but the one it leads to."""
    for sizes in SIZES:
        drawing = network(sizes)
        circles = [shape for shape in drawing.shapes if isinstance(shape, Circle)]
        for line in (shape for shape in drawing.shapes if isinstance(shape, Segment) and shape.dashed):
            touched = [circle for circle in circles if distance(circle, line) < circle.radius - 0.01]
            assert touched == []


def distance(circle: Circle, line: Segment) -> float:
    """From a circle's centre to the nearest of many points of a line."""
    steps = [number / 400 for number in range(401)]
    (x, y), (end_x, end_y) = line.start, line.end
    return min(math.dist(circle.centre, (x + (end_x - x) * step, y + (end_y - y) * step)) for step in steps)


def test_the_alternative_names_every_weight() -> None:
    """Whoever does not see the 2-2-2 picture reads inputs, weights with both ends, and biases."""
    words = network((2, 2, 2)).alternative
    for part in ("x1 = 0.05", "w3 = 0.15 from x1 to H2", "w8 = 0.15 from H2 to y2", "Bias b2 = 0.35 into every unit"):
        assert part in words


def test_lines_are_clipped_in_the_box_s_own_directions() -> None:
    """A line through a turned box meets it; lines that stop short of it or pass beside it do not."""
    box = label_box(Label(at=(50.0, 40.0), runs=symbol_runs(symbol("w5")), size=40.0, angle=35.0))
    assert segment_meets(box, (0.0, 40.0), (100.0, 40.0))
    assert not segment_meets(box, (0.0, 40.0), (10.0, 40.0))
    assert not segment_meets(box, (20.0, 100.0), (90.0, 100.0))


@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 4, 2), (2, 3, 3, 2)])
def test_everything_can_be_read_on_paper(sizes: tuple[int, ...]) -> None:
    """On a page and on a sheet no text of a network is below 8 points, no index below 6, and no label over another."""
    for drawing, usual, most in (
        (network(sizes), USUAL_WIDTHS["network"], MOST_WIDTH),
        (network(sizes, weight="-0.4275"), USUAL_WIDTHS["network"], MOST_WIDTH),
        (network(sizes, bare=True), USUAL, MOST),
    ):
        scale = width_on_paper(drawing, usual=usual, most=most) / drawing.width
        for label in labels(drawing):
            raised = any(run.style in ("subscript", "superscript") for run in label.runs)
            assert label.size * scale >= 7.99, text(label)
            assert not raised or label.size * 0.72 * scale >= 5.99, text(label)
        assert overlaps(drawing) == []


def test_a_sheets_network_stands_beside_the_givens() -> None:
    """The networks of an introduction leave the givens their room; a wider one goes below them."""
    assert all(picture_width(network(sizes, bare=True)) <= BESIDE for sizes in [(2, 2, 2), (3, 4, 2), (2, 3, 3, 2)])
    assert BESIDE < picture_width(network((2, 3, 3, 3, 3, 2), bare=True)) <= MOST
