"""Display trees as MathML Core, as Chromium and Firefox set it: the content of a ``math`` element.

What Core leaves to style sheets is named by classes: ``matrix`` and ``cases`` on tables, the cells of ``cases`` to
be aligned left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import assert_never

from derive.display.brackets import bracketed
from derive.display.layout import Mark, Piece, gaps, is_tall, signed
from derive.display.letters import MINUS, PRIME, bold, cleaned, parts, unprimed
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

_NEGATIVE = f'<mo form="prefix" lspace="0" rspace="0">{MINUS}</mo>'
_OPEN, _CLOSE = '<mo form="prefix" stretchy="false">(</mo>', '<mo form="postfix" stretchy="false">)</mo>'
_SOLIDUS = '<mo lspace="0" rspace="0">/</mo>'
_THIN = '<mspace width="0.167em"/>'

_MARKS = {
    Mark.PLUS: '<mo form="infix">+</mo>',
    Mark.MINUS: f'<mo form="infix">{MINUS}</mo>',
    Mark.DOT: '<mo form="infix">⋅</mo>',
    Mark.CIRCLE: '<mo form="infix">⊙</mo>',
    Mark.SOLIDUS: _SOLIDUS,
    Mark.NEGATIVE: _NEGATIVE,
    Mark.OPEN: _OPEN,
    Mark.CLOSE: _CLOSE,
    # The bracket's partner stands in another piece, so that it cannot stretch to what it encloses by itself.
    Mark.OPEN_TALL: '<mo form="prefix" minsize="2.4em" maxsize="2.4em">(</mo>',
    Mark.CLOSE_TALL: '<mo form="postfix" minsize="2.4em" maxsize="2.4em">)</mo>',
    Mark.COMMA: '<mo separator="true">,</mo>',
}

#: Nodes that print as one element, which a superscript or fraction may take as it is.
_SINGLE = (Name, Digits, Words, Fraction, Power, Transposed)


@dataclass(frozen=True, slots=True, kw_only=True)
class MathmlPrinter(Printer):
    """MathML; text alternatives are escaped for an attribute. What a slot gives stands inside an ``mrow``."""

    def _plain(self) -> PlainPrinter:
        return PlainPrinter(slot=self.spoken or self.slot, slot_digits=self.slot_digits, escape=escape)

    def _relation(self, sign: str) -> str:
        return f"<mo>{escape(sign)}</mo>"

    def _piece(self, piece: Piece) -> str:
        before, after = ("".join(_MARKS[mark] for mark in marks) for marks in (piece.before, piece.after))
        return f"<mrow>{before}{self._node(piece.tree)}{after}</mrow>"

    def tree(self, tree: Tree) -> str:
        """The whole tree, unbroken, as one element."""
        return self._one(bracketed(tree))

    def _one(self, tree: Tree) -> str:
        """The tree as exactly one element."""
        text = self._node(tree)
        return text if isinstance(tree, _SINGLE) else f"<mrow>{text}</mrow>"

    def _node(self, tree: Tree) -> str:
        node, one = self._node, self._one
        match tree:
            case Slot():
                return self.slot(tree)
            case Name(symbol):
                return _symbol(symbol)
            case Digits(text):
                return _digits(text)
            case Words(text):
                return _words(text)
            case Minus(operand):
                return _NEGATIVE + node(operand)
            case Sum(terms):
                return node(terms[0]) + "".join(_MARKS[sign] + node(term) for sign, term in signed(terms))
            case Product(factors):
                return _MARKS[Mark.DOT].join(map(node, factors))
            case Elementwise(factors):
                return _MARKS[Mark.CIRCLE].join(map(node, factors))
            case Fraction(numerator, denominator):
                return f"<mfrac>{one(numerator)}{one(denominator)}</mfrac>"
            case Ratio(numerator, denominator):
                return node(numerator) + _SOLIDUS + node(denominator)
            case Power(base, exponent):
                return f"<msup>{one(base)}{one(exponent)}</msup>"
            case Function(name, arguments, bare):
                return self._function(name, arguments, bare)
            case Parentheses(inner):
                return _enclosed(node(inner), tall=is_tall(inner))
            case BigSum(index, body):
                return f'<munder><mo movablelimits="false">∑</mo>{_run(index)}</munder>{node(body)}'
            case Matrix(rows):
                return f'<mrow><mo form="prefix">[</mo>{_table(rows, "matrix", node)}<mo form="postfix">]</mo></mrow>'
            case Cases(pairs):
                return f'<mrow><mo form="prefix">{{</mo>{_table(pairs, "cases", node)}</mrow>'
            case Juxtaposed(all_parts):
                spaces = ("", *(_SPACES[gap] for gap in gaps(tree)))
                return "".join(space + node(part) for space, part in zip(spaces, all_parts, strict=True))
            case Transposed(inner):
                return f'<msup>{one(inner)}<mi mathvariant="normal">T</mi></msup>'
            case Relation(left, sign, right):
                return node(left) + self.sign(sign) + node(right)
            case Partial() | PartialOperator():
                raise AssertionError("bracketed() leaves no derivative")
        assert_never(tree)

    def _function(self, name: str, arguments: tuple[Tree, ...], bare: bool) -> str:
        inner = '<mo separator="true">,</mo>'.join(map(self._node, arguments))
        tall = any(map(is_tall, arguments))
        stem, primes = unprimed(name)
        if stem == "sqrt":
            return f"<msqrt>{inner}</msqrt>"
        if stem == "abs":
            grows = "" if tall else ' stretchy="false"'
            bar = f'<mo form="{{}}"{grows}>|</mo>'
            return f"<mrow>{bar.format('prefix')}{inner}{bar.format('postfix')}</mrow>"
        called = _called(stem, primes)
        return f"{called}{_THIN}{inner}" if bare else called + _enclosed(inner, tall=tall)


_SPACES = {"": "", "thin": _THIN, "word": '<mspace width="0.333em"/>'}


def _enclosed(inner: str, *, tall: bool) -> str:
    if not tall:
        return _OPEN + inner + _CLOSE
    # A row of its own, so that the brackets grow with what they enclose and not with its neighbours.
    return f'<mrow><mo form="prefix">(</mo>{inner}<mo form="postfix">)</mo></mrow>'


def _symbol(symbol: Symbol) -> str:
    stem, primes = unprimed(symbol.letters)
    base = _called(bold(stem) if symbol.bold else stem, primes)
    below = _run(symbol.subscript)
    if symbol.note:
        note = _word(symbol.note)
        below = f"<mrow>{below}{_THIN}{note}</mrow>" if below else note
    raised = _run(symbol.superscript)
    match bool(below), bool(raised):
        case True, True:
            return f"<msubsup>{base}{below}{raised}</msubsup>"
        case True, False:
            return f"<msub>{base}{below}</msub>"
        case False, True:
            return f"<msup>{base}{raised}</msup>"
    return base


def _called(stem: str, primes: int) -> str:
    """A name with its primes beside it: the sign is raised by itself, and as a superscript comes out tiny."""
    if not primes:
        return _letters(stem)
    marks = PRIME * primes
    return _letters(stem + marks) if len(stem) > 1 else f"<mrow>{_letters(stem)}<mi>{marks}</mi></mrow>"


def _table(rows: tuple[tuple[Tree, ...], ...], kind: str, node: Callable[[Tree], str]) -> str:
    cells = ("".join(f"<mtd>{node(cell)}</mtd>" for cell in row) for row in rows)
    return f'<mtable class="{kind}">' + "".join(f"<mtr>{row}</mtr>" for row in cells) + "</mtable>"


def _letters(letters: str) -> str:
    """One letter is italic by default, except capital Greek and ∇, which mathematics sets upright."""
    return _identifier(letters, upright=len(letters) == 1 and (letters == "∇" or "\u0391" <= letters <= "\u03a9"))


def _word(word: str) -> str:
    return _identifier(word, upright=len(word) == 1)


def _identifier(text: str, *, upright: bool) -> str:
    variant = ' mathvariant="normal"' if upright else ""
    return f"<mi{variant}>{escape(cleaned(text))}</mi>"


def _words(text: str) -> str:
    # MathML drops space at the ends of a token and folds it inside.
    kept = cleaned(text).replace("  ", " \N{NO-BREAK SPACE}")
    kept = "\N{NO-BREAK SPACE}" + kept[1:] if kept.startswith(" ") else kept
    kept = kept[:-1] + "\N{NO-BREAK SPACE}" if kept.endswith(" ") else kept
    return f"<mtext>{escape(kept)}</mtext>"


def _digits(text: str) -> str:
    above, solidus, below = text.partition("/")
    return f"<mrow><mn>{above}</mn>{_SOLIDUS}<mn>{below}</mn></mrow>" if solidus else f"<mn>{text}</mn>"


def _run(text: str) -> str:
    """A subscript, superscript or index as one element; nothing where it is empty."""
    found = []
    for part in parts(text):
        match part.kind:
            case "letter" | "word":
                found.append(_letters(part.text))
            case "digits":
                found.append(f"<mn>{part.text}</mn>")
            case "sign":
                found.append(f'<mo stretchy="false" lspace="0" rspace="0">{escape(part.text)}</mo>')
    return "".join(found) if len(found) < 2 else f"<mrow>{''.join(found)}</mrow>"
