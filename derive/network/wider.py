"""Derivatives that nobody asked for in the file: any value by any given or value before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem_file import problem_mapping
from derive.network.deriving import derive_formulas
from derive.network.programs import taken_apart


def with_derivatives(problem: AnyProblem, ids: Iterable[str]) -> AnyProblem:
    """The problem with those of some ids worked as well that are derivatives of its names and that it has not yet.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    ids : iterable of str
        As somebody wrote them; what is no such derivative is left to whoever looks it up.
    """
    if not isinstance(problem, FormulaProblem):
        return problem
    names = dict.fromkeys(each.strip().partition("@")[0] for each in ids if "/" in each)
    known = derive_formulas(problem.structure).ids if names else frozenset()
    unknown = [name for name in names if name not in known]
    if not unknown:
        return problem
    whole = problem if problem.program is not None else _as_program(problem)
    wanted = [name for name in unknown if _is_derivative(whole, name)]
    return replace(whole, also=tuple(wanted)) if wanted else problem


def _as_program(problem: FormulaProblem) -> FormulaProblem:
    """A plain chain told as an own architecture, which works any derivative."""
    from derive.given.program.architecture import architecture_from  # needs NumPy

    return architecture_from(problem_mapping(problem), problem.name)


def _is_derivative(problem: FormulaProblem, name: str) -> bool:
    try:
        taken_apart(problem.structure, name)
    except UnsupportedError:
        return False
    return True
