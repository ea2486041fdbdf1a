"""`derive new --from`: files ready to run, of any shape, activation function and loss."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import derive
from derive.bridges.shapes import problem_of_shape
from derive.errors import UnsupportedError
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.problem import Problem
from tests.commands import Command, runner


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return runner(capsys, "new")


def test_a_file_of_a_shape_is_ready_to_run(new: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """It is called after the shape, has its sizes and its activation function, and can be worked and trained."""
    run = new("--from", "shape", "3-4-2", "--activation", "tanh")
    assert (run.status, run.out, run.err) == (0, "3-4-2.toml: run  derive explain 3-4-2.toml\n", "")
    problem = derive.load("3-4-2.toml")
    assert isinstance(problem, Problem)
    assert problem.structure.sizes == (3, 4, 2)
    assert [layer.activation for layer in problem.layers] == ["tanh", "tanh"]
    solution = derive.solve(problem)
    assert solution.value("E_total@100") < solution.value("E_total")
    assert runner(capsys)("values", "3-4-2.toml", "E_total").status == 0


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("loss", [None, *LOSSES])
def test_every_activation_and_loss_gives_a_problem_that_learns(activation: str, loss: str | None) -> None:
    """The outputs suit the loss, no number is 0, all have two decimals, and one step lowers the error."""
    try:
        problem = problem_of_shape("3-3-2", activation=activation, loss=loss)
    except UnsupportedError:
        pytest.fail("every pair of the names allowed is a problem")
    assert problem.loss == (loss or ("cross_entropy" if activation == "softmax" else "half_squared_error"))
    numbers = [number for layer in problem.layers for row in layer.weights for number in row]
    assert all(re.fullmatch(r"-?0\.\d\d", number.text) and number.value for number in numbers)
    assert {number.value > 0 for number in numbers} == {True, False}
    solution = derive.solve(problem)
    assert any(solution.gradient.values())
    assert solution.value("E_total@1") < solution.value("E_total")


def test_numbers_are_the_same_again_and_others_by_a_seed() -> None:
    """Two runs agree; another seed, and another shape, draw others."""
    first, again, other = (problem_of_shape("2-2-1", seed=seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first.layers != other.layers


def test_units_of_wide_layers_are_not_saturated() -> None:
    """With a hundred inputs the net inputs still lie where the sigmoid function bends."""
    solution = derive.solve(problem_of_shape("100-5-1"))
    slopes = [solution.value(f"dout_H{k}/dnet_H{k}") for k in range(1, 6)]
    assert max(slopes) > 0.05


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--from", "shape", "3"], "'3' is no shape; write numbers of inputs, hidden units and outputs"),
        (["--from", "shape", "2-0-1"], "a layer has 1 to 512 units"),
        (["--from", "shape", "500-500"], "250,000 weights; at most 10,000"),
        (["--from", "shape", "-".join(["1"] * 40)], "hidden layers"),
        (["--from", "shape", "2-1", "--activation", "tahn"], "did you mean tanh?"),
        (["--from", "shape", "2-1", "--loss", "mse"], "allowed here: half_squared_error"),
        (["--from", "shpe", "2-1"], "allowed are shape"),
        (["--from", "problem", "nosuch"], "no built-in problem; there are 2-2-2"),
        (["--activation", "tanh", "a.toml"], "--activation goes with --from shape"),
        ([], "name the file to write, as in  derive new my.toml"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_written(new: Command, argv: list[str], message: str) -> None:
    """One line with what is allowed, status 2."""
    run = new(*argv)
    assert run.status == 2
    assert message in run.err
    assert run.err.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_a_built_in_problem_as_a_file(new: Command) -> None:
    """It is the same problem, to be changed."""
    assert new("--from", "problem", "han-kamber-3-2-1", "mine.toml").status == 0
    mine, builtin = derive.load("mine.toml"), derive.load("han-kamber-3-2-1")
    assert isinstance(mine, Problem)
    assert isinstance(builtin, Problem)
    assert (mine.layers, mine.samples, mine.conventions) == (builtin.layers, builtin.samples, builtin.conventions)
    assert new("--from", "problem", "han-kamber-3-2-1", "mine.toml").status == 2
