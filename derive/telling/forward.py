"""Section 3: the forward pass, unit by unit, then the errors and the total."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.naming import with_sample
from derive.given.problem import Structure
from derive.telling.lines import Pen, of_sample
from derive.telling.meaning import outputs_and_wanted
from derive.telling.model import Block, Paragraph, Section, Step, Text

#: Writes the net inputs and activations of one layer (its position) for one sample.
LayerBlocks = Callable[[int, int | None], list[Block]]


def forward_section(
    structure: Structure,
    pen: Pen,
    *,
    start: str = "From left to right: each unit adds up what reaches it and applies its activation function.",
    before: tuple[Section, ...] = (),
    layer_blocks: LayerBlocks | None = None,
) -> Section:
    """Net inputs and activations layer by layer, each output's error, the total.

    Parameters
    ----------
    structure : Structure
    pen : Pen
    start : str
        The sentence it begins with.
    before : tuple of Section
        What stands before the first layer.
    layer_blocks : callable, optional
        How a layer is worked; left out: unit by unit.
    """
    parts: list[Section] = list(before)
    for sample in pen.scope.full_samples:
        parts += _of_one_sample(structure, pen, sample, layer_blocks or partial(_unit_by_unit, structure, pen))
    if pen.scope.table_samples:
        parts.append(_other_samples(structure, pen))
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    if structure.sample_count > 1 and not online:
        step = pen.step("E_total", title=("Total error over all samples",))
        parts.append(Section(id="forward-total", title=("Total error over the samples",), blocks=(step,)))
    if not pen.scope.every_unit:
        start += " Of each layer one unit is worked line by line, here and below; the others stand in tables."
    blocks = (Paragraph(text=(start,)), *(turns_note() if online else ()))
    return Section(id="forward", title=("Forward pass",), blocks=blocks, subsections=tuple(parts))


def turns_note() -> tuple[Block, ...]:
    """Where the samples stand that are not worked here, because their turn comes after an update."""
    text = (
        "The samples take turns, one update each: here sample 1 is worked, and the parameters are updated. Sample 2 is "
        "then worked in the same way with the new parameters, and so on: each stands below, at its turn."
    )
    return (Paragraph(text=(text,)),)


def _unit_by_unit(structure: Structure, pen: Pen, depth: int, sample: int | None) -> list[Block]:
    layer = structure.layers[depth]
    blocks: list[Block] = []
    for position, unit in enumerate(pen.scope.full(layer.units)):
        blocks += _unit_steps(structure, pen, unit, layer.activation, sample, first=position == 0)
    if layer.activation == "softmax":
        # A softmax output needs every net input of its layer: all nets first, then all activations.
        blocks.sort(key=lambda block: isinstance(block, Step) and block.rule == "activation")
    rest = pen.scope.tabled(layer.units)
    if rest:
        table = f"forward-layer-{depth + 1}" + ("" if sample is None else f"-s{sample}")
        rows = _rows(pen, table, rest, ("net_", "out_"), sample)
        nets: Text = ("The other units of this layer, worked in the same way.",)
        head: tuple[Text, ...] = (("Unit",), ("Net input",), ("Activation",))
        index = 0 if layer.activation == "softmax" else len(blocks)
        blocks.insert(index, pen.table(table, nets, head, rows))
    return blocks


def _of_one_sample(structure: Structure, pen: Pen, sample: int | None, layer_blocks: LayerBlocks) -> list[Section]:
    suffix = "" if sample is None else f"-s{sample}"
    parts: list[Section] = []
    for depth in range(len(structure.layers)):
        blocks = layer_blocks(depth, sample)
        last = depth == len(structure.layers) - 1
        number = f" {depth + 1}" if len(structure.layers) > 2 else ""
        title = "Output layer" if last else f"Hidden layer{number}"
        parts.append(
            Section(id=f"forward-{depth + 1}{suffix}", title=(title + of_sample(sample),), blocks=tuple(blocks))
        )
    parts.append(_errors(structure, pen, sample, suffix))
    return parts


def _unit_steps(
    structure: Structure, pen: Pen, unit: str, activation: str, sample: int | None, *, first: bool
) -> list[Block]:
    net, out = with_sample(f"net_{unit}", sample), with_sample(f"out_{unit}", sample)
    why: Text = (_net_sentence(structure, unit),) if first else ()
    how: Text = (ACTIVATIONS[activation].does,) if first else ()
    return [
        pen.step(net, title=(f"Net input of {unit}{of_sample(sample)}",), explanation=why),
        pen.step(out, title=(f"Activation of {unit}{of_sample(sample)}",), explanation=how),
    ]


def _net_sentence(structure: Structure, unit: str) -> str:
    depth = next(number for number, layer in enumerate(structure.layers) if unit in layer.units)
    source = "activation of the layer below" if depth else "input"
    bias = ", minus the bias" if structure.conventions.bias_sign == "subtracted" else ", plus the bias"
    return f"Every {source} times its weight, added up{bias if structure.layers[depth].bias_kind != 'none' else ''}."


def _errors(structure: Structure, pen: Pen, sample: int | None, suffix: str) -> Section:
    blocks: list[Block] = []
    for position, unit in enumerate(pen.scope.full(structure.outputs)):
        why: Text = (LOSSES[structure.loss].does,) if position == 0 else ()
        title = (f"Error of {unit}{of_sample(sample)}",)
        blocks.append(pen.step(with_sample(f"E_{unit}", sample), title=title, explanation=why))
    rest = pen.scope.tabled(structure.outputs)
    if rest:
        table = f"output-errors{suffix}"
        blocks.append(
            pen.table(
                table,
                ("The errors of the other outputs.",),
                (("Unit",), ("Error",)),
                _rows(pen, table, rest, ("E_",), sample),
            )
        )
    title = ("Total error",) if sample is None else (f"Error of sample {sample}",)
    blocks.append(pen.step(with_sample("E_total", sample), title=title))
    blocks += outputs_and_wanted(structure, pen, sample)
    return Section(id=f"errors{suffix}", title=("Errors" + of_sample(sample),), blocks=tuple(blocks))


def _rows(
    pen: Pen, table: str, units: tuple[str, ...], prefixes: tuple[str, ...], sample: int | None
) -> list[tuple[Text, ...]]:
    return [
        ((unit,), *((pen.figure(with_sample(f"{prefix}{unit}", sample), table),) for prefix in prefixes))
        for unit in units
    ]


def _other_samples(structure: Structure, pen: Pen) -> Section:
    """All net inputs, activations and errors of the samples that are not worked line by line."""
    ids = [f"{kind}_{unit}" for layer in structure.layers for unit in layer.units for kind in ("net", "out")]
    ids += [*(f"E_{unit}" for unit in structure.outputs), "E_total"]
    rows = {name: pen.terms.name(name) for name in ids}
    table = pen.table_of_samples("forward-samples", "The other samples, worked in the same way.", "Quantity", rows)
    return Section(id="forward-rest", title=("The other samples",), blocks=(table,))
