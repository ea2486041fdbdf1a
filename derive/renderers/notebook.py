"""A Jupyter notebook (nbformat 4.5): the worked solution with cells that work it out again.

The first code cell needs derive, the others only NumPy: one checks all figures, and each step has its own line.
Texts of the problem enter code as literals of strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pprint import pformat

from derive.display.numerals import plain
from derive.formula.figures import Figure
from derive.formula.losses import LOSSES
from derive.formula.numpy_source import function_source, slope_source
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import bias_ids, weight_ids
from derive.given.problem import Number, Problem
from derive.given.problem_file import problem_mapping
from derive.network.derivation import Derivation
from derive.renderers.environment import markdown_environment
from derive.renderers.markdown import markdown_cells
from derive.renderers.notebook_steps import StepCode
from derive.telling.filling import Filling
from derive.telling.model import Document

_WIDTH = 110
#: Rows of a short table.
_MOST_ROWS = 24

#: Functions that the code of a notebook defines by their own names.
_HELPERS = ("sigmoid", "softmax")


def render_notebook(
    document: Document, filling: Filling, givens: Mapping[str, Number], value: Callable[[str], float]
) -> str:
    """The document as a notebook, the same text on every run; no cell has been run.

    Parameters
    ----------
    document : Document
    filling : Filling
    givens : mapping of str to Number
    value : callable
        As for `StepCode`.

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    title, *rest = markdown_cells(document, filling, dollars=True)
    code = [recomputing(filling.problem)]
    if isinstance(filling.problem, Problem):
        code.append(checking(filling.problem, filling))
    steps = StepCode(document, givens, value)
    sources = [("markdown", title), *(("code", source) for source in (*code, steps.start()))]
    for cell in rest:
        sources += [("markdown", cell), ("code", steps.beside(cell))]
    kept = [(kind, source) for kind, source in sources if source]
    cells = [_cell(kind, source, number) for number, (kind, source) in enumerate(kept, start=1)]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, sort_keys=True) + "\n"


def framed(page: str, title: str, *, live: bool = False) -> str:
    """A whole page inside another, for the output of a cell: its style does not leak.

    A live page may run its own script, which knows nothing of the page around it; any other page runs none.
    """
    allowed = "allow-scripts allow-downloads" if live else ""
    return (
        f'<iframe title="{escape(title)}" sandbox="{allowed}" srcdoc="{escape(page)}" '
        'style="width:100%;height:80vh;min-height:24em;border:1px solid #8886;resize:vertical"></iframe>'
    )


def summary_rows(derivation: Derivation) -> tuple[tuple[str, ...], ...]:
    """What a short table of a solution shows, as ids: the objective; each parameter, its gradient, its new value."""
    known, objective = derivation.by_id, derivation.objective
    end = "[1]" if derivation.turns > 1 else ""
    rows = [(objective,)]
    for name in derivation.wrt or derivation.trained:
        gradient = f"d{objective}/d{name}{end}"
        rows.append((name, gradient, *((f"{name}_new",) if f"{name}_new" in known else ())))
    return tuple(rows)


def summary_html(title: str, rows: Sequence[Sequence[str]], figure: Callable[[str], Figure]) -> str:
    """A short table: ids and figures, at most so many rows."""
    (objective,), *parameters = rows
    shown = parameters[:_MOST_ROWS]
    head = f"<p><strong>{escape(title)}</strong><br>{escape(objective)} = {plain(figure(objective))}</p>"
    body = "".join(
        "<tr>" + f'<th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{plain(figure(name))}</td>" for name in row)
        + "<td></td>" * (3 - len(row)) + "</tr>"
        for row in shown
    )  # fmt: skip
    left_out = len(parameters) - len(shown)
    more = f"<p>… {left_out} more</p>" if left_out else ""
    columns = "".join(f'<th scope="col">{name}</th>' for name in ("parameter", "value", "gradient", "after the update"))
    return f"{head}<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>{more}"


def recomputing(problem: Problem | FormulaProblem) -> str:
    """Code that works the solution out again with derive."""
    given = pformat(problem_mapping(problem), width=_WIDTH, sort_dicts=False)
    return (
        f"import derive\n\nproblem = derive.load(\n{_indented(given)}\n)\nsolution = derive.solve(problem)\nsolution\n"
    )


def checking(problem: Problem, filling: Filling) -> str:
    """Code that works the printed figures out again with NumPy alone."""
    structure, conventions = problem.structure, problem.conventions
    loss = LOSSES[problem.loss]
    activations = [layer.activation for layer in problem.layers]
    names = [[list(row) for row in table] for table in weight_ids(structure)]
    biases = [list(row or ()) for row in bias_ids(structure)]
    layers = [
        {
            "weights": _array([[_float(weight) for weight in row] for row in layer.weights], 4),
            "biases": f"np.array({_biases(layer.bias, len(layer.units))})",
        }
        for layer in problem.layers
    ]
    known = {"E_total", *(f"E_{unit}" for unit in problem.outputs)}
    known |= {f"{kind}_{unit}" for layer in problem.layers for unit in layer.units for kind in ("net", "out")}
    for parameter in (name for table in (*names, biases) for row in table for name in row):
        known |= {f"dE_total/d{parameter}", f"{parameter}_new"}
    code = (
        markdown_environment()
        .get_template("notebook/check.py.j2")
        .render(
            inputs=_array([[_float(number) for number in sample.inputs] for sample in problem.samples]),
            targets=_array([[_float(number) for number in sample.targets] for sample in problem.samples]),
            learning_rate=_float(problem.learning_rate),
            layers=layers,
            activations=activations,
            functions=[function_source(name, _HELPERS) for name in activations],
            slopes=["None" if name == "softmax" else slope_source(name, _HELPERS) for name in activations],
            errors=loss.code,
            error_slopes=loss.slope_code,
            loss=problem.loss,
            batch=conventions.batch,
            online=conventions.batch == "online" and len(problem.samples) > 1,
            sequential=conventions.update == "sequential",
            rounded=problem.display.carry == "rounded",
            bias_sign="-" if conventions.bias_sign == "subtracted" else "+",
            shared=[layer.bias_kind == "shared" for layer in problem.layers],
            units=_array([list(layer.units) for layer in problem.layers]),
            weight_names=_array(names),
            bias_names=_array(biases),
            samples=len(problem.samples),
            printed=_array(_printed(filling, known)),
        )
    )
    return re.sub(r"\n{4,}", "\n\n\n", code)


def _printed(filling: Filling, known: set[str]) -> dict[str, str]:
    """The results that the document prints, of those quantities whatever their sample, in its order."""
    return {
        slot.quantity: figure.ascii
        for slot, figure in filling.figures.items()
        # A place with a colon tells the same round a second time; with @ it is of a later turn.
        if slot.role == "result" and not set(":@") & set(slot.place) and slot.quantity.partition("[")[0] in known
    }


def _cell(kind: str, source: str, number: int) -> dict[str, object]:
    cell: dict[str, object] = {
        "cell_type": kind,
        "id": f"derive-{number:04d}",
        "metadata": {},
        "source": source.rstrip("\n").splitlines(keepends=True),
    }
    return cell if kind == "markdown" else cell | {"execution_count": None, "outputs": []}


def _array(content: Sequence[object] | Mapping[str, object], indent: int = 0) -> str:
    """A literal of lists and dicts, on several lines where it is long."""
    return pformat(content, width=_WIDTH, sort_dicts=False, compact=True).replace("\n", "\n" + " " * indent)


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.split("\n"))


def _biases(bias: Number | tuple[Number, ...] | None, units: int) -> list[float]:
    match bias:
        case None:
            return [0.0] * units
        case Number():
            return [_float(bias)] * units
        case _:
            return [_float(one) for one in bias]


def _float(number: Number) -> float:
    """The float64 nearest to a typed number: its Python literal is short and holds no text that a user wrote."""
    return float(number.value)
