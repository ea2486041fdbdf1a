"""Widths of table columns on paper."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derive.renderers.columns import SIZES, fitted


def test_a_narrow_table_is_left_alone() -> None:
    """What fits is set at its own width and size."""
    assert fitted([5.0, 10.0], [False, True], 40.0, 1.0) == (1.0, (None, None))


def test_words_wrap_before_the_type_shrinks() -> None:
    """A long column of words takes what the figures leave, at full size."""
    assert fitted([10.0, 80.0], [False, True], 41.0, 1.0) == (1.0, (None, 30.0))


def test_figures_shrink() -> None:
    """A table of figures that is a little too wide is set smaller, in one piece."""
    assert fitted([15.0, 15.0, 15.0], [False] * 3, 43.0, 1.0) == (0.9, (None, None, None))


@given(st.lists(st.tuples(st.floats(1.0, 200.0), st.booleans()), min_size=1, max_size=8))
def test_a_table_fits_the_page(columns: list[tuple[float, bool]]) -> None:
    """Whatever the columns, those in one piece, those that wrap and the gaps fill no more than the page."""
    natural = [width for width, _ in columns]
    size, widths = fitted(natural, [wraps for _, wraps in columns], 41.0, 1.1)
    used = sum(own if given_width is None else given_width for own, given_width in zip(natural, widths, strict=True))
    assert size in SIZES
    assert (used + 1.1 * (len(natural) - 1)) * size <= 41.0 + 1e-9
