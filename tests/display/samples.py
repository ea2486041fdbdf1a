"""Display trees that the printers are tried on: every kind of node, and lines of a real derivation."""

from __future__ import annotations

from derive.display.tree import (
    BigSum,
    Cases,
    Digits,
    Elementwise,
    Fraction,
    Function,
    Juxtaposed,
    Line,
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
    Row,
    Slot,
    Sum,
    Transposed,
    Tree,
    Words,
)
from derive.formula.figures import Figure
from derive.given.naming import Symbol


def name(letters: str, subscript: str = "", note: str = "", superscript: str = "") -> Name:
    """A name by its letters and marks."""
    return Name(Symbol(letters=letters, subscript=subscript, note=note, superscript=superscript))


X, N, K, ONE = name("x"), name("n"), name("k"), Digits("1")
W5, NET, ERROR = name("w", "5"), name("net", "H1"), name("E", "total")
SLOT = Slot(quantity="w5", place="p")

EVERY_KIND: dict[str, Tree] = {
    "slot": SLOT,
    "name": name("out", "H1", superscript="(2)+"),
    "name_note": name("H", "1", note="final"),
    "greek": name("δ", "y1"),
    "digits": Digits("0.01"),
    "words": Words("for every k"),
    "minus": Minus(X),
    "sum": Sum((Minus(X), ONE, Minus(W5))),
    "product": Product((W5, X, NET)),
    "elementwise": Elementwise((W5, X, Parentheses(Sum((ONE, Minus(NET)))))),
    "fraction": Fraction(ONE, Sum((ONE, X))),
    "ratio": Ratio(Parentheses(Sum((ONE, X))), Digits("2")),
    "power": Power(Parentheses(Sum((X, Minus(ONE)))), Digits("2")),
    "exponential": Power(name("e"), Minus(NET)),
    "function": Function("max", (Digits("0"), N)),
    "function_bare": Function("ln", (X,), bare=True),
    "function_prime": Function("relu′", (NET,)),
    "sigma_prime": Function("σ′", (NET,)),
    "root": Function("sqrt", (X,)),
    "absolute": Function("abs", (X,)),
    "partial": Partial(ERROR, W5),
    "partial_operator": PartialOperator(X, Parentheses(Sum((X, ONE)))),
    "parentheses_tall": Parentheses(Fraction(ONE, X)),
    "big_sum": BigSum("k", name("E", "k")),
    "matrix": Matrix(((ONE, X), (W5, Minus(ONE)))),
    "cases": Cases(((ONE, Relation(N, ">", Digits("0"))), (Digits("0"), Words("otherwise")))),
    "juxtaposed": Juxtaposed((name("∇"), name("E"))),
    "juxtaposed_words": Juxtaposed((Relation(X, "≤", ONE), Words("for every"), K)),
    "transposed": Transposed(name("W")),
    "relation": Relation(N, ">", Digits("0")),
}

WEIGHT_PARTIAL = Line(
    left=Partial(ERROR, name("w", "1")),
    rows=(
        Row(
            relation="=",
            tree=Product(
                (
                    Partial(ERROR, name("out", "H1")),
                    Partial(name("out", "H1"), NET),
                    Partial(NET, name("w", "1")),
                )
            ),
        ),
        Row(
            relation="=",
            tree=Product(
                tuple(
                    Slot(quantity=quantity, place="dE_total/dw1", wrap="signed")
                    for quantity in ("dE_total/dout_H1", "dout_H1/dnet_H1", "x1")
                )
            ),
        ),
        Row(
            relation=Slot(quantity="dE_total/dw1", place="dE_total/dw1", role="relation"),
            tree=Slot(quantity="dE_total/dw1", place="dE_total/dw1", role="result"),
        ),
    ),
    mark=Slot(quantity="dE_total/dw1", place="dE_total/dw1", role="mark"),
)

FIGURES = {
    "dE_total/dout_H1": Figure(negative=True, digits="0.0363503064", exact=False),
    "dout_H1/dnet_H1": Figure(negative=False, digits="0.241300709", exact=False),
    "x1": Figure(negative=False, digits="0.05"),
    "dE_total/dw1": Figure(negative=True, digits="4.38567728", exponent=-4, exact=False),
    "w5": Figure(negative=True, digits="0.5"),
}

#: What each kind prints as, in the order LaTeX, MathML, Typst, plain text; the slot prints as ``[w5]``.
EXPECTED: dict[str, tuple[str, str, str, str]] = {
    "slot": ("[w5]", "<mrow>[w5]</mrow>", "[w5]", "[w5]"),
    "name": (
        r"\mathrm{out}_{H1}^{(2)+}",
        '<msubsup><mi>out</mi><mrow><mi>H</mi><mn>1</mn></mrow><mrow><mo stretchy="false" lspace="0" rspace="0">(</mo>'
        '<mn>2</mn><mo stretchy="false" lspace="0" rspace="0">)</mo><mo stretchy="false" lspace="0" rspace="0">+</mo>'
        "</mrow></msubsup>",
        r'upright("out")_(H 1)^(\( 2 \) +)',
        "out_H1⁽²⁾⁺",
    ),
    "name_note": (
        r"H_{1\,\mathrm{final}}",
        '<msub><mi>H</mi><mrow><mn>1</mn><mspace width="0.167em"/><mi>final</mi></mrow></msub>',
        'H_(1 thin upright("final"))',
        "H1 final",
    ),
    "greek": (
        r"\delta_{y1}",
        "<msub><mi>δ</mi><mrow><mi>y</mi><mn>1</mn></mrow></msub>",
        "δ_(y 1)",
        "δ_y1",
    ),
    "digits": ("0.01", "<mn>0.01</mn>", "0.01", "0.01"),
    "words": (r"\text{for every k}", "<mtext>for every k</mtext>", '"for every k"', "for every k"),
    "minus": ("-x", "<mrow>[neg]<mi>x</mi></mrow>", "-x", "−x"),
    "sum": (
        "-x + 1 - w_{5}",
        '<mrow>[neg]<mi>x</mi><mo form="infix">+</mo><mn>1</mn><mo form="infix">−</mo>[w]</mrow>',
        "-x + 1 - w_(5)",
        "−x + 1 − w5",
    ),
    "product": (
        r"w_{5} \cdot x \cdot \mathrm{net}_{H1}",
        '<mrow>[w]<mo form="infix">⋅</mo><mi>x</mi><mo form="infix">⋅</mo>[net]</mrow>',
        'w_(5) dot.op x dot.op upright("net")_(H 1)',
        "w5 · x · net_H1",
    ),
    "elementwise": (
        r"w_{5} \odot x \odot (1 - \mathrm{net}_{H1})",
        '<mrow>[w]<mo form="infix">⊙</mo><mi>x</mi><mo form="infix">⊙</mo><mo form="prefix" stretchy="false">(</mo>'
        '<mn>1</mn><mo form="infix">−</mo>[net]<mo form="postfix" stretchy="false">)</mo></mrow>',
        'w_(5) dot.o x dot.o \\(1 - upright("net")_(H 1)\\)',
        "w5 ⊙ x ⊙ (1 − net_H1)",
    ),
    "fraction": (
        r"\frac{1}{1 + x}",
        '<mfrac><mn>1</mn><mrow><mn>1</mn><mo form="infix">+</mo><mi>x</mi></mrow></mfrac>',
        "frac(1, 1 + x)",
        "1/(1 + x)",
    ),
    "ratio": (
        "(1 + x)/2",
        '<mrow>[(]<mn>1</mn><mo form="infix">+</mo><mi>x</mi>[)]<mo lspace="0" rspace="0">/</mo><mn>2</mn></mrow>',
        r"\(1 + x\) \/ 2",
        "(1 + x)/2",
    ),
    "power": (
        "(x - 1)^{2}",
        '<msup><mrow>[(]<mi>x</mi><mo form="infix">−</mo><mn>1</mn>[)]</mrow><mn>2</mn></msup>',
        r"attach(\(x - 1\), t: 2)",
        "(x − 1)^2",
    ),
    "exponential": (
        r"e^{-\mathrm{net}_{H1}}",
        "<msup><mi>e</mi><mrow>[neg][net]</mrow></msup>",
        'attach(e, t: -upright("net")_(H 1))',
        "e^(−net_H1)",
    ),
    "function": (
        r"\max(0, n)",
        '<mrow><mi>max</mi>[(]<mn>0</mn><mo separator="true">,</mo><mi>n</mi>[)]</mrow>',
        r'upright("max")\(0 comma n\)',
        "max(0, n)",
    ),
    "function_bare": (
        r"\ln x",
        '<mrow><mi>ln</mi><mspace width="0.167em"/><mi>x</mi></mrow>',
        'upright("ln") thin x',
        "ln x",
    ),
    "function_prime": (
        r"\mathrm{relu}'(\mathrm{net}_{H1})",
        "<mrow><mi>relu′</mi>[(][net][)]</mrow>",
        r"""upright("relu")'\(upright("net")_(H 1)\)""",
        "relu′(net_H1)",
    ),
    "sigma_prime": (
        r"\sigma'(\mathrm{net}_{H1})",
        "<mrow><mrow><mi>σ</mi><mi>′</mi></mrow>[(][net][)]</mrow>",
        r"""σ'\(upright("net")_(H 1)\)""",
        "σ′(net_H1)",
    ),
    "root": (r"\sqrt{x}", "<mrow><msqrt><mi>x</mi></msqrt></mrow>", "sqrt(x)", "√(x)"),
    "absolute": (
        r"\lvert x \rvert",
        '<mrow><mrow><mo form="prefix" stretchy="false">|</mo><mi>x</mi><mo form="postfix" stretchy="false">|</mo>'
        "</mrow></mrow>",
        "abs(x)",
        "|x|",
    ),
    "partial": (
        r"\frac{\partial E_{\mathrm{total}}}{\partial w_{5}}",
        "<mfrac><mrow><mi>∂</mi><msub><mi>E</mi><mi>total</mi></msub></mrow><mrow><mi>∂</mi>[w]</mrow></mfrac>",
        'frac(partial E_(upright("total")), partial w_(5))',
        "∂E_total/∂w5",
    ),
    "partial_operator": (
        r"\frac{\partial}{\partial x} \, (x + 1)",
        '<mrow><mfrac><mi>∂</mi><mrow><mi>∂</mi><mi>x</mi></mrow></mfrac><mspace width="0.167em"/>'
        '[(]<mi>x</mi><mo form="infix">+</mo><mn>1</mn>[)]</mrow>',
        r"frac(partial, partial x) thin \(x + 1\)",
        "∂/∂x (x + 1)",
    ),
    "parentheses_tall": (
        r"\left( \frac{1}{x} \right)",
        '<mrow><mrow><mo form="prefix">(</mo><mfrac><mn>1</mn><mi>x</mi></mfrac><mo form="postfix">)</mo></mrow>'
        "</mrow>",
        "lr((frac(1, x)))",
        "(1/x)",
    ),
    "big_sum": (
        r"\sum_{k} E_{k}",
        '<mrow><munder><mo movablelimits="false">∑</mo><mi>k</mi></munder><msub><mi>E</mi><mi>k</mi></msub></mrow>',
        "limits(sum)_(k) E_(k)",
        "Σ_k E_k",
    ),
    "matrix": (
        r"\begin{bmatrix} 1 & x \\ w_{5} & -1 \end{bmatrix}",
        '<mrow><mrow><mo form="prefix">[</mo><mtable class="matrix"><mtr><mtd><mn>1</mn></mtd>'
        "<mtd><mi>x</mi></mtd></mtr><mtr><mtd>[w]</mtd><mtd>[neg]<mn>1</mn></mtd></mtr></mtable>"
        '<mo form="postfix">]</mo></mrow></mrow>',
        'mat(delim: "[", 1, x; w_(5), -1)',
        "[1, x; w5, −1]",
    ),
    "cases": (
        r"\begin{cases} 1 & n > 0 \\ 0 & \text{otherwise} \end{cases}",
        '<mrow><mrow><mo form="prefix">{</mo><mtable class="cases"><mtr><mtd><mn>1</mn></mtd>'
        "<mtd><mi>n</mi><mo>&gt;</mo><mn>0</mn></mtd></mtr>"
        "<mtr><mtd><mn>0</mn></mtd><mtd><mtext>otherwise</mtext></mtd></mtr></mtable></mrow></mrow>",
        'cases(1 & quad n gt 0, 0 & quad "otherwise")',
        "{1 if n > 0; 0 otherwise}",
    ),
    "juxtaposed": (
        r"\nabla E",
        '<mrow><mi mathvariant="normal">∇</mi><mi>E</mi></mrow>',
        "nabla E",
        "∇E",
    ),
    "juxtaposed_words": (
        r"x \leq 1 \ \text{for every} \ k",
        '<mrow><mi>x</mi><mo>≤</mo><mn>1</mn><mspace width="0.333em"/><mtext>for every</mtext>'
        '<mspace width="0.333em"/><mi>k</mi></mrow>',
        'x ≤ 1 "for every" k',
        "x ≤ 1 for every k",
    ),
    "transposed": (
        r"W^{\mathrm{T}}",
        '<msup><mi>W</mi><mi mathvariant="normal">T</mi></msup>',
        'attach(W, t: upright("T"))',
        "Wᵀ",
    ),
    "relation": (
        "n > 0",
        "<mrow><mi>n</mi><mo>&gt;</mo><mn>0</mn></mrow>",
        "n gt 0",
        "n > 0",
    ),
}


def spelled(short: str) -> str:
    """Expected MathML with its abbreviations written out: brackets, the unary minus, w5 and net_H1."""
    for mark, text in (
        ("[(]", '<mo form="prefix" stretchy="false">(</mo>'),
        ("[)]", '<mo form="postfix" stretchy="false">)</mo>'),
        ("[neg]", '<mo form="prefix" lspace="0" rspace="0">−</mo>'),
        ("[w]", "<msub><mi>w</mi><mn>5</mn></msub>"),
        ("[net]", "<msub><mi>net</mi><mrow><mi>H</mi><mn>1</mn></mrow></msub>"),
    ):
        short = short.replace(mark, text)
    return short
