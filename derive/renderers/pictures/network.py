"""The network diagram: units in columns, a weight on every edge, biases below."""

from __future__ import annotations

from collections.abc import Sequence

from derive.renderers.pictures.drawing import Circle, Colour, Drawing, Label, Point, Rectangle, Run, Segment, Shape
from derive.renderers.pictures.frame import framed
from derive.renderers.pictures.geometry import rim
from derive.renderers.pictures.layout import COLUMN_LIMIT
from derive.renderers.pictures.network_model import Biases, Edge, Network, Node
from derive.renderers.pictures.network_plan import SQUARE, Plan, network_plan
from derive.renderers.pictures.text import spoken, spoken_figure

#: Widths of edges whose width says how large their numbers are: the least, and what the largest has more.
THINNEST, WIDEST = 0.8, 4.2

__all__ = ["Biases", "Edge", "Node", "network_drawing"]


def network_drawing(
    *,
    inputs: Sequence[Node],
    layers: Sequence[Sequence[Node]],
    edges: Sequence[Edge],
    biases: Sequence[Biases] = (),
    targets: Sequence[Node] = (),
    backward: bool = False,
) -> Drawing:
    """A network as textbooks draw it, from left to right.

    Columns of more than six units show the first four, an ellipsis and the last. Where weights do not fit on the
    edges they are left out, and the drawing says so.

    Parameters
    ----------
    inputs : sequence of Node
    layers : sequence of sequences of Node
        The units of each layer; a unit's value, where given, stands in it, or beside it where it has no room.
    edges : sequence of Edge
    biases : sequence
        One a layer: a `Node` shared by its units, a sequence with a `Node` a unit, or None. Empty for none at all.
    targets : sequence of Node
        One an output, or empty.
    backward : bool
        Whether its numbers were worked from the error back: then its arrows run so, and it is told so.
    """
    network = Network(
        columns=(tuple(inputs), *(tuple(layer) for layer in layers)),
        edges=tuple(tuple(edge for edge in edges if edge.layer == number) for number in range(len(layers))),
        biases=tuple(biases) or (None,) * len(layers),
        targets=tuple(targets),
        backward=backward,
    )
    plan = network_plan(network)
    shapes = [*_lines(network, plan), *_units(network, plan), *plan.notes]
    shapes += [label for labels in plan.labels for label in labels or ()]
    return framed(shapes, _alternative(network, plan), _left_out(network, plan))


def _lines(network: Network, plan: Plan) -> list[Shape]:
    shapes: list[Shape] = []
    for number, edges in enumerate(network.edges):
        before, after = network.rows[number], network.rows[number + 1]
        for edge in edges:
            if edge.source not in before or edge.target not in after:
                continue
            start = plan.centres[number][before.index(edge.source)]
            end = plan.centres[number + 1][after.index(edge.target)]
            ends = rim(start, end, network.radius), rim(end, start, network.radius)
            shapes.append(
                _edge(edge, ends[::-1] if network.backward else ends, labelled=plan.labels[number] is not None)
            )
    for number, foot in enumerate(plan.feet):
        for row, unit in zip(network.rows[number + 1], plan.centres[number + 1], strict=True):
            if foot and row is not None:
                colour: Colour = "faint" if plan.labels[number] is None else "muted"
                end = rim(unit, foot, network.radius)
                shapes.append(Segment(start=foot, end=end, colour=colour, thickness=0.9, dashed=True))
    for row, (x, y) in zip(network.rows[0], plan.centres[0], strict=True):
        if row is not None and network.columns[0][row].value is not None:
            left = x - network.radius
            shapes.append(Segment(start=(left - 20, y), end=(left, y), colour="muted", arrow=True))
    return shapes


def _edge(edge: Edge, ends: tuple[Point, Point], *, labelled: bool) -> Segment:
    start, end = ends
    colour: Colour = "accent" if edge.lit or edge.size is not None else "muted" if labelled and edge.runs else "faint"
    thickness = 2.6 if edge.lit else 1.2 if labelled else 0.9
    if edge.size is not None:
        thickness = THINNEST + WIDEST * edge.size
    arrow = labelled and colour != "faint"
    return Segment(start=start, end=end, colour=colour, thickness=thickness, arrow=arrow, of=edge.of, sized=edge.sized)


def _units(network: Network, plan: Plan) -> list[Shape]:
    shapes: list[Shape] = []
    for number, (column, rows) in enumerate(zip(network.columns, network.rows, strict=True)):
        for row, centre in zip(rows, plan.centres[number], strict=True):
            if row is None:
                continue
            node = column[row]
            colour: Colour = "accent" if node.lit or not number else "ink"
            thickness = 3.0 if node.lit else 1.5
            shapes.append(Circle(centre=centre, radius=network.radius, colour=colour, thickness=thickness, of=node.of))
            inside = network.in_circle(number, node)
            for place, (runs, size) in enumerate(inside):
                at = (centre[0], centre[1] + (21.0 * place - 10.0) * (len(inside) > 1))
                shapes.append(Label(at=at, runs=runs, size=size))
    for foot in plan.feet:
        if foot:
            corner = (foot[0] - SQUARE / 2, foot[1] - SQUARE / 2)
            shapes.append(Rectangle(corner=corner, width=SQUARE, height=SQUARE))
            shapes.append(Label(at=foot, runs=(Run(text="1"),), size=15.0))
    return shapes


def _left_out(network: Network, plan: Plan) -> list[str]:
    """What of the network is not drawn, in words."""
    found = []
    for number, (column, rows) in enumerate(zip(network.columns, network.rows, strict=True)):
        missing = len(column) - sum(row is not None for row in rows)
        if missing:
            last = number == len(network.columns) - 1
            kind = "inputs" if number == 0 else "output units" if last else f"units of hidden layer {number}"
            found.append(f"{missing} of the {len(column)} {kind}")
    for number, (edges, labels) in enumerate(zip(network.edges, plan.labels, strict=True)):
        weights = "the weight" if len(edges) == 1 else f"the {len(edges)} weights"
        if edges and labels is None:
            found.append(f"{weights} into layer {number + 1}")
        elif number in plan.shortened:
            found.append(f"the numbers of {weights} into layer {number + 1}")
    return [*found[:-1], f"{found[-1]}, for which there is no room; they stand in the table"] if found else []


def _alternative(network: Network, plan: Plan) -> str:
    """The picture in words; weights are listed where they stand on the edges."""
    last = len(network.columns) - 1
    lit = [node.symbol for column in network.columns for node in column if node.lit]
    lit += [edge.symbol for edges in network.edges for edge in edges if edge.lit and edge.symbol]
    sentences = [f"Lit are {', '.join(map(spoken, lit))}."] if lit else []
    for number, column in enumerate(network.columns):
        kind = "Inputs" if number == 0 else "Output units" if number == last else f"Units of hidden layer {number}"
        shown = column if len(column) <= COLUMN_LIMIT else (column[0], column[1], column[-1])
        names = [spoken(node.symbol, node.value) for node in shown]
        if len(shown) < len(column):
            names.insert(2, "and so on to")
            sentences.append(f"{kind}, {len(column)}: {names[0]}, {names[1]} {names[2]} {names[3]}.")
        else:
            sentences.append(f"{kind}: {', '.join(names)}.")
    if network.targets and len(network.targets) <= COLUMN_LIMIT:
        sentences.append(f"Targets: {', '.join(spoken(node.symbol, node.value) for node in network.targets)}.")
    for number, (edges, labels) in enumerate(zip(network.edges, plan.labels, strict=True)):
        before, after = network.columns[number], network.columns[number + 1]
        if labels is None:
            sentences.append(f"The {len(edges)} weights into layer {number + 1} stand in the table.")
            continue
        listed = [
            f"{spoken(edge.symbol, edge.value) if edge.symbol else spoken_figure(edge.value)} from"
            f" {spoken(before[edge.source].symbol)} to {spoken(after[edge.target].symbol)}"
            for edge in edges
            if edge.runs
        ]
        kind = "Derivatives of the error by the weights" if network.backward else "Weights"
        sentences.append(f"{kind} into layer {number + 1}: {'; '.join(listed)}." if listed else "")
    for number, bias in enumerate(network.biases, start=1):
        if isinstance(bias, Node):
            sentences.append(f"Bias {spoken(bias.symbol, bias.value)} into every unit of layer {number}.")
        elif bias and len(bias) <= COLUMN_LIMIT:
            listed = [spoken(node.symbol, node.value) for node in bias]
            sentences.append(f"Biases of layer {number}: {', '.join(listed)}.")
    return " ".join(["Network diagram.", *filter(None, sentences)])
