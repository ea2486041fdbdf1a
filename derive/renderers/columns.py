"""Widths of table columns on paper, where nothing scrolls: which are set in one line and which must wrap."""

from __future__ import annotations

from collections.abc import Sequence

#: Sizes a table may be set in, by how much they shrink the body type.
SIZES = (1.0, 0.9, 0.8, 0.7)


def fitted(natural: Sequence[float], room: float, gap: float) -> tuple[float, tuple[float | None, ...]]:
    """The size a table is set in, and for each column its width where it must wrap, None where it need not.

    Parameters
    ----------
    natural : sequence of float
        Widths of the columns' widest cells in em.
    room : float
        Width of the page's text in em of the body type.
    gap : float
        Space between two columns in em.

    Returns
    -------
    size : float
        One of `SIZES`.
    widths : tuple of (float or None)
        In em of that size.
    """
    between = gap * (len(natural) - 1)
    for size in SIZES[:3]:
        if sum(natural) + between <= room / size:
            return size, (None,) * len(natural)
    size = SIZES[1] if len(natural) <= 6 else SIZES[3]
    left = max(room / size - between, len(natural) * 1.0)
    wrapped: set[int] = set()
    # Columns give in from the widest on, until those that wrap share what the others leave.
    for index in sorted(range(len(natural)), key=lambda column: -natural[column]):
        wrapped.add(index)
        rest = left - sum(width for column, width in enumerate(natural) if column not in wrapped)
        share = rest / len(wrapped)
        narrower = [natural[column] for column in range(len(natural)) if column not in wrapped]
        if share >= max(narrower, default=0.0):
            break
    return size, tuple(share if column in wrapped else None for column in range(len(natural)))
