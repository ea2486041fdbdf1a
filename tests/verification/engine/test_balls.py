"""Bounds hold: whatever a formula comes to at any point of a box lies within its ball and its centred form."""

from __future__ import annotations

import random
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from derive.arithmetic.code import evaluate
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import FUNCTIONS
from derive.judging.engine.ball_arrays import BALL_ARRAYS, BallArray
from derive.judging.engine.duals import DUALS, Dual
from derive.judging.engine.duals import ONE as SELF
from tests.verification.engine.hands import MANY_DIGITS

A, B = Ref("a"), Ref("b")


def _calls() -> list[Expression]:
    found: list[Expression] = []
    for name, record in FUNCTIONS.items():
        inner: tuple[Expression, ...] = (A,) if record.arity == 1 else (A, B)
        if name == "softmax":
            inner = (A, A, B)
        found.append(Call(name, inner))
    return found


FORMULAS: list[Expression] = [
    *_calls(),
    Sum((A, Neg(B), ONE)),
    Product((A, B, A)),
    Quotient(A, Sum((B, Const(Fraction(7))))),
    Power(Sum((A, Neg(B))), 2),
    Power(Sum((A, Const(Fraction(5)))), -3),
    Product((A, Sum((ONE, Neg(A))))),
    Product((Call("sigmoid", (Sum((Product((A, B)), B)),)), Call("tanh", (A,)))),
    Call("ln", (Call("exp", (Sum((A, B)),)),)),
    Call("abs", (Product((A, B)),)),
    Call("max", (Product((A, A)), B, Const(Fraction(1, 3)))),
]


def enclosures(formula: Expression, values: tuple[Fraction, Fraction], half: float) -> list[tuple[Any, Any]]:
    """Lower and upper ends of the box's image: by plain balls, and in centred form."""
    duals: dict[str, Dual] = {}
    for name, value in zip("ab", values, strict=True):
        centre = BallArray.points([value])
        duals[name] = Dual(centre, centre.widened(np.array([half])), {name: SELF})
    with np.errstate(all="ignore"):
        plain = evaluate(formula, {name: dual.box for name, dual in duals.items()}, BALL_ARRAYS)
        dual = evaluate(formula, duals, DUALS)
        reach = sum((1.0 if slope is SELF else slope.size()) * half for slope in dual.slopes.values())
    return [ends(plain), ends(dual.centre.widened(np.atleast_1d(reach)))]


def ends(balls: BallArray) -> tuple[float, float]:
    """Lower and upper end of the first ball; no numbers where it has none."""
    ball = balls.balls[0]
    return float(ball.lower()), float(ball.upper())


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_every_function_is_enclosed(formula: Expression) -> None:
    """At random points of random boxes, kinks and jumps among them, the value lies within both bounds."""
    chance = random.Random(str(formula))
    positive = isinstance(formula, Call) and formula.function in ("ln", "sqrt", "raised")
    for half in (0.0, 1e-9, 0.005, 0.3):
        for _ in range(12):
            values = [Fraction(chance.randint(-30, 30), 10) for _ in range(2)]
            if positive:
                values = [abs(value) + 1 for value in values]
            bounds = enclosures(formula, (values[0], values[1]), half)
            for _ in range(5):
                point = {
                    name: mpf(value.numerator) / value.denominator
                    + mpf(half) * chance.choice([-1, 1, chance.uniform(-1, 1)])
                    for name, value in zip("ab", values, strict=True)
                }
                exact = evaluate(formula, point, MANY_DIGITS)
                for low, high in bounds:
                    # The ends are floats themselves; a bound that is no number claims nothing.
                    slack = 1e-15 * abs(exact)
                    assert not exact < low - slack
                    assert not exact > high + slack


def test_centred_form_is_narrow() -> None:
    """Where a figure enters twice, a·(1 - a) near 0.9, the centred form has the width of the image; balls do not."""
    plain, centred = enclosures(Product((A, Sum((ONE, Neg(A))))), (Fraction(9, 10), Fraction(0)), 0.0005)
    true_width = 2 * 0.0005 * 0.8
    assert centred[1] - centred[0] == pytest.approx(true_width, rel=0.01)
    assert plain[1] - plain[0] > 1.2 * true_width


@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=2))
def test_no_value_meets_nothing(numbers: list[float]) -> None:
    """Infinite figures, and what has no value, meet nothing and raise no warning under the judge's settings."""
    first, second = (BallArray.of([arb(number)]) for number in numbers)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        for found in (first / second, first * second, BALL_ARRAYS.functions["exp"](first)):
            if not found.balls[0].is_finite():
                assert not first.meets(found, np.array([1.0])).any()
            found.meets(second, np.array([np.inf]))


def test_meeting_at_the_ends() -> None:
    """Intervals that touch meet, exactly at a tie too; those a little apart do not."""
    figures = BallArray.points([Fraction(3, 10), Fraction(3, 10)])
    others = BallArray.points([Fraction(7, 20), Fraction(3501, 10000)])
    assert figures.meets(others, np.array([0.05, 0.05])).tolist() == [True, False]


def test_a_step_too_small_for_floats_is_not_nothing() -> None:
    """exp(-990) is 1e-430 and its slope likewise: what a figure may move it by is more than 0 all the same."""
    net = BallArray.points([Fraction(-990)])
    found = DUALS.functions["exp"](Dual(net, net.widened(np.array([5.0])), {"net": SELF}))
    assert (found.centre.floats() == 0.0).all()
    assert (found.slopes["net"].size() > 0.0).all()


SMOOTH = [name for name, record in FUNCTIONS.items() if not record.jumps and record.slopes(*record.placeholders)]


@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_are_those_of_the_functions(name: str) -> None:
    """Each partial derivative, worked with 40 digits, against a difference quotient of the function itself."""
    chance, step = random.Random(name), mpf(10) ** -12
    own, *places = FUNCTIONS[name].placeholders
    for _ in range(20):
        point = [mpf(chance.choice([-1, 1]) * chance.randint(11, 29)) / 10 + mpf(at) / 20 for at in range(len(places))]
        if name in ("ln", "sqrt", "raised"):
            point = [abs(value) for value in point]
        value = MANY_DIGITS.functions[name](*point)
        known = dict(zip((place.id for place in places), point, strict=True)) | {own.id: value}
        for place, partial in enumerate(FUNCTIONS[name].slopes(own, *places)):
            moved = [each + step * (number == place) for number, each in enumerate(point)]
            quotient = (MANY_DIGITS.functions[name](*moved) - value) / step
            assert abs(evaluate(partial, known, MANY_DIGITS) - quotient) < 1e-9 * (1 + abs(quotient))


@pytest.mark.parametrize("name", [name for name, record in FUNCTIONS.items() if record.definition and record.arity])
def test_definitions_are_those_of_the_functions(name: str) -> None:
    """Each function in simpler ones gives what the function itself gives, at its jump or kink too."""
    definition, arity = FUNCTIONS[name].definition, FUNCTIONS[name].arity
    assert definition is not None
    for x in ("0.25", "0.75", "3") if name == "raised" else ("-2.5", "-0.5", "0", "0.75", "3"):
        for z in ("-0.5", "0", "0.75"):
            several = dict(zip("xz"[:arity], [mpf(x), mpf(z)], strict=False))
            exact = MANY_DIGITS.functions[name](*several.values())
            found = evaluate(definition(*map(Ref, several)), several, MANY_DIGITS)
            assert abs(found - exact) < 1e-30


def test_every_function_has_a_slope_or_jumps() -> None:
    """Softmax alone is differentiated as the quotient that it is."""
    assert {name for name, record in FUNCTIONS.items() if not record.slopes(*record.placeholders)} == {"softmax"}
