"""Section 5: every update, old beside new, and the error after it."""

from __future__ import annotations

from collections.abc import Callable

from derive.given.naming import bias_ids, trained_ids, weight_ids, with_sample
from derive.given.problem import Structure
from derive.telling.lines import Pen
from derive.telling.meaning import foretold_and_real
from derive.telling.model import Block, Paragraph, Section, Text


def update_steps(structure: Structure, pen: Pen, depth: int) -> list[Block]:
    """The updates of one layer that are worked line by line; a table of the others, where layers below use them."""
    wanted = _wanted(structure, pen, depth)
    worked = wanted if pen.scope.every_unit else wanted[:1]
    steps: list[Block] = []
    for name in worked:
        why: Text = ()
        if pen.standing.isdisjoint(f"{other}_new" for other in trained_ids(structure)):
            why = (
                "One step against the gradient: the partial derivative times the learning rate ",
                pen.terms.name("eta"),
                " is taken away. The raised + marks the value after the update.",
            )
        title = (f"Update of {spoken_parameter(structure, name)}",)
        steps.append(pen.step(f"{name}_new", title=title, explanation=why))
    rest = wanted[len(worked) :]
    if rest and depth and pen.scope.sequential:
        table = f"updated-{depth + 1}"
        rows: list[tuple[Text, ...]] = [
            ((pen.terms.inline(f"{name}_new"),), (pen.figure(f"{name}_new", table),)) for name in rest
        ]
        caption: Text = ("The other updates of this layer, worked in the same way.",)
        steps.append(pen.table(table, caption, (("Update",), ("New",)), rows))
    return steps


def spoken_parameter(structure: Structure, name: str) -> str:
    """A parameter as titles call it: w5, the bias b1 of a layer, the bias of H1."""
    for layer, biases in zip(structure.layers, bias_ids(structure), strict=True):
        if biases and name in biases:
            own = layer.bias_kind == "per-unit"
            return f"the bias of {layer.units[biases.index(name)]}" if own else f"the bias {name}"
    return name


def update_section(
    structure: Structure, pen: Pen, *, layer_blocks: Callable[[int], list[Block]] | None = None
) -> Section:
    """Steps, the table of old and new parameters, and the forward pass with the new ones.

    Parameters
    ----------
    structure : Structure
    pen : Pen
    layer_blocks : callable, optional
        How a layer (its position) is updated; left out: weight by weight.
    """
    blocks: list[Block] = []
    if structure.conventions.update == "sequential":
        blocks.append(Paragraph(text=("Every layer was updated above, as soon as its gradients were known.",)))
    else:
        for depth in range(len(structure.layers)):
            blocks += update_steps(structure, pen, depth) if layer_blocks is None else layer_blocks(depth)
    if not structure.conventions.train_biases and any(layer.bias_kind != "none" for layer in structure.layers):
        blocks.append(Paragraph(text=("The biases are not trained: they keep their values.",)))
    blocks.append(_table(structure, pen))
    parts = () if pen.scope.only else (Section(id="after", title=("After the update",), blocks=_after(structure, pen)),)
    return Section(id="updates", title=("Updates",), blocks=tuple(blocks), subsections=parts)


def _wanted(structure: Structure, pen: Pen, depth: int) -> list[str]:
    trained = frozenset(trained_ids(structure))
    names = [name for row in weight_ids(structure)[depth] for name in row]
    names += [name for name in dict.fromkeys(bias_ids(structure)[depth] or ()) if name in trained]
    return [name for name in names if pen.scope.wants(name, depth)]


def _table(structure: Structure, pen: Pen) -> Block:
    name, table = pen.terms.name, "old-and-new"
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    rows: list[tuple[Text, ...]] = []
    for depth in range(len(structure.layers)):
        for parameter in _wanted(structure, pen, depth):
            gradient = with_sample(f"dE_total/d{parameter}", 1 if online else None)
            cells = (parameter, gradient, f"{parameter}_new")
            rows.append(((name(parameter),), *((pen.figure(cell, table),) for cell in cells)))
    header: tuple[Text, ...] = (("Parameter",), ("Old",), ("Partial derivative",), ("New",))
    return pen.table(table, ("Old and new, side by side.",), header, rows)


def _after(structure: Structure, pen: Pen) -> tuple[Block, ...]:
    table = "after-update"
    sample = 1 if structure.sample_count > 1 else None
    ids = [with_sample(f"out_{unit}", sample) for unit in structure.outputs]
    ids += [with_sample(f"E_{unit}", sample) for unit in structure.outputs]
    ids += dict.fromkeys((with_sample("E_total", sample), "E_total"))
    rows: list[tuple[Text, ...]] = [
        ((pen.terms.inline(i),), (pen.figure(i, table),), (pen.figure(f"{i}@1", table),)) for i in ids
    ]
    text = "The same forward pass once more, with the new parameters."
    head: tuple[Text, ...] = (("Quantity",), ("Before",), ("After",))
    which = "" if sample is None else " Quantities with a (1) are those of sample 1."
    caption: Text = (f"Before and after the update.{which}",)
    return (Paragraph(text=(text,)), pen.table(table, caption, head, rows), *foretold_and_real(structure, pen))
