"""Functions of formulas as SymPy sees them: opaque, each with its slope as a textbook prints it.

SymPy's own would be rewritten before they are differentiated (exp(a)·exp(b) as exp(a + b), say), and the page would
no longer show what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from derive.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.functions import JUMPING, SLOPES


def in_sympy(expression: Expression, symbols: Mapping[str, Any], calls: Callable[[str, list[Any]], Any]) -> Any:
    """The SymPy expression of a formula.

    Parameters
    ----------
    expression : Expression
    symbols : mapping of str to sympy.Expr
        What each referenced id becomes.
    calls : callable
        What a function of SymPy arguments becomes.
    """

    def work(part: Expression) -> Any:
        match part:
            case Ref(name):
                return symbols[name]
            case Const(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Neg(operand):
                return -work(operand)
            case Sum(terms):
                return sympy.Add(*map(work, terms))
            case Product(factors):
                return sympy.Mul(*map(work, factors))
            case Quotient(numerator, denominator):
                return work(numerator) / work(denominator)
            case Power(base, exponent):
                return work(base) ** exponent
            case Call(function, arguments):
                return calls(function, list(map(work, arguments)))

    return work(expression)


def opaque(function: str, arguments: list[Any]) -> Any:
    """A call of one of `FUNCTIONS`."""
    return FUNCTIONS[function](*arguments)


def _made(name: str) -> Any:
    def fdiff(self: Any, argindex: int = 1) -> Any:
        if name in JUMPING:
            return sympy.Integer(0)
        known = {"y": self, **dict(zip("xz", self.args, strict=False))}
        return in_sympy(SLOPES[name][argindex - 1], known, opaque)

    two = name in ("at_least", "above") or len(SLOPES.get(name, ())) == 2
    members = {"fdiff": fdiff, "_eval_is_real": lambda self: True, "nargs": 2 if two else 1}
    return type(name, (sympy.Function,), members)


#: Opaque SymPy functions by their names in formulas.
FUNCTIONS: dict[str, Any] = {name: _made(name) for name in (*SLOPES, *JUMPING)}
