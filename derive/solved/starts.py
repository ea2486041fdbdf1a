"""Training from many starts at once: the same problem, other initial parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from derive.arithmetic.array_code import ArrayRounds, compile_array_rounds
from derive.arithmetic.code import ARRAYS, compile_quantities
from derive.arithmetic.exact import as_float
from derive.errors import UnknownQuantityError, UnsupportedError
from derive.given.naming import updated_id
from derive.given.problem import Problem
from derive.proof.crosscheck import derivations
from derive.proof.values import givens_of
from derive.telling.training import milestones

#: Variants worked together: their arrays fit the cache, and NumPy's cost of a call is spread over them.
CHUNK = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyTrainings:
    """What became of many starts.

    Attributes
    ----------
    names : tuple of str
        Ids of the trained parameters, in the order of the columns of ``parameters``.
    parameters : array, shape (variants, parameters)
        After the last round; nan or inf where a training diverged.
    recorded : tuple of int
        The rounds whose errors are kept.
    errors : array, shape (variants, recorded rounds)
        E_total after so many rounds.
    """

    names: tuple[str, ...]
    parameters: NDArray[np.float64]
    recorded: tuple[int, ...]
    errors: NDArray[np.float64]


def train_many(
    problem: Problem,
    starts: ArrayLike | Mapping[str, ArrayLike],
    *,
    rounds: int,
    recorded: tuple[int, ...] | None = None,
) -> ManyTrainings:
    """Train one problem from many starts, in floats, by the formulas of its derivation.

    Parameters
    ----------
    problem : Problem
    starts : array, shape (variants, parameters), or mapping of str to array, shape (variants,)
        Initial values of the trained parameters in the order of `ManyTrainings.names`; or by id, those left out
        being as the problem gives them.
    rounds : int, 0 or more
    recorded : tuple of int or None
        Rounds whose errors are kept, 0 to ``rounds``; None for 0, the powers of ten, and the last.

    Raises
    ------
    UnknownQuantityError
        If an id is no trained parameter.
    UnsupportedError
        If the shapes do not fit, if there is nothing to train, or if the problem carries rounded figures.
    """
    if problem.display.carry == "rounded":
        raise UnsupportedError("rounded figures are carried in one training at a time; use carry = full")
    if rounds < 0:
        raise UnsupportedError(f"{rounds} rounds: 0 or more are allowed")
    kept = tuple(sorted(set(milestones(rounds) if recorded is None else recorded)))
    if kept and not 0 <= kept[0] <= kept[-1] <= rounds:
        raise UnsupportedError(f"recorded rounds from 0 to {rounds} are allowed")
    run = _Run(problem)
    columns = _columns(starts, run.names, run.numbers)
    parameters = np.empty_like(columns)
    errors = np.empty((columns.shape[1], len(kept)))
    for start in range(0, columns.shape[1], CHUNK):
        part = slice(start, start + CHUNK)
        state = tuple(np.ascontiguousarray(column[part]) for column in columns)
        # A training that diverges shows as inf or nan in the result; it is no reason for a warning about the others.
        with np.errstate(all="ignore"):
            reached = 0
            for place, number in enumerate(kept):
                state = run.advance(state, reached, number)
                errors[part, place] = run.error(state)
                reached = number
            parameters[:, part] = run.advance(state, reached, rounds)
    return ManyTrainings(names=run.names, parameters=parameters.T.copy(), recorded=kept, errors=errors)


class _Run:
    """The compiled rounds of a problem, one function for each sample's turn."""

    def __init__(self, problem: Problem) -> None:
        self.derivation_of_turn = derivations(problem)
        first = self.derivation_of_turn(1)
        self.names = first.trained
        if not self.names:
            raise UnsupportedError("this problem trains no parameter")
        self.numbers = {name: as_float(value) for name, value in givens_of(problem).items()}
        self.turns = first.turns
        self.shared = [name for name in self.numbers if name not in self.names]
        self.fixed = [self.numbers[name] for name in self.shared]
        self.functions: dict[int, ArrayRounds] = {}
        self._error = compile_quantities(
            first.quantities, inputs=[*self.names, *self.shared], outputs=[first.objective], arithmetic=ARRAYS
        )

    def error(self, state: tuple[Any, ...]) -> Any:
        """The total error of every variant."""
        return self._error([*state, *self.fixed])[0]

    def advance(self, state: tuple[Any, ...], start: int, stop: int) -> tuple[Any, ...]:
        """The parameters after rounds ``start`` to ``stop`` - 1; ``state`` may be written over."""
        if self.turns == 1:
            return self._rounds(1)(state, self.fixed, stop - start)
        for number in range(start, stop):
            state = self._rounds(number % self.turns + 1)(state, self.fixed, 1)
        return state

    def _rounds(self, turn: int) -> ArrayRounds:
        if turn not in self.functions:
            self.functions[turn] = compile_array_rounds(
                self.derivation_of_turn(turn).quantities,
                state={name: updated_id(name) for name in self.names},
                fixed=self.shared,
            )
        return self.functions[turn]


def _columns(
    starts: ArrayLike | Mapping[str, ArrayLike], names: tuple[str, ...], numbers: Mapping[str, float]
) -> NDArray[np.float64]:
    """One row a parameter, shape (parameters, variants), in an array of its own."""
    if not isinstance(starts, Mapping):
        table = np.array(starts, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(names):
            raise UnsupportedError(
                f"starts of shape {table.shape}: (variants, {len(names)}) is needed, for {', '.join(names[:12])}"
            )
        return np.ascontiguousarray(table.T)
    unknown = [name for name in starts if name not in names]
    if unknown:
        raise UnknownQuantityError(f"{unknown[0]!r} is no trained parameter; there are {', '.join(names[:12])}")
    given = {name: np.array(values, dtype=np.float64) for name, values in starts.items()}
    shapes = {values.shape for values in given.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise UnsupportedError("starts by id: one list of numbers for each, all of one length")
    count = next(iter(shapes))[0]
    return np.array([given[name] if name in given else np.full(count, numbers[name]) for name in names])
