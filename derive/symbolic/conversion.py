"""Between formulas as plain data and SymPy expressions, both ways.

Going to SymPy nothing is evaluated but what SymPy always evaluates. Coming back, order and signs are ours: positive
terms first, a constant before names, names in the order given, ``1 - out`` rather than ``-(out - 1)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from derive.errors import UnsupportedError
from derive.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.symbolic.functions import FUNCTIONS as OPAQUE
from derive.symbolic.functions import in_sympy

LEAK = sympy.Rational(1, 100)  # slope of leaky_relu below 0: Maas, Hannun, Ng (2013)


class relu_slope(sympy.Function):  # noqa: N801 - named as it is printed
    """1 where the argument is positive, else 0; 0 at 0 by convention."""

    @classmethod
    def eval(cls, x: Any) -> Any:  # SymPy's hook: it gets SymPy expressions of our own, never a text
        """A number where the argument is one."""
        return sympy.Integer(1 if x > 0 else 0) if x.is_number else None


class relu(sympy.Function):  # noqa: N801 - named as it is printed
    """max(0, x), with the slope `relu_slope`."""

    @classmethod
    def eval(cls, x: Any) -> Any:  # SymPy's hook: it gets SymPy expressions of our own, never a text
        """A number where the argument is one."""
        return sympy.Max(0, x) if x.is_number else None

    def fdiff(self, argindex: int = 1) -> Any:
        """The slope."""
        return relu_slope(self.args[0])


class leaky_relu_slope(sympy.Function):  # noqa: N801 - named as it is printed
    """1 where the argument is positive, else 0.01."""

    @classmethod
    def eval(cls, x: Any) -> Any:  # SymPy's hook: it gets SymPy expressions of our own, never a text
        """A number where the argument is one."""
        return (sympy.Integer(1) if x > 0 else LEAK) if x.is_number else None


class leaky_relu(sympy.Function):  # noqa: N801 - named as it is printed
    """X where it is positive, else 0.01 x."""

    @classmethod
    def eval(cls, x: Any) -> Any:  # SymPy's hook: it gets SymPy expressions of our own, never a text
        """A number where the argument is one."""
        return (x if x > 0 else LEAK * x) if x.is_number else None

    def fdiff(self, argindex: int = 1) -> Any:
        """The slope."""
        return leaky_relu_slope(self.args[0])


_PIECEWISE = {cls.__name__: cls for cls in (relu, relu_slope, leaky_relu, leaky_relu_slope)}


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
    return in_sympy(expression, symbols, calls or _call_to_sympy)


def _call_to_sympy(function: str, arguments: Sequence[Any]) -> Any:
    first = arguments[0]
    match function:
        case "exp":
            return sympy.exp(first)
        case "ln":
            return sympy.log(first)
        case "tanh":
            return sympy.tanh(first)
        case "sigmoid":
            return 1 / (1 + sympy.exp(-first))
        case "softplus":
            return sympy.log(1 + sympy.exp(first))
        case "softmax":
            return sympy.exp(first) / sympy.Add(*map(sympy.exp, arguments[1:]))
    if function in _PIECEWISE:
        return _PIECEWISE[function](first)
    raise UnsupportedError(f"no SymPy form of the function {function}")


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
            return _constant(Fraction(int(part.p), int(part.q)), decimals)
        if part.is_Add:
            terms = sorted(part.args, key=lambda term: (term.could_extract_minus_sign(), place(term)))
            return Sum(tuple(build(term) for term in terms))
        if part.is_Mul or (part.is_Pow and part.exp.is_negative):
            return _product(part)
        if part.is_Pow and part.exp.is_Integer:
            return Power(build(part.base), int(part.exp))
        if part is sympy.E:
            return Call("exp", (ONE,))
        if isinstance(part, sympy.exp | sympy.log | sympy.tanh):
            return Call({"log": "ln"}.get(part.func.__name__, part.func.__name__), (build(part.args[0]),))
        if type(part).__name__ in _PIECEWISE or type(part) is OPAQUE.get(type(part).__name__):
            return Call(type(part).__name__, tuple(map(build, part.args)))
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
        whole = Quotient(_joined(sides[0]), _joined(sides[1])) if sides[1] else _joined(sides[0])
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


def _joined(factors: Sequence[Expression]) -> Expression:
    if not factors:
        return ONE
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def is_decimal(value: Fraction) -> bool:
    """Whether a number has a short decimal form."""
    return value.denominator != 1 and 10**12 % value.denominator == 0


def _constant(value: Fraction, decimals: bool = False) -> Expression:
    if value < 0:
        return Neg(_constant(-value, decimals))
    if value.denominator == 1 or (decimals and is_decimal(value)):
        return Const(value)
    return Quotient(Const(Fraction(value.numerator)), Const(Fraction(value.denominator)))
