"""Sections 3 to 5 of a chain of formulas: the values, the derivatives from the objective back, the updates."""

from __future__ import annotations

from collections.abc import Collection

from derive.display.tree import Line, Partial, Row
from derive.given.formula_problem import FormulaProblem
from derive.network.graph import Quantity
from derive.telling.formula_given import listing
from derive.telling.lines import Pen
from derive.telling.model import Block, Formula, Paragraph, Section, Text
from derive.telling.terms import ONE


def forward_trace(problem: FormulaProblem, pen: Pen, wanted: Collection[str]) -> Section:
    """Every definition: symbols = numbers = value."""
    objective = pen.terms.name(problem.objective)
    behind = problem.structure.behind
    blocks: list[Block] = [Paragraph(text=("The definitions one after the other, each with the figures above it.",))]
    for name, _, _ in problem.definitions:
        if name not in wanted:
            continue
        why: Text = () if name in behind else (objective, " does not depend on it.")
        title: Text = (
            ("The objective ", objective) if name == problem.objective else ("Value of ", pen.terms.name(name))
        )
        blocks.append(pen.step(name, title=title, explanation=why))
    return Section(id="forward-trace", title=("Forward trace",), blocks=tuple(blocks))


def reverse_trace(problem: FormulaProblem, pen: Pen, wanted: Collection[str]) -> Section:
    """From the objective back: local derivatives, and the sums over paths they go into."""
    objective = pen.terms.name(problem.objective)
    start = Line(left=Partial(objective, objective), rows=(Row(relation="=", tree=ONE),))
    text: Text = ("The objective changes as itself; from there we go back edge by edge.",)
    blocks: list[Block] = [Paragraph(text=text), Formula(lines=(start,))]
    first = True
    for quantity in pen.derivation.quantities:
        if quantity.id not in wanted or quantity.rule not in _TITLES:
            continue
        upper, lower = _ends(quantity)
        blocks.append(
            pen.step(
                quantity.id,
                title=_title(pen, quantity, upper, lower),
                explanation=_why(problem, pen, quantity, upper, lower, first=first),
            )
        )
        first = first and quantity.rule != "local_derivative"
    return Section(id="reverse-trace", title=("Reverse trace",), blocks=tuple(blocks))


def formula_updates(problem: FormulaProblem, pen: Pen, wanted: Collection[str]) -> Section:
    """Updates of the given numbers, and the objective after them."""
    names, eta = pen.terms.name, pen.terms.name("eta")
    updated = [name for name in problem.structure.updated if f"{name}_new" in wanted]
    blocks: list[Block] = []
    for name in updated:
        why: Text = ("Against the derivative, ", eta, " times as far as it is large: so the objective falls.")
        blocks.append(
            pen.step(f"{name}_new", title=("Update of ", names(name)), explanation=why if name == updated[0] else ())
        )
    if pen.scope.only:
        return Section(id="the-updates", title=("Updates",), blocks=tuple(blocks))
    rows: list[tuple[Text, ...]] = []
    for name in updated:
        cells = (name, f"d{problem.objective}/d{name}", f"{name}_new")
        rows.append(((names(name),), *((pen.figure(cell, "old-and-new"),) for cell in cells)))
    head: tuple[Text, ...] = (("Name",), ("Old",), ("Derivative",), ("New",))
    blocks.append(pen.table("old-and-new", ("Old and new, side by side.",), head, rows))
    after: list[tuple[Text, ...]] = [
        ((names(name),), (pen.figure(name, "after-update"),), (pen.figure(f"{name}@1", "after-update"),))
        for name, _, _ in problem.definitions
    ]
    head = (("Name",), ("Before",), ("After",))
    text = "The forward trace once more, with the new numbers:"
    table = pen.table("after-update", ("Before and after the update.",), head, after)
    blocks += [Paragraph(text=(text,)), table]
    return Section(id="the-updates", title=("Updates",), blocks=tuple(blocks))


_TITLES = {
    "local_derivative": "Local derivative of ",
    "direct_derivative": "Derivative of ",
    "chain_rule": "Derivative of ",
    "sum_over_paths": "Derivative of ",
    "no_path": "Derivative of ",
}


def _ends(quantity: Quantity) -> tuple[str, str]:
    """The names above and below the line of a derivative."""
    upper, lower = quantity.id.split("/")
    if upper.startswith("edge_"):
        return upper.removeprefix("edge_"), lower
    return upper.removeprefix("d"), lower.removeprefix("d")


def _title(pen: Pen, quantity: Quantity, upper: str, lower: str) -> Text:
    names = pen.terms.name
    direct = ", directly" if quantity.id.startswith("edge_") else ""
    return (_TITLES[quantity.rule], names(upper), " with respect to ", names(lower), direct)


def _why(problem: FormulaProblem, pen: Pen, quantity: Quantity, upper: str, lower: str, *, first: bool) -> Text:
    names = pen.terms.name
    match quantity.rule:
        case "local_derivative":
            return ("The other names in the formula of ", names(upper), " are held fixed.") if first else ()
        case "direct_derivative":
            return (names(lower), " stands in the formula of ", names(upper), " and reaches it by no other path.")
        case "chain_rule":
            (through,) = problem.structure.consumers(lower)
            return (names(lower), " reaches ", names(upper), " through ", names(through), " alone.")
        case "sum_over_paths":
            users = problem.structure.consumers(lower)
            return (names(lower), " is used by ", *listing(pen, users), ": what comes back along each is added up.")
        case _:
            return (names(upper), " does not depend on ", names(lower), ".")
