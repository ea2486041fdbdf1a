"""The notebook: valid, the same on every run, its code runs; and what objects show of themselves in one."""

from __future__ import annotations

import ast
import base64
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import derive
from derive.given.problem import Problem
from derive.given.problem_file import problem_mapping
from derive.renderers.notebook import checking, recomputing, render_notebook
from tests.browser import Page
from tests.problem_files import PAIR, parsed, sampled
from tests.renderers.sample import HOSTILE, sample_document, sample_filling, sample_problem


def code_cells(notebook: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]


def run(code: str, root: Path, *, blocked: str = "") -> str:
    """Run code in a Python of its own; what it prints."""
    block = f"import sys; sys.modules[{blocked!r}] = None\n" if blocked else ""
    done = subprocess.run([sys.executable, "-c", block + code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def multilayer(**conventions: Any) -> dict[str, Any]:
    """Two samples through every kind of hidden layer."""
    problem = sampled(PAIR, {**PAIR, "inputs": {"x1": 3, "x2": -5}})
    problem["conventions"] = {**problem.get("conventions", {}), **conventions}
    return problem


def network(activation: str, loss: str = "half_squared_error", **conventions: Any) -> dict[str, Any]:
    targets = {"y1": 1, "y2": 0}
    return {
        "title": "t",
        "loss": loss,
        "learning_rate": "1/3",
        "inputs": {"x1": "0.5", "x2": "-1.25"},
        "targets": targets,
        "layers": [
            {"units": ["H1", "H2"], "activation": activation, "weights": [[0.5, -0.25], [-0.75, 1]], "bias": [0.1, -2]},
            {
                "units": ["y1", "y2"],
                "activation": {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}.get(loss, activation),
                "weights": [[1, -0.5], [0.25, 0.3]],
                "bias": 0.2,
            },
        ],
        "conventions": conventions,
    }


CASES = {
    **{name: network(name) for name in ("sigmoid", "tanh", "relu", "leaky_relu", "identity", "softplus")},
    **{
        loss: network("tanh", loss)
        for loss in ("squared_error", "mean_squared_error", "binary_cross_entropy", "cross_entropy")
    },
    "softmax with squares": {
        **network("tanh", "half_squared_error"),
        "layers": [
            network("tanh")["layers"][0],
            {**network("tanh")["layers"][1], "activation": "softmax"},
        ],
    },
    "subtracted": network("sigmoid", bias_sign="subtracted"),
    "sequential": network("sigmoid", update="sequential"),
    "source-major": network("sigmoid", weight_names="source-major"),
    "sum": multilayer(batch="sum"),
    "mean": multilayer(batch="mean"),
    "online": multilayer(batch="online"),
    "online, sequential": multilayer(batch="online", update="sequential"),
    "mean, sequential": multilayer(batch="mean", update="sequential"),
}


def test_it_is_a_valid_notebook_and_the_same_on_every_run() -> None:
    """nbformat 4.5 accepts it; cell ids are unique; nothing of a run is in it."""
    explanation = derive.explain(derive.load("2-2-2"), rounds=10)
    text = explanation.to_notebook()
    assert text == derive.explain(derive.load("2-2-2"), rounds=10).to_notebook()
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert [cell.cell_type for cell in notebook.cells[:5]] == ["markdown", "code", "code", "code", "markdown"]
    assert all(cell.execution_count is None and not cell.outputs for cell in notebook.cells if "outputs" in cell)
    assert nbformat.writes(notebook)


def test_every_step_has_a_cell_of_its_own() -> None:
    """The line of w5's gradient stands alone in a cell, as a display that MathJax shows."""
    notebook = json.loads(derive.explain(derive.load("2-2-2"), rounds=10).to_notebook())
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    (step,) = [cell for cell in cells if cell.startswith('#### <a id="dE_total-dw5">')]
    assert step.endswith("&\\approx 0.0821670406\n\\end{aligned}\n$$")
    assert step.count("$$") == 2


def test_its_code_runs(root: Path) -> None:
    """All code cells in order, in one Python: the figures agree."""
    cells = code_cells(derive.explain(derive.load("2-2-2"), rounds=10).to_notebook())
    assert len(cells) == 48
    shown = run("\n".join(cells) + "\nprint(solution.value('dE/dw5'))", root)
    assert shown.splitlines()[0] == "27 printed figures agree with NumPy"
    assert shown.splitlines()[1] == "0.08216704056423078"


def test_the_second_code_cell_needs_no_derive(root: Path) -> None:
    """NumPy alone works the figures out, and finds one that is wrong."""
    check = code_cells(derive.explain(derive.load("2-2-2"), rounds=10).to_notebook())[1]
    assert "27 printed figures agree" in run(check, root, blocked="derive")
    wrong = check.replace("'0.0821670406'", "'0.0821670416'")
    assert wrong != check
    with pytest.raises(AssertionError, match="dE_total/dw5"):
        run(wrong, root)


@pytest.mark.parametrize(
    ("name", "style"),
    [("2-2-2", "all"), ("deeplearning-ai-2-4-1", "chain"), ("macleod-2-2-1", "chain"), ("ng-graph-J", "chain"),
     ("lstm-step", "chain"), ("convolution-pool", "chain"), ("mini-batches", "chain"), ("adam-parabola", "chain")],
)  # fmt: skip
def test_beside_each_step_stands_its_line_of_code(name: str, style: Any) -> None:
    """Right below the formula, in NumPy alone: run one after the other they give the proved values."""
    problem = derive.load(name)
    problem = replace(problem, display=replace(problem.display, carry="full"))
    explanation = derive.explain(problem, rounds=None if name == "ng-graph-J" else 3, style=style)
    cells = json.loads(explanation.to_notebook())["cells"]
    kinds = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    names: dict[str, Any] = {}
    ran = 0
    for (before, text), (kind, code) in pairwise(kinds):
        if kind != "code" or "import derive" in code or "values = {}" in code:
            continue
        exec(compile(code, name, "exec"), names)  # noqa: S102 -- the code under test
        for line in code.splitlines() if before == "markdown" else ():
            variable, equals, rest = line.partition(" = ")
            if equals and "from its table" not in line:
                quantity = rest.rpartition("  # ")[2] if "  # " in rest else variable
                assert names[variable] == pytest.approx(explanation.solution.value(quantity), rel=1e-11, abs=1e-15)
                ran += 1
        assert not text.startswith("#### ") or "$$" in text
    assert ran >= 9


@pytest.mark.parametrize("case", CASES)
def test_numpy_agrees(case: str) -> None:
    """Every activation, loss and convention, worked by the cell's own NumPy."""
    explanation = derive.explain(derive.load(CASES[case]), rounds=0)
    assert isinstance(explanation.filling.problem, Problem)
    code = checking(explanation.filling.problem, explanation.filling)
    names: dict[str, Any] = {}
    exec(compile(code, case, "exec"), names)  # noqa: S102 -- the code under test
    assert len(names["printed"]) >= 14
    assert any(name.startswith("dE_total/dw") for name in names["printed"])
    assert any(name.endswith("_new") for name in names["printed"])


def test_rounded_figures_are_shown_beside_full_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """Where rounded figures are carried, plain NumPy differs, and the cell says by how much instead of failing."""
    problem = parsed()
    problem["display"] = {"decimals": 2, "carry": "rounded"}
    explanation = derive.explain(derive.load(problem), rounds=0)
    assert isinstance(explanation.filling.problem, Problem)
    exec(compile(checking(explanation.filling.problem, explanation.filling), "c", "exec"), {})  # noqa: S102
    assert "net_H1: printed 0.38, with full figures 0.37" in capsys.readouterr().out


@pytest.mark.parametrize("name", derive.builtin_names())
def test_the_problem_survives(name: str) -> None:
    """What the first cell loads is the same problem, digit by digit as typed."""
    problem = derive.load(name)
    assert replace(derive.load(problem_mapping(problem)), name=problem.name) == problem


@given(text=st.text(max_size=60))
@example(text=HOSTILE)
@example(text='"""\n\'); import os; os.abort() #')
@example(text="\u202e\u2028\ud800\\")
def test_user_text_in_code_is_a_literal(text: str) -> None:
    """A title cannot get out of its string: the code is one import, two calls and a name, and nothing is hidden."""
    code = recomputing(sample_problem(text))
    tree = ast.parse(code)
    assert [type(statement).__name__ for statement in tree.body] == ["Import", "Assign", "Assign", "Expr"]
    load = tree.body[1]
    assert isinstance(load, ast.Assign)
    assert isinstance(load.value, ast.Call)
    assert ast.literal_eval(load.value.args[0])["title"] == text
    assert all(character.isprintable() or character == "\n" for character in code)
    assert ast.dump(ast.parse(checking(sample_problem(text), sample_filling(text=text)))) == ast.dump(
        ast.parse(checking(sample_problem("x"), sample_filling(text="x")))
    )


def test_pictures_are_inside() -> None:
    """Each picture is an image of its own data; JupyterLab shows no SVG that is attached."""
    notebook = json.loads(render_notebook(sample_document(), sample_filling(), {}, lambda _: 0.5))
    sources = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    images = re.findall(r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,([^"]+)">', sources)
    assert len(images) == 3
    assert all(base64.b64decode(image).startswith(b"<svg ") for image in images)
    assert not [cell for cell in notebook["cells"] if "attachments" in cell]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_explanation_shows_itself_in_a_frame() -> None:
    """One sandboxed frame around the very page, live, so that nothing of it leaks."""
    explanation = derive.explain(derive.load("deepml-neuron"), rounds=5)
    reader = _Elements()
    reader.feed(explanation._repr_html_())
    ((tag, attributes),) = reader.found
    assert tag == "iframe"
    assert attributes["sandbox"] == "allow-scripts allow-downloads"
    assert attributes["srcdoc"] == explanation.to_html(live=True)


def test_the_frame_s_style_stays_inside(browser_page: Callable[..., Page], tmp_path: Path) -> None:
    """In Chromium a paragraph beside the frame keeps its own style, and the frame shows a page of some height."""
    explanation = derive.explain(derive.load("deepml-neuron"), rounds=5)
    pages = {}
    for name, shown in {"with": explanation._repr_html_(), "without": ""}.items():
        path = tmp_path / f"{name}.html"
        path.write_text(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>x</title><p id=p>outside</p>{shown}",
            encoding="utf-8",
        )
        pages[name] = browser_page(path).evaluate("JSON.stringify({...getComputedStyle(document.querySelector('#p'))})")
    assert pages["with"] == pages["without"]
    frame = browser_page(tmp_path / "with.html")
    assert frame.evaluate("document.querySelector('iframe').getBoundingClientRect().height") > 300
    assert frame.fetched == ()


def test_latex_of_an_explanation_is_displays_alone() -> None:
    """What nbconvert pastes into LaTeX, and MathJax shows: each step between double dollar signs."""
    explanation = derive.explain(derive.load("2-2-2"), rounds=0)
    shown = explanation._repr_latex_()
    assert shown.count("$$") == 2 * shown.count("\\begin{aligned}") > 60
    assert "&\\approx 0.0821670406\n\\end{aligned}\n$$" in shown


def test_solution_shows_a_table() -> None:
    """A row for each trained parameter: value, gradient, after the update; titles are text."""
    problem = parsed()
    problem["title"] = "<script>x</script>"
    solution = derive.solve(derive.load(problem))
    shown = solution._repr_html_()
    assert "<script" not in shown
    assert html.escape("<script>x</script>") in shown
    assert shown.count("<tr>") == 1 + len(solution.gradient)
    assert f"<td>{solution.figure('dE/dw5').digits}</td>" in shown
    chain = derive.solve(derive.load("ng-graph-J"))._repr_html_()
    assert "J = 33" in chain
    assert '<th scope="row">b</th><td>3</td><td>6</td><td></td>' in chain
