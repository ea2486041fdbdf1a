"""A handout that is killed at random moments: no half-written file, and the same command goes on to the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from derive.cli import main

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = 60
ORDER = ("handout", "2-2-2", "--students", str(STUDENTS), "--ask", "out_H1", "--to", "html,pdf", "--seed", "s")


def contents(folder: Path) -> dict[str, bytes]:
    """Files by name, but for those under temporary names and the parts of class files on the way."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_file() and not (path.name.startswith(".derive-") and path.suffix == ".part"):
            found[name] = path.read_bytes()
    return {name: content for name, content in found.items() if not name.startswith(("parts/", ".derive-journals/"))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same handout, never interrupted, by one process."""
    folder = tmp_path_factory.mktemp("whole") / "sheet"
    assert main((*ORDER, "--out", str(folder), "--jobs", "1")) == 0
    found = contents(folder)
    assert len(found) == 5 * STUDENTS + 8
    return found


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "derive", *ORDER, "--out", str(folder), "--jobs", "2"]
    # A session of its own: Ctrl-C goes to all processes of a terminal.
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def written(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def wait_for(process: subprocess.Popen[bytes], folder: Path, files: int) -> bool:
    """Wait until so many files are there; whether the process still runs."""
    while process.poll() is None:
        if written(folder) >= files:
            return True
        time.sleep(0.002)
    return False


def settled(folder: Path) -> None:
    """Wait until the processes that were left have ended: nothing is written any more."""
    before, now = -1, written(folder)
    while before != now:
        time.sleep(0.25)
        before, now = now, written(folder)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_interrupted_at_random_moments(tmp_path: Path, whole: dict[str, bytes], sign: signal.Signals) -> None:
    """Three times in a row; every file that is there is whole each time, and the last run makes the rest."""
    choose = random.Random(sign.name)
    folder = tmp_path / "sheet"
    moments = sorted(choose.randrange(1, 5 * STUDENTS) for _ in range(3))
    interrupted = 0
    for moment in moments:
        process = start(folder)
        running = wait_for(process, folder, moment)
        if running and sign is signal.SIGINT:
            os.killpg(process.pid, sign)
        elif running:
            process.send_signal(sign)
        _, err = process.communicate(timeout=60)
        interrupted += process.returncode != 0
        assert b"Traceback" not in err
        settled(folder)
        there = contents(folder)
        assert [name for name, content in there.items() if content != whole.get(name)] == []
    assert interrupted >= 1
    process = start(folder)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, b"")
    assert contents(folder) == whole
    assert not list(folder.rglob("*.part"))
    assert not (folder / "parts").exists()


def test_a_disk_that_is_full_leaves_nothing_half_written(
    tmp_path: Path, whole: dict[str, bytes], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing fails in the middle of the class: a plain line, whole files only, and the same command goes on."""
    import derive.files as files

    stage, count = files._stage, 0

    def failing(*arguments: object, **options: object) -> str:
        nonlocal count
        count += 1
        if count == 50:
            raise OSError(28, "No space left on device")
        return stage(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_stage", failing)
    folder = tmp_path / "sheet"
    order = (*ORDER, "--out", str(folder), "--jobs", "1")
    assert main(order) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "No space left on device" in printed.err
    there = contents(folder)
    assert 3 < len(there) < len(whole)
    assert [name for name, content in there.items() if content != whole[name]] == []
    assert not list(folder.rglob("*.part"))
    monkeypatch.undo()
    assert main(order) == 0
    assert contents(folder) == whole
