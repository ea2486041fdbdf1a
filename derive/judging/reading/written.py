"""A number or a formula as people write it, with the place of its last digit; nothing of it is ever evaluated."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from derive.errors import DeriveError
from derive.given.fields import shown
from derive.judging.model import Written

LONGEST_NUMBER = 200
LONGEST_FORMULA = 2_000
LARGEST_EXPONENT = 300

#: Blanks of any kind, and marks that nobody sees; a text may have them around it.
_BLANKS = (
    " \t\r\n\v\f\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d"
    "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u00b7\u22c5\u2219\u2217\u00d7\u2715\u2062", "*")
    | dict.fromkeys("\u2044\u2215\u00f7", "/")
    | {"\uff0b": "+"}
)
#: Symbols that sheets print, and what they are called in a line of text.
_GREEK = str.maketrans({"σ": "sigmoid", "η": "eta", "∂": "d"})
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED_RUN = re.compile("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LEADING = re.compile(rf"\A(?:≈|≃|≅|~|=)[{_BLANKS}]*")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?) ?"
    r"(?:(?P<whole>[0-9]*)(?:(?P<mark>[.,])(?P<part>[0-9]*))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
    r"(?P<times> ?[*xX] ?(?=10))?)"
    r"(?:10 ?(?:\^|\*\*) ?(?:(?P<power>[+-]?[0-9]+)|\((?P<bracket>[+-]?[0-9]+)\)|\{(?P<brace>[+-]?[0-9]+)\}))?"
)
#: What nearly all answers look like, read without a look at anything else.
_COMMON = re.compile(r"(-?)([0-9]{0,17})\.([0-9]{1,30})")
_FRACTION = re.compile(r"([+-]?) ?([0-9]+) ?/ ?([0-9]+)")
_NO_NUMBERS = frozenset({"nan", "inf", "infinity", "none", "null", "na", "tbd", "todo", "true", "false"})
#: What people type into a cell that they leave blank.
_NOTHING = frozenset({"-", "--", "\u2013", "\u2014", "\u2212", "?", "??", "???", "n/a", "n.a.", "..."})
_EQUAL = re.compile("[=\u2248\u2243\u2245]")
_ABOUT = re.compile(r"\A(?:ca|approx|about|circa|approximately)\b\.?\s*", re.IGNORECASE)
_REMARK = re.compile(r"\s*\([A-Za-z][A-Za-z .]*\)\Z")  # 0.5933 (rounded)
_WRAPPED = re.compile(r"\A(?:\$(?P<math>[^$]*)\$|\\\((?P<display>.*)\\\)|\((?P<bracket>[^()A-Za-z]*)\))\Z")
_TOKEN = re.compile(
    r" *(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9]{1,7}\])?(?:@[0-9]{1,7})?)"
    r"|(?P<number>[0-9]+(?:[.,][0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<open>\()|(?P<close>\))|(?P<operator>\*\*|[-+*/,^])) *"
)
_NUMBER_WANTED = "a number is needed, such as 0.15, 4.386e-4 or 3/8, or a formula in quantity names"


class OutsideLimitsError(DeriveError):
    """An answer so long or so large that it is not read at all."""


def read_written(text: str, *, decimal_comma: bool = False) -> Written:
    """What was written, as a number with the place of its last digit, or as a formula.

    Parameters
    ----------
    text : str
    decimal_comma : bool
        Whether ``4,386`` is a number; a point is read then too, but not both in one number.

    Returns
    -------
    Written
        With its kind ``unreadable`` and the reason where it is neither. A formula is told by its looks alone: names
        and numbers with signs of operation between them; whether the names name anything is not yet known.

    Raises
    ------
    OutsideLimitsError
        If a number is longer than 200 characters, a formula longer than 2,000, an exponent beyond 300, or the number
        too large or too small for a 64-bit float.
    """
    if len(text) > LONGEST_FORMULA:
        raise OutsideLimitsError(
            f"{len(text):,} characters; a number has at most {LONGEST_NUMBER} and a formula at most {LONGEST_FORMULA:,}"
        )
    common = _COMMON.fullmatch(text)
    if common:
        return _decimal(text, bool(common[1]), common[2] + common[3], -len(common[3]))
    own = trimmed(text)
    if not own or own.lower() in _NOTHING:
        return Written(text="", kind="blank")
    plain = _straightened(figure_in(own))
    if len(own) > LONGEST_NUMBER and re.fullmatch(r"[0-9eExX.,+\-*/^ ]+", plain):
        raise OutsideLimitsError(f"a number of {len(own):,} characters; at most {LONGEST_NUMBER} are allowed")
    fraction = _FRACTION.fullmatch(plain)
    if fraction:
        return _of_fraction(own, *fraction.groups())
    percent = plain.endswith("%")
    number = _NUMBER.fullmatch(plain.removesuffix("%").rstrip() if percent else plain)
    if number and _is_whole_number(number):
        found = _of_number(own, number, decimal_comma=decimal_comma)
        return replace(found, value=found.value / 100, unit=found.unit / 100) if percent else found
    reason = _not_a_formula(plain)
    return Written(text=own, kind="unreadable", reason=reason) if reason else Written(text=own, kind="formula")


def figure_in(own: str) -> str:
    """What a cell says without what people put around a figure: ``out_H1 = 0.5933``, ``ca. 0.5933``, ``(0.5933)``.

    Of several figures, as in ``0.59327 ≈ 0.5933``, the last one counts.
    """
    figure = trimmed(_EQUAL.split(own)[-1]) or own
    for _ in range(2):
        wrapped = _WRAPPED.match(figure)
        if wrapped:
            figure = trimmed(next(each for each in wrapped.groups() if each is not None))
        head = figure.partition("(")[0]
        figure = _REMARK.sub("", figure) if re.search(r"[0-9.]\s*\Z", head) else figure
        figure = _ABOUT.sub("", figure)
        if re.search("[0-9](?:\\.\\.\\.|\u2026)\\Z", figure):
            figure = figure.rstrip(".\u2026")
    return figure


def exactly(value: Fraction) -> Written:
    """A number that was given as exact, such as a Python fraction.

    Raises
    ------
    OutsideLimitsError
        If it is too long, or too large or too small for a 64-bit float.
    """
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 3 * LONGEST_NUMBER:
        raise OutsideLimitsError(f"a fraction too long to read; at most {LONGEST_NUMBER} characters are allowed")
    return Written(text=str(value), kind="number", value=_checked(value))


def plain_formula(text: str) -> str:
    """A formula as typed, in the signs that a formula parser knows: ``*`` for ``·``, ``-`` for ``−``, ``**`` for ``^``.

    A comma between two digits is a decimal comma, except where a function takes several arguments.
    """
    plain = _straightened(text).replace("^", "**")
    return plain if re.search(r"\b(?:max|min) ?\(", plain) else re.sub(r"(?<=[0-9]),(?=[0-9])", ".", plain)


def trimmed(text: str) -> str:
    """A text without blanks and invisible marks around it."""
    return text.strip(_BLANKS)


def _straightened(text: str) -> str:
    """The same with one sign for each operation, one kind of blank, and no mark such as ≈ before it."""
    plain = _LEADING.sub("", trimmed(text), count=1)
    plain = _RAISED_RUN.sub(lambda run: "^" + run[0].translate(_RAISED), plain).replace("^^", "^")
    plain = plain.translate(_STRAIGHT).replace("\\times", "*").replace("\\cdot", "*")
    plain = re.sub(r"½ ?(?=[\w(])", "(1/2)*", plain).replace("½", "(1/2)")
    plain = re.sub(r"δ_?(?=\w)", "delta_", plain.translate(_GREEK))
    return re.sub(f"[{_BLANKS}]+", " ", plain)


def _is_whole_number(match: re.Match[str]) -> bool:
    """Whether the pieces make up a number: digits, or a power of ten, and a sign of multiplication between both."""
    digits = bool(match["whole"] or match["part"])
    power = _power(match) is not None
    if not digits:
        return power and not (match["mark"] or match["times"] or match["exponent"])
    return power == bool(match["times"]) and not (power and match["exponent"])


def _power(match: re.Match[str]) -> str | None:
    return match["power"] or match["bracket"] or match["brace"]


def _of_number(own: str, match: re.Match[str], *, decimal_comma: bool) -> Written:
    whole, part, power = match["whole"] or "", match["part"] or "", match["exponent"] or _power(match) or "0"
    if match["mark"] == "," and not decimal_comma:
        return Written(
            text=own, kind="unreadable", reason="a comma in a number; write a point, or ask for the decimal comma"
        )
    if abs(int(power)) > LARGEST_EXPONENT:
        raise OutsideLimitsError(f"an exponent beyond {LARGEST_EXPONENT}: {shown(own)}")
    return _decimal(own, match["sign"] == "-", whole + part or "1", int(power) - len(part))


def _decimal(own: str, negative: bool, digits: str, places: int) -> Written:
    """So many digits, the last of them worth 10 to the power of ``places``."""
    count = int(digits) * (-1 if negative else 1)
    value = Fraction(count * 10**places) if places >= 0 else Fraction(count, 10**-places)
    if len(digits) + abs(places) > LARGEST_EXPONENT:
        _checked(value, own)
    return Written(text=own, kind="number", value=value, unit=_power_of_ten(places), digits=len(digits.lstrip("0")))


@lru_cache(maxsize=256)
def _power_of_ten(places: int) -> Fraction:
    return Fraction(10) ** places


def _of_fraction(own: str, sign: str, upper: str, lower: str) -> Written:
    if not int(lower):
        return Written(text=own, kind="unreadable", reason="a fraction that divides by zero")
    value = Fraction(int(upper), int(lower)) * (-1 if sign == "-" else 1)
    return Written(text=own, kind="number", value=_checked(value, own))


def _checked(value: Fraction, own: str = "") -> Fraction:
    """The value, where a 64-bit float can hold it."""
    try:
        held = float(value)
    except OverflowError:
        held = 0.0
    if value and (not held or abs(held) == float("inf")):
        raise OutsideLimitsError(f"too large or too small for a 64-bit float: {shown(own or str(value))}")
    return value


def _not_a_formula(plain: str) -> str:
    """Why a text that is no number is no formula either; empty where it looks like one."""
    if plain.lower().lstrip("+- ") in _NO_NUMBERS:
        return f"{shown(plain)} is no number; {_NUMBER_WANTED}"
    if "," in plain and "." in plain and not re.search(r"[A-Za-z]", plain):
        return "a point and a comma in one number; write one of them, and no marks between thousands"
    if re.fullmatch(r"[+-]?[0-9.,]+( [0-9.,]+)+", plain):
        return "a blank within a number; write its digits without gaps"
    return _lexical_fault(plain)


def _lexical_fault(plain: str) -> str:
    position, before, names, operators = 0, "", 0, 0
    while position < len(plain):
        token = _TOKEN.match(plain, position)
        if token is None:
            character = plain[position:].lstrip(" ")[0]
            return f"the character {shown(character)} belongs to no number or formula; {_NUMBER_WANTED}"
        kind = str(token.lastgroup)
        called = kind == "open" and before == "name"
        if before in ("name", "number", "close") and kind in ("name", "number", "open") and not called:
            return f"{shown(plain)} is neither a number nor a formula; in a formula a sign such as * stands between two"
        names += kind == "name"
        operators += kind in ("operator", "open") and before != ""  # a sign before a word is no operation
        before, position = kind, token.end()
    if not names:
        return f"a calculation without quantity names, or half a number; {_NUMBER_WANTED}"
    if not operators and not _looks_like_a_quantity(plain.strip("+- ")):
        return f"the word {shown(plain)}; {_NUMBER_WANTED}"
    return ""


def _looks_like_a_quantity(name: str) -> bool:
    """Whether one word alone may be a quantity: one letter, eta, or with a digit or an underscore in it."""
    return len(name) == 1 or name == "eta" or bool(re.search(r"[0-9_]", name))
