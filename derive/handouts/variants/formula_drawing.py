"""Other numbers for formulas and own architectures: near the file's own, in its decimals, with its signs.

Nobody knows which numbers make sense in a formula, but those of the file do. What is 0 or ±1 without decimals is most
likely a target, a mask or a switch, and stays.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from derive.errors import UnsupportedError
from derive.given.domain import CannotError, worked
from derive.given.formula_problem import FormulaProblem
from derive.given.problem import Number
from derive.judging.routes import routes_of
from derive.judging.separation import separated

#: Candidates for each student, and how many are tested at a time.
_MOST, _ROWS = 2_000, 50
#: A figure may be so many times larger or smaller than that of the file's own numbers.
_FAR = Fraction(100)


def draw_formulas(
    problem: FormulaProblem, *, seed: str, sheet: str, students: Sequence[str], asked: Sequence[str], digits: int
) -> list[FormulaProblem]:
    """The numbers of every student; see `derive.handouts.variants.drawing.draw_class`.

    Raises
    ------
    UnsupportedError
        If no candidate passes for a student, or nothing can be drawn.
    """
    free = [name for name, number in problem.givens if _can_change(number)]
    if not free:
        raise UnsupportedError(
            f"every number of {problem.name} is 0 or 1 and may be a target or a switch: none is drawn anew; "
            "--same gives everyone the numbers of the file"
        )
    own = _values(problem)
    judged = tuple(name for name in asked if name in own and "@" not in name)
    return [_one(problem, own, free, f"{seed}/{sheet}/{student}", student, judged, digits) for student in students]


def _one(
    problem: FormulaProblem,
    own: dict[str, Fraction | float],
    free: Sequence[str],
    key: str,
    student: str,
    asked: Sequence[str],
    digits: int,
) -> FormulaProblem:
    source = random.Random(key)  # numbers of worksheets, no secrets
    kept: list[FormulaProblem] = []
    for _ in range(_MOST):
        candidate = _changed(problem, free, source)
        found = _values(candidate)
        near = found and all(_near(found[name], value) for name, value in own.items() if name in found)
        if near and _whole(problem, found):
            kept.append(candidate)
        if len(kept) == _ROWS:
            break
    if not kept:
        raise UnsupportedError(
            f"no numbers were found for {student} near those of the file at which every formula has a value of the "
            "same size; --same gives everyone the numbers of the file"
        )
    # Of a formula that nobody wrote for a class some mistakes may look alike whatever the numbers.
    return _apart(kept, asked, digits) or kept[0]


def _apart(candidates: Sequence[FormulaProblem], asked: Sequence[str], digits: int) -> FormulaProblem | None:
    """The first candidate in which every misconception shows, if there is one."""
    columns: dict[str, list[float]] = {}
    for candidate in candidates:
        for name, number in candidate.numbers.items():
            columns.setdefault(name, []).append(float(number.value))
    givens = {name: np.array(values) for name, values in columns.items()}
    with np.errstate(all="ignore"):
        good = separated(routes_of(candidates[0].structure), givens, tuple(asked), digits)
    return next((candidate for candidate, passed in zip(candidates, good, strict=True) if passed), None)


def _can_change(number: Number) -> bool:
    return "." in number.text or abs(number.value) > 1


def _changed(problem: FormulaProblem, free: Sequence[str], source: random.Random) -> FormulaProblem:
    chosen = frozenset(free)
    return replace(
        problem,
        givens=tuple((name, _drawn(number, source) if name in chosen else number) for name, number in problem.givens),
        source="",
    )


def _drawn(number: Number, source: random.Random) -> Number:
    """A number of as many decimals, from half to one and a half times as large, with its sign."""
    decimals = len(number.text.partition(".")[2]) if "/" not in number.text else 2
    size = abs(number.value) * 10**decimals
    least, most = max(1, round(size / 2)), max(2, round(size * 3 / 2))
    units = source.randint(least, most)
    shown = Decimal(-units if number.value < 0 else units).scaleb(-decimals)
    return Number.of(format(shown, "f"))


def _values(problem: FormulaProblem) -> dict[str, Fraction | float]:
    """Every figure of a round; nothing where one has no value."""
    givens = {name: number.value for name, number in problem.numbers.items()}
    derivation = routes_of(problem.structure).nearest
    try:
        return worked(((each.id, each.expression) for each in derivation.quantities), givens)
    except CannotError:
        return {}


def _whole(problem: FormulaProblem, found: dict[str, Fraction | float]) -> bool:
    """Whether what is counted comes out whole, and every layer has a size: of other kernels and pictures."""
    rows = problem.program.shapes if problem.program else ()
    sizes = [found[name] for row in rows for name in row.sizes]
    padded = [value for name, value in found.items() if rows and name.startswith("padding_")]
    return all(size >= 1 and size == int(size) for size in sizes) and all(value == int(value) for value in padded)


def _near(found: Fraction | float, own: Fraction | float) -> bool:
    """Whether a figure vanishes where the file's own does, and is else of its size."""
    if own == 0 or found == 0:
        return own == found or own == 0
    return float(1 / _FAR) < abs(float(found) / float(own)) < float(_FAR)
