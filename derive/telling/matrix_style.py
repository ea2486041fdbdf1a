"""Sections 3 to 5 told in matrices: every layer at once, forward, backward and in its update."""

from __future__ import annotations

from dataclasses import replace

from derive.display.tree import (
    Juxtaposed,
    Minus,
    Parentheses,
    Partial,
    Product,
    Sum,
    Transposed,
    Tree,
)
from derive.formula.functions import ACTIVATIONS
from derive.given.naming import trained_ids, with_sample
from derive.given.problem import Structure
from derive.telling.backward import layer_title, samples_note, worked_samples
from derive.telling.delta_style import over_pairs
from derive.telling.forward import forward_section
from derive.telling.layer import LayerPen
from derive.telling.lines import Pen
from derive.telling.matrices import Grid, stacked, times
from derive.telling.matrix_batch import batch_lines
from derive.telling.matrix_names import names_section
from derive.telling.matrix_pen import MatrixPen, bias_gradients
from derive.telling.model import Block, Paragraph, Section, Step, Text
from derive.telling.old_weights import old_weights_remark
from derive.telling.softmax import pairs_line
from derive.telling.updates import update_section


def matrix_sections(structure: Structure, pen: Pen, figure_width: float) -> list[Section]:
    """Forward pass, backward pass and update."""
    matrices = MatrixPen(structure=structure, pen=pen, figure_width=figure_width)
    forward = forward_section(
        structure,
        pen,
        start="From left to right, a whole layer in one line: the weights times what comes in"
        + (", and the biases" if any(layer.bias_kind != "none" for layer in structure.layers) else "")
        + "; then the activation function, entry by entry.",
        before=(names_section(matrices),),
        layer_blocks=lambda depth, sample: _forward(matrices.at(depth, sample)),
    )
    return [
        forward,
        _backward(matrices, "Backward pass", names=False),
        update_section(structure, pen, layer_blocks=lambda depth: _updates(matrices.at(depth))),
    ]


def matrix_backward(structure: Structure, pen: Pen, figure_width: float, *, title: str = "Backward pass") -> Section:
    """The backward pass alone, with the names of its matrices; the forward pass stands above."""
    return _backward(MatrixPen(structure=structure, pen=pen, figure_width=figure_width), title, names=True)


def _forward(layer: MatrixPen) -> list[Block]:
    return [_net(layer), _activation(layer)]


def _net(layer: MatrixPen) -> Step:
    place = f"layer-{layer.depth + 1}-net{layer.suffix}"
    grid, biases, inputs = layer.weights(), layer.biases(), layer.inputs
    slots = layer.slots(place)

    def total(table: Tree, column: Tree, bias: Tree | None) -> Tree:
        times_inputs = Juxtaposed((table, column))
        if bias is None:
            return times_inputs
        added = layer.structure.conventions.bias_sign == "added"
        return Sum((times_inputs, bias if added else Minus(bias)))

    symbols = total(layer.symbol("W"), layer.shown(inputs.ids), None if biases is None else layer.symbol("b"))
    numbers = total(grid.tree(slots), inputs.tree(slots), None if biases is None else biases.tree(slots))
    return layer.line(
        place,
        rule="layer_net",
        title=f"Net inputs of {layer.words}",
        left=layer.symbol("net"),
        symbols=(symbols,),
        numbers=numbers,
        result=layer.units("net"),
        explanation=(grid.note,) if grid.note else (),
    )


def _activation(layer: MatrixPen) -> Step:
    place = f"layer-{layer.depth + 1}-out{layer.suffix}"
    _, outs = layer.units("net"), layer.units("out")
    formulas = [layer.formula(name) for name in outs.ids]
    activation = layer.structure.layers[layer.depth].activation
    plain = activation == "identity"
    symbols = stacked(formulas, layer.shown)
    return layer.line(
        place,
        rule="layer_activation",
        title=f"Activations of {layer.words}",
        left=layer.symbol("out"),
        symbols=(symbols,),
        numbers=None if plain else stacked(formulas, layer.numbers(place)),
        result=outs,
        explanation=("The layer is linear.",) if plain else _function_note(layer),
    )


def _function_note(layer: MatrixPen) -> Text:
    """What the function is, at the first layer that has it."""
    kinds = [each.activation for each in layer.structure.layers]
    if kinds.index(kinds[layer.depth]) < layer.depth or layer.sample not in (None, 1):
        return ()
    note = ACTIVATIONS[kinds[layer.depth]].note
    return (note,) if note else ()


def _backward(matrices: MatrixPen, title: str, *, names: bool) -> Section:
    structure, pen = matrices.structure, matrices.pen
    parts: list[Section] = [names_section(matrices)] if names else []
    for depth in reversed(range(len(structure.layers))):
        blocks: list[Block] = []
        for sample in worked_samples(structure, pen):
            layer = matrices.at(depth, sample)
            blocks += _deltas(layer)
            blocks += _gradients(layer)
        blocks += batch_lines(matrices.at(depth))
        if structure.conventions.update == "sequential":
            blocks += _updates(matrices.at(depth))
        if depth == len(structure.layers) - 2 and not pen.view:
            blocks.append(old_weights_remark(structure, pen))
        parts.append(
            Section(id=f"{pen.view}backward-{depth + 1}", title=(layer_title(structure, depth),), blocks=tuple(blocks))
        )
    if names and structure.conventions.update == "simultaneous":
        updates = [block for depth in range(len(structure.layers)) for block in _updates(matrices.at(depth))]
        parts.append(Section(id=f"{pen.view}updates", title=("Updates in matrices",), blocks=tuple(updates)))
    text = (
        "One vector of deltas for each layer. The weights, transposed, lead the deltas back to the layer below; the "
        "slopes of the activation function multiply them entry by entry; and the deltas times the transposed inputs "
        "of the layer, an outer product, are the gradients of all its weights at once."
    )
    blocks = [Paragraph(text=(text,)), *samples_note(structure, pen)]
    return Section(id=f"{pen.view}backward", title=(title,), blocks=tuple(blocks), subsections=tuple(parts))


def _deltas(layer: MatrixPen) -> list[Block]:
    last = layer.depth == len(layer.structure.layers) - 1
    if not last:
        return [_hidden_deltas(layer)]
    _ = layer.targets, layer.units("net"), layer.units("out")
    by_units = LayerPen(structure=layer.structure, pen=layer.pen, depth=layer.depth, sample=layer.sample)
    if over_pairs(by_units):
        return _softmax_deltas(layer)
    place = f"layer-{layer.depth + 1}-delta{layer.suffix}"
    deltas = layer.units("delta")
    formulas = [layer.formula(name) for name in deltas.ids]
    softmax = layer.structure.layers[-1].activation == "softmax"
    why: Text = ("The slope of the error times the slope of the activation function, for every output.",)
    if softmax:
        why = ("For softmax with cross-entropy the sum over all pairs comes to a difference, the same for every unit:",)
    step = layer.line(
        place,
        rule="layer_delta",
        title=f"Deltas of {layer.words}",
        left=layer.symbol("delta"),
        symbols=(stacked(formulas, layer.shown),),
        numbers=stacked(formulas, layer.numbers(place)),
        result=deltas,
        explanation=why,
    )
    if not softmax:
        return [step]
    return [replace(step, working=(pairs_line(by_units, by_units.shape.units[0]),))]


def _hidden_deltas(layer: MatrixPen) -> Step:
    place = f"layer-{layer.depth + 1}-delta{layer.suffix}"
    slots = layer.slots(place)
    above = layer.at(layer.depth + 1, layer.sample)
    new = layer.structure.conventions.update == "sequential"
    weights = above.weights(new=new).transposed
    _ = layer.units("net"), layer.units("out")
    deltas_above = above.units("delta")
    units = layer.structure.layers[layer.depth].units
    slopes = [layer.formula(with_sample(f"dout_{unit}/dnet_{unit}", layer.sample)) for unit in units]
    plain = layer.structure.layers[layer.depth].activation == "identity"

    def total(table: Tree, column: Tree, slope: Tree | None) -> Tree:
        back = Juxtaposed((table, column))
        return back if slope is None else times(Parentheses(back), slope)

    return layer.line(
        place,
        rule="layer_delta",
        title=f"Deltas of {layer.words}",
        left=layer.symbol("delta"),
        symbols=(
            total(
                Transposed(above.symbol("W", new=new)), above.symbol("delta"),
                None if plain else stacked(slopes, layer.shown),
            ),
        ),
        numbers=total(
            weights.tree(slots), deltas_above.tree(slots), None if plain else stacked(slopes, layer.numbers(place))
        ),
        result=layer.units("delta"),
        explanation=(f"Back through the transposed weights{', then times the slopes' * (not plain)}. ", weights.note),
    )  # fmt: skip


def _softmax_deltas(layer: MatrixPen) -> list[Block]:
    """Softmax with another loss than cross-entropy: the slopes of all pairs in one matrix."""
    units = layer.structure.layers[layer.depth].units
    terms = layer.pen.terms
    arriving = layer.units("dE_total/dout")
    formulas = [layer.formula(name) for name in arriving.ids]
    place = f"layer-{layer.depth + 1}-error{layer.suffix}"
    found: list[Block] = [
        layer.line(
            place,
            rule="layer_error_slope",
            title=f"How the error changes with the activations of {layer.words}",
            left=layer.shown(arriving.ids),
            symbols=(stacked(formulas, layer.shown),),
            numbers=stacked(formulas, layer.numbers(place)),
            result=arriving,
            explanation=("Sums, products and fractions are worked entry by entry.",),
        )
    ]
    pairs = layer.figures([[with_sample(f"dout_{out}/dnet_{net}", layer.sample) for net in units] for out in units])
    left = Partial(layer.symbol("out"), layer.symbol("net"))
    place = f"layer-{layer.depth + 1}-pairs{layer.suffix}"
    found.append(
        layer.line(
            place,
            rule="layer_pairs",
            title="How every output changes with every net input",
            left=left,
            symbols=(pairs.tree(lambda name: terms.symbols(layer.formula(name))),),
            numbers=None,
            result=pairs,
            explanation=("One row for each output, one column for each net input.",),
        )
    )
    place = f"layer-{layer.depth + 1}-delta{layer.suffix}"
    slots = layer.slots(place)
    found.append(
        layer.line(
            place,
            rule="layer_delta",
            title=f"Deltas of {layer.words}",
            left=layer.symbol("delta"),
            symbols=(Juxtaposed((Transposed(Parentheses(left)), layer.shown(arriving.ids))),),
            numbers=Juxtaposed((pairs.transposed.tree(slots), arriving.tree(slots))),
            result=layer.units("delta"),
        )
    )
    return found


def _gradients(layer: MatrixPen) -> list[Block]:
    place = f"layer-{layer.depth + 1}-gradient{layer.suffix}"
    slots = layer.slots(place)
    deltas, inputs = layer.units("delta"), layer.inputs
    below = Grid(rows=inputs.transposed.rows, entry_width=layer.figure_width if layer.depth else 0.0)
    gradient = layer.gradients(layer.sample)
    found: list[Block] = [
        layer.line(
            place,
            rule="layer_gradient",
            title=f"Gradients of the weights into {layer.words}",
            left=Partial(layer.total, layer.symbol("W")),
            symbols=(Juxtaposed((layer.symbol("delta"), Transposed(layer.shown(inputs.ids)))),),
            numbers=Juxtaposed((deltas.tree(slots), below.tree(slots))),
            result=gradient,
            explanation=(gradient.note,) if gradient.note else (),
        )
    ]
    by_units = LayerPen(structure=layer.structure, pen=layer.pen, depth=layer.depth, sample=layer.sample)
    if by_units.shape.bias_kind == "per-unit" and by_units.biases and by_units.biases[0] in by_units.trained:
        place = f"layer-{layer.depth + 1}-bias-gradient{layer.suffix}"
        formulas = [layer.formula(layer_id) for layer_id in bias_gradients(by_units.biases, layer.sample)]
        added = layer.structure.conventions.bias_sign == "added"
        found.append(
            layer.line(
                place,
                rule="layer_bias_gradient",
                title=f"Gradients of the biases of {layer.words}",
                left=Partial(layer.total, layer.symbol("b")),
                symbols=(stacked(formulas, layer.shown),),
                numbers=None if added else stacked(formulas, layer.numbers(place)),
                result=Grid.column(bias_gradients(by_units.biases, layer.sample)),
                explanation=("A bias is a weight on a constant: its gradient is the delta.",) if added else (),
            )
        )
    return [*found, *by_units.shared_bias()]


def _updates(layer: MatrixPen) -> list[Block]:
    structure, pen = layer.structure, layer.pen
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    sample = 1 if online else None
    place = f"layer-{layer.depth + 1}-update"
    found: list[Block] = [
        _update(layer, place, "W", layer.weights(), layer.weights(new=True), layer.gradients(sample), sample)
    ]
    trained = frozenset(trained_ids(structure))
    biases, after = layer.biases(), layer.biases(new=True)
    names = [name for name in biases.ids if name in trained] if biases is not None else []
    if biases is None or after is None or not names:
        return found
    if structure.layers[layer.depth].bias_kind == "shared":
        return [*found, pen.step(f"{names[0]}_new", title=(f"Update of {names[0]}",))]
    place = f"layer-{layer.depth + 1}-bias-update"
    gradient = Grid.column(bias_gradients(tuple(names), sample))
    return [*found, _update(layer, place, "b", biases, after, gradient, sample)]


def _update(layer: MatrixPen, place: str, kind: str, old: Grid, new: Grid, gradient: Grid, sample: int | None) -> Step:
    slots = layer.slots(place)
    what = "weights into" if kind == "W" else "biases of"
    slope = Partial(layer.at(layer.depth, sample).total, layer.symbol(kind))
    # All three are shortened alike.
    old, gradient = (Grid(rows=grid.rows, entry_width=new.entry_width) for grid in (old, gradient))
    eta = layer.pen.terms
    return layer.line(
        place,
        rule="layer_update",
        title=f"Update of the {what} {layer.words}",
        left=layer.symbol(kind, new=True),
        symbols=(Sum((layer.symbol(kind), Minus(Product((eta.name("eta"), slope))))),),
        numbers=Sum((old.tree(slots), Minus(Product((slots("eta"), gradient.tree(slots)))))),
        result=new,
        explanation=(new.note,) if new.note else (),
    )
