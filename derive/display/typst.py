"""Display trees as Typst for mathematics mode (0.15): names of several letters are strings, commas are symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from derive.display.layout import Mark, Piece, gaps, is_tall, signed
from derive.display.letters import GREEK, MINUS, cleaned, parts, unprimed
from derive.display.plain import PlainPrinter
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

_MARKS = {
    # A sign needs something on its left to be spaced as one between two terms; the empty string is enough.
    Mark.PLUS: '""+ ',
    Mark.MINUS: '""- ',
    Mark.DOT: '""dot.op ',
    Mark.CIRCLE: '""dot.o ',
    Mark.SOLIDUS: "\\/",
    Mark.NEGATIVE: "-",
    # Escaped brackets look for no partner in their piece.
    Mark.OPEN: "\\(",
    Mark.CLOSE: "\\)",
    Mark.OPEN_TALL: " lr(size: #2.4em, \\()",
    Mark.CLOSE_TALL: " lr(size: #2.4em, \\))",
    Mark.COMMA: " comma ",
}

_SIGNS = {
    "∗": "ast.op", "[": "bracket.l", "]": "bracket.r",
    "<": "lt", ">": "gt", ",": "comma", ";": "semi", "/": "\\/", "-": "-", MINUS: "-", "∂": "partial", "∇": "nabla",
}  # fmt: skip


def escaped(text: str) -> str:
    """Plain text for the inside of a Typst string literal."""
    return cleaned(text).replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True, slots=True, kw_only=True)
class TypstPrinter(Printer):
    """Typst mathematics; text alternatives are escaped for a string literal."""

    def _plain(self) -> PlainPrinter:
        return PlainPrinter(slot=self.spoken or self.slot, slot_digits=self.slot_digits, escape=escaped)

    def _relation(self, sign: str) -> str:
        return _SIGNS.get(sign, sign)

    def _piece(self, piece: Piece) -> str:
        before, after = ("".join(_MARKS[mark] for mark in marks) for marks in (piece.before, piece.after))
        return before + self._node(piece.tree) + after

    def _node(self, tree: Tree) -> str:
        node = self._node
        match tree:
            case Slot():
                return self.slot(tree)
            case Name(symbol):
                return _symbol(symbol)
            case Digits(text):
                return text.replace("/", "\\/")
            case Words(text):
                # Typst keeps the space between a string and its neighbours, so that the text's own would double it.
                return f'"{escaped(text.strip())}"'
            case Minus(operand):
                return f"-{node(operand)}"
            case Sum(terms):
                signs = {Mark.PLUS: " + ", Mark.MINUS: " - "}
                return node(terms[0]) + "".join(signs[sign] + node(term) for sign, term in signed(terms))
            case Product(factors):
                return " dot.op ".join(map(node, factors))
            case Elementwise(factors):
                return " dot.o ".join(map(node, factors))
            case Fraction(numerator, denominator):
                return f"frac({node(numerator)}, {node(denominator)})"
            case Ratio(numerator, denominator):
                return f"{node(numerator)} \\/ {node(denominator)}"
            case Power(base, exponent):
                return f"attach({node(base)}, t: {node(exponent)})"
            case Function(name, arguments, bare):
                return self._function(name, arguments, bare)
            case Parentheses(inner):
                return _enclosed(node(inner), tall=is_tall(inner))
            case BigSum(index, body):
                return f"limits(sum)_({_run(index)}) {node(body)}"
            case Matrix(rows):
                return f'mat(delim: "[", {"; ".join(", ".join(map(node, row)) for row in rows)})'
            case Cases(pairs):
                return f"cases({', '.join(f'{node(value)} & quad {node(condition)}' for value, condition in pairs)})"
            case Juxtaposed(all_parts):
                spaces = ("", *(" thin " if gap == "thin" else " " for gap in gaps(tree)))
                return "".join(space + node(part) for space, part in zip(spaces, all_parts, strict=True))
            case Transposed(inner):
                return f'attach({node(inner)}, t: upright("T"))'
            case Relation(left, sign, right):
                return f"{node(left)} {self.sign(sign)} {node(right)}"
            case Partial() | PartialOperator():
                raise AssertionError("bracketed() leaves no derivative")
        assert_never(tree)

    def _function(self, name: str, arguments: tuple[Tree, ...], bare: bool) -> str:
        inner = " comma ".join(map(self._node, arguments))
        stem, primes = unprimed(name)
        if stem in ("sqrt", "abs"):
            return f"{stem}({inner})"
        called = _letters(stem) + "'" * primes
        if bare:
            return f"{called} thin {inner}"
        # Beside a string Typst would keep a space; a letter without one would run into what follows.
        apart = " " if called[-1].isalpha() else ""
        return called + apart + _enclosed(inner, tall=any(map(is_tall, arguments)))


def _enclosed(inner: str, *, tall: bool) -> str:
    """In brackets; matched ones grow in Typst even with a subscript, so that the others are escaped."""
    return f"lr(({inner}))" if tall else f"\\({inner}\\)"


def _symbol(symbol: Symbol) -> str:
    stem, primes = unprimed(symbol.letters)
    below = _run(symbol.subscript)
    if symbol.note:
        below += (" thin " if below else "") + f'upright("{escaped(symbol.note)}")'
    letters = _letters(stem)
    text = (f"bold({letters})" if symbol.bold else letters) + "'" * primes
    text += f"_({below})" if below else ""
    return text + (f"^({_run(symbol.superscript)})" if symbol.superscript else "")


def _letters(letters: str) -> str:
    if len(letters) > 1:
        return f'upright("{escaped(letters)}")'
    known = letters in GREEK or (letters.isascii() and letters.isalpha())
    return letters if known else _SIGNS.get(letters) or f'"{escaped(letters)}"'


def _run(text: str) -> str:
    """A subscript, superscript or index; a space keeps letters from running into one identifier."""
    found = []
    for part in parts(text):
        match part.kind:
            case "letter" | "word":
                found.append(_letters(part.text))
            case "digits":
                found.append(part.text)
            case "sign":
                plain = part.text in "+=∈≤≥≠"
                # Brackets may stand alone here, so that they are escaped.
                found.append(f"\\{part.text}" if part.text in "()" else part.text if plain else _letters(part.text))
    return " ".join(found)
