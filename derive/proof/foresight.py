"""How many bits a figure of a late round takes, foreseen from earlier rounds.

Each round widens every ball by about the same factor, so that bits are lost in proportion to rounds (Moore, Kearfott,
Cloud, Introduction to Interval Analysis, 2009, on wrapping); and where a training converges its error shrinks likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from derive.arithmetic.exact import PRECISIONS
from derive.arithmetic.widths import accuracy, ends

#: From this round on it pays to look at earlier ones first, a tenth and a hundredth of the way.
FIRST = 200
#: Rounds in which figures are exact for as long as that goes, so that nothing is lost.
EXACT_ROUNDS = 8
#: Bits to spare, beside those that the digits take.
_SPARE = 48
#: Losses may grow by this much faster than they did so far.
_FASTER = 1.06
#: Only where even so small a part of the loss so far would be too much is a round not worked at all.
_SLOWER = 0.25
_STEP = 64
#: No figure needs to be known beyond the smallest float.
_SMALLEST = -1110


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """A ball of some round, computed with some bits.

    Attributes
    ----------
    lost : int
        How many of the bits after the point are lost.
    size : int
        The exponent of its middle.
    """

    lost: int
    size: int


#: Of a ball that is without end with all bits that can be had.
ENDLESS = Width(lost=PRECISIONS[-1] + 1, size=0)


def width(value: Any, bits: int) -> Width | None:
    """The width of a value computed with these bits; None where it is too wide to say anything of."""
    found = ends(value)
    if found is None:
        return None
    radius, size = found
    return Width(lost=0 if radius is None else bits + radius, size=size)


def foreseen(number: int, earlier: Width, first: Width, digits: int) -> int:
    """The bits that a round is likely to take.

    Parameters
    ----------
    number : int
        The round, `FIRST` or later.
    earlier, first : Width
        Of the same quantity at the two rounds `before` it.
    digits : int
        Significant digits wanted; 17 or fewer take what a 64-bit float does, so that one pass serves both.
    """
    ahead = _ratio(number)
    lost = earlier.lost + max(earlier.lost - first.lost, 0) * ahead * _FASTER
    size = max(earlier.size + (earlier.size - first.size) * ahead * _FASTER, _SMALLEST)
    bits = lost - size + max(digits, 17) * 10 / 3 + _SPARE
    return max(PRECISIONS[0], -int(-bits // _STEP) * _STEP)


def beyond_all(number: int, earlier: Width, first: Width) -> int | None:
    """The bits that a round takes at the very least, where those are more than can be had."""
    slower = earlier.lost + (earlier.lost - first.lost) * _ratio(number) * _SLOWER
    return int(slower) if slower - max(earlier.size, 0) * 2 > PRECISIONS[-1] else None


def worthwhile(state: Sequence[Any], bits: int) -> int:
    """Bits to work a stretch of rounds with, of those that a state was computed with: the rest is lost already."""
    kept = [accuracy(value) for value in state]
    known = [each for each in kept if each is not None]
    return bits if len(known) < len(kept) else min(bits, max([PRECISIONS[0], *(each + _SPARE for each in known)]))


def before(number: int) -> tuple[int, int]:
    """The two rounds from which a later one is foreseen."""
    return number // 10, max(number // 100, EXACT_ROUNDS)


def _ratio(number: int) -> float:
    """How many times as far it is from the later of these on as it was to there from the earlier."""
    second, first = before(number)
    return (number - second) / (second - first)
