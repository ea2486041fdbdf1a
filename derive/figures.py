"""Printed figures: a number cut to the digits that are shown, and nothing that depends on an output format.

Rounding is half away from zero on the exact value, as it is taught by hand.
"""

from __future__ import annotations

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
    """

    negative: bool
    digits: str
    exponent: int | None = None
    exact: bool = True

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
