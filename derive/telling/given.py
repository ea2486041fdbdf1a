"""What is given, every convention, and the picture of the network."""

from __future__ import annotations

from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.naming import weight_ids
from derive.given.problem import Problem, Structure
from derive.telling.conventions import conventions_table, figures_row
from derive.telling.given_numbers import numbers_table, span
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Picture, Section, Table


def given_section(problem: Problem, pen: Pen) -> Section:
    """Source, givens, network diagram."""
    blocks: list[Block] = [*source_lines(problem), Paragraph(text=(_overview(problem),)), network_picture(problem, pen)]
    blocks.append(numbers_table(problem, pen, arrays=True))
    return Section(id="given", title=("What is given",), blocks=tuple(blocks))


def conventions_section(problem: Problem) -> Section:
    """Every convention, to look up."""
    return Section(id="conventions-section", title=("Conventions",), blocks=(_conventions(problem),))


def source_lines(problem: Problem) -> tuple[Paragraph, ...]:
    """Where the problem comes from, if it says so."""
    return (Paragraph(text=(f"Source: {problem.source}",)),) if problem.source else ()


def network_picture(problem: Problem, pen: Pen) -> Picture:
    """The network with its numbers."""
    return Picture(
        id="network",
        kind="network",
        subject="network",
        caption=(_caption(problem, pen),),
        alternative=_overview(problem),
        grids=(_activations(problem, pen),),
    )


def backward_picture(structure: Structure, pen: Pen) -> tuple[Picture, ...]:
    """The network with its deltas and partial derivatives, where all of them are worked and of one sample alone."""
    if structure.sample_count > 1 or not pen.scope.every_unit or pen.scope.only:
        return ()
    weights = [name for table in weight_ids(structure) for row in table for name in row]
    return (
        Picture(
            id="network-backward",
            kind="network",
            subject="backward",
            caption=(
                "The backward pass: in each unit its delta, on each edge the partial derivative of the error with "
                "respect to its weight; the larger it is, the wider the edge.",
            ),
            alternative="The network with its deltas and partial derivatives.",
            grids=(
                (
                    tuple(f"delta_{unit}" for layer in structure.layers for unit in layer.units),
                    tuple(f"dE_total/d{name}" for name in weights),
                ),
            ),
        ),
    )


def path_picture(name: str, lit: tuple[str, ...], caption: str, beside: int) -> Picture:
    """A small network in which a path is lit: units and weights by their names."""
    return Picture(
        id=name, kind="network", subject=" ".join(lit), caption=(caption,), alternative=caption, beside=beside
    )


def _activations(problem: Problem, pen: Pen) -> tuple[tuple[str, ...], ...]:
    """What comes out of the units, layer by layer, where all of it is worked and one sample alone is."""
    if len(problem.samples) > 1 or not pen.scope.every_unit:
        return ()
    return tuple(tuple(f"out_{unit}" for unit in layer.units) for layer in problem.layers)


def _caption(problem: Problem, pen: Pen) -> str:
    """What the picture shows; what it has no room for is added where it is drawn."""
    text = "The network, with its weights on the edges." if pen.scope.every_unit else "The network."
    if _activations(problem, pen):
        text = "The network: the weights on its edges, and in each unit what comes out of it."
    if len(problem.samples) > 1:
        text += " The inputs and targets of the samples stand in the table."
    return text


def _overview(problem: Problem) -> str:
    count = len(problem.inputs)
    names = ", ".join(problem.inputs[:6]) + ", …" * (count > 6)
    layers = [f"{count} input{'s' * (count > 1)} ({names})"]
    for depth, layer in enumerate(problem.layers):
        kind = "output" if depth == len(problem.layers) - 1 else "hidden"
        names = ", ".join(layer.units[:6]) + ", …" * (len(layer.units) > 6)
        units = f"{len(layer.units)} {kind} unit{'s' * (len(layer.units) > 1)}"
        layers.append(f"{units} ({names}; {ACTIVATIONS[layer.activation].title})")
    weights = sum(len(row) for layer in problem.layers for row in layer.weights)
    text = f"A network of {', then '.join(layers)}, with {weights} weight{'s' * (weights > 1)}"
    samples = f" and {len(problem.samples)} training samples" if len(problem.samples) > 1 else ""
    return f"{text}{samples}."


def _conventions(problem: Problem) -> Table:
    conventions, display = problem.conventions, problem.display
    naming = {
        "target-major": "numbered unit by unit: first all weights into the first unit, then into the next",
        "source-major": "numbered by the unit they come from: first all weights out of the first one",
    }
    rows: list[tuple[str, str]] = [("Loss", LOSSES[problem.loss].title)]
    used: dict[str, list[str]] = {}
    for layer in problem.layers:
        used.setdefault(ACTIVATIONS[layer.activation].title, []).extend(layer.units)
    rows += [(f"Activation of {span(units)}", title) for title, units in used.items()]
    shown = {"net-out": "net and out", "z-a": "z and a", "final": "the unit’s name, and the name with “final”"}
    rows.append(("Net input and activation", f"are shown as {shown[display.notation]}; a raised + is after the update"))
    names = conventions.weight_names
    rows.append(("Weight names", naming[names] if isinstance(names, str) else "as the author names them"))
    rows += _bias_rows(problem)
    if conventions.update == "simultaneous":
        rows.append(("Update", "simultaneous: every gradient is taken with the old weights"))
    else:
        rows.append(("Update", "sequential: a hidden gradient uses the weights above it after their update"))
    if len(problem.samples) > 1:
        rows.append(
            (
                "Samples",
                {
                    "sum": "one batch: the error and the gradient are summed over the samples",
                    "mean": "one batch: the error and the gradient are averaged over the samples",
                    "online": "the samples take turns, one update each; the error is summed over all of them",
                }[conventions.batch],
            )
        )
    rows += slope_conventions(problem)
    guards = ", and a line shows up to three digits more where its result could not be recomputed otherwise"
    rows.append(figures_row(display, guards))
    return conventions_table("conventions", rows, folded=True)


def slope_conventions(problem: Problem) -> list[tuple[str, str]]:
    """What is agreed on slopes at corners, as rows of the conventions."""
    used = {layer.activation for layer in problem.layers}
    agreed = (words.convention for name, words in ACTIVATIONS.items() if name in used)
    return [row for row in agreed if row is not None]


def _bias_rows(problem: Problem) -> list[tuple[str, str]]:
    kinds = {layer.bias_kind for layer in problem.layers}
    if kinds == {"none"}:
        return [("Biases", "none")]
    words = {"shared": "one for each layer, shared by its units", "per-unit": "one for each unit", "none": "none"}
    if len(kinds) == 1:
        text = words[kinds.pop()]
    else:
        text = "; ".join(f"layer {k}: {words[layer.bias_kind]}" for k, layer in enumerate(problem.layers, start=1))
    if problem.conventions.bias_sign == "subtracted":
        text += "; subtracted, as a threshold"
    else:
        text += "; added"
    return [("Biases", text + ("; trained" if problem.conventions.train_biases else "; not trained"))]
