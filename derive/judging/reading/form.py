"""An empty form to write answers into: what is asked of a problem in working order, as CSV, JSON or XLSX."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, assert_never

from derive.formula.expression import references
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.judging.reading.cells import write_csv
from derive.judging.reading.workbook_writing import workbook
from derive.network.unrolled import unrolled
from derive.proof.crosscheck import derivations

FormKind = Literal["csv", "xlsx", "json"]

_WIDTHS = {"student": 24, "quantity": 22, "value": 30, "note": 44}

#: Kinds of step that are always asked; local derivatives, single paths and steps are ways to these.
_ASKED = frozenset(
    {
        "net_input",
        "activation",
        "output_error",
        "total_error",
        "batch_error",
        "delta",
        "softmax_delta",
        "sum_over_paths",
        "update",
        "definition",
        "chain_rule",
        "direct_derivative",
        "no_path",
    }
)
#: Kinds asked where an update uses them: of a batch its own gradient, and not those of its samples.
_ASKED_IF_USED = frozenset({"weight_gradient", "bias_gradient", "shared_bias_gradient", "batch_gradient"})


#: Kinds asked of own architectures beside these.
_OF_PROGRAMS = frozenset({"batch_gradient", "cost_gradient", "state", "ahead", "share"})


def form_quantities(problem: AnyProblem) -> tuple[str, ...]:
    """Ids of what a form asks, in working order.

    Net inputs, activations, errors, deltas, sums over paths, gradients and updated parameters of the first round (where
    samples take turns, of every turn that the page works); of a chain of formulas its definitions, the derivatives of
    the objective, and updates.
    """
    if isinstance(problem, FormulaProblem) and problem.program is not None:
        return _of_a_program(problem)
    from derive.telling.later_turns import worked_quantities

    quantities = worked_quantities(derivations(problem))
    updates = [quantity.expression for quantity in quantities if quantity.rule == "update"]
    used = {name for expression in updates for name in references(expression)}
    return tuple(
        quantity.id
        for quantity in quantities
        if quantity.rule in _ASKED or (quantity.rule in _ASKED_IF_USED and quantity.id in used)
    )


def _of_a_program(problem: FormulaProblem) -> tuple[str, ...]:
    """What a form of an own architecture asks: of every update that its page works, and what the file asks alone."""
    from derive.telling.program_document import wanted_ids, worked_rounds

    derivation = unrolled(derivations(problem), worked_rounds(problem))
    wanted = wanted_ids(problem, derivation, ())
    return tuple(
        quantity.id
        for quantity in derivation.quantities
        if quantity.id in wanted and (quantity.rule in _ASKED or quantity.rule in _OF_PROGRAMS)
    )


def empty_form(quantities: Sequence[str], kind: FormKind, student_column: bool = False) -> bytes:
    """An empty form as the bytes of a file, the same every time.

    Parameters
    ----------
    quantities : sequence of str
        Ids, in the order in which they are asked.
    kind : "csv", "xlsx" or "json"
    student_column : bool
        Whether there is a column for the student's name.
    """
    columns = [*(["student"] if student_column else []), "quantity", "value", "note"]
    rows = [[name if column == "quantity" else "" for column in columns] for name in quantities]
    match kind:
        case "csv":
            return write_csv([columns, *rows]).encode()
        case "json":
            entries = [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows]
            return ("[\n" + ",\n".join(f"  {entry}" for entry in entries) + "\n]\n").encode()
        case "xlsx":
            return workbook(columns, rows, widths=_WIDTHS)
    assert_never(kind)
