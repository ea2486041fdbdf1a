"""Formulas as answers, judged as identities: right when they give the quantity in every problem of the same structure.

A formula may use givens and whatever can be worked out without the quantity asked for; a later quantity, too, where
some way leads to it that does not pass through the one asked. A number that stands for a given, such as 0.5 for the
learning rate, is read as that given. A formula of numbers alone is judged by its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb

from derive.arithmetic.code import needed
from derive.arithmetic.exact import as_ball, precision
from derive.errors import UnknownQuantityError
from derive.formula.expression import Const, Expression, children, references
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId
from derive.judging.findings import Cause, Finding
from derive.judging.formulas.formula_text import UnreadableError, read_formula
from derive.judging.formulas.random_points import BITS, Point, UndefinedError, drawn, equal, sums_to_one
from derive.judging.misconceptions.mistakes import mistakes_at, pairs_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes
from derive.network.graph import Quantity
from derive.proof.crosscheck import derivations
from derive.proof.values import Proved, given_numbers

#: Points at which a formula is compared, those it must have a value at, and those drawn at most to find them.
POINTS = 12
_FEWEST = 4
_MOST_DRAWN = 64
#: How near the value of a formula of numbers alone must come, as a share of the right one.
_NEAR = Fraction(1, 10**9)
#: Unwritten steps before the one asked in which a mistake is looked for, the nearest first.
_MOST_STEPS = 24
_Values = Callable[[Point], Any]


def judge_formula(routes: Routes, problem: AnyProblem, quantity: str, text: str) -> Finding:
    """Judge a formula given as an answer.

    Parameters
    ----------
    routes : Routes
        Of the problem's structure.
    problem : Problem or FormulaProblem
    quantity : str
        Canonical id; a formula for a later round is judged as that of any round.
    text : str
        As written.

    Returns
    -------
    Finding
        ``correct``, ``misconception``, ``ambiguous``, ``wrong``, or ``unreadable`` with the reason.

    Raises
    ------
    UnknownQuantityError
    """
    parsed = QuantityId.parse(quantity, aliases=False)
    asked = quantity if parsed is None else str(replace(parsed, round=0))
    if asked not in routes.nearest.ids:
        raise UnknownQuantityError(f"{quantity[:100]!r} is no quantity of this problem")
    try:
        formula = read_formula(text, routes.nearest, problem.display.notation)
    except UnreadableError as error:
        return Finding(verdict="unreadable", reason=str(error))
    names = frozenset(references(formula))
    if asked in names:
        return Finding(verdict="wrong", reason=f"it uses {asked} itself, which is what it is to say")
    with precision(BITS):
        if not names:
            return _by_value(problem, asked, formula)
        return _Judging(routes, problem, asked, formula).finding()


class _Judging:
    """The judging of one formula."""

    def __init__(self, routes: Routes, problem: AnyProblem, asked: str, formula: Expression) -> None:
        self.routes = routes
        self.problem = problem
        self.asked = asked
        self.formula = formula
        self.names = frozenset(references(formula))

    def finding(self) -> Finding:
        """What the formula shows."""
        drawings = [self._points({})]
        if pinned := _meant(self.problem, self.formula):
            drawings.append(self._points(pinned))
        compared = [self._compared(points) for points in drawings]
        if any(len(points) < _FEWEST for points in compared):
            return Finding(
                verdict="unreadable",
                reason="it has no value for most numbers: it divides by 0, takes the logarithm or root of a negative "
                "number, or has a part too large",
            )
        if any(_all_equal(points, self._right) for points in compared):
            return self._if_not_circular()
        for causes in self._causes():
            found = [cause for points in compared for cause in causes(points)]
            ids = list({cause.ids: cause for cause in reversed(found)}.values())[::-1]
            if found:
                return Finding(verdict="misconception" if len(ids) == 1 else "ambiguous", causes=tuple(ids))
        return Finding(verdict="wrong")

    def _if_not_circular(self) -> Finding:
        for way in self.routes.ways:
            if all(quantity.id != self.asked for quantity in needed(way.quantities, self.names)):
                return Finding(verdict="correct")
        later = next(
            name
            for name in references(self.formula)
            if any(quantity.id == self.asked for quantity in needed(self.routes.nearest.quantities, [name]))
        )
        return Finding(verdict="wrong", reason=f"it is true, but uses {later}, which is worked out from {self.asked}")

    def _right(self, point: Point) -> Any:
        return point.value(self.asked)

    def _points(self, pinned: Mapping[str, Fraction]) -> list[Point]:
        """Points at which the quantity has a value; some where it is not 0, where there are any."""
        found: list[Point] = []
        telling = 0
        for point in self._drawn(pinned):
            try:
                tells = self._right(point) != 0
            except UndefinedError:
                continue
            if len(found) < POINTS or tells:
                found.append(point)
                telling += tells
            if len(found) >= POINTS and telling >= _FEWEST:
                break
        return found

    def _drawn(self, pinned: Mapping[str, Fraction]) -> Iterator[Point]:
        """Random problems; kept with the derivation where all problems of the structure share them."""
        derivation = self.routes.nearest
        kept: list[Point] = []
        if not pinned and not isinstance(self.problem, FormulaProblem):
            kept = derivation.code.setdefault(("points", sums_to_one(self.problem)), kept)
        for number in range(_MOST_DRAWN):
            if number == len(kept):
                kept.append(Point(derivation, drawn(self.problem, number, pinned)))
            yield kept[number]

    def _compared(self, points: Sequence[Point]) -> list[tuple[Point, Any]]:
        """The points at which the formula has a value that can be compared, and its value there."""
        found = []
        for point in points:
            try:
                value = point.of_formula(self.formula)
                equal(value, self._right(point))
            except UndefinedError:
                continue
            found.append((point, value))
        return found

    def _causes(self) -> Iterator[Callable[[Sequence[tuple[Point, Any]]], list[Cause]]]:
        """Mistakes at the step itself, pairs of them, and mistakes in steps before it that the formula skips."""
        yield lambda points: list(self._at_step(points, mistakes_at(self.routes, self.asked)))
        yield lambda points: list(self._at_step(points, pairs_at(self.routes, self.asked)))
        yield lambda points: list(self._before(points))

    def _at_step(self, points: Sequence[tuple[Point, Any]], mistakes: Sequence[Mistake]) -> Iterator[Cause]:
        for mistake in mistakes:
            if _all_equal(points, lambda point, wrong=mistake.expression: point.of_formula(wrong)):  # type: ignore[misc]
                yield Cause(ids=mistake.ids, mistake=mistake)

    def _before(self, points: Sequence[tuple[Point, Any]]) -> Iterator[Cause]:
        """One mistake in a step that the formula skips, or the same in all such steps of a kind."""
        steps = needed(self.routes.nearest.quantities, [self.asked])
        skipped = [step.id for step in reversed(steps[:-1]) if step.id not in self.names][:_MOST_STEPS]
        together: dict[tuple[str, tuple[str, ...]], dict[str, Mistake]] = {}
        for name in skipped:
            for mistake in mistakes_at(self.routes, name):
                together.setdefault((mistake.kind, mistake.ids), {}).setdefault(name, mistake)
                if self._gives(points, [mistake], steps):
                    yield Cause(ids=mistake.ids, mistake=mistake)
        for mistakes in together.values():
            if len(mistakes) > 1 and self._gives(points, [*mistakes.values()], steps):
                yield Cause(ids=next(iter(mistakes.values())).ids, mistake=next(reversed(mistakes.values())))

    def _gives(
        self, points: Sequence[tuple[Point, Any]], mistakes: Sequence[Mistake], steps: Sequence[Quantity]
    ) -> bool:
        """Whether a round with these mistakes in it gives the formula's values."""
        wrong = {mistake.at: mistake.expression for mistake in mistakes}
        changed: set[str] = set()
        affected = []
        for step in steps:
            if step.id in wrong or not changed.isdisjoint(references(step.expression)):
                changed.add(step.id)
                affected.append(step)
        return _all_equal(points, lambda point: point.with_mistakes(wrong, affected))


def _all_equal(points: Sequence[tuple[Point, Any]], values: _Values) -> bool:
    """Whether the formula's value equals another at all points where both can be compared, and these are enough."""
    agreeing = 0
    for point, value in points:
        try:
            if not equal(value, values(point)):
                return False
        except UndefinedError:
            continue
        agreeing += 1
    return agreeing >= _FEWEST


def _meant(problem: AnyProblem, formula: Expression) -> dict[str, Fraction]:
    """Givens whose very numbers stand in the formula, 0 and 1 aside: they may be meant by them."""
    numbers: set[Fraction] = set()
    parts = [formula]
    while parts:
        part = parts.pop()
        if isinstance(part, Const):
            numbers |= {part.value, -part.value}
        parts.extend(children(part))
    numbers -= {Fraction(0), Fraction(1), Fraction(-1)}
    return {name: given.value for name, given in given_numbers(problem).items() if given.value in numbers}


def _by_value(problem: AnyProblem, asked: str, formula: Expression) -> Finding:
    """A formula of numbers alone, held against the quantity's own value."""
    right = as_ball(Proved(problem, derivations(problem)).value(asked, bits=BITS))
    try:
        value = as_ball(Point(derivations(problem)(1), {}).of_formula(formula))
    except UndefinedError:
        return Finding(verdict="unreadable", reason="it has no value: a division by 0, or a part too large")
    near = abs(value - right) <= abs(right) * arb(_NEAR.numerator) / arb(_NEAR.denominator)
    return Finding(verdict="correct" if near else "wrong")
