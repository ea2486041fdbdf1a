"""What every printer of display trees does alike: pieces, rows and lines around one format's way with a node."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from derive.display.brackets import bracketed
from derive.display.layout import SLOT_DIGITS, Piece, pieces
from derive.display.tree import Line, Slot, Tree
from derive.errors import UnsupportedError

#: What stands in a slot's place, in the format printed: a marker, or a figure.
SlotText = Callable[[Slot], str]

#: Relation signs a formula may hold.
RELATIONS = ("=", "≈", "≠", "<", ">", "≤", "≥", "≪", "≫", "→", "←", "↦", "⇒", "∈", "≡", "∝")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedRow:
    """One right-hand side, printed.

    Attributes
    ----------
    relation : str
        The sign before it; on its own, it needs the spacing of a relation from its surroundings.
    chunks : tuple of str
        Pieces between which a line may break; each is inline mathematics on its own, its sign leading.
    alternatives : tuple of str
        For each chunk the same in plain text, escaped for a string or attribute of the format.
    relation_alternative : str
        The relation in plain text, likewise.
    """

    relation: str
    chunks: tuple[str, ...]
    alternatives: tuple[str, ...]
    relation_alternative: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """A line, printed; `mark` is what its mark slot prints as, None where the line has none."""

    left: str
    left_alternative: str
    rows: tuple[PrintedRow, ...]
    mark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer(ABC):
    """Prints trees in one format; pure, so that what it gives are constants around what the slots give.

    Attributes
    ----------
    slot : callable
        Gives the text of a slot. It may be asked for a slot with a stricter `wrap` than the tree's, where the
        layout on one line needs it.
    spoken : callable or None
        The same inside text alternatives; None for the same as `slot`.
    slot_digits : int
        Characters a slot's figure is expected to take, for the decision where to break.
    """

    slot: SlotText
    spoken: SlotText | None = None
    slot_digits: int = SLOT_DIGITS

    def tree(self, tree: Tree) -> str:
        """The whole tree, unbroken, as inline mathematics."""
        return self._node(bracketed(tree))

    def chunks(self, tree: Tree) -> tuple[str, ...]:
        """The tree in pieces between which a line may break."""
        return tuple(self._piece(piece) for piece in pieces(tree, self.slot_digits))

    def line(self, line: Line) -> PrintedLine:
        """A line with all its rows."""
        return PrintedLine(
            left=self.tree(line.left),
            left_alternative=self.alternative(line.left),
            rows=tuple(self._row(row.relation, row.tree) for row in line.rows),
            mark=None if line.mark is None else self.slot(line.mark),
        )

    def alternative(self, tree: Tree) -> str:
        """The tree as plain text, escaped for a string or attribute of the format."""
        return self._plain().tree(tree)

    def sign(self, relation: str | Slot) -> str:
        """A relation sign; one that hangs on the figures is a slot."""
        return self.slot(relation) if isinstance(relation, Slot) else self._relation(checked_relation(relation))

    @abstractmethod
    def _node(self, tree: Tree) -> str:
        """A tree that has all its brackets."""

    @abstractmethod
    def _piece(self, piece: Piece) -> str:
        """A piece as inline mathematics on its own."""

    @abstractmethod
    def _relation(self, sign: str) -> str:
        """A relation sign."""

    @abstractmethod
    def _plain(self) -> Printer:
        """The printer of text alternatives."""

    def _row(self, relation: str | Slot, tree: Tree) -> PrintedRow:
        plain = self._plain()
        return PrintedRow(
            relation=self.sign(relation),
            chunks=self.chunks(tree),
            alternatives=plain.chunks(tree),
            relation_alternative=plain.sign(relation),
        )


def checked_relation(sign: str) -> str:
    """The sign itself.

    Raises
    ------
    UnsupportedError
        If it is none of `RELATIONS`.
    """
    if sign not in RELATIONS:
        raise UnsupportedError(f"no printer has the relation sign {sign[:20]!r}; known: {' '.join(RELATIONS)}")
    return sign
