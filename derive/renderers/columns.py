"""Widths of table columns on paper, where nothing scrolls: which are set in one line and which must wrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Sizes a table may be set in, by how much they shrink the body type.
SIZES = (1.0, 0.9, 0.8, 0.7, 0.65, 0.55)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's needs in em of its own type: on one line, and at least, with its cells on several lines."""

    natural: float
    narrowest: float


def fitted(columns: Sequence[Column], room: float, gap: float) -> tuple[float, tuple[float | None, ...]]:
    """The size a table is set in, and for each column its width where it must wrap, None where it need not.

    Parameters
    ----------
    columns : sequence of Column
    room : float
        Width of the page's text in em of the body type.
    gap : float
        Space between two columns in em.

    Returns
    -------
    size : float
        The largest of `SIZES` in which the table fits, the smallest where it fits in none.
    widths : tuple of (float or None)
        In em of that size.
    """
    between = gap * (len(columns) - 1)
    for size in SIZES:
        widths = _shared(columns, room / size - between)
        if widths is not None:
            return size, widths
    return SIZES[-1], tuple(column.narrowest if column.narrowest < column.natural else None for column in columns)


def _shared(columns: Sequence[Column], left: float) -> tuple[float | None, ...] | None:
    """Widths that fill what is left; None where even the narrowest do not fit."""
    if sum(column.natural for column in columns) <= left:
        return (None,) * len(columns)
    if sum(column.narrowest for column in columns) > left:
        return None
    # An equal limit for all columns that may wrap, raised until the table fills its room.
    low, high = 0.0, max(column.natural for column in columns)
    for _ in range(40):
        limit = (low + high) / 2
        wide = sum(_limited(column, limit) for column in columns) > left
        low, high = (low, limit) if wide else (limit, high)
    widths = [_limited(column, low) for column in columns]
    return tuple(None if width >= column.natural else width for column, width in zip(columns, widths, strict=True))


def _limited(column: Column, limit: float) -> float:
    return min(column.natural, max(column.narrowest, limit))
