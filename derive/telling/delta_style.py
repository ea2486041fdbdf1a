"""Section 4 told by deltas: one number for each unit, layer by layer, and from it every gradient by one product."""

from __future__ import annotations

from derive.display.tree import BigSum, Line, Minus, Name, Parentheses, Partial, Product, Row, Tree
from derive.formula.expression import references
from derive.given.naming import Symbol
from derive.given.problem import Structure
from derive.telling.backward import batch_steps, layer_title, samples_note, worked_samples
from derive.telling.layer import LayerPen
from derive.telling.lines import Pen
from derive.telling.meaning import sign_of_delta
from derive.telling.model import Block, Formula, Paragraph, Remark, Section, Text
from derive.telling.old_weights import old_weights_remark
from derive.telling.slopes import error_slope_rows
from derive.telling.softmax import pairs_line, softmax_deltas
from derive.telling.updates import update_steps


def delta_section(structure: Structure, pen: Pen, *, title: str = "Backward pass") -> Section:
    """Every delta, one layer after the other, and the gradients that follow from it.

    Parameters
    ----------
    structure : Structure
    pen : Pen
        With a derivation by deltas.
    title : str
    """
    parts: list[Section] = []
    for depth in filter(pen.scope.reaches, reversed(range(len(structure.layers)))):
        blocks: list[Block] = []
        for sample in worked_samples(structure, pen):
            blocks += _layer_blocks(LayerPen(structure=structure, pen=pen, depth=depth, sample=sample))
        blocks += batch_steps(structure, pen, depth)
        if structure.conventions.update == "sequential":
            blocks += update_steps(structure, pen, depth)
        if depth == len(structure.layers) - 2 and not pen.scope.only and not pen.view:
            blocks.append(old_weights_remark(structure, pen))
        identity = f"{pen.view}backward-{depth + 1}"
        parts.append(Section(id=identity, title=(layer_title(structure, depth),), blocks=tuple(blocks)))
    blocks = [Paragraph(text=_start(pen)), *samples_note(structure, pen), _rules(structure, pen)]
    return Section(id=f"{pen.view}backward", title=(title,), blocks=tuple(blocks), subsections=tuple(parts))


def _start(pen: Pen) -> Text:
    delta = Name(Symbol(letters="δ"))
    change: Tree = Partial(pen.terms.name("E_total"), pen.terms.name("net_k"))
    return (
        "One number for each unit carries the whole backward pass: its delta ",
        delta,
        " = ",
        change,
        ", how the total error changes with the unit’s net input. The deltas of the output layer come first; each "
        "layer below gets its own from the layer above; and a partial derivative is a delta times what its weight "
        "multiplies.",
    )


def _rules(structure: Structure, pen: Pen) -> Remark:
    """Backpropagation in general symbols, for the layers and biases that this network has."""
    name = pen.terms.name
    slope = {index: _slope(pen, index) for index in "jk"}
    arriving = Partial(name("E_total"), name("out_k"))
    weight = Name(
        Symbol(letters="w", subscript="k,j", superscript="+" * (structure.conventions.update == "sequential"))
    )
    lines: list[tuple[str, Tree, Tree]] = []
    last = structure.layers[-1].activation
    if last != "softmax":
        lines.append(("The delta of an output unit k:", name("delta_k"), Product((arriving, slope["k"]))))
    else:
        pair = Partial(name("out_i"), name("net_k"))
        both = BigSum("i", Product((Partial(name("E_total"), name("out_i")), pair)))
        lines.append(("The delta of an output unit k, over all outputs i of the softmax:", name("delta_k"), both))
    if len(structure.layers) > 1:
        total = Parentheses(BigSum("k", Product((name("delta_k"), weight))))
        text = "The delta of a hidden unit j, over all units k above it:"
        lines.append((text, name("delta_j"), Product((total, slope["j"]))))
    below = Name(Symbol(letters="w", subscript="k,j"))
    lines.append(
        (
            "The gradient of the weight from j to k (where j is an input, the input itself weighs in):",
            Partial(name("E_total"), below),
            Product((name("delta_k"), name("out_j"))),
        )
    )
    if structure.conventions.train_biases and any(layer.bias_kind != "none" for layer in structure.layers):
        delta = name("delta_k")
        signed = delta if structure.conventions.bias_sign == "added" else Minus(delta)
        if all(layer.bias_kind != "per-unit" for layer in structure.layers):
            summed = BigSum("k", delta)
            shared: Tree = summed if structure.conventions.bias_sign == "added" else Minus(summed)
            text = "The gradient of the bias that a layer shares, over all its units k:"
            lines.append((text, Partial(name("E_total"), Name(Symbol(letters="b"))), shared))
        else:
            lines.append(("The gradient of a unit’s own bias:", Partial(name("E_total"), name("b_k")), signed))
    blocks: list[Paragraph | Formula] = []
    for text, left, right in lines:
        blocks.append(Paragraph(text=(text,)))
        blocks.append(Formula(lines=(Line(left=left, rows=(Row(relation="=", tree=right),)),)))
    count = {2: "two", 3: "three", 4: "four"}[len(lines)]
    return Remark(kind="note", title=f"The {count} rules of backpropagation", blocks=tuple(blocks))


def _slope(pen: Pen, unit: str) -> Tree:
    """f′(net) in general symbols; the derivative of the activation by the net input."""
    return Partial(pen.terms.name(f"out_{unit}"), pen.terms.name(f"net_{unit}"))


def _layer_blocks(layer: LayerPen) -> list[Block]:
    found: list[Block] = []
    if over_pairs(layer):
        found += softmax_deltas(layer)
    else:
        for position, unit in enumerate(layer.full):
            found += _delta(layer, unit, first=position == 0)
        found += layer.other_units({"delta_{0}": "Delta"})
    for position, unit in enumerate(layer.full):
        found += [layer.weight(unit, weight) for weight in layer.wanted(unit)]
        found += layer.own_bias(unit, first=position == 0, by_delta=True)
    return [*found, *layer.other_gradients(), *layer.shared_bias()]


def over_pairs(layer: LayerPen) -> bool:
    """Whether deltas of the layer are sums over pairs of outputs and net inputs: softmax, but for cross-entropy."""
    formula = layer.pen.derivation.by_id[layer.id(f"delta_{layer.shape.units[0]}")].expression
    return any(name.startswith("dout_") for name in references(formula))


def _delta(layer: LayerPen, unit: str, *, first: bool) -> list[Block]:
    softmax = layer.shape.activation == "softmax"
    chain = Product((layer.partial("E_total", f"out_{unit}"), layer.partial(f"out_{unit}", f"net_{unit}")))
    working: tuple[Line, ...] = ()
    why: Text = ()
    if first and softmax:
        why = (
            "The net input reaches the error through every output of the softmax. Over all pairs, the outputs cancel "
            "and the targets add up to 1; the same holds for every unit of the layer:",
        )
        working = (pairs_line(layer, unit),)
    elif first and layer.last:
        why = ("The slope of the error times the slope of the activation function, in one formula.",)
        if layer.structure.loss == "binary_cross_entropy":
            why = ("The slope of the sigmoid cancels the denominator of the slope of the cross-entropy.",)
        working = (_slope_line(layer, unit),)
    elif first:
        why = ("What comes back through the weights, times the slope of the activation function.",)
    step = layer.pen.step(
        layer.id(f"delta_{unit}"),
        title=layer.words(f"Delta of {unit}"),
        explanation=why,
        before=(chain,) if first and not softmax else (),
        working=working,
    )
    if not (first and layer.last):
        return [step]
    return [step, *sign_of_delta(layer.pen, unit, layer.id(f"delta_{unit}"))]


def _slope_line(layer: LayerPen, unit: str) -> Line:
    """The slope of the error by the output, as it enters the delta."""
    pen = layer.pen
    total, own = layer.id(f"dE_total/dout_{unit}"), layer.id(f"dE_{unit}/dout_{unit}")
    rows = error_slope_rows(layer.structure.loss, layer.name(f"t_{unit}"), layer.name(f"out_{unit}"))
    found = [Row(relation="=", tree=row) for row in rows]
    found.append(Row(relation="=", tree=pen.terms.symbols(pen.derivation.by_id[own].expression)))
    return Line(left=pen.terms.name(own if "mean" in layer.structure.loss else total), rows=tuple(found))
