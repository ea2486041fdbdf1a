"""What formulas may be worked out in: the protocol that every kind of number keeps."""

from __future__ import annotations

from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray


class Number(Protocol):
    """A kind of number, or an array of them: it adds, subtracts, multiplies, divides and turns its sign.

    Floats, NumPy's arrays, rationals, balls, and what judging adds to them keep it as they are. Powers are not asked
    for: an arithmetic whose numbers have none offers ``power`` among its functions.
    """

    def __neg__(self) -> Self:
        """-x."""
        ...

    def __add__(self, other: Self, /) -> Self:
        """x + y."""
        ...

    def __sub__(self, other: Self, /) -> Self:
        """x - y."""
        ...

    def __mul__(self, other: Self, /) -> Self:
        """x * y."""
        ...

    def __truediv__(self, other: Self, /) -> Self:
        """x / y."""
        ...


#: The kind of number that an arithmetic works in.
N = TypeVar("N", bound=Number)
#: One entry a variant, or a single one for all of them.
Array = NDArray[np.float64] | float
