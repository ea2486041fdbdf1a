"""The acceptance measurement of judging: ``python -m tests.simulation`` at full size, ``--scripts 50`` for a try.

Honest students of every habit on separated variants, of whom none may lose a mark; and one planted mistake at a time,
which must be flagged at exactly one step with its true id among the candidates.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from derive.given.loading import load
from derive.given.problem import Problem
from derive.handouts.sheets.key import answer_key
from derive.handouts.variants.drawing import draw_class
from derive.judging.conventions.choosing import judge_with_conventions
from derive.judging.findings import Finding
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.model import FAULTLESS, Options
from derive.judging.reading.form import form_quantities
from derive.judging.reading.written import read_written
from derive.judging.routes import Routes, routes_for
from derive.numeric.quantities import values
from tests import other_architectures, other_hands, other_layers
from tests.students import Habit, chooser, habits, script

_BLOCK = 500
_OWN_FAULT = frozenset({"misconception", "ambiguous", "wrong", "slip", "too-coarse", "unreadable"})


def _network(
    title: str, hidden: Sequence[tuple[int, str]], output: tuple[int, str], loss: str, **further: object
) -> Problem:
    """A network of these layers; its numbers are replaced by drawn ones."""
    layers = []
    below, number = 2, 0
    sizes = [*hidden, output]
    for depth, (count, activation) in enumerate(sizes):
        letter = "y" if depth == len(sizes) - 1 else "HGK"[depth]
        units = [f"{letter}{unit + 1}" for unit in range(count)]
        weights = []
        for _ in range(count):
            weights.append([f"0.{11 + 7 * (number + place):02d}" for place in range(below)])
            number += below
        layers.append({"units": units, "activation": activation, "weights": weights, "bias": f"0.{35 + depth}"})
        below = count
    targets = [{f"y{unit + 1}": "1" if unit == 0 else "0" for unit in range(output[0])}]
    if output[1] != "softmax":
        targets = [{f"y{unit + 1}": ("0.01", "0.99")[unit % 2] for unit in range(output[0])}]
    inputs = {"x1": "0.5", "x2": "0.9"}
    samples: object = {"inputs": inputs, "targets": targets[0]}
    if further.pop("batch", False):
        other = {"inputs": {"x1": "0.3", "x2": "0.7"}, "targets": targets[0]}
        samples = {"samples": [{"inputs": inputs, "targets": targets[0]}, other]}
    assert isinstance(samples, dict)
    made = load(
        {
            "title": title,
            "loss": loss,
            "learning_rate": "0.5",
            "layers": layers,
            "conventions": {"train_biases": False, **further},
            **samples,
        }
    )
    assert isinstance(made, Problem)
    return made


def architectures() -> dict[str, Callable[[], Problem]]:
    """Problems to measure on, by name."""
    return {
        "2-2-2 sigmoid": lambda: _network("s", [(2, "sigmoid")], (2, "sigmoid"), "half_squared_error"),
        "2-3-2-2 sigmoid": lambda: _network(
            "d", [(3, "sigmoid"), (2, "sigmoid")], (2, "sigmoid"), "half_squared_error"
        ),
        "2-2-2 tanh": lambda: _network("t", [(2, "tanh")], (2, "sigmoid"), "half_squared_error"),
        "2-3-2 relu": lambda: _network("r", [(3, "relu")], (2, "sigmoid"), "half_squared_error"),
        "2-2-3 softmax, cross-entropy": lambda: _network("c", [(2, "sigmoid")], (3, "softmax"), "cross_entropy"),
        "2-2-2, batch of 2": lambda: _network("b", [(2, "sigmoid")], (2, "sigmoid"), "half_squared_error", batch=True),
    }


@dataclass(slots=True, kw_only=True)
class Honest:
    """How honest scripts fared."""

    scripts: int = 0
    faulty: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Planted:
    """How planted mistakes fared."""

    planted: int = 0
    found: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


def variants(problem: Problem, count: int, seed: str) -> list[Problem]:
    """Separated variants, the same on every run."""
    asked = form_quantities(problem)
    names = [str(number) for number in range(count)]
    return draw_class(problem, seed=seed, sheet="acceptance", students=names, asked=asked)


def _judged(
    routes: Routes, problems: Sequence[Problem], texts: Sequence[dict[str, str]], options: Options
) -> list[dict[str, Finding]]:
    written = [{name: read_written(text) for name, text in one.items()} for one in texts]
    return [findings for findings, _ in judge_with_conventions(routes, problems, written, options)]


def honest(problems: Sequence[Problem], habit: Habit) -> Honest:
    """One honest script for each variant."""
    routes = routes_for(problems)
    asked = form_quantities(problems[0])
    options = Options(truncation=habit.truncates)
    found = Honest()
    for start in range(0, len(problems), _BLOCK):
        some = problems[start : start + _BLOCK]
        texts = [script(problem, routes.nearest, asked, habit) for problem in some]
        for problem, text, findings in zip(some, texts, _judged(routes, some, texts, options), strict=True):
            found.scripts += 1
            found.verdicts.update(finding.verdict for finding in findings.values())
            bad = {name: finding for name, finding in findings.items() if finding.verdict not in FAULTLESS}
            if bad:
                found.faulty += 1
                name, finding = next(iter(bad.items()))
                found.examples.append(f"{problem.name} {name} = {text[name]}: {finding.verdict} {finding.diagnosis}")
    return found


def planted(
    problems: Sequence[Problem], digits: int = 4, *, memory: bool = False, against: Sequence[Problem] | None = None
) -> Planted:
    """One script with one mistake for each variant; ``against`` has the problems they are judged by, if others."""
    if against is not None:
        assert len(against) <= _BLOCK
    routes = routes_for(problems)
    asked = form_quantities(problems[0])
    places = [(name, mistake) for name in asked for mistake in mistakes_at(routes, name)]
    choose = chooser("planted")
    found = Planted()
    habit = Habit(digits=digits, memory=memory)
    for start in range(0, len(problems), _BLOCK):
        some = problems[start : start + _BLOCK]
        chosen = [choose.choice(places) for _ in some]
        honest_texts = [script(problem, routes.nearest, asked, habit) for problem in some]
        texts = []
        for problem, (name, mistake), right in zip(some, chosen, honest_texts, strict=True):
            try:
                texts.append(script(problem, routes.nearest, asked, habit, wrong={name: mistake.expression}))
            except ArithmeticError:  # the logarithm of 0, say: nobody could write that down
                texts.append(right)
        judged = _judged(routes, against or some, texts, Options())
        for problem, (name, mistake), text, right, findings in zip(
            some, chosen, texts, honest_texts, judged, strict=True
        ):
            if Decimal(text[name]) == Decimal(right[name]):
                continue  # the mistake cannot be seen here, such as the identity for a relu above 0
            found.planted += 1
            own = [quantity for quantity, finding in findings.items() if finding.verdict in _OWN_FAULT]
            if own == [name] and set(mistake.ids) <= set(findings[name].diagnosis):
                found.found += 1
                continue
            found.missed[f"{mistake.kind}: {mistake.ids[0]}"] += 1
            seen = {quantity: (findings[quantity].verdict, findings[quantity].diagnosis) for quantity in own}
            found.examples.append(f"{problem.name} {name} {mistake.ids} = {text[name]} for {right[name]}: {seen}")
    return found


def disagreeing_keys(problems: Sequence[Problem], against: Sequence[Problem] | None = None) -> list[str]:
    """Key figures that are no rounding of what the NumPy core gives, beyond what float64 may be off."""
    asked = form_quantities(problems[0])
    found: list[str] = []
    for problem, other in zip(problems, against or problems, strict=True):
        true = values(other)
        for line in answer_key(problem, asked).lines:
            right = Decimal(true[line.quantity])
            half = Decimal(5).scaleb(right.adjusted() - 4) if right else Decimal(0)
            off = abs(Decimal(str(line.value.ascii)) - right)
            if off > half + Decimal("1e-13"):
                found.append(f"{line.quantity} = {line.value.ascii} for {true[line.quantity]!r}")
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=10_000, help="variants of 2-2-2, each in every habit")
    parser.add_argument("--others", type=int, default=None, help="variants of each other architecture")
    parser.add_argument("--only", default="", help="a part of an architecture's name")
    parser.add_argument("--keys", action="store_true", help="hold the keys of 2-2-2 against the NumPy core, and stop")
    arguments = parser.parse_args()
    status = 0
    if arguments.keys:
        problems = variants(architectures()["2-2-2 sigmoid"](), arguments.scripts, "acceptance")
        wrong = disagreeing_keys(problems)
        print(f"{len(wrong)} figures of {len(problems)} keys disagree with the NumPy core", *wrong[:5], sep="\n")
        return bool(wrong)
    for name, make in architectures().items():
        if arguments.only not in name:
            continue
        first = name == "2-2-2 sigmoid"
        count = arguments.scripts if first else (arguments.others or max(arguments.scripts // 10, 20))
        started = time.perf_counter()
        problems = variants(make(), count, "acceptance")
        print(f"{name}: {count} separated variants drawn in {time.perf_counter() - started:.0f} s", flush=True)
        for habit in habits():
            result = honest(problems, habit)
            status |= bool(result.faulty)
            words = [
                "truncates" if habit.truncates else "rounds",
                "memory" if habit.memory else "paper",
                "scratch rounded" if habit.scratch else "lines only",
                f"{habit.digits} digits",
            ]
            print(f"  honest, {', '.join(words)}: {result.faulty} of {result.scripts} with a faulty step", flush=True)
            for example in result.examples[:3]:
                print("    " + example)
        for memory in (False, True):
            mistakes = planted(problems, memory=memory)
            rate = 100 * mistakes.found / max(mistakes.planted, 1)
            status |= first and rate < 99.5
            mode = "memory" if memory else "paper"
            print(
                f"  planted, {mode}: {mistakes.found} of {mistakes.planted} found at one step: {rate:.2f} %", flush=True
            )
            for kind, number in mistakes.missed.most_common(8):
                print(f"    missed {number}: {kind}")
            for example in mistakes.examples[:5]:
                print("    " + example)
        print(f"  {time.perf_counter() - started:.0f} s in all", flush=True)
    if not arguments.only:
        print("by other hands, which share no formula with derive", flush=True)
        many = str(max(arguments.scripts // 10, 20))
        status |= other_hands.main(["--scripts", str(max(arguments.scripts, 200))])
        status |= other_layers.main(["--scripts", many, "--mistakes", many])
        status |= other_architectures.main(["--scripts", many])
    return status


if __name__ == "__main__":
    sys.exit(main())
