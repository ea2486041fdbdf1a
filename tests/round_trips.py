"""A class by other hands: sheets with other numbers for everyone, filled in by decimals, marked by key and judge.

Nothing of a figure comes from derive. ``python -m tests.round_trips --students 200`` prints for each kind of problem
how many honest figures lie outside the band of the paper key, how many of them ``derive verify`` faults, and how many
planted mistakes are named. Who rounds written lines alone has a calculator; who rounds every operation has none.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from derive.given.formula_problem import AnyProblem
from derive.given.loading import load
from derive.given.problem_file import problem_text
from derive.handouts.making.plan import Plan, plan
from derive.handouts.marking import mark
from derive.handouts.sheets.key import answer_key
from derive.judging.model import FAULTLESS
from derive.proof.values import given_numbers
from tests.other_architectures import WORKS, Plain
from tests.other_hands import Hand
from tests.other_layers import KINDS, MISTAKES, Worker, drawn

DIGITS = 4


@dataclass(frozen=True)
class Trip:
    """What a class is given, how it is worked, and what may go wrong in it: a mistake, and the ids that name it."""

    mapping: Mapping[str, Any]
    given: tuple[str, ...]
    mistakes: Mapping[str, tuple[str, ...]]

    def works(self, problem: AnyProblem, hand: Hand, mistake: str) -> str:
        """Work a student's numbers into the hand; the step that went wrong, where that is known."""
        raise NotImplementedError


class Layers(Trip):
    """A layered network."""

    def works(self, problem: AnyProblem, hand: Hand, mistake: str) -> str:
        """The figures of one round."""
        own = tomllib.loads(problem_text(problem), parse_float=str)
        for layer in own["layers"]:
            layer["bias"] = layer["bias"] if isinstance(layer["bias"], list) else [layer["bias"]] * len(layer["units"])
        worker = Worker(KINDS[self.given[0]], own, hand, mistake, hand.chance.randrange(3))
        worker.worked()
        return worker.at


class _Drawn(random.Random):
    """Chance where numbers are drawn: it gives those of a student, in the order in which a work draws them."""

    def __init__(self, numbers: Sequence[Fraction], chance: random.Random) -> None:
        super().__init__(chance.random())
        self.numbers = iter(numbers)

    def choice(self, several: Sequence[Any]) -> Any:
        """Both signs are in the number that follows."""
        return 1 if several == (-1, 1) else super().choice(several)

    def randint(self, low: int, high: int) -> Any:
        """A hundred times the next number."""
        number = next(self.numbers)
        return Decimal(number.numerator) / Decimal(number.denominator) * 100


class Arrays(Trip):
    """An own architecture."""

    def works(self, problem: AnyProblem, hand: Hand, mistake: str) -> str:
        """The figures of all that is asked."""
        numbers = given_numbers(problem)
        name, *order = self.given
        WORKS[name][0](hand, _Drawn([numbers[each].value for each in order], hand.chance), mistake)
        return ""


def _arrays(name: str, order: Sequence[str]) -> Trip:
    mapping = WORKS[name][0](Hand(random.Random(f"class {name}"), DIGITS), random.Random(f"class {name}"), "")
    return Arrays(mapping, (name, *order), {each: (each,) for each in WORKS[name][1]})


def _cells(name: str, rows: int, columns: int) -> list[str]:
    return [f"{name}[{i},{j}]" for i in range(1, rows + 1) for j in range(1, columns + 1)]


def _layers(name: str) -> Trip:
    return Layers(drawn(KINDS[name], random.Random(f"class {name}")), (name,), MISTAKES)


TRIPS: Mapping[str, Trip] = {
    "2-2-2": _layers("2-2-2"),
    "3-4-2": _layers("3-4-2"),
    "rnn": _arrays("rnn", ("W", "U", "b", "h:0", "w1", "x:1", "x:2", "x:3", "t_y")),
    "convolution": _arrays(
        "convolution", (*_cells("image", 5, 5), *_cells("K_conv", 2, 2), "b_conv[1]", "t_y", "w1", "w2", "w3", "w4")
    ),
    "momentum over two updates": _arrays("momentum", ("x", "t", "eta", "a", "b")),
}


def class_of(trip: Trip, students: int, seed: str) -> Plan:
    """The order of a handout; what is asked is what the hands write."""
    hand = Hand(random.Random(seed), DIGITS)
    trip.works(load(dict(trip.mapping)), hand, "")
    return plan(load(dict(trip.mapping)), students=students, ask=",".join(hand.written), digits=DIGITS, seed=seed)


def scripts(
    trip: Trip, problems: Mapping[str, AnyProblem], asked: Sequence[str], seed: str, *, plain: bool, wrong: bool = False
) -> tuple[dict[str, dict[str, str]], dict[str, tuple[str, str]]]:
    """What each student writes, and with ``wrong`` what was planted and where; who shows nothing of it is left out."""
    texts: dict[str, dict[str, str]] = {}
    planted: dict[str, tuple[str, str]] = {}
    kinds = list(trip.mistakes) if wrong else [""]
    for place, (student, problem) in enumerate(problems.items()):
        mistake, works = kinds[place % len(kinds)], dict[str, dict[str, str]]()
        for each in dict.fromkeys((mistake, "")):
            hand = (Plain if plain else Hand)(random.Random(f"{seed} {student}"), DIGITS)
            at = trip.works(problem, hand, each)
            works[each] = {name: hand.written[name] for name in asked}
            if each:
                planted[student] = mistake, at
        if wrong and works[mistake] == works[""]:
            del planted[student]
            continue
        texts[student] = works[mistake]
    return texts, planted


def outside(problem: AnyProblem, asked: tuple[str, ...], figures: Mapping[str, str]) -> list[str]:
    """Figures that a teacher with the paper key would not let stand."""
    found = []
    for line in answer_key(problem, asked).lines:
        own = Fraction(Decimal(figures[line.quantity]))
        if line.band is not None and not line.band.low.value <= own <= line.band.high.value:
            found.append(f"{line.quantity} = {figures[line.quantity]}: {line.accepted}")
    return found


def honest(order: Plan, trip: Trip, seed: str, *, plain: bool) -> tuple[int, list[str], list[str]]:
    """Figures in all, those outside the bands of the key, and those that are found at fault."""
    manifest = order.drawn()
    texts, _ = scripts(trip, manifest.variants, manifest.asked, seed, plain=plain)
    off = [each for student, own in texts.items() for each in outside(manifest.variants[student], manifest.asked, own)]
    report = mark(manifest, texts).report
    faulted = [f"{each.quantity} = {each.written}: {each.verdict} {each.diagnosis}"
               for each in report.judgements if each.verdict not in FAULTLESS]  # fmt: skip
    assert not report.rejected
    return sum(map(len, texts.values())), off, faulted


def mistaken(order: Plan, trip: Trip, seed: str) -> tuple[int, int, list[str]]:
    """Planted mistakes that show, those whose name is said, and what is said of the others."""
    manifest = order.drawn()
    texts, planted = scripts(trip, manifest.variants, manifest.asked, seed, plain=True, wrong=True)
    report = mark(manifest, texts).report
    named, others = 0, list[str]()
    for student, (mistake, at) in planted.items():
        part = report.by_student()[student].judgements
        ids = {name for each in part for name in re.split(r"[ +,]+", " ".join(map(str, each.diagnosis)))}
        if ids & set(trip.mistakes[mistake]):
            named += 1
        else:
            faults = [(each.quantity, each.verdict, each.diagnosis) for each in part if each.verdict not in FAULTLESS]
            others.append(f"{mistake} at {at}: {faults[:3]}")
    return len(planted), named, others


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--only", default="", help="a part of a trip's name")
    parser.add_argument("--seed", default="round trips")
    given = parser.parse_args(arguments)
    for name, trip in TRIPS.items():
        if given.only not in name:
            continue
        order = class_of(trip, given.students, given.seed)
        for plain, how in ((True, "written lines"), (False, "every operation")):
            figures, off, faulted = honest(order, trip, given.seed, plain=plain)
            told = f"of {figures} honest figures {len(off)} outside the key, {len(faulted)} faulted"
            print(f"{name}, {how} rounded: {told}")  # noqa: T201
            print(*off[:4], *faulted[:6], sep="\n")  # noqa: T201
        planted, named, others = mistaken(order, trip, given.seed)
        print(f"{name}: {named} of {planted} planted mistakes named", *others[:6], sep="\n", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
