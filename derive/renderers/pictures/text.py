"""Text in pictures: symbols and figures as runs, and how much room they take at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Label, Run
from derive.renderers.pictures.geometry import Box, box_at

#: Size of a subscript or superscript in terms of its line.
SMALL = 0.72

#: The longest name and the longest figure a picture carries; what is longer stands in full in the table.
NAME_LIMIT = 14
DIGITS_LIMIT = 16

#: Widths in ems, above those of the Times, Libertinus and Computer Modern families.
_WIDTHS = (
    dict.fromkeys(" .,:;'|!\xa0", 0.28)
    | dict.fromkeys('fijlrt()[]I-/\\"`', 0.36)
    | dict.fromkeys("0123456789abcdeghknopqsuvxyzJ…?*$ηδ", 0.6)
    | dict.fromkeys("=−+<>×~^_FLPST", 0.7)
    | dict.fromkeys("ABCDEGHKNOQRUVXYZw&", 0.8)
)


def text_width(runs: Sequence[Run], size: float) -> float:
    """Room that runs take at a font size, rather too much than too little."""
    width = 0.0
    for run in runs:
        scale = SMALL if run.style in ("subscript", "superscript") else 1.0
        width += scale * sum(_WIDTHS.get(character, 1.0) for character in run.text)
    return width * size


def label_box(label: Label, margin: float = 0.0) -> Box:
    """The (turned) box that a label's text fills, with a margin all round.

    A line is 1.2 em high, so that subscripts and superscripts lie inside.
    """
    width = text_width(label.runs, label.size)
    ahead = {"start": width / 2, "middle": 0.0, "end": -width / 2}[label.anchor]
    return box_at(label.at, width / 2 + margin, label.size * 0.6 + margin, label.angle, ahead)


def word_runs(text: str) -> tuple[Run, ...]:
    """Upright text as it stands."""
    return (Run(text=text),)


def symbol_runs(symbol: Symbol) -> tuple[Run, ...]:
    """A symbol, its letters in italics where there is only one; names past the limit are cut with an ellipsis."""
    letters = _cut(symbol.letters, NAME_LIMIT)
    runs = [Run(text=letters, style="italic" if len(symbol.letters) == 1 else "normal")]
    if symbol.subscript:
        runs.append(Run(text=_cut(symbol.subscript, NAME_LIMIT), style="subscript"))
    if symbol.superscript:
        runs.append(Run(text=symbol.superscript, style="superscript"))
    if symbol.note:
        runs.append(Run(text=" " + symbol.note))
    return tuple(runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFigure(Figure):
    """A figure that knows whose it is: the id of its quantity."""

    of: str


def named(figure: Figure, of: str) -> NamedFigure:
    """The figure of a quantity, told by its id."""
    return NamedFigure(
        negative=figure.negative, digits=figure.digits, exponent=figure.exponent, exact=figure.exact, of=of
    )


def figure_runs(figure: Figure) -> tuple[Run, ...]:
    """A figure with a true minus sign and its power of ten; digits past the limit are cut with an ellipsis."""
    digits = ("\u2212" if figure.negative else "") + _cut(figure.digits, DIGITS_LIMIT)
    of = figure.of if isinstance(figure, NamedFigure) else ""
    if figure.exponent is None:
        return (Run(text=digits, of=of),)
    return (Run(text=f"{digits} \u00d7 10", of=of), Run(text=_signed(figure.exponent), style="superscript"))


def power_runs(exponent: int) -> tuple[Run, ...]:
    """A power of ten, as on a logarithmic axis; 1 and 10 stand as they are."""
    if exponent in (0, 1):
        return (Run(text="1" if exponent == 0 else "10"),)
    return (Run(text="10"), Run(text=_signed(exponent), style="superscript"))


def equation_runs(symbol: Symbol, value: Figure | None) -> tuple[Run, ...]:
    """``w5 = 0.40``; the symbol alone where there is no value."""
    if value is None:
        return symbol_runs(symbol)
    return (*symbol_runs(symbol), Run(text=" = "), *figure_runs(value))


def spoken_figure(value: Figure | None) -> str:
    """A figure as plain text, uncut."""
    return "" if value is None else value.ascii.replace("-", chr(0x2212))


def spoken(symbol: Symbol, value: Figure | None = None) -> str:
    """The same as plain text, uncut, for the alternative: ``w5 = 0.40``."""
    subscript = symbol.subscript if symbol.subscript.isdigit() or not symbol.subscript else "_" + symbol.subscript
    name = symbol.letters + subscript + (symbol.superscript and f"^{symbol.superscript}")
    name += symbol.note and f" {symbol.note}"
    return name if value is None else f"{name} = {spoken_figure(value)}"


def _signed(number: int) -> str:
    return str(number).replace("-", "\u2212")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
