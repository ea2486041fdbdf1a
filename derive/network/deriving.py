"""One derivation for a chain of formulas or an own architecture."""

from __future__ import annotations

from functools import lru_cache

from derive.given.formula_problem import FormulaStructure
from derive.network.chain import derive_chain
from derive.network.derivation import Derivation
from derive.network.programs import derive_program


@lru_cache(maxsize=64)
def derive_formulas(structure: FormulaStructure, turn: int = 1) -> Derivation:
    """Derive everything a round needs, once for all numbers: who asks for the same structure again is given the same.

    Parameters
    ----------
    structure : FormulaStructure
    turn : int
        From 1: which of an epoch's updates the round makes.
    """
    return derive_chain(structure) if structure.program is None else derive_program(structure, turn)
