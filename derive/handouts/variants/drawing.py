"""Other numbers of the same structure for every student, such that each misconception would show.

Candidates are drawn in order, and the first that is fair (`derive.handouts.variants.variant_tests`), passes the
separation test and has a key that hides no mistake wins; where none of the first few has, the one that hides fewest.
Which it is depends on seed, sheet, student and problem alone: not on who else is in the class,
nor on how many candidates are tested at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import at_round
from derive.given.problem import Problem, Structure
from derive.handouts.variants.causes import hidden_causes
from derive.handouts.variants.formula_drawing import draw_formulas
from derive.handouts.variants.later_rounds import in_rounds
from derive.handouts.variants.sampler import Draws
from derive.handouts.variants.variant_plan import Integers, Plan, plan_of
from derive.handouts.variants.variant_tests import Fairness, vanishing_ids
from derive.judging.routes import Routes, routes_of
from derive.judging.separation import separated

#: After so many candidates a student gets no numbers.
MOST_CANDIDATES = 100_000
#: Candidates tested at a time: as many as keep the arrays of one quantity in the processor's cache.
_ROWS = 4096
#: So many candidates that pass are looked at for one whose key hides no mistake; then the best of them is taken.
_PATIENCE = 16
_STUDENTS = 512
#: Candidates of each student that are tested first; then twice as many every time.
_FIRST = 4


def draw_variant(
    problem: AnyProblem, *, seed: str, sheet: str, student: str, asked: Sequence[str], digits: int = 4
) -> AnyProblem:
    """The numbers of one student; see `draw_class`."""
    return draw_class(problem, seed=seed, sheet=sheet, students=[student], asked=asked, digits=digits)[0]


def draw_class(
    problem: AnyProblem,
    *,
    seed: str,
    sheet: str,
    students: Sequence[str],
    asked: Sequence[str],
    digits: int = 4,
) -> list[AnyProblem]:
    """The numbers of every student: a problem of the same structure, conventions and display for each.

    Parameters
    ----------
    problem : Problem
        Its own numbers say only what kinds of inputs and targets it has.
    seed, sheet : str
    students : sequence of str
        Their ids.
    asked : sequence of str
        Canonical ids of the figures that students will write.
    digits : int
        Significant digits in which they write them.

    Returns
    -------
    list of Problem
        In the order of ``students``.

    Raises
    ------
    UnsupportedError
        If no candidate passes for a student.
    """
    if isinstance(problem, FormulaProblem):
        return [*draw_formulas(problem, seed=seed, sheet=sheet, students=students, asked=asked, digits=digits)]
    # A gradient that is always 0 is nothing but the rounding of floats here.
    nothing = vanishing_ids(problem.structure)
    judged = tuple(name for name in asked if at_round(name)[0] not in nothing)
    drawing = _Drawing(problem=problem, seed=seed, sheet=sheet, asked=judged, digits=digits)
    found: list[AnyProblem] = []
    # The first alone: where nothing passes, the class need not be tried to know it.
    for start, stop in _parts(len(students)):
        rows = drawing.rows(students[start:stop])
        found += [drawing.plan.problem(problem, row) for row in rows]
    return found


def _parts(count: int) -> Iterator[tuple[int, int]]:
    if count:
        yield 0, 1
    for start in range(1, count, _STUDENTS):
        yield start, min(start + _STUDENTS, count)


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """What all students of a class have in common."""

    problem: Problem
    seed: str
    sheet: str
    asked: tuple[str, ...]
    digits: int

    @cached_property
    def structure(self) -> Structure:
        return self.problem.structure

    @cached_property
    def plan(self) -> Plan:
        return plan_of(self.problem)

    @cached_property
    def limits(self) -> list[int]:
        return self.plan.limits

    @cached_property
    def routes(self) -> Routes:
        return routes_of(self.structure)

    @cached_property
    def fairness(self) -> Fairness:
        return _fairness_of(self.structure)

    def rows(self, students: Sequence[str]) -> list[list[int]]:
        """The first passing candidate of each student, as a row of whole numbers."""
        draws = [Draws(self.seed, self.sheet, student) for student in students]
        choices = [_Choice() for _ in students]
        winners: dict[int, list[int]] = {}
        first, wanted = 0, _FIRST
        while len(winners) < len(students):
            waiting = [place for place in range(len(students)) if place not in winners]
            number = min(wanted, max(_FIRST, _ROWS // len(waiting)), MOST_CANDIDATES - first)
            if number <= 0:
                found = [place for place in waiting if choices[place].seen]
                winners |= {place: choices[place].best for place in found}
                waiting = [place for place in waiting if not choices[place].seen]
                if not waiting:
                    break
                raise self.refusal(students[waiting[0]], draws[waiting[0]])
            tables = [draws[place].rows(self.limits, first, number) for place in waiting]
            units = self.plan.units(np.concatenate([words for words, _ in tables]))
            passed = np.concatenate([fair for _, fair in tables]) & self.fair(units)
            where = np.flatnonzero(passed)
            where = where[self.apart(units[where])]
            for row, hidden in zip(where.tolist(), self.hidden(units[where]).tolist(), strict=True):
                choices[waiting[row // number]].add(hidden, units[row])
            winners |= {place: choices[place].best for place in waiting if choices[place].settled}
            first, wanted = first + number, 2 * wanted
        return [winners[place] for place in range(len(students))]

    def fair(self, units: Integers) -> NDArray[np.bool_]:
        return self.fairness.passed(self.plan.floats(units))

    def apart(self, units: Integers) -> NDArray[np.bool_]:
        """Which rows tell all misconceptions apart at the figures asked."""
        if not len(units):
            return np.zeros(0, dtype=np.bool_)
        found = np.ones(len(units), dtype=np.bool_)
        with np.errstate(all="ignore"):
            for givens, names in in_rounds(self.routes, self.plan.floats(units), self.asked):
                found &= separated(self.routes, givens, names, self.digits)
        return found

    def hidden(self, units: Integers) -> NDArray[np.int64]:
        """How many mistakes of each row a key could not show, or not tell from another."""
        if not len(units):
            return np.zeros(0, dtype=np.int64)
        rounds = in_rounds(self.routes, self.plan.floats(units), self.asked)
        counts = [hidden_causes(self.routes, *each, self.digits) for each in rounds]
        return np.asarray(np.add.reduce(counts), dtype=np.int64)

    def refusal(self, student: str, draws: Draws) -> UnsupportedError:
        """Why no candidate passes, as seen on the first ones."""
        words, fair = draws.rows(self.limits, 0, _ROWS)
        units = self.plan.units(words)
        units = units[fair & self.fair(units)]
        start = f"no numbers were found for {student} among {MOST_CANDIDATES:,} candidates"
        if not len(units):
            return UnsupportedError(
                f"{start}: in a network of this shape some activation is always saturated, or a sum cancels; take a "
                "smaller network, or --same for the numbers of the file"
            )
        return UnsupportedError(
            f"{start} that tell every misconception apart in the {len(self.asked)} figures asked; ask for other "
            f"figures (--ask) or more digits (--digits {self.digits + 1}), or take --same for the numbers of the file"
        )


class _Choice:
    """One student's candidates that pass: the first that hides nothing, or the best of the first few."""

    def __init__(self) -> None:
        self.seen = 0
        self._fewest = -1
        self.best: list[int] = []

    @property
    def settled(self) -> bool:
        """Whether no other candidate is looked at."""
        return self._fewest == 0 or self.seen >= _PATIENCE

    def add(self, hidden: int, row: Integers) -> None:
        """Look at the next candidate."""
        if self.settled:
            return
        self.seen += 1
        if self._fewest < 0 or hidden < self._fewest:
            self._fewest, self.best = hidden, row.tolist()


@lru_cache(maxsize=8)
def _fairness_of(structure: Structure) -> Fairness:
    return Fairness(structure, routes_of(structure).nearest)
