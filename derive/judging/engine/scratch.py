"""How far rounded scratch work may carry a figure: every unwritten operation rounded as the student rounds.

A first-order bound: each operation hands on the errors of its operands, times its slopes, and adds half a unit of its
own result. The last operation is the figure itself, whose rounding its own half width stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import Arithmetic, evaluate
from derive.formula.expression import Expression
from derive.formula.functions import FUNCTIONS
from derive.judging.engine.ball_arrays import BALL_ARRAYS, ONE_EACH, BallArray, Floats, power
from derive.judging.engine.sweep import Sweep, between, uses_of

_INFLATION = 1.02  # what the first order leaves out
_NOTHING = np.zeros(1)


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

    def lost(self, value: BallArray) -> Floats:
        """The most that rounding a value changes it by."""
        size = value.size()
        place = np.floor(np.log10(np.where(size > 0.0, size, 1.0)))
        significant = np.where(size > 0.0, 10.0 ** (place + 1 - self.digits), 0.0)
        return np.asarray(np.maximum(significant, self.unit) * self.width)


@dataclass(slots=True, eq=False)
class Rough:
    """A value on the way, with what rounding may have changed it by before it was itself rounded.

    Attributes
    ----------
    box : balls
    before : floats
    habit : Habit
    worked : bool
        Whether an operation gave it, and so rounds it; figures and constants are taken as they stand.
    """

    box: BallArray
    before: Floats
    habit: Habit
    worked: bool = True

    @property
    def after(self) -> Floats:
        """What rounding may have changed it by in all."""
        return self.before + self.habit.lost(self.box) if self.worked else self.before

    def __neg__(self) -> Rough:
        return Rough(-self.box, self.before, self.habit, self.worked)

    def __add__(self, other: Rough) -> Rough:
        return Rough(self.box + other.box, self.after + other.after, self.habit)

    def __sub__(self, other: Rough) -> Rough:
        return self + -other

    def __mul__(self, other: Rough) -> Rough:
        first, second = self.after, other.after
        before = self.box.size() * second + other.box.size() * first + first * second
        return Rough(self.box * other.box, before, self.habit)

    def __truediv__(self, other: Rough) -> Rough:
        box, second = self.box / other.box, other.after
        least = np.maximum(other.box.least() - second, 0.0)
        return Rough(box, (self.after + box.size() * second) / least, self.habit)


def scratch_error(sweep: Sweep, quantity: str, habit: Habit) -> Floats:
    """By how much rounded scratch work may move a quantity that is worked out from the nearest written figures."""
    arithmetic = _arithmetic(habit)
    order = between(sweep, quantity, sweep.rows)
    rough: dict[str, Rough] = {}
    for name in (*order, quantity):
        expression = sweep.way.by_id[name].expression
        used = uses_of(sweep.way, expression)
        for leaf in used:
            if leaf not in rough:
                rough[leaf] = Rough(sweep.known[leaf].dual.box, _NOTHING, habit, worked=False)
        found = _found(expression, rough, arithmetic)
        if name == quantity:
            return np.asarray(found.before * _INFLATION)
        column = sweep.sheet.columns.get(name)
        if column is not None:
            written = column.written if sweep.rows is None else column.written[sweep.rows]
            found = Rough(sweep.known[name].dual.box, np.where(written, 0.0, found.after), habit, worked=False)
        rough[name] = found
    raise AssertionError("the loop ends with the quantity")


def _found(expression: Expression, rough: dict[str, Rough], arithmetic: Arithmetic[Rough]) -> Rough:
    found = evaluate(expression, rough, arithmetic)
    assert isinstance(found, Rough)
    return found


def _arithmetic(habit: Habit) -> Arithmetic[Rough]:
    """Every operation on figures rounds; a quotient of constants, such as 1/2, does not."""
    call = BALL_ARRAYS.functions
    constants: list[Rough] = []

    def constant(value: Fraction) -> Rough:
        constants.append(Rough(BALL_ARRAYS.constant(value), _NOTHING, habit, worked=False))
        return constants[-1]

    def quotient(above: Rough, below: Rough) -> Rough:
        found = above / below
        fixed = any(above is each for each in constants) and any(below is each for each in constants)
        return Rough(found.box, _NOTHING, habit, worked=False) if fixed else found

    def plain(name: str) -> Callable[..., Rough]:
        places = FUNCTIONS[name].placeholders
        slopes = FUNCTIONS[name].slopes(*places)

        def applied(*arguments: Rough) -> Rough:
            box = call[name](*(each.box for each in arguments))
            known = dict(zip((place.id for place in places), (box, *(each.box for each in arguments)), strict=True))
            parts = [
                evaluate(slope, known, BALL_ARRAYS).size() * each.after
                for slope, each in zip(slopes, arguments, strict=True)
            ]
            return Rough(box, reduce(np.add, parts), habit)

        return applied

    def sigmoid(x: Rough) -> Rough:
        box, falling = call["sigmoid"](x.box), call["exp"](-x.box)
        error = falling.size() * x.after + habit.lost(falling) + habit.lost(ONE_EACH + falling)
        return Rough(box, box.size() ** 2 * error, habit)

    def tanh(x: Rough) -> Rough:
        box, rising, falling = call["tanh"](x.box), call["exp"](x.box), call["exp"](-x.box)
        above, below = rising - falling, rising + falling
        both = habit.lost(rising) + habit.lost(falling)
        error = both + habit.lost(above) + box.size() * (both + habit.lost(below))
        return Rough(box, x.after * (ONE_EACH - box * box).size() + error / np.abs(below.floats()), habit)

    def softplus(x: Rough) -> Rough:
        box, rising = call["softplus"](x.box), call["exp"](x.box)
        error = (habit.lost(rising) + habit.lost(ONE_EACH + rising)) / (1.0 + rising.floats())
        return Rough(box, call["sigmoid"](x.box).size() * x.after + error, habit)

    def softmax(net: Rough, *nets: Rough) -> Rough:
        box = call["softmax"](net.box, *(net.box if other is net else other.box for other in nets))
        relative = 10.0 ** (1 - habit.digits) * habit.width
        moved = reduce(np.add, [each.after for each in nets])
        return Rough(box, box.size() * (moved + 3.0 * relative + habit.unit), habit)

    def several(name: str) -> Callable[..., Rough]:
        return lambda *all_: Rough(
            call[name](*(each.box for each in all_)), reduce(np.maximum, [each.after for each in all_]), habit
        )

    def stepped(name: str) -> Callable[..., Rough]:
        return lambda *all_: Rough(call[name](*(each.box for each in all_)), _NOTHING, habit)

    functions: dict[str, Callable[..., Any]] = {
        name: stepped(name) if record.jumps else several(name) if record.arity is None else plain(name)
        for name, record in FUNCTIONS.items()
    }
    functions |= {"sigmoid": sigmoid, "tanh": tanh, "softplus": softplus, "softmax": softmax}
    functions["quotient"] = quotient
    functions["power"] = lambda base, exponent: power(base, exponent, Rough(ONE_EACH, _NOTHING, habit, worked=False))
    return Arithmetic(functions=functions, constant=constant)
