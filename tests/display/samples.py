"""Display trees that the printers are tried on: every kind of node, and lines of a real derivation."""

from __future__ import annotations

from derive.display.tree import (
    BigSum,
    Cases,
    Digits,
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
from derive.figures import Figure
from derive.naming import Symbol


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
