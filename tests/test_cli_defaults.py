"""What the commands take for granted, and what they say where they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Command, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


def test_derive_alone_prints_the_help(run: Command) -> None:
    """A newcomer who types the name alone sees the commands, not an error."""
    done = run()
    assert (done.status, done.err) == (0, "")
    assert all(name in done.out for name in ("explain", "values", "train", "verify", "handout", "problems", "new"))


def test_values_and_train_of_the_built_in_network(run: Command) -> None:
    """Without a problem it is 2-2-2, whatever names are asked for."""
    assert run("values", "net_H1", "E_total").out == run("values", "2-2-2", "net_H1", "E_total").out
    assert run("values").out == run("values", "2-2-2").out
    assert "0.291027774" in run("train", "--rounds", "1").out  # published by Mazur (2015) for the total after a round


@pytest.mark.parametrize("name", ["z_H1", "δ_y1", "∂E/∂w5", "a_y1", "w5+"])
def test_values_reads_what_verify_reads(run: Command, name: str) -> None:
    """The names of every notation are known to both."""
    done = run("values", "2-2-2", name)
    assert (done.status, done.err) == (0, "")
    figure = done.out.split()[-1]
    assert run("verify", "2-2-2", f"{name}={figure}").status == 0


def test_a_mistyped_problem_is_no_quantity(run: Command) -> None:
    """A word that is neither is told as what it most likely is: the name of a problem."""
    done = run("values", "2-2-3", "net_H1")
    assert done.status == 2
    assert "2-2-3: no such file, and no built-in problem; did you mean 2-2-2?" in done.err


@pytest.mark.parametrize("word", ["mine.csv", "class.xlsx", "net_H1=0.3775", "-"])
def test_answers_without_their_problem(run: Command, word: str) -> None:
    """It says what is missing, and how it is written."""
    done = run("verify", word)
    assert (done.status, done.out) == (2, "")
    assert f"derive verify 2-2-2 {word}" in done.err


def test_single_figures(run: Command) -> None:
    """Figures on the command line are judged like those of a file, and beside one."""
    right = run("verify", "2-2-2", "net_H1=0.3775", "out_H1=.593")
    assert right.status == 0
    assert "All 2 figures are right" in right.out
    Path("mine.csv").write_text("net_H2 = 0.3925\n", encoding="utf-8")
    mixed = run("verify", "2-2-2", "mine.csv", "net_H1=0.3825", "--json")
    assert mixed.status == 1
    assert {row["quantity"]: row["verdict"] for row in mixed.report["answers"]}["net_H2"] == "correct"
    Path("a=b.csv").write_text("net_H1 = 0.3775\n", encoding="utf-8")
    assert run("verify", "2-2-2", "a=b.csv").status == 0  # a file of that name stays a file


@pytest.mark.parametrize(
    ("figures", "said"),
    [(("net_H1=0.3", "net_H1=0.4"), "net_H1 is given twice"), (("=0.3",), "net_H1=0.3775"), (("foo=1",), "'foo'")],
)
def test_figures_that_cannot_be_judged(run: Command, figures: tuple[str, ...], said: str) -> None:
    """Twice the same, no name, or the name of nothing: one line each."""
    done = run("verify", "2-2-2", *figures)
    assert done.status == 2
    assert said in done.out + done.err
