"""The table of epochs, against a loop of plain Python."""

from __future__ import annotations

import re
from fractions import Fraction

import derive
from derive.telling.build import blocks_of
from derive.telling.model import Table


def test_each_row_is_its_own_update() -> None:
    """Sample, inputs, target, net and parameters of every update of ADALINE's two epochs, as a loop has them."""
    explanation = derive.explain(derive.load("adaline-or"))
    table = next(
        block for block in blocks_of(explanation.document) if isinstance(block, Table) and block.id == "epochs"
    )
    samples = [(1, 1, 1), (1, -1, 1), (-1, 1, 1), (-1, -1, -1)]
    w1 = w2 = b = eta = Fraction(1, 10)
    for number, row in enumerate(table.rows):
        x1, x2, t = samples[number % 4]
        net = w1 * x1 + w2 * x2 + b
        error = t - net
        w1, w2, b = w1 + eta * error * x1, w2 + eta * error * x2, b + eta * error
        words = [cell[0] for cell in row[:3]]
        assert words == [str(number + 1), str(number // 4 + 1), str(number % 4 + 1)]
        figures = [explanation.filling.figures[cell[0]].value for cell in row[3:]]  # type: ignore[index]
        exact = [x1, x2, t, net, net, w1, w2, b]
        assert len(figures) == len(exact)
        for figure, value in zip(figures, exact, strict=True):
            assert abs(figure - value) <= abs(value) * Fraction(1, 10**8)


def test_a_page_of_two_epochs_is_short() -> None:
    """Two epochs of four samples, the first worked update by update, on at most six pages."""
    explanation = derive.explain(derive.load("adaline-or"))
    assert len(re.findall(rb"/Type\s*/Page\b", explanation.to_pdf())) <= 6
