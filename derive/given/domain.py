"""Whether formulas can be worked out at given numbers at all, and if not, which part fails at which value.

A first run in rationals while they are short and in floats from there on: it is no source of printed figures, but it
turns a logarithm of a negative number into a sentence before balls are tried in vain.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import FUNCTIONS

Value = Fraction | float

_LARGE = "too large for a 64-bit float (the largest is about 1.8 × 10^308)"
_SMALL = "too small for a 64-bit float (the smallest is about 5 × 10^-324)"

_LONGEST = 4_096  # bits of a rational that is kept exact


class CannotError(Exception):
    """A quantity that has no value, and why.

    Attributes
    ----------
    quantity : str
    reason : str
        Such as ``the logarithm of −0.5``.
    """

    def __init__(self, quantity: str, reason: str) -> None:
        self.quantity = quantity
        self.reason = reason
        super().__init__(f"{quantity}: {reason}")


def worked(
    quantities: Iterable[tuple[str, Expression]], givens: Mapping[str, Value], *, strict: bool = True
) -> dict[str, Value]:
    """Values of quantities, one after the other, givens included.

    Parameters
    ----------
    quantities : iterable of (str, Expression)
        In working order.
    givens : mapping of str to number
    strict : bool
        Whether a value too small for a float is a fault as well as one too large.

    Raises
    ------
    CannotError
        At the first quantity that has no value or none that a 64-bit float can hold.
    """
    values: dict[str, Value] = dict(givens)
    for name, formula in quantities:
        try:
            values[name] = _value(formula, values, strict)
        except _FaultError as fault:
            raise CannotError(name, str(fault)) from None
    return values


class _FaultError(Exception):
    pass


def _value(formula: Expression, values: Mapping[str, Value], strict: bool) -> Value:
    def work(part: Expression) -> Value:
        match part:
            case Ref(name):
                return values[name]
            case Const(value):
                return value
            case Neg(operand):
                return -work(operand)
            case Sum(terms):
                total = work(terms[0])
                for term in terms[1:]:
                    total = held(_mixed(operator.add, total, work(term)))
                return total
            case Product(factors):
                product = work(factors[0])
                for factor in factors[1:]:
                    other = work(factor)
                    product = held(_mixed(operator.mul, product, other), small=bool(product and other))
                return product
            case Quotient(numerator, denominator):
                upper, lower = work(numerator), work(denominator)
                if lower == 0:
                    raise _FaultError(f"{_shown(upper)} is divided by 0")
                return held(_divided(upper, lower), small=bool(upper))
            case Power(base, exponent):
                inner = work(base)
                return held(_raised(inner, exponent), small=bool(inner))
            case Call(function, arguments):
                return called(function, [work(argument) for argument in arguments])

    def held(value: Value, *, small: bool = False) -> Value:
        if isinstance(value, Fraction):
            if max(value.numerator.bit_length(), value.denominator.bit_length()) <= _LONGEST:
                return value  # whatever its size: only the whole formula has to be in range
            value = _floated(value)
        if not math.isfinite(value):
            raise _FaultError(f"a part of it is {_LARGE}")
        if strict and small and value == 0.0:
            raise _FaultError(f"a part of it is {_SMALL}")
        return value

    def called(function: str, arguments: list[Value]) -> Value:
        first = arguments[0]
        record = FUNCTIONS[function]
        if function in _EXACT:
            return _EXACT[function](*arguments)
        if record.definition is not None and function not in _STEADY:
            names = [f"x{place}" for place in range(len(arguments))]
            return _value(record.definition(*map(Ref, names)), dict(zip(names, arguments, strict=True)), strict)
        if function == "ln" and first <= 0:
            raise _FaultError(f"the logarithm of {_shown(first)}, which is not positive")
        if function == "sqrt" and first < 0:
            raise _FaultError(f"the square root of {_shown(first)}, which is negative")
        if first == 0 and record.at_zero is not None:
            return record.at_zero
        if function == "ln" and first == 1:
            return Fraction(0)
        if function == "ln" and isinstance(first, Fraction):
            return math.log(first.numerator) - math.log(first.denominator)  # also where no float holds it
        if function == "sqrt" and isinstance(first, Fraction):
            upper, lower = math.isqrt(first.numerator), math.isqrt(first.denominator)
            if upper**2 == first.numerator and lower**2 == first.denominator:
                return Fraction(upper, lower)
        try:
            own = getattr(math, record.library) if record.library else _STEADY[function]
            return held(own(_floated(first)), small=function in ("exp", "sqrt"))
        except ValueError:  # outside of the function's domain once rounded
            raise _FaultError(f"{function} of {_shown(first)}") from None
        except OverflowError:
            raise _FaultError(f"{function} of {_shown(first)} is {_LARGE}") from None

    whole = work(formula)
    rounded = _floated(whole)
    if not math.isfinite(rounded):
        raise _FaultError(f"it is {_LARGE}")
    if strict and whole and not rounded:
        raise _FaultError(f"it is {_SMALL}")
    return whole


def _mixed(operation: Callable[[Any, Any], Any], first: Value, second: Value) -> Value:
    """A sum or product; of a rational that no float holds and a float, exact."""
    try:
        result: Value = operation(first, second)
    except OverflowError:
        result = operation(Fraction(first), Fraction(second))
    return result


def _divided(upper: Value, lower: Value) -> Value:
    if isinstance(upper, Fraction) and isinstance(lower, Fraction):
        return upper / lower
    return _quiet(lambda: _floated(_mixed(operator.truediv, upper, lower)))


def _raised(base: Value, exponent: int) -> Value:
    if isinstance(base, Fraction):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits * exponent <= 4 * _LONGEST or abs(base) == 1 or base == 0:
            return base**exponent
    return _quiet(lambda: _floated(base) ** exponent)


def _floated(value: Value) -> float:
    return _quiet(lambda: float(value))


def _quiet(calculate: Callable[[], float]) -> float:
    try:
        return calculate()
    except (OverflowError, ZeroDivisionError):
        return math.inf


def _shown(value: Value) -> str:
    if not math.isfinite(_floated(value)):
        return "a number beyond 64-bit floats"
    text = f"{_floated(value):.6g}"
    return ("about " if value != Fraction(text) else "") + text.replace("-", "\N{MINUS SIGN}")


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


_ONE, _ZERO = Fraction(1), Fraction(0)
#: Functions of rationals that give rationals.
_EXACT: Mapping[str, Callable[..., Value]] = {
    "abs": abs,
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "max": max,
    "min": min,
    "floor": lambda x: Fraction(math.floor(x)),
    "at_least": lambda a, b: _ONE if a >= b else _ZERO,
    "above": lambda a, b: _ONE if a > b else _ZERO,
}
#: Functions without a name in `math`, so written that no exponential overflows.
_STEADY: Mapping[str, Callable[[float], float]] = {
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "normal": lambda x: math.erfc(-x / math.sqrt(2.0)) / 2.0,
    "density": lambda x: math.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi),
}
