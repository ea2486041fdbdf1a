"""Display trees as LaTeX for mathematics mode: amsmath alone, ASCII alone, so that pdflatex sets it."""

from __future__ import annotations

import re
import unicodedata
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
from derive.errors import UnsupportedError
from derive.given.naming import Symbol

_MARKS = {
    Mark.PLUS: "{}+ ",
    Mark.MINUS: "{}- ",
    Mark.DOT: "{}\\cdot ",
    Mark.CIRCLE: "{}\\odot ",
    Mark.SOLIDUS: "/",
    Mark.NEGATIVE: "-",
    Mark.OPEN: "(",
    Mark.CLOSE: ")",
    Mark.OPEN_TALL: "\\Bigl(",
    Mark.CLOSE_TALL: "\\Bigr)",
    Mark.COMMA: ", ",
}

#: Functions that LaTeX knows by name; others are set upright with \mathrm.
_OPERATORS = frozenset(("ln", "log", "exp", "tanh", "sinh", "cosh", "sin", "cos", "tan", "max", "min"))

_SIGNS = {letter: f"\\{name}" for letter, name in GREEK.items()} | {
    "∂": "\\partial", "∇": "\\nabla", "ℓ": "\\ell", "·": "\\cdot", "×": "\\times", "…": "\\ldots", "′": "'",
    MINUS: "-", "≈": "\\approx", "≠": "\\neq", "≤": "\\leq", "≥": "\\geq", "≪": "\\ll", "≫": "\\gg", "→": "\\to",
    "←": "\\leftarrow", "↦": "\\mapsto", "⇒": "\\Rightarrow", "∈": "\\in", "≡": "\\equiv", "∝": "\\propto",
    "∗": "\\ast", "⊙": "\\odot", "⋮": "\\vdots", "⋯": "\\cdots",
    "⟨": "\\langle", "⟩": "\\rangle",
    "∞": "\\infty", "±": "\\pm", "√": "\\surd", "Σ": "\\Sigma", "⁺": "^{+}", "ᵀ": "^{\\mathrm{T}}",
}  # fmt: skip

_TEXT = {
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
    "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "\\textless{}", ">": "\\textgreater{}",
    "|": "\\textbar{}", "`": "\\textasciigrave{}", "\N{NO-BREAK SPACE}": "~",
    "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "ß": "\\ss{}", "æ": "\\ae{}", "Æ": "\\AE{}",
    "ø": "\\o{}", "Ø": "\\O{}", "œ": "\\oe{}", "Œ": "\\OE{}", "ł": "\\l{}", "Ł": "\\L{}", "ı": "\\i{}",
    "§": "\\S{}", "©": "\\copyright{}", "°": "\\ensuremath{^{\\circ}}", "µ": "\\ensuremath{\\mu}",
}  # fmt: skip

_ACCENTS = {
    "\N{COMBINING GRAVE ACCENT}": "`", "\N{COMBINING ACUTE ACCENT}": "'", "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING TILDE}": "~", "\N{COMBINING DIAERESIS}": '"', "\N{COMBINING MACRON}": "=",
    "\N{COMBINING DOT ABOVE}": ".", "\N{COMBINING RING ABOVE}": "r", "\N{COMBINING CARON}": "v",
    "\N{COMBINING CEDILLA}": "c", "\N{COMBINING DOUBLE ACUTE ACCENT}": "H", "\N{COMBINING BREVE}": "u",
}  # fmt: skip


def escaped(text: str) -> str:
    """Plain text for LaTeX's text mode, with every special character and every non-ASCII one spelled out.

    Raises
    ------
    UnsupportedError
        If it has a character that pdflatex has no sign for in its basic fonts.
    """
    return "".join(map(_character, unicodedata.normalize("NFC", cleaned(text))))


def _character(character: str) -> str:
    if character in _TEXT:
        return _TEXT[character]
    if character.isascii():
        return character
    if character in _SIGNS:
        return f"\\ensuremath{{{_SIGNS[character]}}}"
    split = unicodedata.normalize("NFD", character)
    if len(split) == 2 and split[0].isascii() and split[0].isalpha() and split[1] in _ACCENTS:
        return f"\\{_ACCENTS[split[1]]}{{{split[0]}}}"
    raise UnsupportedError(f"LaTeX output has no sign for the character {character!r} (U+{ord(character):04X})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatexPrinter(Printer):
    """LaTeX with amsmath; text alternatives are plain text, unescaped."""

    def _plain(self) -> PlainPrinter:
        return PlainPrinter(slot=self.spoken or self.slot, slot_digits=self.slot_digits)

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
                return text
            case Words(text):
                return f"\\text{{{escaped(text)}}}"
            case Minus(operand):
                return f"-{node(operand)}"
            case Sum(terms):
                signs = {Mark.PLUS: " + ", Mark.MINUS: " - "}
                return node(terms[0]) + "".join(signs[sign] + node(term) for sign, term in signed(terms))
            case Product(factors):
                return " \\cdot ".join(map(node, factors))
            case Elementwise(factors):
                return " \\odot ".join(map(node, factors))
            case Fraction(numerator, denominator):
                return f"\\frac{{{node(numerator)}}}{{{node(denominator)}}}"
            case Ratio(numerator, denominator):
                return f"{node(numerator)}/{node(denominator)}"
            case Power(base, exponent):
                return f"{self._raisable(base)}^{{{node(exponent)}}}"
            case Function(name, arguments, bare):
                return self._function(name, arguments, bare)
            case Parentheses(inner):
                return _enclosed("(", node(inner), ")", tall=is_tall(inner))
            case BigSum(index, body):
                return f"\\sum_{{{_run(index)}}} {node(body)}"
            case Matrix(rows):
                return _matrix([[node(cell) for cell in row] for row in rows])
            case Cases(pairs):
                table = " \\\\ ".join(f"{node(value)} & {node(condition)}" for value, condition in pairs)
                return f"\\begin{{cases}} {table} \\end{{cases}}"
            case Juxtaposed(all_parts):
                spaces = ("", *({"": " ", "thin": " \\, ", "word": " \\ "}[gap] for gap in gaps(tree)))
                return "".join(space + node(part) for space, part in zip(spaces, all_parts, strict=True))
            case Transposed(inner):
                return f"{self._raisable(inner)}^{{\\mathrm{{T}}}}"
            case Relation(left, sign, right):
                return f"{node(left)} {self.sign(sign)} {node(right)}"
            case Partial() | PartialOperator():
                raise AssertionError("bracketed() leaves no derivative")
        assert_never(tree)

    def _raisable(self, base: Tree) -> str:
        """The base of a superscript, in braces where it may carry one already or be more than one symbol."""
        text = self._node(base)
        single = isinstance(base, Digits | Parentheses | Matrix) or (
            isinstance(base, Name) and not base.symbol.superscript and not unprimed(base.symbol.letters)[1]
        )
        return text if single else f"{{{text}}}"

    def _function(self, name: str, arguments: tuple[Tree, ...], bare: bool) -> str:
        inner = ", ".join(map(self._node, arguments))
        tall = any(map(is_tall, arguments))
        stem, primes = unprimed(name)
        if stem == "sqrt":
            return f"\\sqrt{{{inner}}}"
        if stem == "abs":
            return _enclosed("\\lvert", f" {inner} ", "\\rvert", tall=tall)
        known = stem in _OPERATORS
        called = (f"\\{stem}" if known else _letters(stem)) + "'" * primes
        if bare:
            return f"{called} {inner}" if known else f"{called} \\, {inner}"
        # Without the empty delimiters TeX puts a space before a bracket that grows.
        return called + (f"\\mathopen{{}}\\left( {inner} \\right)\\mathclose{{}}" if tall else f"({inner})")


def _enclosed(opening: str, inner: str, closing: str, *, tall: bool) -> str:
    return f"\\left{opening} {inner} \\right{closing}" if tall else f"{opening}{inner}{closing}"


def _matrix(cells: list[list[str]]) -> str:
    body = " \\\\ ".join(" & ".join(row) for row in cells)
    columns = len(cells[0])
    if columns <= 10:
        return f"\\begin{{bmatrix}} {body} \\end{{bmatrix}}"
    # amsmath's matrices end at ten columns unless a counter is raised.
    return f"\\left[ \\begin{{array}}{{{'c' * columns}}} {body} \\end{{array}} \\right]"


def _symbol(symbol: Symbol) -> str:
    below = _run(symbol.subscript)
    if symbol.note:
        below += ("\\," if below else "") + f"\\mathrm{{{escaped(symbol.note)}}}"
    stem, primes = unprimed(symbol.letters)
    marks = "'" * primes
    # The braces keep a prime, which is a superscript to TeX, from meeting the symbol's own.
    letters = _letters(stem)
    if symbol.bold:
        letters = f"\\boldsymbol{{{letters}}}" if len(stem) == 1 else letters.replace("\\mathrm", "\\mathbf", 1)
    text = f"{{{letters}{marks}}}" if primes else letters
    text += f"_{{{below}}}" if below else ""
    return text + (f"^{{{_run(symbol.superscript)}}}" if symbol.superscript else "")


def _letters(letters: str) -> str:
    if len(letters) > 1:
        return f"\\mathrm{{{_upright(letters)}}}"
    if letters.isascii() and letters.isalpha():
        return letters
    return _SIGNS.get(letters) or f"\\text{{{escaped(letters)}}}"


def _upright(word: str) -> str:
    """An upright word; accents and Greek letters only work in text mode."""
    return escaped(word) if word.isascii() else f"\\text{{{escaped(word)}}}"


def _run(text: str) -> str:
    """A subscript, superscript or index."""
    found = []
    for part in parts(text):
        match part.kind:
            case "letter" | "word":
                found.append(_letters(part.text))
            case "digits":
                found.append(part.text)
            case "sign":
                plain = part.text in "+-=,()[]<>/"
                found.append(_SIGNS.get(part.text) or (part.text if plain else _letters(part.text)))
    text = ""
    for run in found:
        # Only between a control word and a letter is the space needed; the reader of the source is spared the others.
        text += (" " if run[0].isalpha() and re.search(r"\\[A-Za-z]+\Z", text) else "") + run
    return text
