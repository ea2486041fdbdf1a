"""Other numbers for formulas and own architectures: near the file's own, in its decimals, with its signs.

Nobody knows which numbers make sense in a formula, but those of the file do. What is 0 or ±1 without decimals is most
likely a target, a mask or a switch, and stays; but a weight of ±1 is drawn as any other, and one of 0 stays 0. The
learning rate is drawn too, so that no forgotten rate hides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.errors import UnsupportedError
from derive.formula.expression import Call
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.given.formula_problem import FormulaProblem
from derive.given.problem import Number
from derive.given.program import recipes
from derive.handouts.variants.causes import hidden_causes
from derive.handouts.variants.later_rounds import in_rounds
from derive.handouts.variants.sampler import Draws
from derive.handouts.variants.variant_tests import over, under
from derive.judging.routes import Routes, routes_of
from derive.judging.separation import right_values, unseen

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

#: Candidates for each student, how many are tested at a time, and of how many that are fair the best is taken.
_MOST, _ROWS, _PATIENCE = 16_384, 128, 48
#: A figure may be so many times larger or smaller than that of the file's own numbers.
_FAR = 100.0
#: Learning rates at which a forgotten ½, rate or square would not show, in hundredths.
_TELLING_NOTHING = (50, 100, 200)
#: Numbers are drawn in units of which no more than so many make one of them.
_FINEST = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """A given and the magnitudes that it may have, in units of 10 to the minus ``decimals``."""

    name: str
    sign: int
    magnitudes: Sequence[int]
    decimals: int

    def number(self, word: int) -> Number:
        """The number that a word stands for."""
        return Number.of(format(Decimal(self.sign * self.magnitudes[word]).scaleb(-self.decimals), "f"))

    def floats(self, words: NDArray[np.int64]) -> Floats:
        """The same for many words, as float64: a whole number over a power of ten is rounded once."""
        chosen = words + self.magnitudes[0] if isinstance(self.magnitudes, range) else np.array(self.magnitudes)[words]
        return np.asarray(self.sign * chosen / 10**self.decimals, dtype=np.float64)


def draw_formulas(
    problem: FormulaProblem, *, seed: str, sheet: str, students: Sequence[str], asked: Sequence[str], digits: int
) -> list[FormulaProblem]:
    """The numbers of every student; see `derive.handouts.variants.drawing.draw_class`.

    Raises
    ------
    UnsupportedError
        If no candidate passes for a student, or nothing can be drawn.
    """
    drawing = _Drawing(problem=problem, asked=tuple(asked), digits=digits)
    if not drawing.ranges:
        raise UnsupportedError(
            f"every number of {problem.name} is 0 or 1 and may be a target or a switch: none is drawn anew; "
            "--same gives everyone the numbers of the file"
        )
    return [drawing.drawn(Draws(seed, sheet, student), student) for student in students]


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """What all students of a class have in common."""

    problem: FormulaProblem
    asked: tuple[str, ...]
    digits: int

    @cached_property
    def ranges(self) -> tuple[_Range, ...]:
        weights = _weights(self.problem)
        found = [
            _range(name, number)
            for name, number in self.problem.givens
            if _can_change(number) or (name in weights and number.value)
        ]
        rate = self.problem.learning_rate
        if found and rate is not None and self.problem.structure.updated:
            found.append(_rates(rate))
        return tuple(found)

    @cached_property
    def routes(self) -> Routes:
        return routes_of(self.problem.structure)

    @cached_property
    def own(self) -> dict[str, float]:
        """Every figure of a round with the file's own numbers."""
        return {name: float(values[0]) for name, values in self.values(self.givens([[]])).items()}

    def drawn(self, draws: Draws, student: str) -> FormulaProblem:
        """The first fair candidate in which every misconception shows and no key hides a cause, or the best of some.

        Some misconceptions no choice shows: where a 0 of the file stays, or a step is too small for the digits asked.
        """
        limits = [len(each.magnitudes) for each in self.ranges]
        best: tuple[tuple[int, int], Sequence[int]] | None = None
        seen = 0
        for first in range(0, _MOST, _ROWS):
            words, fair = draws.rows(limits, first, _ROWS)
            givens = self.givens(words)
            chosen = np.flatnonzero(fair & self.fair(givens))[: _PATIENCE - seen]
            seen += len(chosen)
            some = {name: values[chosen] for name, values in givens.items()}
            for row, rank in zip(chosen, self.told(some), strict=True) if len(chosen) else ():
                if best is None or rank < best[0]:
                    best = rank, words[row].tolist()
            if best is not None and (best[0] == (0, 0) or seen >= _PATIENCE):
                break
        if best is None:
            raise UnsupportedError(
                f"no numbers were found for {student} near those of the file at which every formula has a value of the "
                "same size; --same gives everyone the numbers of the file"
            )
        numbers = {each.name: each.number(word) for each, word in zip(self.ranges, best[1], strict=True)}
        rate = self.problem.learning_rate
        return replace(
            self.problem,
            givens=tuple((name, numbers.get(name, number)) for name, number in self.problem.givens),
            learning_rate=rate if rate is None else numbers.get("eta", rate),
            source="",
        )

    def givens(self, words: Sequence[Sequence[int]] | NDArray[np.int64]) -> dict[str, Floats]:
        """Everything that is given, one array a name; without words the file's own numbers."""
        table = np.array(words, dtype=np.int64)
        found = {name: np.full(len(table), float(number.value)) for name, number in self.problem.numbers.items()}
        if table.shape[1]:
            found |= {each.name: each.floats(table[:, place]) for place, each in enumerate(self.ranges)}
        return found

    def values(self, givens: Mapping[str, Floats]) -> dict[str, Floats]:
        found = right_values(self.routes, givens)
        return {quantity.id: found[quantity.id] for quantity in self.routes.nearest.quantities}

    def fair(self, givens: Mapping[str, Floats]) -> Truths:
        """Where every figure is about as large as the file's own, and no activation nearer to its ends than there."""
        values = self.values(givens)
        fair = np.ones(len(next(iter(givens.values()))), dtype=np.bool_)
        alive: dict[str, Truths] = {}
        for name, found in values.items():
            own, sizes = abs(self.own[name]), np.abs(found)
            fair &= np.isfinite(found)
            if not own:
                continue
            # What a relu or a maximum puts out is 0; but not of an array everything.
            array = re.sub(r"\[[^]]*\]", "", name)
            alive[array] = alive.get(array, np.zeros_like(fair)) | (sizes > 0)
            fair &= (over(sizes, own / _FAR) & under(sizes, own * _FAR)) | (sizes == 0)
        for each in alive.values():
            fair &= each
        for name in self.counted:
            fair &= (values[name] >= 0) & (values[name] == np.floor(values[name]))
        for name, (low, high) in self.activations.items():
            sizes = np.abs(values[name])
            fair &= over(sizes, low) & under(sizes, high)
        return fair

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """What has to come out whole: sizes of layers, which are 0 nowhere, and of what is put around them."""
        rows = self.problem.program.shapes if self.problem.program else ()
        padded = (name for name in self.own if rows and name.startswith("padding_"))
        return (*(name for row in rows for name in row.sizes if name in self.own), *padded)

    @cached_property
    def activations(self) -> dict[str, tuple[float, float]]:
        """Between what sizes the outputs of activation functions have to be: those of a fair sheet, or the file's."""
        found = {}
        for quantity in self.routes.nearest.quantities:
            formula = quantity.expression
            if isinstance(formula, Call) and formula.function in ACTIVATIONS:
                record, (low, high) = FUNCTIONS[formula.function], ACTIVATIONS[formula.function].outs
                own = abs(self.own[quantity.id])
                if record.arity is not None and not record.kinked:
                    found[quantity.id] = (min(low, 0.9 * own), max(high, own))
        return found

    def told(self, givens: Mapping[str, Floats]) -> Sequence[tuple[int, int]]:
        """Of each candidate how many misconceptions do not show, and how many mistakes a key would hide."""
        count = len(next(iter(givens.values())))
        lost, hidden = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        with np.errstate(all="ignore"):
            for numbers, names in in_rounds(self.routes, givens, self.asked):
                if names:
                    lost += unseen(self.routes, numbers, names, self.digits)
                    hidden += hidden_causes(self.routes, numbers, names, self.digits)
        return list(zip(lost.tolist(), hidden.tolist(), strict=True))


def _weights(problem: FormulaProblem) -> frozenset[str]:
    """What the layers weigh with: a 1 there is no target and no switch, unless its recipe says so."""
    found: set[str] = set()
    layers: Any = problem.origin.get("layers", ())
    for block in problem.program.given if problem.program else ():
        where = re.match(r"layers\[(\d+)\]\.(\w+)", block.path)
        if where is None or where[2] == "state":
            continue
        kind = layers[int(where[1])].get("type", "")
        recipe = recipes.shipped("layers", kind) if kind in recipes.names("layers") else {}
        if where[2] not in recipe.get("fixed", ()):
            found.update(block.own)
    return frozenset(found)


def _can_change(number: Number) -> bool:
    return "." in number.text or abs(number.value) > 1


def _range(name: str, number: Number) -> _Range:
    """Numbers of as many decimals, from half to one and a half times as large, with the same sign."""
    decimals, size = _decimals(number), abs(number.value)
    least, most = max(1, round(size * 10**decimals / 2)), max(2, round(size * 10**decimals * 3 / 2))
    return _Range(name=name, sign=-1 if number.value < 0 else 1, magnitudes=range(least, most + 1), decimals=decimals)


def _rates(rate: Number) -> _Range:
    """Rates of at least two digits, without those at which something forgotten would not show."""
    decimals = _decimals(rate)
    while abs(rate.value) * 10**decimals < 10:
        decimals += 1
    every = _range("eta", replace(rate, text=format(Decimal(1).scaleb(-decimals), "f")))
    hidden = {each * 10**decimals // 100 for each in _TELLING_NOTHING}
    return replace(every, magnitudes=tuple(each for each in every.magnitudes if each not in hidden))


def _decimals(number: Number) -> int:
    """How many decimals a number is typed with, two for a fraction; fewer where there would be too many."""
    if "/" in number.text:
        return 2
    exponent = Decimal(number.text).as_tuple().exponent
    assert isinstance(exponent, int)
    decimals = max(0, -exponent)
    while decimals and abs(number.value) * 10**decimals > _FINEST:
        decimals -= 1
    return decimals
