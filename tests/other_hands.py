"""Honest figures by other hands: a 2-2-2 network worked line by line in decimals, sharing no formula with derive.

Every line is rounded; sums are added in any order, activations worked in three forms, hidden gradients from deltas or
from factors. ``python -m tests.other_hands --scripts 2000`` prints how many honest figures are faulted.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from derive.given.loading import load
from derive.judging.mending.mending import judge_and_mend
from derive.judging.model import FAULTLESS, Options
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_for

EXACT = Context(prec=40)
_BLOCK = 200
#: Figures of a first round by the number of steps above them.
UNWRITTEN = ((1, "net_H1"), (2, "out_H1"), (5, "net_y1"), (6, "out_y1"), (7, "delta_y1"), (11, "dE_total/dout_H1"),
             (12, "delta_H1"), (13, "dE_total/dw1"))  # fmt: skip


class Hand:
    """Somebody who rounds every line to so many digits."""

    def __init__(self, chance: random.Random, digits: int) -> None:
        self.chance, self.digits = chance, digits
        self.written: dict[str, str] = {}
        #: Sizes of the terms that each figure was added up from; of a product, with the sizes of its factors.
        self.sizes: dict[str, Decimal] = {}

    def cut(self, value: Decimal) -> Decimal:
        """A line of scratch paper."""
        if not value:
            return value
        place = value.adjusted() - self.digits + 1
        return value.quantize(Decimal(1).scaleb(place), ROUND_HALF_UP, EXACT)

    def line(self, name: str, value: Decimal, size: Decimal | None = None) -> Decimal:
        """A figure that is written down."""
        cut = self.cut(value)
        self.sizes[name] = abs(value) if size is None else size
        self.written[name] = format(cut, "f")
        return cut

    def times(self, *factors: Decimal) -> Decimal:
        """A product, in any order."""
        several = list(factors)
        self.chance.shuffle(several)
        found = several[0]
        for factor in several[1:]:
            found = self.cut(EXACT.multiply(found, factor))
        return found

    def plus(self, *terms: Decimal) -> Decimal:
        """A sum, in any order."""
        several = list(terms)
        self.chance.shuffle(several)
        found = several[0]
        for term in several[1:]:
            found = self.cut(EXACT.add(found, term))
        return found

    def sigmoid(self, net: Decimal) -> Decimal:
        """In one of three forms."""
        form = self.chance.randrange(3)
        power = self.cut(EXACT.exp(-net if form == 0 else net))
        below = self.plus(Decimal(1), power)
        if form == 0:
            return self.cut(EXACT.divide(Decimal(1), below))
        if form == 1:
            return self.cut(EXACT.divide(power, below))
        return self.cut(1 - self.cut(EXACT.divide(Decimal(1), below)))


def drawn(chance: random.Random) -> dict[str, Any]:
    """A 2-2-2 network of two-decimal numbers."""
    number: Callable[[], str] = lambda: f"{chance.choice((-1, 1)) * chance.randint(5, 95) / 100:.2f}"  # noqa: E731
    rows = [[number(), number()] for _ in range(4)]
    return {
        "title": "By other hands",
        "loss": "half_squared_error",
        "learning_rate": f"{chance.randint(3, 9) / 10 + 0.05:.2f}",
        "inputs": {"x1": number(), "x2": number()},
        "targets": {"y1": f"{chance.randint(5, 45) / 100:.2f}", "y2": f"{chance.randint(55, 95) / 100:.2f}"},
        "layers": [
            {"units": ["H1", "H2"], "activation": "sigmoid", "weights": rows[:2], "bias": number()},
            {"units": ["y1", "y2"], "activation": "sigmoid", "weights": rows[2:], "bias": number()},
        ],
        "conventions": {"train_biases": False},
    }


def worked(given: dict[str, Any], hand: Hand) -> dict[str, str]:
    """All 33 figures of the first round."""
    number = Decimal
    x = [number(each) for each in given["inputs"].values()]
    t = [number(each) for each in given["targets"].values()]
    (below, above), eta = given["layers"], number(given["learning_rate"])
    v = [[number(each) for each in row] for row in below["weights"]]
    w = [[number(each) for each in row] for row in above["weights"]]
    net = lambda row, sources, bias: hand.plus(*map(hand.times, row, sources), number(bias))  # noqa: E731
    wide = lambda row, sources, bias: sum(map(abs, map(EXACT.multiply, row, sources)), abs(number(bias)))  # noqa: E731
    hidden = [hand.line(f"net_H{j + 1}", net(v[j], x, below["bias"]), wide(v[j], x, below["bias"])) for j in range(2)]
    h = [hand.line(f"out_H{j + 1}", hand.sigmoid(hidden[j])) for j in range(2)]
    outputs = [hand.line(f"net_y{k + 1}", net(w[k], h, above["bias"]), wide(w[k], h, above["bias"])) for k in range(2)]
    y = [hand.line(f"out_y{k + 1}", hand.sigmoid(outputs[k])) for k in range(2)]
    miss = [hand.cut(y[k] - t[k]) for k in range(2)]
    both = [y[k] + t[k] for k in range(2)]
    errors = [
        hand.line(f"E_y{k + 1}", hand.times(number("0.5"), hand.times(miss[k], miss[k])), abs(both[k] * miss[k]))
        for k in range(2)
    ]
    hand.line("E_total", hand.plus(*errors))
    slope = lambda out: hand.times(out, hand.cut(1 - out))  # noqa: E731
    d = [hand.line(f"delta_y{k + 1}", hand.times(miss[k], slope(y[k])), both[k] * y[k] * (1 - y[k])) for k in range(2)]
    back = []
    for j in range(2):
        if hand.chance.randrange(2):
            paths = [hand.times(d[k], w[k][j]) for k in range(2)]
        else:
            paths = [hand.times(miss[k], y[k], hand.cut(1 - y[k]), w[k][j]) for k in range(2)]
        size = sum((hand.sizes[f"delta_y{k + 1}"] * abs(w[k][j]) for k in range(2)), Decimal(0))
        back.append(hand.line(f"dE_total/dout_H{j + 1}", hand.plus(*paths), size))
    dh = [
        hand.line(
            f"delta_H{j + 1}",
            hand.times(back[j], slope(h[j])),
            hand.sizes[f"dE_total/dout_H{j + 1}"] * h[j] * (1 - h[j]),
        )
        for j in range(2)
    ]
    for rows, deltas, sources, first in ((v, dh, x, 1), (w, d, h, 5)):
        for k in range(2):
            for j in range(2):
                name = f"w{first + 2 * k + j}"
                size = hand.sizes[f"delta_{'Hy'[first > 4]}{k + 1}"] * abs(sources[j])
                gradient = hand.line(f"dE_total/d{name}", hand.times(deltas[k], sources[j]), size)
                hand.line(
                    f"{name}_new", hand.plus(rows[k][j], -hand.times(eta, gradient)), abs(rows[k][j]) + eta * size
                )
    return hand.written


def faulted(count: int, digits: int, seed: str) -> tuple[int, list[str]]:
    """Honest figures in all, and those that are found at fault."""
    chance, figures, found = random.Random(seed), 0, list[str]()
    for _ in range(count // _BLOCK):
        given = [drawn(chance) for _ in range(_BLOCK)]
        problems = [load(each) for each in given]
        texts = [worked(each, Hand(chance, digits)) for each in given]
        scripts = [{name: read_written(text) for name, text in each.items()} for each in texts]
        for own, (judged, _) in zip(
            texts, judge_and_mend(routes_for(problems), problems, scripts, Options()), strict=True
        ):
            figures += len(own)
            found += [
                f"{name} = {own[name]}: {finding.verdict} {finding.diagnosis}"
                for name, finding in judged.items()
                if finding.verdict not in FAULTLESS
            ]
    return figures, found


def passed(
    count: int, digits: int, seed: str, off: Decimal, *, alone: bool, among: Callable[[str], bool] = bool
) -> tuple[int, int]:
    """Figures made wrong by a share of the sizes of their terms, beside all others or alone; how many nobody notices.

    ``among`` chooses the figures by name.
    """
    chance, missed = random.Random(seed), 0
    for start in range(0, count, _BLOCK):
        given = [drawn(chance) for _ in range(min(_BLOCK, count - start))]
        problems, scripts, names = [load(each) for each in given], [], []
        for each in given:
            hand = Hand(chance, digits)
            own = worked(each, hand)
            name = chance.choice([name for name, text in own.items() if Decimal(text) and among(name)])
            own[name] = format(hand.cut(Decimal(own[name]) + hand.sizes[name] * chance.choice((-1, 1)) * off), "f")
            names.append(name)
            scripts.append({other: read_written(text) for other, text in own.items() if other == name or not alone})
        judged = judge_and_mend(routes_for(problems), problems, scripts, Options())
        missed += sum(found[name].verdict in FAULTLESS for name, (found, _) in zip(names, judged, strict=True))
    return count, missed


def at_the_end(name: str) -> bool:
    """Whether a figure ends ten steps: a gradient of the first layer."""
    return name.startswith("dE_total/dw") and name[-1] in "1234"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=10_000)
    parser.add_argument("--digits", type=int, default=4)
    parser.add_argument("--seed", default="other hands")
    given = parser.parse_args(arguments)
    figures, found = faulted(given.scripts, given.digits, given.seed)
    say = lambda text: print(text, flush=True)  # noqa: E731, T201
    say(f"seed {given.seed!r}, {given.digits} digits: {len(found)} of {figures} honest figures faulted")
    for line in found[:20]:
        say(f"  {line}")
    many = min(given.scripts, 1000)
    say("figures that are off by a share of the sizes of their terms: how many pass")
    for where, alone, among in (
        ("beside their inputs", False, bool),
        ("alone, any", True, bool),
        ("alone, after ten steps", True, at_the_end),
    ):
        for digits in (3, 4, 5):
            curve = []
            for off in map(Decimal, ("0.001", "0.002", "0.005", "0.01", "0.02")):
                count, missed = passed(many, digits, given.seed, off, alone=alone, among=among)
                curve.append(f"{off:.1%}: {missed / count:.1%}")
            say(f"  {where}, {digits} digits: {', '.join(curve)} of {many} each")
    say("the same by the number of steps that are not written, 4 digits, off by 1 %")
    for steps, name in UNWRITTEN:
        count, missed = passed(many, 4, given.seed, Decimal("0.01"), alone=True, among=name.__eq__)
        say(f"  {name} alone, {steps} steps: {missed} of {count} passed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
