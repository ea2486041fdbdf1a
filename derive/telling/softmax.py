"""The deltas of a softmax layer: over all pairs of outputs and net inputs, and what that comes to."""

from __future__ import annotations

from derive.display.tree import Digits, Line, Minus, Parentheses, Product, Row, Sum, Tree
from derive.telling.arriving import output_slope
from derive.telling.layer import LayerPen
from derive.telling.model import Block, Formula, Paragraph, Remark, Text


def softmax_steps(layer: LayerPen) -> list[Block]:
    """The deltas of a softmax layer, and after each the gradients of its unit's weights and bias."""
    found = _output_slopes(layer)
    for position, unit in enumerate(layer.full):
        found += _delta(layer, unit, first=position == 0)
        for number, weight in enumerate(layer.wanted(unit)):
            found += layer.opening(unit, weight) if position == number == 0 else [layer.weight(unit, weight)]
        found += layer.own_bias(unit, first=position == 0)
    return found


def softmax_deltas(layer: LayerPen) -> list[Block]:
    """The deltas of a softmax layer alone."""
    found = _output_slopes(layer)
    for position, unit in enumerate(layer.full):
        found += _delta(layer, unit, first=position == 0)
    return [*found, *layer.other_units({"dE_total/dout_{0}": "Error by its activation", "delta_{0}": "Delta"})]


def _output_slopes(layer: LayerPen) -> list[Block]:
    units = layer.shape.units
    found: list[Block] = []
    for position, unit in enumerate(units if layer.pen.scope.every_unit else units[:1]):
        found += output_slope(layer, unit, first=position == 0)
    return found if layer.pen.scope.every_unit else [*found, _pair_table(layer, units)]


def _delta(layer: LayerPen, unit: str, *, first: bool) -> list[Block]:
    """The delta of one unit: over all pairs, and what that comes to."""
    pen, units = layer.pen, layer.shape.units
    found: list[Block] = []
    for other in units if pen.scope.every_unit else ():
        why: Text = ()
        if first:
            why = (
                f"An activation and its own net input{', as derived above' * pen.tools}."
                if other == unit
                else "A softmax output depends on every net input of the layer, this one included.",
            )
        title = layer.words(f"How the activation of {other} changes with the net input of {unit}")
        found.append(pen.step(layer.id(f"dout_{other}/dnet_{unit}"), title=title, explanation=why))
    why = ("The net input reaches the error through every output of the layer: a sum over all of them.",)
    found.append(
        pen.step(
            layer.id(f"delta_{unit}"),
            title=layer.words(f"Delta of {unit}"),
            explanation=why if first else (),
            before=(layer.partial("E_total", f"net_{unit}"),),
        )
    )
    if first and layer.structure.loss == "cross_entropy" and pen.shares:
        text = "In every product the output cancels, and the targets add up to 1, so that each delta is simply"
        note = Formula(lines=(pairs_line(layer, unit),))
        found.append(Remark(kind="note", title="A shorter way", blocks=(Paragraph(text=(text,)), note)))
    return found


def _pair_table(layer: LayerPen, units: tuple[str, ...]) -> Block:
    table = f"softmax-pairs{layer.suffix}"
    unit = layer.full[0]
    rows: list[tuple[Text, ...]] = []
    for other in units:
        ids = (layer.id(f"dE_total/dout_{other}"), layer.id(f"dout_{other}/dnet_{unit}"))
        rows.append(((other,), *((layer.pen.figure(name, table),) for name in ids)))
    head: tuple[Text, ...] = (
        ("Output",),
        ("Error by this output",),
        ("This output by ", layer.name(f"net_{unit}")),
    )
    return layer.pen.table(table, ("The factors for every output of the layer.",), head, rows)


def pairs_line(layer: LayerPen, unit: str) -> Line:
    """δ = o − t of softmax with cross-entropy, from the sum over all pairs."""
    names = layer.pen.terms.name
    units = layer.shape.units
    out, target = names(layer.id(f"out_{unit}")), names(layer.id(f"t_{unit}"))
    targets = [names(layer.id(f"t_{other}")) for other in units]
    own = Minus(Product((target, Parentheses(Sum((Digits("1"), Minus(out)))))))
    crossed = [Product((names(layer.id(f"t_{other}")), out)) for other in units if other != unit]
    rows: list[Tree] = []
    if len(units) <= 4:
        terms = [
            Product((layer.partial("E_total", f"out_{o}"), layer.partial(f"out_{o}", f"net_{unit}"))) for o in units
        ]
        rows.append(Sum(tuple(terms)) if len(terms) > 1 else terms[0])
        rows.append(Sum((own, *crossed)) if crossed else own)
        whole = Sum(tuple(targets)) if len(targets) > 1 else targets[0]
        rows.append(Sum((Product((out, Parentheses(whole))), Minus(target))))
    rows.append(Sum((out, Minus(target))))
    return Line(left=names(layer.id(f"delta_{unit}")), rows=tuple(Row(relation="=", tree=row) for row in rows))
