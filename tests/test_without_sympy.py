"""Commands load what they need: SymPy takes longer to load than a network to be worked, and it is not alone in that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = """
import sys
from derive.cli import main
try:
    status = main(sys.argv[1:])
except SystemExit as left:
    status = left.code
print("loaded", status, *sys.modules, file=sys.stderr)
"""
#: What takes long to load and is of use for pages, PDFs, spreadsheets or the network alone.
FOR_PAGES = {"jinja2", "typst", "xlsxwriter", "openpyxl", "urllib.request", "http", "email", "webbrowser", "subprocess"}
#: What no command has a use for.
FOR_NOTHING = {"scipy", "matplotlib", "pandas", "torch", "sklearn", "numpy.testing", "unittest", "asyncio", "tkinter"}
#: A loss and a function of every kind, in the conventions that have formulas of their own.
NETWORK = """
title = "Others"
learning_rate = 0.1
loss = "{loss}"
[conventions]
bias_sign = "subtracted"
[[samples]]
inputs = {{ x1 = 0.5 }}
targets = {{ y1 = 0.25, y2 = 0.75 }}
[[layers]]
activation = "{hidden}"
units = ["H"]
weights = [[0.3]]
bias = 0.1
[[layers]]
activation = "{output}"
units = ["y1", "y2"]
weights = [[0.2], [-0.4]]
bias = 0.2
"""


def modules(folder: Path, *argv: str) -> tuple[str, frozenset[str]]:
    """Exit status and the modules that were loaded, of a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, *argv]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    status, *loaded = done.stderr.rpartition("loaded ")[2].split()
    assert "derive.cli" in loaded
    return status, frozenset(loaded)


def run(folder: Path, *argv: str) -> tuple[str, bool]:
    """Exit status and whether SymPy was loaded, of a process of its own."""
    status, loaded = modules(folder, *argv)
    return status, "sympy" in loaded


@pytest.mark.parametrize(
    "command",
    [
        "values 2-2-2 E_total dE/dw5 w5@3",
        "values cs231n-2-2-3",
        "values deeplearning-ai-2-4-1",
        "values cs231n-sigmoid-circuit",
        "values micrograd-readme",
        "values ng-graph-J",
        "verify 2-2-2 net_H1=0.3775 dE/dw5=0.09 w5_new=0.35",
        "verify micrograd-readme dg/da=138",
        "handout 2-2-2 --variants 2 --to html --out sheets --seed s",
        "train 2-2-2 --rounds 20 --out trained",
        "explain --only dE/dw5,w5_new --to latex",
        "explain --only delta_y1 --style delta",
        "explain cs231n-sigmoid-circuit --only df/ds",
    ],
)
def test_commands_load_no_sympy(tmp_path: Path, command: str) -> None:
    """Each is done, and `sympy` is not among the modules of its process."""
    status, loaded = modules(tmp_path, *command.split())
    assert status in ("0", "1")  # 1: an answer of them is wrong
    assert not loaded & {"sympy", *FOR_NOTHING}
    if command.split()[0] in ("values", "verify") or "--only" in command:
        assert not loaded & FOR_PAGES


@pytest.mark.parametrize(
    ("loss", "hidden", "output"),
    [
        ("squared_error", "tanh", "sigmoid"),
        ("mean_squared_error", "softplus", "identity"),
        ("half_squared_error", "leaky_relu", "softmax"),
        ("binary_cross_entropy", "softsign", "sigmoid"),
        ("binary_cross_entropy", "relu", "softmax"),
        ("cross_entropy", "identity", "softmax"),
    ],
)
def test_every_loss_and_function_without_sympy(tmp_path: Path, loss: str, hidden: str, output: str) -> None:
    """What is kept is enough for every network that a file may state, by deltas as well."""
    (tmp_path / "own.toml").write_text(NETWORK.format(loss=loss, hidden=hidden, output=output), encoding="utf-8")
    assert run(tmp_path, "values", "own.toml") == ("0", False)
    assert run(tmp_path, "explain", "own.toml", "--only", "delta_y1", "--style", "delta") == ("0", False)


def test_a_whole_document_keeps_the_proof_of_the_whole_expression(tmp_path: Path) -> None:
    """There SymPy differentiates the whole error at once."""
    assert run(tmp_path, "explain", "--to", "html", "--rounds", "0") == ("0", True)
    (page,) = (tmp_path / "output").glob("*.html")
    assert "SymPy" in page.read_text(encoding="utf-8")
