"""Deriving networks of several sizes, where the time for each weight should not depend on the size; and a picture."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from derive import explain, solve
from derive.given.loading import problem_named
from derive.network.deriving import derive_formulas
from tests.benchmarks.measuring import ROOT, Row, medians, several, shown, timed
from tests.benchmarks.problems import random_lstm
from tests.programs.test_sizes import picture_of_28

_ALL = ((2, 2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8, 8), (16, 16, 16))
_CODE = """
import json, sys, time
from derive.given.problem import Conventions, LayerStructure, Structure
from derive.network.backward import derive_structure
sizes = json.loads(sys.argv[1])
layers = [LayerStructure(units=tuple(f"u{depth}_{unit}" for unit in range(size)), activation="sigmoid",
                         bias_kind="per-unit") for depth, size in enumerate(sizes[1:])]
structure = Structure(inputs=tuple(f"x{i}" for i in range(sizes[0])), layers=tuple(layers),
                      loss="half_squared_error", conventions=Conventions(), sample_count=1)
times = []
for _ in range(4):
    started = time.process_time()
    derivation = derive_structure(structure)
    times.append(time.process_time() - started)
print(json.dumps({"weights": sum(name.startswith("step_w") for name in derivation.by_id), "times": times}))
"""


_SOLVE = """
import sys, time
import derive, numpy, sympy
problem = derive.load(sys.argv[1])
started = time.process_time()
derive.solve(problem)
print(time.process_time() - started)
"""


def over_time(folder: Path, steps: int, repeats: int) -> Row:
    """An LSTM of three units: everything derived, worked by all routes and compared."""
    command = [sys.executable, "-c", _SOLVE, str(folder / random_lstm(folder, 3, steps))]
    found = [
        float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        for _ in range(repeats)
    ]
    seconds = statistics.median(found)
    return Row(work=f"an LSTM of 3 units over {steps} steps, derived and solved", beside="", aim="within 5 s",
               measured=f"{seconds:.1f} s", times=shown(seconds), met=seconds <= 5)  # fmt: skip


def per_weight(repeats: int, largest: int) -> list[Row]:
    """Each size in processes of its own: the first derivation with nothing kept, and the next ones."""
    sizes = _ALL[:largest]
    cold: dict[tuple[int, ...], list[float]] = {size: [] for size in sizes}
    warm: dict[tuple[int, ...], list[float]] = {size: [] for size in sizes}
    for _ in range(repeats):
        for size in sizes:
            ran = subprocess.run(
                [sys.executable, "-c", _CODE, json.dumps(size)], cwd=ROOT, check=True, capture_output=True, text=True
            )
            found = json.loads(ran.stdout)
            cold[size].append(found["times"][0] / found["weights"])
            warm[size].append(min(found["times"][1:]) / found["weights"])
    names = ", ".join("-".join(map(str, size)) for size in sizes)
    rows = []
    for what, times in (("rules derived before", warm), ("first in its process", cold)):
        middle = {"-".join(map(str, size)): statistics.median(each) for size, each in times.items()}
        ratio = max(middle.values()) / min(middle.values())
        each = "; ".join(f"{name} {shown(seconds)}" for name, seconds in middle.items())
        rows.append(Row(work=f"deriving {names}, per weight ({what})", beside="each other", aim="flat within 2",
                        measured=f"within {ratio:.1f}", times=each, met=ratio <= 2))  # fmt: skip
    return rows


def picture(repeats: int) -> list[Row]:
    """A picture of 28 × 28 with a kernel, pooling and ten outputs, derived and solved, and its page."""
    problem = problem_named(picture_of_28(), "digit")

    def solved() -> None:
        derive_formulas.cache_clear()
        solve(problem)

    times = medians({"derived and solved": timed(solved)}, repeats)
    seconds = times["derived and solved"]
    size = len(explain(problem).to_html().encode("utf-8"))
    return [
        Row(work="a picture of 28 × 28, a kernel, pooling, 10 outputs: derived and solved", beside="", aim="under 5 s",
            measured=shown(seconds), times=several(times), met=seconds < 5),
        Row(work="the page of the same", beside="", aim="under 1 MB", measured=f"{size / 1e6:.2f} MB", times="",
            met=size < 1_000_000),
    ]  # fmt: skip
