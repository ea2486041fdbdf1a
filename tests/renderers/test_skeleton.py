"""One skeleton, many fillings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.display.tree import Slot
from derive.renderers.html import html_skeleton
from derive.renderers.latex import latex_skeleton
from derive.renderers.skeleton import Holes, Skeleton, fill, without_markers
from derive.renderers.typst_ import typst_skeleton
from tests.renderers.sample import sample_document, sample_filling

SKELETONS = [html_skeleton, latex_skeleton, typst_skeleton]


def slots_only(skeleton: Skeleton, **figures: str) -> str:
    """The filled skeleton with a fixed word for every picture."""
    return fill(skeleton, sample_filling(**figures), lambda picture, filling: (f"<{picture.id}>", ""))  # type: ignore[arg-type]


@pytest.mark.parametrize("skeleton_of", SKELETONS)
def test_another_filling_changes_figures_only(skeleton_of) -> None:
    """Two fillings of one skeleton differ in their figures and in nothing else."""
    skeleton = skeleton_of(sample_document("A title"))
    first = slots_only(skeleton, net="0.337500000", long="0.082167040")
    second = slots_only(skeleton, net="1.25", long="7.75")
    assert first != second
    assert first.replace("0.337500000", "1.25").replace("0.082167040", "7.75") == second


@pytest.mark.parametrize("skeleton_of", SKELETONS)
def test_constants_hold_no_figure(skeleton_of) -> None:
    """A figure comes from the filling alone: the constant strings of a skeleton have none of it."""
    constants = "".join(part for part in skeleton_of(sample_document("A title")).parts if isinstance(part, str))
    assert "0.15" not in constants
    assert "\ue000" not in constants


@pytest.mark.parametrize("skeleton_of", SKELETONS)
def test_marks_are_shown_where_they_are_set(skeleton_of) -> None:
    """The sign of carried full figures stands where the filling sets it, and nowhere else."""
    skeleton = skeleton_of(sample_document("A title"))
    signs = re.compile(r"†|\\dag\b")
    assert len(signs.findall(slots_only(skeleton, marked=False))) == 0  # type: ignore[arg-type]
    assert len(signs.findall(slots_only(skeleton, marked=True))) == 3  # type: ignore[arg-type]


def test_a_missing_figure_is_an_error() -> None:
    """A slot without a figure is no empty place on the page."""
    holes = Holes()
    skeleton = holes.cut("a" + holes.marker(Slot(quantity="w99", place="nowhere"), "plain"))
    with pytest.raises(KeyError):
        fill(skeleton, sample_filling(), lambda picture, filling: ("", ""))


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\ue000\ue001"), max_size=20), min_size=1))
def test_cutting_keeps_every_constant(texts: list[str]) -> None:
    """Constants come out of a filled skeleton as they went in, whatever characters they hold."""
    holes = Holes()
    slot = Slot(quantity="net_H1", place="net_H1", role="result")
    skeleton = holes.cut(holes.marker(slot, "plain").join(texts))
    assert fill(skeleton, sample_filling(net="2.5"), lambda picture, filling: ("", "")) == "2.5".join(texts)


@given(st.text())
def test_user_text_makes_no_hole(text: str) -> None:
    """No text of a user can be taken for a hole."""
    holes = Holes()
    holes.marker(Slot(quantity="net_H1", place="net_H1"), "plain")
    parts = holes.cut(without_markers(f"\ue0000\ue001{text}\ue0000\ue001")).parts
    assert all(isinstance(part, str) for part in parts)
