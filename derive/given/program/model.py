"""A program: arrays of numbers and what is worked from them, statement by statement, with a name for each number.

The statements keep the texts as typed, for the core that works them with NumPy and never sees a formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from derive.given.program.places import Place

#: A key of an array: its name, step of time and sample.
Key = tuple[str, int | None, int | None]
#: Where a line is worked: the array, and what the names of its formula stand for there.
Site = tuple[Key, Mapping[str, Key]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An array of named numbers.

    Attributes
    ----------
    key : (str, int or None, int or None)
        Name, step of time, sample.
    shape : tuple of int
    ids : tuple of str
        Row by row; empty where no number stands: where two layers are not connected. A shared one stands several times.
    title, why : str
        Words for the page; may be empty.
    text : str
        The formula as typed; empty where it is given.
    names : tuple of (str, tuple of Key)
        What each name in the text stands for; several keys where it is taken at all steps or in all samples.
    path : str
        Where it stands in the file.
    """

    key: Key
    shape: tuple[int, ...]
    ids: tuple[str, ...]
    title: str = ""
    why: str = ""
    text: str = ""
    names: tuple[tuple[str, tuple[Key, ...]], ...] = ()
    path: str = ""

    @property
    def name(self) -> str:
        """The name of the array."""
        return self.key[0]

    @property
    def own(self) -> tuple[str, ...]:
        """The ids of its numbers, each once."""
        return tuple(dict.fromkeys(filter(None, self.ids)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeRow:
    """What is counted of a layer, or of all together: ids of its sizes, of its parameters and its multiplications."""

    layer: str
    sizes: tuple[str, ...]
    parameters: str = ""
    multiplications: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A mistake at one line of a text.

    Attributes
    ----------
    id : str
    at : tuple of str
        The line; of names that are held, all lines that hold them.
    texts : tuple of str
        Wrong formulas for it, each another way of making the mistake.
    back : bool
        Whether the line itself is right, and its slopes alone are those of the wrong formulas.
    held : tuple of str
        Names that the way back takes for constants in this line.
    says, advice : str
        What was done, to follow "consistent with"; and what to do instead. Empty where the catalogue has the words.
    """

    id: str
    at: tuple[str, ...]
    texts: tuple[str, ...] = ()
    back: bool = False
    held: tuple[str, ...] = ()
    says: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLine:
    """A named mistake of a layer, wherever its line is worked.

    Attributes
    ----------
    named : Named
        Its formulas with all options put in.
    sites : tuple of Site
    kind : str
        The kind of step in the catalogue.
    """

    named: Named
    sites: tuple[Site, ...]
    kind: str


@dataclass(frozen=True, kw_only=True)
class Program:
    """All arrays, given and worked out, in working order.

    Attributes
    ----------
    given, worked : tuple of Block
    places : mapping of str to Place
        What each id says.
    shapes : tuple of ShapeRow
        Inputs, layers and all together, where sizes are counted.
    wrong : tuple of WrongLine
        Mistakes that its layers name.
    """

    given: tuple[Block, ...]
    worked: tuple[Block, ...]
    places: Mapping[str, Place] = field(repr=False)
    shapes: tuple[ShapeRow, ...] = ()
    wrong: tuple[WrongLine, ...] = field(default=(), repr=False)

    @cached_property
    def by_key(self) -> dict[Key, Block]:
        """All arrays."""
        return {block.key: block for block in (*self.given, *self.worked)}

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """The array of each number, by its id."""
        return {name: block for block in (*self.given, *self.worked) for name in block.own}

    @cached_property
    def counted(self) -> frozenset[str]:
        """The ids of all sizes and counts."""
        rows = ((*row.sizes, row.parameters, row.multiplications) for row in self.shapes)
        return frozenset(name for row in rows for name in row)

    def __hash__(self) -> int:
        return hash((self.given, self.worked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What leaves a layer: the name of an array, at one time or at all of them."""

    name: str
    series: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A layer as it was made: its recipe (None: dense), the keys of its arrays, its options, its input's indices."""

    recipe: Mapping[str, Any] | None
    arrays: Mapping[str, Key]
    options: Mapping[str, str]
    dims: int
