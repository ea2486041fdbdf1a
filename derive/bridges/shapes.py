"""A network by its shape alone, such as 3-4-2, with numbers drawn for it."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from itertools import pairwise

from derive.bridges.networks import Dense, Network, unit_names
from derive.errors import UnsupportedError
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.fields import nearest
from derive.given.formula_problem import AnyProblem
from derive.given.validation import MOST_UNITS

#: A problem file with more would be too long to be read again.
MOST_WEIGHTS = 10_000
_LEAST, _MOST = 5, 95  # hundredths


def problem_of_shape(
    shape: str, *, activation: str = "sigmoid", loss: str | None = None, seed: str = "1"
) -> AnyProblem:
    """A problem of a shape, whose numbers have two decimals and are the same on every run.

    Parameters
    ----------
    shape : str
        Numbers of inputs, of units in each hidden layer, and of outputs: ``3-4-2``.
    activation : str
        Of every layer; ``softmax`` of the last one, with sigmoid below it.
    loss : str, optional
        Left out: half_squared_error, or cross_entropy for softmax. A loss of logarithms has the outputs that it needs.
    seed : str
        Draws other numbers.

    Raises
    ------
    UnsupportedError
        If the shape, the activation function or the loss is none.
    """
    sizes = _sizes(shape)
    _known(activation, tuple(ACTIVATIONS), "activation function")
    _known(loss or "half_squared_error", tuple(LOSSES), "loss")
    shares = FUNCTIONS[activation].arity is None
    if loss is None:
        loss = "cross_entropy" if shares else "half_squared_error"
    hidden, last = ("sigmoid", activation) if shares else (activation, activation)
    if LOSSES[loss].shares:
        last = "softmax"
    elif LOSSES[loss].both and not shares:
        last = "sigmoid"
    draw = random.Random(f"{seed} {shape}")
    layers = [
        Dense(
            weights=[[_weight(draw, below) for _ in range(below)] for _ in range(size)],
            bias=[_signed(draw) for _ in range(size)],
            activation=last if k == len(sizes) - 2 else hidden,
        )
        for k, (below, size) in enumerate(pairwise(sizes))
    ]
    return Network(
        layers=layers,
        loss=loss,
        inputs=[[_signed(draw) for _ in range(sizes[0])]],
        targets=[_targets(draw, sizes[-1], last)],
        learning_rate="0.1",
        title=f"A network of the shape {shape}, {hidden if len(sizes) > 2 else last}",
        source=f"Made by derive new --from shape {shape}; its numbers are drawn, and yours to change.",
    ).problem(shape)


def _sizes(shape: str) -> list[int]:
    if not re.fullmatch(r"[0-9]{1,4}(-[0-9]{1,4})+", shape):
        raise UnsupportedError(
            f"{shape[:60]!r} is no shape; write numbers of inputs, hidden units and outputs with dashes, such as 3-4-2"
        )
    sizes = [int(size) for size in shape.split("-")]
    if not all(1 <= size <= MOST_UNITS for size in sizes):
        raise UnsupportedError(f"shape {shape}: a layer has 1 to {MOST_UNITS} units")
    weights = sum(below * size for below, size in pairwise(sizes))
    if weights > MOST_WEIGHTS:
        raise UnsupportedError(f"shape {shape}: {weights:,} weights; at most {MOST_WEIGHTS:,} are written into a file")
    unit_names(sizes)
    return sizes


def _known(word: str, allowed: Sequence[str], what: str) -> None:
    if word not in allowed:
        raise UnsupportedError(
            f"{word[:60]!r} is no {what}; {nearest(word, allowed)}allowed here: {', '.join(allowed)}"
        )


def _signed(draw: random.Random, most: int = _MOST) -> str:
    """A number of two decimals other than 0, of either sign."""
    hundredths = _LEAST + int(draw.random() * (most - _LEAST + 1))
    return f"{'-' if draw.random() < 0.5 else ''}{hundredths / 100:.2f}"


def _weight(draw: random.Random, below: int) -> str:
    """The more units lead into one, the smaller, so that no unit saturates."""
    return _signed(draw, max(_LEAST + 4, min(_MOST, int(200 / math.sqrt(below)))))


def _targets(draw: random.Random, outputs: int, activation: str) -> list[str]:
    """Targets that outputs of this activation function can come near."""
    if FUNCTIONS[activation].arity is None:
        wanted = int(draw.random() * outputs)
        return [str(int(k == wanted)) for k in range(outputs)]
    ranges = ACTIVATIONS[activation].targets
    chosen = [ranges[int(draw.random() * len(ranges))] for _ in range(outputs)]
    return [f"{(low + int(draw.random() * (high - low + 1))) / 100:.2f}" for low, high in chosen]
