"""Short figures for the picture of a graph of formulas."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from derive.arithmetic.exact import Cut
from derive.display.tree import Slot
from derive.errors import UnknownQuantityError
from derive.formula.figures import Figure
from derive.given.formula_problem import FormulaStructure
from derive.proof.values import Proved

#: Where the figures of a graph's picture stand, and their significant digits.
GRAPH_PLACE = "the-graph"
_DIGITS = 4


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
    short = Cut(digits=min(proved.cut.digits, _DIGITS), decimals=None)
    found: dict[Slot, Figure] = {}
    for name in names:
        slot = Slot(quantity=name, place=GRAPH_PLACE, role="operand")
        if name in typed and len(typed[name].digits) <= _DIGITS + 2:
            found[slot] = typed[name]
        else:
            with contextlib.suppress(UnknownQuantityError):  # an edge on no way that is asked for has no derivative
                found[slot] = proved.figure(name, short)
    return found
