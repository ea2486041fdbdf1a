"""From SymPy expressions back to formulas as plain data.

Order and signs are ours: positive terms first, a constant before names, names in the order given, ``1 - out`` rather
than ``-(out - 1)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from derive.errors import UnsupportedError
from derive.formula.expression import (
    ONE,
    Call,
    Expression,
    Neg,
    Power,
    Quotient,
    Ref,
    Sum,
    is_decimal,
    number,
    product_of,
)
from derive.formula.functions import FUNCTIONS
from derive.network.to_sympy import OPAQUE

#: What SymPy's own functions are called here.
NAMED = {getattr(sympy, record.library): record.name for record in FUNCTIONS.values() if record.library}


def from_sympy(result: Any, names: Mapping[Any, str], *, decimals: bool = False) -> Expression:
    """A SymPy expression as a formula in textbook order.

    Parameters
    ----------
    result : sympy.Expr
    names : mapping of sympy.Symbol to str
        Ids of the symbols, in the order in which names stand in a term or product.
    decimals : bool
        Whether a rational such as 3/10 is written 0.3.

    Raises
    ------
    UnsupportedError
        If it holds something that no printed formula has.
    """
    order = {symbol: position for position, symbol in enumerate(names)}

    def place(part: Any) -> tuple[bool, int, int]:
        free = [order.get(symbol, len(order)) for symbol in part.free_symbols]
        return (bool(free), 1 if part.is_Add else 0, min(free, default=-1))

    def build(part: Any) -> Expression:
        if part.is_Symbol:
            return Ref(names[part])
        if part.is_Rational:
            return number(Fraction(int(part.p), int(part.q)), decimals=decimals)
        if part.is_Add:
            terms = sorted(part.args, key=lambda term: (term.could_extract_minus_sign(), place(term)))
            return Sum(tuple(build(term) for term in terms))
        if part.is_Mul or (part.is_Pow and part.exp.is_negative):
            return _product(part)
        if part.is_Pow and part.exp.is_Integer:
            return Power(build(part.base), int(part.exp))
        if part is sympy.E:
            return Call("exp", (ONE,))
        if type(part) is OPAQUE.get(type(part).__name__):
            return Call(type(part).__name__, tuple(map(build, part.args)))
        if type(part) in NAMED:
            return Call(NAMED[type(part)], (build(part.args[0]),))
        raise UnsupportedError(f"no printed form of {part.func.__name__}")

    def _product(part: Any) -> Expression:
        sign = 1
        upper: list[tuple[Any, Any]] = []
        lower: list[tuple[Any, Any]] = []
        for factor in sympy.Mul.make_args(part):
            base, exponent = factor.as_base_exp()
            if factor.is_Rational:
                sign = -sign if factor < 0 else sign
                if decimals and is_decimal(Fraction(int(factor.p), int(factor.q))):
                    upper.append((abs(factor), 1))
                    continue
                upper.append((sympy.Integer(abs(int(factor.p))), 1))
                lower.append((sympy.Integer(int(factor.q)), 1))
                continue
            if base.is_Add and exponent.is_odd and _is_backwards(base, order):
                sign, base = -sign, -base
            if exponent.is_negative:
                lower.append((base, -exponent))
            else:
                upper.append((base, exponent))
        sides = [
            [build(base**exponent) for base, exponent in sorted(side, key=lambda pair: place(pair[0])) if base != 1]
            for side in (upper, lower)
        ]
        whole = Quotient(product_of(sides[0]), product_of(sides[1])) if sides[1] else product_of(sides[0])
        return whole if sign > 0 else Neg(whole)

    return build(result)


def _is_backwards(total: Any, order: Mapping[Any, int]) -> bool:
    """Whether a sum reads better with its signs turned: out - 1 as 1 - out, target - out as out - target."""
    leading = total.as_coeff_Add()[0]
    if leading == 0:
        leading = min(
            total.args, key=lambda term: min((order.get(symbol, 0) for symbol in term.free_symbols), default=-1)
        )
        return bool(leading.could_extract_minus_sign())
    return bool(leading < 0)
