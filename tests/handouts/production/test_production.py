"""Producing a handout: in one process, in several, by another executor, and killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.errors import DeriveError, ProblemError
from derive.work.production import produce, shares, time_left
from tests.handouts.production import dummy

ROOT = Path(derive.__file__).parent.parent


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != ".derive-journals")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an uninterrupted run in one process writes."""
    folder = tmp_path_factory.mktemp("whole") / "sheet"
    dummy.run(str(folder), 1)
    found = tree(folder)
    assert len(found) == 2 * dummy.STUDENTS + 3
    return found


@given(st.integers(0, 300_000), st.integers(1, 16), st.integers(1, 2000))
def test_shares(count: int, jobs: int, least: int) -> None:
    """Everyone is in exactly one task, tasks are of almost one size, none too small, and enough for all jobs."""
    tasks = shares(count, jobs, least=least)
    assert [task.start for task in tasks[:1]] == [0] * bool(count)
    assert all(one.stop == other.start for one, other in pairwise(tasks))
    assert sum(map(len, tasks)) == count
    sizes = [len(task) for task in tasks]
    if len(tasks) > 1:
        assert min(sizes) >= least
        assert max(sizes) - min(sizes) <= 1
    if count >= jobs * least:
        assert len(tasks) >= jobs


@pytest.mark.parametrize(
    ("count", "jobs", "least", "expected"),
    [(30, 2, 1000, [30]), (1600, 2, 1000, [1600]), (4000, 2, 1000, [2000, 2000]), (1600, 2, 400, [800, 800]),
     (100_000, 2, 1000, [2000] * 50)],
)  # fmt: skip
def test_shares_of_classes(count: int, jobs: int, least: int, expected: list[int]) -> None:
    """Shares of a few classes, counted by hand."""
    assert [len(task) for task in shares(count, jobs, least=least)] == expected


def test_results_in_order_whatever_runs_them() -> None:
    """One process and another executor give the same results in the same order; the executor is left open."""
    tasks = list(range(20))
    expected = [str(task) for task in tasks]
    assert produce(tasks, str) == expected
    with ThreadPoolExecutor(3) as executor:
        assert produce(tasks, str, executor=executor) == expected
        assert executor.submit(str, 1).result() == "1"


def test_nothing_to_do() -> None:
    """No tasks give no results."""
    assert produce([], str, jobs=4) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_is_the_workers_own(jobs: int) -> None:
    """What a worker raises arrives whole, from another process too."""
    with pytest.raises(ProblemError, match=r"dummy.toml: task: no such number") as caught:
        produce([0, 1, 2, 3], dummy.fail, jobs=jobs)
    assert caught.value.key == "task"


def test_two_processes_write_the_same_bytes(tmp_path: Path, uninterrupted: dict[str, bytes]) -> None:
    """With two jobs every byte is as with one."""
    dummy.run(str(tmp_path / "sheet"), 2)
    assert tree(tmp_path / "sheet") == uninterrupted


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_at_random_moments(tmp_path: Path, uninterrupted: dict[str, bytes], jobs: int) -> None:
    """After kills at random moments no file is half-written, and the same command ends with the same bytes."""
    folder = tmp_path / "sheet"
    moments = random.Random(5)
    seen = 0
    for _ in range(5):
        child = start(folder, jobs)
        reached = len(uninterrupted) * moments.random() * 0.8
        until = time.monotonic() + 30
        while len(whole(folder)) < max(seen, reached) + 1 and child.poll() is None and time.monotonic() < until:
            time.sleep(0.001)
        child.kill()
        child.wait()
        for name, content in whole(folder).items():
            assert content == uninterrupted[name]
        seen = len(whole(folder))
    assert seen > 0
    child = start(folder, jobs)
    assert child.wait(120) == 0
    assert tree(folder) == uninterrupted


@pytest.mark.skipif(os.name == "nt", reason="interrupts by signal")
def test_interrupt_ends_all_processes(tmp_path: Path, uninterrupted: dict[str, bytes]) -> None:
    """Ctrl-C ends a run in two processes, which leaves nothing half-written and can be gone on with."""
    folder = tmp_path / "sheet"
    child = start(folder, 2, pause="1")  # half a minute in all: a busy machine is slow to look
    while len(whole(folder)) < 10 and child.poll() is None:
        time.sleep(0.001)
    child.send_signal(signal.SIGINT)
    assert child.wait(60) != 0
    for name, content in whole(folder).items():
        assert content == uninterrupted[name]
    dummy.run(str(folder), 1)
    assert tree(folder) == uninterrupted


def start(folder: Path, jobs: int, pause: str = "0.1") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.handouts.production.dummy", str(folder), str(jobs)]
    slowly = {**os.environ, dummy.PAUSE: pause}
    return subprocess.Popen(command, cwd=ROOT, env=slowly, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole(folder: Path) -> dict[str, bytes]:
    """The files that are there under their own names, while others may be coming and going."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.suffix == ".html"}


def test_a_lost_process_is_told(tmp_path: Path) -> None:
    """A process that is ended from outside ends the run with a sentence, not a traceback."""
    with pytest.raises(DeriveError, match="ended from outside"):
        produce([3, 3], os._exit, jobs=2)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (61, "2 min"),
        (3599, "1 h 00 min"),
        (1800, "30 min"),
        (3661, "1 h 02 min"),
        (-1, "0 s"),
    ],
)
def test_time_left(seconds: float, said: str) -> None:
    """Times left in words, rounded up to whole minutes."""
    assert time_left(seconds) == said
