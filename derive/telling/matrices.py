"""Vectors and matrices of quantities as display trees: entry by entry, shortened where they are large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from derive.display.tree import (
    Digits,
    Elementwise,
    Fraction,
    Function,
    Matrix,
    Minus,
    Name,
    Parentheses,
    Product,
    Sum,
    Tree,
)
from derive.errors import UnsupportedError
from derive.formula.expression import Call, Const, Expression, Neg, Quotient, Ref
from derive.formula.expression import Power as PowerOf
from derive.formula.expression import Product as ProductOf
from derive.formula.expression import Sum as SumOf
from derive.formula.functions import FUNCTIONS
from derive.given.naming import Symbol
from derive.given.problem import Display

#: Rows and columns up to which a matrix is printed whole; of a larger one the first three and the last.
WHOLE = 6
_FIRST = 3
#: Estimated width in em of the widest matrix that fits beside its left-hand side on a page.
_WIDEST = 31.0
_BETWEEN = 1.0

DOTS_DOWN, DOTS_ACROSS = Name(Symbol(letters="⋮")), Name(Symbol(letters="⋯"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Ids of the entries of a vector or matrix.

    Attributes
    ----------
    rows : tuple of tuples of str
    entry_width : float
        Estimated width in em of one entry with its figure.
    tallest : int
        Rows, and columns of narrow entries, up to which it is printed whole.
    widest : float
        Its width in em up to which all columns are.
    """

    rows: tuple[tuple[str, ...], ...]
    entry_width: float = 0.0
    tallest: int = WHOLE
    widest: float = _WIDEST

    @classmethod
    def column(cls, ids: Sequence[str]) -> Grid:
        """A column vector."""
        return cls(rows=tuple((name,) for name in ids))

    @property
    def ids(self) -> tuple[str, ...]:
        """All entries, row by row."""
        return tuple(name for row in self.rows for name in row)

    @property
    def size(self) -> str:
        """Rows times columns, in words of a text."""
        return f"{len(self.rows)} × {len(self.rows[0])}"

    @property
    def note(self) -> str:
        """What is left out of it, in a sentence; empty where nothing is."""
        return "" if self.whole else f"The matrix is {self.size}; its middle is left out."

    @property
    def transposed(self) -> Grid:
        """Rows as columns."""
        return replace(self, rows=tuple(zip(*self.rows, strict=True)))

    @property
    def across(self) -> tuple[int | None, ...]:
        """Columns that are printed; None for dots."""
        count = len(self.rows[0])
        wide = count * self.entry_width + (count - 1) * _BETWEEN > self.widest
        return shortened(count, _FIRST + 1 if wide else self.tallest)

    @property
    def down(self) -> tuple[int | None, ...]:
        """Rows that are printed; None for dots."""
        return shortened(len(self.rows), self.tallest)

    @property
    def whole(self) -> bool:
        """Whether every entry is printed."""
        return None not in self.across and None not in self.down

    @property
    def printed(self) -> tuple[str, ...]:
        """Ids of the entries that are printed."""
        across = [column for column in self.across if column is not None]
        return tuple(self.rows[row][column] for row in self.down if row is not None for column in across)

    def tree(self, cell: Callable[[str], Tree]) -> Matrix:
        """The matrix with one part for each entry."""
        return Matrix(tuple(tuple(self._cell(row, column, cell) for column in self.across) for row in self.down))

    def _cell(self, row: int | None, column: int | None, cell: Callable[[str], Tree]) -> Tree:
        if row is None:
            return DOTS_DOWN
        return DOTS_ACROSS if column is None else cell(self.rows[row][column])


def figure_width(display: Display) -> float:
    """The width in em that a computed figure takes, about: sign, zero, point and digits."""
    return 0.5 * ((display.digits if display.decimals is None else display.decimals) + 3)


def shortened(count: int, whole: int) -> tuple[int | None, ...]:
    """Positions that are printed of so many: all, or the first three, dots (None), and the last."""
    if count <= whole:
        return tuple(range(count))
    return (*range(_FIRST), None, count - 1)


def stacked(formulas: Sequence[Expression], leaf: Callable[[tuple[str, ...]], Tree]) -> Tree:
    """Formulas of one shape, one for each unit, as a single formula of vectors, worked entry by entry.

    Parameters
    ----------
    formulas : sequence of Expression
        Alike but for the quantities they refer to.
    leaf : callable
        Shows the vector of the quantities that stand at one place of the formulas.

    Raises
    ------
    UnsupportedError
        If there is no way to write the formula with vectors.
    """

    def parts(pick: Callable[[Expression], Sequence[Expression]]) -> list[Tree]:
        return [stacked(each, leaf) for each in zip(*map(pick, formulas), strict=True)]

    match formulas[0]:
        case Ref():
            return leaf(tuple(formula.id for formula in formulas if isinstance(formula, Ref)))
        case Const(value):
            number: Tree = Digits(str(abs(value.numerator)))
            number = number if value.denominator == 1 else Fraction(number, Digits(str(value.denominator)))
            return Minus(number) if value < 0 else number
        case Neg():
            (inner,) = parts(lambda formula: (formula.operand,) if isinstance(formula, Neg) else ())
            return Minus(Parentheses(inner) if isinstance(inner, Sum) else inner)
        case SumOf():
            return Sum(tuple(parts(lambda formula: formula.terms if isinstance(formula, SumOf) else ())))
        case ProductOf(factors):
            shown = parts(lambda formula: formula.factors if isinstance(formula, ProductOf) else ())
            numbers = [tree for tree, factor in zip(shown, factors, strict=True) if isinstance(factor, Const)]
            vectors = [tree for tree, factor in zip(shown, factors, strict=True) if not isinstance(factor, Const)]
            return scaled(numbers, times(*vectors))
        case Quotient():
            above, below = parts(
                lambda formula: (formula.numerator, formula.denominator) if isinstance(formula, Quotient) else ()
            )
            return Fraction(above, below)
        case PowerOf(_, 2):
            (base,) = parts(lambda formula: (formula.base,) if isinstance(formula, PowerOf) else ())
            return times(base, base)
        case Call("softmax", _):
            # The first argument of each is its own net input, the others are those of the layer.
            return Function("softmax", (leaf(_first_arguments(formulas)),))
        case Call(function, _):
            inner = parts(lambda formula: formula.arguments if isinstance(formula, Call) else ())[0]
            return Function(FUNCTIONS[function].printed, (inner,))
    raise UnsupportedError("this formula has no form for vectors; the styles chain and delta show it")


def times(*vectors: Tree) -> Tree:
    """Vectors multiplied entry by entry; those of a product already found stand beside the others."""
    flat: list[Tree] = []
    for vector in vectors:
        flat += vector.factors if isinstance(vector, Elementwise) else (vector,)
    return flat[0] if len(flat) == 1 else Elementwise(tuple(flat))


def scaled(numbers: Sequence[Tree], vector: Tree) -> Tree:
    """A vector times the numbers before it."""
    if not numbers:
        return vector
    return Product((*numbers, Parentheses(vector) if isinstance(vector, Elementwise | Sum) else vector))


def _first_arguments(formulas: Sequence[Expression]) -> tuple[str, ...]:
    firsts = [formula.arguments[0] for formula in formulas if isinstance(formula, Call)]
    return tuple(first.id for first in firsts if isinstance(first, Ref))
