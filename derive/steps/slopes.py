"""Worked derivations of slopes, line by line as on a blackboard; tests hold every line against SymPy's derivative."""

from __future__ import annotations

from derive.display.tree import (
    Cases,
    Digits,
    Fraction,
    Function,
    Juxtaposed,
    Line,
    Minus,
    Name,
    Parentheses,
    PartialOperator,
    Power,
    Product,
    Relation,
    Row,
    Sum,
    Tree,
)
from derive.naming import Symbol
from derive.problem import Activation, Loss
from derive.steps.terms import ONE, exponential

NET = Name(Symbol(letters="n"))
ZERO = Digits("0")
TWO = Digits("2")


def _line(left: Tree, *right: Tree) -> Line:
    return Line(left=left, rows=tuple(Row(relation="=", tree=tree) for tree in right))


def _squared(base: Tree) -> Tree:
    return Power(Parentheses(base), TWO)


def activation_definition(activation: Activation) -> tuple[Tree, Tree]:
    """An activation function f(n) and its definition."""
    down = exponential(Minus(NET))
    up = exponential(NET)
    match activation:
        case "sigmoid":
            return Function("σ", (NET,)), Fraction(ONE, Sum((ONE, down)))
        case "tanh":
            return Function("tanh", (NET,)), Fraction(Sum((up, Minus(down))), Sum((up, down)))
        case "relu":
            return Function("relu", (NET,)), Function("max", (ZERO, NET))
        case "leaky_relu":
            return Function("leaky relu", (NET,)), Function("max", (Product((Digits("0.01"), NET)), NET))
        case "identity":
            return Function("f", (NET,)), NET
        case "softplus":
            return Function("f", (NET,)), Function("ln", (Sum((ONE, up)),))
        case "softmax":
            first, other = (Name(Symbol(letters="n", subscript=index)) for index in ("i", "k"))
            total = Juxtaposed((Name(Symbol(letters="Σ", subscript="k")), exponential(other)))
            return Name(Symbol(letters="out", subscript="i")), Fraction(exponential(first), total)


def activation_slope_lines(activation: Activation) -> tuple[Line, ...]:
    """How the slope of an activation function is found, ending in terms of its own value where that is possible."""
    down, up = exponential(Minus(NET)), exponential(NET)
    match activation:
        case "sigmoid":
            below = Sum((ONE, down))
            own = Function("σ", (NET,))
            return (
                _line(own, Power(Parentheses(below), Minus(ONE))),
                _line(
                    Function("σ′", (NET,)),
                    Product((Minus(Power(Parentheses(below), Minus(TWO))), Parentheses(Minus(down)))),
                    Fraction(down, _squared(below)),
                    Product((Fraction(ONE, below), Fraction(down, below))),
                    Product((Fraction(ONE, below), Parentheses(Sum((ONE, Minus(Fraction(ONE, below))))))),
                    Product((own, Parentheses(Sum((ONE, Minus(own)))))),
                ),
            )
        case "tanh":
            plus, minus = Sum((up, down)), Sum((up, Minus(down)))
            return (
                _line(
                    Function("tanh′", (NET,)),
                    Fraction(Sum((_squared(plus), Minus(_squared(minus)))), _squared(plus)),
                    Sum((ONE, Minus(_squared(Fraction(minus, plus))))),
                    Sum((ONE, Minus(Power(Parentheses(Function("tanh", (NET,))), TWO)))),
                ),
            )
        case "relu" | "leaky_relu":
            name = "relu′" if activation == "relu" else "leaky relu′"
            low = ZERO if activation == "relu" else Digits("0.01")
            rows = ((ONE, Relation(NET, ">", ZERO)), (low, Relation(NET, "≤", ZERO)))
            return (_line(Function(name, (NET,)), Cases(rows)),)
        case "identity":
            return (_line(Function("f′", (NET,)), ONE),)
        case "softplus":
            return (
                _line(
                    Function("f′", (NET,)),
                    Fraction(up, Sum((ONE, up))),
                    Fraction(ONE, Sum((ONE, down))),
                ),
            )
        case "softmax":
            return _softmax_lines()


def _softmax_lines() -> tuple[Line, ...]:
    out_i, out_j = (Name(Symbol(letters="out", subscript=index)) for index in "ij")
    net_i, net_j = (Name(Symbol(letters="n", subscript=index)) for index in "ij")
    total = Name(Symbol(letters="S"))
    up_i, up_j = exponential(net_i), exponential(net_j)
    same = _line(
        PartialOperator(net_i, Fraction(up_i, total)),
        Fraction(Sum((Product((up_i, total)), Minus(Product((up_i, up_i))))), Power(total, TWO)),
        Product((Fraction(up_i, total), Parentheses(Sum((ONE, Minus(Fraction(up_i, total))))))),
        Product((out_i, Parentheses(Sum((ONE, Minus(out_i)))))),
    )
    other = _line(
        PartialOperator(net_j, Fraction(up_i, total)),
        Minus(Fraction(Product((up_i, up_j)), Power(total, TWO))),
        Minus(Product((out_i, out_j))),
    )
    return (same, other)


def error_slope_rows(loss: Loss, target: Tree, out: Tree) -> tuple[Tree, ...]:
    """Right-hand sides between ∂E/∂out and its final form: the power rule or the derivative of ln, then the inner 1."""
    difference = Parentheses(Sum((target, Minus(out))))
    half = Fraction(ONE, TWO)
    complement = Sum((ONE, Minus(out)))
    match loss:
        case "half_squared_error":
            return (
                PartialOperator(out, Product((half, Power(difference, TWO)))),
                Product((half, TWO, difference, Parentheses(Minus(ONE)))),
                Minus(difference),
            )
        case "squared_error" | "mean_squared_error":
            return (
                PartialOperator(out, Power(difference, TWO)),
                Product((TWO, difference, Parentheses(Minus(ONE)))),
            )
        case "binary_cross_entropy":
            rest = Parentheses(Sum((ONE, Minus(target))))
            logs = Sum((Product((target, Function("ln", (out,)))), Product((rest, Function("ln", (complement,))))))
            return (
                PartialOperator(out, Minus(Parentheses(logs))),
                Sum((Minus(Fraction(target, out)), Fraction(Sum((ONE, Minus(target))), complement))),
            )
        case "cross_entropy":
            return (PartialOperator(out, Minus(Product((target, Function("ln", (out,)))))),)
