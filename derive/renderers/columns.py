"""Widths of table columns on paper, where nothing scrolls: which are set in one line and which must wrap."""

from __future__ import annotations

from collections.abc import Sequence

#: Sizes a table may be set in, by how much they shrink the body type.
SIZES = (1.0, 0.9, 0.8, 0.7)

#: A column of words is no narrower, in em.
_NARROWEST = 8.0


def fitted(
    natural: Sequence[float], wrappable: Sequence[bool], room: float, gap: float
) -> tuple[float, tuple[float | None, ...]]:
    """The size a table is set in, and for each column its width where it must wrap, None where it need not.

    Parameters
    ----------
    natural : sequence of float
        Widths of the columns' widest cells in em.
    wrappable : sequence of bool
        Whether a column holds words, which may stand on several lines.
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
    columns = range(len(natural))
    for size in SIZES:
        left = room / size - gap * (len(natural) - 1)
        if sum(natural) <= left:
            return size, (None,) * len(natural)
        words = [column for column in columns if wrappable[column]]
        share = _share(natural, words, left)
        if share is not None:
            return size, tuple(share if column in words and natural[column] > share else None for column in columns)
    # Nothing fits in one piece: columns share the room, and their formulas break where they may.
    share = _share(natural, list(columns), left) or max(left / len(natural), 1.0)
    return size, tuple(share if width > share else None for width in natural)


def _share(natural: Sequence[float], wrapping: list[int], left: float) -> float | None:
    """The width that lets the wrapping columns fit beside the others; None where it would be too narrow for words."""
    others = sum(width for column, width in enumerate(natural) if column not in wrapping)
    waiting = sorted(natural[column] for column in wrapping)
    room = left - others
    # The narrowest columns keep their width as long as it is less than an equal share.
    while waiting and waiting[0] <= room / len(waiting):
        room -= waiting.pop(0)
    if not waiting:
        return None
    share = room / len(waiting)
    return share if share >= _NARROWEST else None
