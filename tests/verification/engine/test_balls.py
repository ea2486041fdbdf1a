"""Bounds hold: whatever a formula comes to at any point of a box lies within its ball and its centred form."""

from __future__ import annotations

import random
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

from derive.compiled import evaluate
from derive.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import FUNCTIONS
from derive.verification.engine.ball_arrays import BALL_ARRAYS, BallArray
from derive.verification.engine.duals import ONE as SELF
from derive.verification.engine.duals import Dual
from derive.verification.engine.sheet import COARSE, FINE, Kind
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


def enclosures(
    formula: Expression, values: tuple[Fraction, Fraction], half: float, kind: Kind
) -> list[tuple[Any, Any]]:
    """Lower and upper ends of the box's image: by plain balls, and in centred form."""
    duals: dict[str, Dual] = {}
    for name, value in zip("ab", values, strict=True):
        centre = kind.points([value])
        duals[name] = Dual(centre, centre.widened(np.array([half])), {name: SELF})
    with np.errstate(all="ignore"):
        plain = evaluate(formula, {name: dual.box for name, dual in duals.items()}, kind.arithmetic)
        dual = evaluate(formula, duals, kind.dual)
        reach = sum((1.0 if slope is SELF else slope.size()) * half for slope in dual.slopes.values())
    ends = [(plain.floats() - plain.radii(), plain.floats() + plain.radii())]
    around = dual.centre.radii() + reach
    return [*ends, (dual.centre.floats() - around, dual.centre.floats() + around)]


@pytest.mark.parametrize("kind", [COARSE, FINE], ids=["floats", "many bits"])
@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_every_function_is_enclosed(formula: Expression, kind: Kind) -> None:
    """At random points of random boxes, kinks and jumps among them, the value lies within both bounds."""
    chance = random.Random(str(formula))
    positive = isinstance(formula, Call) and formula.function in ("ln", "sqrt")
    for half in (0.0, 1e-9, 0.005, 0.3):
        for _ in range(12):
            values = [Fraction(chance.randint(-30, 30), 10) for _ in range(2)]
            if positive:
                values = [abs(value) + 1 for value in values]
            bounds = enclosures(formula, (values[0], values[1]), half, kind)
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
                    assert not exact < float(low[0]) - slack
                    assert not exact > float(high[0]) + slack


def test_centred_form_is_narrow() -> None:
    """Where a figure enters twice, a·(1 - a) near 0.9, the centred form has the width of the image; balls do not."""
    plain, centred = enclosures(Product((A, Sum((ONE, Neg(A))))), (Fraction(9, 10), Fraction(0)), 0.0005, COARSE)
    true_width = 2 * 0.0005 * 0.8
    assert float(centred[1][0] - centred[0][0]) == pytest.approx(true_width, rel=0.01)
    assert float(plain[1][0] - plain[0][0]) > 1.2 * true_width


@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=2))
def test_no_value_meets_nothing(numbers: list[float]) -> None:
    """Infinite figures, and what has no value, meet nothing and raise no warning under the judge's settings."""
    first, second = (BallArray(np.array([number]), np.array([0.0])) for number in numbers)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        for found in (first / second, first * second, BALL_ARRAYS.functions["exp"](first)):
            if not np.isfinite(found.mid[0]):
                assert not first.meets(found, np.array([1.0])).any()
            found.meets(second, np.array([np.inf]))


@pytest.mark.parametrize("kind", [COARSE, FINE], ids=["floats", "many bits"])
def test_meeting_at_the_ends(kind: Kind) -> None:
    """Intervals that touch meet, exactly at a tie too; those a little apart do not."""
    figures = kind.points([Fraction(3, 10), Fraction(3, 10)])
    others = kind.points([Fraction(7, 20), Fraction(3501, 10000)])
    assert figures.meets(others, np.array([0.05, 0.05])).tolist() == [True, False]
