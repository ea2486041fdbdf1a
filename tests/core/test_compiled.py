"""Generated straight-line code: the same values on every kind of number, and nothing of a user's in it."""

from __future__ import annotations

import builtins
import math
import re
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import fmpq
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from derive.arithmetic.code import ARRAYS, FLOATS, Arithmetic, compile_quantities, compile_rounds, evaluate, needed
from derive.arithmetic.exact import BALLS, as_float, precision
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import FUNCTIONS
from derive.given.problem import Problem
from derive.network.backward import derive_structure
from derive.network.graph import Quantity
from derive.proof.values import given_numbers, givens_of
from tests.core.networks import FIGURES, MPMATH, problems
from tests.numeric.problems import layer, mazur, problem

CLOSE = 1e-9


def floats(given_problem: Problem) -> dict[str, float]:
    return {name: float(number.value) for name, number in given_numbers(given_problem).items()}


def work(given_problem: Problem, givens: dict[str, Any], arithmetic: Arithmetic) -> dict[str, Any]:
    """All quantities by generated code."""
    quantities = derive_structure(given_problem.structure).quantities
    outputs = [quantity.id for quantity in quantities]
    run = compile_quantities(quantities, inputs=tuple(givens), outputs=outputs, arithmetic=arithmetic)
    return dict(zip(outputs, run(list(givens.values())), strict=True))


def stepwise(given_problem: Problem, givens: dict[str, Any], arithmetic: Arithmetic) -> dict[str, Any]:
    """All quantities one by one, without code."""
    values = dict(givens)
    for quantity in derive_structure(given_problem.structure).quantities:
        values[quantity.id] = evaluate(quantity.expression, values, arithmetic)
    return values


@settings(max_examples=25)
@given(problems())
def test_code_equals_evaluation(given_problem: Problem) -> None:
    """Generated code in floats gives what each formula gives by itself, to rounding, and what balls prove."""
    compiled = work(given_problem, floats(given_problem), FLOATS)
    single = stepwise(given_problem, floats(given_problem), FLOATS)
    with precision(256):
        sure = stepwise(given_problem, givens_of(given_problem), BALLS)
        balls = work(given_problem, givens_of(given_problem), BALLS)
        for name, value in compiled.items():
            assert value == pytest.approx(single[name], rel=CLOSE, abs=1e-11), name
            assert value == pytest.approx(as_float(sure[name]), rel=1e-7, abs=1e-10), name
            assert as_float(balls[name]) == as_float(sure[name]), name


@settings(max_examples=15)
@given(problems(), st.data())
def test_arrays_are_many_floats(given_problem: Problem, data: st.DataObject) -> None:
    """One pass over arrays of variants gives every variant's own floats."""
    givens = floats(given_problem)
    varied = data.draw(st.sampled_from([name for name in givens if name.startswith("w")]))
    variants = data.draw(st.lists(FIGURES.map(float), min_size=1, max_size=5))
    arrays = work(given_problem, {**givens, varied: np.array(variants)}, ARRAYS)
    for position, value in enumerate(variants):
        alone = work(given_problem, {**givens, varied: value}, FLOATS)
        for name, figures in arrays.items():
            one = np.broadcast_to(figures, (len(variants),))[position]
            # Sums in another order may round a net input at a kink to either side of it.
            assert one == pytest.approx(alone[name], rel=CLOSE, abs=1e-11), name


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
@pytest.mark.parametrize("net", [-30.0, -1.25, 0.0, 0.5, 30.0])
def test_functions_in_floats_and_arrays(function: str, net: float) -> None:
    """Every function gives its definition's value, as a float and as an array."""
    positive = abs(net) + 0.5 if function in ("ln", "sqrt", "raised") else net
    arguments = {1: [positive], 2: [positive, 0.5], None: [net, net, 1.0, -2.0]}[FUNCTIONS[function].arity]
    expected = float(MPMATH.functions[function](*map(mpmath.mpf, arguments)))
    assert FLOATS.functions[function](*arguments) == pytest.approx(expected, rel=1e-14)
    many = ARRAYS.functions[function](*(np.array([argument, argument]) for argument in arguments))
    assert list(many) == pytest.approx([expected, expected], rel=1e-14)


@pytest.mark.parametrize("net", [800.0, -800.0])
def test_floats_do_not_overflow(net: float) -> None:
    """Saturated units are 0, 1 or the net itself in floats, never an OverflowError."""
    functions = FLOATS.functions
    assert functions["sigmoid"](net) == (1.0 if net > 0 else 0.0)
    assert functions["tanh"](net) == math.copysign(1.0, net)
    assert functions["softplus"](net) == max(net, 0.0)
    assert functions["softmax"](net, net, 0.0) == (1.0 if net > 0 else 0.0)
    assert functions["ln"](0.0) == -math.inf
    assert math.isnan(functions["ln"](-1.0))


@pytest.mark.parametrize("arithmetic", [FLOATS, ARRAYS, BALLS])
def test_every_arithmetic_has_every_function(arithmetic: Arithmetic) -> None:
    """No formula meets a kind of number that lacks its function."""
    assert set(arithmetic.functions) - {"product", "quotient", "power"} == set(FUNCTIONS)


A, B, C = Ref("a"), Ref("b"), Ref("c")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (Sum((A, Neg(B), C)), Fraction(2 - 3 + 5)),
        (Sum((Neg(A), Neg(Sum((B, Neg(C)))))), Fraction(-2 - (3 - 5))),
        (Neg(Sum((A, B))), Fraction(-5)),
        (Product((Sum((A, B)), Neg(C))), Fraction(-25)),
        (Quotient(A, Quotient(B, C)), Fraction(10, 3)),
        (Quotient(Product((A, B)), Product((C, C))), Fraction(6, 25)),
        (Power(Neg(A), 2), Fraction(4)),
        (Neg(Power(A, 2)), Fraction(-4)),
        (Power(Power(A, 2), 3), Fraction(64)),
        (Power(Sum((ONE, Neg(B))), 3), Fraction(-8)),
        (Product((Const(Fraction(-1, 2)), A, Const(Fraction(1, 3)))), Fraction(-1, 3)),
        (Call("relu", (Neg(A),)), Fraction(0)),
        (Sum((A,)), Fraction(2)),
    ],
)
def test_precedence(expression: Expression, expected: Fraction) -> None:
    """Signs, powers and fractions bind in code as they do in the formula; exact, so no tolerance hides a mistake."""
    quantities = [Quantity("out", "rule", expression)]
    run = compile_quantities(quantities, inputs=["a", "b", "c"], outputs=["out"], arithmetic=BALLS)
    value = run([fmpq(2), fmpq(3), fmpq(5)])[0]
    assert Fraction(int(value.p), int(value.q)) == expected
    again = evaluate(expression, {"a": fmpq(2), "b": fmpq(3), "c": fmpq(5)}, BALLS)
    assert again == value


@pytest.mark.parametrize("terms", [1, 63, 64, 65, 128, 129, 300, 5000])
def test_long_sums(terms: int) -> None:
    """A sum of any length compiles and is complete, signs and first terms included."""
    names = [f"x{position}" for position in range(terms)]
    written = tuple(Neg(Ref(name)) if position % 3 == 0 else Ref(name) for position, name in enumerate(names))
    quantities = [Quantity("total", "rule", Sum(written)), Quantity("twice", "rule", Sum((Ref("total"), Ref("total"))))]
    run = compile_quantities(quantities, inputs=names, outputs=["total", "twice"], arithmetic=FLOATS)
    expected = sum(-position if position % 3 == 0 else position for position in range(terms))
    assert run([float(position) for position in range(terms)]) == (expected, 2 * expected)


def test_a_wide_layer() -> None:
    """A unit with 300 inputs and a bias is worked and trained."""
    wide = problem([layer("y", "identity", [["0.01"] * 300], "0.5")], [["1"] * 300], [["3"]], loss="half_squared_error")
    values = work(wide, givens_of(wide), BALLS)
    assert values["net_y"] == fmpq(7, 2)
    assert values["w300_new"] == fmpq(1, 100) - fmpq(1, 2) * fmpq(1, 2)


def test_only_what_is_needed_is_computed() -> None:
    """What no output depends on is left out, and its undefined figures do no harm."""
    bad = Quantity("bad", "rule", Quotient(A, Const(Fraction(0))))
    good, last = Quantity("good", "rule", Sum((A, B))), Quantity("last", "rule", Product((Ref("good"), C)))
    assert needed([bad, good, last], ["last"]) == [good, last]
    assert needed([bad, good, last], ["good"]) == [good]
    run = compile_quantities([bad, good, last], inputs=["a", "b", "c"], outputs=["last", "a"], arithmetic=FLOATS)
    assert run([1.0, 2.0, 3.0]) == (9.0, 1.0)


@settings(max_examples=15)
@given(problems(batch="sum"), st.integers(0, 5))
def test_rounds_are_single_rounds(given_problem: Problem, count: int) -> None:
    """k rounds at once equal one round k times, and every round reports the error it starts with."""
    derivation = derive_structure(given_problem.structure)
    givens = floats(given_problem)
    state = {name: f"{name}_new" for name in derivation.trained}
    fixed = [name for name in givens if name not in state]
    start, rest = [givens[name] for name in state], [givens[name] for name in fixed]
    rounds = compile_rounds(derivation.quantities, state=state, fixed=fixed, watched="E_total", arithmetic=FLOATS)
    single = compile_quantities(
        derivation.quantities, inputs=[*state, *fixed], outputs=[*state.values(), "E_total"], arithmetic=FLOATS
    )
    expected, values = [], list(start)
    try:
        for _ in range(count):
            *values, error = single([*values, *rest])
            expected.append(error)
    except ArithmeticError:
        reject()  # 1 - out of a saturated unit is 0 in floats, or the training diverges
    assume(all(abs(value) < 1e6 for value in (*values, *expected)))
    errors: list[float] = []
    reached = rounds(start, rest, count, errors.append)
    # Parts that several formulas share are worked out once, and squares as products: the last bit may differ.
    assert list(reached) == pytest.approx(values, nan_ok=True, rel=1e-9, abs=1e-12)
    assert errors == pytest.approx(expected, nan_ok=True, rel=1e-9, abs=1e-12)


def test_every_quantity_is_wrapped() -> None:
    """What wraps values is applied to every quantity, and later ones are computed from the wrapped."""
    rounded = Arithmetic(functions=FLOATS.functions, constant=float, wrap=lambda value: float(round(value)))
    quantities = [
        Quantity("half", "rule", Quotient(A, Const(Fraction(2)))),
        Quantity("sum", "rule", Sum((Ref("half"), Const(Fraction(1, 4))))),
    ]
    run = compile_quantities(quantities, inputs=["a"], outputs=["half", "sum"], arithmetic=rounded)
    assert run([1.4]) == (1.0, 1.0)


@pytest.mark.parametrize("names", [("exec H2", "eval y2"), ("v0 c0", "compiled wrap"), ("exp sigmoid", "ln given")])
def test_no_name_of_a_user_is_in_the_code(names: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Units called like functions, or like the code's own names, change no figure and leave no trace in the source."""
    sources: list[str] = []
    genuine = builtins.compile

    def recording(source: Any, filename: Any, *rest: Any, **options: Any) -> Any:
        if filename == "<derived>":
            sources.append(source)
        return genuine(source, filename, *rest, **options)

    plain = mazur()
    hidden, output = plain.layers
    hostile = problem(
        [
            layer(names[0], "sigmoid", hidden.weights, hidden.bias),
            layer(names[1], "sigmoid", output.weights, output.bias),
        ],
        [["0.05", "0.10"]], [["0.01", "0.99"]], loss="half_squared_error", train_biases=False,
    )  # fmt: skip
    monkeypatch.setattr(builtins, "compile", recording)
    found, expected = work(hostile, floats(hostile), FLOATS), work(plain, floats(plain), FLOATS)
    monkeypatch.undo()
    assert list(found.values()) == list(expected.values())
    assert len(sources) == 2
    assert sources[0] == sources[1]
    words = set(re.findall(r"[A-Za-z_]\w*", sources[0]))
    assert words <= {"def", "compiled", "given", "return", "power", *FUNCTIONS} | {
        w for w in words if re.fullmatch(r"[vc]\d+", w)
    }
