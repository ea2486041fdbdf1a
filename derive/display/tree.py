"""The display tree: mathematics as it is laid out, free of numbers and of any output format.

Printers turn a tree into LaTeX, MathML, Typst or plain text. The tree owns order, parentheses and the places where
a line may break; a `Slot` is a hole that a filling closes with a figure, a blank or a mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from derive.given.naming import Symbol

#: How a figure must be wrapped where it stands. "bare": never. "signed": in parentheses when it starts with a minus
#: sign (a factor, or a term after an operator). "tight": in parentheses when it is anything but plain digits (the
#: base of a power, an exponent's operand after a minus sign).
Wrap = Literal["bare", "signed", "tight"]

#: What fills a slot. "operand": a figure used in this line. "result": the line's own figure. "relation": = where the
#: result is exact, ≈ where digits were dropped. "mark": a sign that full figures are carried here, or nothing.
#: "given": the number exactly as typed.
Role = Literal["operand", "result", "relation", "mark", "given"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A hole named by the quantity it stands for.

    Attributes
    ----------
    quantity : str
        Quantity id.
    place : str
        Id of the step (or table) the slot stands in, so that one line may show more digits than another.
    """

    quantity: str
    place: str
    role: Role = "operand"
    wrap: Wrap = "bare"


@dataclass(frozen=True, slots=True)
class Name:
    """The symbol of a quantity."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Digits:
    """A constant of the formula: digits only, such as 1 or 0.01."""

    digits: str


@dataclass(frozen=True, slots=True)
class Words:
    """Upright text inside a formula, such as "if" or "for every k"."""

    text: str


@dataclass(frozen=True, slots=True)
class Minus:
    """Unary minus before an operand."""

    operand: Tree


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms joined by + and -; a term that is a `Minus` is printed as subtracted. A line may break before each."""

    terms: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors joined by a centred dot. A line may break before each dot."""

    factors: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Elementwise:
    """Vectors or matrices of one shape, multiplied entry by entry: ⊙ between them. A line may break before each."""

    factors: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """A stacked fraction."""

    numerator: Tree
    denominator: Tree


@dataclass(frozen=True, slots=True)
class Ratio:
    """A fraction on one line, with a solidus, for parts too wide to stack; breaks inside its parentheses."""

    numerator: Tree
    denominator: Tree


@dataclass(frozen=True, slots=True)
class Power:
    """A base with an exponent; the base is already parenthesised where it must be."""

    base: Tree
    exponent: Tree


@dataclass(frozen=True, slots=True)
class Function:
    """A named function: ln, tanh, max, relu, relu′, σ, σ′. One argument needs no parentheses when ``bare``."""

    name: str
    arguments: tuple[Tree, ...]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Partial:
    """The partial derivative of one quantity by another, as a stacked fraction of two ∂."""

    numerator: Tree
    denominator: Tree


@dataclass(frozen=True, slots=True)
class PartialOperator:
    """The operator ∂/∂x before a parenthesised expression."""

    variable: Tree
    operand: Tree


@dataclass(frozen=True, slots=True)
class Parentheses:
    """A part in round brackets, which grow where it holds a fraction, a table or a big operator."""

    inner: Tree


@dataclass(frozen=True, slots=True)
class BigSum:
    """Σ over an index (written below it) of a body, such as Σ over k of E_k."""

    index: str
    body: Tree


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table of parts in square brackets; one column makes a column vector."""

    rows: tuple[tuple[Tree, ...], ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """A value by condition: (value, condition) rows behind one left brace."""

    rows: tuple[tuple[Tree, Tree], ...]


@dataclass(frozen=True, slots=True)
class Juxtaposed:
    """Parts side by side without a sign, such as a matrix times a vector, or ∇E."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Transposed:
    """A part with a raised upright T."""

    inner: Tree


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between two trees inside one formula, such as n > 0 or x = 1; a sign as in `Row`."""

    left: Tree
    sign: str | Slot
    right: Tree


Tree = (
    Slot
    | Name
    | Digits
    | Words
    | Minus
    | Sum
    | Product
    | Elementwise
    | Fraction
    | Ratio
    | Power
    | Function
    | Partial
    | PartialOperator
    | Parentheses
    | BigSum
    | Matrix
    | Cases
    | Juxtaposed
    | Transposed
    | Relation
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One right-hand side of a line, behind its relation sign (a fixed one, or a slot with role "relation")."""

    relation: str | Slot
    tree: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A left-hand side and the rows that follow it: symbols, numbers substituted, value.

    ``mark``, where present, stands at the end of the line.
    """

    left: Tree
    rows: tuple[Row, ...]
    mark: Slot | None = None


def parts(tree: Tree) -> tuple[Tree, ...]:
    """The direct parts of a tree, in reading order."""
    match tree:
        case Slot() | Name() | Digits() | Words():
            return ()
        case Minus(inner) | Parentheses(inner) | Transposed(inner) | BigSum(_, inner):
            return (inner,)
        case Sum(several) | Product(several) | Elementwise(several) | Function(_, several) | Juxtaposed(several):
            return several
        case Relation(first, Slot() as sign, second):
            return (first, sign, second)
        case (
            Fraction(first, second)
            | Ratio(first, second)
            | Power(first, second)
            | Partial(first, second)
            | PartialOperator(first, second)
            | Relation(first, _, second)
        ):
            return (first, second)
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
        case Cases(rows):
            return tuple(part for row in rows for part in row)


def slots(tree: Tree) -> Iterator[Slot]:
    """All slots of a tree, in reading order."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Slot):
            yield part
        waiting.extend(reversed(parts(part)))
