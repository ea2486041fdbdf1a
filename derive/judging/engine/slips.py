"""Slips of the pen: a power of ten, two neighbouring digits swapped, or a digit too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from derive.judging.engine.ball_arrays import BallArray, Floats, Mask
from derive.judging.model import Written

#: Their ids.
SLIPS = frozenset({"power-of-ten", "digits-swapped", "digit-too-many"})
_MOST_TENS = 6  # a decimal point further off than this is no slip
_MOST_DIGITS = 40
_TENS = {place: Fraction(10) ** place for place in range(-_MOST_TENS, _MOST_TENS + 1)}


def power_of_ten(figures: BallArray, half: Floats, target: BallArray, reach: Floats) -> Mask:
    """Whether figures are 10, 100, ... times too large or too small, each held against a target of its own.

    Parameters
    ----------
    figures : balls
    half : floats
        Half widths of the figures.
    target, reach : balls, floats
        What should stand there, and how far that may lie from its centre.
    """
    with np.errstate(all="ignore"):
        ratio = figures.floats() / target.floats()
        tens = np.rint(np.log10(np.where(ratio > 0.0, ratio, 1.0)))
        tens = np.where(np.isfinite(tens) & (np.abs(tens) <= _MOST_TENS), tens, 0.0)
    if not tens.any():
        return np.zeros(len(tens), dtype=bool)
    scale = BallArray.points([_TENS[each] for each in tens.astype(int).tolist()])
    found: Mask = figures.meets(target * scale, half + reach * 10.0**tens) & (tens != 0.0)
    return found


def swaps(answers: Sequence[Written]) -> list[tuple[BallArray, Mask]]:
    """The figures with two neighbouring digits swapped, all first choices, all second ones, and so on.

    Returns
    -------
    list of (balls, mask)
        What the figures come to, and which of them have so many choices.
    """
    return _choices([(_swapped(answer), answer.unit) for answer in answers])


def shortened(answers: Sequence[Written]) -> list[tuple[BallArray, Mask]]:
    """The figures with one of their digits left out, in the same order as `swaps`."""
    return _choices([(_shortened(answer), answer.unit * 10) for answer in answers])


def mended_figures(written: Written) -> Iterator[tuple[str, Fraction, Fraction]]:
    """What a figure may have been meant to be: the slip's id, the value, and one unit of its last place."""
    for place, scale in _TENS.items():
        if place:
            yield "power-of-ten", written.value * scale, written.unit * scale
    for count in _swapped(written):
        yield "digits-swapped", count * written.unit, written.unit
    for count in _shortened(written):
        yield "digit-too-many", count * written.unit * 10, written.unit * 10


def _choices(several: Sequence[tuple[list[int], Fraction]]) -> list[tuple[BallArray, Mask]]:
    choices, units = [each for each, _ in several], [unit for _, unit in several]
    found: list[tuple[BallArray, Mask]] = []
    for place in range(max(map(len, choices), default=0)):
        mask = np.array([place < len(each) for each in choices])
        counts = [each[place] if place < len(each) else 0 for each in choices]
        found.append((BallArray.multiples(counts, units), mask))
    return found


def _swapped(answer: Written) -> list[int]:
    """All that swapping two different neighbours gives, in units; the 0 before the point stays where it is."""

    def changed(digits: str) -> Iterator[str]:
        for place in range(len(digits) - 1):
            if digits[place] != digits[place + 1]:
                yield digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]

    return _rewritten(answer, changed)


def _shortened(answer: Written) -> list[int]:
    """All that is left without one digit, each once, in units of ten times the size."""

    def changed(digits: str) -> Iterator[str]:
        yield from dict.fromkeys(digits[:place] + digits[place + 1 :] for place in range(len(digits)))

    return _rewritten(answer, changed) if answer.digits > 2 else []


def _rewritten(answer: Written, changed: Callable[[str], Iterator[str]]) -> list[int]:
    if answer.unit <= 0 or not 2 <= answer.digits <= _MOST_DIGITS:
        return []
    value, unit = answer.value, answer.unit
    count, rest = divmod(value.numerator * unit.denominator, value.denominator * unit.numerator)
    if rest:
        return []
    decimals = len(str(unit.denominator)) - 1
    digits = str(abs(count)).zfill(min(decimals, _MOST_DIGITS))
    sign = -1 if count < 0 else 1
    return [sign * int(text) for text in changed(digits)]
