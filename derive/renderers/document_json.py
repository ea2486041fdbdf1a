"""JSON: the whole document for programs, with mathematics as LaTeX and figures as they are printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from derive.display.latex import LatexPrinter
from derive.display.plain import PlainPrinter
from derive.display.tree import Line, Row, slots
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem import Number
from derive.renderers.skeleton import figure_of, slot_text
from derive.telling.filling import Filling
from derive.telling.model import Document, Section, Step, Text


def render_json(document: Document, filling: Filling, extra: Mapping[str, object]) -> str:
    """The document as JSON text.

    Parameters
    ----------
    document : Document
    filling : Filling
    extra : mapping
        Further members, such as ``values`` and ``crosschecks``; what is in it must be JSON.

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    ValueError
        If ``extra`` holds a number that JSON has not (nan, infinity).
    """
    printers = (
        LatexPrinter(slot=lambda slot: slot_text(slot, filling, "latex")),
        PlainPrinter(slot=lambda slot: slot_text(slot, filling, "plain")),
    )
    content = {
        "problem": _problem(filling.problem),
        "title": document.title,
        "steps": [_step(step, filling, *printers) for step in steps(document)],
        **extra,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def steps(document: Document) -> Iterator[Step]:
    """The steps of a document in reading order."""
    waiting: list[Section] = list(reversed(document.sections))
    while waiting:
        section = waiting.pop()
        yield from (block for block in section.blocks if isinstance(block, Step))
        waiting.extend(reversed(section.subsections))


def _step(step: Step, filling: Filling, latex: LatexPrinter, plain: PlainPrinter) -> dict[str, object]:
    rows = step.line.rows
    held = [list(slots(row.tree)) for row in rows]
    results = dict.fromkeys(slot for each in held for slot in each if slot.role == "result")
    figures = {slot.quantity: figure_of(slot, filling) for slot in results}
    figure = None if step.quantity is None else figures.get(step.quantity)
    content: dict[str, object] = {
        "id": step.id,
        "rule": step.rule,
        **({"number": step.number} if step.number else {}),
        "title": _text(step.title, plain),
        "uses": list(step.uses),
        "lhs": latex.tree(step.line.left),
        "symbolic": _chain([row for row, each in zip(rows, held, strict=True) if not each], latex),
        "substituted": _chain(
            [row for row, each in zip(rows, held, strict=True) if each and each[0] not in results], latex
        ),
        "quantity": step.quantity,
        "value": None if figure is None else _number(figure),
        "printed": None if figure is None else figure.ascii,
        "full_figures": step.line.mark is not None and step.line.mark in filling.marks,
    }
    if step.quantity is None:
        content["entries"] = [
            {"quantity": name, "value": _number(each), "printed": each.ascii} for name, each in figures.items()
        ]
    return content


def _number(figure: Figure) -> float | None:
    """None beyond the range of 64-bit floats."""
    try:
        return float(figure.value)
    except OverflowError:
        return None


def _chain(rows: Sequence[Row], latex: LatexPrinter) -> str:
    """Right-hand sides one after the other; the relation of the first follows ``lhs``."""
    printed = [latex.line(Line(left=row.tree, rows=(row,))) for row in rows]
    return "".join((f" {line.rows[0].relation} " if index else "") + line.left for index, line in enumerate(printed))


def _text(text: Text, plain: PlainPrinter) -> str:
    return "".join(part if isinstance(part, str) else plain.tree(part) for part in text)


def _problem(problem: AnyProblem) -> dict[str, object]:
    """The problem as its file has it, numbers as text exactly as typed."""
    if isinstance(problem, FormulaProblem):
        return _formula_problem(problem)
    return {
        "name": problem.name,
        "title": problem.title,
        "source": problem.source,
        "loss": problem.loss,
        "learning_rate": problem.learning_rate.text,
        "inputs": list(problem.inputs),
        "samples": [{"inputs": _texts(sample.inputs), "targets": _texts(sample.targets)} for sample in problem.samples],
        "layers": [
            {
                "units": list(layer.units),
                "activation": layer.activation,
                "weights": [_texts(row) for row in layer.weights],
                "bias": _bias(layer.bias),
            }
            for layer in problem.layers
        ],
        "conventions": asdict(problem.conventions),
        "display": asdict(problem.display),
    }


def _formula_problem(problem: FormulaProblem) -> dict[str, object]:
    display = asdict(problem.display)
    del display["notation"]
    return {
        "name": problem.name,
        "title": problem.title,
        "source": problem.source,
        "given": {name: number.text for name, number in problem.givens},
        "define": {name: text for name, text, _ in problem.definitions},
        "objective": problem.objective,
        "wrt": list(problem.wrt),
        "learning_rate": None if problem.learning_rate is None else problem.learning_rate.text,
        "display": display,
    }


def _bias(bias: Number | tuple[Number, ...] | None) -> str | list[str] | None:
    if bias is None:
        return None
    return bias.text if isinstance(bias, Number) else _texts(bias)


def _texts(numbers: Sequence[Number]) -> list[str]:
    return [number.text for number in numbers]
