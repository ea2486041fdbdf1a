"""Derivatives that nobody asked for in the file: by one step of time, by any name; and means over time."""

from __future__ import annotations

from typing import Any

import pytest

import derive
from derive.errors import ProblemError, UnsupportedError
from derive.given.loading import problem_named
from derive.network.wider import with_derivatives
from tests.commands import runner
from tests.programs.cases import CASES

#: The recurrence of `RNN` with a weight of its own at each step, in plain formulas.
UNROLLED = {
    "title": "Unrolled", "given": {"W1": "0.3", "W2": "0.3", "W3": "0.3", "U2": "0.8", "U3": "0.8"},
    "define": {"h1": "tanh(W1*0.5)", "h2": "tanh(W2*(-1) + U2*h1)", "h3": "tanh(W3*2 + U3*h2)", "L": "h3**2"},
    "objective": "L", "wrt": ["W1", "W2", "W3", "U2", "U3"],
}  # fmt: skip
RNN = {
    "title": "Rolled up",
    "given": {"x": {"over": "time", "values": ["0.5", -1, 2]}, "h": {"start": 0}, "W": "0.3", "U": "0.8"},
    "define": {"h": "tanh(W*x + U*before(h))", "L": "last(h)**2"}, "objective": "L", "wrt": ["W", "U"],
}  # fmt: skip


def test_shares_are_the_derivatives_of_a_network_that_shares_nothing() -> None:
    """Each step's share is that of its own weight where every step has one; together they are the gradient."""
    apart = derive.solve(problem_named(UNROLLED, "p"))
    ids = ["dL/dW:1", "dL/dW:2", "dL/dW:3", "dL/dU:2", "dL/dU:3"]
    solution = derive.solve(with_derivatives(problem_named(RNN, "p"), ids))
    for name in ids:
        own = "dL/d" + name.removeprefix("dL/d").replace(":", "")
        assert solution.value(name) == pytest.approx(apart.value(own), rel=1e-12), name
    assert solution.value("dL/dW") == pytest.approx(sum(solution.value(f"dL/dW:{t}") for t in (1, 2, 3)), rel=1e-12)
    checked = {check.quantity: check for check in solution.checks}
    assert all(len(checked[name].routes) >= 3 for name in ids)


@pytest.mark.parametrize("name", ["gru", "lstm", "rnn-every"])
def test_shares_of_cells_add_up(name: str) -> None:
    """Whatever the cell, and for elements of matrices: the gradient is the sum of the shares of all steps."""
    problem = problem_named(CASES[name], name)
    one = {"gru": "Uh[1,2]", "lstm": "Uf", "rnn-every": "W[2,1]"}[name]
    steps = 3 if name == "lstm" else 2
    ids = [f"dE_total/d{one}:{t}" for t in range(1, steps + 1)]
    solution = derive.solve(with_derivatives(problem, ids))
    whole = sum(solution.value(each) for each in ids)
    assert solution.value(f"dE_total/d{one}") == pytest.approx(whole, rel=1e-11)


def test_a_mean_over_time_divides_by_the_steps() -> None:
    """And the gradients with it."""
    files = ({**CASES["rnn-every"], "conventions": {"time": how}} for how in ("sum", "mean"))
    summed, mean = (derive.solve(problem_named(file, "p")) for file in files)
    for name in ("E_total", "dE_total/dW[1,1]", "dE_total/db[2]"):
        assert mean.value(name) == pytest.approx(summed.value(name) / 2, rel=1e-12), name


def test_any_value_by_any_other() -> None:
    """Of the page's own figures one is hard to find by hand: sigmoid'(0.2)·0.5, whose file has no objective."""
    mapping: dict[str, Any] = {
        "title": "x",
        "given": {"a": "0.4", "b": "0.5"},
        "define": {"u": "a*b", "y": "sigmoid(u)"},
    }
    solution = derive.solve(with_derivatives(problem_named(mapping, "p"), ["dy/da", "du/db@0", "dE/dw5", "nonsense/x"]))
    y = solution.value("y")
    assert solution.value("dy/da") == pytest.approx(y * (1 - y) / 2, rel=1e-12)
    assert solution.value("du/db") == pytest.approx(0.4)


def test_the_command_answers_them(capsys: pytest.CaptureFixture[str]) -> None:
    """`values` and `--only`; a step at which nothing is used is none."""
    derive_ = runner(capsys)
    assert derive_("values", "rnn-three-steps", "dE_total/dU:2", "--digits", "4").out == "dE_total/dU:2  0.001912\n"
    assert "⟨2⟩" in derive_("explain", "rnn-three-steps", "--only", "dE_total/dU:2").out
    assert derive_("values", "rnn-three-steps", "dE_total/dU:4").status == 2


def test_asked_in_the_file() -> None:
    """And refused where there is no such step."""
    solution = derive.solve(problem_named({**RNN, "ask": ["dL/dU:2"]}, "p"))
    assert "dL/dU:2" in solution.derivation.by_id
    with pytest.raises(UnsupportedError, match="step 7"):
        derive.solve(problem_named({**RNN, "ask": ["dL/dU:7"]}, "p"))
    with pytest.raises(ProblemError, match="'V:2' is no number"):
        problem_named({**RNN, "ask": ["dL/dV:2"]}, "p")
