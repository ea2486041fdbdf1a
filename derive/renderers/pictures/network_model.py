"""A network as a picture needs it: names, numbers and who is joined to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.layout import EDGE_LIMIT, shown_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An input, unit, bias or target: its symbol, its number where one is shown, and its name."""

    symbol: Symbol
    value: Figure | None = None
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A weight.

    Attributes
    ----------
    layer : int
        The layer it leads into, counted from 0.
    source, target : int
        Positions in the column before and in the layer, counted from 0.
    of : str
        Its id.
    """

    layer: int
    source: int
    target: int
    symbol: Symbol
    value: Figure | None = None
    of: str = ""


#: A layer's biases: one node shared by the layer, one a unit, or none.
Biases = Node | Sequence[Node] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """All that is drawn; ``columns`` holds the inputs and then the layers, ``edges`` and ``biases`` go by layer."""

    columns: tuple[tuple[Node, ...], ...]
    edges: tuple[tuple[Edge, ...], ...]
    biases: tuple[Biases, ...]
    targets: tuple[Node, ...]

    @property
    def rows(self) -> tuple[tuple[int | None, ...], ...]:
        """Positions of the units drawn in each column, None for an ellipsis."""
        return tuple(shown_rows(len(column)) for column in self.columns)

    def labellable(self, layer: int) -> bool:
        """Whether the edges into a layer are few enough to carry their weights."""
        full = None not in self.rows[layer] and None not in self.rows[layer + 1]
        return full and 0 < len(self.edges[layer]) <= EDGE_LIMIT
