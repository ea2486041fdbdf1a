"""A right rule and a wrong one in the same form, so that what is different is one part that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from derive.formula.expression import Const, Expression, Neg, Product, Sum, children, renamed

#: Rules of steps that a formula may name, or have written out in it.
_SLOPES = frozenset({"activation_slope", "softmax_slope"})
_ERROR_SLOPES = frozenset({"error_slope", "total_error_slope"})
#: In this order: the fewest written out first.
_WRITTEN_OUT: tuple[frozenset[str], ...] = (
    frozenset(),
    _SLOPES,
    frozenset({"path"}),
    _ERROR_SLOPES,
    _SLOPES | _ERROR_SLOPES,
)

#: What a part in the place of another counts, where one left out counts 1.
_REPLACED = 1.5
_MINUS = Const(Fraction(-1))

#: What a quantity is in terms of others, where its rule is one of these; else the quantity itself.
Definition = Callable[[str, frozenset[str]], Expression]


def side_by_side(
    rights: Iterable[Expression], wrong: Expression, definition: Definition
) -> tuple[Expression, Expression]:
    """The forms of both rules that differ in the fewest terms or factors; of several the first.

    Parameters
    ----------
    rights : iterable of Expression
        The right rule by each way, the preferred one first.
    wrong : Expression
    definition : callable
    """
    wrongs = list(_forms(wrong, definition))
    pairs = ((right, other) for way in rights for right in _forms(way, definition) for other in wrongs)
    return min(pairs, key=lambda pair: _differing(*pair))


def _forms(rule: Expression, definition: Definition) -> Iterator[Expression]:
    seen: set[Expression] = set()
    for rules in _WRITTEN_OUT:
        form = _flat(renamed(rule, lambda name, rules=rules: definition(name, rules)))  # type: ignore[misc]
        if form not in seen:
            seen.add(form)
            yield form


def _flat(expression: Expression) -> Expression:
    """The same with factors that are products written beside the others."""
    match expression:
        case Product(factors):
            found: list[Expression] = []
            for factor in map(_flat, factors):
                found += factor.factors if isinstance(factor, Product) else (factor,)
            return Product(tuple(found))
        case Sum(terms):
            return Sum(tuple(map(_flat, terms)))
        case Neg(operand):
            return Neg(_flat(operand))
    return expression


def _differing(first: Expression, second: Expression) -> float:
    """How much is to be changed in one for the other: a part left out counts less than one in another's place."""
    if first == second:
        return 0.0
    if isinstance(first, Sum | Product | Neg) or isinstance(second, Sum | Product | Neg):
        kind = Sum if isinstance(first, Sum) or isinstance(second, Sum) else Product
        one, other = _members(first, kind), _members(second, kind)
        if len(one) > 1 or len(other) > 1:
            return _apart(one, other)
    inner, others = children(first), children(second)
    if type(first) is type(second) and inner and len(inner) == len(others):
        return sum(map(_differing, inner, others)) or _REPLACED
    return _REPLACED if not inner and not others else float(_size(first) + _size(second))


def _apart(one: Sequence[Expression], other: Sequence[Expression]) -> float:
    """Terms or factors without those that both have."""
    left, right = list(one), list(other)
    for each in one:
        if each in right:
            left.remove(each)
            right.remove(each)
    alone = [*left[len(right) :], *right[len(left) :]]
    return sum(map(_differing, left, right)) + sum(map(_size, alone))


def _members(expression: Expression, kind: type[Sum] | type[Product]) -> tuple[Expression, ...]:
    if kind is Product and isinstance(expression, Neg):
        return (_MINUS, *_members(expression.operand, kind))
    if isinstance(expression, kind):
        return children(expression)
    return (expression,)


def _size(expression: Expression) -> int:
    """Leaves."""
    return sum(map(_size, children(expression))) or 1
