"""How wide a picture stands on paper: no text in it below 8 points, no index below 6."""

from __future__ import annotations

from derive.renderers.pictures.drawing import Drawing, Label
from derive.renderers.pictures.text import SMALL

SMALLEST, SMALLEST_INDEX = 8.0, 6.0


def smallest_sizes(drawing: Drawing) -> tuple[float, float]:
    """The smallest size of text in a drawing, and of an index, in its own units; infinite where there is none."""
    labels = [shape for shape in drawing.shapes if isinstance(shape, Label)]
    raised = [label for label in labels if any(run.style in ("subscript", "superscript") for run in label.runs)]
    text = min((label.size for label in labels), default=float("inf"))
    return text, min((SMALL * label.size for label in raised), default=float("inf"))


def width_on_paper(drawing: Drawing, *, usual: float, most: float) -> float:
    """The width in points at which everything can be read, if it is not wider than ``most``.

    Parameters
    ----------
    drawing : Drawing
    usual : float
        The width that it has where that is enough.
    most : float
        The room there is.
    """
    text, index = smallest_sizes(drawing)
    needed = drawing.width * max(SMALLEST / text, SMALLEST_INDEX / index)
    return min(max(usual, needed), most)
