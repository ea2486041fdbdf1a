"""The passes in pictures: what comes out in the units, derivatives on the edges, paths that are lit, the tangent."""

from __future__ import annotations

import math
from functools import cache

import pytest

import derive
from derive.renderers.drawings import drawing_for
from derive.renderers.pictures.drawing import Circle, Drawing, Label, Segment
from derive.renderers.pictures.paper import width_on_paper
from derive.renderers.typst_ import MOST_WIDTH
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of
from derive.telling.model import Picture

# Two inputs, two sigmoid units, two sigmoid outputs, half the squared error: by plain floats.
X, T = (0.05, 0.10), (0.01, 0.99)
W, V = ((0.15, 0.20), (0.25, 0.30)), ((0.40, 0.45), (0.50, 0.55))


def sigmoid(net: float) -> float:
    return 1 / (1 + math.exp(-net))


NETS = [sum(w * x for w, x in zip(row, X, strict=True)) + 0.35 for row in W]
H = [sigmoid(net) for net in NETS]
Y = [sigmoid(sum(v * h for v, h in zip(row, H, strict=True)) + 0.60) for row in V]
DY = [(y - t) * y * (1 - y) for y, t in zip(Y, T, strict=True)]
DH = [(DY[0] * V[0][j] + DY[1] * V[1][j]) * H[j] * (1 - H[j]) for j in (0, 1)]
SLOPES = [DH[j] * x for j in (0, 1) for x in X] + [DY[k] * h for k in (0, 1) for h in H]


@cache
def explained() -> Explanation:
    return derive.explain(derive.load("2-2-2"), rounds=0)


@cache
def drawn(name: str) -> Drawing:
    found = next(block for block in blocks_of(explained().document) if isinstance(block, Picture) and block.id == name)
    return drawing_for(found, explained().filling)


def figures(drawing: Drawing) -> dict[str, str]:
    """What each quantity's figure is printed as."""
    labels = [shape for shape in drawing.shapes if isinstance(shape, Label)]
    return {run.of: run.text for label in labels for run in label.runs if run.of}


def four(value: float) -> str:
    return f"{value:#.4g}".replace("-", "−")


def test_what_comes_out_stands_in_the_units() -> None:
    """Four digits of each activation, within its circle."""
    drawing = drawn("network")
    wanted = {f"out_{unit}": four(value) for unit, value in zip(("H1", "H2", "y1", "y2"), (*H, *Y), strict=True)}
    assert wanted.items() <= figures(drawing).items()
    circles = [shape for shape in drawing.shapes if isinstance(shape, Circle)]
    for label in (shape for shape in drawing.shapes if isinstance(shape, Label)):
        if label.runs[0].of in wanted:
            assert any(math.dist(label.at, circle.centre) < circle.radius / 2 for circle in circles)


def test_the_backward_pass_has_every_derivative() -> None:
    """Deltas in the units and partial derivatives on the edges, drawn from right to left; the larger, the wider."""
    drawing, names = drawn("network-backward"), [f"w{number}" for number in range(1, 9)]
    wanted = {f"delta_{unit}": four(value) for unit, value in zip(("H1", "H2", "y1", "y2"), (*DH, *DY), strict=True)}
    wanted |= {f"dE_total/d{name}": four(slope) for name, slope in zip(names, SLOPES, strict=True)}
    assert figures(drawing) == wanted
    edges = {shape.of: shape for shape in drawing.shapes if isinstance(shape, Segment)}
    assert all(edge.start[0] > edge.end[0] for edge in edges.values())
    by_size = sorted(names, key=lambda name: abs(SLOPES[names.index(name)]))
    assert sorted(names, key=lambda name: edges[name].thickness) == by_size
    widest = edges["w6"].thickness - 0.8
    for name, slope in zip(names, SLOPES, strict=True):
        assert edges[name].thickness == pytest.approx(0.8 + widest * abs(slope) / max(map(abs, SLOPES)), abs=1e-3)


@pytest.mark.parametrize(("name", "units", "weights"), [("path", "y1", "w5"), ("paths", "H1 y1 y2", "w5 w7")])
def test_the_path_of_a_step_is_lit(name: str, units: str, weights: str) -> None:
    """The weight with the unit it leads into; the unit with all it reaches. Nothing else is lit or named."""
    drawing = drawn(name)
    lit = [shape for shape in drawing.shapes if isinstance(shape, Segment) and shape.colour == "accent"]
    circles = [shape for shape in drawing.shapes if isinstance(shape, Circle) and shape.thickness > 2]
    assert (len(lit), len(circles)) == (len(weights.split()), len(units.split()))
    labels = ["".join(run.text for run in shape.runs) for shape in drawing.shapes if isinstance(shape, Label)]
    assert sorted(each for each in labels if each.startswith("w")) == weights.split()
    centres = {"".join(run.text for run in each.runs): each.at for each in drawing.shapes if isinstance(each, Label)}
    assert sorted(each.centre for each in circles) == sorted(centres[unit] for unit in units.split())


def test_the_tangent_has_the_slope_of_the_curve() -> None:
    """It touches the curve at the first unit's net input, and is as steep."""
    drawing = drawn("curve-sigmoid")
    (tangent,) = (shape for shape in drawing.shapes if isinstance(shape, Segment) and shape.thickness == 1.4)
    dots = [shape.centre for shape in drawing.shapes if isinstance(shape, Circle)]
    (left, low), (right, high) = tangent.start, tangent.end
    across = (dots[1][0] - dots[0][0]) / (NETS[1] - NETS[0])
    down = (dots[2][1] - dots[0][1]) / (Y[0] - H[0])
    assert ((high - low) / down) / ((right - left) / across) == pytest.approx(H[0] * (1 - H[0]), rel=1e-3)
    assert math.dist(dots[0], ((left + right) / 2, (low + high) / 2)) < 0.01


@pytest.mark.parametrize("name", ["network", "network-backward", "path", "paths", "curve-sigmoid"])
def test_all_of_it_can_be_read_on_paper(name: str) -> None:
    """No letter below 8 points, within the width of a page."""
    drawing = drawn(name)
    width = width_on_paper(drawing, usual=160.0, most=MOST_WIDTH)
    sizes = [shape.size for shape in drawing.shapes if isinstance(shape, Label)]
    assert min(sizes) * width / drawing.width >= 8.0 - 1e-9
