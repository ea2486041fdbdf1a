"""Section 5: every update, old beside new, and the error after it."""

from __future__ import annotations

from derive.naming import bias_ids, trained_ids, weight_ids, with_sample
from derive.problem import Structure
from derive.steps.lines import Pen
from derive.steps.model import Block, Paragraph, Section, Step, Text


def update_steps(structure: Structure, pen: Pen, depth: int) -> list[Step]:
    """The updates of one layer that are worked line by line."""
    wanted = _wanted(structure, pen, depth)
    worked = wanted if pen.scope.every_unit else wanted[:1]
    steps: list[Step] = []
    for position, name in enumerate(worked):
        why: Text = ()
        if position == 0:
            why = (
                "Against the gradient, by the learning rate ",
                pen.terms.name("eta"),
                " times as far as the gradient is long: that is the direction in which the error falls fastest.",
            )
        steps.append(pen.step(f"{name}_new", title=(f"Update of {name}",), explanation=why))
    return steps


def update_section(structure: Structure, pen: Pen) -> Section:
    """Steps, the table of old and new parameters, and the forward pass with the new ones."""
    blocks: list[Block] = []
    if structure.conventions.update == "sequential":
        blocks.append(Paragraph(text=("Every layer was updated above, as soon as its gradients were known.",)))
    else:
        for depth in range(len(structure.layers)):
            blocks += update_steps(structure, pen, depth)
    if not structure.conventions.train_biases and any(layer.bias_kind != "none" for layer in structure.layers):
        blocks.append(Paragraph(text=("The biases are not trained: they keep their values.",)))
    blocks.append(_table(structure, pen))
    parts = () if pen.scope.only else (Section(id="after", title=("After the update",), blocks=_after(structure, pen)),)
    return Section(id="updates", title=("Updates",), blocks=tuple(blocks), subsections=parts)


def _wanted(structure: Structure, pen: Pen, depth: int) -> list[str]:
    trained = frozenset(trained_ids(structure))
    names = [name for row in weight_ids(structure)[depth] for name in row]
    names += [name for name in dict.fromkeys(bias_ids(structure)[depth] or ()) if name in trained]
    return [name for name in names if pen.scope.only in (None, name)]


def _table(structure: Structure, pen: Pen) -> Block:
    name, table = pen.terms.name, "old-and-new"
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    rows: list[tuple[Text, ...]] = []
    for depth in range(len(structure.layers)):
        for parameter in _wanted(structure, pen, depth):
            gradient = with_sample(f"dE_total/d{parameter}", 1 if online else None)
            cells = (parameter, gradient, f"{parameter}_new")
            rows.append(((name(parameter),), *((pen.figure(cell, table),) for cell in cells)))
    header: tuple[Text, ...] = (("Parameter",), ("Old",), ("Gradient",), ("New",))
    return pen.table(table, ("Old and new, side by side.",), header, rows)


def _after(structure: Structure, pen: Pen) -> tuple[Block, ...]:
    table = "after-update"
    sample = 1 if structure.sample_count > 1 else None
    units = [(unit, layer) for layer in structure.layers for unit in layer.units]
    ids = [with_sample(f"{kind}_{unit}", sample) for unit, _ in units for kind in ("net", "out")]
    ids += [with_sample(f"E_{unit}", sample) for unit in structure.outputs]
    ids += dict.fromkeys((with_sample("E_total", sample), "E_total"))
    rows: list[tuple[Text, ...]] = [
        ((pen.terms.inline(i),), (pen.figure(i, table),), (pen.figure(f"{i}@1", table),)) for i in ids
    ]
    text = "The same forward pass once more, with the new parameters: the total error shows what the round has brought."
    head: tuple[Text, ...] = (("Quantity",), ("Before",), ("After",))
    which = "" if sample is None else " Quantities with a (1) are those of sample 1."
    caption: Text = (f"Before and after the update.{which}",)
    return (Paragraph(text=(text,)), pen.table(table, caption, head, rows))
