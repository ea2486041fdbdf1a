"""Whole commands beside what they have to import: what everybody waits for."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measuring import Row, medians, process, several

_IMPORTS = "import numpy, flint"


def whole_commands(folder: Path, rounds: int, repeats: int) -> list[Row]:
    """`values`, `verify`, trainings of random networks and one of 64-64-10, each worked anew; and a kept outcome."""
    names = {"random 2-2-2": (2, 2, 2), "random 4-4-4": (4, 4, 4), "64-64-10": (64, 64, 10)}
    files = {name: _written(folder, name, sizes, 1) for name, sizes in names.items()}
    files["30 samples of 2-2-2"] = _written(folder, "thirty", (2, 2, 2), 30)
    train = ["--rounds", str(rounds), "--out", "trained"]
    commands: Mapping[str, tuple[Sequence[str], float | None]] = {
        "values 2-2-2 E_total dE/dw5": (["--fresh"], 2.2),
        "verify 2-2-2 net_H1=0.3775 dE/dw5=0.09": ([], 3.0),
        f"values {files['64-64-10']} E_total": (["--fresh"], 8.0),
        **{f"train {files[name]}": (train, None) for name in files if name != "64-64-10"},
    }
    shown = {text: text.replace(path, name) for name, path in files.items() for text in commands if path in text}
    works = {"imports": process(["-c", _IMPORTS], folder)}
    works |= {text: process(["-c", _RUN, *text.split(), *options], folder) for text, (options, _) in commands.items()}
    works |= {"bare": process(["-c", "pass"], folder), "kept": process(["-c", _RUN, *["values", "2-2-2"]], folder)}
    times = medians(works, repeats)
    rows = []
    for text, (_, aim) in commands.items():
        ratio = times[text] / times["imports"]
        more = f" ({rounds} rounds, proved)" if text.startswith("train") else ""
        rows.append(
            Row(work=f"`derive {shown.get(text, text)}`{more}", beside=f'`python -c "{_IMPORTS}"`',
                aim="" if aim is None else f"within {aim:g} times", measured=f"{ratio:.1f} times",
                times=several({"command": times[text], "imports": times["imports"]}),
                met=None if aim is None else ratio <= aim)
        )  # fmt: skip
    ratio = times["kept"] / times["bare"]
    rows.append(
        Row(work="`derive values 2-2-2` again, its outcome kept", beside="`python -c pass`", aim="within 2 times",
            measured=f"{ratio:.1f} times", times=several({"command": times["kept"], "bare": times["bare"]}),
            met=ratio <= 2)
    )  # fmt: skip
    return rows


#: Exit status 1 of `verify` says that a figure is wrong, and so it is.
_RUN = "import sys; from derive.cli import command; sys.exit(min(command(), 2) // 2)"


def _written(folder: Path, name: str, sizes: tuple[int, int, int], samples: int) -> str:
    """A problem file of a random network: the same on every run."""
    draw = random.Random(name)
    inputs, hidden, outputs = sizes

    def numbers(count: int, least: float = -0.5) -> str:
        return ", ".join(f"{draw.uniform(least, 0.5):.2f}" for _ in range(count))

    def named(letter: str, count: int) -> str:
        return ", ".join(f"{letter}{place} = {draw.uniform(0.05, 0.95):.2f}" for place in range(1, count + 1))

    def layer(letter: str, count: int, before: int) -> str:
        units = ", ".join(f'"{letter}{place}"' for place in range(1, count + 1))
        weights = ", ".join(f"[{numbers(before)}]" for _ in range(count))
        return f'[[layers]]\nactivation = "sigmoid"\nunits = [{units}]\nweights = [{weights}]\nbias = 0.1\n'

    text = f'title = "{name}"\nlearning_rate = 0.5\nloss = "half_squared_error"\n'
    for _ in range(samples):
        text += f"[[samples]]\ninputs = {{ {named('x', inputs)} }}\ntargets = {{ {named('y', outputs)} }}\n"
    path = folder / f"{name.replace(' ', '-')}.toml"
    path.write_text(text + layer("H", hidden, inputs) + layer("y", outputs, hidden), encoding="utf-8")
    return path.name
