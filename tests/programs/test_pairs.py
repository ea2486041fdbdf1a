"""Each pair of operations on arrays, one on what the other gives: proof, NumPy and complex step, and PyTorch."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import derive
from derive.given.loading import problem_named

pytestmark = pytest.mark.pairs

A = [["0.7", "-0.4"], ["0.3", "1.1"]]
B = [["0.6", "0.9"], ["-0.5", "0.2"]]
#: Of a matrix of 2 × 2 another one, as formulas have it and as PyTorch has it.
OPERATIONS: Mapping[str, tuple[str, Callable[[Any, Any, Any], Any]]] = {
    "sum": ("X + B", lambda t, x, b: x + b),
    "difference": ("B - X", lambda t, x, b: b - x),
    "product": ("X*B", lambda t, x, b: x * b),
    "quotient": ("B/(X**2 + 1)", lambda t, x, b: b / (x**2 + 1)),
    "raised": ("(X**2 + 1)**B", lambda t, x, b: (x**2 + 1) ** b),
    "from-left": ("B @ X", lambda t, x, b: b @ x),
    "from-right": ("X @ B", lambda t, x, b: x @ b),
    "dot": ("X*(X[1] @ B[2])", lambda t, x, b: x * (x[0] @ b[1])),
    "transpose": ("transpose(X)", lambda t, x, b: x.T),
    "outer": ("outer(X[1], B[:, 2])", lambda t, x, b: t.outer(x[0], b[:, 1])),
    "softmax": ("softmax(X, rows)", lambda t, x, b: t.softmax(x, 1)),
    "softmax-columns": ("softmax(X, columns)", lambda t, x, b: t.softmax(x, 0)),
    "causal": ("softmax(X, rows, causal)", lambda t, x, b: t.softmax(x + t.tensor([[0, -t.inf], [0, 0]]), 1)),
    "centred": ("X - mean(X, rows)", lambda t, x, b: x - x.mean(1, keepdim=True)),
    "var": ("X/(1 + var(X, columns))", lambda t, x, b: x / (1 + x.var(0, correction=0, keepdim=True))),
    "norm": ("X/(1 + norm(X))", lambda t, x, b: x / (1 + x.norm())),
    "largest": ("X*max(X, rows)", lambda t, x, b: x * x.max(1, keepdim=True).values),
    "smaller": ("min(X, B)", lambda t, x, b: t.where(x <= b, x, b)),
    "where": ("where(X > B, X, 2*X)", lambda t, x, b: t.where(x > b, x, 2 * x)),
    "lower": ("lower(X) + B", lambda t, x, b: t.tril(x) + b),
    "concat": ("concat(X[1:1, :], B[2:2, :], columns)", lambda t, x, b: t.cat([x[:1], b[1:]], 0)),
    "parts": ("join(tanh(split(X, 2, columns)))", lambda t, x, b: t.tanh(x)),
    "flat": ("outer(flatten(X)[2:3], B[1])", lambda t, x, b: t.outer(x.flatten()[1:3], b[0])),
    "convolve": ("convolve(X, B, padding=1)[1:2, 2:3]", lambda t, x, b: _convolved(t, x, b)[:2, 1:]),
    "max-pool": ("max_pool(convolve(X, B, padding=1), 2, stride=1)", lambda t, x, b: _pooled(t, x, b, "max_pool2d")),
    "mean-pool": ("average_pool(convolve(X, B, padding=1), 2, stride=1)",
                  lambda t, x, b: _pooled(t, x, b, "avg_pool2d")),
    "one-hot": ("outer(one_hot(2, 2), X[2])", lambda t, x, b: t.outer(t.tensor([0.0, 1.0], dtype=x.dtype), x[1])),
    "sigmoid": ("sigmoid(X)", lambda t, x, b: t.sigmoid(x)),
    "gelu": ("X*normal(X)", lambda t, x, b: t.nn.functional.gelu(x)),
    "step": ("X*step(X)", lambda t, x, b: t.relu(x)),
}  # fmt: skip


def _convolved(t: Any, x: Any, b: Any) -> Any:
    return t.nn.functional.conv2d(x[None, None], b[None, None], padding=1)[0, 0]


def _pooled(t: Any, x: Any, b: Any, kind: str) -> Any:
    return getattr(t.nn.functional, kind)(_convolved(t, x, b)[None, None], 2, stride=1)[0, 0]


def _file(first: str) -> dict[str, Any]:
    """Every operation on what one of them gives, put together by weights of their own."""
    text = OPERATIONS[first][0].replace("X", "A")
    names = list(OPERATIONS)
    lines = {"F": text}
    lines |= {f"G{place}": OPERATIONS[name][0].replace("X", "F") for place, name in enumerate(names)}
    lines["L"] = " + ".join(f"{place + 1}*sum(B*G{place})" for place in range(len(names)))
    return {"title": first, "given": {"A": A, "B": B}, "define": lines, "objective": "L", "wrt": ["A"]}


@pytest.mark.parametrize("first", OPERATIONS)
def test_each_operation_on_this_one(first: str) -> None:
    """Forward and backward by the proved values, compiled formulas, NumPy on the arrays and complex step."""
    solution = derive.solve(problem_named(_file(first), first))
    for check in solution.checks:
        assert check.ok, check
    routes = {check.quantity: len(check.routes) for check in solution.checks}
    assert all(routes[f"G{place}[{i},{j}]"] >= 3 for place in range(len(OPERATIONS)) for i in (1, 2) for j in (1, 2))
    smooth = [name for name in ("dL/dA[1,1]", "dL/dA[2,2]") if routes[name] >= 3]
    # Where a row of equal numbers comes out, its largest is a kink to a step; the proof and the formulas are left.
    assert smooth or first in ("outer", "one-hot", "flat", "centred"), routes


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("first", OPERATIONS)
def test_pytorch_agrees(first: str) -> None:
    """The same in double precision, with the gradients of autograd."""
    import torch  # type: ignore[import-not-found,unused-ignore]

    a = torch.tensor([[float(each) for each in row] for row in A], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([[float(each) for each in row] for row in B], dtype=torch.float64)
    whole = OPERATIONS[first][1](torch, a, b)
    total = sum((place + 1) * (b * run(torch, whole, b)).sum() for place, (_, run) in enumerate(OPERATIONS.values()))
    total.backward()
    solution = derive.solve(problem_named(_file(first), first))
    assert solution.value("L") == pytest.approx(total.item(), rel=1e-12)
    ties = first in ("outer", "one-hot", "flat")  # equal numbers: which of them has the slope is a matter of taste
    for i in (0, 1):
        for j in (0, 1):
            if not ties:
                assert solution.value(f"dL/dA[{i + 1},{j + 1}]") == pytest.approx(float(a.grad[i, j]), rel=1e-9), (i, j)
