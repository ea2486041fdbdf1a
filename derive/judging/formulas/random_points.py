"""Random problems of one structure, exact and always the same, at which formulas are compared."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb

from derive.arithmetic.code import evaluate, needed
from derive.arithmetic.exact import BALLS, BALLS_ALONE, UndecidedError, as_ball, exact, shortened
from derive.errors import PrecisionError
from derive.formula.expression import Expression, references
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem import Problem
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.proof.values import given_numbers

#: Bits of the balls that decide whether two figures are equal, and how many of them must agree.
BITS = 256
_AGREEING = 80
#: Numbers are drawn in 128ths: sums of them stay short.
_PARTS = 128
_IN_FORMULAS = replace(BALLS_ALONE, constant=lambda value: arb(exact(value)))
_SHORT = partial(shortened, keep=True)


class UndefinedError(Exception):
    """A formula without a value at a point, or with one that is too wide to compare."""


class Point:
    """One random problem, its quantities worked out as they are asked for.

    Parameters
    ----------
    derivation : Derivation
    givens : mapping of str to Fraction
    """

    def __init__(self, derivation: Derivation, givens: Mapping[str, Fraction]) -> None:
        self.derivation = derivation
        self.values: dict[str, Any] = {name: exact(value) for name, value in givens.items()}

    def value(self, quantity: str) -> Any:
        """A quantity of it.

        Raises
        ------
        UndefinedError
        """
        if quantity not in self.values:
            self._work(needed(self.derivation.quantities, [quantity]), self.values)
        return self.values[quantity]

    def of_formula(self, expression: Expression) -> Any:
        """A formula in terms of its quantities, as a ball.

        Raises
        ------
        UndefinedError
        """
        names = dict.fromkeys(references(expression))
        return _worked(expression, {name: as_ball(self.value(name)) for name in names}, _IN_FORMULAS)

    def with_mistakes(self, wrong: Mapping[str, Expression], steps: Iterable[Quantity]) -> Any:
        """What the last of some steps becomes when some of them are worked by wrong formulas.

        Parameters
        ----------
        wrong : mapping of str to Expression
            The wrong formulas, by quantity.
        steps : iterable of Quantity
            In working order: the ones that go wrong and those that follow from them.

        Raises
        ------
        UndefinedError
        """
        values: dict[str, Any] = {}
        last = None
        for step in steps:
            expression = wrong.get(step.id, step.expression)
            here = {name: values[name] if name in values else self.value(name) for name in references(expression)}
            last = values[step.id] = _SHORT(_worked(expression, here, BALLS))
        return last

    def _work(self, quantities: Iterable[Quantity], values: dict[str, Any]) -> None:
        for quantity in quantities:
            if quantity.id not in values:
                values[quantity.id] = _SHORT(_worked(quantity.expression, values, BALLS))


def _worked(expression: Expression, values: Mapping[str, Any], arithmetic: Any) -> Any:
    try:
        value = evaluate(expression, values, arithmetic)
    except (UndecidedError, PrecisionError, ArithmeticError, ValueError):
        raise UndefinedError from None
    if isinstance(value, arb) and not value.is_finite():
        raise UndefinedError
    return value


def equal(first: Any, second: Any) -> bool:
    """Whether two values are the same as far as so many bits can tell.

    Raises
    ------
    UndefinedError
        If their balls are too wide to say so.
    """
    first, second = as_ball(first), as_ball(second)
    difference = first - second
    if not difference.contains(0):
        return False
    size = abs(second).mid()
    if difference.rad() > (size if size > 0 else arb(1)) * arb(2) ** -_AGREEING:
        raise UndefinedError
    return True


def drawn(problem: AnyProblem, number: int, pinned: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The givens of one random problem of the same structure.

    Inputs, weights and biases are of either sign and 0.1 to 1.25 in size; the learning rate lies between 0 and 1;
    targets are what the loss allows, and sum to 1 where the problem's do. In a chain of formulas every other problem
    stays near the numbers given, so that logarithms and roots keep a value.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    number : int
        Which problem.
    pinned : mapping of str to Fraction
        Givens that keep these values.
    """
    source = random.Random(f"derive: formulas at point {number}")
    if isinstance(problem, FormulaProblem):
        found = {name: _near(source, given.value, number) for name, given in given_numbers(problem).items()}
        if problem.learning_rate is not None:
            found["eta"] = _share(source)
    else:
        found = {name: _signed(source) for name in given_numbers(problem)} | {"eta": _share(source)}
        found |= _targets(problem, source)
    return found | {name: value for name, value in pinned.items() if name in found}


def _targets(problem: Problem, source: random.Random) -> dict[str, Fraction]:
    if "cross_entropy" not in problem.loss:
        return {}
    found: dict[str, Fraction] = {}
    for number, whole in enumerate(sums_to_one(problem), start=1):
        index = "" if len(problem.samples) == 1 else f"[{number}]"
        shares = [_share(source) for _ in problem.outputs]
        if problem.loss == "cross_entropy" and whole:
            shares = [share / sum(shares) for share in shares]
        found |= {f"t_{unit}{index}": share for unit, share in zip(problem.outputs, shares, strict=True)}
    return found


def sums_to_one(problem: Problem) -> tuple[bool, ...]:
    """For each sample whether its targets sum to exactly 1."""
    return tuple(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)


def _signed(source: random.Random) -> Fraction:
    return Fraction(source.choice((-1, 1)) * source.randint(13, 160), _PARTS)


def _share(source: random.Random) -> Fraction:
    return Fraction(source.randint(13, 115), _PARTS)


def _near(source: random.Random, value: Fraction, number: int) -> Fraction:
    """Half the time near the value, half the time of its size and either sign."""
    if number % 2 == 0 and value:
        return value * (1 + Fraction(source.randint(-40, 40), _PARTS))
    return _signed(source) * max(1, round(abs(value)))
