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

_EXACT = Context(prec=40)


class Hand:
    """Somebody who rounds every line to so many digits."""

    def __init__(self, chance: random.Random, digits: int) -> None:
        self.chance, self.digits = chance, digits
        self.written: dict[str, str] = {}

    def cut(self, value: Decimal) -> Decimal:
        """A line of scratch paper."""
        if not value:
            return value
        place = value.adjusted() - self.digits + 1
        return value.quantize(Decimal(1).scaleb(place), ROUND_HALF_UP, _EXACT)

    def line(self, name: str, value: Decimal) -> Decimal:
        """A figure that is written down."""
        cut = self.cut(value)
        self.written[name] = format(cut, "f")
        return cut

    def times(self, *factors: Decimal) -> Decimal:
        """A product, in any order."""
        several = list(factors)
        self.chance.shuffle(several)
        found = several[0]
        for factor in several[1:]:
            found = self.cut(_EXACT.multiply(found, factor))
        return found

    def plus(self, *terms: Decimal) -> Decimal:
        """A sum, in any order."""
        several = list(terms)
        self.chance.shuffle(several)
        found = several[0]
        for term in several[1:]:
            found = self.cut(_EXACT.add(found, term))
        return found

    def sigmoid(self, net: Decimal) -> Decimal:
        """In one of three forms."""
        form = self.chance.randrange(3)
        power = self.cut(_EXACT.exp(-net if form == 0 else net))
        below = self.plus(Decimal(1), power)
        if form == 0:
            return self.cut(_EXACT.divide(Decimal(1), below))
        if form == 1:
            return self.cut(_EXACT.divide(power, below))
        return self.cut(1 - self.cut(_EXACT.divide(Decimal(1), below)))


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
    hidden = [hand.line(f"net_H{j + 1}", net(v[j], x, below["bias"])) for j in range(2)]
    h = [hand.line(f"out_H{j + 1}", hand.sigmoid(hidden[j])) for j in range(2)]
    outputs = [hand.line(f"net_y{k + 1}", net(w[k], h, above["bias"])) for k in range(2)]
    y = [hand.line(f"out_y{k + 1}", hand.sigmoid(outputs[k])) for k in range(2)]
    miss = [hand.cut(y[k] - t[k]) for k in range(2)]
    errors = [hand.line(f"E_y{k + 1}", hand.times(number("0.5"), hand.times(miss[k], miss[k]))) for k in range(2)]
    hand.line("E_total", hand.plus(*errors))
    slope = lambda out: hand.times(out, hand.cut(1 - out))  # noqa: E731
    d = [hand.line(f"delta_y{k + 1}", hand.times(miss[k], slope(y[k]))) for k in range(2)]
    back = []
    for j in range(2):
        if hand.chance.randrange(2):
            paths = [hand.times(d[k], w[k][j]) for k in range(2)]
        else:
            paths = [hand.times(miss[k], y[k], hand.cut(1 - y[k]), w[k][j]) for k in range(2)]
        back.append(hand.line(f"dE_total/dout_H{j + 1}", hand.plus(*paths)))
    dh = [hand.line(f"delta_H{j + 1}", hand.times(back[j], slope(h[j]))) for j in range(2)]
    for rows, deltas, sources, first in ((v, dh, x, 1), (w, d, h, 5)):
        for k in range(2):
            for j in range(2):
                name = f"w{first + 2 * k + j}"
                gradient = hand.line(f"dE_total/d{name}", hand.times(deltas[k], sources[j]))
                hand.line(f"{name}_new", hand.plus(rows[k][j], -hand.times(eta, gradient)))
    return hand.written


def faulted(count: int, digits: int, seed: str) -> tuple[int, list[str]]:
    """Honest figures in all, and those that are found at fault."""
    chance, figures, found = random.Random(seed), 0, list[str]()
    for _ in range(count // 200):
        given = [drawn(chance) for _ in range(200)]
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


def passed(count: int, digits: int, seed: str, off: Decimal, *, alone: bool) -> tuple[int, int]:
    """Figures made wrong by a share of themselves, one in a script or handed in alone, and how many are not noticed."""
    chance, missed = random.Random(seed), 0
    given = [drawn(chance) for _ in range(count)]
    problems, scripts, names = [load(each) for each in given], [], []
    for each in given:
        hand = Hand(chance, digits)
        own = worked(each, hand)
        name = chance.choice([name for name, text in own.items() if Decimal(text)])
        own[name] = format(hand.cut(Decimal(own[name]) * (1 + chance.choice((-1, 1)) * off)), "f")
        names.append(name)
        scripts.append({other: read_written(text) for other, text in own.items() if other == name or not alone})
    for name, (judged, _) in zip(
        names, judge_and_mend(routes_for(problems), problems, scripts, Options()), strict=True
    ):
        missed += judged[name].verdict in FAULTLESS
    return count, missed


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=10_000)
    parser.add_argument("--digits", type=int, default=4)
    parser.add_argument("--seed", default="other hands")
    given = parser.parse_args(arguments)
    figures, found = faulted(given.scripts, given.digits, given.seed)
    print(f"seed {given.seed!r}, {given.digits} digits: {len(found)} of {figures} honest figures faulted")  # noqa: T201
    print(*found[:20], sep="\n")  # noqa: T201
    for alone in (False, True):
        for off in map(Decimal, ("0.002", "0.005", "0.01", "0.02", "0.05")):
            count, missed = passed(min(given.scripts, 1000), given.digits, given.seed, off, alone=alone)
            where = "alone" if alone else "in a whole script"
            print(f"off by {off:%}, {where}: {missed} of {count} passed", flush=True)  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
