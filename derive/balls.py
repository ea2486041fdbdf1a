"""Exact and ball arithmetic, and figures whose every digit is proved.

A value is an exact rational for as long as it can be, else a ball: a midpoint with a proved radius (Johansson, Arb:
efficient arbitrary-precision midpoint-radius interval arithmetic, 2017). A ball settles a figure when both of its
ends round to the same digits; a tie it can never settle, which is why rationals are kept apart.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from derive.compiled import arithmetic
from derive.errors import PrecisionError
from derive.figures import Figure
from derive.formula.functions import FUNCTIONS, Function

#: Bits tried one after the other until a figure settles.
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)
_TINY = fmpq(1, 1 << 1100)
_HUGE = fmpq(1 << 1100)
_LARGEST_EXACT_BITS = 2048  # a longer rational costs more than it can ever settle


class UndecidedError(Exception):
    """A ball is too wide to settle a digit or a branch; the caller tries again with more bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How many digits are printed: significant ones, or decimals where ``decimals`` is given."""

    digits: int = 9
    decimals: int | None = None

    def guarded(self, extra: int) -> Cut:
        """The same with some more digits."""
        decimals = None if self.decimals is None else self.decimals + extra
        return Cut(digits=self.digits + extra, decimals=decimals)


#: python-flint has one working precision for the whole process: who sets it keeps all other threads out.
_SETTING = threading.RLock()


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """A context in which balls are computed with this many bits; of several threads one is in it at a time."""
    with _SETTING, ctx.workprec(bits):
        yield


def exact(value: Fraction) -> Any:
    """A rational as it takes part in exact and ball arithmetic."""
    return fmpq(value.numerator, value.denominator)


def as_ball(value: Any) -> Any:
    """The value as a ball of the present precision."""
    return _ball(value)


def widened(value: Any, bits: int) -> Any:
    """A ball around a value that holds whatever rounding it to this many bits may give."""
    ball = _ball(value)
    return ball + arb(0, (abs(ball) * arb(2) ** -bits).upper())


def as_float(value: Any) -> float:
    """The float64 nearest to a value (to its midpoint, for a ball)."""
    if not isinstance(value, fmpq) and not value.is_finite():
        return math.nan
    if abs(value) > _HUGE:
        return math.copysign(math.inf, 1 if value > 0 else -1)
    if is_negligible(value):
        return 0.0
    numerator, denominator = _ratio(value if isinstance(value, fmpq) else value.mid())
    try:
        return numerator / denominator
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf


def radius(value: Any) -> float:
    """How far a value may be from its midpoint; 0 where it is exact."""
    return 0.0 if isinstance(value, fmpq) else float(value.rad())


def bits_needed(value: Any, bits: int) -> int:
    """How many bits it takes at least to narrow a ball, computed with ``bits``, to less than 1."""
    if isinstance(value, fmpq) or not value.is_finite():
        return bits
    radius_exponent = int(value.rad().man_exp()[1]) + 30  # a radius has a mantissa of 30 bits
    return bits + max(radius_exponent, 0)


def is_negligible(value: Any) -> bool:
    """Whether a value is certainly smaller than any 64-bit float, and so cannot be told from 0 there."""
    return bool(abs(value) < _TINY)


def figure(value: Any, cut: Cut) -> Figure:
    """The printed figure of a value, every digit proved.

    Raises
    ------
    UndecidedError
        If the ball's two ends round differently.
    """
    if isinstance(value, fmpq):
        return _rounded(*_ratio(value), cut, whole=True)
    if abs(value) > _HUGE:
        raise PrecisionError("a figure leaves the range of 64-bit floats")
    if not abs(value) < _HUGE:
        raise UndecidedError
    if is_negligible(value):
        return Figure(negative=False, digits="0", exact=bool(value == 0))
    if value.is_exact():
        return _rounded(*_ratio(value), cut, whole=True)
    low, high = (_rounded(*_ratio(end), cut, whole=False) for end in (value.lower(), value.upper()))
    if low != high:
        raise UndecidedError
    return low


def tie(value: Any, cut: Cut) -> Figure | None:
    """The figure of a ball that no precision parts from the middle between two figures: it is taken to lie there.

    None where the ball is wide, or holds no such middle.
    """
    if isinstance(value, fmpq) or not value.is_finite() or not value.rad() < _TINY:
        return None
    low, high = (_rounded(*_ratio(end), cut, whole=False) for end in (value.lower(), value.upper()))
    middle = exact((low.value + high.value) / 2)
    return replace(figure(middle, cut), exact=False) if value.contains(middle) else None


def rounding(cut: Cut) -> Callable[[Any], Any]:
    """A function that replaces a value by its printed figure, for problems that carry rounded figures."""
    return lambda value: exact(figure(value, cut).value)


def _ratio(value: Any) -> tuple[int, int]:
    if isinstance(value, fmpq):
        return int(value.p), int(value.q)
    mantissa, exponent = (int(part) for part in value.man_exp())
    return (mantissa << exponent, 1) if exponent >= 0 else (mantissa, 1 << -exponent)


def _rounded(numerator: int, denominator: int, cut: Cut, *, whole: bool) -> Figure:
    """Half away from zero, on the exact value numerator / denominator."""
    negative, size = numerator < 0, abs(numerator)
    if size == 0:
        return Figure(negative=False, digits="0", exact=whole)
    if cut.decimals is not None:
        places = cut.decimals
        units = _scaled(size, denominator, places)
    else:
        places = cut.digits - 1 - _leading_place(size, denominator)
        units = _scaled(size, denominator, places)
        if units == 10**cut.digits:
            units, places = units // 10, places - 1
    is_whole = whole and units * denominator * 10 ** max(-places, 0) == size * 10 ** max(places, 0)
    text, power = _placed(units, places, plain=cut.decimals is not None, short=is_whole)
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


def _ball(value: Any) -> Any:
    return value if isinstance(value, arb) else arb(value)


def _ln(x: Any) -> Any:
    if isinstance(x, fmpq) and x <= 0:
        raise PrecisionError("a figure that is carried as 0 has no logarithm; print more digits")
    return fmpq(0) if isinstance(x, fmpq) and x == 1 else _ball(x).log()


def _root(x: Any) -> Any:
    """Exact for the square of a rational."""
    if isinstance(x, fmpq) and x >= 0:
        numerator, denominator = math.isqrt(int(x.p)), math.isqrt(int(x.q))
        if numerator**2 == x.p and denominator**2 == x.q:
            return fmpq(numerator, denominator)
    return _ball(x).sqrt()


def _is_at_least(first: Any, second: Any) -> bool:
    if not (isinstance(first, fmpq) and isinstance(second, fmpq)):
        first, second = _ball(first), _ball(second)
    if first >= second:
        return True
    if first < second:
        return False
    if is_negligible(first - second):
        return True  # equal as far as any float can tell
    raise UndecidedError


def _largest(first: Any, *others: Any) -> Any:
    for other in others:
        try:
            first = first if _is_at_least(first, other) else other
        except UndecidedError:
            first = _ball(first).max(_ball(other))
    return first


def _sign(x: Any) -> Any:
    return fmpq(1 if _positive(x) else 0 if _is_at_least(x, fmpq(0)) else -1)


def _positive(x: Any) -> bool:
    if x > 0:
        return True
    if x <= 0 or is_negligible(x):
        return False  # a ball that no precision parts from 0 stands for 0
    raise UndecidedError


def _product(*factors: Any) -> Any:
    """An exact 0 makes the product exactly 0, whatever ball stands beside it."""
    result = math.prod(factors[1:], start=factors[0])
    if isinstance(result, arb) and result == 0 and any(isinstance(factor, fmpq) and factor == 0 for factor in factors):
        return fmpq(0)
    return result


def _quotient(numerator: Any, denominator: Any) -> Any:
    result = numerator / denominator
    return fmpq(0) if isinstance(numerator, fmpq) and numerator == 0 and result == 0 else result


def _power(base: Any, exponent: int) -> Any:
    """By multiplication where the base may be 0: python-flint has nothing to say of such a ball's power."""
    if isinstance(base, fmpq) or not base.contains(0):
        return base**exponent
    result = math.prod([base] * (abs(exponent) - 1), start=base) if exponent else fmpq(1)
    return result if exponent >= 0 else 1 / result


def _rational_at_zero(record: Function) -> Callable[[Any], Any]:
    """A function of Arb's own that is rational at 0 alone."""
    function = getattr(arb, record.library)
    at_zero = None if record.at_zero is None else exact(record.at_zero)
    return lambda x: at_zero if at_zero is not None and isinstance(x, fmpq) and x == 0 else function(_ball(x))


_exp = _rational_at_zero(FUNCTIONS["exp"])

#: Exact rationals where a formula allows it, balls elsewhere.
BALLS = arithmetic(
    {
        **{record.name: _rational_at_zero(record) for record in FUNCTIONS.values() if record.library},
        "product": _product,
        "quotient": _quotient,
        "power": _power,
        "ln": _ln,
        "sqrt": _root,
        "relu": lambda x: x if _positive(x) else fmpq(0),
        "leaky_relu": lambda x: x if _positive(x) else x / 100,
        "softplus": lambda x: _ball(_exp(x)).log1p(),
        "softmax": lambda net, *nets: 1 / sum((_exp(other - net) for other in nets), fmpq(0)),
        "max": _largest,
        "min": lambda *several: -_largest(*(-each for each in several)),
        "abs": abs,
        "sign": _sign,
        "at_least": lambda first, second: fmpq(1 if _is_at_least(first, second) else 0),
        "above": lambda first, second: fmpq(0 if _is_at_least(second, first) else 1),
    },
    exact,
)

_ONE = arb(1)


def _ball_where_exact(value: Fraction) -> Any:
    """A constant as a ball where that loses nothing at any precision: a mixed operation converts it every time."""
    small = value.denominator & (value.denominator - 1) == 0 and max(value.numerator, value.denominator) < 1 << 32
    return arb(exact(value)) if small else exact(value)


#: Balls where no rational is to be kept, as after some rounds of training: the same figures in half the time.
BALLS_ALONE = replace(
    BALLS,
    functions={
        **{name: function for name, function in BALLS.functions.items() if name not in ("product", "quotient")},
        "sigmoid": lambda x: _ONE / (_ONE + _ball(-x).exp()),
    },
    constant=_ball_where_exact,
)


def shortened(value: Any, *, keep: bool) -> Any:
    """The value as a ball, unless it is to be kept and, as a rational, has not grown too long for that."""
    if isinstance(value, fmpq) and not (
        keep and max(int(value.p).bit_length(), int(value.q).bit_length()) <= _LARGEST_EXACT_BITS
    ):
        return arb(value)
    return value
