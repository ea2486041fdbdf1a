"""Lines of feedback: a rule, right or wrong, as symbols = numbers = value, with one student's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from derive.display.brackets import rebuilt
from derive.display.tree import Digits, Fraction, Function, Line, Minus, Row, Slot, Tree, slots
from derive.display.tree import Power as PowerTree
from derive.display.tree import Product as ProductTree
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, references
from derive.formula.figures import Figure
from derive.judging.feedback.own_figures import OwnFigures, WrittenFigure
from derive.telling.terms import EULER, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledLine:
    """A line and what closes its slots.

    Attributes
    ----------
    quantity : str
    place : str
        Tells its slots from those of other lines.
    line : Line
    figures : mapping of Slot to Figure
    relations : mapping of Slot to str
    result : Figure or None
        The value at the end of the line; None where there is none.
    """

    quantity: str
    place: str
    line: Line
    figures: Mapping[Slot, Figure]
    relations: Mapping[Slot, str]
    result: Figure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWriter:
    """Writes rules with one student's figures."""

    terms: Terms
    own: OwnFigures

    def worked(self, quantity: str, expression: Expression, *, digits: int, place: str | None = None) -> FilledLine:
        """A rule and what it gives from the student's own figures."""
        value = self.own.result(expression, digits)
        return self._line(quantity, expression, value, place or f"{quantity}!", "=" if value and value.exact else "≈")

    def with_result(
        self, quantity: str, expression: Expression, written: WrittenFigure, *, place: str, digits: int
    ) -> FilledLine:
        """A rule and the student's figure as its value; what the rule gives, where that is not near the figure.

        So it is with the problem's own rule beside a figure that is right under another convention.
        """
        value = self.own.result(expression, digits)
        if value is not None and not written.is_near(value.value):
            return self.worked(quantity, expression, digits=digits, place=place)
        whole = value is not None and value.exact and value.value == written.value
        return self._line(quantity, expression, written.figure, place, "=" if whole else "≈")

    def _line(
        self, quantity: str, expression: Expression, value: Figure | None, place: str, relation: str
    ) -> FilledLine:
        form = _form(self.terms, quantity, expression, place)
        found = {slot: self.own.figure(slot.quantity) for slot in form.operands}
        figures = {slot: figure for slot, figure in found.items() if figure is not None}
        rows = [form.symbols]
        if form.numbers is not None and len(figures) == len(found):
            rows.append(form.numbers)
        relations: dict[Slot, str] = {}
        if value is not None:
            rows.append(form.value)
            figures[form.result], relations[form.sign] = value, relation
        return FilledLine(
            quantity=quantity,
            place=place,
            line=form.line if len(rows) == form.rows else Line(left=form.line.left, rows=tuple(rows)),
            figures=figures,
            relations=relations,
            result=value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What the lines of one rule have alike, whoever's figures are in them."""

    line: Line
    symbols: Row
    numbers: Row | None
    value: Row
    operands: tuple[Slot, ...]
    sign: Slot
    result: Slot

    @property
    def rows(self) -> int:
        return len(self.line.rows)


@lru_cache(maxsize=8192)
def _form(terms: Terms, quantity: str, expression: Expression, place: str) -> _Form:
    shown = printable(expression)
    symbols = Row(relation="=", tree=base_ten(terms.symbols(shown)))
    numbers: Row | None = None
    operands: tuple[Slot, ...] = ()
    if not isinstance(shown, Ref) and any(references(shown)):
        tree = base_ten(terms.numbers(shown, place))
        numbers, operands = Row(relation="=", tree=tree), tuple(dict.fromkeys(slots(tree)))
    sign = Slot(quantity=quantity, place=place, role="relation")
    result = Slot(quantity=quantity, place=place, role="result")
    value = Row(relation=sign, tree=result)
    rows = (symbols, value) if numbers is None else (symbols, numbers, value)
    line = Line(left=terms.name(quantity), rows=rows)
    return _Form(line=line, symbols=symbols, numbers=numbers, value=value, operands=operands, sign=sign, result=result)


def printable(expression: Expression) -> Expression:
    """The same formula as it may be printed: negative constants with their sign before them."""
    match expression:
        case Ref():
            return expression
        case Const(value):
            return Neg(Const(-value)) if value < 0 else expression
        case Neg(operand):
            return Neg(printable(operand))
        case Sum(terms):
            return Sum(tuple(map(printable, terms)))
        case Product(factors):
            return Product(tuple(map(printable, factors)))
        case Quotient(numerator, denominator):
            return Quotient(printable(numerator), printable(denominator))
        case Power(base, exponent):
            return Power(printable(base), exponent)
        case Call(function, arguments):
            return Call(function, tuple(map(printable, arguments)))


def without_double_signs(expression: Expression) -> Expression:
    """The same formula with minus a minus left out."""
    match expression:
        case Neg(Neg(operand)):
            return without_double_signs(operand)
        case Neg(operand):
            return Neg(without_double_signs(operand))
        case Sum(terms):
            return Sum(tuple(map(without_double_signs, terms)))
    return expression


_TEN = Digits("10")
_LN_TEN = Function("ln", (_TEN,))


def base_ten(tree: Tree) -> Tree:
    """The tree with e to the n·ln 10 written as ten to the n, and a logarithm over ln 10 as one to base ten."""
    tree = rebuilt(tree, base_ten)
    match tree:
        case PowerTree(base, Minus(ProductTree((exponent, log)))) if base == EULER and log == _LN_TEN:
            return PowerTree(_TEN, Minus(exponent))
        case PowerTree(base, ProductTree((exponent, log))) if base == EULER and log == _LN_TEN:
            return PowerTree(_TEN, exponent)
        case Fraction(Function("ln", arguments), log) if log == _LN_TEN:
            return Function("log10", arguments)
    return tree
