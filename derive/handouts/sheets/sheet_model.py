"""The worksheet as data: what is given, what is asked, and how much of each line is printed. No number is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from derive.display.tree import Line, Tree
from derive.formula.figures import Figure
from derive.handouts.sheets.own_words import OwnWords
from derive.renderers.pictures.drawing import Drawing
from derive.telling.model import Table

Level = Literal[1, 2, 3, 4]
LEVELS: tuple[Level, ...] = (1, 2, 3, 4)
#: Places of slots: figures of the sheet's own problem, and of the worked example's.
SHEET, EXAMPLE = "given", "example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One figure that is asked.

    Attributes
    ----------
    number : int
        From 1.
    quantity : str
    words : str
        The quantity in words.
    line : Line
        Its symbol, and the rows that are printed: the rule, and with level 1 the line with blanks in it.
    ruled : int
        Ruled lines for the work; the figure's own blank stands at the end of the last. 0: the blank alone.
    wide : bool
        Whether it takes the whole width of a page rather than a column.
    points : int
    """

    number: int
    quantity: str
    words: str
    line: Line
    ruled: int
    wide: bool = False
    points: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A titled run of items, such as the forward pass."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example: its numbers, a line for each kind of step, and the figures in its slots."""

    numbers: Table
    lines: tuple[Line, ...]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Worksheet:
    """A sheet without numbers, the same for everyone who gets numbers of this structure.

    Attributes
    ----------
    title : str
    level : int, 1 to 4
    digits : int
        Significant digits asked.
    asked : tuple of str
    parts : tuple of Part
    numbers : Table
        What is given, with a slot for every number.
    definitions : tuple of Line
        Of a chain of formulas.
    conventions : tuple of (str, str)
    drawing : Drawing or None
        The network without numbers.
    blanks : frozenset of str
        Ids whose figures are left blank in a line.
    shown : tuple of str
        Ids that are neither given nor asked and whose figures are printed as given.
    symbols : mapping of str to Tree
        The symbol of each asked quantity, on one line.
    formulas : tuple of Line
        The formula sheet; may be empty.
    words : OwnWords
        The teacher's.
    example : Example or None
    counts : bool
        Whether all that is asked are sizes and counts, which are whole.
    """

    title: str
    level: Level
    digits: int
    asked: tuple[str, ...]
    parts: tuple[Part, ...]
    numbers: Table
    definitions: tuple[Line, ...]
    conventions: tuple[tuple[str, str], ...]
    drawing: Drawing | None
    blanks: frozenset[str]
    shown: tuple[str, ...]
    symbols: Mapping[str, Tree]
    formulas: tuple[Line, ...] = ()
    words: OwnWords = field(default_factory=OwnWords)
    example: Example | None = field(default=None)
    counts: bool = False

    @property
    def points(self) -> int:
        """Points to be had in all."""
        return sum(item.points for item in self.items)

    @property
    def items(self) -> tuple[Item, ...]:
        """All figures that are asked, in order."""
        return tuple(item for part in self.parts for item in part.items)

    @property
    def worth(self) -> str:
        """What a figure is worth, in words."""
        usual = {item.points for item in self.items}
        if len(usual) == 1:
            number = usual.pop()
            each = "each " * (len(self.asked) > 1)
            return f"{each}worth {number} point{'s' * (number != 1)}"
        return "each worth 1 point, or as many as stand in brackets beside its number"

    @property
    def columns(self) -> int:
        """How many items stand side by side on paper."""
        return 3 if self.level == 4 else 2

    @property
    def instructions(self) -> str:
        """What is to be done, in a few sentences."""
        count = len(self.asked)
        figures = "1 figure is" if count == 1 else f"{count} figures are"
        if self.counts:
            return f"{figures} asked, {self.worth}. All of them are whole numbers; write them whole."
        return (
            f"{figures} asked, {self.worth}. Give {self.digits} significant digits. Round only what you write "
            "down, or go on with the figure you wrote: both are accepted."
        )
