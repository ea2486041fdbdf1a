"""Programs in NumPy and PyTorch: they run without derive, and every figure they print is the proved one."""

from __future__ import annotations

import ast
import contextlib
import io
import runpy
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.cli import main
from derive.errors import UnsupportedError
from derive.formula.functions import ACTIVATIONS, CALLABLE
from derive.formula.losses import LOSSES
from derive.formula.numpy_source import Library
from derive.given.problem import Problem
from derive.proof.crosscheck import derivations
from derive.renderers.programs.program import render_program
from derive.solved.solution import Solution
from tests.problem_files import parsed

ROUNDS = 12


def printed(program: str, folder: Path) -> dict[str, str]:
    """What a program prints, by names."""
    path = folder / "program.py"
    path.write_text(program, encoding="utf-8")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(path), run_name="__main__")
    lines = [(*line.split(),) for line in out.getvalue().splitlines()]
    names = [name for name, _ in lines]
    assert len(names) == len(set(names)), names
    return dict(lines)


def solved(problem: dict[str, Any], library: Library) -> tuple[Solution, str]:
    """A problem's proved figures, and its program."""
    solution = derive.solve(derive.load(problem))
    return solution, render_program(solution.problem, derivations(solution.problem), ROUNDS, library)


def agrees(figures: Mapping[str, str], solution: Solution) -> None:
    """Each figure is the proved value to all digits but half a unit of the last."""
    for name, text in figures.items():
        exact = solution.value(name)
        assert float(text) == pytest.approx(exact, rel=6e-9, abs=1e-13), name


def network(
    activation: str = "tanh",
    loss: str = "half_squared_error",
    *,
    samples: int = 1,
    bias: Any = "each",
    **conventions: Any,
) -> dict[str, Any]:
    """2-2-2 of a kind; its numbers are written in several ways."""
    last = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}.get(loss, activation)
    problem = parsed() | {"loss": loss, "learning_rate": "1/30", "conventions": conventions}
    for layer, function in zip(problem["layers"], (activation, last), strict=True):
        layer["activation"] = function
        layer["weights"] = [["0.30", "-1/4"], ["-.75", "007e-1"]]
        layer["bias"] = ["0.1", "-2"] if bias == "each" else bias
        if bias is None:
            del layer["bias"]
    pairs = [
        {"inputs": {"x1": "0.5", "x2": "-1.25"}, "targets": {"y1": 1, "y2": 0}},
        {"inputs": {"x1": "2", "x2": "0.25"}, "targets": {"y1": "0.25", "y2": "0.75"}},
        {"inputs": {"x1": "-1", "x2": "1/7"}, "targets": {"y1": 0, "y2": 1}},
    ]
    if samples > 1:
        del problem["inputs"], problem["targets"]
        problem["samples"] = pairs[:samples]
        return problem
    return problem | pairs[0]


CASES: dict[str, dict[str, Any]] = {
    **{name: network(name) for name in ACTIVATIONS if name != "softmax"},
    "softmax": network() | {"layers": [network()["layers"][0], network()["layers"][1] | {"activation": "softmax"}]},
    **{name: network(loss=name) for name in LOSSES},
    **{f"{loss} {batch}": network(loss=loss, samples=3, batch=batch) for loss in LOSSES
       for batch in ("sum", "mean", "online")},
    "no bias": network(bias=None),
    "a shared bias": network(bias="0.35"),
    "a shared bias, online": network(bias="0.35", samples=2, batch="online"),
    "a threshold": network(bias_sign="subtracted"),
    "shared thresholds": network(bias="0.35", bias_sign="subtracted", samples=3, batch="mean"),
    "biases as they are": network(train_biases=False),
    "source-major": network(weight_names="source-major"),
    "names of weights": network(weight_names=[[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "h"]]]),
    "decimals": network() | {"display": {"decimals": 5}},
}  # fmt: skip
SEQUENTIAL: dict[str, dict[str, Any]] = {
    "sequential": network(update="sequential"),
    "sequential mean": network(update="sequential", samples=3, batch="mean"),
    "sequential online": network(update="sequential", samples=3, batch="online", bias="0.35"),
}


def chain(define: Mapping[str, str], wrt: list[str], *, rate: str = "", **given: str) -> dict[str, Any]:
    return {
        "title": "t",
        "objective": [*define][-1],
        "wrt": wrt,
        "given": given,
        "define": dict(define),
        **({"learning_rate": rate} if rate else {}),
    }


CHAINS: dict[str, dict[str, Any]] = {
    "Ng's graph": chain({"u": "b*c", "v": "a + u", "J": "3*v"}, ["a", "b", "c", "u"], a="5", b="3", c="2"),
    "trained": chain({"u": "a*b", "J": "(u - 12)**2/2 + exp(-a)"}, ["a", "b"], rate="0.01", a="5", b="3"),
    "a path twice": chain({"u": "a*a", "J": "u*a + 1/u"}, ["a"], rate="1/100", a="2"),
    "words of the program": chain(
        {"done": "np*show", "value": "rounds/3 + done", "J": "value**2 + print"}, ["np", "show", "print"],
        rate="0.001", np="1.5", show="-2", rounds="7", print="1",
    ),
    "a constant": chain({"k": "2", "J": "k*a + exp(2)*a + max(1, 3)"}, ["a", "k"], a="0.5"),
    "at a corner": chain({"m": "max(a, b)", "n": "min(a, b)", "J": "m + 2*n + abs(c) + relu(c)"}, ["a", "b", "c"],
                         a="1", b="1", c="0"),
    **{name: chain({"J": f"{name}(a)" if name not in ("max", "min") else f"{name}(a, b) + b"}, ["a", "b"], rate="0.01",
                   a="0.9", b="0.3") for name in CALLABLE},
}  # fmt: skip


@pytest.mark.parametrize("problem", [*CASES.values(), *SEQUENTIAL.values()], ids=[*CASES, *SEQUENTIAL])
def test_the_numpy_program_of_a_network_prints_proved_figures(problem: dict[str, Any], tmp_path: Path) -> None:
    """Every activation function, loss and convention: the first round, milestones and last outputs."""
    solution, program = solved(problem, "np")
    figures = printed(program, tmp_path)
    many = "samples" in problem
    assert {"E_total@0", "E_total@1", "E_total@10", f"E_total@{ROUNDS}"} <= set(figures)
    assert f"out_y1[2]@{ROUNDS}" in figures if many else f"out_y1@{ROUNDS}" in figures
    assert {f"{name}@1" for name in solution.derivation.trained} <= set(figures)
    if "decimals" in str(problem.get("display")):
        assert {len(text.partition(".")[2]) for text in figures.values()} == {5}
        return
    agrees(figures, solution)


@pytest.mark.parametrize("problem", CHAINS.values(), ids=CHAINS)
def test_the_numpy_program_of_a_chain_prints_proved_figures(problem: dict[str, Any], tmp_path: Path) -> None:
    """Every function: definitions, derivatives along the way, updates, milestones."""
    solution, program = solved(problem, "np")
    figures = printed(program, tmp_path)
    objective = problem["objective"]
    assert {objective, *(f"d{objective}/d{name}" for name in problem["wrt"])} <= set(figures)
    assert (f"{objective}@{ROUNDS}" in figures) == ("learning_rate" in problem)
    agrees(figures, solution)


@pytest.mark.parametrize("problem", [*CASES.values(), *CHAINS.values()], ids=[*CASES, *CHAINS])
def test_the_torch_program_prints_proved_figures(problem: dict[str, Any], tmp_path: Path) -> None:
    """Autograd finds the same gradients, step by step."""
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[test-frameworks]'")
    solution, program = solved(problem, "torch")
    figures = printed(program, tmp_path)
    assert len(figures) >= 2
    if "decimals" not in str(problem.get("display")):
        agrees(figures, solution)


@pytest.mark.parametrize("problem", [*CASES.values(), *CHAINS.values()], ids=[*CASES, *CHAINS])
def test_every_torch_program_is_python_of_torch_alone(problem: dict[str, Any]) -> None:
    """Where PyTorch is missing, at least its grammar and its imports are looked at."""
    given = derive.load(problem)
    program = render_program(given, derivations(given), ROUNDS, "torch")
    tree = ast.parse(program)
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert imported == ["torch"]
    assert "np." not in program


def test_a_sequential_update_has_no_autograd() -> None:
    """Its hidden figures are no gradients; the refusal names the program that can."""
    explanation = derive.explain(derive.load(SEQUENTIAL["sequential"]), rounds=0)
    with pytest.raises(UnsupportedError, match="--to numpy"):
        explanation.to_torch()


def test_an_epoch_of_too_many_updates_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each update of an epoch is written out; where that grows too long, the line says what to do."""
    monkeypatch.setattr("derive.renderers.programs.chain._MOST_UPDATES", 1)
    problem = derive.load("mini-batches")
    with pytest.raises(UnsupportedError, match="is too long for a program, which writes each of at most 1 out"):
        render_program(problem, derivations(problem), ROUNDS, "np")


def test_the_article_s_program_from_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under 80 lines, NumPy its only import; without derive to be found it prints the article's corrected figures."""
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "2-2-2", "--to", "numpy", "--out", "."]) == 0
    assert "2-2-2-numpy.py" in capsys.readouterr().out
    program = Path("2-2-2-numpy.py").read_text(encoding="utf-8")
    assert len(program.splitlines()) < 80
    assert max(map(len, program.splitlines())) <= 120
    assert [line for line in program.splitlines() if "import" in line] == ["import numpy as np"]
    block = "import sys; sys.modules['derive'] = None\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block + program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = dict(line.split() for line in done.stdout.splitlines())
    assert figures["dE_total/dw5"] == "0.0821670406"
    assert figures["E_total@10000"] == "3.51018778e-05"
    assert figures["out_y1@10000"] == "0.0159136204"


def test_a_title_cannot_get_out_of_its_comment(tmp_path: Path) -> None:
    """Whatever stands in the title is one comment line."""
    hostile = network() | {"title": 'x"""; import os  # \\ {{ }} << >>'}
    program = derive.explain(derive.load(hostile), rounds=0).to_numpy()
    assert program.splitlines()[0] == f"# {hostile['title']}"
    assert printed(program, tmp_path)


def test_a_wrong_program_would_be_seen(tmp_path: Path) -> None:
    """A sign planted in the update is found by the comparison."""
    solution, program = solved(network(), "np")
    program = program.replace("W1 - learning_rate", "W1 + learning_rate")
    with pytest.raises(AssertionError):
        agrees(printed(program, tmp_path), solution)


def frozen(solution: Solution) -> Solution:
    """The solution with true gradients, where its update is sequential."""
    problem = solution.problem
    assert isinstance(problem, Problem)
    return derive.solve(replace(problem, conventions=replace(problem.conventions, update="simultaneous")))


def within(figures: Mapping[str, str], solution: Solution) -> None:
    """Each figure is proved to the digits that it is printed with."""
    display = solution.problem.display
    carried = display.carry == "rounded"
    for quantity, text in figures.items():
        exact = solution.value(quantity)
        digits = display.digits if display.decimals is None else 0
        unit = 10.0 ** -(display.decimals or 0) if not digits else abs(exact) * 10.0 ** (1 - digits)
        assert abs(float(text) - exact) <= (2.0 if carried else 0.51) * unit + 1e-12, quantity


@pytest.mark.parametrize("library", ["np", "torch"])
@pytest.mark.parametrize("name", derive.builtin_names())
def test_every_built_in_problem_has_programs(name: str, library: Library, tmp_path: Path) -> None:
    """Of every architecture and update rule: what its program prints is proved to the digits printed."""
    if library == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[test-frameworks]'")
    solution = derive.solve(derive.load(name))
    if library == "torch" and isinstance(solution.problem, Problem):
        solution = frozen(solution)
    figures = printed(render_program(solution.problem, derivations(solution.problem), 4, library), tmp_path)
    assert figures
    within(figures, solution)


RULES = ("momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "perceptron", "delta", "hebb")


@pytest.mark.parametrize("library", ["np", "torch"])
@pytest.mark.parametrize("rule", RULES)
def test_programs_of_every_update_rule(rule: str, library: Library, tmp_path: Path) -> None:
    """Samples in mini-batches, a penalty where the rule takes one, and what the rule keeps from round to round."""
    if library == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[test-frameworks]'")
    by_gradient = rule not in ("perceptron", "delta", "hebb")
    last = {"perceptron": "step", "delta": "identity", "hebb": "identity"}.get(rule, "sigmoid")
    hidden = [{"units": ["h"], "activation": "tanh", "weights": [[0.4, -0.3]]}] if by_gradient else []
    problem = {
        "title": "t",
        **({"loss": "half_squared_error"} if by_gradient else {}),
        "samples": {"inputs": ["x1", "x2"], "targets": ["y"], "rows": [[0, 1, 1], [1, 0.5, 0], [1, 1, 1]]},
        "layers": [*hidden, {"units": ["y"], "activation": last, "weights": [[0.8] if hidden else [0.8, -0.6]],
                             "bias": [0.1]}],
        "update": {"rule": rule, "learning_rate": 0.01, **({"l2": 0.1} if by_gradient else {})},
        "training": {"batch": 2, "epochs": 3},
    }  # fmt: skip
    solution = derive.solve(derive.load(problem))
    figures = printed(render_program(solution.problem, derivations(solution.problem), 6, library), tmp_path)
    assert {f"{name}@1" for name in solution.derivation.trained} <= set(figures)
    within(figures, solution)
