"""Windows' rules, tried on whatever system the tests run: names, newlines, code pages; and a C locale elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import derive
from derive.commands.console import pasted, plain_signs
from derive.files import is_device, write_whole
from derive.given.loading import load
from derive.judging.feedback.file_names import safe_stem
from tests.commands import Command, runner
from tests.problem_files import GOOD

ROOT = Path(__file__).resolve().parent.parent
DEVICES = ["con", "PRN", "aux.toml", "NUL.tar.gz", "com1", "Lpt9.csv", "COM²", "conin$", "nul .txt"]
FILES = ["console", "com", "com10.toml", "auxiliary.md", "null", "nul-1", "lptx", "2-2-2.html", "a.con"]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What derive decides by the system, decided as on Windows."""
    monkeypatch.setattr("derive.files.WINDOWS", True)
    monkeypatch.setattr("derive.commands.console.WINDOWS", True)


def process(
    *argv: str, cwd: Path, python: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own, without the modes that make Python speak UTF-8 by itself."""
    plain = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return subprocess.run(
        [sys.executable, *python, "-m", "derive", *argv],
        cwd=cwd,
        env={**os.environ, **plain, **environment},
        capture_output=True,
        check=False,
    )


# Names.


@pytest.mark.parametrize("name", DEVICES)
def test_names_of_devices_are_known(name: str) -> None:
    """Any case, any ending, blanks before it."""
    assert is_device(name)


@pytest.mark.parametrize("name", FILES)
def test_names_of_files_are_no_devices(name: str) -> None:
    """What only begins like one is free."""
    assert not is_device(name)


@pytest.mark.parametrize("name", ["con", "Aux", "com7", "nul.tar"])
def test_what_is_made_from_a_name_can_be_stored_anywhere(tmp_path: Path, name: str) -> None:
    """Neither the files called after a problem nor those called after a student bear the name of a device."""
    path = tmp_path / f"{name}.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert not is_device(load(path).name)
    assert not is_device(safe_stem(name, set()))


@pytest.mark.usefixtures("on_windows")
def test_a_device_is_not_written_to(command: Command) -> None:
    """On Windows `derive new con.toml` would print to the console; it is refused in a line, and nothing is written."""
    run = command("new", "con.toml")
    assert run.status == 2
    assert run.err == "derive: con.toml: cannot be written: Windows keeps this name for a device; take another\n"
    assert list(Path().iterdir()) == []


def test_elsewhere_such_a_name_is_free(tmp_path: Path) -> None:
    """Linux and macOS have files called so."""
    write_whole(tmp_path / "aux.toml", "x")
    assert (tmp_path / "aux.toml").read_text(encoding="utf-8") == "x"


def test_names_that_differ_in_case_alone_get_files_of_their_own(command: Command) -> None:
    """A class with Anna, anna and ANNA: no two files of the handout are one on a disk that tells no cases apart."""
    Path("roster.csv").write_text("id\nAnna\nAnna-\nb\nB.\naux\n", encoding="utf-8")
    assert command("handout", "2-2-2", "--students", "roster.csv", "--to", "html", "--out", "out").status == 0
    names = [str(path.relative_to("out")) for path in Path("out").rglob("*")]
    assert len({name.lower() for name in names}) == len(names) > 10
    bad = [name for name in names if re.search(r'[<>:"\\|?*\x00-\x1f]|[. ](/|$)', name)]
    assert bad == []
    assert not any(is_device(part) for name in names for part in Path(name).parts)


def test_kept_files_can_be_checked_out_on_windows() -> None:
    """No file of the project has a name that Windows cannot store, or one that differs from another in case alone."""
    if not ((ROOT / ".git").exists() and shutil.which("git")):
        pytest.skip("no git checkout to list the files of")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name]
    assert len(names) > 300
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert not any(is_device(part) for part in name.split("/")), name
        assert not re.search(r'[<>:"\\|?*]|[. ](/|$)', name), name
        assert len(name) < 200, name


# Newlines.


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def test_files_of_notepad_are_read_as_those_of_others(command: Command) -> None:
    """With CRLF and a byte order mark: problem, answers in every form, roster, marked figures."""
    mark = b"\xef\xbb\xbf"
    Path("p.toml").write_bytes(mark + crlf(GOOD))
    Path("a.csv").write_bytes(mark + crlf("quantity,value\nnet_H1,0.3775\nout_H1,0.5933\n"))
    Path("lines.txt").write_bytes(mark + crlf("net_H1 = 0.3775\nout_H1 = 0.5933\n"))
    Path("a.json").write_bytes(mark + crlf('{\n"net_H1": "0.3775",\n"out_H1": "0.5933"}\n'))
    Path("roster.csv").write_bytes(mark + crlf("id,name\nann,Ann A\n"))
    shown = "```\n1 <!-- derive: net_H1 -->\n```\n0.3775 <!-- derive: p.toml net_H1 -->\n"
    Path("a.md").write_bytes(mark + crlf(shown))
    Path("a.tex").write_bytes(mark + crlf("0.5933 % derive: p.toml out_H1\n0.3775 % derive: net_H1\n"))
    assert load("p.toml") == load_text(GOOD)
    for answers in ("a.csv", "lines.txt", "a.json"):
        run = command("verify", "p.toml", answers)
        assert (run.status, "All 2 figures are right." in run.out) == (0, True), run.err
    assert command("check", "a.md", "a.tex").out == "All 3 marked figures in 2 files are right.\n"
    assert command("handout", "p.toml", "--students", "roster.csv", "--to", "html", "--out", "out").status == 0


def load_text(text: str) -> object:
    path = Path("p") / "p.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_files_are_written_with_the_same_newlines_everywhere(command: Command) -> None:
    """Texts are written as bytes: no carriage return comes in, whatever the system's own newline is."""
    assert command("explain", "deepml-neuron", "--to", "html,latex,markdown,notebook,numpy", "--out", ".").status == 0
    assert command("new", "new.toml").status == 0
    written = [path for path in Path().iterdir() if path.is_file()]
    assert len(written) >= 6
    assert [path.name for path in written if b"\r" in path.read_bytes()] == []


# Code pages, locales, shells.


def test_no_file_is_read_or_written_in_the_code_page_of_the_system(tmp_path: Path) -> None:
    """Every text file is opened with its encoding named: Python warns where one is not, and no module of ours is."""
    (tmp_path / "roster.csv").write_text("id,name\na,Zoë\n", encoding="utf-8")
    (tmp_path / "a.csv").write_text("net_H1,0.3775\n", encoding="utf-8")
    for argv in (
        ["explain", "--to", "html,latex,markdown,notebook,numpy", "--rounds", "3"],
        ["verify", "2-2-2", "a.csv", "--out", "marked"],
        ["handout", "2-2-2", "--students", "roster.csv", "--out", "sheet"],
        ["new", "new.toml"],
    ):
        done = process(*argv, cwd=tmp_path, python=("-X", "warn_default_encoding"), PYTHONWARNINGS="default")
        assert done.returncode == 0, done.stderr
        own = [line for line in done.stderr.decode().splitlines() if "EncodingWarning" in line and "/derive/" in line]
        assert own == []


@pytest.mark.parametrize("page", ["cp1252", "cp437"])
def test_every_code_page_gets_words_that_can_be_read(tmp_path: Path, page: str) -> None:
    """Verdicts, formulas and helps on a console of Windows: no escape stands where a sign is known."""
    for argv in (
        ["verify", "2-2-2", "article"],
        ["explain", "--only", "dE/dw5,net_H1,out_H1,w5_new"],
        ["train", "--rounds", "10"],
        ["verify", "--can-show", "2-2-2"],
        ["help", "names"],
        ["help", "verdicts"],
    ):
        done = process(*argv, cwd=tmp_path, PYTHONIOENCODING=page)
        text = (done.stdout + done.stderr).decode(page)
        assert "\\u" not in text, text
        assert "\\x" not in text, text
        assert "Traceback" not in text, text


def test_a_c_locale_prints_a_formula_that_can_be_pasted(tmp_path: Path) -> None:
    """The gradient of w5 in ASCII signs, whose right-hand side Python works out to the figure below it."""
    done = process("explain", "--only", "dE/dw5", cwd=tmp_path, LC_ALL="C")
    lines = done.stdout.decode("ascii").splitlines()
    assert lines[0].startswith("dE_total/dw5 = ")
    factors = [float(factor) for factor in lines[1].partition("=")[2].split("*")]
    assert len(factors) == 3
    product = factors[0] * factors[1] * factors[2]
    assert lines[2].split() == ["~", f"{product:.9g}"]


def test_a_name_keeps_its_letters_and_signs_are_plain() -> None:
    """Signs have ASCII forms; what is part of a name is no sign."""
    assert plain_signs("∂E/∂w ≈ 4.39 × 10⁻⁵ · x², −1 → é") == "dE/dw ~ 4.39 * 10^-5 * x^2, -1 > é"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize("name", ["my file.toml", "it's $1.toml", "µ 'ü\\.toml"])
@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "utf-8"}])
def test_a_command_that_is_printed_can_be_pasted(tmp_path: Path, name: str, locale: dict[str, str]) -> None:
    """Whatever the file is called and the console can print: bash finds the file by what it is told."""
    done = process("new", name, cwd=tmp_path, **locale)
    assert done.returncode == 0, done.stderr
    typed = done.stdout.rpartition(b"then run  derive explain ")[2].strip()
    seen = subprocess.run(["bash", "-c", b"test -f " + typed], cwd=tmp_path, check=False)
    assert seen.returncode == 0, typed


@pytest.mark.usefixtures("on_windows")
def test_commands_for_windows_have_double_quotes() -> None:
    """cmd and PowerShell both read them; single quotes mean nothing to cmd."""
    assert pasted("derive", "explain", r"C:\my files\a.toml") == r'derive explain "C:\my files\a.toml"'


def test_workers_can_be_started_as_windows_starts_them(tmp_path: Path) -> None:
    """A class made by processes that are spawned, not forked, is the same as one made here."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    problem = derive.load("2-2-2")
    kinds = {"students": 3, "formats": ["html"], "seed": "s"}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        derive.handout(problem, tmp_path / "a", executor=pool, **kinds)
    derive.handout(problem, tmp_path / "b", jobs=1, **kinds)
    names = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.html"))
    assert len(names) >= 3
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in names)
