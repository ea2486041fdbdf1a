"""Widths of table columns on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.renderers.columns import SIZES, Column, fitted


def figures(width: float) -> Column:
    return Column(natural=width, narrowest=width)


def words(width: float) -> Column:
    return Column(natural=width, narrowest=min(width, 8.0))


def test_a_narrow_table_is_left_alone() -> None:
    """What fits is set at its own width and size."""
    assert fitted([figures(5.0), words(10.0)], 40.0, 1.0) == (1.0, (None, None))


def test_words_wrap_before_the_type_shrinks() -> None:
    """A long column of words takes what the figures leave, at full size."""
    size, widths = fitted([figures(10.0), words(80.0)], 41.0, 1.0)
    assert (size, widths[0]) == (1.0, None)
    assert widths[1] == pytest.approx(30.0)


def test_figures_shrink() -> None:
    """A table of figures that is a little too wide is set smaller, in one piece."""
    assert fitted([figures(15.0)] * 3, 43.0, 1.0) == (0.9, (None, None, None))


@given(st.lists(st.one_of(st.floats(1.0, 12.0).map(figures), st.floats(1.0, 200.0).map(words)), min_size=1, max_size=6))
def test_a_table_fits_the_page(columns: list[Column]) -> None:
    """Whatever the columns, they and their gaps fill no more than the page, and none is narrower than it may be."""
    size, widths = fitted(columns, 43.0, 1.1)
    pairs = list(zip(columns, widths, strict=True))
    used = sum(column.natural if width is None else width for column, width in pairs)
    assert size in SIZES
    assert (used + 1.1 * (len(columns) - 1)) * size <= 43.0 + 1e-6
    assert all(width is None or width >= column.narrowest - 1e-9 for column, width in pairs)
