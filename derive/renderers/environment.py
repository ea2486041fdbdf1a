"""Jinja environments, one a family of formats, and the escaping of user text in LaTeX and Typst."""

from __future__ import annotations

import unicodedata
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from derive.renderers.policy import content_policy
from derive.renderers.templates import templates_folder

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "⊙": r"$\odot$",
    "∗": r"$\ast$",
    '"': r"{''}",
    "`": r"\textasciigrave{}",
    # Kept apart, so that no ligature and no optional argument comes out of plain text.
    "-": "-{}",
    "'": "'{}",
    "[": "{[}",
    "]": "{]}",
    "\u2212": "$-$",
    "\u2013": "--",
    "\u2014": "---",
    "\u2018": "`",
    "\u2019": "'",
    "\u201c": "``",
    "\u201d": "''",
    "\u2026": r"\ldots{}",
    "\u22ee": r"$\vdots$",
    "\u00a0": "~",
    "\u00d7": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "≠": r"$\neq$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\rightarrow$",
    "∂": r"$\partial$",
    "∞": r"$\infty$",
    "⟨": r"$\langle$",
    "⟩": r"$\rangle$",
    "Σ": r"$\Sigma$",
    "Δ": r"$\Delta$",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "\u0131": r"\i{}",
    "§": r"\S{}",
    "©": r"\copyright{}",
}

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_LATEX.update({letter: rf"$\{name}$" for letter, name in _GREEK.items()})

#: Combining marks that plain LaTeX can set over a letter.
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}


@cache
def html_environment() -> Environment:
    """For HTML and SVG: Jinja's own delimiters, everything escaped; ``get_template("svg/drawing.svg.j2")``."""
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["content_policy"] = content_policy
    return environment


@cache
def latex_environment() -> Environment:
    """For LaTeX: ``((* block *))``, ``(( variable ))``, ``((# comment #))``; user text goes through ``| latex``."""
    return _text_environment(("((*", "*))"), ("((", "))"), ("((#", "#))"))


@cache
def typst_environment() -> Environment:
    """For Typst: ``<% block %>``, ``<< variable >>``, ``<# comment #>``; user text goes through ``| typst``."""
    return _text_environment(("<%", "%>"), ("<<", ">>"), ("<#", "#>"))


@cache
def markdown_environment() -> Environment:
    """For Markdown and notebooks: delimiters as for Typst; the renderer escapes user text itself."""
    return _text_environment(("<%", "%>"), ("<<", ">>"), ("<#", "#>"))


def _text_environment(block: tuple[str, str], variable: tuple[str, str], comment: tuple[str, str]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        # Neither format is HTML; the filters below do the escaping.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        block_start_string=block[0],
        block_end_string=block[1],
        variable_start_string=variable[0],
        variable_end_string=variable[1],
        comment_start_string=comment[0],
        comment_end_string=comment[1],
    )
    environment.filters["latex"] = escape_latex
    environment.filters["typst"] = escape_typst
    return environment


def escape_latex(text: object) -> str:
    """Text for LaTeX's text mode, ASCII only and free of commands of its own.

    Letters that pdflatex's base fonts cannot set are spelled as their code point, such as ``U+4E2D``, which is
    readable and compiles. Line ends become spaces.
    """
    written: list[str] = []
    for character in unicodedata.normalize("NFC", str(text)):
        if character in _LATEX:
            written.append(_LATEX[character])
        elif " " <= character <= "~":
            written.append(character)
        elif character.isspace():
            written.append(" ")
        else:
            written.append(_latex_letter(character))
    return "".join(written)


def _latex_letter(character: str) -> str:
    decomposed = unicodedata.normalize("NFD", character)
    base, marks = decomposed[0], decomposed[1:]
    if len(marks) == 1 and marks in _ACCENTS and base.isascii() and base.isalpha():
        # An accent over i and j replaces their dot.
        letter = {"i": r"\i", "j": r"\j"}.get(base, base) if marks != "\u0327" else base
        return rf"\{_ACCENTS[marks]}{{{letter}}}"
    return f"U+{ord(character):04X}"


def escape_typst(text: object) -> str:
    """A Typst string literal, quotes included: ``#<< title | typst >>`` in markup, ``<< title | typst >>`` in code."""
    written: list[str] = []
    for character in str(text):
        if character in '\\"':
            written.append("\\" + character)
        elif character.isprintable():
            written.append(character)
        elif 0xD800 <= ord(character) <= 0xDFFF:
            # A lone surrogate is no character and cannot be written in Typst or in UTF-8.
            written.append("\ufffd")
        else:
            written.append(f"\\u{{{ord(character):x}}}")
    return '"' + "".join(written) + '"'
