"""Formulas as plain data: the one form that is printed, compiled to code, and checked.

An expression keeps the order in which a textbook writes its terms and factors. It refers to quantities by id and
holds no number of the problem, so the same expression serves every set of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter


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
    """One of `derive.formula.functions.FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Ref | Const | Neg | Sum | Product | Quotient | Power | Call

ONE = Const(Fraction(1))


def sum_of(terms: Sequence[Expression]) -> Expression:
    """Terms added up as that is written: one alone stands for itself, none are 0."""
    if len(terms) == 1:
        return terms[0]
    return Sum(tuple(terms)) if terms else Const(Fraction(0))


def product_of(factors: Sequence[Expression]) -> Expression:
    """Factors multiplied as that is written: one alone stands for itself, none are 1."""
    if len(factors) == 1:
        return factors[0]
    return Product(tuple(factors)) if factors else ONE


def mean_of(terms: Sequence[Expression]) -> Expression:
    """One over the count times the sum; of one term that itself."""
    if len(terms) == 1:
        return terms[0]
    return Product((Quotient(ONE, Const(Fraction(len(terms)))), sum_of(terms)))


#: The direct parts of an expression, by its kind: a look-up, since this is asked more often than anything else.
_CHILDREN: Mapping[type, Callable[..., tuple[Expression, ...]]] = {
    Ref: lambda _: (),
    Const: lambda _: (),
    Neg: lambda whole: (whole.operand,),
    Sum: attrgetter("terms"),
    Product: attrgetter("factors"),
    Quotient: lambda whole: (whole.numerator, whole.denominator),
    Power: lambda whole: (whole.base,),
    Call: attrgetter("arguments"),
}


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression, in written order."""
    return _CHILDREN[type(expression)](expression)


def parts(expression: Expression) -> Iterator[Expression]:
    """An expression and everything in it, in written order."""
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(children(part)))


def references(expression: Expression) -> Iterator[str]:
    """Ids of the quantities an expression uses, in written order, repeats included."""
    found: list[str] = []
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Ref):
            found.append(part.id)
        else:
            waiting.extend(children(part)[::-1])
    return iter(found)


def rebuilt(whole: Expression, inner: Sequence[Expression]) -> Expression:
    """An expression of the same kind with other direct parts."""
    match whole:
        case Ref() | Const():
            return whole
        case Neg():
            return Neg(*inner)
        case Sum():
            return Sum(tuple(inner))
        case Product():
            return Product(tuple(inner))
        case Quotient():
            return Quotient(*inner)
        case Power(_, exponent):
            return Power(inner[0], exponent)
        case Call(function, _):
            return Call(function, tuple(inner))


def mapped(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The same expression with ``change`` applied to every part, from the leaves up."""
    return change(rebuilt(expression, [mapped(part, change) for part in children(expression)]))


def renamed(expression: Expression, rename: Callable[[str], Expression]) -> Expression:
    """The same expression with every reference replaced by what ``rename`` gives for its id."""
    return mapped(expression, lambda part: rename(part.id) if isinstance(part, Ref) else part)


def is_decimal(value: Fraction) -> bool:
    """Whether a number has a short decimal form."""
    return value.denominator != 1 and 10**12 % value.denominator == 0


def number(value: Fraction, *, decimals: bool = False) -> Expression:
    """A number of a formula's own: a fraction where it is no whole one, or a short decimal where those are wanted."""
    if value < 0:
        return Neg(number(-value, decimals=decimals))
    if value.denominator == 1 or (decimals and is_decimal(value)):
        return Const(value)
    return Quotient(Const(Fraction(value.numerator)), Const(Fraction(value.denominator)))
