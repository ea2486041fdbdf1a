"""Axes of curves: from numbers to places on the page, and where ticks stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from derive.renderers.pictures.drawing import Run
from derive.renderers.pictures.text import power_runs

#: Labelled ticks on an axis, about.
_TICKS = 6
#: What a page can show: beyond it a number is as good as infinite.
_LARGEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear scale: numbers from ``low`` to ``high`` lie from ``start`` to ``end`` in points."""

    low: float
    high: float
    start: float
    end: float

    def place(self, number: float) -> float:
        """Where a number lies."""
        # Halved, so that the width of a range of huge numbers does not overflow.
        share = (number / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis at a number, or at a logarithm on a logarithmic axis."""

    at: float
    runs: tuple[Run, ...]


def plain_ticks(low: float, high: float, about: int = _TICKS) -> tuple[Tick, ...]:
    """Ticks at multiples of 1, 2 or 5 times a power of ten inside a range."""
    step, exponent = _step(high / about - low / about)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(
        Tick(at=number * step, runs=_number_runs(number * step, exponent)) for number in range(first, last + 1)
    )


def power_ticks(low: float, high: float) -> tuple[Tick, ...]:
    """Ticks for a logarithmic axis from 10**low to 10**high: whole decades, or round numbers inside a decade or two."""
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    if last - first >= 2 or (last > first and high - low > 1.5):
        every = max(1, math.ceil((last - first) / 7))
        decades = [decade for decade in range(first, last + 1) if decade % every == 0]
        return tuple(Tick(at=float(decade), runs=power_runs(decade)) for decade in decades)
    if not -290 < low <= high < 290:
        return tuple(Tick(at=float(decade), runs=power_runs(decade)) for decade in range(first, last + 1))
    if high - low > 0.5:
        decade = math.floor(low)
        numbers = [(factor, power) for power in (decade, decade + 1, decade + 2) for factor in (1, 2, 5)]
        shown = [(factor, power) for factor, power in numbers if low <= math.log10(factor) + power <= high]
        return tuple(
            Tick(at=math.log10(factor) + power, runs=_number_runs(factor * 10.0**power, power))
            for factor, power in shown
        )
    return tuple(
        Tick(at=math.log10(tick.at), runs=tick.runs) for tick in plain_ticks(10.0**low, 10.0**high) if tick.at > 0
    )


def widened(numbers: Sequence[float], share: float) -> tuple[float, float]:
    """The range of numbers with a share of it added at both ends; one unit about a single number."""
    low, high = min(numbers), max(numbers)
    spread = high / 2 - low / 2
    if spread <= 1e-9 * max(abs(low), abs(high)):
        room = max(abs(low) * 0.1, 1.0)
        return low - room, high + room
    return low - 2 * spread * share, high + 2 * spread * share


def drawable(number: float) -> bool:
    """Whether a number has a place on a page at all."""
    return math.isfinite(number) and abs(number) <= _LARGEST


def _step(width: float) -> tuple[float, int]:
    """The round step at or above a width, and the power of ten of its digit."""
    exponent = math.floor(math.log10(width))
    for factor in (1, 2, 5):
        if factor * 10.0**exponent >= width * (1 - 1e-9):
            return factor * 10.0**exponent, exponent
    return 10.0 ** (exponent + 1), exponent + 1


def _number_runs(number: float, exponent: int) -> tuple[Run, ...]:
    """A round number whose last digit stands at a power of ten."""
    if number == 0:
        return (Run(text="0"),)
    if exponent >= -5 and abs(number) < 1e6:
        return (Run(text=f"{number:.{max(0, -exponent)}f}".replace("-", "\u2212")),)
    power = math.floor(math.log10(abs(number)) + 1e-9)
    digits = f"{number / 10.0**power:.{max(0, power - exponent)}f}".replace("-", "\u2212")
    return (Run(text=f"{digits} \u00d7 10"), Run(text=str(power).replace("-", "\u2212"), style="superscript"))
