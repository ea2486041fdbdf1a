"""The stated training in arithmetic that rounds on the way: figures carried rounded, and single precision."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.arithmetic.exact import as_float, exact
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import at_round
from derive.given.problem import Display
from derive.judging.findings import Cause
from derive.judging.model import Written
from derive.judging.rounds.trajectories import FLOAT32, Trajectory, run
from derive.network.backward import Products
from derive.proof.crosscheck import derivations

#: Roundings of a figure that all trials of one script may cost together, about a second's work.
_MOST_ROUNDINGS = 100_000
#: Quantity-evaluations that single precision may cost, about a second's work.
_MOST_SINGLE = 2_000_000
#: Single precision strays no further than this share of a value.
_SINGLE_STRAYS = 0.01
#: How many numbers of digits are tried of each kind, the commonest of the script.
_MOST_KINDS = 3
_MOST_DIGITS = 15


class RoundedOnTheWay:
    """The stated training with other arithmetic, for one script.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    numbers : mapping of str to Written
        The script's figures; the digits they are written with are those tried.
    stated : Trajectory
    """

    def __init__(self, problem: AnyProblem, numbers: Mapping[str, Written], stated: Trajectory) -> None:
        self.problem = problem
        self.numbers = numbers
        self.stated = stated
        self.budget = _MOST_ROUNDINGS

    def causes(self, name: str, centre: Fraction, half: Fraction) -> list[Cause]:
        """Which other arithmetic gives a figure within ``half`` of ``centre``."""
        found = [Cause(ids=("carried-rounding",))] if self._is_carried(name, centre, half) else []
        if self._is_single(name, centre, half):
            found.append(Cause(ids=("float32",)))
        return found

    def is_full(self, name: str, centre: Fraction, half: Fraction) -> bool:
        """Whether full figures give it, where the problem carries rounded ones."""
        if self.problem.display.carry == "full":
            return False
        return self._in_full.fits(name, centre, half)

    @cached_property
    def _in_full(self) -> Trajectory:
        return self._with_display(replace(self.problem.display, carry="full"))

    def _with_display(self, display: Display, products: Products = "chain") -> Trajectory:
        problem = replace(self.problem, display=display)
        return Trajectory(problem, derivations(problem, products), self.stated.rounds)

    def _is_carried(self, name: str, centre: Fraction, half: Fraction) -> bool:
        number = at_round(name)[1]
        for trial in self._trials:
            if number > trial.reached:
                work = (number - trial.reached) * trial.quantities
                if work > self.budget:
                    continue
                self.budget -= work
                trial.reached = number
            if trial.trajectory.fits(name, centre, half):
                return True
        return False

    @cached_property
    def _trials(self) -> list[_Trial]:
        """Trainings that carry rounded figures, each by all chain-rule factors and by deltas."""
        if self.problem.display.carry == "rounded":
            return []
        ways: tuple[Products, ...] = ("chain",) if isinstance(self.problem, FormulaProblem) else ("chain", "delta")
        return [_Trial(self._with_display(display, products)) for display in self._displays() for products in ways]

    def _displays(self) -> Iterator[Display]:
        """The commonest numbers of significant digits and of decimals in the script."""
        written = [each for each in self.numbers.values() if each.digits]
        digits = Counter(each.digits for each in written if 2 <= each.digits <= _MOST_DIGITS)
        decimals = Counter(places for each in written if 0 < (places := _decimals(each)) <= _MOST_DIGITS)
        for count, _ in digits.most_common(_MOST_KINDS):
            yield replace(self.problem.display, carry="rounded", digits=count, decimals=None)
        for count, _ in decimals.most_common(_MOST_KINDS):
            yield replace(self.problem.display, carry="rounded", decimals=count)

    def _is_single(self, name: str, centre: Fraction, half: Fraction) -> bool:
        base, number = at_round(name)
        value = self.stated.near(name)
        if value is None or abs(as_float(exact(centre)) - value) > _SINGLE_STRAYS * abs(value):
            return False
        single = as_float32(self._single.get(number, {}).get(base))
        return single is not None and abs(single - centre) <= half

    @cached_property
    def _single(self) -> dict[int, dict[str, Any]]:
        """All quantities at the rounds asked, in single precision, as far as that is quick."""
        stated = self.stated
        most = _MOST_SINGLE // len(stated.derivation_of_turn(1).quantities)
        rounds = [number for number in stated.rounds if number <= most]
        return run(stated.problem, stated.derivation_of_turn, FLOAT32, rounds)


class _Trial:
    """One way of carrying rounded figures, and how far it was worked."""

    def __init__(self, trajectory: Trajectory) -> None:
        self.trajectory = trajectory
        self.quantities = len(trajectory.derivation_of_turn(1).quantities)
        self.reached = 0


def as_float32(value: Any) -> Fraction | None:
    """A figure in single precision as it is; None where there is none."""
    return None if value is None or not math.isfinite(value) else Fraction(float(value))


def _decimals(written: Written) -> int:
    """Decimals written; 0 for none."""
    places = 0 if not written.unit else round(-math.log10(written.unit))
    return places if written.unit == Fraction(1, 10 ** max(places, 0)) else 0
