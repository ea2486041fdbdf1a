"""The network with its names and without numbers: one drawing for all sheets of a structure."""

from __future__ import annotations

from derive.given.naming import bias_ids, symbol, weight_ids
from derive.given.problem import Notation, Structure
from derive.renderers.pictures.drawing import Drawing
from derive.renderers.pictures.network import Biases, Edge, Node, network_drawing


def network_outline(structure: Structure, notation: Notation) -> Drawing:
    """A network's units, weights and biases by their symbols.

    Parameters
    ----------
    structure : Structure
    notation : Notation
    """
    biases: list[Biases] = []
    for layer, names in zip(structure.layers, bias_ids(structure), strict=True):
        if names is None:
            biases.append(None)
        elif layer.bias_kind == "shared":
            biases.append(Node(symbol=symbol(names[0], notation)))
        else:
            biases.append([Node(symbol=symbol(name, notation)) for name in names])
    return network_drawing(
        inputs=[Node(symbol=symbol(name, notation)) for name in structure.inputs],
        layers=[[Node(symbol=symbol(f"net_{unit}", "final")) for unit in layer.units] for layer in structure.layers],
        edges=[
            Edge(layer=number, source=source, target=target, symbol=symbol(name, notation))
            for number, table in enumerate(weight_ids(structure))
            for target, row in enumerate(table)
            for source, name in enumerate(row)
        ],
        biases=biases,
        targets=[Node(symbol=symbol(f"t_{unit}", notation)) for unit in structure.outputs],
    )
