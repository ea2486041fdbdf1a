"""Small networks for worked examples of misconceptions, and their values worked out by hand in plain floats."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from derive.arithmetic.code import FLOATS, compile_quantities
from derive.given.loading import load
from derive.judging.routes import Routes, routes_of
from derive.proof.values import given_numbers

BASE: dict[str, Any] = {"title": "t", "loss": "half_squared_error", "learning_rate": 0.5}
TWO = {"inputs": {"x1": 0.05, "x2": 0.1}, "targets": {"y1": 0.01, "y2": 0.99}}
HIDDEN = {"units": ["H1", "H2"], "activation": "sigmoid", "weights": [[0.15, 0.2], [0.25, 0.3]], "bias": 0.35}
OUTPUT = {"units": ["y1", "y2"], "activation": "sigmoid", "weights": [[0.4, 0.45], [0.5, 0.55]], "bias": 0.6}
#: One unit with numbers that a reader checks in the head: net = 2·0.5 − 1·0.25 + 0.25 = 1.
ONE_UNIT = {"inputs": {"x1": 2, "x2": -1}, "targets": {"y": 0}}
ONE_LAYER = {"units": ["y"], "activation": "identity", "weights": [[0.5, 0.25]], "bias": [0.25]}

NETWORKS: dict[str, Any] = {
    "default": BASE | TWO | {"layers": [HIDDEN, OUTPUT]},
    "sequential": BASE | TWO | {"layers": [HIDDEN, OUTPUT], "conventions": {"update": "sequential"}},
    "own biases": BASE | TWO | {"layers": [HIDDEN | {"bias": [0.1, 0.2]}, OUTPUT | {"bias": [0.3, 0.4]}]},
    "mean": BASE | TWO | {"loss": "mean_squared_error", "layers": [HIDDEN, OUTPUT]},
    "tanh": BASE | ONE_UNIT | {"layers": [ONE_LAYER | {"activation": "tanh"}]},
    "tanh below": BASE
    | {"inputs": {"x": 1}, "targets": {"y": 0}}
    | {
        "layers": [
            {"units": ["h"], "activation": "tanh", "weights": [[1]]},
            {"units": ["y"], "activation": "identity", "weights": [[2]]},
        ]
    },
    "tanh chain": {
        "title": "t",
        "objective": "J",
        "wrt": ["a"],
        "given": {"a": 0.5, "b": 4},
        "define": {"u": "a*b", "v": "tanh(u)", "J": "3*v"},
    },
    "softplus": BASE | ONE_UNIT | {"layers": [ONE_LAYER | {"activation": "softplus"}]},
    "dead": BASE
    | ONE_UNIT
    | {"layers": [{"units": ["h"], "activation": "relu", "weights": [[-0.5, 0.25]]}, ONE_LAYER | {"weights": [[0.5]]}]},
    "dead output": BASE
    | ONE_UNIT
    | {"targets": {"y": 3}, "layers": [ONE_LAYER | {"activation": "relu", "weights": [[-0.5, 0.25]]}]},
    "deep": BASE
    | {"inputs": {"x": 1}, "targets": {"y": 1}}
    | {
        "layers": [
            {"units": ["a", "b"], "activation": "leaky_relu", "weights": [[-1], [2]]},
            {"units": ["c"], "activation": "identity", "weights": [[1, 0.5]]},
            {"units": ["y"], "activation": "identity", "weights": [[2]]},
        ]
    },
    "logistic": BASE | ONE_UNIT | {"loss": "binary_cross_entropy", "layers": [ONE_LAYER | {"activation": "sigmoid"}]},
    "softmax": BASE
    | {"inputs": {"x1": 1}, "targets": {"a": 0.75, "b": 0.25}, "loss": "cross_entropy"}
    | {"layers": [{"units": ["a", "b"], "activation": "softmax", "weights": [[1], [2]]}]},
    "batch": BASE
    | {"samples": [{"inputs": {"x": 1}, "targets": {"y": 1}}, {"inputs": {"x": 2}, "targets": {"y": 5}}]}
    | {"layers": [{"units": ["y"], "activation": "identity", "weights": [[2]], "bias": 0}]}
    | {"conventions": {"batch": "mean"}},
    "batch sum": BASE
    | {"samples": [{"inputs": {"x": 1}, "targets": {"y": 1}}, {"inputs": {"x": 2}, "targets": {"y": 5}}]}
    | {"layers": [{"units": ["y"], "activation": "identity", "weights": [[2]], "bias": 0}]},
    "chain": {
        "title": "t",
        "objective": "J",
        "wrt": ["a", "b"],
        "learning_rate": 0.5,
        "given": {"a": 2, "b": 3},
        "define": {"u": "a*b", "v": "u**2", "J": "5*v + u"},
    },
    # 9 + 2·1 − 3 = 8 goes twice into 8/2 = 4 moves: maps of 5 × 5 × 4; pooled 2 × 2 × 4, with one row left over.
    "counted picture": {
        "title": "t",
        "inputs": {"image": {"shape": [9, 9, 3]}},
        "layers": [
            {"name": "conv", "type": "convolution", "kernels": {"count": 4, "size": 3}, "stride": 2, "padding": 1},
            {"name": "pool", "type": "max_pool", "size": 2},
            {"name": "flat", "type": "flatten"},
            {"name": "out", "units": 2},
        ],
    },
    # Each of 4 · 2 rows of weights has 3 for what comes in, 2 for the state, and a bias: 48.
    "counted cell": {
        "title": "t",
        "inputs": {"x": {"over": "time", "shape": [3], "steps": 5}},
        "layers": [{"name": "cell", "type": "lstm", "units": 2}],
    },
    # One array each for input and state, and two of biases: 6 + 4 + 2 · 2 = 14.
    "counted biases": {
        "title": "t",
        "inputs": {"x": {"over": "time", "shape": [3]}},
        "layers": [
            {
                "name": "cell",
                "units": 2,
                "define": {
                    "over": "time",
                    "parameters": {"W": ["units", "inputs"], "U": ["units", "units"], "b": ["units"], "c": ["units"]},
                    "biases": ["b", "c"],
                    "state": {"h": ["units"]},
                    "define": {"h": "tanh(W @ x + b + U @ before(h) + c)"},
                },
            }
        ],
    },
    # Two units, two inputs, one of four connections missing.
    "counted gaps": {
        "title": "t",
        "ask": ["parameters"],
        "inputs": {"x1": 1, "x2": 2},
        "layers": [{"name": "out", "units": ["a", "b"], "weights": [[1, "-"], [3, 4]]}],
    },
}


@cache
def routes(network: str) -> Routes:
    """Its derivations."""
    return routes_of(load(NETWORKS[network]).structure)


@cache
def values(network: str) -> Mapping[str, float]:
    """Every value of round 0, by the derivation that other tests compare with NumPy."""
    given = {name: float(number.value) for name, number in given_numbers(load(NETWORKS[network])).items()}
    derivation = routes(network).nearest
    outputs = list(derivation.by_id)
    work = compile_quantities(derivation.quantities, inputs=list(given), outputs=outputs, arithmetic=FLOATS)
    return given | dict(zip(outputs, work(list(given.values())), strict=True))
