"""What arrives at a unit's activation from the error: directly at an output, over all paths at a hidden unit."""

from __future__ import annotations

from derive.display.tree import Line, Product, Row, Sum, Tree
from derive.formula.losses import LOSSES
from derive.given.naming import weight_ids
from derive.network.derivation import splits_plainly
from derive.telling.given import path_picture
from derive.telling.layer import LayerPen
from derive.telling.model import Block, Text
from derive.telling.slopes import error_slope_rows


def output_slope(layer: LayerPen, unit: str, *, first: bool) -> list[Block]:
    """∂E/∂out of an output: the slope of its own error, with the way to it where it is the first."""
    pen, names = layer.pen, layer.pen.terms.name
    found: list[Block] = []
    own, total = layer.id(f"dE_{unit}/dout_{unit}"), layer.id(f"dE_total/dout_{unit}")
    target, out = names(layer.id(f"t_{unit}")), names(layer.id(f"out_{unit}"))
    rows = error_slope_rows(layer.structure.loss, target, out)
    working = (Line(left=names(own), rows=tuple(Row(relation="=", tree=row) for row in rows)),) if first else ()
    mean = LOSSES[layer.structure.loss].averages(len(layer.structure.outputs))
    why: Text = ()
    if first:
        only = f"Only the error of {unit} depends on this output; the others are constants for it."
        if len(layer.structure.outputs) == 1:
            only = "There is one output only, and the total error is its error."
        inner = " The inner derivative, of the target minus the output, is −1."
        why = (only + inner * ("squared" in layer.structure.loss),)
    if mean:
        found.append(
            pen.step(
                own,
                title=layer.words(f"How the error of {unit} changes with its activation"),
                explanation=why,
                working=working,
            )
        )
        why, working = ("The total is the mean over the outputs.",) if first else (), ()
        before: tuple[Tree, ...] = ()
    else:
        before = (names(own),)
    title = layer.words(f"How the total error changes with the activation of {unit}")
    found.append(pen.step(total, title=title, explanation=why, before=before, working=working))
    return found


def sum_over_paths(layer: LayerPen, unit: str, *, first: bool) -> list[Block]:
    """∂E/∂out of a hidden unit: over every path by which it reaches the error."""
    pen, names = layer.pen, layer.pen.terms.name
    above = layer.structure.layers[layer.depth + 1]
    found: list[Block] = []
    splits = layer.depth == len(layer.structure.layers) - 2 and splits_plainly(layer.structure)
    if splits:
        for position, target in enumerate(above.units if pen.scope.every_unit else above.units[:1]):
            chain = Product(
                (layer.partial(f"E_{target}", f"net_{target}"), layer.partial(f"net_{target}", f"out_{unit}"))
            )
            text = "The error goes back the way the activation came, through the same weight. The delta of "
            why: Text = (f"{text}{target} serves here, because {target} changes no other output’s error.",)
            found.append(
                pen.step(
                    layer.id(f"dE_{target}/dout_{unit}"),
                    title=layer.words(f"What reaches {unit} from {target}"),
                    explanation=why if first and position == 0 else (),
                    before=(chain,),
                )
            )
        if not pen.scope.every_unit:
            found.append(_path_table(layer, unit, above.units[1:]))
    terms = tuple(
        Product((names(layer.id(f"delta_{target}")), layer.partial(f"net_{target}", f"out_{unit}")))
        for target in above.units[:4]
    )
    why = ()
    if first:
        count = len(above.units)
        why = (
            f"{unit} reaches the error by {count} path{'s' * (count > 1)}, one through each unit above it, and the "
            "chain rule adds them up."
            if count > 1
            else f"{unit} reaches the error by one path only.",
        )
    whole = len(terms) == len(above.units) and not splits
    summed = ": the sum over paths" if len(above.units) > 1 else ""
    found.append(
        pen.step(
            layer.id(f"dE_total/dout_{unit}"),
            title=layer.words(f"How the total error changes with the activation of {unit}{summed}"),
            explanation=why,
            before=((Sum(terms) if len(terms) > 1 else terms[0]),) if whole else (),
        )
    )
    top = layer.depth == len(layer.structure.layers) - 2
    if first and top and layer.sample in (None, 1) and len(above.units) > 1 and pen.scope.every_unit:
        found.insert(1, _paths(layer, unit, above.units))
    return found


def _paths(layer: LayerPen, unit: str, above: tuple[str, ...]) -> Block:
    """The paths from a unit to the error, lit."""
    column = layer.shape.units.index(unit)
    weights = [row[column] for row in weight_ids(layer.structure)[layer.depth + 1]]
    caption = f"{'Both' if len(above) == 2 else f'All {len(above)}'} paths from {unit} to the error."
    return path_picture("paths", (unit, *above, *weights), caption, 1)


def _path_table(layer: LayerPen, unit: str, units: tuple[str, ...]) -> Block:
    table = f"paths-{unit}{layer.suffix}"
    rows: list[tuple[Text, ...]] = []
    for target in units:
        path = layer.id(f"dE_{target}/dout_{unit}")
        rows.append(((layer.pen.terms.inline(path),), (layer.pen.figure(path, table),)))
    return layer.pen.table(table, ("The other paths, worked in the same way.",), (("Path",), ("Value",)), rows)
