"""Networks of any size for the picture tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from derive.formula.figures import Figure
from derive.given.naming import Symbol
from derive.renderers.pictures.drawing import Drawing
from derive.renderers.pictures.network import Edge, Node, network_drawing


def symbol(name: str) -> Symbol:
    """A name as the notation shows it: letters and a subscript."""
    match = re.fullmatch(r"([A-Za-z])(\d+)", name)
    return Symbol(letters=match[1], subscript=match[2]) if match else Symbol(letters=name)


def figure(text: str) -> Figure:
    """A figure typed as plain decimals."""
    return Figure(negative=text.startswith("-"), digits=text.lstrip("-"))


def node(name: str, value: str) -> Node:
    """A node with its figure."""
    return Node(symbol=symbol(name), value=figure(value))


def network(
    sizes: Sequence[int],
    *,
    per_unit: bool = False,
    weight: str = "0.15",
    name: str = "",
    values: bool = False,
    bare: bool = False,
) -> Drawing:
    """A fully joined network; ``name`` comes before every unit's, ``values`` shows activations, ``bare`` no number."""
    inputs = [node(f"{name}x{number}", "0.05") for number in range(1, sizes[0] + 1)]
    layers = [
        [
            Node(symbol=symbol(f"{name}{letter}{number}"), value=figure("0.593269992") if values else None)
            for number in range(1, size + 1)
        ]
        for letter, size in zip("HGFy"[: len(sizes) - 2] + "y", sizes[1:], strict=True)
    ]
    edges: list[Edge] = []
    for layer, (sources, targets) in enumerate(pairwise(sizes)):
        for target in range(targets):
            for source in range(sources):
                label = symbol(f"w{len(edges) + 1}")
                edges.append(Edge(layer=layer, source=source, target=target, symbol=label, value=figure(weight)))
    biases = [
        [Node(symbol=Symbol(letters="b", subscript=unit.symbol.letters), value=figure("0.35")) for unit in layer]
        if per_unit
        else node(f"b{number}", "0.35")
        for number, layer in enumerate(layers, start=1)
    ]
    targets = [Node(symbol=Symbol(letters="t", subscript=unit.symbol.letters)) for unit in layers[-1]]
    if bare:
        inputs = [replace(each, value=None) for each in inputs]
        edges = [replace(each, value=None) for each in edges]
        biases = [replace(each, value=None) if isinstance(each, Node) else None for each in biases]
    return network_drawing(inputs=inputs, layers=layers, edges=edges, biases=biases, targets=targets)
