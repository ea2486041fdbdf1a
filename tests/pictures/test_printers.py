"""SVG and TikZ: well formed, escaped, and taken by the programs that read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.renderers.environment import escape_latex, escape_typst, latex_environment
from derive.renderers.pictures.curves import activation_drawing, error_drawing
from derive.renderers.pictures.drawing import Drawing, Label, Run
from derive.renderers.pictures.svg import print_svg
from derive.renderers.pictures.text import symbol_runs, text_width
from derive.renderers.pictures.tikz import print_tikz
from derive.renderers.templates import templates_folder
from tests.paper import Typeset
from tests.pictures.networks import network, symbol

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<b>&\"'</b>]]>\\end{document}%$#_^~{}é中"
PICTURES = {
    "2-2-2": network((2, 2, 2)),
    "5-5-3": network((5, 5, 3), per_unit=True),
    "64-64-10": network((64, 64, 10)),
    "activation": activation_drawing("relu", [(-1.0, 0.0), (0.0, 0.0), (2.0, 2.0)], [(symbol("H1"), 1.0, 1.0)]),
    "error": error_drawing([0, 1, 1000], [0.3, 0.2, 1e-5]),
}


def labelled(text: str) -> Drawing:
    """A drawing with one label and the same text as its alternative."""
    label = Label(at=(60.0, 20.0), runs=(Run(text=text), Run(text=text, style="subscript")), size=12.0)
    return Drawing(width=400, height=40, alternative=text, shapes=(label,))


@pytest.mark.parametrize("standalone", [False, True])
@pytest.mark.parametrize("name", PICTURES)
def test_svg_is_well_formed(name: str, standalone: bool) -> None:
    """An XML reader takes it, finds the alternative, and as many texts as there are labels."""
    drawing = PICTURES[name]
    root = ElementTree.fromstring(print_svg(drawing, standalone=standalone))
    assert root.get("role") == "img"
    assert root.get("aria-label") == drawing.alternative
    assert len(root.findall(f".//{SVG}text")) == sum(isinstance(shape, Label) for shape in drawing.shapes)


def test_hostile_text_stays_text_in_svg() -> None:
    """Markup in a name comes back from an XML reader as the text it was."""
    root = ElementTree.fromstring(print_svg(labelled(HOSTILE)))
    assert [piece.text for piece in root.findall(f".//{SVG}tspan")] == [HOSTILE, HOSTILE]
    assert root.get("aria-label") == HOSTILE


def test_subscripts_return_to_the_baseline() -> None:
    """The steps of the baseline of w5 = ... sum to nothing, so that the text after a subscript is level."""
    root = ElementTree.fromstring(print_svg(network((1, 1))))
    for label in root.findall(f".//{SVG}text"):
        pieces = label.findall(f"{SVG}tspan")
        if pieces[-1].get("font-size") is None:
            assert sum(float(piece.get("dy", "0")) for piece in pieces) == pytest.approx(0, abs=0.01)


def test_coordinates_that_are_not_finite_are_refused() -> None:
    """A drawing with nan in it is a defect, and both printers say so."""
    label = Label(at=(float("nan"), 0.0), runs=(Run(text="a"),), size=12.0)
    drawing = Drawing(width=10, height=10, alternative="", shapes=(label,))
    with pytest.raises(ValueError, match="nan"):
        print_svg(drawing)
    with pytest.raises(ValueError, match="nan"):
        print_tikz(drawing)


@given(st.text(max_size=60))
def test_escaped_latex_is_ascii_without_loose_specials(text: str) -> None:
    """Whatever the text, no character is left that LaTeX would act on, and braces balance."""
    escaped = escape_latex(text)
    assert escaped.isascii()
    assert escaped.isprintable()
    bare = re.sub(r"\\[%&#_{}$]|\\[^A-Za-z]", "", escaped)
    assert not re.search(r"[%&#_]", bare)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0


def test_latex_escapes_of_known_characters() -> None:
    """Specials, accents and Greek come out as LaTeX writes them; what its base fonts lack as a code point."""
    assert escape_latex("50% & a_b") == r"50\% \& a\_b"
    assert escape_latex(r"\{}") == r"\textbackslash{}\{\}"
    assert escape_latex("é ñ ç ö") == r"\'{e} \~{n} \c{c} \"{o}"
    assert escape_latex("η中") == r"$\eta$U+4E2D"


def test_typst_literals() -> None:
    """Quotes, backslashes and control characters cannot end a Typst string."""
    assert escape_typst('a"b\\c\n#x') == '"a\\"b\\\\c\\u{a}#x"'


def test_templates_are_found_and_strict() -> None:
    """The folder holds the templates, and a forgotten variable is an error, not an empty place."""
    assert (templates_folder() / "svg" / "drawing.svg.j2").is_file()
    template = latex_environment().from_string(r"\title{(( title | latex ))}((* if wide *))x((* endif *))")
    assert template.render(title="a_b", wide=True) == r"\title{a\_b}x"
    with pytest.raises(Exception, match="'title' is undefined"):
        template.render(wide=True)


def test_tikz_compiles_without_complaint(
    run_pdflatex: Callable[[str], Typeset], ink: Callable[[bytes], list[float]]
) -> None:
    """A pdflatex with TikZ alone takes every picture and hostile names: no error, no overfull line, no other font."""
    pictures = [print_tikz(drawing) for drawing in (*PICTURES.values(), labelled(HOSTILE))]
    source = (
        "\\documentclass[11pt]{article}\\usepackage[a4paper,margin=25mm]{geometry}\\usepackage{tikz}\\begin{document}\n"
    )
    source += "\\newpage\n".join(f"\\noindent\n{picture}\n" for picture in pictures) + "\\end{document}\n"
    assert source.isascii()
    document = run_pdflatex(source)
    assert document.complaints == ()
    shares = ink(document.pdf)
    assert len(shares) == len(pictures)
    # A page with its number alone has less than a thousandth.
    assert min(shares) > 0.001


def test_typst_embeds_the_picture(tmp_path: Path, ink: Callable[[bytes], list[float]]) -> None:
    """Typst takes the standalone SVG without system fonts: ink from labels, ink from lines, and none without."""
    typst = pytest.importorskip("typst", reason="the typst wheel is not installed")
    drawing = PICTURES["2-2-2"]
    wordless = tuple(shape for shape in drawing.shapes if not isinstance(shape, Label))
    pages = []
    for shapes in (drawing.shapes, wordless, ()):
        svg = print_svg(replace(drawing, shapes=shapes), standalone=True)
        pages.append(f'#image(bytes({escape_typst(svg)}), format: "svg", alt: "x")')
    source = tmp_path / "page.typ"
    source.write_text("#set page(width: auto, height: auto)\n" + "\n#pagebreak()\n".join(pages), encoding="utf-8")
    whole, lines, nothing = ink(typst.compile(str(source), format="pdf", ignore_system_fonts=True))
    assert nothing == 0
    assert whole > lines > 0.01


def test_text_is_no_wider_than_estimated(tmp_path: Path) -> None:
    """Typst measures labels in the font it embeds; none is wider than the room kept for it."""
    typst = pytest.importorskip("typst", reason="the typst wheel is not installed")
    words = [
        "0.15",
        "-0.149780716",
        "w",
        "WWW",
        "mmmm",
        "net input",
        "H",
        "Quantity_name",
        "fffiii",
        "= 0.40",
        "ABCXYZ",
    ]
    source = tmp_path / "widths.typ"
    rows = ", ".join(
        f'measure(text(font: "Libertinus Serif", size: 10pt, {escape_typst(word)})).width.pt()' for word in words
    )
    source.write_text(f"#context [#metadata(({rows})) <widths>]", encoding="utf-8")
    found = typst.query(str(source), "<widths>", field="value", one=True, ignore_system_fonts=True)
    measured = [float(number) for number in found.strip("[]").split(",")]
    assert len(measured) == len(words)
    for word, width in zip(words, measured, strict=True):
        assert 0 < width <= text_width((Run(text=word),), 10.0), word
    assert text_width(symbol_runs(symbol("w5")), 10.0) > text_width(symbol_runs(symbol("w")), 10.0)
