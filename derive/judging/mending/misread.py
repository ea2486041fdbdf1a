"""One wrong given behind several figures: η, an input, a weight or a target read as another number.

The value that the first figures at fault would need is solved for by Newton's method and taken as short as their
digits allow; it counts where it mends two figures or more, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derive.arithmetic.code import FLOATS, evaluate
from derive.formula.expression import references
from derive.given.problem import Number
from derive.judging.conventions.choosing import Judged
from derive.judging.findings import Cause, Finding
from derive.judging.mending.givens import with_givens
from derive.judging.mending.readings import Case, Reading, wrong
from derive.judging.model import RIGHT
from derive.proof.values import given_numbers

GIVEN_MISREAD = "given-misread"
_MOST_FIGURES = 2  # the first so many figures at fault are solved for
_MOST_GIVENS = 40
_MOST_PLACES = 6
_STEPS = 6
_NEAR = 1e-6  # relative step of the slopes
_LOOSE = 0.2  # a value known no better than to this share of itself is no finding


def misread(case: Case) -> list[Reading]:
    """The problem with one given changed so that a figure at fault would be right.

    Where causes explain every figure, or one cause half of them, no given is looked for.
    """
    faults = [name for name in case.at_fault if name in case.routes.nearest.by_id]
    plain = [case.judged[name].diagnosis for name in faults if _is_plain(case.judged[name])]
    if (
        len(faults) < 2
        or len(plain) == len(faults)
        or any(plain.count(ids) > 1 and 2 * plain.count(ids) >= len(faults) for ids in plain)
        or frozenset.intersection(*(frozenset(case.judged[name].diagnosis) for name in faults))
    ):
        return []
    found: dict[tuple[str, Fraction], Reading] = {}
    for name in faults[:_MOST_FIGURES]:
        worked = _Worked(case, name)
        for given in worked.givens[:_MOST_GIVENS]:
            value = worked.needed(given)
            if given == "eta" and value is not None and value <= 0:
                continue  # nobody reads a rate below 0: the sign of the step is wrong
            if value is not None and (given, value) not in found:
                found[given, value] = _with_given(case, given, value)
    return list(found.values())


def _is_plain(finding: Finding) -> bool:
    """Whether one cause explains a figure by itself."""
    return finding.verdict in ("slip", "misconception") and len(finding.diagnosis) == 1 and finding.causes[0].strict


def _with_given(case: Case, given: str, value: Fraction) -> Reading:
    number = Number(text=_text(value), value=value)

    def accept(judged: Judged) -> Judged | None:
        before = case.at_fault
        mended = [name for name in before if judged[name].verdict in RIGHT | {"carried"}]
        if len(mended) < 2 or len(wrong(judged)) > len(before) - len(mended):
            return None
        first = mended[0]
        cause = Cause(ids=(GIVEN_MISREAD,), given=given, used=number.text)
        carried = Finding(verdict="carried", follows_from=(first,))
        found = dict(case.judged)
        for name in mended:
            found[name] = judged[name] if judged[name].verdict == "carried" else carried
        return found | {first: Finding(verdict="misconception", causes=(cause,))}

    return Reading(figures=case.figures, problem=with_givens(case.own_problem, {given: number}), accept=accept)


def _text(value: Fraction) -> str:
    return f"{float(value):.10g}"


class _Worked:
    """One figure worked in floats from its writer's own figures and the givens."""

    def __init__(self, case: Case, name: str) -> None:
        self.way, self.name = case.routes.nearest, name
        written = case.figures[name]
        self.goal, self.half = float(written.value), float(written.unit) / 2
        self.own = {
            other: each for other, each in case.figures.items() if each.kind == "number" and other in self.way.by_id
        }
        numbers = given_numbers(case.own_problem)
        self.numbers = {each: float(number.value) for each, number in numbers.items()}
        self.places = {each: _decimals(number.value) for each, number in numbers.items()}
        self.givens: list[str] = []
        self.roots: list[str] = []
        self.steps: list[str] = []
        self._look(name, set())

    def _look(self, name: str, seen: set[str]) -> None:
        for used in dict.fromkeys(references(self.way.by_id[name].expression)):
            if used in seen:
                continue
            seen.add(used)
            if used in self.numbers:
                self.givens.append(used)
            elif used in self.own:
                self.roots.append(used)
            else:
                self._look(used, seen)
        self.steps.append(name)

    def value(self, changed: Mapping[str, float]) -> float:
        """What the figure comes to."""
        known: dict[str, Any] = (
            self.numbers | {root: float(self.own[root].value) for root in self.roots} | dict(changed)
        )
        for step in self.steps:
            known[step] = evaluate(self.way.by_id[step].expression, known, FLOATS)
        return float(known[self.name])

    def needed(self, given: str) -> Fraction | None:
        """The shortest number that the given may have been taken for; None where there is none."""
        try:
            found = self._solved(given)
        except (ArithmeticError, ValueError):
            return None
        if found is None:
            return None
        value, within = found
        if not math.isfinite(value) or within > _LOOSE * abs(value) or (given == "eta" and value < 0):
            return None
        for places in range(min(self.places[given] + 2, _MOST_PLACES) + 1):
            short = Fraction(round(value * 10**places), 10**places)
            if abs(float(short) - value) <= within and short:
                # What makes a difference vanish, as a target that is the output, is no misreading.
                plain = float(short) == self.numbers[given] or any(self.own[each].value == short for each in self.roots)
                return None if plain else short
        return None

    def _solved(self, given: str) -> tuple[float, float] | None:
        value = self.numbers[given]
        for _ in range(_STEPS):
            slope = self._slope({given: value}, given, value)
            if not slope:
                return None
            change = (self.goal - self.value({given: value})) / slope
            value += change
            if abs(change) <= 1e-12 * abs(value):
                break
        loose = self.half
        for root in self.roots:
            own = self.own[root]
            loose += abs(self._slope({given: value}, root, float(own.value))) * float(own.unit) / 2
        slope = self._slope({given: value}, given, value)
        return (value, 1.01 * loose / abs(slope)) if slope else None

    def _slope(self, changed: Mapping[str, float], name: str, at: float) -> float:
        step = _NEAR * (abs(at) or 1.0)
        up, down = self.value({**changed, name: at + step}), self.value({**changed, name: at - step})
        return (up - down) / (2.0 * step)


def _decimals(value: Fraction) -> int:
    places = 0
    while places < _MOST_PLACES and (value * 10**places).denominator != 1:
        places += 1
    return places
