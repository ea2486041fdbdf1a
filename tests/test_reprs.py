"""What a shell and a notebook show of the library's objects."""

from __future__ import annotations

from pathlib import Path

import pytest

import derive

HOSTILE = {
    "title": "<script>alert(1)</script>", "loss": "squared_error", "learning_rate": "0.1", "inputs": {"x": "1"},
    "targets": {"y": "1"}, "layers": [{"units": ["y"], "activation": "identity", "weights": [["2"]]}],
}  # fmt: skip


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """One of each kind, of a network, of a chain of formulas, and of a problem with a hostile title."""
    network, chain, hostile = derive.load("2-2-2"), derive.load("ng-graph-J"), derive.load(HOSTILE)
    solution = derive.solve(network)
    return {
        "Problem": network,
        "FormulaProblem": chain,
        "Solution": solution,
        "Solution of a chain": derive.solve(chain),
        "Explanation": derive.explain(solution, rounds=0),
        "Training": derive.train(solution, rounds=100),
        "Verification": derive.verify(network, "article"),
        "Manifest": derive.handout(
            network, tmp_path_factory.mktemp("class") / "sheet", students=2, ask="net_H1", formats=("html",), seed="1"
        ),
        "hostile Problem": hostile,
        "hostile Solution": derive.solve(hostile),
        "hostile Training": derive.train(hostile, rounds=2),
    }


def test_every_repr_is_one_line(objects: dict[str, object]) -> None:
    """Under 120 signs, without a line break, and it says what it is and of which problem."""
    for name, each in objects.items():
        shown = repr(each)
        assert len(shown) < 120, name
        assert "\n" not in shown, name
        assert type(each).__name__ in shown, name
    assert "0.298371109 -> 0.0200468282" in repr(objects["Training"])  # the total error before and after 100 rounds
    assert repr(objects["Verification"]) == "Verification('2-2-2', 1 of 5 figures right)"


def test_a_long_title_is_cut() -> None:
    """A name and a title of any length still make one short line."""
    problem = derive.load(HOSTILE | {"title": "x" * 200})
    assert len(repr(problem)) < 120
    assert "…" in repr(problem)


def test_every_view_is_safe_in_a_notebook(objects: dict[str, object]) -> None:
    """No script of a title runs, no style gets out: a fragment without either, or a page in a frame of its own."""
    for name, each in objects.items():
        if name == "Manifest":
            continue
        view = each._repr_html_()  # type: ignore[attr-defined]
        assert "<script" not in view.lower(), name
        assert "<style" not in view.lower(), name
        assert ("srcdoc" in view) == (name.split()[-1] in ("Explanation", "Training", "Verification")), name
    problem = objects["Problem"]._repr_html_()  # type: ignore[attr-defined]
    assert "<td>x1 = 0.05, x2 = 0.10</td>" in problem
    assert "&lt;script&gt;" in objects["hostile Problem"]._repr_html_()  # type: ignore[attr-defined]


def test_two_worksheets_in_one_process(tmp_path: Path) -> None:
    """Problems that look alike in a line are not taken for one another."""
    first, second = (derive.load(HOSTILE | {"title": "T", "inputs": {"x": x}}) for x in ("1", "3"))
    assert repr(first) == repr(second)
    assert first != second
    sheets = []
    for name, problem in (("one", first), ("two", second)):
        derive.handout(problem, tmp_path / name, same=True, formats=("html",), seed="1")
        sheets.append((tmp_path / name / "worksheets" / "A.html").read_text(encoding="utf-8"))
    assert "3" in sheets[1]
    assert sheets[0] != sheets[1]
