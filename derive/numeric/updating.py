"""Updates of own architectures, worked with plain numbers: the rules as they are written in books, each by hand.

Written apart: of a rule that comes with derive neither the text nor a formula is read here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

State = dict[str, float]


def _descent(w: float, g: float, rate: float, state: State, count: int, options: Mapping[str, float]) -> float:
    return w - rate * g


def _momentum(w: float, g: float, rate: float, state: State, count: int, options: Mapping[str, float]) -> float:
    state["v"] = options["beta"] * state["v"] - rate * g
    return w + state["v"]


def _adagrad(w: float, g: float, rate: float, state: State, count: int, options: Mapping[str, float]) -> float:
    state["s"] += g * g
    return w - rate * g / (math.sqrt(state["s"]) + options["epsilon"])


def _rmsprop(w: float, g: float, rate: float, state: State, count: int, options: Mapping[str, float]) -> float:
    keep = options["beta"]
    state["s"] = keep * state["s"] + (1.0 - keep) * g * g
    return w - rate * g / (math.sqrt(state["s"]) + options["epsilon"])


def _adam(w: float, g: float, rate: float, state: State, count: int, options: Mapping[str, float]) -> float:
    first, second = options["beta1"], options["beta2"]
    state["m"] += (1.0 - first) * (g - state["m"])
    state["v"] += (1.0 - second) * (g * g - state["v"])
    mean, square = state["m"] / (1.0 - first ** (count + 1)), state["v"] / (1.0 - second ** (count + 1))
    return w - rate * mean / (math.sqrt(square) + options["epsilon"])


def _adamw(w: float, g: float, rate: float, state: State, count: int, options: Mapping[str, float]) -> float:
    return _adam(w, g, rate, state, count, options) - rate * options["decay"] * w


#: Rules that use the gradient, by name.
RULES: Mapping[str, Callable[[float, float, float, State, int, Mapping[str, float]], float]] = {
    "descent": _descent,
    "momentum": _momentum,
    "nesterov": _momentum,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adamw,
}
#: What a weight moves by for what it weighs, the target, the output and the net input.
UNGRADED: Mapping[str, Callable[[float, float, float, float, float], float]] = {
    "perceptron": lambda rate, x, t, out, net: rate * (t - out) * x,
    "delta": lambda rate, x, t, out, net: rate * (t - net) * x,
    "hebb": lambda rate, x, t, out, net: rate * t * x,
}
