"""How far rounded scratch work may probably carry a figure: every unwritten operation rounded as the student rounds.

Each rounding is a source of its own, handed on by the slopes of what follows (to first order). Roundings are
independent and even within half a unit, so that their squares add up: what honest work leads to lies within five
standard deviations (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 2.8), and never beyond their
plain sum.
Sums may be added in any order, products multiplied in any order, and activations worked by any of their usual forms.
The last operation is the figure itself, whose rounding its own half width stands for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import ARRAYS, evaluate
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import FUNCTIONS
from derive.judging.engine.ball_arrays import Floats
from derive.judging.engine.scratch_forms import FORMS, SIZES
from derive.judging.engine.sweep import Sweep, between, uses_of

_INFLATION = 1.02  # what the first order leaves out
_DEVIATIONS, _DEVIATIONS_OF_TWO = 5.0, 3.8  # with two digits a bound of five would be half of the value
_EVEN = 3.0  # the variance of an even spread within ±h is h²/3
_MOST_SHARE = 2  # digits of the terms added that rounding may cost at most: 1 % of them at 4 digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How some students round: to so many significant digits, or to decimals where these are coarser.

    Attributes
    ----------
    digits : integers
    unit : floats
        One unit of the decimals, or 0.
    width : float
        Half widths in units of the last place.
    """

    digits: NDArray[np.int64]
    unit: Floats
    width: float

    def lost(self, value: Floats) -> Floats:
        """The most that rounding a value changes it by."""
        size = np.abs(value)
        place = np.floor(np.log10(np.where(size > 0.0, size, 1.0)))
        significant = np.where(size > 0.0, 10.0 ** (place + 1 - self.digits), 0.0)
        return np.asarray(np.maximum(significant, self.unit) * self.width)

    def take(self, rows: NDArray[np.intp]) -> Habit:
        """Those of some students."""
        unit = self.unit[rows] if len(self.unit) > 1 else self.unit
        return Habit(digits=self.digits[rows], unit=unit, width=self.width)

    @property
    def share(self) -> Floats:
        """The largest part of itself that a number may lose by its significant digits."""
        return np.asarray(10.0 ** (1.0 - self.digits) * self.width)


@dataclass(slots=True, eq=False)
class Rough:
    """A value on the way, with what each rounding before it may have changed it by.

    Attributes
    ----------
    value, size : floats
        The value, and the sum of the sizes of the terms that it was added up from.
    moved : dict of int to floats
        For each rounding, signed.
    worked : bool
        Whether an operation gave it, and so rounds it; figures and constants are taken as they stand.
    """

    value: Floats
    size: Floats
    moved: dict[int, Floats]
    worked: bool = True


def scratch_error(sweep: Sweep, quantity: str, habit: Habit, wrong: Expression | None = None) -> Floats:
    """By how much rounded scratch work may move a quantity that is worked out from the nearest written figures.

    Parameters
    ----------
    sweep : Sweep
    quantity : str
    habit : Habit
    wrong : Expression, optional
        A wrong formula by which the quantity itself was worked; all that it refers to is prepared.

    Returns
    -------
    floats, shape (students,) or (1,)
    """
    paper = _Paper(habit)
    rough: dict[str, Rough] = {}
    for name in (*between(sweep, quantity, sweep.rows), quantity):
        expression = wrong if wrong is not None and name == quantity else sweep.way.by_id[name].expression
        for leaf in uses_of(sweep.way, expression):
            if leaf not in rough:
                value = sweep.known[leaf].dual.centre.floats()
                rough[leaf] = Rough(value, np.abs(value), {}, worked=False)
        found = paper.work(expression, rough)
        if name == quantity:
            return paper.probable(found)
        column = sweep.sheet.columns.get(name)
        if column is not None:
            written = column.written if sweep.rows is None else column.written[sweep.rows]
            moved = {source: np.where(written, 0.0, change) for source, change in paper.rounded(found).moved.items()}
            value = sweep.known[name].dual.centre.floats()
            found = Rough(value, found.size, moved, worked=False)
        rough[name] = replace(paper.rounded(found), size=np.abs(found.value))
    raise AssertionError("the loop ends with the quantity")


class _Paper:
    """Works formulas with a rounding at every operation."""

    def __init__(self, habit: Habit) -> None:
        self.habit = habit
        self.sources = 0

    def probable(self, found: Rough) -> Floats:
        """How far honest roundings may have led off."""
        changes = list(found.moved.values())
        if not changes:
            return np.zeros(1)
        most = reduce(np.add, map(np.abs, changes))
        if self.habit.width <= 0.5:  # figures that are cut off all err to the same side
            spread = np.sqrt(reduce(np.add, [change**2 for change in changes]) / _EVEN)
            most = np.minimum(most, np.where(self.habit.digits > 2, _DEVIATIONS, _DEVIATIONS_OF_TWO) * spread)
        cap = found.size * 10.0 ** (_MOST_SHARE - self.habit.digits)
        return np.asarray(np.minimum(most, np.maximum(cap, self.habit.unit)) * _INFLATION)

    def rounded(self, found: Rough) -> Rough:
        """The same with its own rounding, once it is used for something else."""
        if not found.worked:
            return found
        moved = dict(found.moved)
        self.add(moved, self.habit.lost(found.value))
        return Rough(found.value, found.size, moved, worked=False)

    def add(self, moved: dict[int, Floats], change: Floats) -> None:
        """Take down one more rounding."""
        self.sources += 1
        moved[self.sources] = change

    def work(self, part: Expression, known: Mapping[str, Rough]) -> Rough:
        """A formula at what is known, before its own rounding."""
        match part:
            case Ref(name):
                return known[name]
            case Const(value):
                number = np.array([float(value)])
                return Rough(number, np.abs(number), {}, worked=False)
            case Neg(operand):
                plain = self.work(operand, known)
                return Rough(-plain.value, plain.size, _times(plain.moved, -1.0), plain.worked)
            case Sum(terms):
                return self._sum([self.rounded(self.work(term, known)) for term in terms])
            case Product(factors):
                found = self._product([self.rounded(self.work(factor, known)) for factor in factors])
                own = _logistic(factors)
                if own:  # a − a² for a·(1 − a)
                    out = known[own].value
                    share = np.abs(np.where(out == 0.0, 0.0, 1.0 / (out * (1.0 - out))))
                    self.add(found.moved, self.habit.lost(out**2) * np.abs(found.value) * share)
                return found
            case Quotient(numerator, denominator):
                above, below = self.work(numerator, known), self.work(denominator, known)
                if isinstance(numerator, Const) and isinstance(denominator, Const):
                    return Rough(above.value / below.value, np.abs(above.value / below.value), {}, worked=False)
                return _quotient(self.rounded(above), self.rounded(below))
            case Power(base, exponent):
                root = self.rounded(self.work(base, known))
                slope = exponent * root.value ** (exponent - 1.0)
                return Rough(root.value**exponent, np.abs(root.size**exponent), _times(root.moved, slope))
            case Call(function, arguments):
                return self._call(function, [self.rounded(self.work(each, known)) for each in arguments])

    def _sum(self, terms: list[Rough]) -> Rough:
        values = [term.value for term in terms]
        moved = _merged([term.moved for term in terms])
        up = reduce(np.add, [np.maximum(value, 0.0) for value in values])
        down = reduce(np.add, [np.maximum(-value, 0.0) for value in values])
        for _ in range(len(terms) - 2):  # in whatever order, no sum on the way is larger
            self.add(moved, self.habit.lost(np.maximum(up, down)))
        return Rough(up - down, reduce(np.add, [term.size for term in terms]), moved)

    def _product(self, factors: list[Rough]) -> Rough:
        telling = [factor for factor in factors if factor.moved or not (np.abs(factor.value) == 1.0).all()]
        if len(telling) == 1:  # times 1: nothing is left to round
            sign = reduce(np.multiply, [np.ones(1), *(other.value for other in factors if other is not telling[0])])
            return Rough(telling[0].value * sign, telling[0].size, _times(telling[0].moved, sign), worked=False)
        value = reduce(np.multiply, [factor.value for factor in factors])
        moved: list[dict[int, Floats]] = []
        for place, factor in enumerate(factors):
            others = [other.value for position, other in enumerate(factors) if position != place]
            moved.append(_times(factor.moved, reduce(np.multiply, others)) if others else factor.moved)
        merged = _merged(moved)
        largest = reduce(np.maximum, [np.abs(factor.value) for factor in factors])
        for _ in range(len(factors) - 2):
            self.add(merged, np.maximum(np.abs(value) * self.habit.share, self.habit.unit * self.habit.width * largest))
        return Rough(value, reduce(np.multiply, [factor.size for factor in factors]), merged)

    def _call(self, function: str, arguments: list[Rough]) -> Rough:
        values = [argument.value for argument in arguments]
        record = FUNCTIONS[function]
        value = np.asarray(ARRAYS.functions[function](*values))
        if record.jumps:
            return Rough(value, np.abs(value), {})
        if function == "softmax":
            return self._softmax(value, arguments)
        if record.arity is None:
            apart = [np.where(each == value, 1.0, 0.0) for each in values]
            return Rough(
                value,
                reduce(np.maximum, [argument.size for argument in arguments]),
                _merged([_times(argument.moved, slope) for argument, slope in zip(arguments, apart, strict=True)]),
            )
        if record.arity == 2:
            return self._of_two(function, value, arguments)
        slope = np.asarray(evaluate(record.slope, {"x": values[0], "value": value}, ARRAYS), dtype=np.float64)
        moved = dict(_times(arguments[0].moved, slope))
        if function in FORMS:
            self.add(moved, FORMS[function](values[0], self.habit.lost))
        size = np.abs(value) + np.abs(slope) * arguments[0].size
        return Rough(value, np.maximum(size, SIZES.get(function, 0.0)), moved)

    def _of_two(self, function: str, value: Floats, arguments: list[Rough]) -> Rough:
        """A function of two numbers, such as a power whose exponent is worked out."""
        own, *places = FUNCTIONS[function].placeholders
        known = {place.id: each.value for place, each in zip(places, arguments, strict=True)} | {own.id: value}
        slopes = [
            np.asarray(evaluate(slope, known, ARRAYS), dtype=np.float64)
            for slope in FUNCTIONS[function].slopes(own, *places)
        ]
        moved = _merged([_times(each.moved, slope) for each, slope in zip(arguments, slopes, strict=True)])
        sizes = [np.abs(slope) * each.size for each, slope in zip(arguments, slopes, strict=True)]
        return Rough(value, np.abs(value) + reduce(np.add, sizes), moved)

    def _softmax(self, value: Floats, arguments: list[Rough]) -> Rough:
        """The first argument is the unit's own net input, which comes once more among those of its layer."""
        own, *layer = arguments
        moved: list[dict[int, Floats]] = []
        for each in layer:
            share = ARRAYS.functions["softmax"](each.value, *(other.value for other in layer))
            moved.append(_times(each.moved, value * (float(each.value is own.value) - share)))
        merged = _merged(moved)
        for _ in range(len(layer) + 1):
            self.add(merged, value * (self.habit.share + self.habit.unit))
        return Rough(value, np.abs(value), merged)


def _quotient(above: Rough, below: Rough) -> Rough:
    value = above.value / below.value
    moved = _merged([_times(above.moved, 1.0 / below.value), _times(below.moved, -value / below.value)])
    return Rough(value, above.size / np.abs(below.value), moved)


def _logistic(factors: tuple[Expression, ...]) -> str:
    """The name a where factors hold a·(1 − a)."""
    names = {factor.id for factor in factors if isinstance(factor, Ref)}
    for factor in factors:
        match factor:
            case Sum((Const(_), Neg(Ref(name)))) if name in names:
                return name
    return ""


def _times(moved: Mapping[int, Floats], factor: Any) -> dict[int, Floats]:
    return {source: change * factor for source, change in moved.items()}


def _merged(parts: list[dict[int, Floats]]) -> dict[int, Floats]:
    merged = dict(parts[0])
    for part in parts[1:]:
        for source, change in part.items():
            merged[source] = merged[source] + change if source in merged else change
    return merged
