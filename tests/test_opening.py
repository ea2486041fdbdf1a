"""How derive opens: what it can do on one screen; what it wrote and how that is opened."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from derive.commands.opening import DOORS, opening
from tests.commands import Command, runner


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser is asked to open."""
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not addresses.append(address))
    return addresses


def test_the_opening_fits_a_screen() -> None:
    """At most 24 lines of 120 characters, each door a command."""
    lines = opening().splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 120


def test_each_door_of_the_opening_can_be_walked_as_typed(run: Command, opened: list[str]) -> None:
    """One after the other, in one empty folder; figures of the author's file are right."""
    Path("chapter.md").write_text("0.3775 <!-- derive: 2-2-2 net_H1 -->\n", encoding="utf-8")
    for _, door in DOORS:
        program, *argv = shlex.split(door)
        assert program == "derive"
        if argv[0] == "handout":
            argv[argv.index("30")] = "2"  # as typed, it is only longer
        if argv[0] == "explain" and "--open" in argv:
            argv += ["--to", "html", "--rounds", "3"]
        done = run(*argv)
        assert (done.status, done.err) == (0, ""), door
    assert [address.rpartition("/")[2] for address in opened] == ["2-2-2.html", "3-4-2.html"]


def test_open_takes_the_page_whatever_else_is_written(run: Command, opened: list[str]) -> None:
    """Of several files the first page; from the other commands theirs, of a class its index."""
    Path("ann.csv").write_text("net_H1,0.3775\n", encoding="utf-8")
    Path("ben.csv").write_text("net_H1,0.3775\n", encoding="utf-8")
    assert run("explain", "deepml-neuron", "--to", "latex,html", "--open", "--out", "a b").status == 0
    assert run("train", "--rounds", "3", "--to", "csv,html", "--open").status == 0
    assert run("verify", "2-2-2", "ann.csv", "ben.csv", "--out", "marked", "--open").status == 0
    assert run("handout", "--students", "1", "--to", "html", "--out", "sheet", "--open").status == 0
    names = [address.removeprefix(Path.cwd().as_uri()) for address in opened]
    assert names == [
        "/a%20b/deepml-neuron.html", "/output/2-2-2-training.html", "/marked/class.html", "/sheet/index.html",
    ]  # fmt: skip


def test_where_nothing_can_be_opened_it_is_said(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page among the files, or no browser on the machine: a line, and what was written stays."""
    done = run("explain", "deepml-neuron", "--to", "latex", "--open")
    assert (done.status, done.err) == (0, "derive: --open opens pages (.html, .pdf), and none was written\n")
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    done = run("explain", "deepml-neuron", "--to", "html", "--open")
    page = Path("output/deepml-neuron.html").resolve()
    assert done.err == f"derive: no browser was found here; open {page.as_uri()} yourself\n"
    assert run("explain", "--only", "dE/dw5", "--open").status == 2


def test_a_terminal_is_told_how_each_file_is_opened(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths first, one a line, as in a pipe; then what to do with each."""
    argv = ("explain", "deepml-neuron", "--to", "html,latex,numpy,notebook", "--out", "my out", "--rounds", "3")
    plain = run(*argv)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = run(*argv)
    assert shown.out.startswith(plain.out)
    told = shown.out.removeprefix(plain.out).splitlines()
    assert (
        told[0] == f"deepml-neuron.html: open it in a browser:  {Path('my out/deepml-neuron.html').resolve().as_uri()}"
    )
    assert sorted(told[1:]) == [
        "deepml-neuron-numpy.py: run it:  python 'my out/deepml-neuron-numpy.py'",
        "deepml-neuron.ipynb: run it:  jupyter lab 'my out/deepml-neuron.ipynb'",
        "deepml-neuron.tex: typeset it:  pdflatex 'my out/deepml-neuron.tex'",
    ]
