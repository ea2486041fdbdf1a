"""The document as data: sections of blocks, free of numbers and of any output format.

Numbers, marks and pictures enter through slots when a renderer is given a filling.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from derive.display.tree import Line, Tree
from derive.formula.expression import Expression

#: Running text: strings and inline mathematics in reading order. Strings are plain text, never markup.
Text = tuple[str | Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One or more displayed lines without a step of their own."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A boxed remark: "note" for a convention, "warning" for a place where readers go wrong."""

    kind: Literal["note", "warning"]
    title: str
    blocks: tuple[Paragraph | Formula, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the explanation: a quantity, or a matrix of them, worked out as symbols = numbers = value.

    Attributes
    ----------
    id : str
        Unique in the document, and the anchor of its link: the id of its quantity, or that behind the name of a
        view where the same quantity is worked out a second time.
    quantity : str or None
        The id of the quantity it works out; None for a line in matrices.
    rule : str
        Key of the rule applied, such as ``net_input`` or ``sum_over_paths``.
    title : Text
    uses : tuple of str
        Ids of the quantities in the substituted line; each is given or stands in an earlier step.
    line : Line
        Left-hand side; rows of symbols; the row of numbers; the value.
    explanation : Text
        Why, in a sentence or two; may be empty.
    working : tuple of Line
        How the symbols are found, line by line; may be empty.
    formula : Expression or None
        What the substituted row says, in terms of ``uses``, so that the row can be recomputed; None for a bare value.
    entries : tuple of (str, Expression)
        For a line in matrices: each quantity printed in its result and the formula that gives it.
    alike : "", "line" or "table"
        Whether it is worked as one above: then its line alone is printed, or not even that, since a table below has
        it; a page folds it.
    number : int
        That of its equation, where they are numbered; else 0.
    """

    id: str
    quantity: str | None
    rule: str
    title: Text
    uses: tuple[str, ...]
    line: Line
    explanation: Text = ()
    working: tuple[Line, ...] = ()
    formula: Expression | None = None
    entries: tuple[tuple[str, Expression], ...] = ()
    alike: Literal["", "line", "table"] = ""
    number: int = 0

    @property
    def worked(self) -> tuple[tuple[str, Expression], ...]:
        """What it works out: quantities and the formulas that give them; empty for a bare value."""
        if self.quantity is not None and self.formula is not None:
            return ((self.quantity, self.formula),)
        return self.entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose cells are running text; ``align`` has one of "l", "r", "c" a column. ``header`` may be empty.

    A ``folded`` one is for looking things up: a page shows it when its caption is opened; not ``on_paper``, it is
    left out where nothing can be opened. Its figures have ``figure_digits`` characters at most, column by column where
    they differ; 0 where that is not known.
    """

    id: str
    caption: Text
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    align: str
    folded: bool = False
    on_paper: bool = True
    figure_digits: int | tuple[int, ...] = 0


#: Significant digits of the figures in pictures of formulas and arrays, where there is little room.
PICTURE_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture drawn when numbers are there: the network, a graph of formulas, an activation's curve, the error curve.

    ``subject`` says which one of its kind, such as the activation's name; ``alternative`` is its text alternative.
    Of arrays ``grids`` holds what is drawn, table by table: ids of quantities, or words. On paper so many blocks
    before it stand ``beside`` it, where there is room.
    """

    id: str
    kind: Literal["network", "graph", "activation", "error_curve", "window", "heat", "lines", "layers", "unrolled"]
    subject: str
    caption: Text
    alternative: str
    grids: tuple[tuple[tuple[str, ...], ...], ...] = ()
    beside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A sentence, and what must be proved of the figures for it to be said: quantities and the sign that each has."""

    holds: tuple[tuple[str, Literal[1, -1]], ...]
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the figures mean: the first of several sentences that is proved to hold; where none is, nothing is said.

    ``chosen`` is its place once figures are there.
    """

    id: str
    cases: tuple[Case, ...]
    chosen: int | None = None


Block = Paragraph | Formula | Remark | Step | Table | Picture | Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled run of blocks; ``subsections`` hold the parts of a long one. ``id`` is the anchor of its link."""

    id: str
    title: Text
    blocks: tuple[Block, ...] = ()
    subsections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole worked solution, ready to be filled and rendered."""

    name: str
    title: str
    language: str = "en"
    sections: tuple[Section, ...] = field(default=())
