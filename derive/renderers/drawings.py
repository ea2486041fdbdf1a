"""Pictures drawn from a filling: which numbers of a solution each kind of picture shows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from derive.display.tree import Slot
from derive.errors import UnsupportedError
from derive.formula.expression import Call, Ref
from derive.formula.figures import Figure
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.given.domain import worked
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import bias_ids, sample_indices, symbol, weight_ids, with_sample
from derive.given.problem import Number, Problem
from derive.renderers.array_drawings import array_drawing
from derive.renderers.pictures.curves import activation_drawing, error_drawing
from derive.renderers.pictures.drawing import Drawing, Label
from derive.renderers.pictures.graph import GraphNode, graph_drawing
from derive.renderers.pictures.network import Biases, Edge, Node, network_drawing
from derive.renderers.pictures.text import NamedFigure, named
from derive.telling.filling import Filling
from derive.telling.model import Picture

#: Points of a curve, and how far it reaches beyond the outermost mark and at least, in net input.
_POINTS, _MARGIN, _REACH = 241, 1.0, 4.0
#: Points of the error curve, spaced evenly on the logarithmic axis of rounds.
_ROUNDS = 400
#: How far from a point the slope of a curve is taken, for the eye alone.
_NEAR = 1e-6


def drawing_for(picture: Picture, filling: Filling) -> Drawing:
    """The drawing of one picture of a document with one filling's numbers.

    Raises
    ------
    UnsupportedError
        If it is the curve of an activation that is no function of one net input, such as softmax.
    """
    drawn = _drawing(picture, filling)
    return with_commas(drawn) if filling.problem.display.decimal_mark == "comma" else drawn


def with_commas(drawing: Drawing) -> Drawing:
    """A drawing with a comma for the point in every number, and semicolons between numbers."""

    def moved(text: str) -> str:
        return re.sub(r"(?<=[0-9])\.(?=[0-9])", ",", text)

    shapes = tuple(
        replace(shape, runs=tuple(replace(run, text=moved(run.text)) for run in shape.runs))
        if isinstance(shape, Label)
        else shape
        for shape in drawing.shapes
    )
    return replace(drawing, shapes=shapes, alternative=moved(re.sub(r"(?<=[0-9]), ", "; ", drawing.alternative)))


def _drawing(picture: Picture, filling: Filling) -> Drawing:
    match picture.kind, filling.problem:
        case "graph", FormulaProblem() as chain:
            return _graph(chain, filling)
        case "network", Problem() as network:
            return _network(network, picture, filling)
        case "activation", Problem() as network:
            return _activation(picture.subject, network, filling)
        case (("window" | "heat" | "lines" | "layers" | "unrolled"), FormulaProblem() as program):
            return array_drawing(picture, program, filling)
        case "error_curve", _:
            return _error_curve(filling.errors, "error" if picture.subject == "E_total" else picture.subject)
    raise UnsupportedError(f"this problem has no picture of the kind {picture.kind}")


def left_out(drawing: Drawing) -> str:
    """What follows a picture's caption where it does not show everything, as plain text; else nothing."""
    return drawing.note and f" {drawing.note}"


def _graph(problem: FormulaProblem, filling: Filling) -> Drawing:
    structure = problem.structure

    def figure(quantity: str) -> Figure | None:
        found = filling.figures.get(Slot(quantity=quantity, place="the-graph", role="operand"))
        return None if found is None else named(found, quantity)

    nodes = [
        GraphNode(name=name, symbol=symbol(name, problem.display.notation), value=value, given=name in structure.givens)
        for name in (*structure.givens, *(name for name, _ in structure.definitions))
        if (value := figure(name)) is not None
    ]
    edges = {(source, target): figure(structure.edge_id(source, target)) for source, target in structure.edges()}
    drawn = {node.name for node in nodes}
    elsewhere = [name for name in (*structure.givens, *structure.uses) if name not in drawn]
    return graph_drawing(nodes, edges, problem.objective, elsewhere)


def _network(problem: Problem, picture: Picture, filling: Filling) -> Drawing:
    """The network with its numbers, the derivatives in their places, or a path in it alone, as the subject says."""
    structure, notation = problem.structure, problem.display.notation

    def shown(quantity: str) -> Figure | None:
        found = filling.figures.get(Slot(quantity=quantity, place=picture.id, role="operand"))
        return None if found is None else named(found, quantity)

    backward = picture.subject == "backward"
    lit = frozenset(picture.subject.split()) - {"network", "backward"}
    plain = not (lit or backward)
    # With several samples a unit has several inputs and targets; they stand in the table of givens.
    single = problem.samples[0] if len(problem.samples) == 1 and plain else None
    inputs = [
        Node(
            symbol=symbol(name, notation), of="" if lit else name, lit=name in lit,
            value=_typed(single.inputs[index], name) if single else None,
        )
        for index, name in enumerate(problem.inputs)
    ]  # fmt: skip
    layers = [
        [
            Node(
                symbol=symbol(f"delta_{unit}", notation) if backward else symbol(f"net_{unit}", "final"),
                value=shown(f"delta_{unit}" if backward else f"out_{unit}"), of="" if lit else unit, lit=unit in lit,
            )
            for unit in layer.units
        ]
        for layer in problem.layers
    ]  # fmt: skip
    tables = weight_ids(structure)
    slopes = {name: shown(f"dE_total/d{name}") for table in tables for row in table for name in row}
    largest = max((abs(slope.value) for slope in slopes.values() if slope is not None), default=0) or 1
    edges = [
        Edge(
            layer=number, source=source, target=target, of="" if lit else name, lit=name in lit,
            symbol=symbol(name, notation) if plain or name in lit else None,
            value=_typed(weight, name) if plain else slope,
            size=None if slope is None else float(abs(slope.value) / largest),
            sized="" if slope is None else f"dE_total/d{name}",
        )
        for number, (layer, table) in enumerate(zip(problem.layers, tables, strict=True))
        for target, row in enumerate(layer.weights)
        for source, weight in enumerate(row)
        for name in [table[target][source]]
        for slope in [slopes[name]]
    ]  # fmt: skip
    if not plain:
        return network_drawing(inputs=inputs, layers=layers, edges=edges, backward=backward)
    biases: list[Biases] = []
    for layer, names in zip(problem.layers, bias_ids(structure), strict=True):
        if names is None or layer.bias is None:
            biases.append(None)
        elif isinstance(layer.bias, Number):
            biases.append(Node(symbol=symbol(names[0], notation), value=_typed(layer.bias, names[0])))
        else:
            numbers = zip(names, layer.bias, strict=True)
            biases.append([Node(symbol=symbol(name, notation), value=_typed(bias, name)) for name, bias in numbers])
    targets = [
        Node(symbol=symbol(f"t_{unit}", notation), value=_typed(single.targets[index], f"t_{unit}") if single else None)
        for index, unit in enumerate(problem.outputs)
    ]
    return network_drawing(inputs=inputs, layers=layers, edges=edges, biases=biases, targets=targets)


def _activation(name: str, problem: Problem, filling: Filling) -> Drawing:
    function = _curve(name) if name in ACTIVATIONS and FUNCTIONS[name].arity == 1 else None
    if function is None:
        raise UnsupportedError(f"there is no curve of {name[:40]}; there is one of {', '.join(ACTIVATIONS)}")
    marks, unmarked = [], 0
    for layer in problem.layers:
        for unit in layer.units if layer.activation == name else ():
            for sample in sample_indices(problem.structure):
                net = filling.numbers.get(with_sample(f"net_{unit}", sample))
                if net is None:
                    unmarked += 1
                else:
                    shown = symbol(with_sample(f"net_{unit}", sample), problem.display.notation)
                    marks.append((shown, net, function(net)))
    nets = [net for _, net, _ in marks if math.isfinite(net)]
    low, high = min([-_REACH, *(net - _MARGIN for net in nets)]), max([_REACH, *(net + _MARGIN for net in nets)])
    # Evenly spaced, and closer where the curves bend; the corner of relu is a point of its own.
    even = [low + (high - low) * index / (_POINTS - 1) for index in range(_POINTS)]
    bend = [6.0 * index / 60 for index in range(-60, 61)]
    points = sorted({*even, *(net for net in bend if low <= net <= high)})
    slope = None
    if marks and math.isfinite(marks[0][1]):
        net = marks[0][1]
        slope = (function(net + _NEAR) - function(net - _NEAR)) / (2 * _NEAR)
    return activation_drawing(name.replace("_", " "), [(net, function(net)) for net in points], marks, unmarked, slope)


def _error_curve(errors: tuple[float, ...], name: str) -> Drawing:
    last = len(errors) - 1
    wanted = {0, *range(min(last, 20) + 1)} if last >= 0 else set()
    if last > 0:
        wanted |= {round(last ** (index / _ROUNDS)) for index in range(_ROUNDS + 1)}
    rounds = sorted(number for number in wanted if number <= last)
    off = sum(not 0 < error < math.inf for error in errors)
    return error_drawing(rounds, [errors[number] for number in rounds], off, name)


def _typed(number: Number, name: str) -> Figure:
    return NamedFigure(negative=number.text.startswith("-"), digits=number.text.lstrip("+-"), of=name)


def _curve(function: str) -> Callable[[float], float]:
    """A function for the eye alone: every figure that is printed comes from the filling."""
    formula = Call(function, (Ref("n"),))
    return lambda net: float(worked([("f", formula)], {"n": net}, strict=False)["f"])
