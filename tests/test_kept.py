"""Outcomes that are kept: the same bytes as a fresh run, a miss for whatever has changed, and nothing unsafe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from derive import builtin_names
from derive.cli import main
from derive.commands import kept, values_command
from derive.commands.kept import MOST_BYTES

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name == "nt", reason="owners and modes are those of POSIX")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which outcomes are kept, of this test alone; not there yet."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "derive"


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The problems that `derive values` really works out."""
    found: list[str] = []
    honest = values_command._printed
    monkeypatch.setattr(values_command, "_printed", lambda asked: found.append(asked.problem) or honest(asked))
    return found


def _outcomes(cache: Path) -> list[Path]:
    """What is kept; beside it lie the lines that were typed, as they were read."""
    return [path for path in cache.iterdir() if len(path.name) == 64]


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(argv)
    out, err = capsys.readouterr()
    return status, out, err


def test_every_problem_is_told_from_what_is_kept_as_it_is_fresh(
    cache: Path, worked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All figures of every built-in problem are worked once, and never again but with ``--fresh``."""
    for name in builtin_names():
        fresh = said(capsys, "values", name)
        assert worked == [name]
        assert said(capsys, "values", name) == fresh
        assert worked == [name]
        worked.clear()
    assert len(_outcomes(cache)) == len(builtin_names())
    told = said(capsys, "values", "2-2-2")
    assert worked == []
    assert said(capsys, "values", "2-2-2", "--fresh") == told
    assert worked == ["2-2-2"]


@pytest.mark.parametrize(
    "command",
    [
        "explain 2-2-2 --to html,markdown,json --rounds 20",
        "explain skip-connection --to html,pdf",
        "explain ng-graph-J --to numpy",
        "explain --only dE/dw5,w5_new --to latex",
    ],
)
def test_a_document_is_written_from_what_is_kept_as_it_is_fresh(
    cache: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files, standard output and standard error; over a file that was changed meanwhile as well."""
    argv = command.split()
    fresh, files = said(capsys, *argv, "--fresh"), _files(Path("output"))
    assert (fresh[0], cache.exists()) == (0, False)
    shutil.rmtree("output", ignore_errors=True)
    assert said(capsys, *argv) == fresh
    for path in files:
        (Path("output") / path).write_text("changed", encoding="utf-8")
    before = [(path.name, path.stat().st_size) for path in _outcomes(cache)]
    assert len(before) == 1
    assert said(capsys, *argv) == fresh
    assert _files(Path("output")) == files
    assert [(path.name, path.stat().st_size) for path in _outcomes(cache)] == before


@pytest.mark.parametrize("line", ["values 2-2-2 E_total", "explain 2-2-2 --to html --rounds 0 --out"])
def test_a_line_that_was_typed_before_is_answered_without_a_parser(cache: Path, line: str) -> None:
    """Nor with anything else that takes time to import; the same in another folder."""
    code = (
        "import sys; from derive.cli import main; main(sys.argv[1:]); "
        "sys.exit(' '.join({'argparse', 'pathlib', 'typing', 'json', 're', 'numpy', 'derive.given'} & {*sys.modules}))"
    )
    # Without site: what is installed may load anything when Python starts.
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if "packages" in path)])
    environment = {**os.environ, "PYTHONPATH": paths}

    def told(folder: str) -> tuple[str, str]:
        words = [*line.split(), *([folder] if line.endswith("--out") else [])]
        done = subprocess.run(
            [sys.executable, "-S", "-c", code, *words], env=environment, capture_output=True, text=True
        )
        return done.stdout.replace(folder, "there"), done.stderr.strip()

    fresh, loaded = told("one")
    assert {"argparse", "numpy"} <= {*loaded.split()}
    assert told("one") == (fresh, "")
    other, loaded = told("two")
    assert (other, "numpy" in loaded) == (fresh, False)
    assert _files(Path("one")) == _files(Path("two"))
    assert len(_outcomes(cache)) == 1


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_a_folder_that_cannot_be_written_is_told_from_what_is_kept_too(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ("explain", "--to", "latex", "--rounds", "0", "--out", "place")
    assert said(capsys, *argv)[0] == 0
    shutil.rmtree("place")
    Path("place").write_text("in the way", encoding="utf-8")
    status, out, err = said(capsys, *argv)
    assert (status, out) == (2, "")
    assert err == said(capsys, *argv, "--fresh")[2]
    assert len(_outcomes(cache)) == 1


def test_whatever_is_changed_is_worked_anew(
    cache: Path, worked: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of the problem, an option, a file of the package, its time alone, a version of what is installed."""
    text = (ROOT / "derive" / "given" / "problems" / "2-2-2.toml").read_text(encoding="utf-8")
    own = Path("own.toml")
    own.write_text(text, encoding="utf-8")
    argv = ["values", "own.toml", "E_total"]

    def misses(*more: str) -> bool:
        worked.clear()
        assert main([*argv, *more]) == 0
        return bool(worked)

    assert misses()
    assert not misses()
    own.write_text(text + "#", encoding="utf-8")
    assert misses()
    assert misses("--digits", "4")
    assert misses("--json")
    assert misses("net_H1")
    package, templates, site = Path("package"), Path("templates"), Path("site")
    for folder in (package / "commands", templates / "html", site):
        folder.mkdir(parents=True)
    template = templates / "html" / "a.css"
    template.write_text("a", encoding="utf-8")
    monkeypatch.setattr(kept, "__file__", str((package / "commands" / "kept.py").resolve()))
    monkeypatch.setattr(kept, "templates_path", lambda: str(templates.resolve()))
    monkeypatch.syspath_prepend(str(site.resolve()))
    assert misses()
    assert not misses()
    times = template.stat()
    template.write_text("b", encoding="utf-8")
    os.utime(template, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000))
    assert misses()
    (package / "commands" / "b.py").write_text("b", encoding="utf-8")
    assert misses()
    (site / "sympy-1.13.dist-info").mkdir()
    assert misses()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert misses()
    assert not misses()


def test_every_file_that_a_page_is_made_of_is_looked_at() -> None:
    """Of the package, and of the templates, wherever they lie."""
    seen = {Path(str(entry[0])).name for entry in kept._package()}
    assert {"kept.py", "code.py", "2-2-2.toml", "style.css", "strips.js", "drawing.svg.j2"} <= seen
    assert not any(name.endswith(".pyc") for name in seen)


def test_what_fails_is_not_kept(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["values", "2-2-2", "nothing"]) == 2
    Path("own.toml").write_text("title = 1", encoding="utf-8")
    assert main(["explain", "own.toml"]) == 2
    assert not cache.exists() or not list(cache.iterdir())


def test_what_is_damaged_is_worked_anew_and_mended(
    cache: Path, worked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is cut off, empty, with one bit turned, or no file at all."""
    fresh = said(capsys, "values", "2-2-2", "E_total")
    (path,) = _outcomes(cache)
    whole = path.read_bytes()
    turned = bytearray(whole)
    turned[-3] ^= 1
    for content in (whole[:-1], b"", bytes(turned), b"\xff\n[]\n", whole[:70]):
        path.write_bytes(content)
        worked.clear()
        assert said(capsys, "values", "2-2-2", "E_total") == fresh
        assert worked == ["2-2-2"]
        assert path.read_bytes() == whole
    (line,) = cache.glob("*.line")
    line.write_bytes(line.read_bytes()[:-1])
    worked.clear()
    assert said(capsys, "values", "2-2-2", "E_total") == fresh
    assert worked == []
    path.unlink()
    path.mkdir()
    assert said(capsys, "values", "2-2-2", "E_total") == fresh


@POSIX
def test_a_folder_that_is_not_ours_alone_is_passed_by(
    cache: Path, worked: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link, a mode that lets others in, another owner, a relative path; what is kept is for its owner alone."""
    fresh = said(capsys, "values", "2-2-2", "E_total")
    (path,) = _outcomes(cache)
    assert (cache.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)

    def passed_by() -> bool:
        worked.clear()
        assert said(capsys, "values", "2-2-2", "E_total") == fresh
        return bool(worked)

    assert not passed_by()
    cache.chmod(0o755)
    assert passed_by()
    cache.chmod(0o700)
    path.chmod(0o644)
    assert passed_by()
    elsewhere = cache.rename(cache.with_name("elsewhere"))
    cache.symlink_to(elsewhere, target_is_directory=True)
    assert passed_by()
    cache.unlink()
    elsewhere.rename(cache)
    assert not passed_by()
    other = os.geteuid() + 1
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: other)
        assert passed_by()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "nowhere")
    assert passed_by()
    assert not Path("relative").exists()


def test_what_was_used_longest_ago_goes_first(
    cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing that is not of this cache."""
    assert MOST_BYTES == 200_000_000
    assert main(["values", "2-2-2", "E_total"]) == 0
    (first,) = _outcomes(cache)
    other = cache / "notes.txt"
    other.write_bytes(b"x" * 5000)
    os.utime(other, (1, 1))
    assert main(["values", "2-2-2", "out_H1"]) == 0
    (second,) = set(_outcomes(cache)) - {first}
    os.utime(first, (100, 100))
    os.utime(second, (200, 200))
    assert main(["values", "2-2-2", "E_total"]) == 0  # used again: the second is the older one now
    lines = [path.stat().st_size for path in cache.glob("*.line")]
    monkeypatch.setattr(kept, "MOST_BYTES", 2 * first.stat().st_size + sum(lines) + 20)
    assert main(["values", "2-2-2", "out_H2"]) == 0
    assert first.exists()
    assert not second.exists()
    assert other.exists()


def test_two_processes_at_once(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are right, and what they leave is whole."""
    command = [sys.executable, "-m", "derive", "values", "2-2-2", "E_total"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    assert told == ["E_total  0.298371109\n"] * 2
    (path,) = _outcomes(cache)
    assert kept._read(str(cache), path.name) == {"/printed": b"E_total  0.298371109"}
