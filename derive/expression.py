"""Formulas as plain data: the one form that is printed, compiled to code, and checked.

An expression keeps the order in which a textbook writes its terms and factors. It refers to quantities by id and
holds no number of the problem, so the same expression serves every set of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

#: Functions an expression may call, and how many arguments each takes (None: one or more).
#: `softmax` takes the net input it is about first, then all net inputs of the layer. `sign` is the slope of `abs`
#: (0 at 0); `at_least` and `above` are 1 where the first argument is ≥ or > the second, else 0: slopes of `max`, `min`.
FUNCTIONS: dict[str, int | None] = {
    "exp": 1,
    "ln": 1,
    "sigmoid": 1,
    "tanh": 1,
    "relu": 1,
    "relu_slope": 1,
    "leaky_relu": 1,
    "leaky_relu_slope": 1,
    "softplus": 1,
    "softmax": None,
    "sqrt": 1,
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "sinh": 1,
    "cosh": 1,
    "max": None,
    "min": None,
    "abs": 1,
    "sign": 1,
    "at_least": 2,
    "above": 2,
}


@dataclass(frozen=True, slots=True)
class Ref:
    """The quantity with this id."""

    id: str


@dataclass(frozen=True, slots=True)
class Const:
    """An exact number that belongs to the formula itself, such as the 1 in 1 - out."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Neg:
    """Minus the operand."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms in the order in which they are written; a subtracted term is a `Neg`."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors in the order in which they are written."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """Numerator over denominator."""

    numerator: Expression
    denominator: Expression


@dataclass(frozen=True, slots=True)
class Power:
    """A base raised to a whole number."""

    base: Expression
    exponent: int


@dataclass(frozen=True, slots=True)
class Call:
    """One of `FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Ref | Const | Neg | Sum | Product | Quotient | Power | Call

ONE = Const(Fraction(1))


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression, in written order."""
    match expression:
        case Ref() | Const():
            return ()
        case Neg(operand):
            return (operand,)
        case Sum(parts) | Product(parts) | Call(_, parts):
            return parts
        case Quotient(numerator, denominator):
            return (numerator, denominator)
        case Power(base, _):
            return (base,)


def references(expression: Expression) -> Iterator[str]:
    """Ids of the quantities an expression uses, in written order, repeats included."""
    stack = [expression]
    while stack:
        part = stack.pop()
        if isinstance(part, Ref):
            yield part.id
        stack.extend(reversed(children(part)))


def renamed(expression: Expression, rename: Callable[[str], Expression]) -> Expression:
    """The same expression with every reference replaced by what ``rename`` gives for its id."""
    match expression:
        case Ref(name):
            return rename(name)
        case Const():
            return expression
        case Neg(operand):
            return Neg(renamed(operand, rename))
        case Sum(terms):
            return Sum(tuple(renamed(term, rename) for term in terms))
        case Product(factors):
            return Product(tuple(renamed(factor, rename) for factor in factors))
        case Quotient(numerator, denominator):
            return Quotient(renamed(numerator, rename), renamed(denominator, rename))
        case Power(base, exponent):
            return Power(renamed(base, rename), exponent)
        case Call(function, arguments):
            return Call(function, tuple(renamed(argument, rename) for argument in arguments))
