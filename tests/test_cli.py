"""The commands, from argv to what they print and write."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.cli import main
from derive.given.loading import builtin_names, load

HELPS: list[list[str]] = [[], ["explain"], ["values"], ["problems"], ["new"], ["check"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command left: exit status, standard output and error."""

    status: int
    out: str
    err: str


Command = Callable[..., Run]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*argv: str) -> Run:
        try:
            status = main(argv)
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        printed = capsys.readouterr()
        return Run(status=status, out=printed.out, err=printed.err)

    return command


def numbers(out: str) -> dict[str, str]:
    return dict(line.split() for line in out.splitlines())


# explain


@pytest.mark.parametrize(
    ("formats", "files"),
    [
        ("html", {"2-2-2.html": b"<!doctype html>"}),
        ("latex", {"2-2-2.tex": b"\\documentclass"}),
        ("pdf", {"2-2-2.pdf": b"%PDF-"}),
        ("LaTeX, html,html", {"2-2-2.html": b"<!doctype html>", "2-2-2.tex": b"\\documentclass"}),
    ],
)
def test_each_format_is_written(run: Command, tmp_path: Path, formats: str, files: dict[str, bytes]) -> None:
    """The files asked for lie in the folder asked for, and no other; their paths are printed."""
    done = run("explain", "--rounds", "0", "--to", formats, "--out", "a/b")
    assert (done.status, done.err) == (0, "")
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == set(files)
    assert {Path(line).name for line in done.out.splitlines()} == set(files)
    for name, start in files.items():
        assert (tmp_path / "a" / "b" / name).read_bytes()[:40].lstrip().lower().startswith(start.lower())


def test_without_options_three_files_go_to_output(run: Command, tmp_path: Path) -> None:
    """`derive explain` alone is the built-in 2-2-2 problem as HTML, LaTeX and PDF, readable by all."""
    assert run("explain").out.splitlines() == [f"output/2-2-2.{ending}" for ending in ("html", "tex", "pdf")]
    umask = os.umask(0)
    os.umask(umask)
    for path in (tmp_path / "output").iterdir():
        assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_explain_overwrites_its_own_files(run: Command, tmp_path: Path) -> None:
    """A second run replaces the first one's file, whole."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "2-2-2.html").write_text("old" * 1_000_000, encoding="utf-8")
    assert run("explain", "--rounds", "0", "--to", "html").status == 0
    assert "oldold" not in (tmp_path / "output" / "2-2-2.html").read_text(encoding="utf-8")
    assert len(list((tmp_path / "output").iterdir())) == 1


def explained(run: Command, *options: str) -> dict[str, Any]:
    done = run("explain", "--to", "json", *options)
    assert (done.status, done.err) == (0, "")
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


def test_json_holds_the_whole_document(run: Command, tmp_path: Path) -> None:
    """JSON goes to standard output alone, with the members that the design names, and the known gradient."""
    document = explained(run, "--rounds", "10")
    assert set(document) >= {"problem", "steps", "values", "crosschecks"}
    step = next(step for step in document["steps"] if step["quantity"] == "dE_total/dw5")
    assert set(step) >= {"id", "rule", "title", "uses", "lhs", "symbolic", "substituted", "quantity", "value"}
    assert step["printed"] == "0.0821670406"
    assert "\\partial" in step["lhs"]
    assert document["values"]["dE_total/dw5"] == pytest.approx(0.08216704056423078, rel=1e-15)
    assert document["problem"]["samples"][0]["inputs"] == ["0.05", "0.10"]
    for check in document["crosschecks"]:
        assert set(check) >= {"quantity", "routes", "values", "error", "tolerance", "ok"}
        assert check["ok"] is True
        assert check["error"] <= check["tolerance"]
    ids = [step["id"] for step in document["steps"]]
    assert len(ids) == len(set(ids))
    assert not list(tmp_path.iterdir())


def test_json_beside_files_leaves_standard_output_clean(run: Command, tmp_path: Path) -> None:
    """With JSON among the formats, the paths of the files go to standard error."""
    done = run("explain", "--to", "json,html", "--rounds", "0")
    assert json.loads(done.out)["problem"]["name"] == "2-2-2"
    assert done.err.split() == ["output/2-2-2.html"]
    assert (tmp_path / "output" / "2-2-2.html").exists()


def test_wrt_works_out_one_parameter(run: Command) -> None:
    """With --wrt w5 there are the gradient of w5 and what it stands on, and no other gradient."""
    quantities = {step["quantity"] for step in explained(run, "--wrt", "w5")["steps"]}
    assert {"dE_total/dw5", "out_y1", "net_H1"} <= quantities
    assert not {f"dE_total/dw{number}" for number in (1, 2, 3, 4, 6, 7, 8)} & quantities


def page(run: Command, *options: str) -> str:
    assert run("explain", "--to", "html", *options).status == 0
    (path,) = Path("output").iterdir()
    return path.read_text(encoding="utf-8")


def test_brief_leaves_the_tools_out(run: Command) -> None:
    """A brief page is shorter and keeps every number of the backward pass."""
    whole = page(run, "--rounds", "0")
    brief = page(run, "--rounds", "0", "--brief")
    assert len(brief) < len(whole)
    assert "0.0821670406" in brief
    assert "gradient" in whole.lower()


def test_digits_are_those_asked_for(run: Command) -> None:
    """--digits 4 prints ∂E/∂w5 = 0.082167040… as 0.08217, --digits 12 as 0.0821670405642."""
    assert "0.08217" in page(run, "--rounds", "0", "--digits", "4")
    assert "0.0821670405642" in page(run, "--rounds", "0", "--digits", "12")


def test_no_rounds_no_training(run: Command) -> None:
    """--rounds 0 leaves training out, --rounds 100 checks the error after them."""
    without = {check["quantity"] for check in explained(run, "--rounds", "0")["crosschecks"]}
    trained = {check["quantity"] for check in explained(run, "--rounds", "1,00")["crosschecks"]}
    assert trained - without == {"E_total@10", "E_total@100"}


def test_a_diverging_training_is_told_of(run: Command, tmp_path: Path) -> None:
    """A document is still written where the learning rate is far too large, and says where the training ends."""
    # w -> w - 1000 (w - 0.3): the error grows by 999² a round and passes the largest float64, 1.8e308, in round 52.
    (tmp_path / "far.toml").write_text(
        'title = "t"\nloss = "half_squared_error"\nlearning_rate = 1000\n[inputs]\nx1 = 1\n[targets]\ny1 = 0.3\n'
        '[[layers]]\nunits = ["y1"]\nactivation = "identity"\nweights = [[0.5]]\n',
        encoding="utf-8",
    )
    assert run("explain", "far.toml", "--out", "pages").status == 0
    assert "after 51 rounds the error leaves the range" in (tmp_path / "pages" / "far.html").read_text(encoding="utf-8")
    late = run("values", "far.toml", "E_total@1000")
    assert late.status == 2
    assert "round 52" in late.err


# values


def test_known_figures(run: Command) -> None:
    """The figures that the project is held to, in the order asked for."""
    ids = ("E_total", "E_total@1", "E_total@10000", "out_y1@10000", "out_y2@10000")
    done = run("values", "2-2-2", *ids)
    assert done.status == 0
    assert list(numbers(done.out).items()) == [
        ("E_total", "0.298371109"),
        ("E_total@1", "0.291027774"),
        ("E_total@10000", "3.51018778e-5"),
        ("out_y1@10000", "0.0159136204"),
        ("out_y2@10000", "0.984064274"),
    ]


def test_all_values_are_those_of_rounds_0_and_1(run: Command) -> None:
    """Without an id there is everything: givens, round 0, and round 1, where w5 is the updated one."""
    found = numbers(run("values", "2-2-2").out)
    assert found["x2"] == "0.1"
    assert found["w5_new"] == found["w5@1"] == "0.358916480"
    assert found["b1"] == "0.35"
    assert "b1@1" not in found  # it is not trained
    assert {name.partition("@")[2] for name in found} == {"", "1"}


def test_json_has_full_precision_under_the_names_asked_for(run: Command) -> None:
    """{id: number}: aliases keep their spelling, and figures keep all that float64 holds."""
    found = json.loads(run("values", "2-2-2", "dE/dw5", "dE_total/dw5", "x2", "--json").out)
    assert list(found) == ["dE/dw5", "dE_total/dw5", "x2"]
    assert found["dE/dw5"] == found["dE_total/dw5"] == pytest.approx(0.08216704056423078, rel=1e-15)
    assert found["x2"] == 0.1
    everything = json.loads(run("values", "2-2-2", "--json").out)
    assert everything["E_total@1"] == pytest.approx(0.29102777369359933, rel=1e-15)


def test_digits_of_values(run: Command) -> None:
    """Thirty digits are proved digits: σ(0.3775) to thirty places as independent arithmetic gives it."""
    figure = numbers(run("values", "2-2-2", "out_H1", "--digits", "30").out)["out_H1"]
    # 1/(1 + e^-0.3775), from the exponential's series in exact fractions.
    assert figure == sigmoid_digits(3775, 10_000, 30)


def sigmoid_digits(numerator: int, denominator: int, digits: int) -> str:
    """σ(numerator/denominator), between 0.1 and 1, to so many decimals, rounded half up, by the series of e^-x."""
    x, term, total = Fraction(numerator, denominator), Fraction(1), Fraction(0)
    for count in range(1, 60):
        total += term
        term *= -x / count
    scaled = 10**digits / (1 + total)
    return "0." + str(int(scaled + Fraction(1, 2)))


def test_an_unknown_id_is_answered_with_the_nearest(run: Command) -> None:
    """A misspelt id is named together with the id that was probably meant, and nothing else is printed."""
    for wrong, near in (("out_y11", "out_y1"), ("dE/dw55", "dE_total/dw5"), ("E_totl@5", "E_total"), ("W55", "w5")):
        done = run("values", "2-2-2", "w5", wrong)
        assert (done.status, done.out) == (2, "")
        assert wrong in done.err
        assert f"nearest known id is {near}" in done.err


def test_a_missing_sample_is_asked_for(run: Command) -> None:
    """With several samples a net input needs one, and the message shows how; a gradient is the batch's."""
    done = run("values", "logistic-regression", "dE/db1", "net_" + load("logistic-regression").outputs[0])
    assert done.status == 2
    assert "needs a sample, 1 to 3, as in net_" in done.err
    assert "[1]" in done.err
    assert run("values", "logistic-regression", "dE/dw1").status == 0


# problems, new, help


def test_problems_lists_each_with_its_title_and_source(run: Command) -> None:
    """All built-in problems are there, each with title and source, the default first."""
    done = run("problems")
    lines = [line for line in done.out.splitlines() if line and line[0] != " " and not line.endswith(":")]
    names = [line.split()[0] for line in lines]
    assert sorted(names) == sorted(builtin_names())
    assert names[0] == builtin_names()[0]
    for name in names:
        assert load(name).title in done.out
        assert load(name).source in done.out
        assert load(name).source


def test_new_writes_a_file_that_explain_takes(run: Command, tmp_path: Path) -> None:
    """The file to edit is itself a problem; it is not written over."""
    done = run("new", "my problem.toml")
    assert done.status == 0
    assert "derive explain 'my problem.toml'" in done.out
    assert run("values", "my problem.toml", "E_total").out.split() == ["E_total", "0.298371109"]
    (tmp_path / "my problem.toml").write_text("mine", encoding="utf-8")
    again = run("new", "my problem.toml")
    assert again.status == 2
    assert again.err == "derive: my problem.toml: exists already; name a file that does not\n"
    assert (tmp_path / "my problem.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", HELPS, ids=lambda command: command[0] if command else "derive")
def test_help_has_examples_that_parse(run: Command, command: list[str]) -> None:
    """Each help text ends with examples, and each example is a command line that the parser accepts."""
    done = run(*command, "--help")
    assert done.status == 0
    examples = re.findall(r"^  derive (.+)$", done.out.partition("examples:\n")[2], re.MULTILINE)
    assert examples
    for example in examples:
        words = re.split(r"\s{2,}| > ", example)[0].split()
        # An option that does not exist would end in status 2 before --help is reached.
        assert run(*words, "--help").status == 0


def test_version(run: Command) -> None:
    """The version is printed; from a checkout that is not installed, that."""
    done = run("--version")
    assert done.status == 0
    assert done.out == f"derive {derive.__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", derive.__version__)


@pytest.mark.parametrize(
    ("argv", "allowed"),
    [
        (["explain", "--to", "word"], "html, latex, pdf, markdown, notebook, numpy, torch, json"),
        (["explain", "--to", ","], "html, latex, pdf, markdown, notebook, numpy, torch, json"),
        (["explain", "--digits", "1"], "2 to 30"),
        (["explain", "--digits", "many"], "2 to 30"),
        (["explain", "--rounds", "-1"], "0 to 1000000"),
        (["explain", "--rounds", "1e3"], "0 to 1000000"),
        (["explain", "--rounds", "9" * 5000], "0 to 1000000"),
        (["explain", "--wrt", "w9"], "w1, w2, w3, w4, w5, w6, w7, w8"),
        (["explain", "--wrt", "b1"], "w1, w2, w3, w4, w5, w6, w7, w8"),
        (["explane"], "explain"),
    ],
)
def test_a_wrong_option_is_told_what_is_allowed(
    run: Command, tmp_path: Path, argv: Sequence[str], allowed: str
) -> None:
    """A bad option ends with status 2, says what is allowed, and writes nothing."""
    done = run(*argv)
    assert (done.status, done.out) == (2, "")
    assert allowed in done.err
    assert not list(tmp_path.iterdir())
