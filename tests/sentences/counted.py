"""What is said of mistakes of counting, read with the counts of small networks as a hand has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A layer as it is counted by hand: the window on one direction, and the weights of one unit of one gate."""

    before: int = 0
    padding: int = 0
    window: int = 0
    stride: int = 1
    directions: tuple[int, ...] = ()
    many: int = 0
    gates: int = 1
    weights: int = 0
    channels: int = 1
    state: int = 0
    biases: int = 1
    missing: int = 0
    places: int = 1
    steps: int = 1

    def size(self, **other: int) -> int:
        """Places of the window, as whole moves and the first."""
        h = Hand(**{**vars(self), **other})
        return (h.before + 2 * h.padding - h.window) // h.stride + 1

    def parameters(self, **other: int) -> int:
        h = Hand(**{**vars(self), **other})
        return h.gates * h.many * (h.weights * h.channels + h.state + h.biases) - h.missing

    def multiplications(self, **other: int) -> int:
        h = Hand(**{**vars(self), **other})
        return h.places * h.steps * h.gates * h.many * (h.weights * h.channels + h.state)


HANDS: Mapping[tuple[str, str], Hand] = {
    ("counted picture", "conv"): Hand(
        before=9, padding=1, window=3, stride=2, many=4, weights=9, channels=3, places=25
    ),
    ("counted picture", "pool"): Hand(before=5, window=2, stride=2),
    ("counted picture", "flat"): Hand(directions=(2, 2, 4)),
    ("counted picture", "out"): Hand(many=2, weights=16),
    ("counted cell", "cell"): Hand(gates=4, many=2, weights=3, state=2, steps=5),
    ("counted biases", "cell"): Hand(many=2, weights=3, state=2, biases=2),
    ("counted gaps", "out"): Hand(many=2, weights=2, biases=0, missing=1),
}
#: Columns of all layers, which are added.
TOTALS = {
    ("counted picture", "parameters"): (4 * 28, 2 * 17),
    ("counted picture", "multiplications"): (25 * 4 * 27, 2 * 16),
}


def _of(case: Any) -> tuple[Hand, str]:
    what, layer = case.mistake.at.split("_")
    return HANDS[case.network, layer], {"height": "size", "width": "size"}.get(what, what)


def _with(**other: int) -> Callable[[Any, re.Match[str]], list[float]]:
    """The figure with other counts in it."""

    def figures(case: Any, match: re.Match[str]) -> list[float]:
        hand, what = _of(case)
        return [getattr(hand, what)(**other)]

    return figures


def _times(what: str) -> Callable[[Any, re.Match[str]], list[float]]:
    return lambda case, match: [_of(case)[0].parameters() * getattr(_of(case)[0], what)]


def _right(case: Any, match: re.Match[str]) -> list[float]:
    hand, what = _of(case)
    return [prod(hand.directions) if what == "units" else getattr(hand, what)()]


def _without_channels(case: Any, match: re.Match[str]) -> list[float]:
    hand, what = _of(case)
    return [prod(hand.directions[:2]) if what == "units" else getattr(hand, what)(channels=1)]


def _bias_for_all(case: Any, match: re.Match[str]) -> list[float]:
    return [_of(case)[0].parameters(biases=0) + 1]


def _total(case: Any) -> tuple[int, ...]:
    return TOTALS[case.network, case.mistake.at.split("_")[0]]


DONE = (
    (r"being off by one place", lambda c, m: [c.right - 1, c.right + 1]),
    (r"taking the padding on one side only", lambda c, m: [_of(c)[0].size(before=10, padding=0)]),
    (r"leaving out the padding", _with(padding=0)),
    (r"leaving out the size of the window", _with(window=0)),
    (r"leaving out the division by the stride", _with(stride=1)),
    (r"rounding up", lambda c, m: [_of(c)[0].size(before=_of(c)[0].before + _of(c)[0].stride - 1)]),
    (r"adding the sizes of the directions", lambda c, m: [sum(_of(c)[0].directions)]),
    (r"leaving out the biases", _with(biases=0)),
    (r"counting the biases twice", lambda c, m: [_of(c)[0].parameters(biases=2 * _of(c)[0].biases)]),
    (r"counting one bias for each gate, where there are more", _with(biases=1)),
    (r"counting one bias for the whole layer", _bias_for_all),
    (r"leaving out the channels that come in", _without_channels),
    (r"counting for one unit or kernel only", _with(many=1)),
    (r"counting one gate, or one of several equal arrays, only", _with(gates=1)),
    (r"counting one gate too few", _with(gates=3)),
    (r"leaving out the weights of the old state", _with(state=0)),
    (r"counting the parameters anew at each step of time", _times("steps")),
    (r"counting the parameters anew at each place of the map", _times("places")),
    (r"counting weights that are not there, or one weight at each of its places", _with(missing=0)),
    (r"leaving out a layer", lambda c, m: [sum(_total(c)) - each for each in _total(c)]),
    (r"counting an addition for each product too", lambda c, m: [2 * c.right]),
    (r"counting a multiplication for each bias too",
     lambda c, m: [_of(c)[0].parameters() * _of(c)[0].places * _of(c)[0].steps]),
    (r"counting the products of one place of the kernel only", _with(places=1)),
    (r"taking the size of what comes in for that of the map", _with(places=81)),
    (r"counting the products of one step of time only", _with(steps=1)),
)  # fmt: skip

INSTEAD = (
    (r"The window lies at one place before it moves: add 1 to the number of its moves, once\.", _right),
    (r"The zeros stand on both sides: add the padding twice\.", _right),
    (r"Subtract the size of the window before you divide by the stride\.", _right),
    (r"Divide by the stride, round down, and then add 1\.", _right),
    (r"Round down: .+", _right),
    (r"Multiply the sizes: .+", _right),
    (r"Add a bias for each unit or kernel; in a cell, for each unit of each gate\.", _right),
    (r"Here each unit or kernel has one bias, and in a cell each unit of each gate\.",
     lambda c, m: None if c.network == "counted biases" else _right(c, m)),
    (r"Count every bias that the formulas of the cell add\.", _right),
    (r"Each unit or kernel has a bias of its own\.", _right),
    (r"Multiply by the number of channels: .+", _right),
    (r"Multiply by the number of units or kernels: .+", _right),
    (r"Multiply by how many there are: .+", _right),
    (r"Count the candidate too: .+", _right),
    (r"Each unit of a cell has a weight for everything that comes in, and one for each number of the old state\.",
     _right),
    (r"All (?:steps of time|places of the map) share the parameters: count them once\.", _right),
    (r"Count each number that is learnt once, and none where two units are not connected\.", _right),
    (r"Add the counts of all layers\.", lambda c, m: [sum(_total(c))]),
    (r"(?:Biases are added: c|C)ount the products alone\.", _right),
    (r"Multiply by height and width of the map: .+", _right),
    (r"Multiply by the number of steps: .+", _right),
)  # fmt: skip
