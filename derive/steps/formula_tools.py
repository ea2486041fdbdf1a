"""Section 2 of a chain of formulas: the chain rule, the sum over paths, and the slopes that are used."""

from __future__ import annotations

from derive.display.tree import (
    BigSum,
    Digits,
    Fraction,
    Function,
    Line,
    Minus,
    Name,
    Parentheses,
    Partial,
    Power,
    Product,
    Row,
    Sum,
    Tree,
)
from derive.formula_problem import FormulaProblem
from derive.naming import Symbol
from derive.steps.formula_given import functions_in
from derive.steps.lines import Pen
from derive.steps.model import Block, Formula, Paragraph, Section, Table, Text
from derive.steps.terms import ONE, exponential

_X, _Y = Name(Symbol(letters="x")), Name(Symbol(letters="y"))
_TWO = Digits("2")


def formula_tools_section(problem: FormulaProblem, pen: Pen) -> Section:
    """Short: what an edge carries, how edges multiply, how paths add."""
    structure = problem.structure
    whole = pen.terms.name(problem.objective)
    inner, outer = _a(structure.traced()), Name(Symbol(letters="k"))
    text: Text = (
        "Every edge of the graph carries a local derivative: how much a definition changes when one name in it changes "
        "a little. Along a path the local derivatives multiply; where a name reaches ",
        whole,
        " by several paths, their products add up. Worked from ",
        whole,
        " back, each derivative is known before it is used, and every edge is used once:",
    )
    below = Name(Symbol(letters=inner))
    rule = Line(
        left=Partial(whole, below),
        rows=(Row(relation="=", tree=BigSum(index="k", body=Product((Partial(whole, outer), Partial(outer, below))))),),
    )
    closing: Text = ("for any name ", below, "; ", outer, " runs over the definitions that use it.")
    blocks: list[Block] = [Paragraph(text=text), Formula(lines=(rule,)), Paragraph(text=closing)]
    functions = [name for name in functions_in(problem) if name in _SLOPES]
    if functions:
        rows: list[tuple[Text, ...]] = [
            tuple((pen.terms.exponentials(side),) for side in _SLOPES[name]) for name in functions
        ]
        blocks.append(
            Table(
                id="slope-table",
                caption=("Slopes of the functions that are used.",),
                header=(("Function",), ("Slope",)),
                rows=tuple(rows),
                align="ll",
            )
        )
    return Section(id="the-tools", title=("The tools",), blocks=tuple(blocks))


def _a(names: tuple[str, ...]) -> str:
    """A letter that is no name of the problem's, for a name of any kind."""
    return next((letter for letter in "vxyzq" if letter not in names), "v")


def _call(name: str) -> Tree:
    return Function(name, (_X,))


_SIGMA = _call("σ")
_SLOPES: dict[str, tuple[Tree, Tree]] = {
    "exp": (exponential(_X), exponential(_X)),
    "ln": (_call("ln"), Fraction(ONE, _X)),
    "sqrt": (_call("sqrt"), Fraction(ONE, Product((_TWO, _call("sqrt"))))),
    "sin": (_call("sin"), _call("cos")),
    "cos": (_call("cos"), Minus(_call("sin"))),
    "tan": (_call("tan"), Sum((ONE, Power(Parentheses(_call("tan")), _TWO)))),
    "sinh": (_call("sinh"), _call("cosh")),
    "cosh": (_call("cosh"), _call("sinh")),
    "tanh": (_call("tanh"), Sum((ONE, Minus(Power(Parentheses(_call("tanh")), _TWO))))),
    "sigmoid": (_SIGMA, Product((_SIGMA, Parentheses(Sum((ONE, Minus(_SIGMA))))))),
    "softplus": (Function("ln", (Sum((ONE, exponential(_X))),)), _SIGMA),
    "relu": (Function("max", (Digits("0"), _X)), _call("relu′")),
    "abs": (_call("abs"), _call("sign")),
}
