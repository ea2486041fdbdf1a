"""Own architectures by other hands: decimals line by line, each operation rounded, no formula shared with derive.

A recurrent layer over three steps, a convolution with pooling, an attention head, and momentum over two updates: honest
scripts, those with one mistake, and those with one figure made wrong. The rates of all of them are printed by
``python -m tests.other_architectures --scripts 400``.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

import derive
from derive.given.loading import problem_named
from derive.judging.mending.mending import judge_and_mend
from derive.judging.model import FAULTLESS, Options
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_for
from tests.other_hands import Hand

_EXACT = Context(prec=40)
ONE, _NEAR = Decimal(1), Decimal("0.1")
#: What is found of each figure: its verdict, and the names of its causes.
Judged = Mapping[str, tuple[str, tuple[str, ...]]]


def _number(chance: random.Random, least: int = 11, most: int = 95) -> Decimal:
    return Decimal(chance.choice((-1, 1)) * chance.randint(least, most)) / 100


def _table(chance: random.Random, rows: int, columns: int) -> list[list[Decimal]]:
    return [[_number(chance) for _ in range(columns)] for _ in range(rows)]


def _texts(table: Any) -> Any:
    return [_texts(each) for each in table] if isinstance(table, list) else str(table)


def _tanh(hand: Hand, net: Decimal) -> Decimal:
    """In one of two forms; near 0, where both lose their digits, by the key of a calculator."""
    if abs(net) < _NEAR:
        up, down = _EXACT.exp(net), _EXACT.exp(-net)
        return hand.cut(_EXACT.divide(up - down, up + down))
    if hand.chance.randrange(2):
        up, down = hand.cut(_EXACT.exp(net)), hand.cut(_EXACT.exp(-net))
        return hand.cut(_EXACT.divide(hand.plus(up, -down), hand.plus(up, down)))
    square = hand.cut(_EXACT.exp(2 * net))
    return hand.plus(ONE, -hand.cut(_EXACT.divide(Decimal(2), hand.plus(square, ONE))))


def _dot(hand: Hand, row: Sequence[Decimal], column: Sequence[Decimal], *more: Decimal) -> Decimal:
    return hand.plus(*(hand.times(a, b) for a, b in zip(row, column, strict=True)), *more)


def _slope(hand: Hand, value: Decimal) -> Decimal:
    return hand.plus(ONE, -hand.times(value, value))


def _unit(weights: Sequence[Decimal]) -> dict[str, Any]:
    return {"units": ["y"], "activation": "identity", "weights": [_texts(list(weights))]}


def _file(**keys: Any) -> dict[str, Any]:
    return {"title": "Other hands", "loss": "half_squared_error", "learning_rate": "0.3", **keys}


def _end(hand: Hand, out: Sequence[Decimal], weights: Sequence[Decimal], target: Decimal) -> list[Decimal]:
    y = hand.line("out_y", hand.line("net_y", _dot(hand, weights, out)))
    delta = hand.line("delta_y", hand.plus(y, -target))
    return [hand.times(delta, weight) for weight in weights]


def rnn(hand: Hand, chance: random.Random, wrong: str) -> dict[str, Any]:
    """One unit over three steps, and back."""
    w, u, b, start, v = (_number(chance) for _ in range(5))
    x, target, states = [_number(chance) for _ in range(3)], _number(chance), [start]
    for t in range(3):
        terms = (
            [hand.times(w, x[t])] if wrong == "start-forgotten" else [hand.times(w, x[t]), hand.times(u, states[-1])]
        )
        net = hand.line(f"net_cell:{t + 1}", hand.plus(*terms, *([] if wrong == "missing-bias" else [b])))
        states.append(hand.line(f"h:{t + 1}", _tanh(hand, net)))
    back, deltas = _end(hand, [states[3]], [v], target)[0], list[Decimal]()
    for t in (3, 2, 1):
        back = hand.line(f"dE_total/dh:{t}", back)
        deltas.insert(0, hand.line(f"delta_cell:{t}", hand.times(back, _slope(hand, states[t]))))
        back = Decimal(0) if wrong == "state-held" else hand.times(deltas[0], u)
    steps = (chance.randrange(3),) if wrong == "one-step-of-time" else (0, 1, 2)
    hand.line("dE_total/dU", hand.plus(*(hand.times(deltas[t], states[t]) for t in steps)))
    hand.line("dE_total/dW", hand.plus(*(hand.times(deltas[t], x[t]) for t in (0, 1, 2))))
    parameters = {"W": str(w), "U": str(u), "b": str(b)}
    return _file(
        inputs={"x": {"over": "time", "values": _texts(x)}},
        layers=[
            {"name": "cell", "type": "rnn", "state": {"h": str(start)}, "parameters": parameters},
            {**_unit([v]), "from": "cell.h", "at": "last"},
        ],
        targets={"y": str(target)},
    )


def convolution(hand: Hand, chance: random.Random, wrong: str) -> dict[str, Any]:
    """5 × 5 with a kernel of 2 × 2, tanh, pooling of 2 × 2, one unit."""
    x, k, b, target = _table(chance, 5, 5), _table(chance, 2, 2), _number(chance), _number(chance)
    weights, size = [_number(chance) for _ in range(4)], range(4)
    kernel = [row[::-1] for row in k[::-1]] if wrong == "kernel-turned" else k
    flat = [weight for row in kernel for weight in row]
    out = [[Decimal(0)] * 4 for _ in size]
    for i in size:
        for j in size:
            window = [x[i][j], x[i][j + 1], x[i + 1][j], x[i + 1][j + 1]]
            net = _dot(hand, flat, window, *([] if wrong == "missing-bias" else [b]))
            net = hand.line(f"net_conv[{i + 1},{j + 1}]", net)
            out[i][j] = hand.line(f"out_conv[{i + 1},{j + 1}]", _tanh(hand, net))
    corners = [(0, 0), (0, 2), (2, 0), (2, 2)]
    pooled = []
    for i, j in corners:
        window = [out[i][j], out[i][j + 1], out[i + 1][j], out[i + 1][j + 1]]
        found = hand.times(Decimal("0.25"), hand.plus(*window)) if wrong == "mean-for-maximum" else max(window)
        pooled.append(hand.line(f"out_pool[{i // 2 + 1},{j // 2 + 1}]", found))
    pooled = [hand.line(f"out_flat[{n + 1}]", each) for n, each in enumerate(pooled)]
    back = [
        hand.line(f"dE_total/dout_flat[{n + 1}]", each) for n, each in enumerate(_end(hand, pooled, weights, target))
    ]
    deltas: dict[tuple[int, int], Decimal] = {}
    for (i, j), gradient in zip(corners, back, strict=True):
        places = [(i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)]
        largest = max(places, key=lambda place: out[place[0]][place[1]])
        for place in places:
            own = gradient if place == largest or wrong == "gradient-to-all" else Decimal(0)
            own = hand.line(f"dE_total/dout_conv[{place[0] + 1},{place[1] + 1}]", own)
            slope = _slope(hand, out[place[0]][place[1]])
            deltas[place] = hand.line(f"delta_conv[{place[0] + 1},{place[1] + 1}]", hand.times(own, slope))
    for m in (0, 1):
        for n in (0, 1):
            terms = [hand.times(delta, x[i + m][j + n]) for (i, j), delta in deltas.items() if delta]
            hand.line(f"dE_total/dK_conv[{m + 1},{n + 1}]", hand.plus(*terms))
    return _file(
        inputs={"image": _texts(x)},
        layers=[
            {"name": "conv", "type": "convolution", "kernels": [_texts(k)], "bias": [str(b)], "activation": "tanh"},
            {"name": "pool", "type": "max_pool", "size": 2},
            {"name": "flat", "type": "flatten"},
            _unit(weights),
        ],
        targets={"y": str(target)},
    )


def attention(hand: Hand, chance: random.Random, wrong: str) -> dict[str, Any]:
    """One head over two tokens of two numbers, forward."""
    x, q, k, v = (_table(chance, 2, 2) for _ in range(4))
    pairs = [(i, j) for i in (0, 1) for j in (0, 1)]

    def product(name: str, left: list[list[Decimal]], right: list[list[Decimal]]) -> list[list[Decimal]]:
        found = [[Decimal(0)] * 2 for _ in (0, 1)]
        for i, j in pairs:
            found[i][j] = hand.line(f"{name}[{i + 1},{j + 1}]", _dot(hand, left[i], [row[j] for row in right]))
        return found

    queries, keys, values = product("Q", x, q), product("K", x, k), product("V", x, v)
    root = hand.cut(_EXACT.sqrt(Decimal(2)))
    scores = [[Decimal(0)] * 2 for _ in (0, 1)]
    for i, j in pairs:
        score = _dot(hand, queries[i], keys[j])
        score = score if wrong == "not-scaled" else hand.cut(_EXACT.divide(score, root))
        scores[i][j] = hand.line(f"S[{i + 1},{j + 1}]", score)
    powers = [[hand.cut(_EXACT.exp(each)) for each in row] for row in scores]
    shares = [[Decimal(0)] * 2 for _ in (0, 1)]
    for i, j in pairs:
        line = [powers[0][j], powers[1][j]] if wrong == "softmax-over-columns" else powers[i]
        shares[i][j] = hand.line(f"A[{i + 1},{j + 1}]", hand.cut(_EXACT.divide(powers[i][j], hand.plus(*line))))
    product("Z", shares, keys if wrong == "keys-for-values" else values)
    layer = {"name": "att", "type": "attention", "Wq": _texts(q), "Wk": _texts(k), "Wv": _texts(v)}
    return {"title": "Other hands", "inputs": {"X": _texts(x)}, "layers": [layer]}


def momentum(hand: Hand, chance: random.Random, wrong: str) -> dict[str, Any]:
    """J = (a·x + b − t)²/2 over two updates."""
    x, t, eta, beta = _number(chance), _number(chance), Decimal(chance.randint(11, 39)) / 100, Decimal("0.8")
    point, velocity = {"a": _number(chance), "b": _number(chance)}, {"a": Decimal(0), "b": Decimal(0)}
    given = {**{name: str(each) for name, each in point.items()}, "x": str(x), "t": str(t)}
    for k in (0, 1):
        at = f"@{k}" if k else ""
        u = hand.line(f"u{at}", hand.plus(hand.times(point["a"], x), point["b"], -t))
        for name, slope in (("a", hand.times(u, x)), ("b", u)):
            g = hand.line(f"dJ/d{name}{at}", slope)
            old = [] if wrong == "old-velocity-forgotten" or not k else [hand.times(beta, velocity[name])]
            own = hand.times(eta, g)
            velocity[name] = hand.plus(*old, own if wrong == "sign-in-velocity" else -own)
            hand.line(f"v_{name}@2" if k else f"v_{name}_new", velocity[name])
            point[name] = hand.line(f"{name}@2" if k else f"{name}_new", hand.plus(point[name], velocity[name]))
    return {
        "title": "Other hands", "given": given, "define": {"u": "a*x + b - t", "J": "u**2/2"}, "objective": "J",
        "wrt": ["a", "b"], "learning_rate": str(eta), "update": {"rule": "momentum", "beta": "0.8"},
        "training": {"rounds": 2},
    }  # fmt: skip


Work = Callable[[Hand, random.Random, str], dict[str, Any]]
#: Each work, with the mistakes that may be planted in it.
WORKS: Mapping[str, tuple[Work, tuple[str, ...]]] = {
    "rnn": (rnn, ("start-forgotten", "missing-bias", "state-held", "one-step-of-time")),
    "convolution": (convolution, ("kernel-turned", "missing-bias", "mean-for-maximum", "gradient-to-all")),
    "attention": (attention, ("not-scaled", "softmax-over-columns", "keys-for-values")),
    "momentum": (momentum, ("old-velocity-forgotten", "sign-in-velocity")),
}


def _judged(mappings: Sequence[dict[str, Any]], scripts: Sequence[dict[str, str]]) -> list[Judged]:
    problems = [problem_named(each, "p") for each in mappings]
    if any("@" in name for name in scripts[0]):  # later rounds are judged script by script
        reports = [derive.verify(problem, each).report for problem, each in zip(problems, scripts, strict=True)]
        return [{each.quantity: (each.verdict, each.diagnosis) for each in report.judgements} for report in reports]
    routes = routes_for(problems)
    order = {name: place for place, name in enumerate(routes.nearest.by_id)}
    read = [{name: read_written(each[name]) for name in sorted(each, key=order.__getitem__)} for each in scripts]
    found = judge_and_mend(routes, problems, read, Options())
    return [{name: (each.verdict, each.diagnosis) for name, each in one.items()} for one, _ in found]


class Plain(Hand):
    """Somebody who rounds what is written, and whose calculator keeps the rest."""

    def cut(self, value: Decimal) -> Decimal:
        """A line of scratch paper."""
        return Hand(self.chance, 20).cut(value)

    def line(self, name: str, value: Decimal) -> Decimal:
        """A figure that is written down."""
        cut = Hand(self.chance, self.digits).cut(value)
        self.written[name] = format(cut, "f")
        return cut


def worked(
    name: str, count: int, digits: int, seed: str, wrongs: Sequence[str] = ("",), *, plain: bool = False
) -> list[Any]:
    chance, found = random.Random(f"{seed} {name}"), []
    for number in range(count):
        hand = Plain(chance, digits) if plain else Hand(chance, digits)
        mapping = WORKS[name][0](hand, chance, wrongs[number % len(wrongs)])
        found.append((mapping, hand.written))
    return found


def faulted(name: str, count: int, digits: int, seed: str) -> tuple[int, list[str]]:
    """Honest figures in all, and those that are found at fault."""
    works = worked(name, count, digits, seed)
    figures, found = 0, list[str]()
    for (_, own), judged in zip(works, _judged(*map(list, zip(*works, strict=True))), strict=True):
        figures += len(own)
        found += [f"{each} = {own[each]}: {verdict}" for each, verdict in judged.items() if verdict[0] not in FAULTLESS]
    return figures, found


def named(name: str, count: int, digits: int, seed: str, *, plain: bool = True) -> tuple[int, int, int, list[str]]:
    """Figures at fault in scripts with one mistake: all, those that its name is among, scripts in which it shows.

    With ``plain`` written lines alone are rounded; without, every operation is, which hides what was done in some.
    """
    wrongs = WORKS[name][1]
    works = worked(name, count, digits, seed, wrongs, plain=plain)
    total, right, scripts, others = 0, 0, 0, list[str]()
    for number, judged in enumerate(_judged(*map(list, zip(*works, strict=True)))):
        wrong = wrongs[number % len(wrongs)]
        own = {each: ids for each, (verdict, ids) in judged.items() if verdict not in FAULTLESS | {"carried"}}
        total, right = total + len(own), right + sum(wrong in ids for ids in own.values())
        scripts += any(wrong in ids for ids in own.values())
        others += [f"{wrong}: {each} {ids}" for each, ids in own.items() if wrong not in ids]
    return total, right, scripts, others


def passed(name: str, count: int, digits: int, seed: str, off: Decimal) -> int:
    """In how many scripts one figure that is off by a share of itself, beside its inputs, is not noticed."""
    works = worked(name, count, digits, seed)
    chance, changed = random.Random(f"{seed} off"), list[str]()
    for _, own in works:
        # Smaller ones may be sums of far larger terms, such as tanh by exponentials, of whose size it is less than 1 %.
        each = chance.choice([each for each, text in own.items() if abs(Decimal(text)) >= Decimal("0.1")])
        own[each] = format(Hand(chance, digits).cut(Decimal(own[each]) * (1 + chance.choice((-1, 1)) * off)), "f")
        changed.append(each)
    judged = _judged(*map(list, zip(*works, strict=True)))
    return sum(found[each][0] in FAULTLESS for each, found in zip(changed, judged, strict=True))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=400)
    parser.add_argument("--digits", type=int, default=4)
    parser.add_argument("--only", default="", help="a part of a work's name")
    parser.add_argument("--seed", default="other architectures")
    given = parser.parse_args(arguments)
    status = 0
    for name in (each for each in WORKS if given.only in each):
        figures, found = faulted(name, given.scripts, given.digits, given.seed)
        status |= bool(found)
        print(f"{name}, seed {given.seed!r}, {given.digits} digits: {len(found)} of {figures} honest figures faulted")  # noqa: T201
        print(*found[:10], sep="\n")  # noqa: T201
        for plain, how in ((True, "written lines"), (False, "every operation")):
            total, right, scripts, others = named(name, given.scripts, given.digits, given.seed, plain=plain)
            print(f"{name}, {how} rounded: {right} of {total} figures at fault named, in {scripts} scripts")  # noqa: T201
            print(*others[:5], sep="\n")  # noqa: T201
        for off in map(Decimal, ("0.01", "0.02", "0.05")):
            missed = passed(name, given.scripts, given.digits, given.seed, off)
            print(f"{name}: off by {off:%}: {missed} of {given.scripts} passed", flush=True)  # noqa: T201
    return status


if __name__ == "__main__":
    sys.exit(main())
