"""What the command does when it cannot do what it was asked: one plain line, status 2, and nothing written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from derive.cli import main
from derive.errors import DeriveError
from derive.files import write_together, write_whole
from derive.given.problem import Problem
from derive.numeric.network import Network
from derive.numeric.quantities import values as matrix_values
from derive.numeric.training import Training, train
from tests.problem_files import GOOD

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command that must fail with status 2, and return its one line of error."""
    monkeypatch.chdir(tmp_path)

    def command(*argv: str) -> str:
        assert main(argv) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("derive: ")
        assert printed.err.endswith("\n")
        line = printed.err[:-1]
        assert line.isprintable()
        return line

    return command


def changed(old: str, new: str) -> bytes:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1).encode()


BAD: dict[str, tuple[bytes, str, str]] = {
    "not TOML": (b"title = \n", "", "not valid TOML"),
    "not TOML at all": (b"<html><body>net = 1</body>", "", "not valid TOML"),
    "binary": (b"\x00\x01\x02\xff" * 99, "", "UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "", "UTF-8"),
    "empty": (b"", "", "derive new FILE"),
    "blank": (b" \n\n", "", "derive new FILE"),
    "unknown key": (changed("learning_rate", "learning_rat"), "learning_rat", "did you mean learning_rate"),
    "unknown key in a layer": (changed("activation", "activatoin"), "layers[0].activatoin", "did you mean activation"),
    "missing key": (changed('title = "t"\n', ""), "title", "missing"),
    "ragged weights": (changed("[0.25, 0.30]", "[0.25]"), "layers[0].weights[1]", "this row has 1"),
    "too few rows": (changed(", [0.25, 0.30]]", "]"), "layers[0].weights", "2 rows of 2 numbers"),
    "a word for a number": (changed("0.05", '"half"'), "inputs.x1", "'half' is not a number"),
    "nan": (changed("0.15", "nan"), "layers[0].weights[0][0]", "nan and inf"),
    "inf": (changed("0.50", "-inf"), "learning_rate", "nan and inf"),
    "1e999": (changed("0.35", "1e999"), "layers[0].bias", "64-bit"),
    "1e-999999999": (changed("0.05", "1e-999999999"), "inputs.x1", "64-bit"),
    "a number of 5,000 digits": (changed("0.05", "1" * 5000), "", "64-bit float (line 4)"),
    "no learning": (changed("0.50", "0"), "learning_rate", "greater than 0"),
    "unknown activation": (changed("sigmoid", "sigmoide"), "layers[0].activation", "did you mean sigmoid"),
    "unknown loss": (changed("half_squared", "half_square"), "loss", "did you mean half_squared_error"),
    "duplicate unit": (changed('"H2"', '"H1"'), "layers[0].units[1]", "H1"),
    "unit named as an input": (changed('"H2"', '"x1"'), "layers[0].units[1]", "x1 names this unit and an input"),
    "an id given twice": (changed('"y1"', '"total"').replace(b"y1 =", b"total ="), "layers[1].units[0]", "E_total"),
    "markup for a name": (changed('"H2"', '"<b>H2</b>"'), "layers[0].units[1]", "letter"),
    "TeX for a name": (changed('"H2"', "'\\input{x}'"), "layers[0].units[1]", "letter"),
    "target for nobody": (changed("y2 = 0.99", "y3 = 0.99"), "targets.y3", "allowed here: y1, y2"),
    "target missing": (changed(", y2 = 0.99", ""), "targets", "missing: y2"),
    "nested too deep": (changed("[[0.15, 0.20], [0.25, 0.30]]", "[" * 5000 + "]" * 5000), "", "nested too deep"),
    "nested": (changed("[0.25, 0.30]", "[[[0.25]], 0.30]"), "layers[0].weights[1][0]", "a number is needed"),
    "too large": (b"# " + b"x" * (1 << 20), "", "1 MiB"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("command", ["explain", "values"])
def test_a_bad_file_is_one_plain_line(refused: Callable[..., str], tmp_path: Path, kind: str, command: str) -> None:
    """File, key and what is allowed are named on one line, and no folder or file appears."""
    content, key, allowed = BAD[kind]
    (tmp_path / "bad.toml").write_bytes(content)
    line = refused(command, "bad.toml")
    assert line.startswith(f"derive: bad.toml: {key}")
    assert allowed in line
    assert len(line) < 1000
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_a_file_that_is_not_there(refused: Callable[..., str], tmp_path: Path) -> None:
    """A name that is neither is told what lists the built-in ones, and the nearest of them."""
    assert "derive problems lists what is built in" in refused("explain", "nosuch.toml")
    assert "did you mean hmkcode-2-2-1" in refused("values", "hmkcode")
    assert "directory" in refused("explain", str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_an_argument_of_undecodable_bytes(refused: Callable[..., str]) -> None:
    """Bytes that are no text, as a shell hands them over, are shown as escapes."""
    assert r"\udcff" in refused("explain", os.fsdecode(b"\xff.toml"))
    assert r"\udcff" in refused("values", "2-2-2", os.fsdecode(b"\xff"))
    assert r"\udcff" in refused("values", "2-2-2", os.fsdecode(b"\xff") * 1000)[:300]


# nothing half-written


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "renderer", ["renderers.live.page.render_live", "renderers.latex.render_latex", "renderers.pdf.render_pdf"]
)
def test_a_format_that_fails_stops_the_others(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renderer: str
) -> None:
    """When one format cannot be printed, none is written."""

    def fail(*_: object) -> str:
        raise DeriveError("planted")

    monkeypatch.setattr(f"derive.{renderer}", fail)
    assert refused("explain", "--rounds", "0") == "derive: planted"
    assert not everything_below(tmp_path)


@pytest.mark.parametrize("failing", ["os.replace", "os.chmod", "os.fdopen", "os.open"])
def test_a_full_disk_leaves_nothing_behind(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Whichever call fails, no file, no temporary file and no folder stays, and the reason is given."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"derive.files.{failing}", full)
    assert refused("new", "a/b/mine.toml") == "derive: a/b/mine.toml: cannot be written: No space left on device"
    assert not everything_below(tmp_path)


def test_of_several_files_none_is_written_where_one_cannot_be(tmp_path: Path) -> None:
    """Two files, the second in a folder that is a file: the first is not written either, and an old one stays."""
    (tmp_path / "in the way").write_text("file", encoding="utf-8")
    (tmp_path / "first").write_text("old", encoding="utf-8")
    with pytest.raises(DeriveError, match="cannot be written"):
        write_together(
            {tmp_path / "first": "new", tmp_path / "new" / "x": "x", tmp_path / "in the way" / "second": "x"}
        )
    assert (tmp_path / "first").read_text(encoding="utf-8") == "old"
    assert everything_below(tmp_path) == {"in the way", "first"}


def test_interrupting_the_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C between writing and renaming removes the temporary file and the folder made for it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("derive.files.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "new" / "x", b"x")
    assert not everything_below(tmp_path)


def test_an_output_folder_that_is_a_file(refused: Callable[..., str], tmp_path: Path) -> None:
    """The file in the way is named and stays as it was."""
    (tmp_path / "pages").write_text("mine", encoding="utf-8")
    line = refused("explain", "--rounds", "0", "--to", "html", "--out", "pages")
    assert line.startswith("derive: pages/2-2-2.html: cannot be written: ")
    assert (tmp_path / "pages").read_text(encoding="utf-8") == "mine"
    assert "cannot be written" in refused("new", "pages/below/x.toml")


def test_a_folder_in_the_place_of_a_file(refused: Callable[..., str], tmp_path: Path) -> None:
    """A folder called 2-2-2.tex stops the page beside it too."""
    (tmp_path / "output" / "2-2-2.tex").mkdir(parents=True)
    assert "a folder of that name" in refused("explain", "--rounds", "0", "--to", "html,latex")
    assert everything_below(tmp_path) == {"output", "output/2-2-2.tex"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(refused: Callable[..., str], tmp_path: Path) -> None:
    """A folder without permission to write is refused with the system's reason."""
    (tmp_path / "output").mkdir(mode=0o500)
    assert "Permission denied" in refused("explain", "--rounds", "0", "--to", "html")


def test_a_folder_that_cannot_be_written_by_anyone(refused: Callable[..., str]) -> None:
    """A path that no file can have, and a name too long for one, are refused with a reason."""
    assert "cannot be written" in refused("new", "a\0b")
    assert "cannot be written" in refused("new", "x" * 300)
    assert "cannot be written" in refused("explain", "--rounds", "0", "--to", "html", "--out", "x" * 300)
    assert "cannot be written" in refused("new", "/dev/null/x.toml")


# checks that fail


def test_a_planted_error_stops_the_document(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One gradient of the NumPy core with a flipped sign: the quantity, the routes and both values are named."""

    def flipped(problem: Problem) -> dict[str, float]:
        values = matrix_values(problem)
        return values | {"dE_total/dw5": -values["dE_total/dw5"]}

    monkeypatch.setattr("derive.proof.crosscheck.matrix_values", flipped)
    line = refused("explain")
    for part in ("dE_total/dw5", "proved 0.0821670405", "NumPy matrices -0.0821670405", "complex step 0.0821670405"):
        assert part in line
    assert "No document is written" in line
    assert not everything_below(tmp_path)


def test_a_planted_drift_in_training_stops_the_document(
    refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training run of the NumPy core that is off by a millionth in one round is noticed at the milestone."""

    def drifted(network: Network, rounds: int) -> Training:
        run = train(network, rounds)
        errors = run.errors.copy()
        errors[100] *= 1 + 1e-6
        return replace(run, errors=errors)

    monkeypatch.setattr("derive.proof.crosscheck_training.train", drifted)
    line = refused("explain", "--rounds", "100")
    assert "the routes to E_total@100 disagree" in line
    assert "compiled formulas" in line
    assert not everything_below(tmp_path)


# interruptions


def test_control_c_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt is one line and the status that shells give it."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("derive.given.loading.load", interrupt)
    assert main(["values", "2-2-2"]) == 130
    assert capsys.readouterr().err == "derive: interrupted; nothing half-written is left behind\n"


def test_a_real_interrupt_while_it_trains(tmp_path: Path) -> None:
    """SIGINT in the middle of a million rounds ends the command cleanly and leaves the folder empty."""
    script = (
        # Whatever started the tests may have told its children to ignore Ctrl-C, as a shell in the background does.
        "import signal, sys, derive.proof.values as t\nrun = t.Rounds.run\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "calls = []\n"
        "def told(self, *a, **k):\n    print('training', flush=True)\n    calls.append(1)\n"
        "    while len(calls) == 3:\n        run(self, *a, **k)\n    return run(self, *a, **k)\n"
        "t.Rounds.run = told\nfrom derive.cli import main\n"
        "sys.exit(main(['explain', '--rounds', '1000000']))\n"
    )
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        for _ in range(3):
            assert child.stdout.readline() == "training\n"
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err == "derive: interrupted; nothing half-written is left behind\n"
    assert not everything_below(tmp_path)
