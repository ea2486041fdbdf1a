"""Which parts need round brackets: in the stacked layout, and on one line where there are no fraction bars.

A tree says where brackets stand; what is added here keeps a tree that leaves them out from being read wrongly.
Derivatives are spelled out on the way, so that printers meet fractions only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from derive.display.tree import (
    BigSum,
    Cases,
    Digits,
    Elementwise,
    Fraction,
    Function,
    Juxtaposed,
    Matrix,
    Minus,
    Name,
    Parentheses,
    Partial,
    PartialOperator,
    Power,
    Product,
    Ratio,
    Relation,
    Slot,
    Sum,
    Transposed,
    Tree,
    Words,
)
from derive.errors import MalformedError
from derive.given.naming import Symbol

_Part = TypeVar("_Part")

PARTIAL = Name(Symbol(letters="\N{PARTIAL DIFFERENTIAL}"))
NABLA = Name(Symbol(letters="\N{NABLA}"))

#: What binds more loosely than a product.
_LOOSE = (Sum, Relation, Cases)


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """The same node with each direct part changed."""
    match tree:
        case Slot() | Name() | Digits() | Words():
            return tree
        case Minus(operand):
            return Minus(change(operand))
        case Sum(parts):
            return Sum(tuple(map(change, parts)))
        case Product(parts):
            return Product(tuple(map(change, parts)))
        case Elementwise(parts):
            return Elementwise(tuple(map(change, parts)))
        case Juxtaposed(parts):
            return Juxtaposed(tuple(map(change, parts)))
        case Fraction(numerator, denominator):
            return Fraction(change(numerator), change(denominator))
        case Ratio(numerator, denominator):
            return Ratio(change(numerator), change(denominator))
        case Partial(numerator, denominator):
            return Partial(change(numerator), change(denominator))
        case PartialOperator(variable, operand):
            return PartialOperator(change(variable), change(operand))
        case Power(base, exponent):
            return Power(change(base), change(exponent))
        case Function(name, arguments, bare):
            return Function(name, tuple(map(change, arguments)), bare)
        case Parentheses(inner):
            return Parentheses(change(inner))
        case Transposed(inner):
            return Transposed(change(inner))
        case BigSum(index, body):
            return BigSum(index, change(body))
        case Matrix(rows):
            return Matrix(tuple(tuple(map(change, row)) for row in rows))
        case Cases(pairs):
            return Cases(tuple((change(value), change(condition)) for value, condition in pairs))
        case Relation(left, sign, right):
            return Relation(change(left), sign, change(right))


def bracketed(tree: Tree) -> Tree:
    """The tree with every bracket that the stacked layout needs, and derivatives as fractions of ∂.

    Raises
    ------
    MalformedError
        If a sum, product, juxtaposition, matrix, cases or function is empty, a matrix is ragged, or `Digits` hold
        anything but digits.
    """
    tree = rebuilt(tree, bracketed)
    match tree:
        case Digits(text) if not re.fullmatch(r"[0-9]+(\.[0-9]*)?(/[0-9]+)?|\.[0-9]+", text):
            raise MalformedError(f"{text[:40]!r} is not made of digits")
        case Minus(operand):
            return Minus(_wrapped(operand, _LOOSE) if not starts_with_minus(operand) else Parentheses(operand))
        case Sum(terms):
            return Sum(tuple(_term(term, first=not index) for index, term in enumerate(_some(terms))))
        case Product(factors):
            return Product(_factors(factors))
        case Elementwise(factors):
            # Beside ⊙ a product or a juxtaposition keeps its brackets: neither sign binds more closely.
            return Elementwise(_factors(tuple(_wrapped(part, (Product, Juxtaposed)) for part in _some(factors))))
        case Juxtaposed(parts):
            if any(isinstance(part, Words) for part in _some(parts)):
                return tree
            return Juxtaposed(
                tuple(_wrapped(_factor(part, first=not i, last=True), (Elementwise,)) for i, part in enumerate(parts))
            )
        case Ratio(numerator, denominator):
            above = _wrapped(_called(numerator), (*_LOOSE, Ratio, BigSum))
            return Ratio(_tight(above), _tight(denominator if _compact(denominator) else Parentheses(denominator)))
        case Power(base, exponent):
            return Power(base if _atomic(base) else Parentheses(base), exponent)
        case Transposed(inner):
            return Transposed(inner if _atomic(inner) else Parentheses(inner))
        case Function(name, arguments, bare):
            return _function(name, arguments, bare)
        case Partial(numerator, denominator):
            return Fraction(_differential(numerator), _differential(denominator))
        case PartialOperator(variable, operand):
            inner = operand if _atomic(operand) else Parentheses(operand)
            return Juxtaposed((Fraction(PARTIAL, _differential(variable)), inner))
        case BigSum(index, body):
            return BigSum(index, Parentheses(body) if starts_with_minus(body) else _wrapped(body, _LOOSE))
        case Matrix(rows):
            if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
                raise MalformedError("a matrix needs rows of one length")
        case Cases(pairs):
            _some(pairs)
    return tree


def linear(tree: Tree) -> Tree:
    """The tree as it stands on one line: fractions with a solidus, exponents and all in brackets where needed."""
    return bracketed(_flattened(bracketed(tree)))


def starts_with_minus(tree: Tree) -> bool:
    """Whether the tree's first sign, as printed, is a minus."""
    while True:
        match tree:
            case Minus():
                return True
            case Sum(parts) | Product(parts) | Elementwise(parts) | Juxtaposed(parts):
                tree = parts[0]
            case Ratio(numerator, _):
                tree = numerator
            case Relation(left, _, _):
                tree = left
            case _:
                return False


def is_differential(tree: Tree) -> bool:
    """Whether it is ∂ alone or ∂ before one quantity, which reads as one symbol."""
    return tree == PARTIAL or (isinstance(tree, Juxtaposed) and len(tree.parts) == 2 and tree.parts[0] == PARTIAL)


def _flattened(tree: Tree) -> Tree:
    tree = rebuilt(tree, _flattened)
    match tree:
        case Fraction(numerator, denominator):
            return Ratio(numerator, denominator)
        case Power(base, Digits() | Name(Symbol(subscript="", superscript="")) | Parentheses()):
            return tree
        case Power(base, exponent):
            return Power(base, Parentheses(exponent))
    return tree


def _term(term: Tree, *, first: bool) -> Tree:
    if isinstance(term, Minus):
        return term
    if not first and starts_with_minus(term):
        return Parentheses(term)
    return _wrapped(term, (Relation, Cases) if first else _LOOSE)


def _factor(part: Tree, *, first: bool, last: bool) -> Tree:
    if not first and starts_with_minus(part):
        return Parentheses(part)
    if not last:
        part = _called(part)
        return _wrapped(part, (*_LOOSE, BigSum))
    return _wrapped(part, _LOOSE)


def _factors(parts: tuple[Tree, ...]) -> tuple[Tree, ...]:
    last = len(_some(parts)) - 1
    return tuple(_factor(part, first=not index, last=index == last) for index, part in enumerate(parts))


def _function(name: str, arguments: tuple[Tree, ...], bare: bool) -> Function:
    only = _some(arguments)[0] if len(arguments) == 1 else None
    if not bare and isinstance(only, Parentheses):
        return Function(name, (only.inner,))
    simple = isinstance(only, Slot | Name | Digits | Parentheses | Fraction | Matrix)
    return Function(name, arguments, bare and simple)


def _called(tree: Tree) -> Tree:
    """A function without brackets gets them, for something follows that would be read into its argument."""
    if isinstance(tree, Function) and tree.bare:
        return _function(tree.name, tree.arguments, bare=False)
    return tree


def _differential(quantity: Tree) -> Tree:
    return Juxtaposed((PARTIAL, quantity if _atomic(quantity) else Parentheses(quantity)))


def _atomic(tree: Tree) -> bool:
    match tree:
        case Function(_, _, bare):
            return not bare
        case Slot() | Name() | Digits() | Words() | Parentheses() | Matrix():
            return True
    return False


def _compact(tree: Tree) -> bool:
    return _atomic(tree) or isinstance(tree, Fraction | Power | Transposed) or is_differential(tree)


def _tight(tree: Tree) -> Tree:
    return replace(tree, wrap="tight") if isinstance(tree, Slot) else tree


def _wrapped(tree: Tree, kinds: tuple[type, ...]) -> Tree:
    return Parentheses(tree) if isinstance(tree, kinds) else tree


def _some(parts: tuple[_Part, ...]) -> tuple[_Part, ...]:
    if not parts:
        raise MalformedError("a part of a formula is empty")
    return parts
