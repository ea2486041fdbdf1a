"""A network as a picture needs it: names, numbers and who is joined to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Run
from derive.renderers.pictures.layout import EDGE_LIMIT, shown_rows
from derive.renderers.pictures.text import equation_runs, figure_runs, symbol_runs, text_width

#: Sizes of names in circles, and of numbers under them; radii of circles without numbers and with them.
NAME_SIZE, VALUE_SIZE = 19.0, 15.0
_RADIUS, _WIDE = 26.0, 36.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An input, unit, bias or target: its symbol, its number where one is shown, its name, and whether it is lit."""

    symbol: Symbol
    value: Figure | None = None
    of: str = ""
    lit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A weight, and what stands on its edge; without a symbol the number alone does, and without both nothing.

    Attributes
    ----------
    layer : int
        The layer it leads into, counted from 0.
    source, target : int
        Positions in the column before and in the layer, counted from 0.
    of : str
        Its id.
    size : float
        How wide it is drawn, from 0 to 1, where its width says how large its number is; ``sized`` is the id of that.
    lit : bool
    """

    layer: int
    source: int
    target: int
    symbol: Symbol | None = None
    value: Figure | None = None
    of: str = ""
    size: float | None = None
    sized: str = ""
    lit: bool = False

    @property
    def runs(self) -> tuple[Run, ...]:
        """What stands on it."""
        if self.symbol is None:
            return figure_runs(self.value) if self.value is not None else ()
        return equation_runs(self.symbol, self.value)


#: A layer's biases: one node shared by the layer, one a unit, or none.
Biases = Node | Sequence[Node] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All that is drawn; ``columns`` holds the inputs and then the layers, ``edges`` and ``biases`` go by layer.

    ``backward`` says whether its numbers were worked from the error back.
    """

    columns: tuple[tuple[Node, ...], ...]
    edges: tuple[tuple[Edge, ...], ...]
    biases: tuple[Biases, ...]
    targets: tuple[Node, ...]
    backward: bool = False

    @property
    def counted(self) -> bool:
        """Whether units have numbers."""
        return any(node.value for column in self.columns[1:] for node in column)

    @property
    def radius(self) -> float:
        """Of every circle: larger where numbers stand in them."""
        return _WIDE if self.counted else _RADIUS

    def in_circle(self, number: int, node: Node) -> list[tuple[tuple[Run, ...], float]]:
        """What of a unit stands in its circle, with its size: its name and its number, as far as there is room.

        ``number`` is that of its column; the numbers of inputs come in from the left.
        """
        name = symbol_runs(node.symbol)
        value = figure_runs(node.value) if number and node.value is not None else ()
        room = 2 * self.radius
        texts = [(name, NAME_SIZE)] if text_width(name, NAME_SIZE) <= room - 6 else []
        if value and self.counted and text_width(value, VALUE_SIZE) <= room - 10:
            texts.append((value, VALUE_SIZE))
        return texts

    @property
    def rows(self) -> tuple[tuple[int | None, ...], ...]:
        """Positions of the units drawn in each column, None for an ellipsis."""
        return tuple(shown_rows(len(column)) for column in self.columns)

    def labellable(self, layer: int) -> bool:
        """Whether the edges into a layer are few enough to carry their weights."""
        full = None not in self.rows[layer] and None not in self.rows[layer + 1]
        return full and 0 < len(self.edges[layer]) <= EDGE_LIMIT
