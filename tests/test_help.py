"""`derive help` prints the pages of help and the options of commands, in words that a terminal can use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import Command, runner

FOLDER = Path(__file__).resolve().parent.parent / "derive/help"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    return runner(capsys)


def test_the_topics_are_listed(run: Command) -> None:
    """Each with the first line of its page, which is a heading."""
    done = run("help")
    listed = dict(line.split(maxsplit=1) for line in done.out.partition("\n\n")[0].splitlines())
    assert (done.status, sorted(listed)) == (0, PAGES)
    for page, title in listed.items():
        assert (FOLDER / f"{page}.md").read_text(encoding="utf-8").startswith(f"# {title}\n")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_printed_whole_but_for_its_links(run: Command, page: str) -> None:
    """Code stands as it is; a picture is told in words, and another page by its command."""
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    printed = run("help", page).out
    fenced = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    assert fenced.findall(printed) == fenced.findall(text)
    assert len(printed.splitlines()) == len(text.splitlines())
    assert not re.search(r"\]\((?!https?:)", fenced.sub("", printed))
    for name in re.findall(r"\]\((\w+)\.md\)", text):
        assert f"derive help {name}" in printed


def test_a_command_has_its_options_printed(run: Command) -> None:
    """As with --help."""
    assert run("help", "verify").out == run("verify", "--help").out


@pytest.mark.parametrize(
    ("typed", "next_step"),
    [
        ("explian", "did you mean explain?"),
        ("explain --to docx", "derive explain --help"),
        ("verify", "derive verify --help"),
        ("explain nosuch.toml", "derive new FILE makes a file"),
        ("explain 2-2-3", "did you mean 2-2-2?"),
        ("explain --only zzz", "ids are such as net_H1"),
        ("values 2-2-2 dE/dw55", "dE_total/dw5"),
        ("verify 2-2-2", "--form FILE"),
        ("train ng-graph-J", "add learning_rate"),
        ("check nosuch.md", "nosuch.md"),
        ("new", "derive new my.toml"),
        ("new --from shape 3", "such as 3-4-2"),
    ],
)
def test_every_error_is_one_line_with_the_next_step(run: Command, typed: str, next_step: str) -> None:
    """Whatever was mistyped: status 2, nothing on standard output, and what to do."""
    done = run(*typed.split())
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert done.err.startswith("derive")
    assert next_step in done.err


def test_a_page_that_is_not_there(run: Command) -> None:
    """One line with the nearest word and all others, and status 2."""
    done = run("help", "verdict")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("derive: help: there is no page 'verdict'; did you mean verdicts? there are ")
    assert done.err.count("\n") == 1
