"""The generated code of rounds: whatever makes it quick changes no figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.arithmetic.array_code import compile_array_rounds
from derive.arithmetic.code import FLOATS, Arithmetic, compile_quantities, compile_rounds
from derive.arithmetic.common_parts import folded, without_repeats
from derive.arithmetic.exact import BALLS, BALLS_ALONE, UndecidedError, as_float, precision, shortened
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.given.problem import Problem
from derive.network.graph import Quantity
from derive.proof.crosscheck import derivations
from derive.proof.values import givens_of
from tests.core.networks import problems

CAREFUL = replace(FLOATS, quick=None)
LEAVES = st.one_of(st.sampled_from("abc").map(Ref), st.integers(1, 3).map(lambda whole: Const(Fraction(whole))))


def _larger(part: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(part, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        part.map(Neg),
        several.map(Sum),
        several.map(Product),
        part.map(lambda base: Power(base, 3)),
        st.tuples(part, part).map(lambda pair: Quotient(pair[0], Sum((Power(pair[1], 2), Const(Fraction(1)))))),
        part.map(lambda inner: Call("tanh", (inner,))),
        part.map(lambda inner: Call("relu", (inner,))),
    )


FORMULAS = st.recursive(LEAVES, _larger, max_leaves=8)


@st.composite
def chains(draw: st.DrawFn) -> list[Quantity]:
    """A few formulas, each of which may use those before it."""
    found: list[Quantity] = []
    for number in range(draw(st.integers(1, 5))):
        formula = draw(FORMULAS)
        if found and draw(st.booleans()):
            formula = Sum((Ref(found[draw(st.integers(0, len(found) - 1))].id), formula))
        found.append(Quantity(f"q{number}", "defined", formula))
    return found


def _values(quantities: Sequence[Quantity], outputs: Sequence[str]) -> tuple[Any, ...]:
    function = compile_quantities(quantities, inputs=["a", "b", "c"], outputs=outputs, arithmetic=CAREFUL)
    return function([0.3, -1.7, 2.1])


@given(chains())
def test_nothing_worked_out_twice_changes_no_bit(quantities: list[Quantity]) -> None:
    """Sharing parts, and writing formulas into one another, gives the same floats to the last bit."""
    names = [quantity.id for quantity in quantities]
    expected = _values(quantities, names)
    shared, other = without_repeats(quantities)
    ends = [other.get(name, name) for name in names]
    assert _values(shared, ends) == expected
    assert _values(folded(shared, ends), ends) == expected


def test_deltas_are_shared_by_gradients() -> None:
    """Two products with the same first factors cost one multiplication more, not two."""
    products = [Quantity(f"q{k}", "defined", Product((Ref("a"), Ref("b"), Ref(other)))) for k, other in enumerate("ac")]
    shared, _ = without_repeats(products)
    assert [quantity.expression for quantity in shared] == [
        Product((Ref("a"), Ref("b"))),
        Product((Ref("~1"), Ref("a"))),
        Product((Ref("~1"), Ref("c"))),
    ]


def _run(problem: Problem, arithmetic: Arithmetic, givens: Mapping[str, Any], rounds: int) -> tuple[Any, list[Any]]:
    derivation = derivations(problem)(1)
    fixed = [name for name in givens if name not in derivation.trained]
    function = compile_rounds(
        derivation.quantities,
        state={name: f"{name}_new" for name in derivation.trained},
        fixed=fixed,
        watched="E_total",
        arithmetic=arithmetic,
    )
    errors: list[Any] = []
    state = function([givens[n] for n in derivation.trained], [givens[n] for n in fixed], rounds, errors.append)
    return state, errors


def _floats(problem: Problem) -> dict[str, float]:
    return {name: as_float(value) for name, value in givens_of(problem).items()}


def test_a_network_that_diverges_leaves_the_range_of_floats_alike() -> None:
    """Errors that are squared overflow: into infinity, as products do, and not into an exception."""
    step = Quantity("a_new", "defined", Product((Ref("a"), Const(Fraction(-(2**200))))))
    error = Quantity("E", "defined", Sum((Power(Ref("a"), 3), Power(Ref("a"), 2))))
    rounds = compile_rounds([step, error], state={"a": "a_new"}, fixed=[], watched="E", arithmetic=FLOATS)
    careful = compile_rounds([step, error], state={"a": "a_new"}, fixed=[], watched="E", arithmetic=CAREFUL)
    for run in (rounds, careful):
        errors: list[Any] = []
        assert run([1.0], [], 3, errors.append) == (-(2.0**600),)
        assert errors == [2.0, 2.0**400 - 2.0**600, math.inf]
    odd = compile_quantities([error], inputs=["a"], outputs=["E"], arithmetic=CAREFUL)
    assert math.isnan(odd([-1e200])[0])  # the cube is -inf, the square inf


@given(problems(batch="sum"))
def test_quick_rounds_are_the_careful_ones(problem: Problem) -> None:
    """Inlined functions and squares change nothing beyond the last bits."""
    state, errors = _run(problem, FLOATS, _floats(problem), 5)
    careful, expected = _run(problem, CAREFUL, _floats(problem), 5)
    assert len(errors) == 5
    for value, other in zip((*state, *errors), (*careful, *expected), strict=True):
        assert math.isclose(value, other, rel_tol=1e-12, abs_tol=1e-15) or (math.isnan(value) and math.isnan(other))


@pytest.mark.parametrize("rate", [1.0, 1e3])
def test_an_overflow_is_taken_over_by_careful_code(rate: float) -> None:
    """An exponential that overflows, at once or some rounds on, gives the sigmoid 0 and every round one report."""
    weighted = Product((Ref("w"), Ref("x")))
    quantities = [
        Quantity("net", "net_input", weighted),
        Quantity("out", "activation", Call("sigmoid", (Ref("net"),))),
        Quantity("E_total", "total_error", Sum((Ref("net"), Ref("out")))),
        Quantity("w_new", "update", Sum((Ref("w"), Neg(Ref("eta"))))),
    ]
    found = []
    for arithmetic in (FLOATS, CAREFUL):
        function = compile_rounds(
            quantities, state={"w": "w_new"}, fixed=["x", "eta"], watched="E_total", arithmetic=arithmetic
        )
        errors: list[float] = []
        found.append((function([-700.0], [1.0, rate], 30, errors.append), errors))
    assert found[0] == found[1]
    assert len(found[0][1]) == 30
    assert found[0][1][-1] == -700.0 - 29 * rate


def test_new_values_replace_old_ones_together() -> None:
    """A parameter whose new value is the old one of another gets that, not the new one."""
    swap = [Quantity("a_new", "update", Ref("b")), Quantity("b_new", "update", Ref("a"))]
    state = {"a": "a_new", "b": "b_new"}
    rounds = compile_rounds(swap, state=state, fixed=[], watched="a", arithmetic=FLOATS)
    assert rounds([1.0, 2.0], [], 3, lambda _: None) == (2.0, 1.0)


@given(problems(batch="sum"))
def test_balls_alone_enclose_what_exact_rationals_give(problem: Problem) -> None:
    """Two rounds without rationals end in balls that meet those of the mixed arithmetic, and are as narrow."""
    with precision(256):
        exact = givens_of(problem)
        try:
            mixed, _ = _run(problem, BALLS, exact, 2)
            balls = {name: shortened(value, keep=False) for name, value in exact.items()}
            alone, _ = _run(problem, BALLS_ALONE, balls, 2)
        except UndecidedError:  # a kink
            return
        for one, other in zip(mixed, alone, strict=True):
            first, second = shortened(one, keep=False), shortened(other, keep=False)
            assert first.overlaps(second)
            assert float(second.rad()) < 1e-40


@given(problems(batch="sum"))
def test_array_rounds_are_the_float_rounds(problem: Problem) -> None:
    """Every variant of an array trains as it does alone."""
    derivation = derivations(problem)(1)
    givens = _floats(problem)
    if not derivation.trained:
        return
    fixed = [name for name in givens if name not in derivation.trained]
    function = compile_array_rounds(
        derivation.quantities, state={name: f"{name}_new" for name in derivation.trained}, fixed=fixed
    )
    shifts = np.array([0.0, 0.125, -0.5])
    with np.errstate(all="ignore"):
        state = function([givens[n] + shifts for n in derivation.trained], [givens[n] for n in fixed], 3)
    for variant, shift in enumerate(shifts):
        moved = givens | {name: givens[name] + float(shift) for name in derivation.trained}
        expected, _ = _run(problem, CAREFUL, moved, 3)
        for values, other in zip(state, expected, strict=True):
            assert math.isclose(values[variant], other, rel_tol=1e-9, abs_tol=1e-12) or not math.isfinite(other)
