"""How wide a part of a formula is, and where a wide row may break: decided once, for every format.

Widths are estimates in em of the body type, good to about a tenth: enough to decide whether a row needs breaking.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain

from derive.display.brackets import NABLA, PARTIAL, bracketed
from derive.display.letters import parts, unprimed
from derive.display.tree import (
    BigSum,
    Cases,
    Digits,
    Elementwise,
    Fraction,
    Function,
    Juxtaposed,
    Line,
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
from derive.given.naming import Symbol

#: Characters that a figure takes where nothing better is known: nine significant digits, zero and point.
SLOT_DIGITS = 11

#: A row up to this width (em) stays in one piece; a phone shows about 22 em of mathematics.
WHOLE = 14.0

#: A term or a bracketed factor is broken inside only from this width on; breaks between terms are easier to read.
WHOLE_INSIDE = 14.0

_DIGIT = 0.5
_SCRIPT = 0.7
_SPACED = {"+": 1.22, "=": 1.33, "·": 0.72, "⊙": 1.2, "-": 0.78, "(": 0.39, "/": 0.5, ",": 0.45}


class Mark(Enum):
    """A sign or bracket before or after a piece. A tall bracket stands beside fractions in another piece."""

    PLUS = "+"
    MINUS = "-"
    DOT = "·"
    CIRCLE = "⊙"
    SOLIDUS = "/"
    NEGATIVE = "negative"
    OPEN = "("
    CLOSE = ")"
    OPEN_TALL = "tall ("
    CLOSE_TALL = "tall )"
    COMMA = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An unbreakable part of a row: the marks before it (its sign first), a tree, the brackets closed after it."""

    tree: Tree
    before: tuple[Mark, ...] = ()
    after: tuple[Mark, ...] = ()


def pieces(tree: Tree, slot_digits: int = SLOT_DIGITS) -> tuple[Piece, ...]:
    """The tree cut before each sign where it may break; one piece where it is short. Printed in turn, all is there.

    Parameters
    ----------
    tree : Tree
    slot_digits : int
        Characters a slot's figure is expected to take.
    """
    return tuple(_cut(bracketed(tree), slot_digits, WHOLE))


def width(tree: Tree, slot_digits: int = SLOT_DIGITS) -> float:
    """Estimated width in em of the tree in the stacked layout, at display size.

    Parameters
    ----------
    tree : Tree
    slot_digits : int
        Characters a slot's figure is expected to take.
    """
    return _width(bracketed(tree), slot_digits)


def line_width(line: Line, slot_digits: int = SLOT_DIGITS) -> float:
    """Estimated width in em of a line's widest row, left-hand side and relation included."""
    return width(line.left, slot_digits) + _SPACED["="] + max(width(row.tree, slot_digits) for row in line.rows)


def is_tall(tree: Tree) -> bool:
    """Whether the tree rises well above a line of text, so that brackets around it must grow."""
    stack = [tree]
    while stack:
        match stack.pop():
            case Fraction() | Partial() | PartialOperator() | Matrix() | Cases() | BigSum():
                return True
            case Minus(part) | Parentheses(part) | Transposed(part) | Power(part, _):
                stack.append(part)
            case Sum(inner) | Product(inner) | Elementwise(inner) | Juxtaposed(inner) | Function(_, inner, _):
                stack.extend(inner)
            case Ratio(left, right) | Relation(left, _, right):
                stack += [left, right]
            case Slot() | Name() | Digits() | Words():
                pass
    return False


def signed(terms: tuple[Tree, ...]) -> Iterator[tuple[Mark, Tree]]:
    """Each term after the first with the sign before it; one that is a `Minus` is subtracted."""
    for term in terms[1:]:
        yield (Mark.MINUS, term.operand) if isinstance(term, Minus) else (Mark.PLUS, term)


def gaps(juxtaposed: Juxtaposed) -> tuple[str, ...]:
    """The space before each part after the first: "" after ∂ and ∇, "word" beside words, else "thin"."""
    found: list[str] = []
    for left, right in zip(juxtaposed.parts, juxtaposed.parts[1:], strict=False):
        if isinstance(left, Words) or isinstance(right, Words):
            spaced = (isinstance(left, Words) and left.text[-1:] == " ") or (
                isinstance(right, Words) and right.text[:1] == " "
            )
            found.append("" if spaced else "word")
        else:
            found.append("" if left in (PARTIAL, NABLA) else "thin")
    return tuple(found)


def _cut(tree: Tree, slot_digits: int, limit: float) -> list[Piece]:
    if _width(tree, slot_digits) <= limit:
        return [Piece(tree=tree)]

    def inner(part: Tree) -> list[Piece]:
        return _cut(part, slot_digits, WHOLE_INSIDE)

    match tree:
        case Sum(terms):
            rest = (_marked(sign, inner(term)) for sign, term in signed(terms))
            return [*inner(terms[0]), *chain.from_iterable(rest)]
        case Product(factors):
            rest = (_marked(Mark.DOT, inner(factor)) for factor in factors[1:])
            return [*inner(factors[0]), *chain.from_iterable(rest)]
        case Elementwise(factors):
            rest = (_marked(Mark.CIRCLE, inner(factor)) for factor in factors[1:])
            return [*inner(factors[0]), *chain.from_iterable(rest)]
        case Minus(operand):
            return _marked(Mark.NEGATIVE, _cut(operand, slot_digits, limit))
        case Ratio(numerator, denominator):
            return [*inner(numerator), *_marked(Mark.SOLIDUS, inner(denominator))]
        case Fraction(numerator, denominator):
            # Too wide to stack: on one line, in the parentheses that it needs there, it can break.
            return _cut(bracketed(Ratio(numerator, denominator)), slot_digits, limit)
        case Parentheses(part):
            tall = is_tall(part)
            found = _marked(Mark.OPEN_TALL if tall else Mark.OPEN, inner(part))
            closing = Mark.CLOSE_TALL if tall else Mark.CLOSE
            found[-1] = replace(found[-1], after=(*found[-1].after, closing))
            if len(found) > 1:
                return found
        case Function(name, arguments, False) if len(arguments) > 1 and not any(map(is_tall, arguments)):
            listed = [inner(argument) for argument in arguments]
            for several, mark in zip(listed, (*[Mark.COMMA] * (len(listed) - 1), Mark.CLOSE), strict=True):
                several[-1] = replace(several[-1], after=(*several[-1].after, mark))
            return [Piece(tree=Name(Symbol(letters=name)), after=(Mark.OPEN,)), *chain.from_iterable(listed)]
        case Juxtaposed(all_parts) if PARTIAL not in all_parts and NABLA not in all_parts:
            return list(chain.from_iterable(map(inner, all_parts)))
    return [Piece(tree=tree)]


def _marked(mark: Mark, found: list[Piece]) -> list[Piece]:
    return [replace(found[0], before=(mark, *found[0].before)), *found[1:]]


def _width(tree: Tree, slot_digits: int) -> float:
    def of(part: Tree) -> float:
        return _width(part, slot_digits)

    match tree:
        case Slot():
            return _DIGIT * slot_digits + (_SPACED["("] if tree.wrap != "bare" else 0.0)
        case Name(symbol):
            return _symbol_width(symbol)
        case Digits(text) | Words(text):
            return _DIGIT * len(text)
        case Minus(operand):
            return _SPACED["-"] + of(operand)
        case Sum(terms):
            return _joined((of(terms[0]), *(of(term) for _, term in signed(terms))), _SPACED["+"])
        case Product(factors):
            return _joined(map(of, factors), _SPACED["·"])
        case Elementwise(factors):
            return _joined(map(of, factors), _SPACED["⊙"])
        case Juxtaposed(all_parts):
            return _joined(map(of, all_parts), 0.1)
        case Fraction(above, below) | Partial(above, below):
            return 0.2 + max(of(above), of(below)) + (1.1 if isinstance(tree, Partial) else 0.0)
        case PartialOperator(variable, operand):
            return 0.8 + of(variable) + of(operand)
        case Ratio(above, below):
            return of(above) + _SPACED["/"] + of(below)
        case Power(base, exponent):
            return of(base) + _SCRIPT * of(exponent)
        case Function(name, arguments, bare):
            around = 0.2 if bare else 2 * _SPACED["("]
            return _symbol_width(Symbol(letters=name)) + around + _joined(map(of, arguments), _SPACED[","])
        case Parentheses(part):
            return 2 * _SPACED["("] * (1.4 if is_tall(part) else 1.0) + of(part)
        case BigSum(index, body):
            return max(1.6, _SCRIPT * _DIGIT * len(index)) + of(body)
        case Matrix(rows):
            return 1.0 + _table_width([[of(part) for part in row] for row in rows])
        case Cases(pairs):
            return 0.8 + _table_width([[of(part) for part in pair] for pair in pairs])
        case Transposed(inner):
            return of(inner) + 0.45
        case Relation(left, _, right):
            return _joined((of(left), of(right)), _SPACED["="])


def _joined(widths: Iterable[float], between: float) -> float:
    found = list(widths)
    return sum(found) + between * (len(found) - 1)


def _table_width(table: list[list[float]]) -> float:
    return _joined((max(column) for column in zip(*table, strict=True)), 1.0)


def _symbol_width(symbol: Symbol) -> float:
    letters, primes = unprimed(symbol.letters)
    main = 0.55 * len(letters) if len(letters) == 1 else 0.48 * len(letters)
    below = sum(_DIGIT * len(part.text) for part in parts(symbol.subscript)) + _DIGIT * len(symbol.note)
    return main + 0.25 * primes + _SCRIPT * max(below, _DIGIT * len(symbol.superscript))
