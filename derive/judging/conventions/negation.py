"""Formulas in terms of quantities that somebody writes with the opposite sign."""

from __future__ import annotations

from derive.formula.expression import Expression, Neg, Power, Product, Quotient, Ref, Sum, children, renamed


def negated_where(expression: Expression, ids: frozenset[str], *, whole: bool) -> Expression:
    """A formula in which every quantity of ``ids`` stands for its negative, and so does what it gives if ``whole``.

    Signs that cancel are not written: −(−δ·w) is δ·w.
    """
    if not whole and not any(isinstance(part, Ref) and part.id in ids for part in _parts(expression)):
        return expression
    inner = _tidy(renamed(expression, lambda name: Neg(Ref(name)) if name in ids else Ref(name)))
    return _minus(inner) if whole else inner


def _parts(expression: Expression) -> list[Expression]:
    found = [expression]
    for part in found:
        found.extend(children(part))
    return found


def _tidy(expression: Expression) -> Expression:
    """The same formula with signs taken out of products and double signs dropped."""
    match expression:
        case Neg(operand):
            return _minus(_tidy(operand))
        case Sum(terms):
            return Sum(tuple(map(_tidy, terms)))
        case Product(factors):
            tidy = [_tidy(factor) for factor in factors]
            odd = sum(isinstance(factor, Neg) for factor in tidy) % 2
            plain = Product(tuple(factor.operand if isinstance(factor, Neg) else factor for factor in tidy))
            return Neg(plain) if odd else plain
        case Quotient(numerator, denominator):
            return Quotient(_tidy(numerator), _tidy(denominator))
        case Power(base, exponent):
            return Power(_tidy(base), exponent)
        case _:
            return expression


def _minus(expression: Expression) -> Expression:
    if isinstance(expression, Neg):
        return expression.operand
    if isinstance(expression, Sum) and all(isinstance(term, Neg) for term in expression.terms):
        return Sum(tuple(map(_minus, expression.terms)))
    return Neg(expression)
