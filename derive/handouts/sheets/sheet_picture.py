"""How wide the network stands on a sheet of paper, beside the givens or below them."""

from __future__ import annotations

from derive.renderers.pictures.drawing import Drawing
from derive.renderers.pictures.paper import width_on_paper

#: Widths in points: what is usual, the widest that stands beside the givens, and the width of the text.
USUAL, BESIDE, MOST = 210.0, 310.0, 504.0


def picture_width(drawing: Drawing) -> float:
    """The width of a sheet's picture in points."""
    return width_on_paper(drawing, usual=USUAL, most=MOST)
