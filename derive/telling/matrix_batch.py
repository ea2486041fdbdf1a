"""The gradients over all samples, in matrices."""

from __future__ import annotations

from derive.display.tree import Digits, Fraction, Parentheses, Partial, Product, Sum, Tree, Words
from derive.given.naming import with_sample
from derive.telling.backward import sample_gradients
from derive.telling.layer import LayerPen
from derive.telling.matrices import Grid
from derive.telling.matrix_pen import MatrixPen, bias_gradients
from derive.telling.model import Block, Step


def batch_lines(layer: MatrixPen) -> list[Block]:
    """The gradients over all samples."""
    structure, pen = layer.structure, layer.pen
    if structure.sample_count == 1 or structure.conventions.batch == "online":
        return []
    by_units = LayerPen(structure=structure, pen=pen, depth=layer.depth, sample=None)
    trained_biases = [b for b in dict.fromkeys(by_units.biases or ()) if b in by_units.trained]
    found: list[Block] = []
    if pen.scope.table_samples:
        weights = [w for row in layer.weights().rows for w in row]
        found.append(sample_gradients(pen, layer.depth, [*weights, *trained_biases]))
    place = f"layer-{layer.depth + 1}-gradient"
    found.append(
        _over_samples(layer, place, layer.gradients(None), layer.symbol("W"), f"the weights into {layer.words}")
    )
    if by_units.shape.bias_kind == "per-unit" and trained_biases:
        place = f"layer-{layer.depth + 1}-bias-gradient"
        grid = Grid.column(bias_gradients(tuple(trained_biases), None))
        found.append(_over_samples(layer, place, grid, layer.symbol("b"), f"the biases of {layer.words}"))
    elif trained_biases:
        title = f"Partial derivative with respect to the bias {trained_biases[0]} over all samples"
        found.append(pen.step(f"dE_total/d{trained_biases[0]}", title=(title,)))
    return found


def _over_samples(layer: MatrixPen, place: str, result: Grid, by: Tree, what: str) -> Step:
    count = layer.structure.sample_count
    average = layer.structure.conventions.batch == "mean"
    slots = layer.slots(place)
    share = Fraction(Digits("1"), Digits(str(count)))

    def total(terms: list[Tree]) -> Tree:
        return Product((share, Parentheses(Sum(tuple(terms))))) if average else Sum(tuple(terms))

    def partial(sample: int) -> Tree:
        return Partial(layer.at(layer.depth, sample).total, by)

    def of_sample(sample: int) -> Grid:
        rows = tuple(tuple(with_sample(name, sample) for name in row) for row in result.rows)
        return Grid(rows=rows, entry_width=result.entry_width)

    every = not layer.pen.scope.table_samples
    samples = range(1, count + 1)
    terms = [partial(s) for s in samples] if count <= 4 else [partial(1), partial(2), Words("…"), partial(count)]
    return layer.line(
        place,
        rule="layer_batch_gradient",
        title=f"Gradients of {what} over all samples",
        left=Partial(layer.total, by),
        symbols=(total(terms),),
        numbers=total([of_sample(s).tree(slots) for s in samples]) if every else None,
        result=result,
    )
