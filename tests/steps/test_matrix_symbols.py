"""Lines of vectors and matrices hold in their symbols: worked as they are printed, at full precision."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings

import derive
from derive.display.tree import (
    Digits,
    Elementwise,
    Fraction,
    Function,
    Juxtaposed,
    Line,
    Matrix,
    Minus,
    Name,
    Parentheses,
    Partial,
    Product,
    Slot,
    Sum,
    Transposed,
    Tree,
    Words,
    slots,
)  # fmt: skip
from derive.given.problem import Problem
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of
from derive.telling.model import Formula, Step
from tests.core.networks import DEFINITIONS
from tests.sentences.scene import Figures, close
from tests.steps.test_symbols import symbols
from tests.steps.trees import spelled
from tests.strategies import LAYERED, UNSHRUNK, known_defects_aside, problems

Rows = list[list[Any]]
_CALLED = {"σ": "sigmoid", "leaky relu": "leaky_relu", "relu′": "relu_slope", "leaky relu′": "leaky_relu_slope"}


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Shortened(Exception):  # noqa: N818 - no fault
    """A matrix whose middle is left out, or a sum of which some terms are."""


def worked(tree: Tree, known: dict[str, Any]) -> Any:
    """The value of a tree of vectors and matrices: rows of numbers, or a number."""

    def each(work: Callable[[Any, Any], Any], first: Any, second: Any) -> Any:
        if isinstance(first, list) and isinstance(second, list):
            assert [len(row) for row in first] == [len(row) for row in second]
            pairs = (zip(mine, theirs, strict=True) for mine, theirs in zip(first, second, strict=True))
            return [[work(a, b) for a, b in row] for row in pairs]
        if isinstance(first, list):
            return [[work(entry, second) for entry in row] for row in first]
        if isinstance(second, list):
            return [[work(first, entry) for entry in row] for row in second]
        return work(first, second)

    def chained(work: Callable[[Any, Any], Any], parts: tuple[Tree, ...]) -> Any:
        return reduce(lambda a, b: each(work, a, b), (worked(part, known) for part in parts))

    match tree:
        case Partial() if spelled(tree) not in known:
            raise Shortened  # of a sample whose gradients stand in a table
        case Name() | Partial():
            return known[spelled(tree)]
        case Digits(text):
            return mpmath.mpf(text)
        case Words():
            raise Shortened
        case Matrix(rows):
            if {"⋮", "⋯"} & {spelled(cell) for row in rows for cell in row}:
                raise Shortened
            return [[worked(cell, known) for cell in row] for row in rows]
        case Slot(quantity=quantity):
            return known[quantity]
        case Minus(inner):
            return each(operator.mul, worked(inner, known), -1)
        case Parentheses(inner):
            return worked(inner, known)
        case Transposed(inner):
            return [list(row) for row in zip(*worked(inner, known), strict=True)]
        case Sum(terms):
            return chained(operator.add, terms)
        case Product(factors):
            values = [worked(factor, known) for factor in factors]
            assert sum(isinstance(value, list) and (len(value), len(value[0])) != (1, 1) for value in values) <= 1
            return reduce(lambda a, b: each(operator.mul, a, b), values)
        case Elementwise(factors):
            return chained(operator.mul, factors)
        case Fraction(upper, lower):
            return chained(operator.truediv, (upper, lower))
        case Juxtaposed((first, second)):
            left, right = worked(first, known), worked(second, known)
            columns = list(zip(*right, strict=True))
            return [[mpmath.fsum(map(operator.mul, row, column)) for column in columns] for row in left]
        case Function("softmax", (inner,)):
            nets = [row[0] for row in worked(inner, known)]
            return [[DEFINITIONS["softmax"](net, *nets)] for net in nets]
        case Function(name, (inner,)):
            function = DEFINITIONS[_CALLED.get(name, name)]
            return [[function(entry) for entry in row] for row in worked(inner, known)]
    raise AssertionError(f"no value for {tree}")


def wrong_symbols(explanation: Explanation) -> Iterator[str]:
    """Lines whose symbols do not give their result."""
    figures = Figures(explanation.solution)
    known = symbols(explanation.solution)
    for block in blocks_of(explanation.document):
        if isinstance(block, Formula):
            for line in block.lines:
                learn(line, known, explanation.solution.derivation.samples)
        elif isinstance(block, Step) and block.entries:
            result = block.line.rows[-1].tree
            assert isinstance(result, Matrix)
            if not all(isinstance(cell, Slot) for row in result.rows for cell in row):
                continue
            value = [[figures[cell.quantity] for cell in row if isinstance(cell, Slot)] for row in result.rows]
            for row in block.line.rows[:-1]:
                if any(slots(row.tree)):
                    continue
                try:
                    found = worked(row.tree, known)
                except Shortened:
                    continue
                if not alike(found, value):
                    yield f"{block.id}: {spelled(row.tree)}"
            known[spelled(block.line.left)] = value


def alike(first: Rows, second: Rows) -> bool:
    shape = [len(row) for row in first] == [len(row) for row in second]
    return shape and all(close(a, b) for mine, theirs in zip(first, second, strict=True)
                         for a, b in zip(mine, theirs, strict=True))  # fmt: skip


def learn(line: Line, known: dict[str, Any], samples: int) -> None:
    """What a vector or matrix holds, from the line that names its entries; those of sample 1 stand for all."""
    tree = line.rows[0].tree
    if not isinstance(tree, Matrix) or any(slots(tree)):
        return
    cells = [[spelled(cell) for cell in row] for row in tree.rows]
    for sample in range(1, samples + 1):
        raised = f"⁽{str(sample).translate(_RAISED)}⁾"
        names = [[cell.replace("⁽¹⁾", raised) for cell in row] for row in cells]
        if all(name in known for row in names for name in row):
            left = spelled(line.left).replace("⁽¹⁾", raised)
            known[left] = [[known[name] for name in row] for row in names]


@pytest.mark.parametrize("name", LAYERED)
def test_symbols_of_built_in_matrices_give_their_result(name: str) -> None:
    """Every line in matrices of a built-in network: transposes, products entry by entry, signs of steps and biases."""
    problem = derive.load(name)
    problem = replace(problem, display=replace(problem.display, carry="full"))
    assert list(wrong_symbols(derive.explain(problem, style="matrix", rounds=0))) == []


@settings(max_examples=15, phases=UNSHRUNK)
@given(problems(carry="full"))
def test_symbols_of_any_matrices_give_their_result(problem: Problem) -> None:
    """The same for any network."""
    with known_defects_aside():
        explanation = derive.explain(problem, style="matrix", rounds=0)
    assert list(wrong_symbols(explanation)) == []


@pytest.mark.parametrize("name", ["macleod-2-2-1", "han-kamber-3-2-1", "2-2-2", "mazur-own-biases"])
@pytest.mark.parametrize("bias_sign", ["added", "subtracted"])
def test_the_line_of_the_tools_holds(name: str, bias_sign: Any) -> None:
    """The tools' matrix line gives the net inputs of the first layer, whatever the sign of the biases."""
    problem = derive.load(name)
    assert isinstance(problem, Problem)
    display = replace(problem.display, carry="full")
    problem = replace(problem, display=display, conventions=replace(problem.conventions, bias_sign=bias_sign))
    explanation = derive.explain(problem, rounds=0)
    known = symbols(explanation.solution)
    (line,) = (
        line
        for block in blocks_of(explanation.document)
        if isinstance(block, Formula)
        for line in block.lines
        if isinstance(line.left, Matrix)
    )
    assert alike(worked(line.rows[0].tree, known), worked(line.left, known))
    figures = Figures(explanation.solution)
    for row in line.rows[1:]:
        found = worked(row.tree, {slot.quantity: figures[slot.quantity] for slot in slots(row.tree)})
        assert alike(found, worked(line.left, known))
