"""Which quantities each vector and matrix of a network holds."""

from __future__ import annotations

from derive.display.tree import Line, Row, Tree
from derive.telling.matrices import Grid
from derive.telling.matrix_pen import MatrixPen
from derive.telling.model import Block, Formula, Paragraph, Section


def names_section(matrices: MatrixPen) -> Section:
    """Which quantities each vector and matrix holds, and its size."""
    structure, name = matrices.structure, matrices.pen.terms.name
    sample = None if structure.sample_count == 1 else 1
    first = matrices.at(0, sample)

    def formula(*lines: tuple[Tree, Grid]) -> Formula:
        rows = ((left, (Row(relation="=", tree=grid.tree(name)),)) for left, grid in lines)
        return Formula(lines=tuple(Line(left=left, rows=row) for left, row in rows))

    text = (
        "A number in square brackets is that of the layer. The weights into a layer have one row for each of its "
        "units and one column for each of its inputs; everything else is a column. ⊙ multiplies entry by entry, and "
        "so works a function that is written before a vector."
    )
    blocks: list[Block] = [Paragraph(text=(text,))]
    grids = [matrices.at(depth).weights() for depth in range(len(structure.layers))]
    if not all(grid.whole for grid in grids):
        shapes = ", then ".join(grid.size for grid in grids)
        text = (
            f"The matrices of weights are {shapes}. Of a large one the first three and the last row and column are "
            "printed. A line that cannot be recomputed from what is printed is worked with full figures and marked †."
        )
        blocks.append(Paragraph(text=(text,)))
    inputs, targets = first.inputs, first.targets
    blocks += [Paragraph(text=("Inputs and targets:",))]
    blocks.append(formula((first.shown(inputs.ids), inputs), (first.shown(targets.ids), targets)))
    for depth, grid in enumerate(grids):
        layer = matrices.at(depth, sample)
        biases = layer.biases()
        lines = [(layer.symbol("W"), grid)]
        lines += [] if biases is None else [(layer.symbol("b"), biases)]
        lines += [(layer.symbol(kind), layer.units(kind)) for kind in ("net", "out")]
        words = layer.words
        blocks += [Paragraph(text=(f"{words[0].upper()}{words[1:]}:",)), formula(*lines)]
    return Section(id=f"{matrices.pen.view}matrices", title=("The vectors and matrices",), blocks=tuple(blocks))
