"""Printed figures: a number cut to the digits that are shown, and nothing that depends on an output format.

Rounding is half away from zero on the exact value, as it is taught by hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number as it is printed.

    Attributes
    ----------
    negative : bool
    digits : str
        Without sign: plain decimals such as ``0.0495``, or a typed fraction such as ``1/3``.
    exponent : int or None
        Power of ten that multiplies the digits; None where there is none.
    exact : bool
        Whether the printed digits are the whole value.
    mark : "." or ","
        What stands between units and tenths where people read it.
    """

    negative: bool
    digits: str
    exponent: int | None = None
    exact: bool = True
    mark: str = "."

    @property
    def written(self) -> str:
        """The digits with their decimal mark."""
        return self.digits if self.mark == "." else self.digits.replace(".", self.mark)

    @property
    def plain(self) -> bool:
        """Whether it is digits only: no sign, no power of ten, no fraction bar."""
        return not self.negative and self.exponent is None and "/" not in self.digits

    @property
    def value(self) -> Fraction:
        """The exact value of the printed digits."""
        size = Fraction(self.digits) * Fraction(10) ** (self.exponent or 0)
        return -size if self.negative else size

    @property
    def ascii(self) -> str:
        """Text that a program reads back: ``-4.39e-05`` style, with a hyphen for minus."""
        power = "" if self.exponent is None else f"e{self.exponent}"
        return ("-" if self.negative else "") + self.digits + power


def rounded(numerator: int, denominator: int, *, digits: int, decimals: int | None, whole: bool) -> Figure:
    """The figure of numerator / denominator, half away from zero, in significant digits or in decimals.

    Parameters
    ----------
    numerator, denominator : int
    digits : int
        Significant digits, unless ``decimals`` are given.
    decimals : int or None
    whole : bool
        Whether the quotient is the value itself, and not an end of a ball around it.
    """
    negative, size = numerator < 0, abs(numerator)
    if size == 0:
        return Figure(negative=False, digits="0", exact=whole)
    if decimals is not None:
        places = decimals
        units = _scaled(size, denominator, places)
    else:
        places = digits - 1 - _leading_place(size, denominator)
        units = _scaled(size, denominator, places)
        if units == 10**digits:
            units, places = units // 10, places - 1
    is_whole = whole and units * denominator * 10 ** max(-places, 0) == size * 10 ** max(places, 0)
    text, power = _placed(units, places, plain=decimals is not None, short=is_whole)
    return Figure(negative=negative and units > 0, digits=text, exponent=power, exact=is_whole)


def _leading_place(size: int, denominator: int) -> int:
    """The largest k with 10**k <= size / denominator, found before any rounding: 0.9996 starts one place below 1."""
    place = math.floor((size.bit_length() - denominator.bit_length()) * math.log10(2))
    while not _reaches(size, denominator, place):
        place -= 1
    while _reaches(size, denominator, place + 1):
        place += 1
    return place


def _reaches(size: int, denominator: int, place: int) -> bool:
    return bool(size * 10 ** max(-place, 0) >= denominator * 10 ** max(place, 0))


def _scaled(size: int, denominator: int, places: int) -> int:
    """size / denominator in units of 10**-places, rounded half up (size is not negative)."""
    if places >= 0:
        size *= 10**places
    else:
        denominator *= 10**-places
    return (2 * size + denominator) // (2 * denominator)


def _placed(units: int, places: int, *, plain: bool, short: bool) -> tuple[str, int | None]:
    """Digits with their decimal point, and a power of ten where plain decimals would be long."""
    text = str(units)
    exponent = len(text) - 1 - places
    if short:
        text = text.rstrip("0") or "0"
    if not plain and units and (exponent < -4 or (places < 0 and not (short and exponent < 15))):
        return (f"{text[0]}.{text[1:]}" if len(text) > 1 else text), exponent
    point = exponent + 1
    if point <= 0:
        text, point = "0" * (1 - point) + text, 1
    text = text.ljust(point, "0")
    return (f"{text[:point]}.{text[point:]}" if len(text) > point else text), None
