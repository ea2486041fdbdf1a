"""Reads a printed line back, as a student with a pocket calculator would: from its plain text, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath

from derive.display.plain import PlainPrinter
from derive.display.printer import PrintedLine
from derive.display.tree import Line, Slot
from derive.renderers.skeleton import slot_text
from derive.solved.explanation import Explanation

mpmath.mp.dps = 60

_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER_OF_TEN = re.compile(r"× 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_NUMBER = re.compile(r"(?<![A-Za-z_\d.])\d+(?:\.\d+)?")


def printer(explanation: Explanation) -> PlainPrinter:
    """Prints trees of a document with its figures, as plain text."""

    def text(slot: Slot) -> str:
        return slot_text(slot, explanation.filling, "plain")

    return PlainPrinter(slot=text)


def printed(line: Line, explanation: Explanation) -> PrintedLine:
    """A line of a document with its figures, as plain text."""
    return printer(explanation).line(line)


def read_number(text: str) -> Fraction:
    """A printed figure such as ``−4.39 × 10⁻⁵``."""
    value = evaluate(text)
    assert isinstance(value, Fraction)
    return value


def evaluate(text: str) -> Any:
    """The value of a row in plain text: a Fraction while it is rational, else 60 digits.

    Functions are those that a textbook prints; an unknown word or sign is an error, so that nothing goes unread.
    """
    source = _POWER_OF_TEN.sub(lambda match: f"* (10 ^ ({match[1].translate(_LOWERED)}))", text)
    source = source.replace("−", "-").replace("·", "*").replace("^", "**")
    source = source.replace("leaky relu′", "leaky_slope").replace("relu′", "relu_slope")
    source = _NUMBER.sub(lambda match: f"N('{match[0]}')", source)
    return _value(ast.parse(source.strip(), mode="eval").body)


def rounded(value: Any, *, digits: int, decimals: int | None) -> Fraction:
    """Half away from zero to so many significant digits, or decimals where they are given."""
    if value == 0:
        return Fraction(0)
    if decimals is None:
        size = int(mpmath.floor(mpmath.log10(abs(_real(value)))))
        # The logarithm of a power of ten may fall on either side.
        size += 1 if abs(_compared(value)) >= Fraction(10) ** (size + 1) else 0
        size -= 1 if abs(_compared(value)) < Fraction(10) ** size else 0
        decimals = digits - 1 - size
    scaled = abs(_compared(value)) * Fraction(10) ** decimals
    whole = (2 * scaled + 1) // 2
    return Fraction(whole) / Fraction(10) ** decimals * (-1 if value < 0 else 1)


def _compared(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _real(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Call(ast.Name("N"), [ast.Constant(str() as digits)]):
            return Fraction(digits)
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand)
        case ast.BinOp(ast.Name("e"), ast.Pow(), exponent):
            return _exp(_value(exponent))
        case ast.BinOp(left, operator, right):
            return _combined(operator, _value(left), _value(right))
        case ast.Call(ast.Name(function), arguments):
            return _FUNCTIONS[function](*map(_value, arguments))
    raise ValueError(f"cannot read {ast.unparse(node)}")


def _combined(operator: ast.operator, left: Any, right: Any) -> Any:
    if not (isinstance(left, Fraction) and isinstance(right, Fraction)):
        # A product with nothing is nothing, exactly.
        if isinstance(operator, ast.Mult) and 0 in (left, right):
            return Fraction(0)
        left, right = _real(left), _real(right)
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Pow():
            assert right == int(right)
            return left ** int(right)
    raise ValueError(f"no sign {operator}")


def _exp(value: Any) -> Any:
    return Fraction(1) if value == 0 else mpmath.exp(_real(value))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ln": lambda x: Fraction(0) if x == 1 else mpmath.log(_real(x)),
    "tanh": lambda x: Fraction(0) if x == 0 else mpmath.tanh(_real(x)),
    "max": max,
    "relu_slope": lambda x: Fraction(1 if x > 0 else 0),
    "leaky_slope": lambda x: Fraction(1) if x > 0 else Fraction(1, 100),
}
