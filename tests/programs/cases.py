"""Own architectures of every kind, small enough to be worked in a moment; numbers are ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.given.formula_problem import FormulaProblem
from derive.given.loading import problem_named

NETWORK = [
    {"units": ["H1", "H2"], "activation": "sigmoid", "weights": [["0.1", "0.2"], ["0.3", "0.4"]], "bias": "0.3"},
    {"units": ["y"], "activation": "bipolar_sigmoid", "weights": [["0.5", "0.6"]], "bias": ["0.2"]},
]
ONE: dict[str, Any] = {
    "title": "One sample",
    "inputs": {"x1": "0.5", "x2": "0.2"},
    "layers": NETWORK,
    "targets": {"y": 1},
    "loss": "half_squared_error",
    "learning_rate": "0.1",
}
GATE = {"inputs": ["x1", "x2"], "targets": ["y"], "rows": [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]]}
SIGNS = {"inputs": ["x1", "x2"], "targets": ["y"], "rows": [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, -1]]}
PICTURE = [[3, 1, 0, 2], [0, 4, 1, 5], [2, 2, 6, 1], [1, 0, 3, 2]]
LSTM = {
    "Wf": "0.3", "Uf": "-0.2", "bf": 1, "Wi": "0.9", "Ui": "0.4", "bi": "0.1", "Wg": "-0.6", "Ug": "0.5", "bg": 0,
    "Wo": "0.2", "Uo": "0.7", "bo": "-0.1",
}  # fmt: skip


def _without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in ONE.items() if key not in keys}


def _unit(activation: str, bias: str, weights: list[str]) -> dict[str, Any]:
    return {"units": ["y"], "activation": activation, "weights": [weights], "bias": bias}


CASES: Mapping[str, Mapping[str, Any]] = {
    **{f"rule-{rule}": {**ONE, "update": {"rule": rule}}
       for rule in ("descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")},
    "penalty": {**ONE, "update": {"rule": "momentum", "l2": "0.01", "l1": "0.002"}},
    "own-rule": {
        **_without("learning_rate"),
        "update": {
            "learning_rate": "0.1*0.5**floor(epoch/2)",
            "state": {"v": 0},
            "steps": {"v": "(1 - beta)*g + beta*v", "parameter": "parameter - eta*v"},
            "beta": "0.8",
        },
    },
    "forward": _without("learning_rate", "targets", "loss"),
    "no-rate": _without("learning_rate"),
    "perceptron": {
        "title": "AND", "samples": GATE, "layers": [_unit("step", "-0.2", ["0.3", "-0.1"])], "learning_rate": "0.1",
        "update": {"rule": "perceptron"}, "training": {"batch": 1, "epochs": 2},
    },
    "delta": {
        "title": "ADALINE", "samples": SIGNS, "layers": [_unit("identity", "0.2", ["0.2", "0.2"])],
        "learning_rate": "0.2", "update": {"rule": "delta"}, "training": {"batch": 1, "epochs": 1},
    },
    "hebb": {
        "title": "Hebb", "samples": SIGNS, "layers": [_unit("identity", "0", ["0", "0"])], "learning_rate": 1,
        "update": {"rule": "hebb"}, "training": {"batch": 1, "epochs": 1},
    },
    "mini-batch": {
        "title": "Batches", "samples": SIGNS, "layers": NETWORK, "loss": "half_squared_error", "learning_rate": "0.2",
        "training": {"batch": 3, "epochs": 1}, "conventions": {"batch": "mean"},
    },
    "convolution": {
        "title": "Convolution", "inputs": {"image": PICTURE},
        "layers": [
            {"name": "conv", "type": "convolution", "kernels": [[["0.1", "-0.2"], ["0.3", "0.1"]],
             [["0.2", "0.1"], ["-0.1", "0.4"]]], "bias": ["0.1", "-0.3"], "activation": "tanh"},
            {"name": "pool", "type": "average_pool", "size": 2, "stride": 1},
            {"name": "flat", "type": "flatten"},
            _unit("sigmoid", "0.1", ["0.1", "0.2", "-0.1", "-0.2", "0.3", "0.1", "-0.3", "0.2"]),
        ],
        "targets": {"y": 1}, "loss": "half_squared_error", "learning_rate": "0.1",
    },
    "max-pool": {
        "title": "Pooling", "inputs": {"image": PICTURE},
        "layers": [
            {"name": "pool", "type": "max_pool", "size": 3, "stride": 1},
            {"name": "flat", "type": "flatten"},
            _unit("sigmoid", "0.1", ["0.1", "0.2", "-0.1", "-0.2"]),
        ],
        "targets": {"y": 1}, "loss": "binary_cross_entropy", "learning_rate": "0.1",
    },
    "lstm": {
        "title": "LSTM", "inputs": {"x": {"over": "time", "values": ["0.4", "-0.2", "0.7"]}},
        "layers": [
            {"name": "cell", "type": "lstm", "state": {"h": 0, "C": 0}, "parameters": LSTM},
            {"units": ["y"], "from": "cell.h", "at": "last", "activation": "identity", "weights": [[2]]},
        ],
        "targets": {"y": "0.5"}, "loss": "half_squared_error", "learning_rate": "0.1",
    },
    "gru": {
        "title": "GRU", "inputs": {"x": {"over": "time", "values": [["0.4"], ["-0.2"]]}},
        "layers": [
            {"name": "cell", "type": "gru", "parameters": {
                "Wz": [["0.3"], ["0.1"]], "Uz": [["0.1", "0.4"], ["0.3", "0.2"]], "bz": ["0.1", "0"],
                "Wr": [["0.2"], ["0.4"]], "Ur": [["0.3", "0.1"], ["0.2", "0.3"]],
                "Wh": [["0.5"], ["0.2"]], "Uh": [["0.2", "0.3"], ["0.4", "0.1"]], "bh": ["0", "-0.2"]}},
            {"units": ["y"], "from": "cell", "at": "last", "activation": "sigmoid", "weights": [["0.7", "-0.4"]]},
        ],
        "targets": {"y": 1}, "loss": "binary_cross_entropy", "learning_rate": "0.1",
    },
    "rnn-every": {
        "title": "RNN", "inputs": {"x": {"over": "time", "values": [["0.4", 1], ["-0.2", "0.5"]]}},
        "layers": [
            {"name": "cell", "type": "rnn", "parameters": {"W": [["0.1", "0.2"], ["0.3", "-0.1"]],
             "U": [["0.5", "0.1"], ["0.2", "-0.3"]], "b": ["0.1", 0]}},
            {"units": ["y"], "from": "cell", "at": "every", "activation": "sigmoid", "weights": [[2, 1]]},
        ],
        "targets": {"y": {"over": "time", "values": [1, 0]}}, "loss": "half_squared_error", "learning_rate": "0.1",
    },
    "attention": {
        "title": "Attention", "inputs": {"X": [[1, 0, 1, 2], [0, 1, "0.5", 1], [1, 1, 0, -1]]},
        "layers": [
            {"name": "att", "type": "attention", "causal": True, "heads": 2,
             "Wq": [[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]],
             "Wk": [["0.5", "0.1", 0, 1], ["0.2", 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]],
             "Wv": [[1, 2, 0, 1], [3, 4, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]]},
            {"name": "norm", "type": "layer_norm", "gamma": [1, "1.5", 1, 1], "beta": [0, 0, "0.1", 0]},
            {"name": "flat", "type": "flatten"},
            _unit("sigmoid", "0", ["0.1", "0.2", "-0.1", "-0.2", "0.3", "0.1", "0.2", "0.1", "0", "0.1", "0", "-0.3"]),
        ],
        "targets": {"y": 1}, "loss": "binary_cross_entropy", "learning_rate": "0.1",
    },
    "batch-norm": {
        "title": "Batch norm", "samples": {"inputs": ["x1"], "targets": ["y"], "rows": [[1, 1], [2, 0], [4, 1]]},
        "layers": [
            {"name": "d", "units": 1, "activation": "identity", "weights": [["0.5"]]},
            {"name": "n", "type": "batch_norm", "gamma": 1, "beta": 0},
            {"units": ["y"], "activation": "sigmoid", "weights": [["1.5"]]},
        ],
        "loss": "half_squared_error", "learning_rate": "0.1",
    },
    "skip": {
        "title": "Skip", "inputs": {"x1": "0.5", "x2": "-0.3"},
        "layers": [
            {"name": "a", "units": 2, "activation": "tanh", "weights": [["0.4", "-0.6"], ["0.7", "0.1"]]},
            {"name": "s", "type": "add", "from": ["a", "inputs"], "activation": "swish"},
            {"units": ["y"], "from": "s", "activation": "sigmoid", "weights": [["0.5", "-0.8"]]},
        ],
        "targets": {"y": 1}, "loss": "(t - out)**4", "learning_rate": "0.1",
    },
    "two-outputs": {
        "title": "Two losses", "inputs": {"x1": "0.5", "x2": "-0.3"},
        "layers": [
            {"name": "a", "units": 2, "activation": "gauss", "weights": [["0.4", "-0.6"], ["0.7", "0.1"]]},
            {"units": ["y"], "from": "a", "activation": "sigmoid", "weights": [["0.5", "-0.8"]]},
            {"units": ["z"], "from": "a", "activation": "identity", "weights": [["0.3", "0.9"]]},
        ],
        "functions": {"gauss": "exp(-net**2)"},
        "targets": {"y": 1, "z": "-0.5"}, "losses": {"y": "binary_cross_entropy", "z": "half_squared_error"},
        "loss_weights": {"z": "0.5"}, "learning_rate": "0.1",
    },
    "hidden-softmax": {
        "title": "Hidden softmax", "inputs": {"x1": "0.5"},
        "layers": [
            {"units": ["H1", "H2"], "activation": "softmax", "weights": [["0.4"], ["0.7"]]},
            {"units": ["y"], "activation": "hard_sigmoid", "weights": [["0.5", "-0.8"]]},
        ],
        "targets": {"y": 1}, "loss": "absolute_error", "learning_rate": "0.1",
    },
    "arrays": {
        "title": "Arrays", "given": {"W": [[1, 2], [3, 4]], "x": [1, -1], "t": [0, 1]},
        "define": {"z": "W @ x", "a": "sigmoid(z)", "L": "sum((t - a)**2)/2"}, "objective": "L", "wrt": ["W", "x"],
        "learning_rate": "0.5",
    },
    "asked": {
        "title": "Asked", "given": {"a": 2, "b": 3}, "define": {"u": "a*b", "y": "u + a"},
        "ask": ["y", "dy/da", "du/db"],
    },
    "series": {
        "title": "Series", "given": {"x": {"over": "time", "values": ["0.5", "-1", 2]}, "h": {"start": 0}, "w": "0.3",
        "u": "0.8"},
        "define": {"h": "tanh(w*x + u*before(h))", "L": "sum(h**2, time)"}, "objective": "L", "wrt": ["w", "u", "x"],
    },
    "climb": {
        "title": "Climb", "given": {"a": "0.5"}, "define": {"f": "a - a**2"}, "objective": "f", "wrt": ["a"],
        "learning_rate": "0.1", "maximise": True,
    },
}  # fmt: skip


def case(name: str) -> FormulaProblem:
    """One of the cases as a problem."""
    found = problem_named(CASES[name], name)
    assert isinstance(found, FormulaProblem)
    return found


def epochs_of_the_gate() -> int:
    """Epochs until a perceptron makes no error at AND, by a plain loop in tenths, so that nothing is rounded."""
    w1, w2, b, epochs = 3, -1, -2, 0
    while True:
        wrong, epochs = 0, epochs + 1
        for x1, x2, t in GATE["rows"]:
            out = int(w1 * x1 + w2 * x2 + b >= 0)
            wrong += out != t
            w1, w2, b = w1 + (t - out) * x1, w2 + (t - out) * x2, b + (t - out)
        if not wrong:
            return epochs
