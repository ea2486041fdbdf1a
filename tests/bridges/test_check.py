"""`derive check`: figures marked in Markdown, LaTeX and notebooks, the cause of a wrong one, what cannot be used."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from derive.bridges.marked_figures import Marked, marked_in
from tests.commands import Command, runner
from tests.problem_files import GOOD

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return runner(capsys, "check")


def text(name: str, *lines: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def notebook(name: str, *cells: dict[str, Any]) -> str:
    return text(name, json.dumps({"cells": list(cells), "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))


def figures(name: str) -> list[tuple[str, str, str]]:
    """Place, quantity and figure of everything marked, all of it usable."""
    found = list(marked_in(Path(name), lambda word: word == "p.toml"))
    assert all(isinstance(each, Marked) for each in found), found
    return [(each.place, each.quantity, each.figure) for each in found if isinstance(each, Marked)]


@pytest.mark.parametrize(
    ("before", "figure"),
    [
        ("It is **0.0822** ", "0.0822"),
        ("$w_5^+ = 0.3589$", "0.3589"),
        (r"$3.51 \times 10^{-5}$ ", r"3.51 \times 10^{-5}"),
        ("3.51 × 10⁻⁵", "3.51 × 10⁻⁵"),
        ("−0.0226", "−0.0226"),
        ("from 1 to -3e-4.", "-3e-4"),
        (r"0.298\,371\,109", "0.298371109"),
        ("0{,}0822", "0.0822"),
        ("about .5, in round", ".5"),
        (r"\num{12} of H1 in $x_{10}$, w5@100", "12"),
    ],
)
def test_the_figure_is_the_last_number_before_the_comment(tmp_path: Path, before: str, figure: str) -> None:
    """Names, indices and powers are no figures; signs, powers of ten and grouping belong to one."""
    path = tmp_path / "a.md"
    path.write_text(f"7 8 9\n{before} <!-- derive: p.toml net_H1 --> 5\n", encoding="utf-8")
    assert figures(str(path)) == [("2", "net_H1", figure)]


def test_several_quantities_of_a_row_and_a_problem_that_goes_on(tmp_path: Path) -> None:
    """A comment takes as many numbers as it names; the problem named before holds; code only shows."""
    path = tmp_path / "a.md"
    path.write_text(
        "| 1 | 0.25 | 0.5 |<!-- derive: p.toml net_H1 out_H1 -->\n"
        "```\n3 <!-- derive: net_H1 -->\n```\n"
        "`4 <!-- derive: net_H1 -->` and 5\n<!-- derive: b -->\n",
        encoding="utf-8",
    )
    assert figures(str(path)) == [("1", "net_H1", "0.25"), ("1", "out_H1", "0.5"), ("5", "b", "5")]


def test_latex_comments_and_code_comments(tmp_path: Path) -> None:
    """In LaTeX ``%`` up to the end of the line, unless it is escaped; ``#`` in any other text."""
    tex, code = tmp_path / "a.tex", tmp_path / "a.py"
    tex.write_text("$0.25$ % derive: p.toml a\n5\\% derive: p.toml b\n%% derive: c\n", encoding="utf-8")
    code.write_text("error = 0.5  # derive: p.toml E_total\n", encoding="utf-8")
    assert figures(str(tex)) == [("1", "a", "0.25"), ("2", "c", "5")]
    assert figures(str(code)) == [("1", "E_total", "0.5")]


def test_cells_of_a_notebook(check: Command) -> None:
    """Markdown cells, code cells, and what a code cell printed."""
    name = notebook(
        "n.ipynb",
        {"cell_type": "markdown", "source": ["It is\n", "0.25 <!-- derive: p.toml a -->"]},
        {"cell_type": "code", "source": "x = 0.5  # derive: b", "outputs": []},
        {"cell_type": "code", "source": "show()\n# derive: c", "outputs": [{"text": ["c\n", "0.75\n"]}]},
        {"cell_type": "code", "source": "# derive: d", "outputs": [{"data": {"text/plain": "0.125"}}]},
    )
    assert figures(name) == [
        ("cell 1, line 2", "a", "0.25"),
        ("cell 2, line 1", "b", "0.5"),
        ("cell 3, line 2", "c", "0.75"),
        ("cell 4, line 1", "d", "0.125"),
    ]


def test_all_right(check: Command) -> None:
    """Figures of a built-in problem, of a file beside the text, and of a later round."""
    text("book/my problem.toml", GOOD)
    name = text(
        "book/one.md",
        "net 0.3775 <!-- derive: 2-2-2 net_H1 -->, gradient 0.0822 <!-- derive: dE/dw5 -->",
        "error 0.000035102 <!-- derive: E_total@10000 -->",
        '0.593 <!-- derive: "my problem.toml" out_H1 -->',
    )
    run = check(name)
    assert (run.status, run.out, run.err) == (0, "All 4 marked figures in 1 file are right.\n", "")


def test_a_wrong_figure_is_told_with_its_cause_and_place(check: Command) -> None:
    """A net input without its bias: line, right figure, cause; what follows from it is told as such; status 1."""
    name = text(
        "a.tex",
        "Given 0.05.",
        "$0.5933$ % derive: 2-2-2 out_H1",
        "$0.5059$ % derive: net_y1",
        "$0.6238$ % derive: out_y1",
    )
    run = check(name)
    assert run.status == 1
    assert "a.tex:3: error: net_y1 is 1.106, here 0.5059: misconception [missing-bias]." in run.out
    assert "a.tex:4: error: out_y1 is 0.7514, here 0.6238: carried" in run.out
    assert run.out.endswith("2 of 3 marked figures in 1 file are wrong.\n")


def test_the_same_quantity_twice(check: Command) -> None:
    """Each place is judged, also where the second disagrees with the first."""
    name = text("a.md", "0.3775 <!-- derive: 2-2-2 net_H1 -->", "0.3785 <!-- derive: net_H1 -->")
    run = check(name)
    assert run.status == 1
    assert "a.md:2: error: net_H1" in run.out
    assert "a.md:1" not in run.out


def test_a_last_digit_fails_only_when_strict(check: Command) -> None:
    """Rounding on the way is noted; with --strict it is wrong."""
    name = text("a.md", "0.2911 <!-- derive: 2-2-2 E_total@1 -->")
    run = check(name)
    assert (run.status, "a.md:1: note: E_total@1 is 0.2910" in run.out) == (0, True)
    assert check("--strict", name).status == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0.5 <!-- derive: net_H1 -->", "no problem is named"),
        ("0.5 <!-- derive: none.toml net_H1 -->", "none.toml: no such problem file"),
        ("0.5 <!-- derive: 2-2-2 net_H7 -->", "'net_H7' is no quantity"),
        ("<!-- derive: 2-2-2 net_H1 -->", "a number should stand before the comment"),
        ("0.5 <!-- derive: 2-2-2 net_H1 out_H1 -->", "2 numbers should stand before"),
        ('0.5 <!-- derive: "2-2-2 net_H1 -->', "is not closed"),
        ("0,5 <!-- derive: 2-2-2 net_H1 -->", "comma"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_place(check: Command, line: str, reason: str) -> None:
    """One line each, and status 2 (1 for a figure that is read, but as no number)."""
    run = check(text("a.md", "Here:", line))
    assert run.status in (1, 2)
    assert re.search(rf"a\.md:2: .*{re.escape(reason)}", run.out + run.err), run.out + run.err
    assert "Traceback" not in run.err


def test_a_decimal_comma_is_asked_for(check: Command) -> None:
    """0,3775 is a figure where it is said so."""
    assert check("--decimal-comma", text("a.md", "0,3775 <!-- derive: 2-2-2 net_H1 -->")).status == 0


@pytest.mark.parametrize("option", [(), ("--decimal-comma",)])
def test_a_comma_in_braces_after_zero_is_no_grouping(check: Command, option: tuple[str, ...]) -> None:
    """0{,}3775 can only be a decimal; of 1{,}106 it has to be said."""
    assert check(*option, text("a.md", "$0{,}3775$ <!-- derive: 2-2-2 net_H1 -->")).status == 0
    assert check(*option, text("a.md", "$-0{,}3775$ <!-- derive: 2-2-2 net_H1 -->")).status == 1
    assert check(*option, text("a.md", "$1{,}106$ <!-- derive: 2-2-2 net_y1 -->")).status == (0 if option else 1)


def test_files_that_cannot_be_read(check: Command) -> None:
    """A missing file, a folder, bytes, a broken notebook: a line each, and the good file is checked all the same."""
    Path("folder.md").mkdir()
    Path("bytes.md").write_bytes(b"\xff\xfe\x00")
    text("broken.ipynb", '{"cells": [3, {"cell_type": "code", "source": "", "outputs": [1]}]}')
    text("nested.ipynb", "[" * 100_000)
    good = text("good.md", "0.3775 <!-- derive: 2-2-2 net_H1 -->")
    run = check("missing.md", "folder.md", "bytes.md", "broken.ipynb", "nested.ipynb", good)
    assert run.status == 1
    assert [line.split(":")[1].strip() for line in run.err.splitlines()] == [
        "missing.md", "folder.md", "bytes.md", "broken.ipynb", "nested.ipynb",
    ]  # fmt: skip
    assert "The marked figure in 6 files is right; 5 could not be read." in run.out


def test_nothing_marked_is_no_fault(check: Command) -> None:
    """A hook is given many files that hold no figure."""
    run = check(text("a.md", "plain"), text("b.tex", "plain"))
    assert (run.status, run.err) == (0, "")
    assert run.out.startswith("No figure is marked in 2 files")


def test_many_unclosed_comments_are_read_in_no_time() -> None:
    """No pattern goes over the same text again and again."""
    from derive.bridges import marked_figures as module

    for pattern, unit in (
        ("<!-- derive:", 40_000),
        ("1", 400_000),
        ("`", 40_000),
        ("1e", 40_000),
        ("% derive: ", 40_000),
    ):
        long = pattern * unit
        for regex in (module._HTML, module._LATEX, module._HASH, module._SHOWN, module._NUMBER):
            assert sum(1 for _ in regex.finditer(long)) <= unit


# What the help shows.


def shown_yaml() -> list[Any]:
    page = (ROOT / "derive/help/books.md").read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]


def test_the_hook_and_the_workflow_of_the_help(check: Command) -> None:
    """Both are YAML as their readers want it, and their commands fail on a wrong figure and pass on a right one."""
    hook, workflow = shown_yaml()
    (described,) = hook["repos"][0]["hooks"]
    assert {"id", "name", "entry", "language", "files"} <= set(described)
    wrong = text("a.md", "0.4775 <!-- derive: 2-2-2 net_H1 -->")
    assert re.search(described["files"], wrong)
    steps = workflow["jobs"]["figures"]["steps"]
    commands = [described["entry"], next(step["run"] for step in steps if "derive check" in step.get("run", ""))]
    assert True in workflow or "on" in workflow  # YAML 1.1 reads on as true
    for command in commands:
        words = shlex.split(command)
        assert words[:2] == ["derive", "check"]
        assert check(wrong).status == 1


def test_the_kept_hook_is_the_one_that_pre_commit_reads() -> None:
    """`.pre-commit-hooks.yaml` describes the hook for those who name this repository."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "derive check"
    assert hook["language"] == "python"
    assert re.search(hook["files"], "chapter.tex")


def test_an_unknown_mark_stops_none_of_the_others(check: Command) -> None:
    """It is listed with the nearest name; nothing read at all is status 2."""
    name = text(
        "a.md", "1 <!-- derive: 2-2-2 dE/dw55 -->\n0.3775 <!-- derive: net_H1 -->\n2 <!-- derive: no.toml b -->"
    )
    run = check(name)
    assert (run.status, run.out) == (1, "The marked figure in 1 file is right; 2 could not be read.\n")
    assert "the nearest known id is dE_total/dw5" in run.err
    assert check(text("b.md", "1 <!-- derive: 2-2-2 dE/dw55 -->")).status == 2


def test_a_mark_without_its_colon_is_read_where_it_can_be_nothing_else(check: Command) -> None:
    """With a problem, or with ids below one; a sentence that begins so is none."""
    lines = ["0.3775 <!-- derive 2-2-2 net_H1 -->", "0.5 <!-- derive out_H1 -->", "3 <!-- derive the gradient -->"]
    run = check(text("a.md", "\n".join(lines)))
    assert run.out.startswith("a.md:2: error: out_H1 is 0.5")
    assert (run.status, run.err) == (1, "")
    assert run.out.endswith("1 of 2 marked figures in 1 file is wrong.\n")
