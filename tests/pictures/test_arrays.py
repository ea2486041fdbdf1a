"""Pictures of own architectures: text over no other text, readable on paper, and showing what is so."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

import derive
from derive.renderers.drawings import drawing_for
from derive.renderers.pictures.drawing import Drawing, Label, Rectangle
from derive.renderers.pictures.geometry import boxes_meet
from derive.renderers.pictures.paper import SMALLEST, smallest_sizes, width_on_paper
from derive.renderers.pictures.text import label_box
from derive.solved.explanation import Explanation, explain_steps
from derive.telling.build import blocks_of
from derive.telling.model import Picture
from tests.programs.cases import case

CASES = ("attention", "convolution", "max-pool", "batch-norm", "skip", "rnn-every", "gru", "series")
BUILT_IN = ("attention-2x2", "batch-norm-3x2", "convolution-pool", "lstm-step", "skip-connection")


def drawn(name: str) -> dict[str, Drawing]:
    explanation: Explanation = explain_steps(derive.load(name) if name in BUILT_IN else case(name))
    pictures = [block for block in blocks_of(explanation.document) if isinstance(block, Picture)]
    return {picture.id: drawing_for(picture, explanation.filling) for picture in pictures}


def words(label: Label) -> str:
    return "".join(run.text for run in label.runs)


@pytest.mark.parametrize("name", [*CASES, *BUILT_IN])
def test_no_text_lies_on_other_text(name: str) -> None:
    """No two labels meet, all lie on the page, and on paper none is smaller than 8 points."""
    drawings = drawn(name)
    assert drawings
    for drawing in drawings.values():
        labels = [shape for shape in drawing.shapes if isinstance(shape, Label)]
        for first, second in itertools.combinations(labels, 2):
            assert not boxes_meet(label_box(first), label_box(second)), (words(first), words(second))
        for label in labels:
            for x, y in label_box(label).corners:
                assert -0.01 <= x <= drawing.width + 0.01
                assert -0.01 <= y <= drawing.height + 0.01
        scale = width_on_paper(drawing, usual=0.66 * drawing.width, most=466.0) / drawing.width
        assert smallest_sizes(drawing)[0] * scale >= SMALLEST - 0.01


def test_the_window_is_lit_where_the_kernel_lies() -> None:
    """Of the picture of 4 × 4 the upper left 2 × 2 is lit, and in the map the number that comes of it."""
    drawing = drawn("convolution-pool")["window-net_conv[1,1]"]
    cells = [shape for shape in drawing.shapes if isinstance(shape, Rectangle)]
    assert len(cells) == 16 + 9
    assert [number for number, cell in enumerate(cells) if cell.tint] == [0, 1, 4, 5, 16]
    assert {"· 0.1", "· −0.2", "· 0.3"} <= {words(shape) for shape in drawing.shapes if isinstance(shape, Label)}


def test_the_heat_map_is_as_dark_as_the_share() -> None:
    """Shares of softmax of 1/√2 and 0: the darker cells hold the larger ones, in proportion."""
    drawing = drawn("attention-2x2")["heat-A[1,1]"]
    tints = [shape.tint for shape in drawing.shapes if isinstance(shape, Rectangle)]
    assert tints[0] == tints[3] > tints[1] == tints[2]
    assert abs(tints[0] / tints[1] - float(Fraction(6698, 3302))) < 1e-6


def test_steps_and_layers_are_all_there() -> None:
    """Three steps with their inputs; the way around of a residual block beside the layer."""
    steps = drawn("lstm-step")["the-steps"]
    assert steps.alternative.startswith("The network unrolled over 3 steps")
    layers = drawn("skip-connection")["the-layers"].alternative
    assert "s: add, 2 numbers, from h, a" in layers
