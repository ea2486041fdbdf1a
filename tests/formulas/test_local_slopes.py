"""Local derivatives without SymPy: each in the form in which SymPy derives it, or left to SymPy."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, references
from derive.formula.functions import CALLABLE
from derive.given.parser import parse_formula
from derive.network.by_sympy import derived_by_sympy
from derive.network.local_slopes import local_derivative, plain_derivative

NAMES = ("a", "b", "c")
OF_ONE = sorted(record.name for record in CALLABLE.values() if record.arity == 1)


def grown(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        parts.map(Neg),
        several.map(Sum),
        several.map(Product),
        st.builds(Quotient, parts, parts),
        st.builds(Power, parts, st.integers(-2, 3)),
        st.builds(Call, st.sampled_from(OF_ONE), st.tuples(parts)),
        st.builds(Call, st.sampled_from(["max", "min"]), st.tuples(parts, parts)),
    )


FORMULAS = st.recursive(
    st.one_of(
        st.sampled_from(NAMES).map(Ref),
        st.sampled_from([0, 1, 2, 3, Fraction(1, 2), Fraction(3, 10)]).map(lambda value: Const(Fraction(value))),
    ),
    grown,
    max_leaves=6,
)


@settings(max_examples=300)
@given(formula=FORMULAS)
def test_what_is_worked_out_plainly_is_what_sympy_derives(formula: Expression) -> None:
    """The same terms and factors in the same order, by each name of a formula."""
    for by in dict.fromkeys(references(formula)):
        found = plain_derivative("v", formula, by)
        assert found is None or found == derived_by_sympy("v", formula, by)


@pytest.mark.parametrize(
    "text",
    [
        "a*b + b*c + c", "a*b - c", "3*a", "b - a", "-a", "1/(1 + a)", "(a - b)**2/2", "0.5*(a - b)**2", "(a - b)**2",
        "(1 - a)**2", "a + a + 1", "c + 1 + c + (-a)", "a + 3*a + relu(b - a)", "a*b + b**3", "a/2.0", "a + 10.0/b",
        "exp(a)", "-exp(a)", "exp(-a)", "exp(2*a)", "exp(a)*exp(b)", "sigmoid(a)", "tanh(a*b + c)", "softplus(a)",
        "softsign(a)", "sqrt(a)", "log(a)", "sin(a)", "cos(a)", "tan(a)", "abs(a)", "max(a, b)", "min(a, b)",
        "a*log(b)", "0.3*a**2", "0.1*a + 0.2*b", "(a + b)*c", "c*(1 - a)**3", "1/a", "a/b", "(a**2 + b**2)/2",
    ],
)  # fmt: skip
def test_what_people_write_needs_no_sympy(text: str) -> None:
    """Each of them is worked out plainly, in SymPy's own form."""
    formula = parse_formula(text, "define.v", NAMES)
    for by in dict.fromkeys(references(formula)):
        found = plain_derivative("v", formula, by)
        assert found is not None
        assert found == derived_by_sympy("v", formula, by)


def test_the_rest_is_left_to_sympy() -> None:
    """What SymPy may draw together or multiply out is what SymPy makes of it."""
    formula = parse_formula("a*sigmoid(a)", "define.v", NAMES)
    assert plain_derivative("v", formula, "a") is None
    assert local_derivative("v", formula, "a") == derived_by_sympy("v", formula, "a")


@pytest.mark.parametrize("signs", [1, 2, 3])
def test_minus_signs_before_a_function_cancel(signs: int) -> None:
    """−(−exp(a)) is exp(a), and so is its derivative v."""
    formula: Expression = Call("exp", (Ref("a"),))
    for _ in range(signs):
        formula = Neg(formula)
    assert local_derivative("v", formula, "a") == derived_by_sympy("v", formula, "a") == Ref("v")


def _at(formula: Expression, values: dict[str, int]) -> int:
    """What a formula of comparisons is, by plain Python."""
    match formula:
        case Ref(name):
            return values[name]
        case Product(factors):
            return prod(_at(each, values) for each in factors)
        case Call(function, arguments):
            several = [_at(each, values) for each in arguments]
            known: dict[str, Any] = {
                "max": max,
                "min": min,
                "above": lambda a, b: int(a > b),
                "at_least": lambda a, b: int(a >= b),
            }
            return int(known[function](*several))
    raise AssertionError(formula)


@pytest.mark.parametrize(("function", "count"), [("max", 3), ("max", 4), ("max", 9), ("max", 16), ("min", 4)])
def test_the_chosen_of_several(function: str, count: int) -> None:
    """Windows of pools of every usual size, without SymPy: 1 for the first of the largest, else 0."""
    names = [f"x{place}" for place in range(count)]
    formula: Expression = Ref(names[0])
    for name in names[1:]:
        formula = Call(function, (formula, Ref(name)))
    drawn = random.Random(count)
    rows = [*product(range(3), repeat=4)] if count == 4 else [drawn.choices(range(3), k=count) for _ in range(60)]
    for by in names:
        found = plain_derivative("v", formula, by)
        assert found is not None
        for row in rows:
            values = dict(zip(names, row, strict=True))
            best = (max if function == "max" else min)(row)
            assert _at(found, values) == (by == names[[*row].index(best)])
            if count == 3:
                assert _at(derived_by_sympy("v", formula, by), values) == _at(found, values)
