"""Figures that follow from nothing: rounded, a slip, a wrong formula, or several that cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from derive.judging.engine.ball_arrays import BallArray, Floats, Mask
from derive.judging.engine.deciding import DIGITS_SWAPPED, POWER_OF_TEN, ROUNDING, TOO_COARSE, Desk
from derive.judging.engine.scratch import Habit, scratch_error
from derive.judging.engine.sheet import MOST_SCRATCH_DIGITS, Column, Sheet
from derive.judging.engine.slips import power_of_ten, swaps
from derive.judging.engine.suspects import Catalogue, Fit, fitting, fitting_above, worked_wrongly
from derive.judging.engine.targets import Target
from derive.judging.engine.truth import Truth
from derive.judging.findings import Cause, Finding
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes

_HIDDEN = 2.0  # units of the last place between two formulas that rounding may hide: what separated variants exceed
_WHOLE = 1e-9  # relative distance from a multiple of the unit that floats may leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a diagnosis looks things up in.

    Attributes
    ----------
    habits : set of (row, kind, ids)
        Misconceptions found alone so far: what a student did once he may have done again, with a slip on top.
    """

    routes: Routes
    sheet: Sheet
    truth: Truth
    desk: Desk
    mistakes: Catalogue
    pairs: Catalogue
    habits: set[tuple[int, str, tuple[str, ...]]] = field(default_factory=set)


def diagnose(case: Case, name: str, rows: NDArray[np.intp], half: Floats, targets: Sequence[Target]) -> list[Finding]:
    """A finding for each student whose figure neither is right nor follows from his own.

    Parameters
    ----------
    case : Case
    name : str
    rows : array of integers
        The students.
    half : floats
        Half widths of their figures.
    targets : sequence of Target
        By every way, for exactly these students; none for a given.
    """
    return _Diagnosis(case, name, rows, half, targets).findings()


class _Diagnosis:
    def __init__(self, case: Case, name: str, rows: NDArray[np.intp], half: Floats, targets: Sequence[Target]) -> None:
        self.case, self.name, self.rows, self.targets = case, name, rows, targets
        column: Column = case.sheet.columns[name]
        self.figures = column.figures.take(rows)
        self.value, self.unit, self.digits = column.value[rows], column.unit[rows], column.digits[rows]
        # Figures of too few digits are diagnosed by the digits they have.
        self.half = np.where(self.digits < case.sheet.least, column.half[rows], half)
        self.true = case.truth.balls(name).take(rows)
        self.count = len(rows)
        self.whole = self._is_whole()

    def findings(self) -> list[Finding]:
        found: list[Finding | None] = [None] * self.count
        for row in np.flatnonzero(self._too_coarse()):
            found[row] = TOO_COARSE
        # Such a 0 is no exact one: what follows from it may follow from anything that rounds to it.
        column, vanished = self.case.sheet.columns[self.name], self.rows[self._vanished()]
        column.half[vanished] = column.unit[vanished] * self.case.sheet.width
        open_ = np.array([each is None for each in found])
        if not open_.any():
            return [each for each in found if each is not None]
        singles = list(self._singles())
        clean, dirty, scratch = self._rounded()
        near = np.logical_or.reduce([clean, *dirty])
        # Steps above that were not written were rounded too, and one of their many wrong formulas fits by chance.
        telling = np.zeros(self.count, dtype=bool)
        for fit in singles:
            if fit.mistake.at == self.name and (fit.mask & near).any():
                telling |= fit.mask & ~self._hidden(fit, scratch)
        for row in np.flatnonzero(open_ & clean & ~telling):
            found[row] = ROUNDING
        for place, mask in enumerate(dirty):
            chosen = np.flatnonzero(open_ & mask & ~clean & ~telling)
            chosen = chosen[[found[row] is None for row in chosen]] if len(chosen) else chosen
            for group, names, earns in self.targets[place].sweep.blame(self.targets[place].image, chosen):
                for row in group:
                    found[row] = self.case.desk.carried(names, earns)
        causes: list[list[Cause]] = [[] for _ in range(self.count)]
        for fit in singles:
            for row in np.flatnonzero(fit.mask):
                causes[row].append(self.case.desk.cause(fit.mistake))
        rest = np.array([each is None for each in found])
        if rest.any():
            self._add_slips(causes, rest)
            lone = np.array([each is None and not causes[row] for row, each in enumerate(found)])
            if lone.any():
                self._add_pairs(causes, lone)
            for row in np.flatnonzero(rest):
                found[row] = self._explained(int(row), causes[row])
        return [each for each in found if each is not None]

    def _explained(self, row: int, causes: list[Cause]) -> Finding:
        finding = self.case.desk.explained(causes)
        if finding.verdict == "misconception" and (mistake := finding.causes[0].mistake) is not None:
            self.case.habits.add((int(self.rows[row]), mistake.kind, mistake.ids))
        return finding

    def _is_whole(self) -> Mask:
        """Where the right figure is a whole number, written without decimals: there is nothing to round."""
        whole = np.zeros(self.count, dtype=bool)
        for centre, reach in self._centres():
            middle = centre.floats()
            near = np.abs(middle - np.rint(middle)) <= np.abs(middle) * _WHOLE
            whole |= near & (reach <= np.abs(middle) * _WHOLE)
        return whole & (self.unit >= 1.0)

    def _centres(self) -> Iterator[tuple[BallArray, Floats]]:
        yield self.true, np.zeros(1)
        for target in self.targets:
            yield target.centre, target.reach

    def _too_coarse(self) -> Mask:
        """Fewer digits than asked for, unless the right figure has no more; a 0 that stands for something small."""
        few = (self.digits > 0) & (self.digits < self.case.sheet.least) & (self.unit > 0.0)
        for centre, reach in self._centres():
            units = centre.floats() / np.where(few, self.unit, 1.0)
            exact = (np.abs(units - np.rint(units)) <= np.abs(units) * _WHOLE) & (
                reach <= np.abs(centre.floats()) * _WHOLE
            )
            few = few & ~exact
        return few | self._vanished()

    def _vanished(self) -> Mask:
        """Where a 0 with decimals stands for something that is too small for them."""
        small = np.zeros(self.count, dtype=bool)
        for centre, reach in self._centres():
            small |= np.abs(centre.floats()) - reach <= self.unit
        small &= (self.value == 0.0) & (self.unit > 0.0) & (self.unit < 1.0)
        return small

    def _rounded(self) -> tuple[Mask, list[Mask], list[Floats]]:
        """Whose figures rounding or truncation explains: from right figures, and by each way from wrong ones.

        And by each way how far rounded scratch work may lead off.
        """
        sheet = self.case.sheet
        # Software prints more digits than its floats are right to.
        floats = Habit(digits=np.full(self.count, MOST_SCRATCH_DIGITS), unit=np.zeros(1), width=1.0)
        last = np.where(self.digits > MOST_SCRATCH_DIGITS, floats.lost(self.figures), self.unit)
        off = self.half + np.maximum(self.unit, last)
        fixed = self.whole | (self.value == 0.0)  # a 0 says that there is nothing
        clean = self._full(self.figures.meets(self.true, off)) & ~fixed
        dirty: list[Mask] = []
        errors: list[Floats] = []
        for target in self.targets:
            median = sheet.scratch_digits[self.rows]
            own = np.where(self.digits > 0, np.minimum(self.digits, median), median)
            # A fraction says exactly what it says.
            own = np.where((self.unit == 0.0) & (self.value != 0.0), MOST_SCRATCH_DIGITS, own)
            habit = Habit(digits=np.maximum(own, sheet.least), unit=sheet.scratch_unit[self.rows], width=sheet.width)
            error = scratch_error(target.sweep, self.name, habit)
            error = np.where(np.isfinite(error), error, 0.0)
            errors.append(error)
            band = np.maximum(off, self.half + error) + target.reach
            near = self._full(self.figures.meets(target.centre, band)) & ~fixed
            clean |= near & ~target.tainted
            dirty.append(near & target.tainted)
        return clean, dirty, errors

    def _singles(self) -> Iterator[Fit]:
        """Wrong formulas at this step along every way, then at steps above it that were not written."""
        if not self.targets:
            return
        case = self.case
        here = case.mistakes(case.routes, self.name)
        for target in self.targets:
            yield from fitting(target.sweep, self.name, self.figures, self.half, here)
        above = partial(case.mistakes, case.routes)
        yield from fitting_above(self.targets[0].sweep, self.name, self.figures, self.half, above)

    def _hidden(self, fit: Fit, scratch: Sequence[Floats]) -> Mask:
        """Where a wrong formula comes so near to the right one that honest scratch work could have led to it."""
        hidden = np.zeros(self.count, dtype=bool)
        for (centre, reach), error in zip(self._centres(), (np.zeros(1), *scratch), strict=True):
            apart = np.maximum(_HIDDEN * self.unit, error + 2.0 * self.half)
            hidden |= self._full(fit.centre.meets(centre, fit.reach + reach + apart))
        return hidden

    def _add_slips(self, causes: list[list[Cause]], rest: Mask) -> None:
        swapped = swaps([self.case.sheet.scripts[row][self.name] for row in self.rows])
        ten, swap = np.zeros((2, self.count), dtype=bool)
        for centre, reach in self._centres():
            ten |= self._full(power_of_ten(self.figures, self.half, centre, reach))
            for figures, mask in swapped:
                swap |= mask & self._full(figures.meets(centre, self.half + reach))
        for row in np.flatnonzero(ten & rest):
            causes[row].append(POWER_OF_TEN)
        for row in np.flatnonzero(swap & rest):
            causes[row].append(DIGITS_SWAPPED)

    def _add_pairs(self, causes: list[list[Cause]], lone: Mask) -> None:
        """Two misconceptions at this step; or one that the student had before, with a slip on top."""
        if not self.targets:
            return
        rows = np.flatnonzero(lone)
        sweep = self.targets[0].take(lone).sweep
        sweep.image(self.name)
        figures, half = self.figures.take(rows), self.half[rows]
        for fit in fitting(sweep, self.name, figures, half, self.case.pairs(self.case.routes, self.name)):
            for row in np.flatnonzero(fit.mask):
                causes[rows[row]].append(self.case.desk.cause(fit.mistake))
        left = [int(row) for row in rows if not causes[row]]
        for mistake in self.case.mistakes(self.case.routes, self.name):
            again = [row for row in left if (int(self.rows[row]), mistake.kind, mistake.ids) in self.case.habits]
            if again:
                self._add_slipped(causes, np.array(again), mistake)

    def _add_slipped(self, causes: list[list[Cause]], rows: NDArray[np.intp], mistake: Mistake) -> None:
        keep = np.isin(np.arange(self.count), rows)
        sweep = self.targets[0].take(keep).sweep
        fit = worked_wrongly(sweep, self.name, mistake)
        figures, half = self.figures.take(rows), self.half[rows]
        for row in np.flatnonzero(power_of_ten(figures, half, fit.centre, fit.reach)):
            causes[rows[row]].append(self.case.desk.cause(mistake, "power-of-ten"))
        for swapped, mask in swaps([self.case.sheet.scripts[row][self.name] for row in self.rows[rows]]):
            for row in np.flatnonzero(mask & swapped.meets(fit.centre, half + fit.reach)):
                causes[rows[row]].append(self.case.desk.cause(mistake, "digits-swapped"))

    def _full(self, mask: Mask) -> Mask:
        return mask if len(mask) == self.count else np.broadcast_to(mask, self.count)
