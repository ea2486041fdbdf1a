"""One skeleton, many fillings: a document printed once, as constant strings with holes between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal

from derive.display import numerals
from derive.display.tree import Slot, Wrap
from derive.formula.figures import Figure
from derive.given.problem_file import problem_text
from derive.telling.filling import Filling
from derive.telling.model import Picture

#: What a hole is filled with: a figure or sign in a format's mathematics, the same in plain text for text
#: alternatives; a drawn picture, or what its caption says is left out of it; the problem file, as text or as text of
#: HTML; or the data of a live page's script.
Flavour = Literal[
    "mathml", "latex", "typst", "plain", "markdown", "picture", "left out", "problem", "problem html", "live data"
]
#: A picture, and what follows its caption, both in one format.
Draw = Callable[[Picture, Filling], tuple[str, str]]

_OPEN, _CLOSE = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """What keeps room after a figure, so that it stands with its decimal point below those of its ``column``."""

    slot: Slot
    column: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A place that a filling closes; the problem file and a script's data are no part of the document: no ``what``."""

    what: Slot | Picture | Padding | None
    flavour: Flavour


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """A printed document with holes.

    Attributes
    ----------
    holes : tuple of Hole
        Each once.
    parts : tuple of (str or int)
        Constant strings, and positions in `holes`, in reading order.
    """

    holes: tuple[Hole, ...]
    parts: tuple[str | int, ...]

    def joined(self, texts: Sequence[str]) -> str:
        """The document with a text in each hole, in the order of `holes`."""
        return "".join([part if isinstance(part, str) else texts[part] for part in self.parts])


@dataclass(slots=True, kw_only=True)
class Holes:
    """Gives out markers while a document is printed, and cuts the printed text at them."""

    numbers: dict[Hole, int] = field(default_factory=dict)

    def marker(self, what: Slot | Picture | Padding | None, flavour: Flavour) -> str:
        """What stands in the hole's place until the text is cut; it survives every escaping filter unharmed."""
        number = self.numbers.setdefault(Hole(what=what, flavour=flavour), len(self.numbers))
        return f"{_OPEN}{number}{_CLOSE}"

    def slot(self, flavour: Flavour) -> Callable[[Slot], str]:
        """What a printer asks for the text of a slot."""
        return lambda slot: self.marker(slot, flavour)

    def cut(self, printed: str) -> Skeleton:
        """The skeleton that a printed text is."""
        parts: list[str | int] = []
        for index, part in enumerate(re.split(f"{_OPEN}([0-9]{{1,9}}){_CLOSE}", printed)):
            if index % 2:
                parts.append(int(part))
            elif part:
                parts.append(part)
        return Skeleton(holes=tuple(self.numbers), parts=tuple(parts))


def without_markers(text: str) -> str:
    """User text without the two characters that markers are made of."""
    return text.replace(_OPEN, "\N{REPLACEMENT CHARACTER}").replace(_CLOSE, "\N{REPLACEMENT CHARACTER}")


def fill(skeleton: Skeleton, filling: Filling, draw: Draw, data: str = "") -> str:
    """The document with every hole closed.

    Parameters
    ----------
    skeleton : Skeleton
    filling : Filling
    draw : callable
        Prints a picture in the skeleton's format; and what is left out of it, as `left_out` has it.
    data : str
        Of a live page's script.

    Raises
    ------
    KeyError
        If the filling has no figure or relation for a slot of the document.
    """
    pictures = dict.fromkeys(hole.what for hole in skeleton.holes if isinstance(hole.what, Picture))
    drawn = {picture: draw(picture, filling) for picture in pictures}
    texts: list[str] = []
    for hole in skeleton.holes:
        match hole.what:
            case None if hole.flavour == "live data":
                texts.append(data)
            case None:
                text = problem_text(filling.problem)
                texts.append(escape(text, quote=False) if hole.flavour == "problem html" else text)
            case Picture():
                texts.append(drawn[hole.what][hole.flavour == "left out"])
            case Padding():
                texts.append(_PADDINGS[hole.flavour].format(_missing(hole.what, filling)))
            case Slot():
                texts.append(slot_text(hole.what, filling, hole.flavour))
    return skeleton.joined(texts)


def _missing(padding: Padding, filling: Filling) -> str:
    """The signs that a figure has fewer after its decimal point than the longest of its column, the point included."""
    tails = {slot: _tail(figure_of(slot, filling)) for slot in padding.column}
    longest, own = max(each or 0 for each in tails.values()), tails[padding.slot]
    if own is None or own == longest:
        return ""
    return "0" * (longest - own) if own else "." + "0" * (longest - 1)


def _tail(figure: Figure) -> int | None:
    """How many signs stand from the decimal point on; None for a figure with a power of ten."""
    point = figure.digits.find(".") if "." in figure.digits else figure.digits.find(",")
    return None if figure.exponent is not None else len(figure.digits) - point if point >= 0 else 0


#: Room of the width of so many signs, which nobody sees.
_PADDINGS: Mapping[Flavour, str] = {
    "mathml": '<span class="pad">{}</span>', "latex": "$\\phantom{{{}}}$", "typst": "#hide[{}]",
}  # fmt: skip


def slot_text(slot: Slot, filling: Filling, flavour: Flavour) -> str:
    """A slot's figure, relation or mark in one flavour; an unset mark is empty."""
    match slot.role:
        case "mark":
            return _MARKS[flavour] if slot in filling.marks else ""
        case "relation":
            return _RELATIONS[flavour][filling.relations[slot]]
        case "operand" | "result" | "given":
            return _FIGURES[flavour](figure_of(slot, filling), slot.wrap)


def slot_mark(flavour: Flavour) -> str:
    """How a set mark is printed."""
    return _MARKS[flavour]


def figure_of(slot: Slot, filling: Filling) -> Figure:
    """The figure of a slot; on one line a printer may wrap a slot more strictly than the document does.

    Raises
    ------
    KeyError
        If the filling has none.
    """
    figure = filling.figures.get(slot)
    wraps: tuple[Wrap, ...] = ("signed", "bare", "tight")
    others = (filling.figures.get(replace(slot, wrap=wrap)) for wrap in wraps)
    found = figure or next((other for other in others if other), None)
    if found is None:
        raise KeyError(slot)
    return found


_FIGURES: Mapping[Flavour, Callable[..., str]] = {
    "mathml": numerals.mathml,
    "latex": numerals.latex,
    "typst": numerals.typst,
    "plain": numerals.plain,
    "markdown": numerals.latex,
}

_RELATIONS: Mapping[Flavour, Mapping[str, str]] = {
    "mathml": {"=": '<mo form="infix">=</mo>', "≈": '<mo form="infix">≈</mo>'},
    "latex": {"=": "=", "≈": r"\approx"},
    "typst": {"=": "=", "≈": "approx"},
    "plain": {"=": "=", "≈": "≈"},
    "markdown": {"=": "=", "≈": r"\approx"},
}

#: Marks stand outside mathematics, as running text of the format; in Markdown's displays, where there is no outside,
#: on an empty base, so that they meet no exponent.
_MARKS: Mapping[Flavour, str] = {
    "mathml": '<sup class="mark" title="worked with full figures">†</sup>',
    "latex": r"\textsuperscript{\dag}",
    "typst": "#super[†]",
    "plain": "†",
    "markdown": r"{}^{\dagger}",
}
