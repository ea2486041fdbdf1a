"""The deltas of a softmax layer: over all pairs of outputs and net inputs, and what that comes to."""

from __future__ import annotations

from derive.display.tree import Digits, Line, Minus, Parentheses, Product, Row, Sum, Tree
from derive.steps.arriving import output_slope
from derive.steps.layer import LayerPen
from derive.steps.model import Block, Formula, Paragraph, Remark, Text


def softmax_steps(layer: LayerPen) -> list[Block]:
    """The deltas of a softmax layer: over all pairs, and what that comes to."""
    pen, units = layer.pen, layer.shape.units
    found: list[Block] = []
    for position, unit in enumerate(units if pen.scope.every_unit else units[:1]):
        found += output_slope(layer, unit, first=position == 0)
    if not pen.scope.every_unit:
        found.append(_pair_table(layer, units))
    for position, unit in enumerate(layer.full):
        for other in units if pen.scope.every_unit else ():
            why: Text = ()
            if position == 0:
                why = (
                    "An activation and its own net input: as derived in the tools."
                    if other == unit
                    else "A softmax output depends on every net input of the layer, this one included.",
                )
            title = layer.words(f"How the activation of {other} changes with the net input of {unit}")
            found.append(pen.step(layer.id(f"dout_{other}/dnet_{unit}"), title=title, explanation=why))
        terms = [
            Product((layer.partial("E_total", f"out_{o}"), layer.partial(f"out_{o}", f"net_{unit}"))) for o in units[:4]
        ]
        why = ("The net input reaches the error through every output of the layer: a sum over all of them.",)
        found.append(
            pen.step(
                layer.id(f"delta_{unit}"),
                title=layer.words(f"Delta of {unit}"),
                explanation=why if position == 0 else (),
                before=(layer.partial("E_total", f"net_{unit}"),),
            )
        )
        if position == 0 and layer.structure.loss == "cross_entropy":
            found.append(_shorter(layer, unit, tuple(terms)))
        for number, weight in enumerate(layer.wanted(unit)):
            found += layer.weight(unit, weight, first=position == number == 0)
        found += layer.own_bias(unit, first=position == 0)
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


def _shorter(layer: LayerPen, unit: str, terms: tuple[Tree, ...]) -> Block:
    """δ = o − t, derived from the sum over all pairs."""
    names = layer.pen.terms.name
    units = layer.shape.units
    out, target = names(layer.id(f"out_{unit}")), names(layer.id(f"t_{unit}"))
    targets = [names(layer.id(f"t_{other}")) for other in units]
    own = Minus(Product((target, Parentheses(Sum((Digits("1"), Minus(out)))))))
    crossed = [Product((names(layer.id(f"t_{other}")), out)) for other in units if other != unit]
    rows: list[Tree] = []
    if len(units) <= 4:
        rows.append(Sum(terms) if len(terms) > 1 else terms[0])
        rows.append(Sum((own, *crossed)))
        whole = Sum(tuple(targets)) if len(targets) > 1 else targets[0]
        rows.append(Sum((Product((out, Parentheses(whole))), Minus(target))))
    rows.append(Sum((out, Minus(target))))
    line = Line(left=names(layer.id(f"delta_{unit}")), rows=tuple(Row(relation="=", tree=row) for row in rows))
    text = "In every product the output cancels, and the targets add up to 1, so that the delta of each unit is simply"
    return Remark(kind="note", title="A shorter way", blocks=(Paragraph(text=(text,)), Formula(lines=(line,))))
