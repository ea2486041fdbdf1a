"""Reads a printed line of matrices back, from its plain text and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath

from tests.steps.reading import evaluate

_MATRIX = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Table:
    """Rows of numbers with the signs that a printed line uses: @ for side by side, * entry by entry."""

    rows: tuple[tuple[Any, ...], ...]

    def each(self, other: Any, work: Callable[[Any, Any], Any]) -> Table:
        if not isinstance(other, Table):
            return Table(tuple(tuple(work(entry, other) for entry in row) for row in self.rows))
        assert [len(row) for row in self.rows] == [len(row) for row in other.rows]
        pairs = (zip(mine, theirs, strict=True) for mine, theirs in zip(self.rows, other.rows, strict=True))
        return Table(tuple(tuple(work(a, b) for a, b in row) for row in pairs))

    def times(self, other: Table) -> Table:
        columns = list(zip(*other.rows, strict=True))
        return Table(tuple(tuple(_dot(row, column) for column in columns) for row in self.rows))


def entries(text: str) -> list[Any]:
    """The numbers of a printed matrix, row by row; raises where it is shortened."""
    found = evaluate_matrices(text)
    assert isinstance(found, Table)
    return [entry for row in found.rows for entry in row]


def evaluate_matrices(text: str) -> Any:
    """The value of a row of a line: a Table, or a number."""
    tables: list[Table] = []

    def kept(match: re.Match[str]) -> str:
        rows = tuple(tuple(evaluate(cell) for cell in row.split(", ")) for row in match[1].split("; "))
        tables.append(Table(rows))
        return f"T{len(tables) - 1}"

    def turned(match: re.Match[str]) -> str:
        tables.append(Table(tuple(zip(*tables[int(match[1])].rows, strict=True))))
        return f"T{len(tables) - 1}"

    source = re.sub(r"T(\d+)ᵀ", turned, _MATRIX.sub(kept, text))
    source = re.sub(r"(T\d+) (?=T\d+)", r"\1 @ ", source)
    source = source.replace("⊙", "*").replace("·", "*").replace("−", "-").replace("^", "**")
    source = source.replace("leaky relu′", "leaky_slope").replace("relu′", "relu_slope").replace("leaky relu", "leaky")
    source = source.replace("σ", "sigma")
    # Left to right the product of matrices binds like the other products: the brackets are as they are printed.
    return _value(ast.parse(source.strip(), mode="eval").body, tables)


def _value(node: ast.expr, tables: list[Table]) -> Any:
    match node:
        case ast.Name(name) if name[0] == "T":
            return tables[int(name[1:])]
        case ast.UnaryOp(ast.USub(), operand):
            inner = _value(operand, tables)
            return inner.each(-1, _product) if isinstance(inner, Table) else -inner
        case ast.BinOp(left, ast.MatMult(), right):
            return _value(left, tables).times(_value(right, tables))
        case ast.BinOp(left, operator, right):
            work = {ast.Add: _sum, ast.Sub: _difference, ast.Mult: _product, ast.Div: _quotient}[type(operator)]
            first, second = _value(left, tables), _value(right, tables)
            if isinstance(first, Table):
                return first.each(second, work)
            return second.each(first, lambda a, b: work(b, a)) if isinstance(second, Table) else work(first, second)
        case ast.Call(ast.Name(function), [argument]):
            inner = _value(argument, tables)
            if function == "softmax":
                scores = inner.each(0, lambda a, _: mpmath.exp(_real(a)))
                return scores.each(mpmath.fsum(entry for row in scores.rows for entry in row), _quotient)
            return inner.each(0, lambda a, _: _FUNCTIONS[function](a))
        case ast.Constant(int() | float()):
            return evaluate(ast.unparse(node))
    raise ValueError(f"cannot read {ast.unparse(node)}")


def _dot(row: tuple[Any, ...], column: tuple[Any, ...]) -> Any:
    total = _product(row[0], column[0])
    for left, right in zip(row[1:], column[1:], strict=True):
        total = _sum(total, _product(left, right))
    return total


def _real(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if hasattr(value, "numerator") else value


def _mixed(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def worked(left: Any, right: Any) -> Any:
        exact = hasattr(left, "numerator") and hasattr(right, "numerator")
        return work(left, right) if exact else work(_real(left), _real(right))

    return worked


_sum = _mixed(lambda a, b: a + b)
_difference = _mixed(lambda a, b: a - b)
_product = _mixed(lambda a, b: a * b)
_quotient = _mixed(lambda a, b: a / b)

_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigma": lambda n: 1 / (1 + mpmath.exp(-_real(n))),
    "tanh": lambda n: n if n == 0 else mpmath.tanh(_real(n)),
    "relu": lambda n: n if n > 0 else n * 0,
    "relu_slope": lambda n: evaluate("1" if n > 0 else "0"),
    "leaky": lambda n: n if n > 0 else _quotient(n, evaluate("100")),
    "leaky_slope": lambda n: evaluate("1" if n > 0 else "0.01"),
    "softplus": lambda n: mpmath.log1p(mpmath.exp(_real(n))),
}
