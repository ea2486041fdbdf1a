"""Printing a drawing as SVG: inline for a page, or standing alone for Typst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from jinja2 import Template

from derive.renderers.environment import html_environment
from derive.renderers.pictures.drawing import Drawing, Label, Point, Run
from derive.renderers.pictures.text import SMALL, label_box

#: Baseline below the middle of a line, subscripts below and superscripts above the baseline, in ems.
_BASELINE, _SUBSCRIPT, _SUPERSCRIPT = 0.33, 0.2, -0.36


def print_svg(drawing: Drawing, *, standalone: bool = False, named: bool = False) -> str:
    """The drawing as an SVG element.

    Parameters
    ----------
    standalone : bool
        False: for a page, whose style sheet resolves the classes; it is no wider than its column.
        True: a file of its own in fixed colours and in a font that Typst brings along.
    named : bool
        Whether figures and shapes tell what they stand for, for the script of a live page.
    """
    return _template().render(drawing=drawing, standalone=standalone, named=named)


@cache
def _template() -> Template:
    environment = html_environment().overlay()
    environment.filters = environment.filters | {
        "short": _short,
        "run": _run,
        "pieces": _pieces,
        "baseline": lambda label: _short(label.size * _BASELINE),
        "plate": _plate,
    }
    return environment.get_template("svg/drawing.svg.j2")


def _short(number: float) -> str:
    """A coordinate to a hundredth, without trailing zeros.

    Raises
    ------
    ValueError
        If the number is not finite: a drawing is finite, and SVG readers drop such a shape without a word.
    """
    if not math.isfinite(number):
        raise ValueError(f"coordinate {number} in a drawing")
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _run(points: Sequence[Point]) -> str:
    """A line through points, each told by its way from the one before, in tenths."""
    places = [(round(10 * x), round(10 * y)) for x, y in points if _short(x + y)]
    (x, y), ways = places[0], [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places) if a != b]
    steps = (f"{_short(across / 10)},{_short(down / 10)}" for across, down in ways)
    return f"M{_short(x / 10)},{_short(y / 10)}l{' '.join(steps)}".replace(",-", "-").replace(" -", "-")


def _pieces(label: Label) -> list[tuple[Run, str, str]]:
    """Each run with the step down to its baseline from the one before, and its font size where it is small."""
    pieces, height = [], 0.0
    for run in label.runs:
        wanted = {"subscript": _SUBSCRIPT, "superscript": _SUPERSCRIPT}.get(run.style, 0.0) * label.size
        small = _short(label.size * SMALL) if run.style in ("subscript", "superscript") else ""
        pieces.append((run, _short(wanted - height) if wanted != height else "", small))
        height = wanted
    return pieces


def _plate(label: Label) -> tuple[str, str, str, str]:
    """Corner and size of the plate, in the label's own turned frame."""
    box = label_box(label, 1.0)
    across = {"start": box.half_width - 1.0, "middle": 0.0, "end": 1.0 - box.half_width}[label.anchor]
    return (
        _short(across - box.half_width),
        _short(-box.half_height),
        _short(2 * box.half_width),
        _short(2 * box.half_height),
    )
