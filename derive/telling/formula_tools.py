"""Section 2 of a chain of formulas: the chain rule, the sum over paths, and the slopes that are used."""

from __future__ import annotations

from derive.display.tree import (
    BigSum,
    Line,
    Name,
    Partial,
    Product,
    Row,
    Tree,
)
from derive.formula.expression import Call, Ref
from derive.formula.functions import FUNCTIONS
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import Symbol
from derive.telling.conventions import functions_in
from derive.telling.lines import Pen
from derive.telling.model import Block, Formula, Paragraph, Section, Table, Text
from derive.telling.terms import general

_X = Name(Symbol(letters="x"))


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
    functions = [name for name in functions_in(problem) if FUNCTIONS[name].arity == 1]
    if functions:
        rows: list[tuple[Text, ...]] = [
            tuple((pen.terms.exponentials(side),) for side in _slope(name)) for name in functions
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


def _slope(function: str) -> tuple[Tree, Tree]:
    """A function of x and its slope."""
    record, leaves = FUNCTIONS[function], {"x": _X}
    whole = general(Call(function, (Ref("x"),)), leaves, by_name=bool(record.sign))
    return whole, general(record.slope, {**leaves, "value": whole}, by_name=True)
