"""Figures that follow from nothing: rounded, a slip, a wrong formula, or several that cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from derive.judging.engine.ball_arrays import BallArray, Floats, Mask
from derive.judging.engine.deciding import (
    DIGIT_TOO_MANY,
    DIGITS_SWAPPED,
    FLOAT32,
    POWER_OF_TEN,
    ROUNDING,
    TOO_COARSE,
    Desk,
)
from derive.judging.engine.scratch import Habit, scratch_error
from derive.judging.engine.sheet import MOST_SCRATCH_DIGITS, Column, Sheet
from derive.judging.engine.slips import power_of_ten, shortened, swaps
from derive.judging.engine.suspects import Catalogue, Fit, fitting, fitting_above, fitting_throughout, worked_wrongly
from derive.judging.engine.targets import Target
from derive.judging.engine.truth import Truth
from derive.judging.findings import Cause, Finding
from derive.judging.misconceptions.mistakes import mistakes_again
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes

_HIDDEN = 2.0  # units of the last place between two formulas that rounding may hide: what separated variants exceed
_WHOLE = 1e-9  # relative distance from a multiple of the unit that floats may leave
_FEWEST_FOR_ONE_OFF = 3  # digits from which one unit off in the last place is rounding
_LONG_PRINT = 8  # digits from which a figure may be a print of single precision
_DIGITS_OF_SINGLE = 7
_LIKELY = 0.5  # of what honest scratch work by another way can lead to
_STRAYING = frozenset({"net", "out"})  # kinds of step whose scratch work may cost more than a unit
_SINGLE = 8 * 2.0**-24  # a few roundings of single precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Where the figures of some students lie.

    Attributes
    ----------
    clean : mask
        Right but for rounding on the way.
    dirty : list of masks
        By each way, what follows from wrong figures but for that.
    near, scratch : masks
        Near to what any way gives; near to it by rounded scratch work alone, the last digit right.
    single : mask
        Right in single precision alone.
    off : floats
        Half widths with a unit off in the last place.
    """

    clean: Mask
    dirty: list[Mask]
    near: Mask
    scratch: Mask
    single: Mask
    off: Floats


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
        """One for each of the students."""
        found: list[Finding | None] = [None] * self.count
        coarse = self._too_coarse()
        for row in np.flatnonzero(coarse):
            found[row] = TOO_COARSE
        # Such a 0 is no exact one: what follows from it may follow from anything that rounds to it.
        column, vanished = self.case.sheet.columns[self.name], self.rows[self._vanished()]
        column.half[vanished] = column.unit[vanished] * self.case.sheet.width
        if coarse.all():
            return [each for each in found if each is not None]
        bands = self._bands()
        fits = [*self._fits(bands.off), *self._again(bands.off)]
        strict = [fit.mask & self._is_strict(fit) for fit in fits]
        if self._is_short().any():  # nor does one digit show what was done, unless it says all
            exact = [self._full(np.asarray(fit.centre.floats() == self.value) & (fit.reach == 0.0)) for fit in fits]
            strict = [mask & (~self._is_short() | same) for mask, same in zip(strict, exact, strict=True)]
        telling = np.zeros(self.count, dtype=bool)
        for fit, mask in zip(fits, strict, strict=True):
            # Steps above that were not written were rounded too, and one of their many wrong formulas fits by chance.
            if fit.mistake.at == self.name and (mask & bands.near & ~bands.scratch).any():
                telling |= mask & ~bands.scratch & ~self._hidden(fit)
        for row in np.flatnonzero(~coarse & bands.clean & ~telling):
            found[row] = FLOAT32 if bands.single[row] else ROUNDING
        for target, mask in zip(self.targets, bands.dirty, strict=True):
            chosen = np.flatnonzero(~coarse & mask & ~bands.clean & ~telling)
            chosen = chosen[[found[row] is None for row in chosen]] if len(chosen) else chosen
            for group, names, earns in target.sweep.blame(target.image, chosen, target.firm(self.figures, bands.off)):
                for row in group:
                    found[row] = self.case.desk.carried(names, earns)
        rest = np.array([each is None for each in found])
        if rest.any():
            causes = self._causes(fits, strict, rest)
            for row in np.flatnonzero(rest):
                found[row] = self._explained(int(row), causes[row])
        return [each for each in found if each is not None]

    def _causes(self, fits: Sequence[Fit], strict: Sequence[Mask], rest: Mask) -> list[list[Cause]]:
        """What gives each figure: one cause or a slip; or one with a unit off in the last place; or two at once."""
        causes: list[list[Cause]] = [[] for _ in range(self.count)]
        for fit, mask in zip(fits, strict, strict=True):
            for row in np.flatnonzero(mask & rest):
                causes[row].append(self.case.desk.cause(fit.mistake))
        self._add_slips(causes, rest)
        for fit, mask in zip(fits, strict, strict=True):
            for row in np.flatnonzero(fit.mask & ~mask & rest & ~self._is_short()):
                if not any(cause.strict for cause in causes[row]):
                    causes[row].append(self.case.desk.cause(fit.mistake, strict=False))
        lone = np.array([open_ and not causes[row] for row, open_ in enumerate(rest)])
        if lone.any() and self.targets:
            above = partial(self.case.mistakes, self.case.routes)
            for fit in fitting_throughout(self.targets[0].sweep, self.name, self.figures, self.half, above):
                for row in np.flatnonzero(fit.mask & lone & (self.digits >= _FEWEST_FOR_ONE_OFF)):
                    causes[row].append(self.case.desk.cause(fit.mistake))
            lone &= np.array([not causes[row] for row in range(self.count)])
        lone &= ~self._is_short()
        if lone.any():
            self._add_roughly(causes, lone & (self.digits >= _FEWEST_FOR_ONE_OFF))
            lone &= np.array([not causes[row] for row in range(self.count)])
        if lone.any():
            self._add_pairs(causes, lone)
        return causes

    def _is_strict(self, fit: Fit) -> Mask:
        """Whose figures a wrong formula gives without a unit off in the last place."""
        return self._full(self.figures.meets(fit.centre, self.half + fit.reach))

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
        """Right as far as it goes, with fewer digits than asked for; and a 0 that stands for something small.

        A figure that does not round to the right value within its own digits is judged as any other that is wrong.
        """
        sheet, column = self.case.sheet, self.case.sheet.columns[self.name]
        few = np.zeros(self.count, dtype=bool)
        short = sheet.too_few(column)[self.rows] & (self.unit > 0.0)
        if short.any():
            for centre, reach in self._centres():
                units = centre.floats() / np.where(short, self.unit, 1.0)
                exact = (np.abs(units - np.rint(units)) <= np.abs(units) * _WHOLE) & (
                    reach <= np.abs(centre.floats()) * _WHOLE
                )
                few |= short & ~exact & self._full(self.figures.meets(centre, self.half + reach))
        return few | self._vanished()

    def _vanished(self) -> Mask:
        """Where a 0 with decimals stands for something that is too small for them."""
        small = np.zeros(self.count, dtype=bool)
        for centre, reach in self._centres():
            small |= np.abs(centre.floats()) - reach <= self.unit
        small &= (self.value == 0.0) & (self.unit > 0.0) & (self.unit < 1.0)
        return small

    def _bands(self) -> Bands:
        """Whose figures rounding or truncation explains: from right figures, and by each way from wrong ones."""
        sheet = self.case.sheet
        one_off = np.where(self.digits > MOST_SCRATCH_DIGITS, self._of_software(), self.unit)
        off = self.half + np.where(self.digits >= _FEWEST_FOR_ONE_OFF, np.maximum(self.unit, one_off), 0.0)
        # A 0 says that there is nothing, and from a figure of one digit nearly anything follows.
        fixed = self.whole | (self.value == 0.0) | self._is_short()
        # What software holds in 32 bits; the value itself is a float here.
        printed = np.abs(self.value - self.value.astype(np.float32)) <= self.half + np.spacing(np.abs(self.value))
        long = (self.digits >= _LONG_PRINT) & (self.unit > 0.0) & printed
        clean = self._full(self.figures.meets(self.true, off)) & ~fixed
        near, scratch, single, dirty = clean.copy(), *np.zeros((2, self.count), dtype=bool), list[Mask]()
        if long.any():
            single = self._full(self.figures.meets(self.true, self.half + np.abs(self.true.floats()) * _SINGLE))
            single &= long & ~clean & ~fixed
        for target in self.targets:
            error = self._scratch(target, self._habit())
            worked = self._full(target.centre.meets(self.figures, self.half + error + target.reach)) & ~fixed
            close = self._full(self.figures.meets(target.centre, off + target.reach)) & ~fixed
            if long.any():
                floats = Habit(digits=np.full(self.count, _DIGITS_OF_SINGLE), unit=np.zeros(1), width=sheet.width)
                strays = self._scratch(target, floats) + np.abs(self.value) * _SINGLE
                alike = self._full(self.figures.meets(target.centre, self.half + strays + target.reach)) & long & ~fixed
                single |= alike & ~close & ~worked & ~clean
                close = close | alike
            near |= worked | close
            # Who wrote the figure in between uses it; by another way only what is likely counts.
            likely = error if target is self.targets[0] else error * _LIKELY
            scratch |= self._full(target.centre.meets(self.figures, self.half + likely + target.reach)) & ~fixed
            clean |= (worked | close) & ~target.tainted
            dirty.append((worked | close) & target.tainted)
        return Bands(clean=clean | single & ~np.logical_or.reduce([np.zeros(self.count, dtype=bool), *dirty]),
                     dirty=dirty, near=near, scratch=scratch, single=single, off=off)  # fmt: skip

    def _is_short(self) -> Mask:
        """Whose figures have one digit, and are not of so many decimals as their writers keep to."""
        column = self.case.sheet.columns[self.name]
        short = (self.digits == 1) & (self.unit > 0.0) & ~self.case.sheet.in_decimals(column)[self.rows]
        return np.asarray(short, dtype=np.bool_)

    def _habit(self) -> Habit:
        """How the scratch work of each figure is rounded: as the figure itself."""
        sheet = self.case.sheet
        own = np.where(self.digits > 0, self.digits, sheet.scratch_digits[self.rows])
        # A fraction says exactly what it says.
        own = np.where((self.unit == 0.0) & (self.value != 0.0), MOST_SCRATCH_DIGITS, own)
        decimals = sheet.scratch_unit[self.rows]
        return Habit(
            digits=np.clip(own, sheet.least, MOST_SCRATCH_DIGITS),
            unit=np.where(self.unit >= decimals, decimals, 0.0),
            width=sheet.width,
        )

    def _scratch(self, target: Target, habit: Habit) -> Floats:
        error = scratch_error(target.sweep, self.name, habit)
        return np.where(np.isfinite(error), error, 0.0)

    def _of_software(self) -> Floats:
        """What a 64-bit float may lose: software prints more digits than its floats are right to."""
        return Habit(digits=np.full(self.count, MOST_SCRATCH_DIGITS), unit=np.zeros(1), width=1.0).lost(self.value)

    def _fits(self, half: Floats) -> Iterator[Fit]:
        """Wrong formulas at this step along every way, then at steps above it that were not written."""
        if not self.targets:
            return
        case = self.case
        here = case.mistakes(case.routes, self.name)
        for target in self.targets:
            yield from fitting(target.sweep, self.name, self.figures, half, here)
        above = partial(case.mistakes, case.routes)
        yield from fitting_above(self.targets[0].sweep, self.name, self.figures, half, above)

    def _again(self, half: Floats) -> Iterator[Fit]:
        """Wrong formulas from earlier lines, for those who are known to have worked these so."""
        if not self.targets or not self.case.habits:
            return
        for fit in fitting(
            self.targets[0].sweep, self.name, self.figures, half, mistakes_again(self.case.routes, self.name)
        ):
            mistake = fit.mistake
            mine = [(int(row), mistake.kind, mistake.ids) in self.case.habits for row in self.rows]
            yield replace(fit, mask=fit.mask & np.array(mine, dtype=bool))

    def _hidden(self, fit: Fit) -> Mask:
        """Where a wrong formula comes so near to the right one that a last digit may hide it."""
        hidden = np.zeros(self.count, dtype=bool)
        for centre, _ in self._centres():
            hidden |= self._full(fit.centre.meets(centre, _HIDDEN * self.unit))
        return hidden

    def _add_slips(self, causes: list[list[Cause]], rest: Mask) -> None:
        answers = [self.case.sheet.scripts[row][self.name] for row in self.rows]
        swapped = swaps(answers)
        # Only somebody who writes a digit more than elsewhere may have written one too many.
        longer = rest & (self.digits == self.case.sheet.scratch_digits[self.rows] + 1)
        short = shortened(answers) if longer.any() else []
        ten, swap, many = np.zeros((3, self.count), dtype=bool)
        for centre, reach in self._centres():
            ten |= self._full(power_of_ten(self.figures, self.half, centre, reach))
            for figures, mask in swapped:
                swap |= mask & self._full(figures.meets(centre, self.half + reach))
            for figures, mask in short:
                many |= longer & mask & self._full(figures.meets(centre, 10.0 * self.half + reach))
        for row in np.flatnonzero(ten & rest):
            causes[row].append(POWER_OF_TEN)
        for row in np.flatnonzero(swap & rest):
            causes[row].append(DIGITS_SWAPPED)
        for row in np.flatnonzero(many & rest):
            causes[row].append(DIGIT_TOO_MANY)

    def _add_roughly(self, causes: list[list[Cause]], lone: Mask) -> None:
        """A wrong formula of the forward pass, worked by hand with every operation rounded.

        Sums that nearly cancel and exponentials stray by more than a unit; among the many wrong deltas one would fit by
        chance.
        """
        rows = np.flatnonzero(lone)
        if not len(rows) or not self.targets:
            return
        sweep = self.targets[0].take(lone).sweep
        sweep.image(self.name)
        figures, half, habit = self.figures.take(rows), self.half[rows], self._habit().take(rows)
        for mistake in self.case.mistakes(self.case.routes, self.name):
            if mistake.kind not in _STRAYING:
                continue
            fit = worked_wrongly(sweep, self.name, mistake)
            error = scratch_error(sweep, self.name, habit, mistake.expression)
            error = np.where(np.isfinite(error), error, 0.0)
            meets = figures.meets(fit.centre, half + error + fit.reach)
            for row in np.flatnonzero(np.broadcast_to(meets, len(rows))):
                causes[rows[row]].append(self.case.desk.cause(mistake, strict=False))

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
