"""Judging figures of one round: does each follow from the student's own figures, and if not, what does it come from?

The verdicts, the first that applies: blank, unreadable, too-coarse, correct, carried, rounding, slip, misconception,
ambiguous, wrong. A class is judged step by step: all students at once along the nearest way, and only those whose
figure does not follow there by other ways, with scratch work rounded, and by wrong formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.exact import precision
from derive.given.formula_problem import AnyProblem
from derive.judging.engine.ball_arrays import BallArray, Floats, Mask
from derive.judging.engine.deciding import BLANK, CORRECT, TOO_COARSE, UNREADABLE, Desk
from derive.judging.engine.diagnosis import Case, diagnose
from derive.judging.engine.sheet import Column, lay_out
from derive.judging.engine.suspects import Catalogue
from derive.judging.engine.sweep import Sweep, between, places_of
from derive.judging.engine.targets import Target
from derive.judging.engine.truth import Truth
from derive.judging.findings import Finding
from derive.judging.misconceptions.mistakes import mistakes_at, pairs_at
from derive.judging.model import Options, Written
from derive.judging.routes import Routes

_SHORT = 12  # scripts with longer figures are judged apart, with more bits
_BITS = 96  # beside those of the longest figure: what rounding and cancellation on the way may lose
_SAME = 1e-12  # figures this near to a value may be it exactly


def judge_scripts(
    routes: Routes,
    problems: Sequence[AnyProblem],
    scripts: Sequence[Mapping[str, Written]],
    options: Options,
    *,
    mistakes: Catalogue = mistakes_at,
    pairs: Catalogue = pairs_at,
    rights: Sequence[Mapping[str, bool]] | None = None,
) -> list[dict[str, Finding]]:
    """One finding for every figure that a class wrote.

    Parameters
    ----------
    routes : Routes
    problems : sequence of Problem or FormulaProblem
        One for each student, or a single one for all; all have the structure of ``routes``.
    scripts : sequence of mapping of str to Written
        By canonical ids of round 0. Formulas are passed over: they are judged elsewhere.
    options : Options
    mistakes, pairs : callables
        The catalogue: single mistakes, and pairs of them, at a quantity.
    rights : sequence of mapping of str to bool, optional
        For each student whether figures that were judged before, such as the weights of a later round, are right.

    Returns
    -------
    list of dict of str to Finding
        One for each student, in the order of its script.
    """
    longest = [max((each.digits for each in script.values()), default=0) for script in scripts]
    found: list[dict[str, Finding]] = [{} for _ in scripts]
    for long in (False, True):
        rows = [row for row, digits in enumerate(longest) if (digits > _SHORT) is long]
        if not rows:
            continue
        own = [problems[row] for row in rows] if len(problems) > 1 else problems
        chosen = [scripts[row] for row in rows]
        with precision(_BITS + 4 * max(longest[row] for row in rows)), np.errstate(all="ignore"):
            judge = _Judge(routes, own, chosen, options, mistakes, pairs)
            judge.rights = {} if rights is None else _columns([rights[row] for row in rows])
            findings = judge.findings()
        for place, row in enumerate(rows):
            found[row] = {
                name: findings[name][place] if written.kind == "number" else _UNJUDGED[written.kind]
                for name, written in scripts[row].items()
                if written.kind != "formula"
            }
    return found


_UNJUDGED = {"blank": BLANK, "unreadable": UNREADABLE}


def _columns(rights: Sequence[Mapping[str, bool]]) -> dict[str, Mask]:
    names = dict.fromkeys(name for each in rights for name in each)
    return {name: np.array([each.get(name, False) for each in rights], dtype=np.bool_) for name in names}


class _Judge:
    def __init__(
        self,
        routes: Routes,
        problems: Sequence[AnyProblem],
        scripts: Sequence[Mapping[str, Written]],
        options: Options,
        mistakes: Catalogue,
        pairs: Catalogue,
    ) -> None:
        self.routes = routes
        self.sheet = lay_out(scripts, options)
        self.truth = Truth(routes.nearest, problems)
        self.sweep = Sweep(routes.nearest, self.sheet, self.truth.givens)
        self.desk = Desk()
        self.rights: Mapping[str, Mask] = {}
        self.case = Case(
            routes=routes, sheet=self.sheet, truth=self.truth, desk=self.desk, mistakes=mistakes, pairs=pairs
        )

    def findings(self) -> dict[str, list[Finding]]:
        """One column of findings for each quantity."""
        places = places_of(self.routes.nearest)
        order = sorted(self.sheet.columns, key=places.__getitem__)
        for name in order:
            self._exact(name)
        self.sheet.settle_habits()
        return {name: self._step(name, self.sheet.columns[name]).tolist() for name in order}

    def _exact(self, name: str) -> None:
        """A figure that is the exact value stands for nothing around it; so does a whole one where that is whole."""
        column = self.sheet.columns[name]
        truth = self.truth.balls(name).floats()
        same = np.abs(column.value - truth) <= np.abs(column.value) * _SAME
        for row in np.flatnonzero(column.written & same & (column.half > 0.0)).tolist():
            if self.truth.is_exactly(name, row, self.sheet.scripts[row][name].value):
                column.half[row] = 0.0
        whole = np.abs(truth - np.rint(truth)) <= np.abs(truth) * _SAME
        for row in np.flatnonzero(column.written & whole & (column.unit == 1.0) & (column.half > 0.0)).tolist():
            value = truth[row] if len(truth) > 1 else truth[0]
            if self.truth.is_exactly(name, row, Fraction(round(value))):
                column.half[row] = 0.0

    def _step(self, name: str, column: Column) -> NDArray[np.object_]:
        """Judge one quantity for all students."""
        found = np.empty(self.sheet.count, dtype=object)
        if name in self.rights:
            found[:] = CORRECT
            column.right = self.rights[name]
            return found
        truth = self.truth.balls(name)
        half = self._read(column)
        correct = column.written & self.sweep.full(column.figures.meets(truth, half))
        carried, coarse = np.zeros((2, self.sheet.count), dtype=bool)
        targets: list[Target] = []
        rows = first = np.flatnonzero(column.written & ~correct)
        if len(first) and name in self.routes.nearest.by_id:
            near = Target.of(Sweep(self.routes.nearest, self.sheet, self.truth.givens, first), name, truth)
            follows = near.sweep.full(column.figures.take(first).meets(near.centre, half[first] + near.reach))
            correct[first] = follows & ~near.tainted
            # Of one digit nearly anything follows; only a number that says it all may.
            value = column.value[first]
            same = np.abs(value - near.centre.floats()) <= np.abs(value) * _SAME
            coarse[first] = self.sheet.too_few(column)[first] & ~same
            carried[first] = follows & near.tainted
            rows = np.flatnonzero(column.written & ~correct)
        if len(rows) and name in self.routes.nearest.by_id:
            targets = self._targets(near.take(~correct[first]), truth)
            elsewhere = self._elsewhere(column, rows, half, targets[1:], correct, carried, found)
            late = np.flatnonzero((carried & ~elsewhere & ~correct & ~coarse)[first])
            carried = (carried | elsewhere) & ~correct & ~coarse
            if len(late):
                firm = near.firm(column.figures.take(first), half[first])
                for group, names, earns in near.sweep.blame(near.image, late, firm):
                    found[first[group]] = self.desk.carried(names, earns)
        found[correct] = CORRECT
        column.right = correct.copy()
        column.half = np.where(correct | carried, half, column.half)
        left = np.flatnonzero(column.written & ~correct & ~carried)
        if len(left):
            keep = np.isin(rows, left)
            chosen = [target.take(keep) for target in targets]
            findings = diagnose(self.case, name, left, half[left], chosen)
            for row, finding in zip(left, findings, strict=True):
                found[row] = finding
                column.right[row] = finding.verdict == "rounding"
            self._keep_coarse(column, left, findings, truth)
        return found

    def _keep_coarse(
        self, column: Column, rows: NDArray[np.intp], findings: Sequence[Finding], truth: BallArray
    ) -> None:
        """A figure of too few digits that rounds to the right one is right for what follows; so is a 0.0000.

        Not one of a single digit: nearly anything would follow from it.
        """
        size = np.broadcast_to(truth.floats(), column.value.shape)
        near = (np.abs(column.value - size) <= column.unit * self.sheet.width * 1.001) & (column.digits > 1)
        vanished = (column.value == 0.0) & (column.unit < 1.0) & (np.abs(size) <= column.unit)
        kept = near | vanished
        for row, finding in zip(rows, findings, strict=True):
            if kept[row] and finding is TOO_COARSE:
                column.right[row] = True

    def _read(self, column: Column) -> Floats:
        """Half widths, where a spreadsheet dropped zeros with these read as written to the digits asked for."""
        dropped = (column.digits > 0) & (column.digits < self.sheet.least) & (column.unit > 0.0)
        if not self.sheet.asked:
            dropped &= ~self.sheet.in_decimals(column)
        if not dropped.any():
            return column.half
        return np.where(dropped, column.half * 10.0 ** (column.digits - self.sheet.least), column.half)

    def _targets(self, near: Target, truth: BallArray) -> list[Target]:
        """What a step should come to by each way that differs for the students of the nearest, which comes first."""
        targets = [near]
        for way in self.routes.ways[1:]:
            sweep = Sweep(way, self.sheet, self.truth.givens, near.sweep.rows)
            if not _same(near.sweep, sweep, near.name):
                targets.append(Target.of(sweep, near.name, truth))
        return targets

    def _elsewhere(
        self,
        column: Column,
        rows: NDArray[np.intp],
        half: Floats,
        targets: Sequence[Target],
        correct: Mask,
        nearest: Mask,
        found: NDArray[np.object_],
    ) -> Mask:
        """Who follows by another way but not by the nearest; marks who does so from right figures as correct."""
        carried = np.zeros(self.sheet.count, dtype=bool)
        figures = column.figures.take(rows)
        for target in targets:
            follows = target.sweep.full(figures.meets(target.centre, half[rows] + target.reach))
            tainted = follows & target.tainted
            correct[rows[follows & ~target.tainted & ~nearest[rows]]] = True
            fresh = np.flatnonzero(tainted & ~correct[rows] & ~(carried | nearest)[rows])
            if len(fresh):
                firm = target.firm(figures, half[rows])
                for group, names, earns in target.sweep.blame(target.image, fresh, firm):
                    found[rows[group]] = self.desk.carried(names, earns)
                    carried[rows[group]] = True
        return carried


def _same(first: Sweep, second: Sweep, name: str) -> bool:
    """Whether two ways lead to a quantity by the same formulas, from the figures that these students wrote."""
    order = between(first, name, first.rows)
    if order != between(second, name, second.rows):
        return False
    return all(first.way.by_id[each].expression == second.way.by_id[each].expression for each in (*order, name))


__all__ = ["judge_scripts"]
