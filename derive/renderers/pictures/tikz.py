"""Printing a drawing as a tikzpicture for pdflatex with TikZ alone."""

from __future__ import annotations

import math
from functools import cache

from jinja2 import Template

from derive.renderers.environment import escape_latex, latex_environment
from derive.renderers.pictures.drawing import Drawing, Label, Point, Run
from derive.renderers.pictures.paper import width_on_paper
from derive.renderers.pictures.text import label_box

#: Sizes in which the base fonts exist; any other would be replaced with a warning.
_FONT_SIZES = (5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.95, 12.0)
#: A drawing's point in TeX points at most: its text then has the size of the text around it.
_LARGEST_SCALE = 0.66
_BASELINE = 0.33


def print_tikz(drawing: Drawing, *, width: float = 430.0, most: float = 466.0) -> str:
    """The drawing as a tikzpicture environment in ASCII; of packages the preamble needs ``tikz`` only.

    Parameters
    ----------
    width, most : float
        The room that it has, and what it may take where its text would be too small to read, in TeX points.
    """
    usual = min(_LARGEST_SCALE * drawing.width, width)
    scale = width_on_paper(drawing, usual=usual, most=most) / drawing.width
    return _template().render(drawing=drawing, scale=scale)


@cache
def _template() -> Template:
    environment = latex_environment().overlay()
    environment.filters = environment.filters | {
        "point": _point,
        "short": _short,
        "font": _font,
        "runs": lambda label: "".join(_run(run) for run in label.runs),
        "foot": _foot,
        "plate": lambda label: " -- ".join(_point(corner) for corner in label_box(label, 1.0).corners),
    }
    return environment.get_template("latex/drawing.tex.j2")


def _short(number: float) -> str:
    if not math.isfinite(number):
        raise ValueError(f"coordinate {number} in a drawing")
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _point(point: Point) -> str:
    return f"({_short(point[0])},{_short(point[1])})"


def _font(label: Label, scale: float) -> str:
    """The largest size there is that is not larger than the label's, with its line height."""
    wanted = label.size * scale
    size = max((size for size in _FONT_SIZES if size <= wanted + 0.05), default=_FONT_SIZES[0])
    return rf"\fontsize{{{_short(size)}}}{{{_short(1.2 * size)}}}\selectfont"


def _foot(label: Label) -> str:
    """The anchor's point on the baseline: below the middle of the line, across the text's direction."""
    across, down = -math.sin(math.radians(label.angle)), math.cos(math.radians(label.angle))
    distance = _BASELINE * label.size
    return _point((label.at[0] + across * distance, label.at[1] + down * distance))


def _run(run: Run) -> str:
    text = escape_latex(run.text)
    # TeX drops a space after a command and at the start of a node.
    text = text.replace(" ", "~")
    match run.style:
        case "normal":
            return text
        case "italic":
            return f"${text}$" if len(run.text) == 1 and run.text.isascii() and run.text.isalpha() else _slanted(text)
        case "subscript":
            return rf"\textsubscript{{{text}}}"
        case "superscript":
            return rf"\textsuperscript{{{text}}}"


def _slanted(text: str) -> str:
    return text if text.startswith("$") else rf"\textit{{{text}}}"
