"""Formulas as lists, for JSON: what the page's script works out (``templates/html/live/engine.js`` reads them)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, parts
from derive.formula.functions import FUNCTIONS

#: Functions whose placeholders are ``x``, or ``x0``, ``x1``; a definition's arguments are told by their place.
_PLACES = {"x": 0, "x0": 0, "x1": 1}


def as_lists(formula: Expression, place: Callable[[str], int]) -> Any:
    """A formula as nested lists: a reference is a number, an operation a list that begins with its sign.

    Parameters
    ----------
    formula : Expression
    place : callable
        The number that stands for a reference, by its id.
    """
    match formula:
        case Ref(name):
            return place(name)
        case Const(value):
            return ["=", str(value)]
        case Neg(operand):
            return ["-", as_lists(operand, place)]
        case Sum(terms):
            return ["+", *(as_lists(term, place) for term in terms)]
        case Product(factors):
            return ["*", *(as_lists(factor, place) for factor in factors)]
        case Quotient(numerator, denominator):
            return ["/", as_lists(numerator, place), as_lists(denominator, place)]
        case Power(base, exponent):
            return ["^", as_lists(base, place), exponent]
        case Call(function, arguments):
            return [function, *(as_lists(argument, place) for argument in arguments)]


def definitions(formulas: Iterable[Expression]) -> dict[str, Any]:
    """Definitions of the functions that formulas call and of those that these call, with places for arguments.

    A function without a definition of so many arguments is one that the script itself must have.
    """
    waiting, found = list(formulas), dict[str, Any]()
    while waiting:
        for part in parts(waiting.pop()):
            if isinstance(part, Call) and part.function not in found:
                record = FUNCTIONS[part.function]
                if record.definition is not None and record.arity is not None:
                    definition = record.definition(*record.placeholders[1 : record.arity + 1])
                    found[part.function] = as_lists(definition, _PLACES.__getitem__)
                    waiting.append(definition)
    return found
