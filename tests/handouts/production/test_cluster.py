"""A handout made by a Dask cluster: the same bytes as at home, whatever happens to its workers."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from derive.given.loading import load
from derive.handouts.making import handing_out
from derive.handouts.making.cluster import cluster
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import Plan, plan
from tests.commands import runner

STUDENTS = 48


def _contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _order() -> Plan:
    return plan(load("2-2-2"), students=STUDENTS, ask="forward", formats=("html",), seed="cluster")


@pytest.fixture
def local_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two workers, processes of their own, on this machine."""
    distributed = pytest.importorskip("distributed", reason="no Dask: pip install '.[cluster]'")
    import dask

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    with (
        dask.config.set({"distributed.worker.daemon": False, "distributed.comm.timeouts.connect": "60s"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
        ) as found,
    ):
        yield found


@pytest.mark.filterwarnings("default")
def test_a_worker_killed_in_mid_run_changes_no_byte(
    local_cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker dies as soon as some sheets are there; all files are there in the end, and those of home."""
    monkeypatch.setattr(handing_out, "LEAST", 4)
    write_handout(_order(), tmp_path / "home")
    out = tmp_path / "away"
    killed: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(0.005):
            if len(list((out / "worksheets").glob("*.html"))) >= 4:
                process = next(iter(local_cluster.workers.values())).process
                killed.append(process.pid)
                os.kill(process.pid, signal.SIGKILL)
                return

    watcher = threading.Thread(target=kill)
    with cluster(local_cluster.scheduler_address) as executor:
        watcher.start()
        write_handout(_order(), out, jobs=8, executor=executor)
        ended.wait(0.1)  # a last look of the watcher
    ended.set()
    watcher.join()
    assert killed
    assert _contents(out) == _contents(tmp_path / "home")


def test_the_command_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Dask the extra is named; nothing is written."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = runner(capsys, "handout")(
        "2-2-2", "--students", "2", "--scheduler", "tcp://127.0.0.1:9", "--out", str(tmp_path / "x")
    )
    assert (done.status, done.out) == (2, "")
    assert "derive-backprop[cluster]" in done.err
    assert not (tmp_path / "x").exists()


def test_numbers_drawn_in_tasks_are_those_drawn_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name's numbers hang on itself alone, however many are drawn together."""
    whole = _order().drawn()
    monkeypatch.setattr(handing_out, "_LEAST_DRAWN", 5)
    _, manifest = write_handout(_order(), tmp_path / "sheet", jobs=1)
    assert manifest.variants == whole.variants
    assert manifest.forms == whole.forms


def test_numbers_that_are_somebody_elses_are_counted(tmp_path: Path) -> None:
    """A formula with few numbers: those that have the same form as others are told; of a network nobody has."""
    order = plan(load("ng-graph-J"), students=30, formats=("html",), seed="x", ask="forward")
    _, manifest = write_handout(order, tmp_path / "few")
    numbers = [tuple(problem.givens) for problem in manifest.variants.values()]  # type: ignore[union-attr]
    assert handing_out.shared_numbers(order, manifest) == sum(numbers.count(each) > 1 for each in numbers) > 0
    order = _order()
    assert handing_out.shared_numbers(order, order.drawn()) == 0
