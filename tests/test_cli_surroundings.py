"""The command in surroundings that are not kind to it, and with anything at all on its command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.cli import main

ROOT = Path(__file__).resolve().parent.parent


def process(*argv: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own, which finds derive in the checkout."""
    return subprocess.run(
        [sys.executable, "-m", "derive", *argv],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )


def test_ascii_only_terminals_are_served(tmp_path: Path) -> None:
    """Where standard output takes ASCII alone, nothing breaks: other characters come as escapes."""
    for argv in (["problems"], ["values", "2-2-2"], ["values", "µ.toml"], ["--help"]):
        done = process(*argv, cwd=tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert done.returncode == (2 if "µ.toml" in argv else 0)
        assert b"Traceback" not in done.stderr
        assert (done.stdout + done.stderr).isascii()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_standard_output(tmp_path: Path) -> None:
    """Output that cannot be written is one line on standard error and status 2."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "derive", "values", "2-2-2"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("derive: standard output: cannot be read or written: ")
    assert done.stderr.count(b"\n") == 1


def test_a_reader_that_stops_is_no_error(tmp_path: Path) -> None:
    """`derive values 2-2-2 | head -1`: the closed pipe is passed over in silence."""
    command = [sys.executable, "-m", "derive", "values", "2-2-2"]
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, env=environment, cwd=tmp_path, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


VOCABULARY = """
explain values problems new --json --wrt --brief --digits --rounds --to --out --help --version -h -- -
2-2-2 deepml-neuron nosuch . w5 w5@3 dE/dw5 E_total@10 net_H1[2] [ @ html latex json json,html 0 1 9 30 -1 out x.toml
"""
# Without dots and slashes, so that whatever is written stays in the folder of the test.
WORDS = st.one_of(st.sampled_from(VOCABULARY.split()), st.text(st.characters(exclude_characters="./"), max_size=6))


@settings(max_examples=40)
@given(argv=st.lists(WORDS, max_size=5))
def test_no_command_line_ends_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, argv: list[str]) -> None:
    """Whatever is typed, the command returns or leaves with 0 or 2; a folder of its own takes what it writes."""
    folder = tmp_path_factory.mktemp("typed")
    before = Path.cwd()
    os.chdir(folder)
    try:
        # Three rounds, unless others are asked for, keep a run short: the last value of an option counts.
        status = main(["explain", "--rounds", "3", *argv[1:]] if argv[:1] == ["explain"] else argv)
    except SystemExit as left:
        assert left.code in (0, 2)  # noqa: PT017
    else:
        assert status in (0, 2)
    finally:
        os.chdir(before)
