"""`derive explain` writes the live page; `--static` the one without a script."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

import derive
from derive.cli import main


def test_static_leaves_the_script_out(tmp_path: Path) -> None:
    """With --static there is no script at all; without it the page has one, and its data."""
    with chdir(tmp_path):
        assert main(["explain", "ng-graph-J", "--to", "html", "--out", "live"]) == 0
        assert main(["explain", "ng-graph-J", "--to", "html", "--out", "static", "--static"]) == 0
    live = (tmp_path / "live" / "ng-graph-J.html").read_text("utf-8")
    static = (tmp_path / "static" / "ng-graph-J.html").read_text("utf-8")
    assert static == derive.explain(derive.load("ng-graph-J")).to_html()
    assert "<script" not in static
    assert "worker-src" not in static
    assert live.count("<script") == 2
    assert 'id="live-data"' in live


def test_a_single_step_has_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--only prints to standard output: --static is refused in a line."""
    with chdir(tmp_path):
        assert main(["explain", "--only", "dE/dw5", "--static"]) == 2
    assert "--static" in capsys.readouterr().err


def test_hostile_titles_stay_text(tmp_path: Path) -> None:
    """What ends a script or begins a comment in a title or source stands there as text, and the data can be read."""
    hostile = "</script><script>alert(1)</script><!-- ~¬¦ ⟦0⟧ 𝛿"
    problem = derive.load(
        {"title": hostile, "source": hostile, "objective": "y", "wrt": ["a"], "given": {"a": 2}, "define": {"y": "a*a"}}
    )
    page = derive.explain(problem).to_html(live=True)
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page.partition("<main>")[2]


def test_a_large_network_has_a_static_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Past 4,000 quantities the page has no script, and the command says so."""
    path = tmp_path / "large.toml"
    rows = ", ".join(f"[{', '.join(['0.01'] * 40)}]" for _ in range(40))
    inputs = "\n".join(f"x{number} = 0.5" for number in range(40))
    units = ", ".join(f'"h{number}"' for number in range(40))
    path.write_text(
        f'title = "Large"\nloss = "squared_error"\nlearning_rate = 0.1\n[inputs]\n{inputs}\n[targets]\ny = 1\n'
        f'[[layers]]\nunits = [{units}]\nactivation = "relu"\nweights = [{rows}]\n'
        f'[[layers]]\nunits = ["y"]\nactivation = "identity"\nweights = [[{", ".join(["0.1"] * 40)}]]\n',
        encoding="utf-8",
    )
    with chdir(tmp_path):
        assert main(["explain", str(path), "--to", "html", "--rounds", "0"]) == 0
    assert "too large for a live page" in capsys.readouterr().err
    assert "<script" not in (tmp_path / "output" / "large.html").read_text("utf-8")
