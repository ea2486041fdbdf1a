"""What README and help show is what happens: their commands, their Python, their problem files, their tables."""

from __future__ import annotations

import argparse
import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

import derive
from derive.cli import main
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.problem import Batch, BiasSign, Carry, Notation, Update
from derive.solved.solution import Solution

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HELP = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "derive/help").glob("*.md"))}
PAGES = {"README": README, **HELP}
TOLD = "\n".join(PAGES.values())


def blocks(language: str, text: str = TOLD) -> list[str]:
    """The fenced blocks of a language, in order."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [content for name, content in fenced if name == language]


def examples(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, with what is shown below it."""
    for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = shown.partition("\n")
        yield command, output


def agrees(shown: str, printed: str) -> bool:
    """Whether an output is the one shown, in which ``...`` stands for any text; columns may be wider or narrower."""
    shown, printed = (re.sub(" {2,}", "  ", text) for text in (shown, printed))
    pattern = re.escape(shown).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with the problem files that are shown, each under the name in its first line."""
    for block in blocks("toml"):
        name = re.match(r"# ([\w.-]+\.toml)\n", block)
        assert name is not None, block
        (tmp_path / name[1]).write_text(block, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.partition("\n")[0])
def test_each_command_prints_what_is_shown(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], block: str
) -> None:
    """Output and messages are those that are shown; a message goes with status 2, and files named are written.

    The commands of a block follow each other in one folder; ``cat`` writes what somebody types into a file.
    """
    monkeypatch.chdir(workplace)
    for command, shown in examples(block):
        program, *argv = shlex.split(command)
        if program == "cat":
            assert command == f"cat > {argv[1]} <<'END'"
            typed, end, rest = shown.rpartition("END\n")
            assert (end, rest) == ("END\n", "")
            Path(argv[1]).write_text(typed, encoding="utf-8")
            continue
        assert program == "derive"
        status = main(argv)
        printed = capsys.readouterr()
        assert agrees(shown, printed.out + printed.err), printed.out + printed.err
        judges = argv[0] in ("verify", "check") and "--can-show" not in argv
        at_fault = judges and not re.search(r"^(All|The marked) .* right\.$", shown, re.MULTILINE)
        assert status == (2 if printed.err else 1 if at_fault else 0)
        if argv[0] == "explain" and "--only" not in argv:
            assert all((workplace / line).stat().st_size > 1000 for line in shown.splitlines())


def test_the_walk_from_roster_to_gradebook_as_typed(tmp_path: Path) -> None:
    """A shell that gets the lines of the page word for word prints, in all, what stands there."""
    (block,) = (block for block in blocks("console") if "roster.csv" in block)
    typed, shown = "", ""
    for command, output in examples(block):
        typed += command + "\n"
        if command.startswith("cat"):
            typed += output
        else:
            shown += output
    derive = f'derive() {{ "{sys.executable}" -m derive "$@"; }}\n'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-c", derive + typed],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    assert agrees(shown, done.stdout), done.stdout
    gradebook = (tmp_path / "output/marked/gradebook.csv").read_text(encoding="utf-8-sig")
    assert [row.split(",")[0] for row in gradebook.splitlines()][1:] == ["anna", "ben", "chloe"]


def test_a_wrong_output_would_be_seen() -> None:
    """The comparison is exact but for the dots."""
    assert agrees("a ...\nb\n", "a 1\n2\nb\n")
    assert not agrees("a 0.5\n", "a 0.51\n")
    assert not agrees("a.b\n", "axb\n")
    assert len([example for block in blocks("console") for example in examples(block)]) >= 12


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if blocks("python", text)])
def test_the_python_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ``>>>`` lines of a page, one after the other in one session, give what is shown."""
    monkeypatch.chdir(tmp_path)
    source = "\n".join(blocks("python", PAGES[page]))
    session = doctest.DocTestParser().get_doctest(source, {}, page, page, 0)
    assert len(session.examples) >= (10 if page == "library" else 1)
    assert source.count(">>> ") == len(session.examples)
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(session, out=report.append)
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("word", [*ACTIVATIONS, *LOSSES])
def test_every_activation_and_loss_is_told(word: str) -> None:
    """The tables name each."""
    assert f"`{word}`" in HELP["problems"]


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("bias_sign", get_args(BiasSign)),
        ("update", get_args(Update)),
        ("batch", get_args(Batch)),
        ("notation", get_args(Notation)),
        ("carry", get_args(Carry)),
        ("train_biases", ("true", "false")),
        ("weight_names", ("target-major", "source-major")),
    ],
)
def test_every_convention_is_told_default_first(key: str, choices: tuple[str, ...]) -> None:
    """The row of a key lists all that is allowed, the default first."""
    (row,) = re.findall(rf"^\| `{key}` \| (.*) \|$", HELP["conventions"], re.MULTILINE)
    assert tuple(word for word in re.findall(r"`([^`]+)`", row) if word in choices) == choices


def test_every_key_of_a_problem_is_told() -> None:
    """Each key of the file to start from stands in a table of the help."""
    from derive.given.loading import starter_text

    keys = re.findall(r"^(\w+) =", starter_text(), re.MULTILINE)
    tables = "".join(re.findall(r"^\| .*", TOLD, re.MULTILINE))
    assert {"title", "activation", "digits", "batch"} <= set(keys)
    for key in set(keys) - {"x1", "x2", "y1", "y2"}:
        assert f"`{key}`" in tables, key


# The article


ARTICLE = re.findall(r"^\| (?:error|output) .*?: ([\d.]+) \| ([\d.]+) \| (.*) \|$", HELP["article"], re.MULTILINE)
IDS = ("E_total", "E_total@1", "E_total@10000", "out_y1@10000", "out_y2@10000")


@pytest.fixture(scope="module")
def stated() -> Solution:
    """The method that the article states."""
    return derive.solve(derive.load("2-2-2"))


@pytest.fixture(scope="module")
def sequential() -> Solution:
    """Hidden gradients with the updated weights."""
    problem = derive.load("2-2-2")
    return derive.solve(replace(problem, conventions=replace(problem.conventions, update="sequential")))


def rounds_to(value: float, figure: str) -> bool:
    """Whether a printed figure is a value rounded to its decimals, whatever zeros stand at its end."""
    decimals = figure.rstrip("0").partition(".")[2]
    return abs(value - float(figure)) <= 0.5 * 10.0 ** -len(decimals)


@pytest.mark.parametrize(("row", "quantity"), list(zip(ARTICLE, IDS, strict=True)), ids=IDS)
def test_the_article_s_rows(stated: Solution, sequential: Solution, row: tuple[str, str, str], quantity: str) -> None:
    """The second column is the stated method's figure, which the first is not; the third says what that is."""
    printed, right, cause = row
    assert rounds_to(stated.value(quantity), right)
    assert rounds_to(stated.value(quantity), printed) == (cause == "right")
    ten = 10 if "power of ten" in cause else 1
    if "updated" in cause.replace("updates", ""):
        assert rounds_to(sequential.value(quantity) * ten, printed)
    elif "9,999" in cause:
        assert rounds_to(stated.value("E_total@9999"), printed)
    else:
        assert cause == "right"


# The rest of the page


def test_links_lead_somewhere() -> None:
    """Every relative link and picture is a file of the project, and the README leads to every page of help."""
    for page, text in PAGES.items():
        folder = ROOT if page == "README" else ROOT / "derive/help"
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (folder / target).is_file(), (page, target)
    topics = re.findall(r"^\| \[`(\w+)`\]\(derive/help/(\w+)\.md\) \|", README, re.MULTILINE)
    assert sorted(topics) == [(page, page) for page in HELP]


def test_the_readme_is_short_and_has_three_doors() -> None:
    """Under 300 lines; a student, a teacher and an author each find a few commands and a picture."""
    assert len(README.splitlines()) < 300
    doors = re.findall(r"^## For (\w+):[^\n]*\n(.*?)(?=^## )", README, re.MULTILINE | re.DOTALL)
    assert [who for who, _ in doors] == ["students", "teachers", "authors"]
    for who, door in doors:
        assert len(blocks("console", door)) == 1, who
        assert len(re.findall(r"^!\[", door, re.MULTILINE)) == 1, who


def test_the_layout_names_what_is_there() -> None:
    """Every path in the overview of the code exists."""
    (overview,) = blocks("", HELP["code"])
    for line in overview.splitlines():
        folder = ROOT
        for part in re.split(r",?\s+", re.split(r"\s{2,}", line)[0]):
            path = ROOT / part if "/" in part or part == "templates/" else folder / part
            folder = path.parent
            assert path.exists(), part


def test_every_command_and_option_is_told() -> None:
    """Commands and options of the parser stand in the tables of the help, and no others."""
    from derive.commands.parsing import parser

    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert set(re.findall(r"^\| `derive (\w+)", HELP["commands"], re.MULTILINE)) == set(commands.choices)
    for name in ("explain", "verify", "handout"):
        options = {text for action in commands.choices[name]._actions for text in action.option_strings}
        (table,) = re.findall(rf"^The options of `derive {name}`:\n\n((?:\|.*\n)+)", TOLD, re.MULTILINE)
        assert set(re.findall(r"^\| `(--[\w-]+)", table, re.MULTILINE)) == options - {"-h", "--help"}


def test_the_set_up_is_two_lines_and_one_on_what_it_needs() -> None:
    """The lines that a reader copies are the only ones in their blocks, and the apt line is there."""
    copied = [line for block in blocks("sh", README) for line in block.splitlines()]
    assert len(copied) == 2
    assert copied == re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)
    assert "sudo apt install python3-venv" in README
