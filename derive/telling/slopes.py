"""Worked derivations of slopes, line by line as on a blackboard; tests hold every line against SymPy's derivative."""

from __future__ import annotations

from decimal import Decimal

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
from derive.formula.expression import Call, Ref
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.naming import Symbol
from derive.given.problem import Activation, Loss
from derive.telling.terms import ONE, exponential, general

NET, ZERO = Name(Symbol(letters="n")), Digits("0")
_N = Ref("n")


def _line(left: Tree, *right: Tree) -> Line:
    return Line(left=left, rows=tuple(Row(relation="=", tree=tree) for tree in right))


def activation_definition(activation: Activation) -> tuple[Tree, Tree]:
    """An activation function f(n) and its definition."""
    record, words = FUNCTIONS[activation], ACTIVATIONS[activation]
    if record.arity is None:
        first, other = (Name(Symbol(letters="n", subscript=index)) for index in ("i", "k"))
        total = Juxtaposed((Name(Symbol(letters="Σ", subscript="k")), exponential(other)))
        return Name(Symbol(letters="out", subscript="i")), Fraction(exponential(first), total)
    definition = words.definition or record.written or record.definition
    if definition is None:
        return _value(activation), general(Call(activation, (_N,)), {"n": NET})
    return _value(activation), general(definition(_N), {"n": NET})


def activation_slope_lines(activation: Activation) -> tuple[Line, ...]:
    """How the slope of an activation function is found, ending in terms of its own value where that is possible."""
    record, words = FUNCTIONS[activation], ACTIVATIONS[activation]
    if record.arity is None:
        return _softmax_lines()
    slope = Function(f"{_head(activation)}′", (NET,))
    if words.cases is not None:
        above, below = (Digits(format(Decimal(case.numerator) / case.denominator, "f")) for case in words.cases)
        return (_line(slope, Cases(((above, Relation(NET, ">", ZERO)), (below, Relation(NET, "≤", ZERO))))),)
    leaves = {"n": NET, "own": _value(activation)}
    steps = words.steps or (lambda net, own: record.slopes(own, net))
    lines = [_line(slope, *(general(step, leaves) for step in steps(_N, Ref("own"))))]
    if words.start is not None:
        lines.insert(0, _line(_value(activation), general(words.start(_N), leaves)))
    return tuple(lines)


def _head(activation: Activation) -> str:
    return ACTIVATIONS[activation].head or FUNCTIONS[activation].printed or activation


def _value(activation: Activation) -> Tree:
    return Function(_head(activation), (NET,))


def _softmax_lines() -> tuple[Line, ...]:
    out_i, out_j = (Name(Symbol(letters="out", subscript=index)) for index in "ij")
    net_i, net_j = (Name(Symbol(letters="n", subscript=index)) for index in "ij")
    total = Name(Symbol(letters="S"))
    up_i, up_j = exponential(net_i), exponential(net_j)
    same = _line(
        PartialOperator(net_i, Fraction(up_i, total)),
        Fraction(Sum((Product((up_i, total)), Minus(Product((up_i, up_i))))), Power(total, Digits("2"))),
        Product((Fraction(up_i, total), Parentheses(Sum((ONE, Minus(Fraction(up_i, total))))))),
        Product((out_i, Parentheses(Sum((ONE, Minus(out_i)))))),
    )
    other = _line(
        PartialOperator(net_j, Fraction(up_i, total)),
        Minus(Fraction(Product((up_i, up_j)), Power(total, Digits("2")))),
        Minus(Product((out_i, out_j))),
    )
    return (same, other)


def error_slope_rows(loss: Loss, target: Tree, out: Tree) -> tuple[Tree, ...]:
    """Right-hand sides between ∂E/∂out and its final form: the power rule or the derivative of ln, then the inner 1."""
    leaves, sides = {"target": target, "out": out}, (Ref("target"), Ref("out"))
    whole = PartialOperator(out, general(LOSSES[loss].error(*sides), leaves))
    return (whole, *(general(step, leaves) for step in LOSSES[loss].slope_steps(*sides)))
