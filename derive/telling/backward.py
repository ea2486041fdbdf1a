"""Section 4: the backward pass, from the output layer down."""

from __future__ import annotations

from derive.given.naming import bias_ids, trained_ids, weight_ids
from derive.given.problem import Structure
from derive.telling.arriving import output_slope, sum_over_paths
from derive.telling.layer import LayerPen
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Section, Text
from derive.telling.old_weights import old_weights_remark
from derive.telling.softmax import softmax_steps
from derive.telling.updates import spoken_parameter, update_steps


def backward_section(structure: Structure, pen: Pen, *, title: str = "Backward pass") -> Section:
    """Every gradient, one layer after the other; each sum over paths reuses the deltas above it."""
    parts: list[Section] = []
    for depth in filter(pen.scope.reaches, reversed(range(len(structure.layers)))):
        blocks: list[Block] = []
        for sample in worked_samples(structure, pen):
            blocks += _layer_blocks(LayerPen(structure=structure, pen=pen, depth=depth, sample=sample))
        blocks += batch_steps(structure, pen, depth)
        if structure.conventions.update == "sequential":
            blocks += update_steps(structure, pen, depth)
        if depth == len(structure.layers) - 2 and not pen.scope.only:
            blocks.append(old_weights_remark(structure, pen))
        heading = layer_title(structure, depth)
        parts.append(Section(id=f"backward-{depth + 1}", title=(heading,), blocks=tuple(blocks)))
    return Section(id="backward", title=(title,), blocks=_start(structure, pen), subsections=tuple(parts))


def worked_samples(structure: Structure, pen: Pen) -> tuple[int | None, ...]:
    """The samples whose backward pass is worked line by line; where they take turns, the one in turn."""
    return pen.scope.full_samples


def layer_title(structure: Structure, depth: int) -> str:
    """The heading over one layer's gradients."""
    if depth == len(structure.layers) - 1:
        return "Weights into the output layer"
    return f"Weights into hidden layer {depth + 1}" if len(structure.layers) > 2 else "Weights into the hidden layer"


def _start(structure: Structure, pen: Pen) -> tuple[Block, ...]:
    total = pen.terms.name("E_total")
    text: Text = (
        "For every weight: how much does the total error ",
        total,
        " change when this weight changes a little? The chain rule answers with a product of local derivatives, one "
        "for each edge on the way from the weight to the error. We start at the output and go back layer by layer.",
    )
    return (Paragraph(text=text), *samples_note(structure, pen))


def samples_note(structure: Structure, pen: Pen) -> tuple[Block, ...]:
    """Which samples the backward pass works, where that needs saying."""
    if structure.conventions.batch == "online" and structure.sample_count > 1:
        text = "The samples take turns: this round updates with sample 1 alone, whose error alone has a gradient here."
        return (Paragraph(text=(text,)),)
    if pen.scope.table_samples:
        text = "Sample 1 is worked line by line; the gradients of the others stand in the tables."
        return (Paragraph(text=(text,)),)
    return ()


def _layer_blocks(layer: LayerPen) -> list[Block]:
    found: list[Block] = []
    if layer.shape.activation == "softmax":
        found += softmax_steps(layer)
    else:
        arriving = output_slope if layer.last else sum_over_paths
        for position, unit in enumerate(layer.full):
            first = position == 0
            found += arriving(layer, unit, first=first)
            found.append(layer.slope(unit, first=first))
            weights = layer.wanted(unit)
            # The chain rule in full once, then the name for what comes back.
            opening = (
                layer.opening(unit, weights.pop(0)) if first and weights and layer.shows_factors(weights[0]) else []
            )
            found += [*opening, *layer.delta(unit, first=first)]
            if first and weights and not opening:
                found += layer.opening(unit, weights.pop(0))
            found += [layer.weight(unit, weight) for weight in weights]
            found += layer.own_bias(unit, first=first)
    return found + layer.rest() + layer.shared_bias()


def batch_steps(structure: Structure, pen: Pen, depth: int) -> list[Block]:
    """The gradients of one layer over all samples."""
    if structure.sample_count == 1 or structure.conventions.batch == "online":
        return []
    found: list[Block] = []
    trained = frozenset(trained_ids(structure))
    names = [w for row in weight_ids(structure)[depth] for w in row]
    names += [b for b in dict.fromkeys(bias_ids(structure)[depth] or ()) if b in trained]
    wanted = [name for name in names if pen.scope.wants(name, depth)]
    if pen.scope.table_samples:
        found.append(sample_gradients(pen, depth, wanted))
    worked = wanted if pen.scope.every_unit else wanted[:1]
    average = structure.conventions.batch == "mean"
    for position, name in enumerate(worked):
        why: Text = ()
        if position == 0:
            why = (
                ("The error is the mean over the samples, and so is its gradient.",)
                if average
                else ("The error is the sum over the samples, and so is its gradient.",)
            )
        found.append(
            pen.step(
                f"dE_total/d{name}",
                title=(f"Partial derivative with respect to {spoken_parameter(structure, name)} over all samples",),
                explanation=why,
            )
        )
    if len(wanted) > len(worked):
        table = f"batch-gradients-{depth + 1}"
        rows: list[tuple[Text, ...]] = [
            ((pen.terms.inline(n),), (pen.figure(f"dE_total/d{n}", table),)) for n in wanted[len(worked) :]
        ]
        head: tuple[Text, ...] = (("Parameter",), ("Partial derivative",))
        found.append(pen.table(table, ("The other partial derivatives over all samples.",), head, rows))
    return found


def sample_gradients(pen: Pen, depth: int, wanted: list[str]) -> Block:
    """A table of the gradients of the samples that are not worked line by line."""
    rows = {f"dE_total/d{name}": pen.terms.inline(name) for name in wanted}
    return pen.table_of_samples(
        f"sample-gradients-{depth + 1}", "Partial derivatives of the other samples.", "Parameter", rows
    )
