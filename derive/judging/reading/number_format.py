"""A spreadsheet's number as its cell shows it: with the decimals of its number format."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PLACES = re.compile(r"[0#?,]*(?:\.([0#?]*))?(?:(E[+-])[0#?]+)?(%?)", re.IGNORECASE)
_MOST_PLACES = 30


def displayed(value: float, code: str) -> str:
    """The text of a number: with the decimals that its format shows, else its shortest.

    Where the format shows a number other than 0 as 0, it is the shortest text too.

    Parameters
    ----------
    value : float
    code : str
        A number format such as ``0.0000`` or ``0.00E+00``; what it says of negative numbers, colours and text is
        left aside.
    """
    shortest = re.sub(r"\.0$", "", repr(value))
    places = _places(code)
    if places is None or not re.search("[0#?]", places[0]) or not places[0]:
        return shortest
    parts, exponent, percent = places[1] or "", places[2], places[3]
    least, most = parts.count("0") + 2 * bool(percent), len(parts) + 2 * bool(percent)
    if most > _MOST_PLACES:
        return shortest
    text = f"{Decimal(repr(value)):.{most}E}" if exponent else _fixed(value, most)
    head, mark, power = text.partition("E")
    whole, _, part = head.partition(".")
    while len(part) > least and part.endswith("0"):
        part = part[:-1]
    head = f"{whole}.{part}" if part else whole
    return shortest if value and not re.search("[1-9]", head) else head + mark + power


@lru_cache(maxsize=256)
def _places(code: str) -> re.Match[str] | None:
    return _PLACES.fullmatch(re.sub(r"[\s€$£]", "", _ASIDE.sub("", code.partition(";")[0])))


def _fixed(value: float, places: int) -> str:
    with localcontext() as context:
        context.prec = 400
        return format(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), "f")
