"""Kinds of number and the catalogue of mistakes say what they take and give: none of it is Any."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from derive.arithmetic.code import ARRAYS, FLOATS, Arithmetic
from derive.arithmetic.exact import BALLS
from derive.arithmetic.number import Number
from derive.judging.engine.ball_arrays import BALL_ARRAYS
from derive.judging.engine.duals import DUALS

ROOT = Path(__file__).resolve().parent.parent / "derive"
TYPED = sorted([*ROOT.glob("arithmetic/*.py"), *ROOT.glob("judging/misconceptions/*.py")])


def anys(source: str) -> list[int]:
    """Lines that name Any."""
    nodes = ast.walk(ast.parse(source))
    return sorted(
        node.lineno
        for node in nodes
        if (isinstance(node, ast.Name) and node.id == "Any")
        or (isinstance(node, ast.Attribute) and node.attr == "Any")
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "Any" for alias in node.names))
    )


@pytest.mark.parametrize("path", TYPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_is_any(path: Path) -> None:
    """No module of the arithmetics or of the misconceptions names Any."""
    assert anys(path.read_text(encoding="utf-8")) == []


def test_an_any_is_counted() -> None:
    """The count of these tests sees an import, an annotation, and typing.Any."""
    assert anys("from typing import Any\nx: Any = 1\ny: list[typing.Any] = []\n") == [1, 2, 3]


@pytest.mark.parametrize("arithmetic", [FLOATS, ARRAYS, BALLS, BALL_ARRAYS, DUALS])
def test_every_kind_of_number_keeps_the_protocol(arithmetic: Arithmetic[Number]) -> None:
    """What an arithmetic gives for a constant adds, subtracts, multiplies, divides and turns its sign, in its kind."""
    three, half = arithmetic.constant(Fraction(3)), arithmetic.constant(Fraction(1, 2))
    for found, expected in ((-half, "-0.5"), (three + half, "3.5"), (three - half, "2.5"), (three * half, "1.5"),
                            (three / half, "6")):  # fmt: skip
        assert type(found) is type(three)
        assert as_float(found) == float(expected)


def as_float(number: object) -> float:
    """A number of any kind as a float."""
    inner = getattr(number, "centre", number)
    inner = getattr(inner, "balls", inner)
    if isinstance(inner, np.ndarray):
        inner = inner[0]
    return float(inner.p) / float(inner.q) if hasattr(inner, "q") else float(inner)
