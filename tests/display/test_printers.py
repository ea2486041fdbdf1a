"""The four printers: every kind of node, brackets, the ∂E/∂w1 line, hostile text, and random trees."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.display import numerals
from derive.display.latex import LatexPrinter, escaped
from derive.display.mathml import MathmlPrinter
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
from derive.display.typst import TypstPrinter
from derive.errors import MalformedError, UnsupportedError
from tests.display.samples import (
    EVERY_KIND,
    EXPECTED,
    FIGURES,
    NET,
    ONE,
    SLOT,
    WEIGHT_PARTIAL,
    K,
    N,
    X,
    name,
    spelled,
)

PRINTERS = (LatexPrinter, MathmlPrinter, TypstPrinter, PlainPrinter)
HOSTILE = "<script>&amp;\"'\\input{x} $#_%~^{}]]> `--|"


def marker(slot: Slot) -> str:
    """What a slot prints as in these tests."""
    return f"[{slot.quantity}]"


def marked(slot: Slot) -> str:
    """A slot with its wrapping, to see which one a printer asks for."""
    return f"[{slot.wrap}]"


def plain(tree: Tree) -> str:
    """The tree as plain text."""
    return PlainPrinter(slot=marker).tree(tree)


def latex(tree: Tree) -> str:
    """The tree as LaTeX."""
    return LatexPrinter(slot=marker).tree(tree)


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("position", range(4), ids=["latex", "mathml", "typst", "plain"])
def test_every_kind_prints_as_written_by_hand(kind: str, position: int) -> None:
    """Each kind of node prints as the text written by hand for it."""
    expected = EXPECTED[kind][position]
    if position == 1:
        expected = spelled(expected)
    assert PRINTERS[position](slot=marker).tree(EVERY_KIND[kind]) == expected


def test_samples_have_every_kind_of_node() -> None:
    """No kind of node is left out of the samples."""
    assert {type(tree) for tree in EVERY_KIND.values()} == set(Tree.__args__)
    assert EVERY_KIND.keys() == EXPECTED.keys()


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Product((X, Sum((ONE, N)))), "x · (1 + n)"),
        (Product((X, Minus(N))), "x · (−n)"),
        (Minus(Sum((ONE, N))), "−(1 + n)"),
        (Minus(Minus(X)), "−(−x)"),
        (Sum((X, Product((Minus(ONE), N)))), "x + (−1 · n)"),
        (Sum((X, Minus(Sum((ONE, Minus(N)))))), "x − (1 − n)"),
        (Power(Minus(X), Digits("2")), "(−x)^2"),
        (Power(Power(X, Digits("2")), Digits("3")), "(x^2)^3"),
        (Power(Fraction(ONE, X), Digits("2")), "(1/x)^2"),
        (Power(X, Sum((N, ONE))), "x^(n + 1)"),
        (Fraction(Sum((ONE, X)), Product((N, K))), "(1 + x)/(n · k)"),
        (Fraction(Fraction(ONE, X), Fraction(N, K)), "(1/x)/(n/k)"),
        (Sum((ONE, Fraction(Minus(X), N))), "1 + (−x/n)"),
        (Product((Function("ln", (X,), bare=True), N)), "ln(x) · n"),
        (Function("ln", (Sum((ONE, X)),), bare=True), "ln(1 + x)"),
        (Function("σ", (Parentheses(NET),)), "σ(net_H1)"),
        (Product((BigSum("k", K), X)), "(Σ_k k) · x"),
        (BigSum("k = 1", Sum((K, X))), "Σ_(k = 1) (k + x)"),
        (Transposed(Product((X, N))), "(x · n)ᵀ"),
        (Elementwise((Product((X, N)), Minus(K))), "(x · n) ⊙ (−k)"),
        (Elementwise((Sum((X, N)), Juxtaposed((X, K)))), "(x + n) ⊙ (x k)"),
        (Juxtaposed((X, Elementwise((N, K)))), "x (n ⊙ k)"),
        (Partial(Sum((X, N)), X), "∂(x + n)/∂x"),
        (PartialOperator(X, Sum((X, N))), "∂/∂x (x + n)"),
        (Product((Partial(N, X), Partial(X, K))), "∂n/∂x · ∂x/∂k"),
    ],
)
def test_brackets_keep_the_meaning_on_one_line(tree: Tree, expected: str) -> None:
    """Brackets appear where the one-line reading needs them, and nowhere else."""
    assert plain(tree) == expected


def test_stacked_layout_needs_fewer_brackets() -> None:
    """A numerator, a denominator and an exponent carry no brackets where the layout groups them."""
    assert latex(Power(X, Sum((N, ONE)))) == "x^{n + 1}"
    assert latex(Fraction(Sum((ONE, X)), Product((N, K)))) == r"\frac{1 + x}{n \cdot k}"


def test_a_slot_on_one_line_asks_for_brackets() -> None:
    """The filling is asked to bracket a figure that a fraction bar or raised type would have set off."""
    tree = Fraction(SLOT, Power(name("e"), SLOT))
    assert PlainPrinter(slot=marked).tree(tree) == "[tight]/e^([bare])"
    assert LatexPrinter(slot=marked).tree(tree) == r"\frac{[bare]}{e^{[bare]}}"
    assert LatexPrinter(slot=marked).tree(Ratio(SLOT, Digits("2"))) == "[tight]/2"


def test_the_partial_by_w1_line() -> None:
    """∂E/∂w1 prints its chain, its substituted figures in pieces, its value and its mark, in each format."""

    def filled(style: str) -> dict[str, str]:
        relation = {"latex": r"\approx", "mathml": "<mo>≈</mo>", "typst": "approx", "plain": "≈"}[style]
        return {"relation": relation, "mark": "*"}

    def printed(kind: type[Printer], style: str) -> list[str]:
        fixed = filled(style)
        printer = kind(
            slot=lambda slot: fixed.get(slot.role) or getattr(numerals, style)(FIGURES[slot.quantity], slot.wrap),
            spoken=lambda slot: {"relation": "≈"}.get(slot.role) or numerals.plain(FIGURES[slot.quantity], slot.wrap),
        )
        line = printer.line(WEIGHT_PARTIAL)
        assert line.mark == "*"
        assert [row.alternatives for row in line.rows] == [
            ("∂E_total/∂out_H1 · ∂out_H1/∂net_H1 · ∂net_H1/∂w1",),
            ("(−0.0363503064)", "· 0.241300709", "· 0.05"),
            ("−4.38567728 × 10⁻⁴",),
        ]
        assert [row.relation_alternative for row in line.rows] == ["=", "=", "≈"]
        return [line.left, *("|".join((row.relation, *row.chunks)) for row in line.rows)]

    assert printed(LatexPrinter, "latex") == [
        r"\frac{\partial E_{\mathrm{total}}}{\partial w_{1}}",
        r"=|\frac{\partial E_{\mathrm{total}}}{\partial \mathrm{out}_{H1}} \cdot "
        r"\frac{\partial \mathrm{out}_{H1}}{\partial \mathrm{net}_{H1}} \cdot "
        r"\frac{\partial \mathrm{net}_{H1}}{\partial w_{1}}",
        r"=|(-0.0363503064)|{}\cdot 0.241300709|{}\cdot 0.05",
        r"\approx|-4.38567728 \times 10^{-4}",
    ]
    assert printed(TypstPrinter, "typst")[2:] == [
        '=|(-0.0363503064)|""dot.op 0.241300709|""dot.op 0.05',
        "approx|-4.38567728 times 10^(-4)",
    ]
    assert printed(MathmlPrinter, "mathml")[2] == spelled(
        "<mo>=</mo>|<mrow><mrow>[(][neg]<mn>0.0363503064</mn>[)]</mrow></mrow>"
        '|<mrow><mo form="infix">⋅</mo><mn>0.241300709</mn></mrow>|<mrow><mo form="infix">⋅</mo><mn>0.05</mn></mrow>'
    )
    assert printed(PlainPrinter, "plain")[2] == "=|(−0.0363503064)|· 0.241300709|· 0.05"


def test_hostile_words_are_escaped() -> None:
    """Markup in a text comes out as that text, in the formula and in its alternative."""
    tree = Words(HOSTILE)
    mathml = MathmlPrinter(slot=marker)
    assert ElementTree.fromstring(mathml.tree(tree)).text == HOSTILE
    assert ElementTree.fromstring(f'<math alttext="{mathml.alternative(tree)}"/>').get("alttext") == HOSTILE
    assert TypstPrinter(slot=marker).tree(Words('a"#\\')) == r'"a\"#\\"'
    assert TypstPrinter(slot=marker).alternative(Words('"\\')) == r"\"\\"
    assert escaped("\\{}$&#%_^~<>|`") == (
        r"\textbackslash{}\{\}\$\&\#\%\_\textasciicircum{}\textasciitilde{}\textless{}\textgreater{}\textbar{}"
        r"\textasciigrave{}"
    )
    assert latex(name("my_f", "unit_1")) == r"\mathrm{my\_f}_{\mathrm{unit\_1}}"


def test_latex_spells_out_what_is_not_ascii() -> None:
    """Accents and Greek letters become commands, and a character without one is refused with its code point."""
    assert escaped("é ∂ δ –") == r"\'{e} \ensuremath{\partial} \ensuremath{\delta} --"
    with pytest.raises(UnsupportedError, match=r"U\+4E2D"):
        escaped("中")


def test_controls_reach_no_format() -> None:
    """A control character becomes a space, for XML and Typst cannot hold it."""
    for printer in PRINTERS:
        assert "\x00" not in printer(slot=marker).tree(Words("a\x00b\x1b"))


def test_broken_trees_are_refused() -> None:
    """An empty sum, a ragged matrix, digits that are none and an unknown relation raise."""
    for tree in (Sum(()), Matrix(((ONE,), (ONE, X))), Digits("1}"), Cases(())):
        with pytest.raises(MalformedError):
            plain(tree)
    with pytest.raises(UnsupportedError, match="relation sign"):
        plain(Relation(X, "<!--", ONE))


def test_wide_matrices_leave_amsmath_its_ten_columns() -> None:
    """From eleven columns on LaTeX's matrix becomes an array, which has no limit."""
    assert latex(Matrix(((ONE,) * 10,))).startswith(r"\begin{bmatrix}")
    assert latex(Matrix(((ONE,) * 11,))).startswith(r"\left[ \begin{array}{ccccccccccc}")


TEXTS = st.text(st.characters(codec="ascii"), max_size=12)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
TAME = st.one_of(
    st.sampled_from([SLOT, X, ONE, NET, name("η"), name("w", "5", superscript="(2)+"), name("H", "1", note="final")]),
    st.builds(name, NAMES, NAMES),
)
WILD = st.one_of(TAME, st.builds(name, NAMES, TEXTS, superscript=TEXTS), st.builds(Words, TEXTS))


def grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    """One more storey on top of the trees so far, of any kind of node."""
    some = st.lists(inner, min_size=1, max_size=4).map(tuple)
    two = st.tuples(inner, inner)
    return st.one_of(
        *(st.builds(kind, inner) for kind in (Minus, Parentheses, Transposed)),
        *(st.builds(kind, some) for kind in (Sum, Product, Elementwise, Juxtaposed)),
        *(st.builds(kind, inner, inner) for kind in (Fraction, Ratio, Power, Partial, PartialOperator)),
        st.builds(Function, st.sampled_from(["ln", "relu′", "σ", "sqrt", "abs", "max"]), some, st.booleans()),
        st.builds(BigSum, st.sampled_from(["k", "k = 1", "i, j"]), inner),
        st.lists(two, min_size=1, max_size=3).map(lambda rows: Matrix(tuple(rows))),
        st.lists(two, min_size=1, max_size=3).map(lambda rows: Cases(tuple(rows))),
        st.builds(Relation, inner, st.sampled_from(["=", "<", "≥"]), inner),
    )


TREES = st.recursive(WILD, grown, max_leaves=25)


@given(TREES)
def test_mathml_is_well_formed(tree: Tree) -> None:
    """Whatever the tree, the whole and each chunk are one XML element whose children number what MathML asks."""
    printer = MathmlPrinter(slot=lambda slot: f"<mn>{slot.quantity}</mn>")
    arity = {"mfrac": 2, "msup": 2, "msub": 2, "munder": 2, "msubsup": 3}
    for text in (printer.tree(tree), *printer.chunks(tree)):
        for element in ElementTree.fromstring(text).iter():
            assert len(element) == arity.get(element.tag, len(element))


@given(TREES)
def test_latex_is_ascii_and_its_braces_balance(tree: Tree) -> None:
    """Braces close in order and environments and growing brackets come in pairs, in each chunk; nothing but ASCII."""
    printer = LatexPrinter(slot=lambda _: "0.5")
    for text in (printer.tree(tree), *printer.chunks(tree)):
        assert text.isascii()
        depth = 0
        for brace in re.findall(r"\\.|([{}])", text, re.DOTALL):
            depth += {"{": 1, "}": -1, "": 0}[brace]
            assert depth >= 0
        assert depth == 0
        assert text.count(r"\left") == text.count(r"\right")
        assert text.count(r"\begin{") == text.count(r"\end{")


@given(st.recursive(TAME, grown, max_leaves=25))
def test_plain_brackets_balance(tree: Tree) -> None:
    """Round brackets close in order, in the whole text and over all chunks taken together."""
    printer = PlainPrinter(slot=lambda _: "0.5")
    for text in (printer.tree(tree), "".join(printer.chunks(tree))):
        depth = 0
        for mark in re.findall(r"[()]", text):
            depth += 1 if mark == "(" else -1
            assert depth >= 0
        assert depth == 0


@given(WILD.flatmap(lambda leaf: st.sampled_from([leaf, Power(leaf, leaf), Fraction(leaf, leaf)])))
def test_typst_strings_close(tree: Tree) -> None:
    """Outside its strings Typst source holds no character that starts code, a comment or another mode."""
    text = TypstPrinter(slot=lambda _: "0.5").tree(tree)
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.DOTALL)
    assert not set(outside) & set('"#$@`{}[]')
