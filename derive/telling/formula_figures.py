"""Short figures for pictures: of a graph of formulas, and of arrays."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from derive.arithmetic.exact import Cut
from derive.display.tree import Slot
from derive.errors import UnknownQuantityError
from derive.formula.figures import Figure
from derive.given.formula_problem import FormulaStructure
from derive.proof.values import Proved
from derive.telling.build import blocks_of
from derive.telling.model import PICTURE_DIGITS, Document, Picture

#: Where the figures of a graph's picture stand, and their significant digits.
GRAPH_PLACE = "the-graph"


def graph_figures(structure: FormulaStructure, proved: Proved, typed: Mapping[str, Figure]) -> dict[Slot, Figure]:
    """Figures of the nodes, and of the edges whose local derivative is worked out.

    Parameters
    ----------
    structure : FormulaStructure
    proved : Proved
    typed : mapping of str to Figure
        What is given, as typed; it is shown so where it is short.
    """
    names = [*structure.givens, *(name for name, _ in structure.definitions)]
    names += dict.fromkeys(structure.edge_id(source, target) for source, target in structure.edges())
    return _short(names, GRAPH_PLACE, proved, typed)


def picture_figures(document: Document, proved: Proved, typed: Mapping[str, Figure]) -> dict[Slot, Figure]:
    """Figures of the numbers in the pictures of arrays and networks.

    Parameters
    ----------
    document : Document
    proved : Proved
    typed : mapping of str to Figure
    """
    found: dict[Slot, Figure] = {}
    for block in blocks_of(document):
        if isinstance(block, Picture) and block.kind in ("window", "heat", "lines", "unrolled", "network"):
            names = [name for table in block.grids for row in table for name in row if name]
            found |= _short(names, block.id, proved, typed)
    return found


def _short(names: Sequence[str], place: str, proved: Proved, typed: Mapping[str, Figure]) -> dict[Slot, Figure]:
    """Figures as typed where they are short, else with few digits."""
    short = Cut(digits=min(proved.cut.digits, PICTURE_DIGITS), decimals=None)
    found: dict[Slot, Figure] = {}
    for name in names:
        slot = Slot(quantity=name, place=place, role="operand")
        if name in typed and len(typed[name].digits) <= PICTURE_DIGITS + 2:
            found[slot] = typed[name]
        else:
            with contextlib.suppress(UnknownQuantityError):  # an edge on no way that is asked for has no derivative
                found[slot] = proved.figure(name, short)
    return found
