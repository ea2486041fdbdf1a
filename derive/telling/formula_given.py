"""Section 1 of a chain of formulas: what is given, the definitions, conventions, and the graph."""

from __future__ import annotations

from collections.abc import Sequence

from derive.display.tree import Line, Row, Tree
from derive.given.formula_problem import FormulaProblem
from derive.telling.conventions import LOGARITHM, RELU, SLOPE_OF_SIZE, conventions_table, figures_row, functions_in
from derive.telling.given_numbers import equation_rows
from derive.telling.lines import Pen
from derive.telling.model import Block, Formula, Paragraph, Picture, Section, Table, Text


def given_formulas_section(problem: FormulaProblem, pen: Pen) -> Section:
    """Source, numbers, definitions, conventions, graph."""
    blocks: list[Block] = []
    if problem.source:
        blocks.append(Paragraph(text=(f"Source: {problem.source}",)))
    blocks += [Paragraph(text=_overview(problem, pen)), _numbers(problem, pen)]
    lines = tuple(
        Line(left=pen.terms.name(name), rows=(Row(relation="=", tree=pen.terms.symbols(formula)),))
        for name, _, formula in problem.definitions
    )
    blocks += [Paragraph(text=("From them, each in terms of what stands above it:",)), Formula(lines=lines)]
    blocks += [
        Picture(
            id="the-graph",
            kind="graph",
            subject=" ".join(pen.scope.only),
            caption=("The graph: values in the nodes, local derivatives on the arrows.",),
            alternative=f"The graph of {problem.objective}: every definition with arrows from the names it uses.",
        ),
        _conventions(problem),
    ]
    return Section(id="what-is-given", title=("What is given",), blocks=tuple(blocks))


def listing(pen: Pen, names: Sequence[str], most: int = 8) -> Text:
    """Symbols of quantities as running text: a, b and c."""
    shown = names if len(names) <= most else (*names[: most - 2], "…", names[-1])
    parts: list[str | Tree] = []
    for position, name in enumerate(shown):
        if position:
            parts.append(" and " if position == len(shown) - 1 and "…" not in shown else ", ")
        parts.append("…" if name == "…" else pen.terms.inline(name))
    return tuple(parts)


def _overview(problem: FormulaProblem, pen: Pen) -> Text:
    count = len(problem.definitions)
    chain = "One formula leads" if count == 1 else f"A chain of {count} formulas leads"
    asked = pen.scope.only or problem.wrt
    return (
        f"{chain} from the given numbers to ",
        pen.terms.name(problem.objective),
        ". Wanted: its value, and its derivative" + ("s" if len(asked) > 1 else "") + " with respect to ",
        *listing(pen, asked),
        ".",
    )


def _numbers(problem: FormulaProblem, pen: Pen) -> Table:
    rows = equation_rows(pen, "Given", [name for name, _ in problem.givens])
    if problem.learning_rate is not None:
        rows += equation_rows(pen, "Learning rate", ["eta"])
    return Table(id="given-numbers", caption=("The numbers, as given.",), header=(), rows=tuple(rows), align="ll")


def _conventions(problem: FormulaProblem) -> Table:
    functions = functions_in(problem)
    rows = [
        (f"Derivatives of {problem.objective}", "along all paths through the graph"),
        ("All other derivatives", "local: by one name in the formula, the other names in it held fixed"),
    ]
    if "ln" in functions:
        rows.append(LOGARITHM)
    if "relu" in functions:
        rows.append(RELU)
    if "abs" in functions:
        rows.append(SLOPE_OF_SIZE)
    if {"max", "min"} & set(functions):
        rows.append(("Slope of max and min", "1 for the argument that is chosen, 0 for the other; of two equal ones "
                     "the first is chosen. [a ≥ b] is 1 where that holds, else 0"))  # fmt: skip
    rows.append(figures_row(problem.display))
    return conventions_table("the-conventions", rows)
