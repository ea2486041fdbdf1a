"""The given numbers, every one of them: a table of equations, and arrays of their own for what is past 12 × 12."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.display.tree import Relation, Slot
from derive.given.naming import bias_ids, sample_indices, weight_ids, with_sample
from derive.given.problem import Number, Problem
from derive.telling.lines import Pen
from derive.telling.model import Section, Table, Text

#: More numbers than this (12 × 12) stand in an array of their own.
MOST_EQUATIONS = 144
#: More samples than this do so, too.
_MOST_SAMPLES = 12
#: Equations in one row of a table: one on paper that is higher than the page could not be parted.
_ROW = 48
#: What stands between two equations.
BETWEEN = ",  "
#: Width in em of an array on paper, in its own small type; of a character, and of the space between two columns.
_ROOM, _CHARACTER, _BETWEEN = 58.0, 0.52, 1.6


def numbers_table(problem: Problem, pen: Pen, *, arrays: bool = False) -> Table:
    """The given numbers, a row for the inputs, the targets and each unit's weights.

    Parameters
    ----------
    problem : Problem
    pen : Pen
    arrays : bool
        Whether what `arrays_sections` holds is only pointed to; else all stands here.
    """
    structure = problem.structure
    rows: list[tuple[Text, ...]] = []
    if arrays and _samples_apart(problem):
        size = f"{len(problem.samples)} samples of" if len(problem.samples) > 1 else "One sample of"
        text = f"{size} {_counted(len(problem.inputs), 'input')} and {_counted(len(problem.outputs), 'target')}"
        rows.append((("Inputs and targets",), (f"{text}, {_WHERE}",)))
    else:
        for sample in sample_indices(structure):
            which = "" if sample is None else f" of sample {sample}"
            inputs = [with_sample(name, sample) for name in structure.inputs]
            targets = [with_sample(f"t_{unit}", sample) for unit in structure.outputs]
            rows += equation_rows(pen, f"Inputs{which}", inputs)
            rows += equation_rows(pen, f"Targets{which}", targets)
    for depth, (layer, table, biases) in enumerate(
        zip(structure.layers, weight_ids(structure), bias_ids(structure), strict=True)
    ):
        apart = arrays and _weights_apart(problem, depth)
        if apart:
            size = f"{len(table)} × {len(table[0])} numbers"
            rows.append(((f"Weights into {span(layer.units)}",), (f"{size}, {_WHERE}",)))
        else:
            for unit, row in zip(layer.units, table, strict=True):
                rows += equation_rows(pen, f"Weights into {unit}", row)
        if biases:
            which = ", shared" if layer.bias_kind == "shared" and len(layer.units) > 1 else ""
            title = f"Bias of {span(layer.units)}{which}"
            if apart and layer.bias_kind == "per-unit":
                rows.append(((title,), ("one for each unit, beside its weights",)))
            else:
                rows += equation_rows(pen, title, list(dict.fromkeys(biases)))
    rows += equation_rows(pen, "Learning rate", ["eta"])
    whole = Table(id="numbers", caption=("The numbers, as given.",), header=(), rows=tuple(rows), align="ll")
    return parted_by_semicolons(whole) if problem.display.decimal_mark == "comma" else whole


def parted_by_semicolons(table: Table) -> Table:
    """A table whose equations are parted by semicolons, where commas stand in numbers."""
    rows = tuple(
        tuple(tuple(";  " if part == BETWEEN else part for part in cell) for cell in cells) for cells in table.rows
    )
    return replace(table, rows=rows)


_WHERE = "in full at the end of this document"


def arrays_sections(problem: Problem, pen: Pen) -> tuple[Section, ...]:
    """The arrays past 12 × 12, in parts as wide as a page, in a section; none where there are none."""
    tables: list[Table] = []
    if _samples_apart(problem):
        tables += _samples(problem, pen)
    tables += [
        table for depth in range(len(problem.layers)) if _weights_apart(problem, depth)
        for table in _weights(problem, pen, depth)
    ]  # fmt: skip
    section = Section(id="given-in-full", title=("The given numbers in full",), blocks=tuple(tables))
    return (section,) if tables else ()


def equation_rows(pen: Pen, title: str, ids: Sequence[str]) -> list[tuple[Text, ...]]:
    """Rows of a table with ``w1 = 0.15, w2 = 0.20, …``, none too long for a page."""
    chunks = [ids[start : start + _ROW] for start in range(0, len(ids), _ROW)]
    return [((title if not number else f"{title}, continued",), _equations(pen, chunk))
            for number, chunk in enumerate(chunks)]  # fmt: skip


def span(units: Sequence[str]) -> str:
    """Names of units in a few words."""
    return ", ".join(units) if len(units) <= 4 else f"{units[0]} to {units[-1]}"


def _equations(pen: Pen, ids: Sequence[str]) -> Text:
    parts: list[object] = []
    for quantity in ids:
        parts += [Relation(pen.terms.name(quantity), "=", _slot(quantity)), BETWEEN]
    return tuple(parts[:-1])  # type: ignore[arg-type]


def _slot(quantity: str) -> Slot:
    return Slot(quantity=quantity, place="given", role="given")


def _samples_apart(problem: Problem) -> bool:
    count = len(problem.samples)
    return count > _MOST_SAMPLES or count * (len(problem.inputs) + len(problem.outputs)) > MOST_EQUATIONS


def _weights_apart(problem: Problem, depth: int) -> bool:
    weights = problem.layers[depth].weights
    return len(weights) * len(weights[0]) > MOST_EQUATIONS


def _samples(problem: Problem, pen: Pen) -> Iterator[Table]:
    """A row for each sample; a single one, whose names are in the way of columns, as equations."""
    names = [*problem.inputs, *(f"t_{unit}" for unit in problem.outputs)]
    if len(problem.samples) == 1:
        rows = [*equation_rows(pen, "Inputs", problem.inputs)]
        rows += equation_rows(pen, "Targets", names[len(problem.inputs) :])
        yield _folded("all-inputs", ("All inputs and targets.",), (), rows, "ll")
        return
    longest = max(_longest([*sample.inputs, *sample.targets]) for sample in problem.samples)
    for first, part in _parts(names, longest, head=len("Sample")):
        cells: list[tuple[Text, ...]] = [
            ((str(sample),), *((_slot(with_sample(name, sample)),) for name in part))
            for sample in range(1, len(problem.samples) + 1)
        ]
        shown = (pen.terms.name(part[0]), *((" to ", pen.terms.name(part[-1])) if len(part) > 1 else ()))
        header = (("Sample",), *((pen.terms.name(name),) for name in part))
        yield _folded(
            f"all-samples-{first}", ("The samples: ", *shown, "."), header, cells, "r" * (len(part) + 1), longest
        )


def _weights(problem: Problem, pen: Pen, depth: int) -> Iterator[Table]:
    """A row for each unit and a column for each that it gets its weights from; with its bias, if that is its own."""
    structure, layer = problem.structure, problem.layers[depth]
    table, biases = weight_ids(structure)[depth], bias_ids(structure)[depth]
    naming, number = problem.conventions.weight_names, depth + 1
    if not isinstance(naming, str):
        # Names of their own cannot be told from rows and columns.
        rows = [row for unit, ids in zip(layer.units, table, strict=True)
                for row in equation_rows(pen, f"Weights into {unit}", ids)]  # fmt: skip
        if biases and layer.bias_kind == "per-unit":
            rows += equation_rows(pen, f"Bias of {span(layer.units)}", biases)
        yield _folded(f"all-weights-{number}", (f"All weights into layer {number}.",), (), rows, "ll")
        return
    sources = problem.inputs if not depth else problem.layers[depth - 1].units
    columns = [(source, [row[index] for row in table]) for index, source in enumerate(sources)]
    if biases and layer.bias_kind == "per-unit":
        columns.append(("bias", list(biases)))
    longest = max(_longest([*row, *(layer.bias if isinstance(layer.bias, tuple) else ())]) for row in layer.weights)
    order = "row by row" if naming == "target-major" else "column by column"
    ends = (pen.terms.name(table[0][0]), " to ", pen.terms.name(table[-1][-1]))
    named: Text = ("All weights of the layer are ", *ends, f", numbered {order}.")
    for first, part in _parts([name for name, _ in columns], longest, head=max(map(len, layer.units))):
        ids = [names for _, names in columns[first - 1 : first - 1 + len(part)]]
        cells: list[tuple[Text, ...]] = [
            ((unit,), *((_slot(column[row]),) for column in ids)) for row, unit in enumerate(layer.units)
        ]
        apart = part[: len(sources) - first + 1]
        text = f"The weights into layer {number} from {span(apart)}" if apart else f"The biases of layer {number}"
        if apart and len(apart) < len(part):
            text += ", and each unit’s bias"
        header = (("into",), *((name,) for name in part))
        yield _folded(
            f"all-weights-{number}-{first}", (f"{text}. ", *named), header, cells, "l" + "r" * len(part), longest
        )


def _parts(names: Sequence[str], longest: int, *, head: int) -> Iterator[tuple[int, list[str]]]:
    """As many names at a time as there is room for columns, with the number of the first, from 1."""
    column = _CHARACTER * max(longest, *map(len, names)) + _BETWEEN
    most = max(1, int((_ROOM - _CHARACTER * head) / column))
    for start in range(0, len(names), most):
        yield start + 1, list(names[start : start + most])


def _longest(numbers: Sequence[Number]) -> int:
    return max(len(number.text) for number in numbers)


def _folded(
    table_id: str,
    caption: Text,
    header: tuple[Text, ...],
    rows: Sequence[tuple[Text, ...]],
    align: str,
    figure_digits: int = 0,
) -> Table:
    return Table(
        id=table_id,
        caption=caption,
        header=header,
        rows=tuple(rows),
        align=align,
        folded=True,
        figure_digits=figure_digits,
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count > 1)}"
