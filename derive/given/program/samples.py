"""Samples of an own architecture: one pair, a list of them, or a table with a row for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.errors import ProblemError
from derive.given import fields

MOST_SAMPLES = 1_000

#: A value, where it stands in words, and where it stands in the parsed file.
Entry = tuple[object, str, tuple[object, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample: its inputs and targets by name, and where its targets stand."""

    inputs: Mapping[str, Entry]
    targets: Mapping[str, Entry]
    path: str


def read_samples(given: Mapping[str, object]) -> list[Sample]:
    """The samples of a file.

    Raises
    ------
    ProblemError
    """
    if "samples" not in given:
        if "inputs" not in given:
            raise ProblemError("missing; a network needs inputs, or samples", key="inputs")
        inputs = _entries(given["inputs"], "inputs", ("inputs",))
        if not inputs:
            raise ProblemError("at least one input is needed, such as x1 = 0.05", key="inputs")
        return [
            Sample(inputs=inputs, targets=_entries(given.get("targets", {}), "targets", ("targets",)), path="targets")
        ]
    for key in ("inputs", "targets"):
        if key in given:
            raise ProblemError(
                "either [inputs] and [targets] for one sample, or samples for several, not both", key=key
            )
    samples = given["samples"]
    if isinstance(samples, Mapping):
        return _table(samples)
    entries = fields.sequence(samples, "samples", what="[[samples]] entries with inputs and targets")
    _count(len(entries))
    found: list[Sample] = []
    for place, entry in enumerate(entries):
        path = f"samples[{place}]"
        keys = fields.table(entry, path, example="{ inputs = { x1 = 0.05 }, targets = { y1 = 0.01 } }")
        fields.only_keys(keys, ("inputs", "targets"), path)
        inputs = _entries(keys.get("inputs", {}), f"{path}.inputs", ("samples", place, "inputs"))
        targets = _entries(keys.get("targets", {}), f"{path}.targets", ("samples", place, "targets"))
        if found and (set(inputs) != set(found[0].inputs) or set(targets) != set(found[0].targets)):
            raise ProblemError("every sample has the inputs and targets of the first", key=path)
        found.append(Sample(inputs=inputs, targets=targets, path=f"{path}.targets"))
    if not found[0].inputs:
        raise ProblemError("at least one input is needed", key="samples[0].inputs")
    return found


def _entries(given: object, path: str, origin: tuple[object, ...]) -> dict[str, Entry]:
    table = fields.table(given, path, example="x1 = 0.05")
    return {
        fields.name(key, fields.inside(path, key)): (value, fields.inside(path, key), (*origin, key))
        for key, value in table.items()
    }


def _table(given: Mapping[str, object]) -> list[Sample]:
    """``inputs``, ``targets`` and ``rows``: the numbers of each sample, inputs first."""
    keys = fields.table(given, "samples", example='inputs = ["x1", "x2"], targets = ["y"], rows = [[1, 0, 1]]')
    fields.only_keys(keys, ("inputs", "targets", "rows"), "samples")
    for key in ("inputs", "rows"):
        if key not in keys:
            raise ProblemError(
                "missing; a table of samples needs inputs (names), targets (names) and rows", key=f"samples.{key}"
            )
    names = {
        key: [
            fields.name(each, f"samples.{key}[{place}]")
            for place, each in enumerate(fields.sequence(keys.get(key, []), f"samples.{key}", what="names"))
        ]
        for key in ("inputs", "targets")
    }
    rows = fields.sequence(keys["rows"], "samples.rows", what="a list of numbers for each sample")
    _count(len(rows))
    width = len(names["inputs"]) + len(names["targets"])
    found = []
    for number, row in enumerate(rows):
        path = f"samples.rows[{number}]"
        cells = fields.sequence(row, path, what=f"{width} numbers")
        if len(cells) != width:
            raise ProblemError(f"{width} numbers, inputs first and then targets; here are {len(cells)}", key=path)
        entries = [(cell, f"{path}[{place}]", ("samples", "rows", number, place)) for place, cell in enumerate(cells)]
        split = len(names["inputs"])
        found.append(
            Sample(
                inputs=dict(zip(names["inputs"], entries[:split], strict=True)),
                targets=dict(zip(names["targets"], entries[split:], strict=True)),
                path=path,
            )
        )
    return found


def _count(count: int) -> None:
    if not 1 <= count <= MOST_SAMPLES:
        raise ProblemError(f"1 to {MOST_SAMPLES:,} samples are allowed; here are {count:,}", key="samples")
