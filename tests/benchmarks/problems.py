"""Problems as people bring them: random figures, networks that train well, many samples, many weights."""

from __future__ import annotations

import itertools
import random
from pathlib import Path


def random_network(folder: Path, sizes: tuple[int, ...], samples: int = 1, seed: int = 1) -> str:
    """Write a problem file with figures of two decimals and give its name.

    Parameters
    ----------
    folder : Path
    sizes : tuple of int
        Inputs, then units of each layer, sigmoid all.
    samples : int
    seed : int
    """
    drawn = random.Random(seed)

    def figure(low: float, high: float) -> str:
        return f"{drawn.uniform(low, high):.2f}"

    lines = ['title = "Random figures"', 'loss = "half_squared_error"', "learning_rate = 0.5"]
    for _ in range(samples):
        inputs = ", ".join(f"x{i} = {figure(0, 1)}" for i in range(1, sizes[0] + 1))
        targets = ", ".join(f"y{k} = {figure(0.01, 0.99)}" for k in range(1, sizes[-1] + 1))
        lines += ["[[samples]]", f"inputs = {{ {inputs} }}", f"targets = {{ {targets} }}"]
    for depth, (below, units) in enumerate(itertools.pairwise(sizes), start=1):
        last = depth == len(sizes) - 1
        names = ", ".join(f'"{"y" if last else f"h{depth}u"}{k}"' for k in range(1, units + 1))
        rows = ", ".join(f"[{', '.join(figure(-1, 1) for _ in range(below))}]" for _ in range(units))
        lines += ["[[layers]]", 'activation = "sigmoid"', f"units = [{names}]", f"weights = [{rows}]"]
        lines += [f"bias = [{', '.join(figure(-1, 1) for _ in range(units))}]"]
    shape = "-".join(map(str, sizes))
    path = folder / (f"random-{shape}.toml" if samples == 1 else f"random-{shape}-{samples}.toml")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path.name


def random_lstm(folder: Path, units: int, steps: int, seed: int = 1) -> str:
    """Write a problem file of an LSTM with two inputs a step and one output at the end, and give its name."""
    drawn = random.Random(seed)

    def vector(count: int) -> str:
        return "[" + ", ".join(f"{drawn.uniform(-0.8, 0.8):.2f}" for _ in range(count)) + "]"

    def matrix(rows: int, columns: int) -> str:
        return "[" + ", ".join(vector(columns) for _ in range(rows)) + "]"

    zeros = "[" + ", ".join(["0"] * units) + "]"
    lines = ['title = "Random LSTM"', 'loss = "half_squared_error"', "learning_rate = 0.1"]
    lines += ["[inputs]", f'x = {{ over = "time", values = {matrix(steps, 2)} }}', "[targets]", "y = 0.5"]
    lines += ["[[layers]]", 'name = "cell"', 'type = "lstm"', f"state = {{ h = {zeros}, C = {zeros} }}"]
    lines += ["[layers.parameters]"]
    for gate in "figo":
        lines += [f"W{gate} = {matrix(units, 2)}", f"U{gate} = {matrix(units, units)}", f"b{gate} = {vector(units)}"]
    lines += ["[[layers]]", 'units = ["y"]', 'from = "cell.h"', 'at = "last"', 'activation = "identity"']
    lines += [f"weights = [{vector(units)}]"]
    path = folder / f"lstm-{units}-{steps}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path.name
