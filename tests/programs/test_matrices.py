"""Arrays on the page: every entry stands where its index says, with its own figure, and the printed equation holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

import derive
from derive.display.plain import PlainPrinter
from derive.display.tree import Matrix, Relation, Slot
from derive.errors import UnsupportedError
from derive.solved.explanation import Explanation, explain_steps
from derive.telling.build import blocks_of, steps_of
from derive.telling.model import Formula, Paragraph, Step
from tests.programs.cases import case
from tests.steps.matrix_reading import Table, evaluate_matrices

#: Cases with arrays, and built-in problems; what the rows of numbers can be read of by the reader of the tests.
KINDS = ("arrays", "attention", "convolution", "rnn-every", "skip")
BUILT_IN = ("attention-2x2", "convolution-3x3", "convolution-pool", "gru-step", "dropout-mask", "skip-connection")
READABLE = {
    "arrays": {"matrix-z", "matrix-a", "matrix-dL/dW", "matrix-dL/dx", "matrix-W_new"},
    "attention": {"matrix-Q", "matrix-K", "matrix-V", "matrix-dE_total/dWv", "matrix-Wk_new"},
    "skip": {"matrix-net_a", "matrix-net_s"},
    "skip-connection": {"matrix-net_a", "matrix-net_s", "matrix-dE_total/dout_s", "matrix-dE_total/dout_h"},
}


def explained(name: str) -> Explanation:
    return explain_steps(derive.load(name) if name in BUILT_IN else case(name))


def matrices(explanation: Explanation) -> Iterator[Matrix]:
    """Every matrix of figures that a line ends with, or that stands in a line of text, as given arrays do."""
    for block in blocks_of(explanation.document):
        lines = [block.line] if isinstance(block, Step) else block.lines if isinstance(block, Formula) else ()
        text = block.text if isinstance(block, Paragraph) else ()
        ends = (*(line.rows[-1].tree for line in lines), *(part.right for part in text if isinstance(part, Relation)))
        yield from (tree for tree in ends if isinstance(tree, Matrix))


@pytest.mark.parametrize("name", [*KINDS, *BUILT_IN])
def test_every_entry_is_its_own_value_at_its_own_place(name: str) -> None:
    """The figure of each entry is that of its id, and rows and columns are its indices."""
    explanation = explained(name)
    seen = 0
    for table in matrices(explanation):
        whole = all(isinstance(cell, Slot) for row in table.rows for cell in row)
        for i, row in enumerate(table.rows, start=1):
            for j, cell in enumerate(row, start=1):
                if not isinstance(cell, Slot):
                    continue
                value = Fraction(explanation.solution.value(cell.quantity))
                printed = explanation.filling.figures[cell].value
                assert abs(printed - value) <= abs(value) * Fraction(1, 10**7) + Fraction(1, 10**30), cell.quantity
                found = re.search(r"\[([\d,]+)\](?:[:#@]|_new|$)", cell.quantity.rpartition("/")[2])
                index = [int(part) for part in found[1].split(",")] if found else []
                if whole and len(index) == 2:
                    assert index == [i, j], cell.quantity
                if whole and len(index) == 1 and len(row) == 1:
                    assert index == [i], cell.quantity
                seen += 1
    assert seen > 3


@pytest.mark.parametrize("name", READABLE)
def test_the_printed_equation_holds(name: str) -> None:
    """The row of numbers, read from its plain text and worked by other code, gives the matrix below it."""
    explanation = explained(name)
    figures = explanation.filling.figures
    printer = PlainPrinter(slot=lambda slot: figures[slot].ascii if slot in figures else "=")
    found = set()
    for step in steps_of(explanation.document):
        if step.id not in READABLE[name]:
            continue
        found.add(step.id)
        numbers, result = (printer.tree(row.tree) for row in step.line.rows[-2:])
        worked, printed = evaluate_matrices(numbers), evaluate_matrices(result)
        assert isinstance(worked, Table)
        assert isinstance(printed, Table)
        pairs = zip((c for r in worked.rows for c in r), (c for r in printed.rows for c in r), strict=True)
        for mine, theirs in pairs:
            assert abs(float(mine) - float(theirs)) <= abs(float(theirs)) * 1e-7 + 1e-12, step.id
    assert found == READABLE[name]


def test_one_number_of_each_array_is_worked_in_full() -> None:
    """The gradient of a kernel: a place of it as the sum over the windows, nine products of picture and delta."""
    explanation = explained("convolution-pool")
    step = next(step for step in steps_of(explanation.document) if step.quantity == "dE_total/dK_conv[1,1]")
    assert step.formula is not None
    wanted = {f"image[{i},{j}]" for i in (1, 2, 3) for j in (1, 2, 3)}
    wanted |= {f"delta_conv[{i},{j}]" for i in (1, 2, 3) for j in (1, 2, 3)}
    assert set(step.uses) == wanted


@pytest.mark.parametrize("style", ["delta", "matrix"])
def test_the_page_says_its_view(style: str) -> None:
    """Other views are refused, and the page names the one it has."""
    problem = derive.load("attention-2x2")
    with pytest.raises(UnsupportedError, match="one view"):
        derive.explain(problem, style=style)  # type: ignore[arg-type]
    assert "arrays as matrices" in explained("attention-2x2").to_markdown()


def test_a_large_array_is_shortened_and_said() -> None:
    """Of a picture of 9 × 9 the first three rows and columns and the last are printed, and the page says so."""
    rows = [[(i * j) % 7 for j in range(1, 10)] for i in range(1, 10)]
    problem = derive.load({"title": "Large", "given": {"X": rows}, "define": {"y": "2*X"}, "ask": ["y"]})
    explanation = explain_steps(problem)
    step = next(step for step in steps_of(explanation.document) if step.id == "matrix-y")
    table = step.line.rows[-1].tree
    assert isinstance(table, Matrix)
    assert [[isinstance(cell, Slot) for cell in row] for row in table.rows] == [
        [True] * 3 + [False, True], [True] * 3 + [False, True], [True] * 3 + [False, True], [False] * 5,
        [True] * 3 + [False, True],
    ]  # fmt: skip
    markdown = explanation.to_markdown()
    assert "X is 9 × 9" in markdown
    assert "9 × 9; its middle is left out" in markdown
