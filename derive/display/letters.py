"""What symbols and texts are made of, before any format: letters in italics, upright words, digits and signs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

#: Greek letters by the name that LaTeX gives them (epsilon and phi are TeX's curly variants).
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma",
    "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip

PRIME = "\N{PRIME}"
MINUS = "\N{MINUS SIGN}"

#: Stand-ins by Unicode category: controls, surrogates, unassigned characters and non-characters.
_REPLACED = {"Cc": " ", "Cs": "\N{REPLACEMENT CHARACTER}", "Cn": "\N{REPLACEMENT CHARACTER}"}


def bold(letters: str) -> str:
    """Letters in bold, as mathematical characters: one alone in italics too."""
    style = "BOLD ITALIC" if len(letters) == 1 else "BOLD"
    found = []
    for each in letters:
        size, _, name = unicodedata.name(each, "").partition(" LETTER ")
        wanted = f"MATHEMATICAL {style} {size.rpartition(' ')[2]} {name}"
        try:
            found.append(unicodedata.lookup(wanted))
        except KeyError:
            found.append(each)
    return "".join(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A run of a symbol. A "letter" is set in italics, a "word" upright; a "sign" is a single character."""

    kind: Literal["letter", "word", "digits", "sign"]
    text: str


def parts(text: str) -> tuple[Part, ...]:
    """The runs a subscript, superscript or index is made of: ``H1`` is a letter and digits, ``total`` one word."""
    found: list[Part] = []
    for match in re.finditer(r"[0-9]+(?:\.[0-9]+)?|[^\W\d]\w*|\S", cleaned(text)):
        run = match[0]
        lettered = re.fullmatch(r"([^\W\d_])([0-9]*)", run)
        if lettered:
            found.append(Part(kind="letter", text=lettered[1]))
            found += [Part(kind="digits", text=lettered[2])] if lettered[2] else []
        elif run[0] in "0123456789":
            found.append(Part(kind="digits", text=run))
        elif len(run) > 1 or run == "_":
            found.append(Part(kind="word", text=run))
        else:
            found.append(Part(kind="sign", text=MINUS if run == "-" else run))
    return tuple(found)


def unprimed(name: str) -> tuple[str, int]:
    """A function's name without its primes, and how many there were: ``relu′`` is (``relu``, 1)."""
    bare = name.rstrip(PRIME + "'")
    return bare, len(name) - len(bare)


def cleaned(text: str) -> str:
    """The text without characters that no format can hold: controls become spaces, non-characters U+FFFD."""
    return "".join(_REPLACED.get(unicodedata.category(character), character) for character in text)
