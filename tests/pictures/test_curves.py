"""Curves: what stands where, and no error that breaks them."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.given.naming import Symbol
from derive.renderers.pictures.axes import plain_ticks, power_ticks
from derive.renderers.pictures.curves import activation_drawing, error_drawing
from derive.renderers.pictures.drawing import Circle, Drawing, Label, Polyline
from derive.renderers.pictures.geometry import boxes_meet
from derive.renderers.pictures.svg import print_svg
from derive.renderers.pictures.text import label_box
from derive.renderers.pictures.tikz import print_tikz
from tests.pictures.networks import symbol


def sigmoid(net: float) -> float:
    return 1 / (1 + math.exp(-net))


CURVE = [(number / 20, sigmoid(number / 20)) for number in range(-120, 121)]


def written(drawing: Drawing) -> list[str]:
    return ["".join(run.text for run in shape.runs) for shape in drawing.shapes if isinstance(shape, Label)]


def overlaps(drawing: Drawing) -> list[tuple[Label, Label]]:
    shapes = [shape for shape in drawing.shapes if isinstance(shape, Label)]
    return [pair for pair in combinations(shapes, 2) if boxes_meet(label_box(pair[0]), label_box(pair[1]))]


def marks(*nets: float) -> list[tuple[Symbol, float, float]]:
    return [(symbol(f"H{number}"), net, sigmoid(net)) for number, net in enumerate(nets, start=1)]


@pytest.mark.parametrize(
    "nets", [(0.3775, 0.3925, 1.1059, 1.2249), (0.0, 0.0, 0.0), (-5.9, 5.9), tuple(number / 50 for number in range(8))]
)
def test_marks_carry_labels_that_do_not_overlap(nets: tuple[float, ...]) -> None:
    """Close marks keep one label each, clear of the others and of the axes' figures."""
    drawing = activation_drawing("sigmoid", CURVE, marks(*nets))
    assert [text for text in written(drawing) if text.startswith("H")] == [f"H{n + 1}" for n in range(len(nets))]
    assert overlaps(drawing) == []


def test_many_marks_are_dots_only() -> None:
    """Twelve marks are twelve dots without labels."""
    drawing = activation_drawing("sigmoid", CURVE, marks(*[number / 5 for number in range(12)]))
    assert sum(isinstance(shape, Circle) for shape in drawing.shapes) == 12
    assert not any(text.startswith("H") for text in written(drawing))


def test_a_dot_lies_on_the_curve() -> None:
    """The dot of a unit whose net input is one of the curve's points is that point."""
    drawing = activation_drawing("sigmoid", CURVE, marks(1.0))
    (dot,) = [shape for shape in drawing.shapes if isinstance(shape, Circle)]
    (line,) = [shape for shape in drawing.shapes if isinstance(shape, Polyline)]
    assert dot.centre == pytest.approx(line.points[140])


def test_decades_are_labelled_on_the_error_axis() -> None:
    """An error from 0.3 to 3e-5 over 10,000 rounds shows powers of ten on both axes and round 0 at the left."""
    drawing = error_drawing([0, 1, 10, 100, 1000, 10000], [0.3, 0.29, 0.2, 0.05, 1e-3, 3e-5])
    texts = written(drawing)
    assert {"10−1", "10−2", "10−3", "10−4"} <= set(texts)
    assert {"0", "1", "10", "102", "103", "104"} <= set(texts)
    assert overlaps(drawing) == []


def test_equal_ratios_are_equal_steps() -> None:
    """An error that halves each round is a straight line: its steps down are equal."""
    drawing = error_drawing(range(6), [0.8 / 2**number for number in range(6)])
    (line,) = [shape for shape in drawing.shapes if isinstance(shape, Polyline)]
    steps = [second[1] - first[1] for first, second in zip(line.points, line.points[1:], strict=False)]
    assert steps == pytest.approx([steps[0]] * 5)
    assert steps[0] > 0


def test_zero_and_infinite_errors_are_gaps() -> None:
    """Zero, nan and infinity part the line; the point between two of them is a dot."""
    drawing = error_drawing(range(6), [0.2, 0.1, 0.0, math.nan, 0.05, math.inf])
    lines = [shape for shape in drawing.shapes if isinstance(shape, Polyline)]
    assert [len(line.points) for line in lines] == [2]
    assert sum(isinstance(shape, Circle) for shape in drawing.shapes) == 3
    assert "3 errors" in drawing.alternative


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12),
    st.integers(min_value=0, max_value=10**6),
    st.integers(min_value=1, max_value=10**6),
)
def test_any_errors_can_be_drawn(errors: list[float], first: int, step: int) -> None:
    """Whatever the errors and rounds are, there is a picture with finite coordinates and labels apart."""
    drawing = error_drawing([first + step * number for number in range(len(errors))], errors)
    assert "nan" not in print_svg(drawing)
    assert print_tikz(drawing)
    assert overlaps(drawing) == []


@pytest.mark.parametrize(
    "rounds", [[500], [100000, 100003], [0, 1000], [0, 3, 101], [7, 8], list(range(0, 1000001, 5000))]
)
def test_rounds_are_labelled_as_whole_numbers(rounds: list[int]) -> None:
    """No round is labelled with a fraction, and there is always a label, the last round's or one before it."""
    drawing = error_drawing(rounds, [0.5] * len(rounds))
    below = [shape for shape in drawing.shapes if isinstance(shape, Label) and shape.anchor == "middle"]
    ticks = [shape for shape in below if shape.runs[0].text not in ("round", "error")]
    assert ticks
    assert all(run.text.isdigit() for shape in ticks for run in shape.runs)
    assert overlaps(drawing) == []


@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=10))
def test_any_curve_can_be_drawn(points: list[tuple[float, float]]) -> None:
    """Whatever the points are, there is a picture with finite coordinates."""
    drawing = activation_drawing("relu", points, [(symbol("H1"), *point) for point in points[:3]])
    assert "nan" not in print_svg(drawing)


def test_ticks_are_round_numbers() -> None:
    """Ticks stand at multiples of 1, 2 or 5, with the decimals they need."""
    assert [tick.runs[0].text for tick in plain_ticks(-0.1, 1.05, 5)] == ["0", "0.5", "1.0"]
    assert [tick.runs[0].text for tick in plain_ticks(0, 10, 5)] == ["0", "2", "4", "6", "8", "10"]
    assert [tick.at for tick in power_ticks(-4.6, -0.5)] == [-4, -3, -2, -1]
