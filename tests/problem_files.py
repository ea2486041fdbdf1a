"""A good problem, as a file and as a mapping, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from derive.errors import ProblemError
from derive.given.loading import load

GOOD = (
    'title = "t"\nloss = "half_squared_error"\nlearning_rate = 0.50\n'
    "inputs = { x1 = 0.05, x2 = 0.10 }\ntargets = { y1 = 0.01, y2 = 0.99 }\n"
    '[[layers]]\nunits = ["H1", "H2"]\nactivation = "sigmoid"\n'
    "weights = [[0.15, 0.20], [0.25, 0.30]]\nbias = 0.35\n"
    '[[layers]]\nunits = ["y1", "y2"]\nactivation = "sigmoid"\n'
    "weights = [[0.40, 0.45], [0.50, 0.55]]\nbias = [0.60, 0.61]\n"
)


def parsed() -> dict[str, Any]:
    """A good problem as a mapping, free to be spoilt."""
    return {
        "title": "t",
        "loss": "half_squared_error",
        "learning_rate": 0.5,
        "inputs": {"x1": 0.05, "x2": 0.1},
        "targets": {"y1": 0.01, "y2": 0.99},
        "layers": [
            {"units": ["H1", "H2"], "activation": "sigmoid", "weights": [[0.15, 0.2], [0.25, 0.3]], "bias": 0.35},
            {"units": ["y1", "y2"], "activation": "sigmoid", "weights": [[0.4, 0.45], [0.5, 0.55]], "bias": 0.6},
        ],
    }


def sampled(*samples: dict[str, Any]) -> dict[str, Any]:
    """The good problem with [[samples]] in place of its one training pair."""
    mapping = parsed()
    del mapping["inputs"], mapping["targets"]
    mapping["samples"] = list(samples)
    return mapping


PAIR: dict[str, Any] = {"inputs": {"x1": 1, "x2": 2}, "targets": {"y1": 0, "y2": 1}}


def refused(source: Any) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        load(source)
    message = str(caught.value)
    assert len(message) < 1500
    assert "\n" not in message
    assert message.isprintable()
    return caught.value


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """A change of one place in a mapping; tables on the way are made."""

    def change(mapping: Any) -> None:
        for key in path[:-1]:
            mapping = mapping.setdefault(key, {}) if isinstance(mapping, dict) else mapping[key]
        mapping[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(mapping: Any) -> None:
        for key in path[:-1]:
            mapping = mapping[key]
        del mapping[path[-1]]

    return change
