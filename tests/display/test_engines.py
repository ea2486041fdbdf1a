"""What the engines make of every kind of node: Typst and pdflatex compile it, Chromium sets it with the font."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
import typst

from derive.display.brackets import linear
from derive.display.latex import LatexPrinter
from derive.display.mathml import MathmlPrinter
from derive.display.tree import Fraction, Function, Parentheses, Partial, Product, Sum, Tree, Words
from derive.display.typst import TypstPrinter
from tests.browser import Page
from tests.display.samples import ERROR, EVERY_KIND, NET, W5, name
from tests.paper import Typeset

WIDE = Parentheses(Sum(tuple(Product(tuple(Partial(NET, W5) for _ in range(4))) for _ in range(2))))
SAMPLES: tuple[Tree, ...] = (
    *EVERY_KIND.values(),
    *map(linear, EVERY_KIND.values()),
    Product((WIDE, WIDE, ERROR)),
    Function("σ", (Fraction(NET, W5),)),
    Words("a<b>&\"x\" $#_%~^\\{} 'y' `|"),
    name("leaky_relu", "my_unit_2", superscript="(12)+"),
    name("f′", "1", superscript="(2)"),
    *(name(letter) for letter in "αβγδεζηθικλμνξπρσςτυφχψωΓΔΘΛΞΠΣΥΦΨΩ∂∇"),
)


def test_typst_compiles_every_kind() -> None:
    """Every node, whole and in pieces, compiles as accessible mathematics with its alternative text."""
    printer = TypstPrinter(slot=lambda _: "0.5", spoken=lambda _: "0.5")
    equations = [
        f'#math.equation(block: false, alt: "{printer.alternative(tree)}", ${chunk}$)'
        for tree in SAMPLES
        for chunk in (printer.tree(tree), *printer.chunks(tree))
    ]
    source = '#set document(title: "Samples")\n' + "\n".join(equations)
    pdf = typst.compile(source.encode(), format="pdf", ignore_system_fonts=True, pdf_standards="ua-1")
    assert isinstance(pdf, bytes)
    assert pdf.startswith(b"%PDF")


def test_typst_would_notice_an_unknown_name() -> None:
    """The compilation above can fail: a name of several letters outside quotes is an error."""
    with pytest.raises(typst.TypstError, match="unknown variable"):
        typst.compile(b"$net_1$", format="pdf", ignore_system_fonts=True)


def test_pdflatex_compiles_every_kind(run_pdflatex: Callable[[str], Typeset]) -> None:
    """Every node, whole and in pieces, compiles with amsmath alone and misses no character."""
    printer = LatexPrinter(slot=lambda _: "0.5")
    body = "\n\n".join(f"${chunk}$" for tree in SAMPLES for chunk in (printer.tree(tree), *printer.chunks(tree)))
    done = run_pdflatex(
        "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\\raggedright\n" + body + "\n\\end{document}\n"
    )
    assert done.pdf
    assert [complaint for complaint in done.complaints if not complaint.startswith("Overfull")] == []


def test_chromium_grows_brackets_and_shrinks_subscripts(
    browser_page: Callable[..., Page], root: Path, tmp_path: Path
) -> None:
    """With the embedded font a bracket grows around a fraction, and a subscript is set smaller than its base."""
    font = (root / "templates/html/fonts/stix-two-math-subset.woff2").read_bytes()
    printer = MathmlPrinter(slot=lambda _: "<mn>0.5</mn>")
    tall, net = printer.tree(EVERY_KIND["parentheses_tall"]), printer.tree(NET)
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><style>@font-face{font-family:Subset;src:url(data:font/woff2;base64,"
        f"{base64.b64encode(font).decode()})}} math{{font:40px Subset}}</style>"
        f'<math displaystyle="true" id="tall">{tall}</math> <math id="net">{net}</math>',
        encoding="utf-8",
    )
    opened = browser_page(page)
    assert opened.complaints == ()
    assert opened.evaluate("document.fonts.check('40px Subset')") is True

    def height(selector: str) -> float:
        return float(opened.evaluate(f"document.querySelector({selector!r}).getBoundingClientRect().height"))

    assert height("#tall mo") > 0.95 * height("#tall mfrac")
    assert height("#tall mo") > 60
    size = opened.evaluate("parseFloat(getComputedStyle(document.querySelector('#net mn')).fontSize)")
    assert 24 <= size <= 32
