"""Times of several ways to do one thing, taken in turns so that a busy moment of the machine falls on all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; ``met`` is None where nothing could be measured."""

    work: str
    beside: str
    aim: str
    measured: str
    times: str
    met: bool | None


def medians(works: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """The median CPU seconds of each work, a first run of each left out."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            seconds = work()
            if turn:
                found[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def timed(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """What runs a work so many times and gives the CPU seconds of one."""

    def run() -> float:
        started = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - started) / times

    return run


def process(arguments: Sequence[str], folder: Path) -> Callable[[], float]:
    """What runs Python on arguments in a process of its own and gives its CPU seconds, the system's part included."""

    def run() -> float:
        before = _of_children()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once
        subprocess.run([sys.executable, *arguments], check=True, cwd=folder, env=environment, capture_output=True)
        return _of_children() - before

    return run


def _of_children() -> float:
    """CPU seconds of all processes that have ended: to the microsecond where the system counts them so."""
    if sys.platform == "win32":
        times = os.times()
        return times.children_user + times.children_system
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shown(seconds: float) -> str:
    """Seconds in a unit that suits them, three digits."""
    units = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
    size, unit = next((pair for pair in units if seconds >= pair[0]), units[-1])
    return f"{seconds / size:.3g} {unit}"


def several(times: Mapping[str, float]) -> str:
    """All times of a row."""
    return "; ".join(f"{name} {shown(seconds)}" for name, seconds in times.items())
