"""Local derivatives and the way to SymPy and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.arithmetic.code import evaluate
from derive.errors import UnsupportedError
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES as LOSS_RECORDS
from derive.given.problem import Activation, Loss
from derive.network.from_sympy import from_sympy
from derive.network.graph import activation_expression
from derive.network.slopes import (
    activation_slope,
    error_slope,
    is_one,
    net_slopes,
    share_of_total,
    softmax_slope,
    with_names,
)
from derive.network.to_sympy import to_sympy
from tests.core.networks import MPMATH

OUT, NET, OTHER, TARGET = Ref("out"), Ref("net"), Ref("other"), Ref("target")
TWO = Const(Fraction(2))
REST = Sum((ONE, Neg(OUT)))
MISS = Sum((OUT, Neg(TARGET)))
LOSSES: tuple[Any, ...] = tuple(LOSS_RECORDS)
ELEMENTWISE: tuple[Any, ...] = tuple(name for name in ACTIVATIONS if name != "softmax")


@pytest.mark.parametrize(
    ("activation", "form"),
    [
        ("sigmoid", Product((OUT, REST))),
        ("tanh", Sum((ONE, Neg(Power(OUT, 2))))),
        ("relu", Call("relu_slope", (NET,))),
        ("leaky_relu", Call("leaky_relu_slope", (NET,))),
        ("identity", ONE),
        ("softplus", Call("sigmoid", (NET,))),
    ],
)
def test_slopes_have_their_textbook_form(activation: Activation, form: Expression) -> None:
    """A slope is written with the named activation, in the textbook's order."""
    assert activation_slope(activation) == form


@pytest.mark.parametrize(
    ("loss", "form"),
    [
        ("half_squared_error", MISS),
        ("squared_error", Product((TWO, MISS))),
        ("mean_squared_error", Product((TWO, MISS))),
        ("binary_cross_entropy", Quotient(MISS, Product((OUT, REST)))),
        ("cross_entropy", Neg(Quotient(TARGET, OUT))),
    ],
)
def test_error_slopes_have_their_textbook_form(loss: Loss, form: Expression) -> None:
    """An error's slope is out minus target, with the loss's own constant and denominator."""
    assert error_slope(loss) == form


def test_softmax_slopes_have_their_textbook_form() -> None:
    """out·(1 − out) on the diagonal, −out·out beside it."""
    assert softmax_slope(True) == Product((OUT, REST))
    assert softmax_slope(False) == Neg(Product((OUT, OTHER)))


@pytest.mark.parametrize("activation", ELEMENTWISE)
@pytest.mark.parametrize("net", ["-3.1", "-0.02", "0.3775", "1.5", "40", "-40"])
def test_slopes_are_derivatives(activation: Activation, net: str) -> None:
    """Each slope is the numeric derivative of the activation's definition."""
    with mpmath.workdps(60):
        formula = activation_expression(activation, "net", ("net",))
        place = mpmath.mpf(net)
        values = {"net": place, "out": evaluate(formula, {"net": place}, MPMATH)}
        numeric = mpmath.diff(lambda x: evaluate(formula, {"net": x}, MPMATH), place)
        assert mpmath.almosteq(evaluate(activation_slope(activation), values, MPMATH), numeric, 1e-20, 1e-40)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("target", "out"), [("0.01", "0.75"), ("0.99", "0.2"), ("1", "0.999"), ("0", "0.4")])
def test_error_slopes_are_derivatives(loss: Loss, target: str, out: str) -> None:
    """Each error's slope is the numeric derivative of its definition."""
    with mpmath.workdps(60):
        formula = LOSS_RECORDS[loss].error(Ref("target"), Ref("out"))
        fixed, place = mpmath.mpf(target), mpmath.mpf(out)
        numeric = mpmath.diff(lambda x: evaluate(formula, {"target": fixed, "out": x}, MPMATH), place)
        slope = evaluate(error_slope(loss), {"target": fixed, "out": place}, MPMATH)
        assert mpmath.almosteq(slope, numeric, 1e-20, 1e-40)


@pytest.mark.parametrize("same", [True, False])
def test_softmax_slopes_are_derivatives(same: bool) -> None:
    """∂out_i/∂net_j is the numeric derivative of softmax, for i = j and i ≠ j."""
    with mpmath.workdps(60):
        nets = [mpmath.mpf(text) for text in ("0.4", "-1.2", "2.5")]
        moved = 0 if same else 2

        def out_of_first(net: Any) -> Any:
            changed = [net if place == moved else value for place, value in enumerate(nets)]
            return MPMATH.functions["softmax"](changed[0], *changed)

        outs = [MPMATH.functions["softmax"](net, *nets) for net in nets]
        slope = evaluate(softmax_slope(same), {"out": outs[0], "other": outs[moved]}, MPMATH)
        assert mpmath.almosteq(slope, mpmath.diff(out_of_first, nets[moved]), 1e-20)


def test_net_slopes() -> None:
    """A net input's slope by a weight is what the weight weighs, by a source its weight, by its bias 1 or -1."""
    by_weight, by_source, by_bias = net_slopes(3, True, True)
    assert by_weight == (Ref("source0"), Ref("source1"), Ref("source2"))
    assert by_source == (Ref("weight0"), Ref("weight1"), Ref("weight2"))
    assert by_bias == ONE
    assert net_slopes(1, True, False)[2] == Neg(ONE)
    assert net_slopes(1, False, True)[2] is None


@pytest.mark.parametrize("outputs", [1, 2, 3, 11])
def test_share_of_the_total(outputs: int) -> None:
    """An error's share of the total is 1, but one part in the number of outputs for the mean."""
    for loss in LOSSES:
        share = evaluate(share_of_total(loss, outputs), {}, MPMATH)
        assert share == (mpmath.mpf(1) / outputs if loss == "mean_squared_error" else 1)
        assert is_one(share_of_total(loss, outputs)) == (loss != "mean_squared_error" or outputs == 1)


def test_placeholders_become_ids() -> None:
    """A local derivative in terms of quantities differs from the one with placeholders in its names only."""
    named = with_names(activation_slope("sigmoid"), out="out_H1", net="net_H1")
    assert named == Product((Ref("out_H1"), Sum((ONE, Neg(Ref("out_H1"))))))


NAMES = ("a", "b", "c")
SYMBOLS = {name: sympy.Symbol(name, real=True) for name in NAMES}
POINT = {"a": Fraction(3, 7), "b": Fraction(-5, 4), "c": Fraction(11, 8)}


def grown(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    functions = st.sampled_from(
        ["exp", "tanh", "sigmoid", "softplus", "relu", "leaky_relu", "relu_slope", "leaky_relu_slope"]
    )
    return st.one_of(
        parts.map(Neg),
        several.map(Sum),
        several.map(Product),
        st.builds(Quotient, parts, parts),
        st.builds(Power, parts, st.integers(0, 3)),
        st.builds(Call, functions, st.tuples(parts)),
        several.map(lambda nets: Call("softmax", (nets[0], *nets))),
    )


EXPRESSIONS = st.recursive(
    st.one_of(
        st.sampled_from(NAMES).map(Ref),
        st.fractions(min_value=-4, max_value=4, max_denominator=6).map(Const),
    ),
    grown,
    max_leaves=8,
)


@settings(max_examples=150)
@given(expression=EXPRESSIONS)
def test_there_and_back(expression: Expression) -> None:
    """A formula that went to SymPy and came back has the value it had."""
    with mpmath.workdps(60):
        values = {name: MPMATH.constant(value) for name, value in POINT.items()}
        try:
            before = evaluate(expression, values, MPMATH)
        except ZeroDivisionError:
            assume(False)
        assume(abs(before) < 1e6)
        form = to_sympy(expression, SYMBOLS)
        assume(not form.has(sympy.zoo, sympy.nan, sympy.oo))
        after = evaluate(from_sympy(form, {symbol: name for name, symbol in SYMBOLS.items()}), values, MPMATH)
        # A step function evaluated where rounding decides its branch says nothing about the conversion.
        assert mpmath.almosteq(before, after, 1e-25, 1e-25)


@pytest.mark.parametrize(
    "form", [sympy.sqrt(SYMBOLS["a"]), sympy.pi, sympy.Abs(SYMBOLS["a"]), SYMBOLS["a"] ** SYMBOLS["b"]]
)
def test_what_cannot_be_printed_is_refused(form: Any) -> None:
    """A result outside the forms that are printed is an error that names it."""
    with pytest.raises(UnsupportedError, match="no printed form of"):
        from_sympy(form, {symbol: name for name, symbol in SYMBOLS.items()})


def test_unknown_functions_are_refused() -> None:
    """A function without a SymPy form is an error that names it."""
    with pytest.raises(UnsupportedError, match="erf"):
        to_sympy(Call("erf", (Ref("a"),)), SYMBOLS)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("1 - a", Sum((ONE, Neg(Ref("a"))))),
        ("-(a - 1)", Sum((ONE, Neg(Ref("a"))))),
        ("a*(1 - a)", Product((Ref("a"), Sum((ONE, Neg(Ref("a"))))))),
        ("-a*b", Neg(Product((Ref("a"), Ref("b"))))),
        ("b - a", Sum((Ref("b"), Neg(Ref("a"))))),
        ("a**2", Power(Ref("a"), 2)),
        ("-1/2", Neg(Quotient(ONE, TWO))),
        ("1/a", Quotient(ONE, Ref("a"))),
    ],
)
def test_forms_are_in_textbook_order(form: str, expected: Expression) -> None:
    """Constants come first, names in the order given, and no sum begins with a minus that can be turned."""
    parsed = sympy.sympify(form, locals=SYMBOLS)
    assert from_sympy(parsed, {symbol: name for name, symbol in SYMBOLS.items()}) == expected
