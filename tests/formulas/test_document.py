"""The worked solution of a chain of formulas: in every format, whole and in part."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, settings

import derive
from derive.cli import main
from derive.errors import PrecisionError, ProblemError, UnknownQuantityError, UnsupportedError
from derive.given.loading import load
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of, steps_of
from derive.telling.model import Remark
from tests.formulas.chains import chain, smooth_chains
from tests.paper import Typeset
from tests.steps import reading
from tests.steps.test_lines import recomputed

BUILT_IN = ("ng-graph-J", "micrograd-readme", "cs231n-sigmoid-circuit")
#: Every function, a kink, a decimal, an unused definition, updates, and names that mean something elsewhere.
WIDE = chain(
    {
        "checks": "max(a, x, b) + abs(b)*relu(k)",
        "e": "sqrt(checks)*sin(x) - cos(a)/tan(x)",
        "given": "exp(-e**2/2) + log(checks) + softplus(b) - sigmoid(x)*tanh(a)",
        "graph": "sinh(a) + cosh(b) + min(a, 2*a) + 0.3*given**3",
        "unused": "3*z",
        "E": "graph**2/2 + checks*e - 1e-3/given + x**-2 + abs(k)",
    },
    "E",
    ["a", "b", "x", "k", "checks"],
    a=0.5,
    b=-1.25,
    x="1/3",
    k=0,
    z=2,
    learning_rate=0.1,
)


def explained(problem: Any, **options: Any) -> Explanation:
    return derive.explain(load(problem), **options)


def ids(explanation: Explanation) -> list[str]:
    return [step.id for step in steps_of(explanation.document)]


def headings(explanation: Explanation) -> list[str]:
    return [str(section.title[0]) for section in explanation.document.sections]


def test_the_graph_of_ng() -> None:
    """All steps in order: the definitions, then back from the objective, each edge before the product it is in."""
    found = explained("ng-graph-J")
    assert ids(found) == [
        "u", "v", "J", "dJ/dv", "dv/du", "dJ/du", "dv/da", "dJ/da", "du/db", "dJ/db", "du/dc", "dJ/dc",
    ]  # fmt: skip
    assert headings(found) == ["What is given", "The tools", "Forward trace", "Reverse trace", "Checks"]


@pytest.mark.parametrize("problem", BUILT_IN)
def test_a_reader_recomputes_every_line(problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line gives its result from the figures printed in it."""
    monkeypatch.setitem(reading._FUNCTIONS, "exp", mpmath.exp)
    assert recomputed(explained(problem)) == []


@settings(max_examples=12)
@given(smooth_chains())
def test_random_chains_make_documents(problem: dict[str, Any]) -> None:
    """Every page is made, holds every step once, and every anchor once."""
    try:
        found = explained(problem)
    except (ProblemError, PrecisionError):
        assume(False)
    page = found.to_html()
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert len(ids(found)) == len(set(ids(found)))
    json.loads(found.to_json())


def test_names_of_our_own_are_free_for_authors() -> None:
    """Definitions called checks, given, graph or e clash with no section, no table and no figure of the page."""
    found = explained(WIDE)
    page = found.to_html()
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert {"checks", "given", "graph"} <= set(ids(found))
    assert found.to_pdf().startswith(b"%PDF")
    assert headings(found)[-2:] == ["Updates", "Checks"]


def test_exponentials_beside_a_name_e() -> None:
    """Where something is called e, exponentials are written exp."""
    found = explained("cs231n-sigmoid-circuit").to_json()
    assert "e^{n}" not in found
    assert "exp" in next(step["symbolic"] for step in json.loads(found)["steps"] if step["id"] == "e")


def test_a_kink_is_said() -> None:
    """The convention stands at the head, and the checks say that no numeric derivative is compared there."""
    found = explained(WIDE)
    page = found.to_html()
    assert "at 0 it is taken as 0" in page
    assert any(isinstance(block, Remark) and block.title == "At a kink" for block in blocks_of(found.document))
    assert not any(isinstance(block, Remark) for block in blocks_of(explained("ng-graph-J").document))


def test_one_name_alone() -> None:
    """--wrt leaves the way from one name to the objective; other names are refused by name."""
    found = explained("ng-graph-J", wrt="a")
    assert ids(found) == ["u", "v", "J", "dJ/dv", "dv/da", "dJ/da"]
    with pytest.raises(UnknownQuantityError, match="there are a, b, c"):
        explained("ng-graph-J", wrt="q")
    with pytest.raises(UnsupportedError, match="chain of formulas"):
        explained("ng-graph-J", style="matrix")
    with pytest.raises(UnsupportedError, match="without a learning rate"):
        explained("ng-graph-J", rounds=10)


def test_brief_leaves_the_tools_out() -> None:
    """--brief."""
    assert "The tools" not in headings(explained("ng-graph-J", brief=True))


def test_updates_are_worked() -> None:
    """With a learning rate: the update of every given name, old beside new, and the objective after it."""
    problem = chain({"u": "a*b", "J": "(u - 1)**2"}, "J", ["a", "u"], a=2, b=3, learning_rate="0.01")
    found = explained(problem)
    assert [step for step in ids(found) if step.endswith("_new")] == ["a_new"]
    assert found.solution.value("a_new") == 1.7
    assert "1.7" in found.to_html()
    assert found.solution.value("J@1") == pytest.approx((3 * (2 - 0.01 * 30) - 1) ** 2)


@pytest.mark.parametrize("problem", BUILT_IN)
def test_json_holds_the_problem_and_every_figure(problem: str) -> None:
    """The problem as its file has it, each step with its value, every route's figures."""
    found = explained(problem)
    told = json.loads(found.to_json())
    assert told["problem"]["objective"] == found.solution.derivation.objective
    assert set(told["problem"]["define"]) <= {step["id"] for step in told["steps"]}
    for step in told["steps"]:
        # Carried in full, printed cut.
        assert step["value"] == pytest.approx(told["values"][step["quantity"]], rel=1e-2, abs=6e-3)
    assert all(check["ok"] for check in told["crosschecks"])


@pytest.mark.parametrize("problem", [*BUILT_IN, WIDE], ids=[*BUILT_IN, "wide"])
def test_it_typesets(problem: Any, run_pdflatex: Callable[[str], Typeset]) -> None:
    """The LaTeX compiles with the base packages alone, and nothing runs into the margin."""
    done = run_pdflatex(explained(problem).to_latex())
    assert done.complaints == ()
    assert done.pdf


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """explain writes the three files, values prints ids, with --digits and --wrt."""
    assert main(["explain", "ng-graph-J", "--out", str(tmp_path), "--wrt", "b", "--brief"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ng-graph-J.html", "ng-graph-J.pdf", "ng-graph-J.tex"]
    capsys.readouterr()
    assert main(["values", "micrograd-readme", "g", "dg/da", "dg/db", "--digits", "6"]) == 0
    assert capsys.readouterr().out.split() == ["g", "24.7041", "dg/da", "138.834", "dg/db", "645.577"]
    assert main(["values", "ng-graph-J", "dJ/dx"]) == 2
    assert "the nearest known id is dJ/d" in capsys.readouterr().err
