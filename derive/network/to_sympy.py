"""From formulas as plain data to SymPy expressions.

Nothing is evaluated but what SymPy always evaluates. What has corners or jumps, and every function of a chain of
formulas, is opaque to SymPy, with its slopes as its record has them: SymPy's own would be rewritten before they are
differentiated (exp(a)·exp(b) as exp(a + b), say), and the page would no longer show what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy

from derive.errors import UnsupportedError
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.function import Function
from derive.formula.functions import FUNCTIONS


def to_sympy(
    expression: Expression, symbols: Mapping[str, Any], calls: Callable[[str, list[Any]], Any] | None = None
) -> Any:
    """The SymPy expression of a formula; sigmoid, softplus and softmax are written out by their definitions.

    Parameters
    ----------
    expression : Expression
    symbols : mapping of str to sympy.Expr
        What each referenced id becomes.
    calls : callable or None
        What a function of SymPy arguments becomes, in place of its definition.
    """
    match expression:
        case Ref(name):
            return symbols[name]
        case Const(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Neg(operand):
            return -to_sympy(operand, symbols, calls)
        case Sum(terms):
            return sympy.Add(*(to_sympy(term, symbols, calls) for term in terms))
        case Product(factors):
            return sympy.Mul(*(to_sympy(factor, symbols, calls) for factor in factors))
        case Quotient(numerator, denominator):
            return to_sympy(numerator, symbols, calls) / to_sympy(denominator, symbols, calls)
        case Power(base, exponent):
            return to_sympy(base, symbols, calls) ** exponent
        case Call(function, arguments):
            return (calls or _call_to_sympy)(function, [to_sympy(argument, symbols, calls) for argument in arguments])


def _call_to_sympy(function: str, arguments: Sequence[Any]) -> Any:
    record = FUNCTIONS.get(function)
    if record is None:
        raise UnsupportedError(f"there is no function {function}")
    if record.library:
        return getattr(sympy, record.library)(*arguments)
    if record.jumps or record.kinked or (record.definition is None and function in OPAQUE):
        return OPAQUE[function](*arguments)
    if record.definition is None:
        raise UnsupportedError(f"no SymPy form of the function {function}")
    names = [f"x{place}" for place in range(len(arguments))]
    return to_sympy(record.definition(*map(Ref, names)), dict(zip(names, arguments, strict=True)))


def opaque(function: str, arguments: Sequence[Any]) -> Any:
    """A function of SymPy arguments that is not written out."""
    return OPAQUE[function](*arguments)


def _made(record: Function) -> Any:
    placeholders = record.placeholders
    slopes = record.slopes(*placeholders)

    def fdiff(self: Any, argindex: int = 1) -> Any:
        values = (self, *self.args)
        symbols = {place.id: value for place, value in zip(placeholders, values, strict=True)}
        return to_sympy(slopes[argindex - 1], symbols, calls=opaque)

    members = {"fdiff": fdiff, "_eval_is_real": lambda self: True, "nargs": len(placeholders) - 1}
    return type(record.name, (sympy.Function,), members)


#: Opaque SymPy functions by their names in formulas; max and min of two at a time.
OPAQUE: Mapping[str, Any] = {
    name: _made(record) for name, record in FUNCTIONS.items() if record.slopes(*record.placeholders)
}
