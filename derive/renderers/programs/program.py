"""A problem as a program in plain NumPy or PyTorch, with nothing of derive in it."""

from __future__ import annotations

from collections.abc import Callable

from derive.formula.numpy_source import Library
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.network.derivation import Derivation
from derive.renderers.programs.chain import chain_program
from derive.renderers.programs.layers import layered_program


def render_program(
    problem: AnyProblem, derivation_of_turn: Callable[[int], Derivation], rounds: int, library: Library
) -> str:
    """The program, the same text on every run.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    derivation_of_turn : callable
        Of a chain of formulas, what its program works out in each of an epoch's updates, from 1.
    rounds : int
        How many rounds it trains; at least the first is worked where there is anything to train.
    library : "np" or "torch"

    Raises
    ------
    UnsupportedError
        If the library cannot do what the problem's update does.
    """
    if isinstance(problem, FormulaProblem):
        trained = derivation_of_turn(1).trained
        return chain_program(problem, derivation_of_turn, max(1, rounds) if trained else 0, library)
    return layered_program(problem, max(1, rounds), library)
