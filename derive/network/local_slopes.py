"""Local derivatives in a chain of formulas.

The common ones (of sums of products, of powers, of functions) are worked out from the records of functions, in the
form in which SymPy writes them; for the others SymPy is loaded. The tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

from derive.formula.expression import (
    Call,
    Const,
    Expression,
    Neg,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    is_decimal,
    number,
    parts,
    product_of,
    references,
    renamed,
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

#: Sums that were differentiated last, by identity, with the terms that hold each name.
_LAST: dict[int, tuple[Expression, dict[str, list[Expression]], bool]] = {}
_MOST_KEPT = 4096


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
    try:
        with_it, several, decimals = _terms(formula, by)
    except BeyondError:
        return None
    if (own := _of_product(with_it, by)) is not None:
        return own
    names = [*dict.fromkeys((*references(with_it), name, by))]
    places = {each: str(place) for place, each in enumerate(names)}
    shape = renamed(with_it, lambda each: Ref(places[each]))
    slope = _by_place(shape, places[name], places[by], several, decimals)
    return None if slope is None else renamed(slope, lambda each: Ref(names[int(each)]))


@lru_cache(maxsize=4096)
def _by_place(formula: Expression, name: str, by: str, several: bool, decimals: bool) -> Expression | None:
    """The same where numbers stand for names, in the order of the formula: the windows of a map differ in nothing else.

    ``several``: whether it is what holds ``by`` of a longer sum; ``decimals``: whether its author writes them.
    """
    order = {each: place for place, each in enumerate(dict.fromkeys((*references(formula), name)))}
    try:
        whole = powers_of(formula)
        slope = derivative(whole, by)
        sign, own = without_signs(formula)
        if not several and isinstance(own, Call) and FUNCTIONS[own.function].in_own_value:
            slope = put_in(slope, {called(own): multiplied(constant(sign), base_alone(name))})
        if slope.is_sum and not several and not whole.is_sum:
            slope = _shortest(slope)
        return _Writer(order, decimals=decimals).sum(slope)
    except BeyondError:
        return _of_chosen(formula, by)


def _of_chosen(formula: Expression, by: str) -> Expression | None:
    """The slope of the largest or smallest of several names, as pools have them: it is chosen if none of those before
    it is as large, and none of those after it larger.
    """
    names = [*references(formula)]
    if len({*names}) < len(names) or by not in names or not isinstance(formula, Call):
        return None
    function = formula.function
    before, after = names[: names.index(by)], names[names.index(by) + 1 :]
    if formula != _two_by_two(function, names):
        return None
    factors: list[Expression] = []
    slopes = FUNCTIONS[function].slopes
    if before:
        factors.append(slopes(formula, _two_by_two(function, before), Ref(by))[1])
    if after:
        factors.append(slopes(formula, Ref(by), _two_by_two(function, after))[0])
    if not all(isinstance(each, Call) and FUNCTIONS[each.function].relation for each in factors):
        return None
    return product_of(factors)


def _two_by_two(function: str, names: Sequence[str]) -> Expression:
    """A function of two arguments taken of several from the left."""
    found: Expression = Ref(names[0])
    for name in names[1:]:
        found = Call(function, (found, Ref(name)))
    return found


def _of_product(term: Expression, by: str) -> Expression | None:
    """The slope of a product of names, each once: the others."""
    factors = term.factors if isinstance(term, Product) else (term,)
    names = [factor.id for factor in factors if isinstance(factor, Ref)]
    if by not in names or not len(set(names)) == len(names) == len(factors):
        return None
    return product_of([factor for factor in factors if factor != Ref(by)])


def _terms(formula: Expression, by: str) -> tuple[Expression, bool, bool]:
    """What of a sum holds a name, whether the sum has more terms, and whether decimals stand anywhere in it.

    The last sums are remembered by their terms: a product of matrices is asked for each of its hundreds of names.

    Raises
    ------
    BeyondError
        If one of its terms has no form as powers.
    """
    if not isinstance(formula, Sum):
        return formula, False, has_decimals(formula)
    known = _LAST.get(id(formula))
    if known is None or known[0] is not formula:
        holding: dict[str, list[Expression]] = {}
        for term in _written_terms(formula):
            for name in dict.fromkeys(references(term)):
                holding.setdefault(name, []).append(term)
        if len(_LAST) >= _MOST_KEPT:
            _LAST.clear()
        powers_of(formula)
        known = _LAST[id(formula)] = (formula, holding, has_decimals(formula))
    _, holding, decimals = known
    return sum_of(holding.get(by, ())), True, decimals


def _written_terms(formula: Expression) -> Iterator[Expression]:
    """The terms of a sum, those of the sums in it too."""
    if isinstance(formula, Sum):
        for term in formula.terms:
            yield from _written_terms(term)
    else:
        yield formula


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
