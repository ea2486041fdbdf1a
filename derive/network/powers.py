"""Sums of powers: the form that SymPy gives formulas of its own accord, and their derivatives, without SymPy.

A sum maps each product of powers to its number. What a power is of is a name, a call, or a sum in its turn. Numbers are
multiplied into a sum, like terms are added, equal bases share an exponent; nothing else is expanded or drawn together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref
from derive.formula.expression import Sum as WrittenSum
from derive.formula.functions import FUNCTIONS


class BeyondError(Exception):
    """A formula that has no such form, or whose derivative SymPy may write in another order."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function of sums, which nothing looks into."""

    function: str
    arguments: tuple[Powers, ...]


@dataclass(frozen=True, slots=True)
class Powers:
    """A sum of numbers times powers.

    Attributes
    ----------
    terms : frozenset of (factors, number)
        Each with a number other than 0; its factors are pairs of a base and a whole exponent other than 0.
    """

    terms: frozenset[tuple[Factors, Fraction]]

    @property
    def is_sum(self) -> bool:
        """Whether it has several terms."""
        return len(self.terms) > 1

    @property
    def number(self) -> Fraction | None:
        """Its value where it is a number."""
        if not self.terms:
            return Fraction(0)
        factors, number = next(iter(self.terms))
        return number if not self.is_sum and not factors else None

    def names(self) -> Iterator[str]:
        """The names in it, repeats included."""
        for factors, _ in self.terms:
            for base, _ in factors:
                yield from names_in(base)


Base = str | Called | Powers
Factors = frozenset[tuple[Base, int]]


def names_in(base: Base) -> Iterator[str]:
    """The names in a base, repeats included."""
    if isinstance(base, str):
        yield base
        return
    for part in (base,) if isinstance(base, Powers) else base.arguments:
        yield from part.names()


def constant(value: Fraction | int) -> Powers:
    """A number."""
    return Powers(frozenset({(frozenset(), Fraction(value))} if value else ()))


def base_alone(base: Base) -> Powers:
    """A name, a call or a sum."""
    return base if isinstance(base, Powers) else Powers(frozenset({(frozenset({(base, 1)}), Fraction(1))}))


def added(*several: Powers) -> Powers:
    """The sum of sums."""
    found: dict[Factors, Fraction] = {}
    for each in several:
        for factors, number in each.terms:
            found[factors] = found.get(factors, Fraction(0)) + number
    return Powers(frozenset((factors, number) for factors, number in found.items() if number))


def multiplied(*several: Powers) -> Powers:
    """The product of sums, all at once: a number is multiplied into a sum where nothing else stands beside it."""
    number = Fraction(1)
    exponents: dict[Base, int] = {}
    for each in several:
        if not each.terms:
            return each
        factors, own = (frozenset({(each, 1)}), Fraction(1)) if each.is_sum else next(iter(each.terms))
        number *= own
        for base, exponent in factors:
            exponents[base] = exponents.get(base, 0) + exponent
    return _product(number, exponents)


def raised(base: Powers, exponent: int) -> Powers:
    """A sum to the power of a whole number."""
    if base.is_sum:
        return _product(Fraction(1), {base: exponent})
    if not base.terms:
        if exponent <= 0:
            raise BeyondError
        return base
    factors, number = next(iter(base.terms))
    return _product(number**exponent, {each: own * exponent for each, own in factors})


def _product(number: Fraction, exponents: Mapping[Base, int]) -> Powers:
    factors = frozenset((base, exponent) for base, exponent in exponents.items() if exponent)
    if len(factors) == 1:
        base, exponent = next(iter(factors))
        if isinstance(base, Powers) and exponent == 1:
            return Powers(frozenset((inner, own * number) for inner, own in base.terms))
    if sum(isinstance(base, Powers) for base, _ in factors) > 1:
        raise BeyondError
    return Powers(frozenset({(factors, number)}))


def powers_of(formula: Expression) -> Powers:
    """A formula in this form.

    Raises
    ------
    BeyondError
    """
    match formula:
        case Ref(name):
            return base_alone(name)
        case Const(value):
            return constant(value)
        case Neg(operand):
            return multiplied(constant(-1), powers_of(operand))
        case WrittenSum(terms):
            return added(*map(powers_of, terms))
        case Product(factors):
            return multiplied(*map(powers_of, factors))
        case Quotient(numerator, denominator):
            return multiplied(powers_of(numerator), raised(powers_of(denominator), -1))
        case Power(base, exponent):
            return raised(powers_of(base), exponent)
        case Call():
            return base_alone(called(formula))


def called(call: Call) -> Called:
    """A call with its arguments in this form.

    Raises
    ------
    BeyondError
    """
    found = Called(call.function, tuple(map(powers_of, call.arguments)))
    if not any(names_in(found)):
        raise BeyondError
    return found


def derivative(whole: Powers, by: str) -> Powers:
    """The derivative by a name.

    Raises
    ------
    BeyondError
    """
    return added(*(_of_term(factors, number, by) for factors, number in whole.terms))


def _of_term(factors: Factors, number: Fraction, by: str) -> Powers:
    moving = [base for base, _ in factors if by in names_in(base)]
    if len(moving) > 1:
        raise BeyondError
    if not moving:
        return constant(0)
    rest = {base: exponent for base, exponent in factors if base not in moving}
    if number != 1 and any(isinstance(base, Powers) for base in rest) and len(rest) > 1:
        raise BeyondError
    base, exponent = moving[0], dict(factors)[moving[0]]
    if exponent == 1 and not rest and isinstance(base, Powers):
        return multiplied(constant(number), derivative(base, by))
    slope = _of_base(base, by)
    if _holds_sums(slope) and (exponent != 1 or (slope.is_sum and rest and number != 1)):
        raise BeyondError
    if isinstance(base, Powers) and (slope.is_sum or (exponent == 2 and rest)):
        raise BeyondError
    beside = Powers(frozenset({(frozenset(rest.items()), Fraction(1))}))
    outer = raised(base_alone(base), exponent - 1) if exponent != 1 else constant(1)
    return multiplied(constant(number * exponent), outer, beside, slope)


def _holds_sums(slope: Powers) -> bool:
    """Whether numbers may be multiplied into it or not, as the order of work has it."""
    return slope.is_sum or any(isinstance(base, Powers) for factors, _ in slope.terms for base, _ in factors)


def _of_base(base: Base, by: str) -> Powers:
    if isinstance(base, str):
        return constant(1)
    if isinstance(base, Powers):
        return derivative(base, by)
    record = FUNCTIONS[base.function]
    value, *places = record.placeholders
    slopes = record.slopes(value, *places)
    if len(slopes) != len(base.arguments):
        raise BeyondError
    given: dict[str | Called, Powers] = {
        place.id: argument for place, argument in zip(places, base.arguments, strict=True)
    }
    given[value.id] = base_alone(base)
    found = []
    for slope, argument in zip(slopes, base.arguments, strict=True):
        inner = derivative(argument, by)
        if inner.terms:
            if inner.is_sum:
                raise BeyondError
            found.append(multiplied(put_in(powers_of(slope), given), inner))
    return added(*found)


def put_in(whole: Powers, given: Mapping[str | Called, Powers]) -> Powers:
    """A sum with others in place of names or calls."""
    terms = []
    for factors, number in whole.terms:
        parts = [raised(_put_into(base, given), exponent) for base, exponent in factors]
        terms.append(multiplied(constant(number), *parts))
    return added(*terms)


def _put_into(base: Base, given: Mapping[str | Called, Powers]) -> Powers:
    if isinstance(base, Powers):
        return put_in(base, given)
    if base in given:
        return given[base]
    if isinstance(base, Called):
        return base_alone(Called(base.function, tuple(put_in(argument, given) for argument in base.arguments)))
    return base_alone(base)
