"""A class's figures as columns: one for each quantity that anybody wrote, one row for each student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb
from numpy.typing import NDArray

from derive.judging.engine.ball_arrays import BallArray, Floats, Mask, floats_of
from derive.judging.model import Options, Written

LEAST_DIGITS = 2  # what is asked for where nothing is said
#: What scratch work may be rounded to at most.
MOST_SCRATCH_DIGITS = 15  # a 64-bit float, which most calculators hold less than, has no more
_FEWEST_OF_A_HABIT = 4  # figures that show that somebody keeps to decimals
_NOTHING = arb(0)
_SMALLEST = 1e-290  # half a unit of a figure with hundreds of places underflows: what floats can tell is enough


@dataclass(slots=True, kw_only=True)
class Column:
    """What a class wrote for one quantity; arrays of one entry for each student, 0 where nothing is written.

    Attributes
    ----------
    written : mask
    figures : balls
        The numbers as written.
    value, unit, half : floats
        The number, one unit of its last place, and the half width it is carried on with (0 where it is exact).
    digits : integers
        Significant digits.
    right : mask
        Whether it was found to be right; set when it is judged.
    """

    written: Mask
    figures: BallArray
    value: Floats
    unit: Floats
    half: Floats
    digits: NDArray[np.int64]
    right: Mask
    everyone: bool


@dataclass(slots=True, kw_only=True)
class Sheet:
    """All columns, and how this class writes.

    Attributes
    ----------
    width : float
        Half widths in units of the last place: a half, or 1 where truncation is allowed.
    least : int
        Significant digits asked for.
    asked : bool
        Whether somebody asked for them.
    scratch_digits : integers, one for each student
        The median of the digits of a script.
    scratch_unit : floats, one for each student
        One unit of the decimals that a script is rounded to, where it is rounded to decimals; else 0.
    """

    count: int
    scripts: Sequence[Mapping[str, Written]]
    columns: dict[str, Column]
    width: float
    least: int
    asked: bool
    scratch_digits: NDArray[np.int64]
    scratch_unit: Floats

    def settle_habits(self) -> None:
        """Find out how everyone writes, once it is known which figures are exact."""
        self.scratch_digits, self.scratch_unit = _habits(self.columns, self.count)

    def too_few(self, column: Column) -> Mask:
        """Whose figures have fewer significant digits than asked for, and are not exact.

        Where nothing is asked for, somebody who keeps to decimals may write -0.007 among figures of three places.
        """
        few = (column.digits > 0) & (column.digits < self.least) & (column.half > 0.0)
        return np.asarray(few if self.asked else few & ~self.in_decimals(column))

    def in_decimals(self, column: Column) -> Mask:
        """Whose figures have just the decimals that their writers keep to."""
        return np.asarray((self.scratch_unit > 0.0) & (column.unit == self.scratch_unit))


def lay_out(scripts: Sequence[Mapping[str, Written]], options: Options) -> Sheet:
    """The columns of some scripts."""
    gathered: dict[str, tuple[list[int], list[Written]]] = {}
    for row, script in enumerate(scripts):
        for name, written in script.items():
            if written.kind == "number":
                column = gathered.get(name)
                if column is None:
                    column = gathered[name] = [], []
                column[0].append(row)
                column[1].append(written)
    width = 1.0 if options.truncation else 0.5
    count = len(scripts)
    columns = {name: _column(rows, figures, count, width) for name, (rows, figures) in gathered.items()}
    return Sheet(
        count=count,
        scripts=scripts,
        columns=columns,
        width=width,
        least=options.digits or LEAST_DIGITS,
        asked=options.digits is not None,
        scratch_digits=np.full(count, LEAST_DIGITS),
        scratch_unit=np.zeros(count),
    )


def _column(rows: list[int], figures: list[Written], count: int, width: float) -> Column:
    place = np.array(rows)
    written = np.zeros(count, dtype=bool)
    written[place] = True
    unit, half = np.zeros((2, count))
    digits = np.zeros(count, dtype=np.int64)
    units = {id(each.unit): each.unit for each in figures}  # a few objects, shared by all figures of a kind
    as_floats = dict(zip(units, floats_of(list(units.values())).tolist(), strict=True))
    unit[place] = [as_floats[id(each.unit)] for each in figures]
    digits[place] = [each.digits for each in figures]
    np.multiply(unit, width, out=half)
    half[written & (unit == 0.0) & (digits > 0)] = _SMALLEST
    half[digits == 0] = 0.0  # a zero, or a fraction: it says exactly what it says
    balls = BallArray.of([_NOTHING] * count)
    balls.balls[place] = BallArray.points([each.value for each in figures]).balls
    return Column(
        written=written,
        figures=balls,
        value=balls.floats(),
        unit=unit,
        half=half,
        digits=digits,
        right=np.zeros(count, dtype=bool),
        everyone=len(rows) == count,
    )


def _habits(columns: Mapping[str, Column], count: int) -> tuple[NDArray[np.int64], Floats]:
    """The median of each script's significant digits, and one unit of its decimals where it keeps to those.

    Only figures that were rounded say anything of either: one that is exact has the digits that it happens to have.
    """
    if not columns:
        return np.full(count, LEAST_DIGITS), np.zeros(count)
    rounded = np.array([each.half > 0.0 for each in columns.values()])
    digits = np.sort(np.where(rounded, np.array([each.digits for each in columns.values()]), 10**6), axis=0)
    known = np.count_nonzero(rounded, axis=0)
    everyone = np.arange(count)
    last = np.maximum(known - 1, 0)
    median = np.where(known > 0, digits[last // 2, everyone], LEAST_DIGITS)
    fewest, most = digits[0], digits[last, everyone]
    units = np.sort(np.where(rounded, np.array([each.unit for each in columns.values()]), np.inf), axis=0)
    # The same unit in all but a quarter of the figures, with various digits: so many decimals.
    low, high = units[np.minimum(known // 4, last), everyone], units[np.maximum(last - known // 8, 0), everyone]
    decimals = (known >= _FEWEST_OF_A_HABIT) & (low == high) & (fewest < most) & (low < 1.0)
    return np.minimum(median, MOST_SCRATCH_DIGITS), np.where(decimals, low, 0.0)
