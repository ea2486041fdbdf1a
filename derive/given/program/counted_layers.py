"""What is counted of layers that have numbers: their sizes are those of their arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from derive.given import fields
from derive.given.program import wiring
from derive.given.program.layers import Layers
from derive.given.program.model import Made
from derive.given.program.shape_program import has_pictures
from derive.given.program.shapes import DENSE, KINDS, OPTIONS, WORDS, Shapes, Size, Sized, Typed

_HEADS = (*(word for words in KINDS.values() for word in words), *WORDS)
_COUNTED = re.compile(rf"(?:{'|'.join(_HEADS)})_\w+")


def asks_for_counts(ask: object) -> bool:
    """Whether a file asks for sizes, parameters or multiplications."""
    if not isinstance(ask, Sequence) or isinstance(ask, str):
        return False
    return any(isinstance(each, str) and (each in WORDS or _COUNTED.fullmatch(each.strip())) for each in ask)


def count_layers(layers: Layers) -> None:
    """Add sizes, parameters and multiplications to a network that has numbers.

    Raises
    ------
    ProblemError
        If a layer says nothing of its sizes.
    """
    shapes = Shapes(builder=layers.builder)
    pictures = has_pictures(layers.entries)
    sizes = {name: _input(layers, shapes, name, pictures) for name in layers.inputs}
    if len(sizes) == 1:
        sizes["inputs"] = next(iter(sizes.values()))
    above: list[str] = []
    for position, (name, made) in enumerate(layers.made.items()):
        keys, path = fields.table(layers.entries[position], "", example=""), f"layers[{position}]"
        ways = [layer for layer, _ in wiring.sources(keys, path, above, layers.flows, ())]
        if "inputs" in ways and "inputs" not in sizes:
            sizes["inputs"] = _input(layers, shapes, "inputs", pictures)
        into = [sizes[layer] for layer in ways]
        if wiring.only_last(keys, path):
            into = [Size(kind=each.kind, parts=each.parts) for each in into]
        sizes[name] = shapes.layer(_sized(layers, name, made, path, into), into)
        above.append(name)
    shapes.total()
    layers.builder.shapes = tuple(shapes.rows)


def _input(layers: Layers, shapes: Shapes, name: str, pictures: bool) -> Size:
    flow = layers.flows[name]
    block = layers.block(flow.name, 1 if flow.series else None, layers.samples[0])
    kind = "vector" if len(block.shape) < 2 else "image" if pictures or len(block.shape) == 3 else "matrix"
    steps: Typed | None = (layers.steps, "inputs", ()) if flow.series else None
    return shapes.input(name, [(size, "inputs", ()) for size in block.shape or (1,)], kind, steps, flow.series)


def _sized(layers: Layers, name: str, made: Made, path: str, into: Sequence[Size]) -> Sized:
    recipe = DENSE if made.recipe is None else made.recipe
    known: Mapping[str, Sequence[str]] = {**recipe.get("parameters", {}), **recipe.get("shape", {}).get("sizes", {})}
    arrays: dict[str, Sequence[Typed | None]] = {}
    typed: dict[str, Typed] = {key: (int(value), path, ()) for key, value in made.options.items() if key in OPTIONS}
    if made.options.get("stride") == made.options.get("size") and "size" in typed:
        typed["stride"] = typed["size"]
    fewer = 0
    for array, key in made.arrays.items():
        block = layers.builder.find(key)
        if block is None or array not in known:
            continue
        sizes = known[array]
        cell = array in recipe.get("parameters", {})
        shape = _filled(block.shape, len(sizes), made.dims, kernels="count" in sizes, cell=cell)
        if "count" in sizes and len(shape) > 1 and shape[1:3] == (shape[1],) * 2:
            typed["size"] = (shape[1], path, ())
        arrays[array] = [(size, path, ()) for size in shape]
        fewer += math.prod(block.shape) - len(block.own)
    return Sized(name=name, path=path, recipe=recipe, arrays=arrays, options=typed, fewer=fewer)


def _filled(shape: tuple[int, ...], wanted: int, dims: int, *, kernels: bool, cell: bool) -> tuple[int, ...]:
    """A shape with the sizes of 1 that were left out: of one kernel, of one channel, of a cell of one unit."""
    if kernels and wanted > 1:
        several = shape if len(shape) > dims else (1, *shape)
        return several if dims > 2 else (*several, 1)
    return (1,) * wanted if not shape and (wanted > 1 or cell) else shape
