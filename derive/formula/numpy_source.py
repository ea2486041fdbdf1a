"""Formulas as a reader of NumPy or PyTorch code would type them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from derive.errors import UnsupportedError
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, references
from derive.formula.functions import FUNCTIONS

#: What the functions in the code come from.
Library = Literal["np", "torch"]

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


def source(
    expression: Expression, names: Mapping[str, str], helpers: Iterable[str] = (), *, library: Library = "np"
) -> str:
    """A formula as NumPy code, or as that of PyTorch.

    Parameters
    ----------
    expression : Expression
    names : mapping of str to str
        What its references are called in the code.
    helpers : iterable of str
        Functions that the code around it defines by their own names.
    library : "np" or "torch"
    """
    return _Source(names, frozenset(helpers), library).text(expression, _SUM)


def function_source(function: str, helpers: Iterable[str] = ()) -> str:
    """A function of one argument as NumPy code: its name, or a lambda of ``net``."""
    if function in helpers:
        return function
    record = FUNCTIONS[function]
    if record.library:
        return f"np.{record.library}"
    return f"lambda net: {source(Call(function, (Ref('net'),)), {'net': 'net'}, helpers)}"


def slope_source(function: str, helpers: Iterable[str] = ()) -> str:
    """The slope of a function of one argument as a lambda of ``net`` and ``out``."""
    slope = FUNCTIONS[function].slope
    if not any(references(slope)):
        return "lambda net, out: np.ones_like(net)"
    return f"lambda net, out: {source(slope, {'x': 'net', 'value': 'out'}, helpers)}"


class _Source:
    def __init__(self, names: Mapping[str, str], helpers: frozenset[str], library: Library) -> None:
        self.names, self.helpers, self.library = names, helpers, library

    def text(self, part: Expression, around: int) -> str:
        """A part, in parentheses where what stands around it binds closer."""
        own, text = self.bound(part)
        return f"({text})" if own < around else text

    def bound(self, part: Expression) -> tuple[int, str]:
        match part:
            case Ref(name):
                return _ATOM, self.names[name]
            case Const(value):
                if value.denominator == 1:
                    return _ATOM, str(value.numerator)
                if 10**12 % value.denominator == 0:
                    return _ATOM, format(Decimal(value.numerator) / value.denominator, "f")
                return _PRODUCT, f"{value.numerator} / {value.denominator}"
            case Neg(operand):
                return _SIGN, f"-{self.text(operand, _SIGN)}"
            case Sum(terms):
                first, *others = terms
                texts = [self.text(first, _SUM)]
                for term in others:
                    sign, size = ("-", term.operand) if isinstance(term, Neg) else ("+", term)
                    texts.append(f" {sign} {self.text(size, _PRODUCT)}")
                return _SUM, "".join(texts)
            case Product(factors):
                return _PRODUCT, " * ".join(self.text(factor, _SIGN) for factor in factors)
            case Quotient(numerator, denominator):
                return _PRODUCT, f"{self.text(numerator, _PRODUCT)} / {self.text(denominator, _SIGN)}"
            case Power(base, exponent):
                return _POWER, f"{self.text(base, _ATOM)}**{exponent}"
            case Call(function, arguments):
                return self.called(function, arguments)

    def called(self, function: str, arguments: tuple[Expression, ...]) -> tuple[int, str]:
        record = FUNCTIONS[function]
        shown = [self.argument(argument) for argument in arguments]
        if function in self.helpers:
            return _ATOM, f"{function}({', '.join(shown)})"
        code = record.code if self.library == "np" else record.torch
        if code:
            return _ATOM, code.format(*shown)
        if record.library:
            return _ATOM, f"{self.library}.{record.library}({', '.join(shown)})"
        if record.definition is None:
            raise UnsupportedError(f"no {self.library} code for the function {function}")
        return self.bound(record.definition(*arguments))

    def argument(self, part: Expression) -> str:
        """What stands in the brackets of a function; PyTorch's take no plain numbers."""
        text = self.text(part, _SUM)
        return f"torch.tensor(1.0 * ({text}))" if self.library == "torch" and not any(references(part)) else text
