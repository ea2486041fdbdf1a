"""Figures of later rounds, judged against whole trajectories: the stated training, and what may have been done instead.

What honest rounding can have led to is never accused. Other causes are tried from the plainest on: one departure or
one slip of the pen; then arithmetic that rounds on the way; then two things at once. The first kind that fits is said.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

from derive.arithmetic.exact import as_float, exact
from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round, before_update, updated_id
from derive.judging.engine.sheet import LEAST_DIGITS
from derive.judging.engine.slips import SLIPS
from derive.judging.findings import Cause, Finding
from derive.judging.model import RIGHT, Options, Verdict, Written
from derive.judging.rounds.arithmetic import RoundedOnTheWay
from derive.judging.rounds.budget import beyond_budget
from derive.judging.rounds.hypotheses import Hypothesis, hypotheses
from derive.judging.rounds.one_round import FROM_THE_START, OneRound
from derive.judging.rounds.own import Own, OwnFigures
from derive.judging.rounds.trajectories import Trajectory, around, shifted

#: Digits below which two causes at once are no finding but chance.
_FEWEST_FOR_TWO = 3
_MOST_PLACES = 9
#: Figures that must show a mistake at a step that nobody wrote.
_FEWEST_TO_SHOW = 2
#: How far double precision may stray over a training: a figure of more than 12 digits is a computer's.
_DOUBLE = Fraction(2, 10**12)
#: Digits up to which a figure may have been carried by hand.
_MOST_BY_HAND = 6
#: Rounds after which carried rounding is no longer taken to add up, and the share of a value it never exceeds.
_MOST_ADDING_UP = 20
_MOST_SHARE = Fraction(1, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a written figure may have been meant to be.

    Attributes
    ----------
    slip : tuple of str
        The slip of the pen; empty for the figure as it stands.
    centre, half : Fraction
        Where the exact value then lies.
    """

    slip: tuple[str, ...]
    centre: Fraction
    half: Fraction


def judge_rounds(
    problem: AnyProblem,
    script: Mapping[str, Written],
    options: Options,
    *,
    first_round: Mapping[str, Written] | None = None,
    gone_wrong: Collection[str] = (),
) -> dict[str, Finding]:
    """Judge figures of later rounds.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    script : mapping of str to Written
        One student's figures by canonical id, such as ``E_total@10000``.
    options : Options
    first_round : mapping of str to Written, optional
        The same student's figures of round 0: what follows from a written ``w5_new`` is judged from it.
    gone_wrong : collection of str
        Ids among them that were judged wrong.

    Returns
    -------
    dict of str to Finding
        ``carried-rounding`` and ``float32`` come with the verdict ``rounding``: that is honest arithmetic. Where
        several causes fit a figure, those that explain more of the script come first.

    Raises
    ------
    PrecisionError
        If a figure of the stated training cannot be proved.
    UnsupportedError
        If the figures are of too many rounds; `beyond_budget` tells which.
    UnknownQuantityError
    """
    beyond = beyond_budget(problem, script)
    if beyond:
        raise UnsupportedError(next(iter(beyond.values())))
    numbers = {name: written for name, written in script.items() if written.kind == "number"}
    judging = _Judging(problem, numbers, options, first_round or {}, gone_wrong)
    found = {name: judging.finding(name, numbers[name]) for name in sorted(numbers, key=lambda name: at_round(name)[1])}
    support = Counter(cause.ids for finding in found.values() for cause in finding.causes)
    findings: dict[str, Finding] = {}
    for name, written in script.items():
        if name in found:
            finding = judging.borne_out(name, found[name], support)
            likeliest = sorted(finding.causes, key=lambda cause: -support[cause.ids])
            findings[name] = replace(finding, causes=tuple(likeliest))
        else:
            findings[name] = Finding(verdict="blank" if written.kind == "blank" else "unreadable")
    return findings


@lru_cache(maxsize=32)
def _trajectory(hypothesis: Hypothesis, rounds: tuple[int, ...]) -> Trajectory:
    """Kept for the next script: a class is often asked the same of the same problem."""
    return Trajectory(hypothesis.problem, hypothesis.derivation_of_turn, rounds)


def half_width(written: Written, options: Options) -> Fraction:
    """How far the exact value may be from a figure: half a unit of its last place, or a whole one if truncated."""
    if not written.digits:
        return Fraction(0)
    return written.unit if options.truncation else written.unit / 2


def _one_off(written: Written) -> Fraction:
    """How far the exact value may be from a figure whose last digit is one off, or cut off."""
    return written.unit * 3 / 2


def carried_within(name: str, written: Written) -> Fraction:
    """How far from the exact value figures carried by hand may lead; 0 for figures of more digits than that.

    Each round adds at most about half a unit: a weight is rounded once in it, and what it is changed by hardly strays.
    """
    if not 0 < written.digits <= _MOST_BY_HAND:
        return Fraction(0)
    return min(min(at_round(name)[1], _MOST_ADDING_UP) * written.unit / 2, abs(written.value) * _MOST_SHARE)


class _Judging:
    """The judging of one script."""

    def __init__(
        self,
        problem: AnyProblem,
        numbers: Mapping[str, Written],
        options: Options,
        first_round: Mapping[str, Written],
        gone_wrong: Collection[str],
    ) -> None:
        self.options = options
        self.numbers = numbers
        self.rounds = tuple(sorted(set(around(numbers))))
        (self.stated,), self.single, self.double = hypotheses(problem)
        self.arithmetic = RoundedOnTheWay(problem, numbers, self._trajectory(self.stated))
        written = {name: each for name, each in first_round.items() if each.kind == "number"} | dict(numbers)
        self.own = OwnFigures(
            self._trajectory(self.stated),
            [Own(name=name, centre=each.value, half=half_width(each, options)) for name, each in written.items()],
        )
        self.gone_wrong = set(gone_wrong)
        self.one_round = OneRound(self.own.stated, _in_rounds(self.own, first_round, numbers), options)

    def finding(self, name: str, written: Written) -> Finding:
        """What one figure shows; kept for those that follow from it."""
        found = self._finding(name, written)
        if found.verdict not in RIGHT | {"carried"}:
            found = self._in_its_round(name, found)
        if found.verdict not in RIGHT:
            self.gone_wrong.add(name)
        return found

    def _in_its_round(self, name: str, found: Finding) -> Finding:
        """By the figures of its own round, where a whole training does not explain it, or these make it right."""
        base, number = self.own.place(name)
        own = self.one_round.finding(name, base, number, frozenset(self.gone_wrong))
        if own is None:
            return found
        if own.verdict == "rounding" and self.one_round.stands_beside_its_inputs(base, number):
            return own
        if own.causes == FROM_THE_START.causes:
            return own  # one update fewer gives the same where samples take turns
        if found.causes and own.causes and all(each.mistake and each.mistake.said for each in own.causes):
            # A mistake that the rule itself names is as likely as another training, which may be the same mistake.
            others = tuple(each for each in own.causes if each.ids not in {cause.ids for cause in found.causes})
            return Finding(verdict="ambiguous", causes=(*others, *found.causes)) if others else found
        # What a whole training done otherwise gives to the last digit is else no rounding.
        return own if found.verdict == "wrong" or own.verdict in ("correct", "carried") else found

    def borne_out(self, name: str, found: Finding, support: Mapping[tuple[str, ...], int]) -> Finding:
        """Without mistakes at steps that nobody wrote: one of their many wrong formulas fits by chance.

        A mistake at the figure's own step counts, and one that a second figure shows.
        """
        base, _ = self.own.place(name)
        at = {base, f"step_{before_update(base)}"}
        kept = [
            cause
            for cause in found.causes
            if cause.mistake is None or cause.mistake.at in at or support[cause.ids] >= _FEWEST_TO_SHOW
        ]
        if len(kept) == len(found.causes):
            return found
        return _named(kept) if kept else Finding(verdict="wrong")

    def _finding(self, name: str, written: Written) -> Finding:
        half = half_width(written, self.options)
        stated = self._trajectory(self.stated)
        if written.unit and written.digits < (self.options.digits or 2):
            if stated.holds(name, written.value, Fraction(0)):
                return Finding(verdict="correct")
            # Too few digits, cut off or rounded; a 0 stands for what is too small for its decimals.
            within = written.unit if written.digits else min(written.unit, Fraction(1, 2))
            if stated.holds(name, written.value, within) or self.own.behind(name, written.value, within) is not None:
                return Finding(verdict="too-coarse")
            if written.digits < LEAST_DIGITS:
                return Finding(verdict="wrong")  # one digit shows no cause
        if stated.holds(name, written.value, half):
            return Finding(verdict="correct")
        behind = self.own.behind(name, written.value, half)
        if behind is not None:
            return self._following(behind, "correct")
        if half < abs(written.value) * _DOUBLE:
            half = abs(written.value) * _DOUBLE
            if stated.holds(name, written.value, half):
                return Finding(verdict="rounding")
        as_written = Reading(slip=(), centre=written.value, half=half)
        if self._may_be_honest(name, written):
            return self._honest(name, written, as_written)
        slipped = list(self._slips(name, written, half, self.stated))
        causes = self._fitting(name, [as_written], self.single)
        causes += [Cause(ids=reading.slip) for reading in slipped if self._fits(name, reading, self.stated)]
        if causes:
            return _named(causes)
        on_the_way = self.arithmetic.causes(name, written.value, half)
        one_off = bool(written.digits) and stated.holds(name, written.value, half + written.unit)
        if on_the_way or one_off or self.arithmetic.is_full(name, written.value, half):
            return Finding(verdict="rounding", causes=tuple(on_the_way))
        behind = self.own.behind(name, written.value, half + written.unit) if written.digits else None
        if behind is not None:
            return self._following(behind, "rounding")
        if written.digits >= _FEWEST_FOR_TWO:
            causes = self._fitting(name, [as_written], self.double)
            for hypothesis in self.single:
                causes += self._fitting(name, self._slips(name, written, half, hypothesis), [hypothesis])
            causes = causes or self._slipped_on_the_way(name, slipped)
        return _named(causes) if causes else Finding(verdict="wrong")

    def _may_be_honest(self, name: str, written: Written) -> bool:
        """Whether a last digit one off, or rounding each round anew in whatever order, can have led to a figure."""
        within = max(_one_off(written), carried_within(name, written))
        return bool(written.digits) and self._trajectory(self.stated).fits(name, written.value, within)

    def _honest(self, name: str, written: Written, as_written: Reading) -> Finding:
        """Rounding, unless a departure fits that the script shows elsewhere, or that rounding is not mistaken for."""
        one_off = self._trajectory(self.stated).holds(name, written.value, _one_off(written))
        within = carried_within(name, written)
        telling = [
            each
            for each in self.single
            if each.ids in self._shown or (not one_off and self._is_apart(name, each, within))
        ]
        if self._fitting(name, [as_written], telling):
            # Where a departure is shown, all that fit are named: these digits cannot part them from each other.
            return _named(self._fitting(name, [as_written], self.single))
        on_the_way = self.arithmetic.causes(name, as_written.centre, as_written.half)
        if not on_the_way and not one_off:
            on_the_way = [Cause(ids=("carried-rounding",))]
        return Finding(verdict="rounding", causes=tuple(on_the_way))

    @cached_property
    def _shown(self) -> frozenset[tuple[str, ...]]:
        """Departures that give a figure of the script which no honest rounding leads to."""
        shown: set[tuple[str, ...]] = set()
        for name, written in self.numbers.items():
            if written.digits >= 2 and not self._may_be_honest(name, written):
                half = half_width(written, self.options)
                reading = Reading(slip=(), centre=written.value, half=half)
                shown.update(cause.ids for cause in self._fitting(name, [reading], self.single))
        return frozenset(shown)

    def _is_apart(self, name: str, hypothesis: Hypothesis, within: Fraction) -> bool:
        """Whether a hypothesis has a value farther than ``within`` from the stated one."""
        meant = shifted(name, hypothesis.shift)
        other = None if meant is None else self._trajectory(hypothesis).near(meant)
        right = self._trajectory(self.stated).near(name)
        return other is None or right is None or abs(other - right) > as_float(exact(within))

    def _following(self, behind: Sequence[Own], otherwise: Verdict) -> Finding:
        """Carried from own figures that went wrong, if any did; a carried zero earns nothing."""
        wrong = [own for own in behind if own.name in self.gone_wrong]
        if not wrong:
            return Finding(verdict=otherwise)
        names = tuple(own.name for own in wrong)
        return Finding(verdict="carried", follows_from=names, earns=any(own.centre for own in wrong))

    def _slipped_on_the_way(self, name: str, slipped: Sequence[Reading]) -> list[Cause]:
        found = []
        for reading in slipped:
            for cause in self.arithmetic.causes(name, reading.centre, reading.half):
                found.append(Cause(ids=(*reading.slip, *cause.ids)))
        return found

    def _fitting(self, name: str, readings: Iterable[Reading], among: Sequence[Hypothesis]) -> list[Cause]:
        """Each cause once: two hypotheses may bear the same name."""
        found = (
            (*reading.slip, *hypothesis.ids)
            for reading in readings
            for hypothesis in among
            if self._fits(name, reading, hypothesis)
        )
        return [Cause(ids=ids) for ids in dict.fromkeys(found)]

    def _fits(self, name: str, reading: Reading, hypothesis: Hypothesis) -> bool:
        meant = shifted(name, hypothesis.shift)
        return meant is not None and self._trajectory(hypothesis).fits(meant, reading.centre, reading.half)

    def _slips(self, name: str, written: Written, half: Fraction, hypothesis: Hypothesis) -> Iterator[Reading]:
        """The figure with its point moved to where the hypothesis has it, and with two neighbouring digits swapped."""
        if not written.digits:
            return
        meant = shifted(name, hypothesis.shift)
        value = None if meant is None else self._trajectory(hypothesis).near(meant)
        places = _places(written.value, value)
        if places:
            centre = written.value * Fraction(10) ** places
            # Zeros moved beyond the written places may be padding: 0.159121960 for 0.015912196.
            padded = places < 0 and (centre / written.unit).denominator == 1
            moved = half if padded else half * Fraction(10) ** places
            yield Reading(slip=("power-of-ten",), centre=centre, half=moved)
        for centre in swapped(written):
            yield Reading(slip=("digits-swapped",), centre=centre, half=half)

    def _trajectory(self, hypothesis: Hypothesis) -> Trajectory:
        """The one of its problem: shifted hypotheses share it."""
        return _trajectory(replace(hypothesis, ids=(), shift=0), self.rounds)


def _in_rounds(
    own: OwnFigures, first_round: Mapping[str, Written], numbers: Mapping[str, Written]
) -> dict[int, dict[str, tuple[str, Written]]]:
    """What is written of each round, by ids of round 0."""
    written = {**first_round, **numbers}
    return {
        number: {base: (each.name, written[each.name]) for base, each in figures.items()}
        for number, figures in _with_updates(own).items()
    }


def _with_updates(own: OwnFigures) -> dict[int, dict[str, Own]]:
    """The parameters that a round ends with are figures of that round too."""
    found = {number: dict(figures) for number, figures in own.by_round.items()}
    for number, figures in own.by_round.items():
        for base, figure in figures.items():
            if base in own.trained and number:
                found.setdefault(number - 1, {}).setdefault(updated_id(base), figure)
    return found


def _named(causes: Sequence[Cause]) -> Finding:
    verdict: Verdict = "ambiguous"
    if len(causes) == 1:
        verdict = "slip" if SLIPS.issuperset(causes[0].ids) else "misconception"
    return Finding(verdict=verdict, causes=tuple(causes))


def _places(centre: Fraction, value: float | None) -> int:
    """By how many places the point of a figure would have to move to come near a value; 0 for none or too many."""
    size = as_float(exact(centre))
    if not value or not size or not math.isfinite(size) or (value < 0) != (size < 0):
        return 0
    places = round(math.log10(abs(value)) - math.log10(abs(size)))
    return places if abs(places) <= _MOST_PLACES else 0


def swapped(written: Written) -> Iterator[Fraction]:
    """What a figure may have been before two neighbouring digits of it were swapped."""
    units = written.value / written.unit
    if units.denominator != 1:
        return
    digits = str(abs(int(units)))
    if abs(written.value) * 10 < 1:
        digits = "0" + digits  # the zero after the point may be one of the two
    sign = -1 if units < 0 else 1
    for place, (left, right) in enumerate(pairwise(digits)):
        if left != right:
            yield sign * int(digits[:place] + right + left + digits[place + 2 :]) * written.unit
