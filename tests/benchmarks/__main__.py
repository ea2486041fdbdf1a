"""The table: ``python -m tests.benchmarks``; ``--tiny`` runs everything once at sizes that prove nothing."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import tempfile
from pathlib import Path

from tests.benchmarks.commands import whole_commands
from tests.benchmarks.deriving import over_time, per_weight, picture
from tests.benchmarks.documents import kept_skeleton, whole_process
from tests.benchmarks.handouts import memory, pages, whole_command
from tests.benchmarks.judging import whole_class
from tests.benchmarks.measuring import Row
from tests.benchmarks.rounds import many_networks, one_network

_LIBRARIES = ("sympy", "numpy", "jinja2", "python-flint", "torch")


def table(rows: list[Row]) -> str:
    """Markdown."""
    lines = ["| work | beside | aim | measured | CPU time, medians |", "|---|---|---|---|---|"]
    for row in rows:
        missed = " (missed)" if row.met is False else ""
        lines.append(f"| {row.work} | {row.beside} | {row.aim} | {row.measured}{missed} | {row.times} |")
    return "\n".join(lines)


def machine() -> str:
    """The processor and the versions, without the name of the host."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        name = models[0] if models else name
    versions = []
    for library in _LIBRARIES:
        try:
            versions.append(f"{library} {importlib.metadata.version(library)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {library}")
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return (
        f"{today}: {os.cpu_count()} cores of {name}, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--tiny", action="store_true", help="run everything once at sizes that prove nothing")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    tiny = arguments.tiny
    repeats = 1 if tiny else arguments.repeats
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        explain, certified = whole_process(folder, 100 if tiny else 10_000, repeats)
        rows = [
            explain,
            *whole_commands(folder, 20 if tiny else 10_000, repeats),
            *one_network(folder, 100 if tiny else 10_000, repeats),
            many_networks(256 if tiny else 10_240, 20 if tiny else 500, repeats),
            *kept_skeleton(folder, repeats, 1 if tiny else 10),
            *per_weight(1 if tiny else min(repeats, 3), 2 if tiny else 5),
            *picture(1 if tiny else min(repeats, 3)),
            over_time(folder, 2 if tiny else 20, min(repeats, 3)),
            certified,
            *whole_class(20 if tiny else 1000, repeats),
            *pages(folder, 2 if tiny else 50, repeats),
            *whole_command(folder, 2 if tiny else 1600, 2 if tiny else 160),
            memory(folder, 2 if tiny else 200, 8 if tiny else 800),
        ]
    print(f"{machine()}; {repeats} interleaved repeats\n\n{table(rows)}")


if __name__ == "__main__":
    main()
