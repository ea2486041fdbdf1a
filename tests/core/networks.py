"""Random layered networks of every shape, activation, loss and convention, and short ways to their values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
from hypothesis import strategies as st

from derive.arithmetic.code import Arithmetic
from derive.given.problem import Display, Problem
from derive.proof.crosscheck import derivations
from derive.proof.values import Proved, given_numbers
from tests.numeric.problems import layer, problem

HIDDEN = ("sigmoid", "tanh", "relu", "leaky_relu", "identity", "softplus")
HEADS = (
    *((loss, last) for loss in ("half_squared_error", "squared_error", "mean_squared_error")
      for last in (*HIDDEN, "softmax")),
    ("binary_cross_entropy", "sigmoid"), ("binary_cross_entropy", "softmax"), ("cross_entropy", "softmax"),
)  # fmt: skip
#: The functions of formulas by their definitions, for mpmath's numbers.
DEFINITIONS: dict[str, Any] = {
    "exp": mpmath.exp,
    "ln": mpmath.log,
    "sigmoid": lambda n: mpmath.exp(n) / (mpmath.exp(n) + 1),
    "tanh": mpmath.tanh,
    "relu": lambda n: max(n, mpmath.mpf(0)),
    "relu_slope": lambda n: mpmath.mpf(n > 0),
    "leaky_relu": lambda n: n if n > 0 else n / 100,
    "leaky_relu_slope": lambda n: mpmath.mpf(1) if n > 0 else mpmath.mpf(1) / 100,
    "identity": lambda x: x,
    "softsign": lambda x: x / (1 + abs(x)),
    "softplus": lambda n: mpmath.log1p(mpmath.exp(n)),
    "softmax": lambda n, *nets: mpmath.exp(n) / mpmath.fsum(map(mpmath.exp, nets)),
    "sqrt": mpmath.sqrt,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "max": max,
    "min": min,
    "abs": abs,
    "sign": mpmath.sign,
    "floor": mpmath.floor,
    "normal": mpmath.ncdf,
    "density": mpmath.npdf,
    "raised": mpmath.power,
    "at_least": lambda a, b: mpmath.mpf(a >= b),
    "above": lambda a, b: mpmath.mpf(a > b),
}
MPMATH = Arithmetic(functions=DEFINITIONS, constant=lambda value: mpmath.mpf(value.numerator) / value.denominator)
FIGURES = st.integers(-200, 200).map(lambda whole: Fraction(whole, 100))


@st.composite
def problems(draw: st.DrawFn, *, widest: int = 3, deepest: int = 3, **fixed: Any) -> Problem:
    """Networks of one to ``deepest`` layers; ``fixed`` are conventions that are not left to chance."""
    loss, last = draw(st.sampled_from(HEADS))
    depth = draw(st.integers(1, deepest))
    sizes = [draw(st.integers(1, widest)) for _ in range(depth)]
    sizes.append(draw(st.integers(2 if last == "softmax" else 1, widest)))
    layers = []
    for number, (below, units) in enumerate(pairwise(sizes), start=1):
        activation: Any = last if number == depth else draw(st.sampled_from(HIDDEN))
        kind = draw(st.sampled_from(["none", "shared", "per-unit"]))
        bias = {"none": None, "shared": draw(FIGURES), "per-unit": [draw(FIGURES) for _ in range(units)]}[kind]
        rows = [[draw(FIGURES) for _ in range(below)] for _ in range(units)]
        names = " ".join(f"{'y' if number == depth else f'h{number}_'}{unit}" for unit in range(1, units + 1))
        layers.append(layer(names, activation, rows, bias))
    count = draw(st.integers(1, 3))
    inputs = [[draw(FIGURES) for _ in range(sizes[0])] for _ in range(count)]
    targets = []
    for _ in range(count):
        goal = [Fraction(draw(st.integers(0, 10)), 10) for _ in range(sizes[-1])]
        if loss == "cross_entropy":
            goal = [(share + 1) / (sum(goal) + len(goal)) for share in goal]
        targets.append(goal)
    chosen = {
        "weight_names": draw(st.sampled_from(["target-major", "source-major"])),
        "train_biases": draw(st.booleans()),
        "bias_sign": draw(st.sampled_from(["added", "subtracted"])),
        "batch": draw(st.sampled_from(["sum", "mean", "online"])),
        "update": draw(st.sampled_from(["simultaneous", "sequential"])),
    } | fixed
    return problem(layers, inputs, targets, loss=loss, rate="0.1", **chosen)


def proved(given: Problem, **display: Any) -> Proved:
    """The proved values of a problem, with other digits or another carry where they are given."""
    shown = replace(given, display=Display(**display)) if display else given
    return Proved(shown, derivations(shown))


def wide_givens(given: Problem) -> dict[str, Any]:
    """What a problem states, as mpmath's numbers."""
    return {name: MPMATH.constant(number.value) for name, number in given_numbers(given).items()}
