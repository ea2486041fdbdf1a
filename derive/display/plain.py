"""Display trees as plain text on one line, with the brackets that fraction bars and raised type leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from derive.display.brackets import linear, starts_with_minus
from derive.display.layout import Mark, Piece, gaps, signed
from derive.display.letters import MINUS, PRIME, cleaned, unprimed
from derive.display.printer import Printer
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
from derive.given.naming import Symbol

RAISED = str.maketrans("0123456789+−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")

_MARKS = {
    Mark.PLUS: "+ ",
    Mark.MINUS: f"{MINUS} ",
    Mark.DOT: "· ",
    Mark.CIRCLE: "⊙ ",
    Mark.SOLIDUS: "/ ",
    Mark.NEGATIVE: MINUS,
    Mark.OPEN: "(",
    Mark.OPEN_TALL: "(",
    Mark.CLOSE: ")",
    Mark.CLOSE_TALL: ")",
    Mark.COMMA: ",",
}


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPrinter(Printer):
    """Readable Unicode text.

    Attributes
    ----------
    escape : callable
        Applied to every constant text, so that it can stand in a string or attribute of another format.
    """

    escape: Callable[[str], str] = _unchanged

    def tree(self, tree: Tree) -> str:
        """The whole tree on one line."""
        return self._node(linear(tree))

    def _plain(self) -> PlainPrinter:
        if self.spoken is None:
            return self
        return PlainPrinter(slot=self.spoken, slot_digits=self.slot_digits, escape=self.escape)

    def _relation(self, sign: str) -> str:
        return self.escape(sign)

    def _piece(self, piece: Piece) -> str:
        tree = linear(piece.tree)
        divides = piece.before[:1] == (Mark.SOLIDUS,) and isinstance(tree, Ratio)
        if divides or (piece.before and starts_with_minus(tree)):
            # What follows a sign was set off by its fraction bar; on one line it needs brackets.
            tree = Parentheses(tree)
        before, after = ("".join(_MARKS[mark] for mark in marks) for marks in (piece.before, piece.after))
        return before + self._node(tree) + after

    def _node(self, tree: Tree) -> str:
        node = self._node
        match tree:
            case Slot():
                return self.slot(tree)
            case Name(symbol):
                return self.escape(symbol_text(symbol))
            case Digits(text) | Words(text):
                return self.escape(cleaned(text))
            case Minus(operand):
                return MINUS + node(operand)
            case Sum(terms):
                return node(terms[0]) + "".join(f" {_MARKS[sign]}{node(term)}" for sign, term in signed(terms))
            case Product(factors):
                return " · ".join(map(node, factors))
            case Elementwise(factors):
                return " ⊙ ".join(map(node, factors))
            case Ratio(numerator, denominator):
                return f"{node(numerator)}/{node(denominator)}"
            case Power(base, exponent):
                return f"{node(base)}^{node(exponent)}"
            case Function(name, arguments, bare):
                return self._function(name, arguments, bare)
            case Parentheses(inner):
                return f"({node(inner)})"
            case BigSum(index, body):
                below = self.escape(cleaned(index))
                return f"Σ_{below if len(index) == 1 else f'({below})'} {node(body)}"
            case Matrix(rows):
                return "[" + "; ".join(", ".join(map(node, row)) for row in rows) + "]"
            case Cases(pairs):
                return "{" + "; ".join(node(value) + self._condition(condition) for value, condition in pairs) + "}"
            case Juxtaposed(parts):
                spaces = ("", *(" " if gap else "" for gap in gaps(tree)))
                return "".join(space + node(part) for space, part in zip(spaces, parts, strict=True))
            case Transposed(inner):
                return f"{node(inner)}ᵀ"
            case Relation(left, sign, right):
                return f"{node(left)} {self.sign(sign)} {node(right)}"
            case Fraction() | Partial() | PartialOperator():
                raise AssertionError("linear() leaves no stacked fraction")
        assert_never(tree)

    def _function(self, name: str, arguments: tuple[Tree, ...], bare: bool) -> str:
        inner = ", ".join(map(self._node, arguments))
        stem, primes = unprimed(name)
        if stem == "abs":
            return f"|{inner}|"
        called = self.escape(cleaned("√" if stem == "sqrt" else stem)) + PRIME * primes
        return f"{called} {inner}" if bare and stem != "sqrt" else f"{called}({inner})"

    def _condition(self, condition: Tree) -> str:
        worded = isinstance(condition, Words) or (
            isinstance(condition, Juxtaposed) and isinstance(condition.parts[0], Words)
        )
        return (" " if worded else " if ") + self._node(condition)


def symbol_text(symbol: Symbol) -> str:
    """A symbol as text: ``w5``, ``net_H1``, ``out_H1⁽²⁾``, ``w5⁺``."""
    joint = "" if len(symbol.letters) == 1 and symbol.subscript.isdigit() else "_"
    below = joint + symbol.subscript if symbol.subscript else ""
    note = f" {symbol.note}" if symbol.note else ""
    raised = symbol.superscript.translate(RAISED)
    if not set(symbol.superscript) <= set(map(chr, RAISED)):
        raised = f"^({symbol.superscript})"
    return cleaned(symbol.letters + below + note + raised)
