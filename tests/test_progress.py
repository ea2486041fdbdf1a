"""The progress bar: on a terminal only, after a second, and gone at the end."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from derive import progress
from derive.progress import Bar, counting, shown_on

ROOT = Path(__file__).resolve().parent.parent


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal, and what its line shows in the end."""

    def isatty(self) -> bool:
        return True

    def line(self) -> str:
        shown = ""
        for piece in self.getvalue().split("\r"):
            shown = piece + shown[len(piece) :]
        return shown.rstrip()


def test_short_work_shows_nothing() -> None:
    """Within the first second nothing is drawn, and nothing needs erasing."""
    terminal, clock = Terminal(), Clock()
    bar = Bar(terminal, clock)
    clock.now += 0.9
    bar.show("round 1", 0.5)
    bar.erase()
    assert terminal.getvalue() == ""


def test_long_work_is_drawn_and_erased() -> None:
    """After a second there is a bar with its part in percent; a shorter line covers a longer one; the end is blank."""
    terminal, clock = Terminal(), Clock()
    bar = Bar(terminal, clock)
    clock.now += 1.1
    bar.show("round 500 of 1 000", 0.5)
    assert terminal.line() == "[###############...............]  50 %  round 500 of 1 000"
    bar.show("round 501 of 1 000", 0.501)  # too soon to draw again
    assert terminal.line().endswith("round 500 of 1 000")
    clock.now += 0.2
    bar.show("printing pdf")
    assert terminal.line() == "printing pdf"
    bar.erase()
    assert terminal.line() == ""
    assert "\n" not in terminal.getvalue()


def test_rounds_are_counted_only_where_a_bar_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal the caller's own function is handed back; with one, each call reaches it and moves the bar."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    heard: list[int] = []
    report = heard.append
    assert counting(report, 0, 10) == report
    with shown_on(io.StringIO()):
        assert counting(report, 0, 10) == report
    with shown_on(None):
        assert counting(report, 0, 10) == report
    terminal = Terminal()
    with shown_on(terminal):
        counted = counting(report, 10, 20)
        counted(7)
        assert heard == [7]
        assert terminal.line().endswith("55 %  round 11 of 20")
    assert terminal.line() == ""
    assert counting(report, 0, 10) == report


def test_a_terminal_that_goes_away_is_no_error() -> None:
    """The work goes on where the bar can no longer be drawn."""
    terminal, clock = Terminal(), Clock()
    bar = Bar(terminal, clock)
    clock.now += 2
    terminal.close()
    bar.show("round 1")
    bar.erase()


SCRIPT = (
    "import sys\nfrom derive import progress\nprogress.PATIENCE = progress.INTERVAL = 0\nfrom derive.cli import main\n"
    "sys.exit(main(['values', '2-2-2', 'E_total@300']))\n"
)


def test_the_command_shows_it_on_a_terminal_only(tmp_path: Path) -> None:
    """With standard error on a terminal the rounds are counted there and erased; in a pipe there is not a byte."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs) as child:
        os.close(theirs)
        drawn = b"".join(iter(lambda: read(ours), b""))
        out, _ = child.communicate()
    os.close(ours)
    assert child.returncode == 0
    assert b" 50 %  round 150 of 300" in drawn
    assert drawn.endswith(b" \r")
    assert b"\n" not in drawn
    piped = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=True)
    assert piped.stderr == b""
    assert piped.stdout == out
    assert out.startswith(b"E_total@300  0.0")


def read(terminal: int) -> bytes:
    """What was written to a terminal since; nothing where the other side is closed, which Linux calls an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
