"""What shows the quantities of a problem of any kind."""

from __future__ import annotations

from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.network.derivation import Derivation
from derive.telling.formula_document import formula_pen
from derive.telling.program_document import program_pen
from derive.telling.terms import Terms


def problem_terms(problem: AnyProblem, derivation: Derivation) -> Terms:
    """The names of a layered network, of a chain of formulas, or of an own architecture with its arrays."""
    if not isinstance(problem, FormulaProblem):
        return Terms(notation=problem.display.notation, givens=frozenset(derivation.givens))
    return (formula_pen if problem.program is None else program_pen)(problem, derivation).terms
