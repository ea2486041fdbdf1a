"""The second simulator on other networks: layers of any size, worked by hand in decimals, honestly or with one mistake.

Nothing here comes from derive but the names of figures. ``python -m tests.other_layers --scripts 300`` prints how many
honest figures of each network are faulted, and of single mistakes how many are found, named, and named falsely.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from derive.given.loading import load
from derive.judging.findings import Finding
from derive.judging.mending.mending import judge_and_mend
from derive.judging.model import FAULTLESS, Options
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_for
from derive.judging.verifying import verify
from tests.other_hands import EXACT, Hand

_ONE, _HALF = Decimal(1), Decimal("0.5")
_BLOCK = 100
_OWN_FAULT = frozenset({"misconception", "ambiguous", "wrong", "slip", "too-coarse", "unreadable"})


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of network: units of each layer, inputs first."""

    sizes: tuple[int, ...]
    hidden: str = "sigmoid"
    output: str = "sigmoid"
    loss: str = "half_squared_error"
    thresholds: bool = False
    samples: int = 1
    batch: str = ""


KINDS: Mapping[str, Kind] = {
    "2-1": Kind(sizes=(2, 1)),
    "2-2-1, thresholds": Kind(sizes=(2, 2, 1), thresholds=True),
    "2-2-2": Kind(sizes=(2, 2, 2)),
    "3-4-2": Kind(sizes=(3, 4, 2)),
    "2-3-3-2": Kind(sizes=(2, 3, 3, 2)),
    "2-3-2, relu with dead units": Kind(sizes=(2, 3, 2), hidden="relu", output="identity"),
    "2-2-3, softmax": Kind(sizes=(2, 2, 3), output="softmax", loss="cross_entropy"),
    "2-2-1, binary cross-entropy": Kind(sizes=(2, 2, 1), loss="binary_cross_entropy"),
    "2-2-1, tanh and a linear output": Kind(sizes=(2, 2, 1), hidden="tanh", output="identity"),
    "2-2-1, batch of two": Kind(sizes=(2, 2, 1), samples=2, batch="mean"),
    "2-2-1, online": Kind(sizes=(2, 2, 1), samples=2, batch="online"),
}

#: What may go wrong once, at every step of its kind or at one; the ids by which each is known.
MISTAKES: Mapping[str, tuple[str, ...]] = {
    "no bias": ("missing-bias",),
    "bias with the other sign": ("bias-subtracted",),
    "no slope": ("missing-slope", "missing-mask"),
    "sign of a delta": ("sign", "delta-sign"),
    "one path": ("one-path",),
    "no weight": ("no-weight",),
    "wrong source": ("wrong-hidden", "wrong-input"),
    "no source": ("missing-input",),
    "up the gradient": ("ascent",),
    "no rate": ("missing-learning-rate",),
    "step only": ("step-only",),
    "not squared": ("not-squared",),
    "no half": ("no-half",),
    "no activation": ("no-activation",),
    "sign of the exponent": ("exp-sign",),
}


def drawn(kind: Kind, chance: random.Random) -> dict[str, Any]:
    """A network of two-decimal numbers."""

    def number() -> str:
        return f"{chance.choice((-1, 1)) * chance.randint(5, 95) / 100:.2f}"

    layers = []
    for depth, size in enumerate(kind.sizes[1:]):
        last = depth == len(kind.sizes) - 2
        letter = "y" if last else "HGK"[depth]
        layers.append({
            "units": [f"{letter}{unit + 1}" for unit in range(size)],
            "activation": kind.output if last else kind.hidden,
            "weights": [[number() for _ in range(kind.sizes[depth])] for _ in range(size)],
            "bias": [number() for _ in range(size)],
        })  # fmt: skip
    outputs = [f"y{unit + 1}" for unit in range(kind.sizes[-1])]
    samples = []
    for _ in range(kind.samples):
        right = chance.randrange(len(outputs))
        wanted = {name: f"{chance.randint(5, 95) / 100:.2f}" for name in outputs}
        if kind.loss != "half_squared_error":
            wanted = {name: "1" if place == right else "0" for place, name in enumerate(outputs)}
        samples.append({"inputs": {f"x{k + 1}": number() for k in range(kind.sizes[0])}, "targets": wanted})
    rate = f"{chance.randint(3, 9) / 10 + 0.05:.2f}"
    given: dict[str, Any] = {"title": "By other hands", "loss": kind.loss, "learning_rate": rate, "layers": layers}
    given |= samples[0] if kind.samples == 1 else {"samples": samples}
    conventions = {"bias_sign": "subtracted"} if kind.thresholds else {}
    if kind.batch:
        conventions["batch"] = kind.batch
    return given | {"conventions": conventions} if conventions else given


class Worker:
    """Works a network line by line, with at most one mistake at one place."""

    def __init__(self, kind: Kind, given: Mapping[str, Any], hand: Hand, mistake: str = "", turn: int = 0) -> None:
        self.kind, self.given, self.hand, self.mistake = kind, given, hand, mistake
        self.turn, self.passed, self.at = turn, 0, ""
        self.weights = [[[Decimal(each) for each in row] for row in layer["weights"]] for layer in given["layers"]]
        self.biases = [[Decimal(each) for each in layer["bias"]] for layer in given["layers"]]
        self.rate = Decimal(given["learning_rate"])

    def goes_wrong(self, mistake: str, name: str) -> bool:
        """Whether the mistake is made at this step: the one whose turn it is among those at which it can be made."""
        if mistake != self.mistake:
            return False
        self.passed += 1
        if self.passed - 1 != self.turn:
            return False
        self.at = name
        return True

    def worked(self) -> dict[str, str]:
        """All figures."""
        samples = self.given.get("samples") or [self.given]
        gradients = []
        for number, sample in enumerate(samples, 1):
            suffix = f"[{number}]" if len(samples) > 1 else ""
            turn = number - 1 if self.kind.batch == "online" else 0
            later = f"@{turn}" if turn else ""
            found = self.sample(sample, suffix + later)
            gradients.append(found)
            if self.kind.batch == "online":
                self.update(found, f"@{number}")
        if self.kind.batch != "online":
            self.update(self.averaged(gradients) if len(samples) > 1 else gradients[0], "_new")
        return self.hand.written

    def averaged(self, gradients: Sequence[dict[str, Decimal]]) -> dict[str, Decimal]:
        """The mean over the samples."""
        hand, many = self.hand, Decimal(len(gradients))
        errors = [Decimal(hand.written[f"E_total[{k + 1}]"]) for k in range(len(gradients))]
        hand.line("E_total", EXACT.divide(hand.plus(*errors), many))
        return {
            name: hand.line(f"dE_total/d{name}", EXACT.divide(hand.plus(*(each[name] for each in gradients)), many))
            for name in gradients[0]
        }

    def sample(self, sample: Mapping[str, Any], suffix: str) -> dict[str, Decimal]:
        """One sample forward and backward: its gradients by parameter."""
        hand, layers = self.hand, self.given["layers"]
        outs = [[Decimal(each) for each in sample["inputs"].values()]]
        nets: list[list[Decimal]] = []
        for depth, layer in enumerate(layers):
            nets.append([self.net(depth, unit, outs[-1], f"net_{name}{suffix}")
                         for unit, name in enumerate(layer["units"])])  # fmt: skip
            outs.append(self.activated(layer, nets[-1], suffix))
        targets = [Decimal(each) for each in sample["targets"].values()]
        misses = [hand.cut(out - target) for out, target in zip(outs[-1], targets, strict=True)]
        self.errors(outs[-1], targets, misses, suffix)
        deltas = [self.delta(name, misses[k], self.slope(layers[-1], nets[-1][k], outs[-1][k]), suffix)
                  for k, name in enumerate(layers[-1]["units"])]  # fmt: skip
        gradients: dict[str, Decimal] = {}
        for depth in reversed(range(len(layers))):
            gradients |= self.gradients(depth, deltas, outs[depth], suffix)
            if depth:
                deltas = self.back(depth - 1, deltas, nets[depth - 1], outs[depth], suffix)
        return gradients

    def net(self, depth: int, unit: int, sources: Sequence[Decimal], name: str) -> Decimal:
        """Products and the bias, in any order."""
        hand = self.hand
        bias = self.biases[depth][unit] * (-1 if self.kind.thresholds else 1)
        terms = list(map(hand.times, self.weights[depth][unit], sources))
        if self.goes_wrong("bias with the other sign", name):
            bias = -bias
        if not self.goes_wrong("no bias", name):
            terms.append(bias)
        return hand.line(name, hand.plus(*terms))

    def activated(self, layer: Mapping[str, Any], nets: Sequence[Decimal], suffix: str) -> list[Decimal]:
        """Activations of a layer."""
        hand, kind = self.hand, layer["activation"]
        if kind == "softmax":
            powers = [hand.cut(EXACT.exp(net)) for net in nets]
            total = hand.plus(*powers)
            return [hand.line(f"out_{name}{suffix}", EXACT.divide(power, total))
                    for name, power in zip(layer["units"], powers, strict=True)]  # fmt: skip
        found = []
        for name, net in zip(layer["units"], nets, strict=True):
            where = f"out_{name}{suffix}"
            if kind == "identity":
                value = net
            elif kind == "relu":
                value = max(net, Decimal(0))
            elif kind == "tanh":
                up, down = hand.cut(EXACT.exp(net)), hand.cut(EXACT.exp(-net))
                value = EXACT.divide(hand.plus(up, -down), hand.plus(up, down))
            elif (layer is not self.given["layers"][-1] or self.kind.loss == "half_squared_error") and self.goes_wrong(
                "no activation", where
            ):
                value = net
            elif self.goes_wrong("sign of the exponent", where):
                value = EXACT.divide(_ONE, hand.plus(_ONE, hand.cut(EXACT.exp(net))))
            else:
                value = hand.sigmoid(net)
            found.append(hand.line(where, value))
        return found

    def errors(
        self, outs: Sequence[Decimal], targets: Sequence[Decimal], misses: Sequence[Decimal], suffix: str
    ) -> None:
        """The error of each output, and the total."""
        hand, parts = self.hand, []
        for k, (out, target, miss) in enumerate(zip(outs, targets, misses, strict=True)):
            name = f"E_y{k + 1}{suffix}"
            if self.kind.loss == "half_squared_error":
                square = miss if self.goes_wrong("not squared", name) else hand.times(miss, miss)
                parts.append(hand.line(name, square if self.goes_wrong("no half", name) else hand.times(_HALF, square)))
            elif self.kind.loss == "binary_cross_entropy":
                parts.append(hand.line(name, -self.logarithm(out if target else hand.cut(1 - out))))
            elif target:
                parts.append(-self.logarithm(out))
        hand.line(f"E_total{suffix}", hand.plus(*parts))

    def logarithm(self, value: Decimal) -> Decimal:
        """Of an activation; a mistake above may have made it none."""
        return self.hand.cut(EXACT.ln(max(value, Decimal("1e-9"))))

    def slope(self, layer: Mapping[str, Any], net: Decimal, out: Decimal) -> Decimal | None:
        """None where it cancels or is 1."""
        hand = self.hand
        if layer["activation"] == "relu":
            return _ONE if net > 0 else Decimal(0)
        if layer["activation"] == "tanh":
            return hand.cut(1 - hand.times(out, out))
        if layer["activation"] == "sigmoid" and (self.kind.loss != "binary_cross_entropy" or layer["units"][0] != "y1"):
            return hand.times(out, hand.cut(1 - out))
        return None

    def delta(self, unit: str, arriving: Decimal, slope: Decimal | None, suffix: str) -> Decimal:
        """What arrives times the slope."""
        name = f"delta_{unit}{suffix}"
        value = arriving
        if slope is not None and not self.goes_wrong("no slope", name):
            value = self.hand.times(arriving, slope)
        return self.hand.line(name, -value if self.goes_wrong("sign of a delta", name) else value)

    def back(
        self, depth: int, deltas: Sequence[Decimal], nets: Sequence[Decimal], outs: Sequence[Decimal], suffix: str
    ) -> list[Decimal]:
        """The deltas of a hidden layer."""
        hand, layer, found = self.hand, self.given["layers"][depth], []
        for j, unit in enumerate(layer["units"]):
            name = f"dE_total/dout_{unit}{suffix}"
            weights = [self.weights[depth + 1][k][j] for k in range(len(deltas))]
            if self.goes_wrong("no weight", name):
                weights = [_ONE] * len(weights)
            paths = list(map(hand.times, deltas, weights))
            if len(paths) > 1 and self.goes_wrong("one path", name):
                paths = paths[:1]
            arriving = hand.line(name, hand.plus(*paths))
            found.append(self.delta(unit, arriving, self.slope(layer, nets[j], outs[j]), suffix))
        return found

    def gradients(
        self, depth: int, deltas: Sequence[Decimal], sources: Sequence[Decimal], suffix: str
    ) -> dict[str, Decimal]:
        """Of the weights and biases of a layer."""
        hand, found = self.hand, dict[str, Decimal]()
        first = 1 + sum(a * b for a, b in zip(self.kind.sizes[:depth], self.kind.sizes[1 : depth + 1], strict=True))
        for k, unit in enumerate(self.given["layers"][depth]["units"]):
            for j, source in enumerate(sources):
                weight = f"w{first + k * len(sources) + j}"
                name, factor = f"dE_total/d{weight}{suffix}", source
                if len(sources) > 1 and self.goes_wrong("wrong source", name):
                    factor = sources[j - 1]
                if self.goes_wrong("no source", name):
                    factor = _ONE
                found[weight] = hand.line(name, hand.times(deltas[k], factor))
            sign = -1 if self.kind.thresholds else 1
            found[f"b_{unit}"] = hand.line(f"dE_total/db_{unit}{suffix}", deltas[k] * sign)
        return found

    def update(self, gradients: Mapping[str, Decimal], suffix: str) -> None:
        """New weights and biases."""
        first = 1
        for depth, layer in enumerate(self.given["layers"]):
            for k, unit in enumerate(layer["units"]):
                names = [f"w{first + j}" for j in range(len(self.weights[depth][k]))]
                first += len(names)
                for j, name in enumerate(names):
                    self.weights[depth][k][j] = self.updated(name, self.weights[depth][k][j], gradients[name], suffix)
                bias = f"b_{unit}"
                self.biases[depth][k] = self.updated(bias, self.biases[depth][k], gradients[bias], suffix)

    def updated(self, name: str, old: Decimal, gradient: Decimal, suffix: str) -> Decimal:
        """Old minus rate times gradient."""
        hand, name = self.hand, f"{name}{suffix}"
        step = gradient if self.goes_wrong("no rate", name) else hand.times(self.rate, gradient)
        if self.goes_wrong("step only", name):
            return hand.line(name, -step)
        return hand.line(name, hand.plus(old, step if self.goes_wrong("up the gradient", name) else -step))


def judged(kind: Kind, given: Sequence[dict[str, Any]], texts: Sequence[dict[str, str]]) -> list[Mapping[str, Finding]]:
    """What derive finds."""
    problems = [load(each) for each in given]
    if kind.batch == "online":
        found = []
        for problem, own in zip(problems, texts, strict=True):
            verification = verify(problem, own)
            assert not verification.report.rejected, verification.report.rejected[:1]
            found.append(verification.findings[None])
        return found
    scripts = [{name: read_written(text) for name, text in own.items()} for own in texts]
    return [each for each, _ in judge_and_mend(routes_for(problems), problems, scripts, Options())]


def honest(kind: Kind, count: int, digits: int, chance: random.Random) -> tuple[int, list[str]]:
    """Honest figures in all, and those that are found at fault."""
    figures, faulted = 0, list[str]()
    for _ in range(-(-count // _BLOCK)):
        given = [drawn(kind, chance) for _ in range(min(_BLOCK, count))]
        texts = [Worker(kind, each, Hand(chance, digits)).worked() for each in given]
        for own, found in zip(texts, judged(kind, given, texts), strict=True):
            figures += len(own)
            faulted += [f"{name} = {own.get(name)}: {each.verdict} {each.diagnosis}"
                        for name, each in found.items() if each.verdict not in FAULTLESS]  # fmt: skip
    return figures, faulted


def mistaken(kind: Kind, count: int, digits: int, chance: random.Random) -> Counter[str]:
    """Single mistakes: how many were planted and shown, found at just their step, named there, named falsely."""
    told: Counter[str] = Counter()
    given, texts, planted = list[dict[str, Any]](), list[dict[str, str]](), list[tuple[str, str]]()
    for _ in range(count):
        problem, mistake = drawn(kind, chance), chance.choice(list(MISTAKES))
        seed, turn = chance.random(), chance.randrange(4)
        plain = Worker(kind, problem, Hand(random.Random(seed), digits + 4)).worked()
        exact = Worker(kind, problem, Hand(random.Random(seed), digits + 4), mistake, turn)
        wrong = exact.worked()
        if not exact.at or not _shows(plain[exact.at], wrong[exact.at], digits):
            continue
        worker = Worker(kind, problem, Hand(random.Random(seed), digits), mistake, turn)
        texts.append(worker.worked())
        given.append(problem)
        planted.append((mistake, worker.at))
    for start in range(0, len(given), _BLOCK):
        part = slice(start, start + _BLOCK)
        for (mistake, at), found in zip(planted[part], judged(kind, given[part], texts[part]), strict=True):
            told["planted"] += 1
            at = at if at in found else at.replace("@1", "_new")
            faults = [name for name, each in found.items() if each.verdict in _OWN_FAULT]
            ids = {name for each in found[at].causes for name in each.ids}
            right = bool(ids & set(MISTAKES[mistake]))
            told["found"] += faults == [at] or (found[at].verdict == "convention" and not faults)
            told["named"] += right
            told["falsely"] += bool(ids) and not right
            if not right:
                told[f"{mistake}: {found[at].verdict} {sorted(ids)}"] += 1
    return told


def _shows(right: str, wrong: str, digits: int) -> bool:
    """Whether a mistake changes a figure by more than rounding may."""
    one, other = Decimal(right), Decimal(wrong)
    return abs(one - other) > max(abs(one), abs(other)) * 20 * Decimal(10) ** -digits


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=1000)
    parser.add_argument("--mistakes", type=int, default=1000)
    parser.add_argument("--digits", type=int, default=4)
    parser.add_argument("--seed", default="other layers")
    parser.add_argument("--kind", choices=[*KINDS], action="append")
    given = parser.parse_args(arguments)
    say = lambda text: print(text, flush=True)  # noqa: E731, T201
    say(f"seed {given.seed!r}, {given.digits} digits")
    every, bad, sums = 0, 0, Counter[str]()
    for name in given.kind or KINDS:
        kind, chance = KINDS[name], random.Random(f"{given.seed} {name} {given.digits}")
        count = given.scripts // 10 if kind.batch == "online" else given.scripts
        figures, faulted = honest(kind, count, given.digits, chance)
        chance = random.Random(f"{given.seed} {name} {given.digits} mistakes")
        told = mistaken(kind, given.mistakes // (10 if kind.batch == "online" else 1), given.digits, chance)
        every, bad = every + figures, bad + len(faulted)
        sums += Counter({key: told[key] for key in ("planted", "found", "named", "falsely")})
        say(f"{name}: {len(faulted)} of {figures} honest figures faulted; of {told['planted']} mistakes "
            f"{told['found']} found, {told['named']} named, {told['falsely']} named falsely")  # fmt: skip
        for line in faulted[:5]:
            say(f"    {line}")
        for line, number in told.most_common():
            if line not in sums:
                say(f"    {number} × {line}")
    say(f"in all: {bad} of {every} honest figures faulted; of {sums['planted']} mistakes {sums['found']} found, "
        f"{sums['named']} named, {sums['falsely']} named falsely")  # fmt: skip
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
