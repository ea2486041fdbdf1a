"""One derivation for a chain of formulas or an own architecture."""

from __future__ import annotations

from derive.given.formula_problem import FormulaStructure
from derive.network.chain import derive_chain
from derive.network.derivation import Derivation
from derive.network.programs import derive_program


def derive_formulas(structure: FormulaStructure, turn: int = 1) -> Derivation:
    """Derive everything a round needs, once for all numbers.

    Parameters
    ----------
    structure : FormulaStructure
    turn : int
        From 1: which of an epoch's updates the round makes.
    """
    return derive_chain(structure) if structure.program is None else derive_program(structure, turn)
