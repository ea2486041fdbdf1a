"""Pictures of a filling."""

from __future__ import annotations

import pytest

from derive.errors import UnsupportedError
from derive.renderers.drawings import drawing_for
from derive.telling.model import Picture
from tests.renderers.sample import sample_filling


def picture(kind: str, subject: str = "") -> Picture:
    return Picture(id=kind, kind=kind, subject=subject, caption=(), alternative="")  # type: ignore[arg-type]


def test_network_shows_the_numbers_as_typed() -> None:
    """Weights, inputs, targets and the shared bias stand in the diagram as they were typed."""
    words = drawing_for(picture("network"), sample_filling()).alternative
    for number in ("x1 = 0.05", "w2 = \u22120.20", "t_y1 = 0.01", "b1 = 0.35"):
        assert number in words


def test_activation_marks_the_net_inputs_of_its_units() -> None:
    """Each unit with this activation is marked at its net input."""
    words = drawing_for(picture("activation", "sigmoid"), sample_filling()).alternative
    assert "net_H2 at net input \u22121.25 with activation 0.2227" in words


def test_softmax_has_no_curve() -> None:
    """An activation of several net inputs is refused with the reason."""
    with pytest.raises(UnsupportedError, match="softmax"):
        drawing_for(picture("activation", "softmax"), sample_filling())


def test_error_curve_spans_all_rounds() -> None:
    """The curve goes from before the first round to after the last."""
    words = drawing_for(picture("error_curve"), sample_filling()).alternative
    assert "0.3 after round 0" in words
    assert "after round 1000" in words
