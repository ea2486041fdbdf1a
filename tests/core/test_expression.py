"""Formulas as plain data, the forward pass made of them, and printed figures."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derive.formula.expression import (
    ONE,
    Call,
    Const,
    Neg,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    children,
    references,
    renamed,
)
from derive.formula.figures import Figure
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from derive.network.graph import (
    activation_expression,
    build_graph,
    net_expression,
)
from tests.numeric.problems import layer, mazur, problem

A, B, C = Ref("a"), Ref("b"), Ref("c")
EVERYTHING = Sum((Product((A, Neg(B))), Quotient(Power(C, 2), Call("softmax", (A, A, B))), Const(Fraction(1, 2))))


def test_parts_in_written_order() -> None:
    """References come in the order in which they are written, repeats included."""
    assert list(references(EVERYTHING)) == ["a", "b", "c", "a", "a", "b"]
    assert children(EVERYTHING) == EVERYTHING.terms
    assert children(Power(A, 3)) == (A,)
    assert children(Quotient(A, B)) == (A, B)
    assert children(ONE) == children(A) == ()


def test_renaming_keeps_the_form() -> None:
    """Renamed back, a formula is what it was; a reference may become a whole formula."""
    upper = renamed(EVERYTHING, lambda name: Ref(name.upper()))
    assert list(references(upper)) == ["A", "B", "C", "A", "A", "B"]
    assert renamed(upper, lambda name: Ref(name.lower())) == EVERYTHING
    assert renamed(Neg(A), {"a": Sum((B, C))}.__getitem__) == Neg(Sum((B, C)))


def test_formulas_are_plain_keys() -> None:
    """Equal formulas are equal keys; another order of terms is another formula."""
    assert len({Sum((A, B)), Sum((A, B)), Sum((B, A))}) == 2


def test_deep_formulas_are_walked() -> None:
    """References are found without recursion."""
    deep = A
    for _ in range(20_000):
        deep = Neg(deep)  # type: ignore[assignment]
    assert list(references(deep)) == ["a"]


def test_net_inputs() -> None:
    """Weight times source in order, then the bias, added or subtracted; a single term is no sum."""
    two = (Product((Ref("w1"), Ref("x1"))), Product((Ref("w2"), Ref("x2"))))
    assert net_expression(("w1", "w2"), ("x1", "x2"), "b1", added=True) == Sum((*two, Ref("b1")))
    assert net_expression(("w1", "w2"), ("x1", "x2"), "b1", added=False) == Sum((*two, Neg(Ref("b1"))))
    assert net_expression(("w1",), ("x1",), None, added=True) == two[0]
    with pytest.raises(ValueError, match="zip"):
        net_expression(("w1", "w2"), ("x1",), None, added=True)


def test_activations() -> None:
    """identity is its net input; softmax is about the first of its arguments, with all nets after it."""
    assert activation_expression("identity", "net_y", ("net_y",)) == Ref("net_y")
    assert activation_expression("tanh", "net_y", ("net_y", "net_z")) == Call("tanh", (Ref("net_y"),))
    assert activation_expression("softmax", "net_z", ("net_y", "net_z")) == Call(
        "softmax", (Ref("net_z"), Ref("net_y"), Ref("net_z"))
    )


def test_errors_keep_their_constants() -> None:
    """A half stands only in half_squared_error, and a mean divides only under mean_squared_error."""
    square = Power(Sum((Ref("t"), Neg(Ref("o")))), 2)
    half = Quotient(ONE, Const(Fraction(2)))
    sides = Ref("t"), Ref("o")
    assert LOSSES["half_squared_error"].error(*sides) == Product((half, square))
    assert LOSSES["squared_error"].error(*sides) == square
    assert LOSSES["mean_squared_error"].error(*sides) == square
    both = Sum((Ref("E1"), Ref("E2")))
    assert LOSSES["squared_error"].total(both.terms) == both
    assert LOSSES["mean_squared_error"].total(both.terms) == Product((half, both))
    assert LOSSES["mean_squared_error"].total((Ref("E1"),)) == Ref("E1")


def test_the_forward_pass_of_the_default() -> None:
    """Givens and quantities stand in the order in which they are worked by hand."""
    graph = build_graph(mazur().structure)
    weights = [f"w{number}" for number in range(1, 9)]
    assert graph.givens == ("x1", "x2", "t_y1", "t_y2", *weights[:4], "b1", *weights[4:], "b2", "eta")
    ids = "net_H1 net_H2 out_H1 out_H2 net_y1 net_y2 out_y1 out_y2 E_y1 E_y2 E_total"
    assert [quantity.id for quantity in graph.forward] == ids.split()
    rules = [quantity.rule for quantity in graph.forward]
    assert rules == [*["net_input"] * 2, *["activation"] * 2] * 2 + ["output_error"] * 2 + ["total_error"]


@pytest.mark.parametrize(("batch", "divided"), [("sum", False), ("mean", True), ("online", False)])
def test_several_samples(batch: str, divided: bool) -> None:
    """Each sample has a forward pass of its own; the total is their sum, or mean where the batch says so."""
    two = problem([layer("y", "tanh", [[1]])], [[1], [2]], [[0], [1]], loss="squared_error", batch=batch)
    graph = build_graph(two.structure)
    ids = [quantity.id for quantity in graph.forward]
    each = ["net_y", "out_y", "E_y", "E_total"]
    assert ids == [*(f"{name}[1]" for name in each), *(f"{name}[2]" for name in each), "E_total"]
    both = Sum((Ref("E_total[1]"), Ref("E_total[2]")))
    assert graph.forward[-1].expression == (Product((Quotient(ONE, Const(Fraction(2))), both)) if divided else both)
    assert graph.givens[:4] == ("x1[1]", "x1[2]", "t_y[1]", "t_y[2]")


def test_functions_have_counts() -> None:
    """Every function takes a known number of arguments; those of a whole layer take any."""
    assert FUNCTIONS["sigmoid"].arity == 1
    assert FUNCTIONS["softmax"].arity is None


@pytest.mark.parametrize(
    ("figure", "value", "text", "plain"),
    [
        (Figure(negative=False, digits="0.0495"), Fraction("0.0495"), "0.0495", True),
        (Figure(negative=True, digits="4.39", exponent=-5), Fraction("-0.0000439"), "-4.39e-5", False),
        (Figure(negative=False, digits="1/3"), Fraction(1, 3), "1/3", False),
        (Figure(negative=False, digits="0", exact=False), Fraction(0), "0", True),
        (Figure(negative=True, digits="2"), Fraction(-2), "-2", False),
    ],
)
def test_figures(figure: Figure, value: Fraction, text: str, plain: bool) -> None:
    """A printed figure has the value of its digits, and a text that a program reads back."""
    assert figure.value == value
    assert figure.ascii == text
    assert figure.plain == plain
    assert "/" in text or float(figure.ascii) == float(value)
