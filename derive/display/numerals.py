"""Figures as text in each format. Brackets follow `tree.Wrap`; a typed fraction is bracketed unless it stands bare."""

from __future__ import annotations

from derive.display.letters import MINUS
from derive.display.plain import RAISED
from derive.display.tree import Wrap
from derive.formula.figures import Figure


def bracketed(figure: Figure, wrap: Wrap) -> bool:
    """Whether the figure is printed in round brackets where it stands."""
    match wrap:
        case "bare":
            return False
        case "signed":
            return figure.negative or "/" in figure.digits
        case "tight":
            return not figure.plain


def plain(figure: Figure, wrap: Wrap = "bare") -> str:
    """Unicode text, such as ``(−0.5)`` or ``4.39 × 10⁻⁵``."""
    power = "" if figure.exponent is None else f" × 10{_exponent(figure.exponent).translate(RAISED)}"
    text = (MINUS if figure.negative else "") + figure.written + power
    return f"({text})" if bracketed(figure, wrap) else text


def latex(figure: Figure, wrap: Wrap = "bare") -> str:
    r"""LaTeX for mathematics mode, such as ``(-0.5)`` or ``4.39 \times 10^{-5}``."""
    power = "" if figure.exponent is None else f" \\times 10^{{{figure.exponent}}}"
    # In braces it is no punctuation, which would be followed by a space.
    text = ("-" if figure.negative else "") + figure.written.replace(",", "{,}") + power
    return f"({text})" if bracketed(figure, wrap) else text


def typst(figure: Figure, wrap: Wrap = "bare") -> str:
    """Typst for mathematics, such as ``(-0.5)`` or ``4.39 times 10^(-5)``; the solidus of 1/3 stays on the line."""
    power = "" if figure.exponent is None else f" times 10^({figure.exponent})"
    text = ("-" if figure.negative else "") + figure.written.replace("/", "\\/").replace(",", '","') + power
    return f"({text})" if bracketed(figure, wrap) else text


def mathml(figure: Figure, wrap: Wrap = "bare") -> str:
    """One MathML element: an ``mn``, or an ``mrow`` where there is more than digits."""
    whole, solidus, below = figure.written.partition("/")
    text = f"<mn>{whole}</mn>"
    if solidus:
        text += f'<mo lspace="0" rspace="0">/</mo><mn>{below}</mn>'
    if figure.negative:
        text = f'<mo form="prefix" lspace="0" rspace="0">{MINUS}</mo>{text}'
    if figure.exponent is not None:
        text += f"<mo>×</mo><msup><mn>10</mn><mn>{_exponent(figure.exponent)}</mn></msup>"
    if bracketed(figure, wrap):
        text = f'<mo form="prefix" stretchy="false">(</mo>{text}<mo form="postfix" stretchy="false">)</mo>'
    return text if figure.plain else f"<mrow>{text}</mrow>"


def _exponent(exponent: int) -> str:
    return str(exponent).replace("-", MINUS)
