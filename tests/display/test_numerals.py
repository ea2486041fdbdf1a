"""Figures in each format, bracketed as the place asks."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from derive.display import numerals
from derive.display.tree import Wrap
from derive.formula.figures import Figure

HALF = Figure(negative=False, digits="0.5")
MINUS_HALF = Figure(negative=True, digits="0.5")
SMALL = Figure(negative=False, digits="4.39", exponent=-5)
MINUS_SMALL = Figure(negative=True, digits="4.39", exponent=-5)
THIRD = Figure(negative=False, digits="1/3")
MINUS_THIRD = Figure(negative=True, digits="1/3")


@pytest.mark.parametrize(
    ("figure", "wrap", "latex", "typst", "plain"),
    [
        (HALF, "bare", "0.5", "0.5", "0.5"),
        (HALF, "tight", "0.5", "0.5", "0.5"),
        (MINUS_HALF, "bare", "-0.5", "-0.5", "−0.5"),
        (MINUS_HALF, "signed", "(-0.5)", "(-0.5)", "(−0.5)"),
        (MINUS_HALF, "tight", "(-0.5)", "(-0.5)", "(−0.5)"),
        (SMALL, "bare", r"4.39 \times 10^{-5}", "4.39 times 10^(-5)", "4.39 × 10⁻⁵"),
        (SMALL, "signed", r"4.39 \times 10^{-5}", "4.39 times 10^(-5)", "4.39 × 10⁻⁵"),
        (SMALL, "tight", r"(4.39 \times 10^{-5})", "(4.39 times 10^(-5))", "(4.39 × 10⁻⁵)"),
        (MINUS_SMALL, "signed", r"(-4.39 \times 10^{-5})", "(-4.39 times 10^(-5))", "(−4.39 × 10⁻⁵)"),
        (THIRD, "bare", "1/3", r"1\/3", "1/3"),
        (THIRD, "signed", "(1/3)", r"(1\/3)", "(1/3)"),
        (MINUS_THIRD, "tight", "(-1/3)", r"(-1\/3)", "(−1/3)"),
    ],
)
def test_figures_as_text(figure: Figure, wrap: Wrap, latex: str, typst: str, plain: str) -> None:
    """A figure prints as written by hand, in brackets where its place asks for them; MathML reads the same."""
    assert numerals.latex(figure, wrap) == latex
    assert numerals.typst(figure, wrap) == typst
    assert numerals.plain(figure, wrap) == plain
    read = "".join(ElementTree.fromstring(numerals.mathml(figure, wrap)).itertext())
    assert read == plain.replace(" × 10⁻⁵", "×10−5")


def test_mathml_of_a_negative_figure() -> None:
    """The minus is a prefix without space, so that it is not set as a subtraction."""
    assert numerals.mathml(HALF) == "<mn>0.5</mn>"
    assert (
        numerals.mathml(MINUS_HALF)
        == '<mrow><mo form="prefix" lspace="0" rspace="0">\N{MINUS SIGN}</mo><mn>0.5</mn></mrow>'
    )
