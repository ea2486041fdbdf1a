"""Works display trees out numerically, sign by sign as they are read: independent of the formulas behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import mpmath

from derive.display.plain import PlainPrinter
from derive.display.tree import (
    Cases,
    Digits,
    Fraction,
    Function,
    Juxtaposed,
    Minus,
    Name,
    Parentheses,
    Partial,
    PartialOperator,
    Power,
    Product,
    Ratio,
    Relation,
    Sum,
    Tree,
)
from derive.given.naming import Symbol

mpmath.mp.dps = 60

EULER = Name(Symbol(letters="e"))

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "ln": mpmath.log,
    "tanh": mpmath.tanh,
    "max": max,
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "relu′": lambda x: mpmath.mpf(1 if x > 0 else 0),
    "leaky relu": lambda x: x if x > 0 else x / 100,
    "leaky relu′": lambda x: mpmath.mpf(1) if x > 0 else mpmath.mpf(1) / 100,
    "σ": lambda x: 1 / (1 + mpmath.exp(-x)),
}
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b, "<": lambda a, b: a < b, "≤": lambda a, b: a <= b, "≥": lambda a, b: a >= b,
}  # fmt: skip


def spelled(tree: Tree) -> str:
    """A symbol or derivative as plain text, which is what `value` looks names up by."""
    return PlainPrinter(slot=lambda slot: f"<{slot.quantity}>").tree(tree)


def value(tree: Tree, known: Mapping[str, Any]) -> Any:
    """The value of a tree.

    Parameters
    ----------
    tree : Tree
        Without slots.
    known : mapping of str to mpf
        Values of symbols and of derivatives, by their plain text.

    Raises
    ------
    KeyError
        If a symbol or function is unknown.
    """

    def work(part: Tree) -> Any:
        return value(part, known)

    match tree:
        case Name() | Partial():
            return known[spelled(tree)]
        case Digits(text):
            return mpmath.mpf(text)
        case Minus(inner):
            return -work(inner)
        case Parentheses(inner):
            return work(inner)
        case Sum(terms):
            return sum(map(work, terms), mpmath.mpf(0))
        case Product(factors):
            return reduce(lambda left, right: left * right, map(work, factors))
        case Fraction(upper, lower) | Ratio(upper, lower):
            return work(upper) / work(lower)
        case Power(base, exponent) if base == EULER:
            return mpmath.exp(work(exponent))
        case Power(base, exponent):
            return work(base) ** int(work(exponent))
        case Function(name, arguments):
            return _FUNCTIONS[name](*map(work, arguments))
        case Juxtaposed((Name(Symbol(letters="Σ")), body)):
            return sum((value(body, {**known, "n_k": n}) for n in known["all n"]), mpmath.mpf(0))
        case Cases(rows):
            return next(work(result) for result, condition in rows if work(condition))
        case Relation(left, sign, right):
            return _RELATIONS[sign](work(left), work(right))
        case PartialOperator(variable, operand):
            name = spelled(variable)
            return mpmath.diff(lambda x: value(operand, {**known, name: x}), known[name], h=mpmath.mpf("1e-20"))
    raise AssertionError(f"no value for {tree}")
