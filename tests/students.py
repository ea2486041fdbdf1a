"""Simulated students: honest ones who round or truncate as people do, and ones who make one mistake.

They calculate in decimal arithmetic along the formulas of a derivation, one elementary operation after the other, so
that any of them can be rounded: nothing here is shared with the judging engine but the formulas themselves.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from derive.arithmetic.code import Arithmetic, evaluate
from derive.formula.expression import Expression, references
from derive.given.formula_problem import AnyProblem
from derive.network.derivation import Derivation
from derive.proof.values import given_numbers

_EXACT = Context(prec=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How somebody calculates by hand.

    Attributes
    ----------
    digits : int
        Significant digits written.
    truncates : bool
        Cuts figures off instead of rounding them.
    memory : bool
        Goes on with the full figure of the calculator instead of the written one.
    scratch : bool
        Rounds the result of every elementary operation on the way too.
    """

    digits: int = 4
    truncates: bool = False
    memory: bool = False
    scratch: bool = False

    def written(self, value: Decimal) -> Decimal:
        """A value cut to the digits that are written."""
        if value == 0:
            return Decimal(0)
        places = value.adjusted() - self.digits + 1
        cut = value.quantize(Decimal(1).scaleb(places), ROUND_DOWN if self.truncates else ROUND_HALF_UP, _EXACT)
        return cut


@dataclass(frozen=True)
class _Figure:
    """A number on scratch paper: every operation may round."""

    value: Decimal
    habit: Habit = field(compare=False)

    def _result(self, value: Decimal) -> _Figure:
        return _Figure(self.habit.written(value) if self.habit.scratch else value, self.habit)

    def __add__(self, other: _Figure) -> _Figure:
        return self._result(_EXACT.add(self.value, other.value))

    def __neg__(self) -> _Figure:
        return _Figure(-self.value, self.habit)

    def __mul__(self, other: _Figure) -> _Figure:
        return self._result(_EXACT.multiply(self.value, other.value))

    def __truediv__(self, other: _Figure) -> _Figure:
        return self._result(_EXACT.divide(self.value, other.value))

    def __pow__(self, exponent: int) -> _Figure:
        return self._result(_EXACT.power(self.value, exponent))


def _arithmetic(habit: Habit) -> Arithmetic:
    def number(value: Any) -> _Figure:
        return _Figure(Decimal(value), habit)

    one = number(1)

    def exp(x: _Figure) -> _Figure:
        return x._result(_EXACT.exp(x.value))

    def ln(x: _Figure) -> _Figure:
        return x._result(_EXACT.ln(x.value))

    def tanh(x: _Figure) -> _Figure:
        up, down = _EXACT.exp(x.value), _EXACT.exp(-x.value)
        return x._result(_EXACT.divide(up - down, up + down))

    def softmax(net: _Figure, *nets: _Figure) -> _Figure:
        powers = [exp(other) for other in nets]
        total = powers[0]
        for power in powers[1:]:
            total = total + power
        return exp(net) / total

    zero, hundredth = number(0), number("0.01")
    functions: dict[str, Callable[..., Any]] = {
        "exp": exp,
        "ln": ln,
        "sigmoid": lambda x: one / (one + exp(-x)),
        "tanh": tanh,
        "softplus": lambda x: ln(one + exp(x)),
        "relu": lambda x: x if x.value > 0 else zero,
        "relu_slope": lambda x: one if x.value > 0 else zero,
        "leaky_relu": lambda x: x if x.value > 0 else x * hundredth,
        "leaky_relu_slope": lambda x: one if x.value > 0 else hundredth,
        "softmax": softmax,
        "abs": lambda x: _Figure(abs(x.value), habit),
    }

    def constant(value: Any) -> _Figure:
        return number(_EXACT.divide(Decimal(value.numerator), Decimal(value.denominator)))

    return Arithmetic(functions=functions, constant=constant)


def script(
    problem: AnyProblem,
    derivation: Derivation,
    asked: Sequence[str],
    habit: Habit,
    *,
    wrong: Mapping[str, Expression] | None = None,
) -> dict[str, str]:
    """What a student writes, by quantity id.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    derivation : Derivation
        Whose formulas the student uses.
    asked : sequence of str
        What is written down; everything else stays on scratch paper.
    habit : Habit
    wrong : mapping of str to Expression, optional
        Formulas the student gets wrong.
    """
    arithmetic = _arithmetic(habit)
    on_paper = frozenset(asked)
    rules = {quantity.id: quantity.expression for quantity in derivation.quantities} | dict(wrong or {})
    values = {
        name: _Figure(_EXACT.divide(Decimal(n.value.numerator), Decimal(n.value.denominator)), habit)
        for name, n in given_numbers(problem).items()
    }
    texts: dict[str, str] = {}

    def work_out(target: str) -> None:
        waiting = [target]
        while waiting:
            name = waiting[-1]
            missing = [other for other in references(rules[name]) if other not in values]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if name in values:
                continue
            result = evaluate(rules[name], values, arithmetic)
            if name in on_paper:
                cut = habit.written(result.value)
                texts[name] = _text(cut)
                result = result if habit.memory else replace(result, value=cut)
            values[name] = result

    for name in asked:
        if name not in values:
            work_out(name)
    return {name: texts[name] for name in asked}


def _text(value: Decimal) -> str:
    text = f"{value:f}" if value == 0 or value.adjusted() >= -5 else f"{value:e}"
    return text


def habits(digits: Sequence[int] = (4, 5, 6)) -> list[Habit]:
    """Every combination of rounding, carrying and scratch work."""
    return [
        Habit(digits=number, truncates=truncates, memory=memory, scratch=scratch)
        for number in digits
        for truncates in (False, True)
        for memory in (False, True)
        for scratch in (False, True)
    ]


def chooser(seed: str) -> random.Random:
    """Choices that are the same on every run."""
    return random.Random(seed)
