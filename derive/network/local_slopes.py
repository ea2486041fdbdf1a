"""Local derivatives in a chain of formulas.

The common ones (of sums of products, of powers, of functions) are worked out from the records of functions, in the
form in which SymPy writes them; for the others SymPy is loaded. The tests hold the two against each other.
"""

from __future__ import annotations

from fractions import Fraction

from derive.formula.expression import (
    Call,
    Const,
    Expression,
    Neg,
    Power,
    Quotient,
    Ref,
    is_decimal,
    number,
    parts,
    product_of,
    references,
    sum_of,
)
from derive.formula.functions import FUNCTIONS
from derive.network.powers import (
    Base,
    BeyondError,
    Factors,
    Powers,
    base_alone,
    called,
    constant,
    derivative,
    multiplied,
    names_in,
    powers_of,
    put_in,
)


def local_derivative(name: str, formula: Expression, by: str) -> Expression:
    """The derivative of one definition by one name in it, all others held, in terms of named values.

    Parameters
    ----------
    name : str
        What the definition defines; where that is shorter, the derivative is in terms of it.
    formula : Expression
    by : str
    """
    found = plain_derivative(name, formula, by)
    if found is None:
        from derive.network.by_sympy import derived_by_sympy  # it takes longer to load than most problems to be worked

        found = derived_by_sympy(name, formula, by)
    return found


def plain_derivative(name: str, formula: Expression, by: str) -> Expression | None:
    """The same without SymPy; None where SymPy might write it in another way."""
    order = {each: place for place, each in enumerate(dict.fromkeys((*references(formula), name)))}
    try:
        whole = powers_of(formula)
        slope = derivative(whole, by)
        sign, own = without_signs(formula)
        if isinstance(own, Call) and FUNCTIONS[own.function].in_own_value:
            slope = put_in(slope, {called(own): multiplied(constant(sign), base_alone(name))})
        if slope.is_sum and not whole.is_sum:
            slope = _shortest(slope)
        return _Writer(order, decimals=has_decimals(formula)).sum(slope)
    except BeyondError:
        return None


def without_signs(formula: Expression) -> tuple[int, Expression]:
    """What all minus signs before a formula come to, and the formula without them."""
    sign = 1
    while isinstance(formula, Neg):
        sign, formula = -sign, formula.operand
    return sign, formula


def has_decimals(formula: Expression) -> bool:
    """Whether the author writes decimals, so that a derivative may as well: 0.3·a rather than 3a/10."""
    return any(
        (isinstance(part, Const) and part.value.denominator != 1)
        or (isinstance(part, Quotient) and isinstance(part.denominator, Const) and part.denominator.value == 10)
        for part in parts(formula)
    )


def _shortest(slope: Powers) -> Powers:
    """A number that all terms share stands before the sum where that is shorter: 2·(a − b) for 2a − 2b, but 2a − 2."""
    shared = frozenset.intersection(*(frozenset(base for base, _ in factors) for factors, _ in slope.terms))
    sizes = {abs(own) for _, own in slope.terms}
    if shared or len(sizes) > 1:
        raise BeyondError
    size = sizes.pop()
    if size == 1 and all(own < 0 for _, own in slope.terms):
        size = Fraction(-1)
    if size == 1:
        return slope
    if abs(size) != 1 and any(not factors for factors, _ in slope.terms):
        if len(slope.terms) == 2 and size.denominator == 1 and all(own > 0 for factors, own in slope.terms if factors):
            return slope
        raise BeyondError
    inner = multiplied(constant(1 / size), slope)
    return Powers(frozenset({(frozenset({(inner, 1)}), size)}))


class _Writer:
    """Formulas in textbook order: positive terms first, a number before names, names in the order given."""

    def __init__(self, order: dict[str, int], *, decimals: bool) -> None:
        self.order = order
        self.decimals = decimals

    def place(self, *bases: Base) -> tuple[bool, bool, int]:
        """Where a power stands in a product, or a product of these in a sum."""
        found = [self.order[name] for base in bases for name in names_in(base)]
        return bool(found), len(bases) == 1 and isinstance(bases[0], Powers), min(found, default=-1)

    def sum(self, whole: Powers) -> Expression:
        terms = {(own < 0, self.place(*(base for base, _ in factors))): (factors, own) for factors, own in whole.terms}
        if len(terms) < len(whole.terms):
            raise BeyondError
        if len(terms) > 1 and any(isinstance(base, Powers) for factors, _ in whole.terms for base, _ in factors):
            raise BeyondError
        return sum_of([self.term(*terms[key]) for key in sorted(terms)])

    def term(self, factors: Factors, own: Fraction) -> Expression:
        if not factors:
            return number(own, decimals=self.decimals)
        # Beside a function of a name, the name comes first.
        plain = frozenset(base for base, exponent in factors if isinstance(base, str) and exponent == 1)
        places = {(*self.place(base), base not in plain): (base, exponent) for base, exponent in factors}
        if len(places) < len(factors):
            raise BeyondError
        sides: tuple[list[Expression], list[Expression]] = ([], [])
        self.number(abs(own), sides)
        for key in sorted(places):
            base, exponent = places[key]
            if isinstance(base, Powers) and exponent % 2 and self.is_backwards(base):
                own, base = -own, multiplied(constant(-1), base)
            power = self.base(base)
            size = abs(exponent)
            sides[exponent < 0].append(power if size == 1 else Power(power, size))
        upper = product_of(sides[0])
        whole = Quotient(upper, product_of(sides[1])) if sides[1] else upper
        return whole if own > 0 else Neg(whole)

    def number(self, own: Fraction, sides: tuple[list[Expression], list[Expression]]) -> None:
        if self.decimals and is_decimal(own):
            sides[0].append(Const(own))
            return
        for side, part in zip(sides, (own.numerator, own.denominator), strict=True):
            if part != 1:
                side.append(Const(Fraction(part)))

    def base(self, base: Base) -> Expression:
        if isinstance(base, str):
            return Ref(base)
        if isinstance(base, Powers):
            return self.sum(base)
        return Call(base.function, tuple(map(self.sum, base.arguments)))

    def is_backwards(self, whole: Powers) -> bool:
        """Whether a sum reads better with its signs turned: 1 − out for out − 1."""
        terms = {self.place(*(base for base, _ in factors)): own for factors, own in whole.terms}
        if len(terms) < len(whole.terms):
            raise BeyondError
        return terms[min(terms)] < 0
