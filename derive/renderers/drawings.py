"""Pictures drawn from a filling: which numbers of a solution each kind of picture shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from derive.errors import UnsupportedError
from derive.figures import Figure
from derive.naming import bias_ids, sample_indices, symbol, weight_ids, with_sample
from derive.problem import Number, Problem
from derive.renderers.pictures.curves import activation_drawing, error_drawing
from derive.renderers.pictures.drawing import Drawing
from derive.renderers.pictures.network import Biases, Edge, Node, network_drawing
from derive.steps.filling import Filling
from derive.steps.model import Picture

#: Points of a curve, and how far it reaches beyond the outermost mark and at least, in net input.
_POINTS, _MARGIN, _REACH = 241, 1.0, 4.0
#: Points of the error curve, spaced evenly on the logarithmic axis of rounds.
_ROUNDS = 400


def drawing_for(picture: Picture, filling: Filling) -> Drawing:
    """The drawing of one picture of a document with one filling's numbers.

    Raises
    ------
    UnsupportedError
        If it is the curve of an activation that is no function of one net input, such as softmax.
    """
    match picture.kind:
        case "network":
            return _network(filling.problem)
        case "activation":
            return _activation(picture.subject, filling)
        case "error_curve":
            return _error_curve(filling.errors)


def _network(problem: Problem) -> Drawing:
    structure, notation = problem.structure, problem.display.notation
    # With several samples a unit has several inputs and targets; they stand in the table of givens.
    single = problem.samples[0] if len(problem.samples) == 1 else None
    inputs = [
        Node(symbol=symbol(name, notation), value=_typed(single.inputs[index]) if single else None)
        for index, name in enumerate(problem.inputs)
    ]
    layers = [[Node(symbol=symbol(f"net_{unit}", "final")) for unit in layer.units] for layer in problem.layers]
    edges = [
        Edge(
            layer=number, source=source, target=target,
            symbol=symbol(table[target][source], notation), value=_typed(weight),
        )
        for number, (layer, table) in enumerate(zip(problem.layers, weight_ids(structure), strict=True))
        for target, row in enumerate(layer.weights)
        for source, weight in enumerate(row)
    ]  # fmt: skip
    biases: list[Biases] = []
    for layer, names in zip(problem.layers, bias_ids(structure), strict=True):
        if names is None or layer.bias is None:
            biases.append(None)
        elif isinstance(layer.bias, Number):
            biases.append(Node(symbol=symbol(names[0], notation), value=_typed(layer.bias)))
        else:
            biases.append(
                [
                    Node(symbol=symbol(name, notation), value=_typed(bias))
                    for name, bias in zip(names, layer.bias, strict=True)
                ]
            )
    targets = [
        Node(symbol=symbol(f"t_{unit}", notation), value=_typed(single.targets[index]) if single else None)
        for index, unit in enumerate(problem.outputs)
    ]
    return network_drawing(inputs=inputs, layers=layers, edges=edges, biases=biases, targets=targets)


def _activation(name: str, filling: Filling) -> Drawing:
    function = _FUNCTIONS.get(name)
    if function is None:
        raise UnsupportedError(f"there is no curve of {name[:40]}; there is one of {', '.join(_FUNCTIONS)}")
    problem = filling.problem
    marks = []
    for layer in problem.layers:
        for unit in layer.units if layer.activation == name else ():
            for sample in sample_indices(problem.structure):
                net = filling.numbers.get(with_sample(f"net_{unit}", sample))
                if net is not None:
                    shown = symbol(with_sample(f"net_{unit}", sample), problem.display.notation)
                    marks.append((shown, net, function(net)))
    nets = [net for _, net, _ in marks if math.isfinite(net)]
    low, high = min([-_REACH, *(net - _MARGIN for net in nets)]), max([_REACH, *(net + _MARGIN for net in nets)])
    points = [low + (high - low) * index / (_POINTS - 1) for index in range(_POINTS)]
    # The corner of relu is a point of its own, so that it is not cut off.
    points = sorted({*points, 0.0})
    return activation_drawing(name.replace("_", " "), [(net, function(net)) for net in points], marks)


def _error_curve(errors: tuple[float, ...]) -> Drawing:
    last = len(errors) - 1
    wanted = {0, *range(min(last, 20) + 1)} if last >= 0 else set()
    if last > 0:
        wanted |= {round(last ** (index / _ROUNDS)) for index in range(_ROUNDS + 1)}
    rounds = sorted(number for number in wanted if number <= last)
    return error_drawing(rounds, [errors[number] for number in rounds])


def _typed(number: Number) -> Figure:
    return Figure(negative=number.text.startswith("-"), digits=number.text.lstrip("+-"))


def _sigmoid(net: float) -> float:
    # Each branch keeps the exponential from overflowing.
    return 1.0 / (1.0 + math.exp(-net)) if net >= 0 else math.exp(net) / (1.0 + math.exp(net))


def _softplus(net: float) -> float:
    return max(net, 0.0) + math.log1p(math.exp(-abs(net)))


#: For the eye alone: the curves. Every figure that is printed comes from the filling.
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "relu": lambda net: max(net, 0.0),
    "leaky_relu": lambda net: net if net > 0 else 0.01 * net,
    "identity": lambda net: net,
    "softplus": _softplus,
}
