"""One value of a problem at a time: read it, or say in one sentence what is allowed in its place.

Nothing here recurses into a value or prints it whole, so that nested or endless input costs nothing.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar, cast

from derive.errors import ProblemError
from derive.given.problem import NAME_PATTERN, Number

_LONGEST_SHOWN = 60
_LARGEST_EXPONENT = 400
_BIDIRECTIONAL_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBER_WANTED = 'a number is needed, such as 0.15, 1e-3 or "1/3"'

Choice = TypeVar("Choice", bound=str)


def shown(text: str) -> str:
    """User text as it can stand in a message: quoted, cut, and with unprintable characters spelled out."""
    return repr(text) if len(text) <= _LONGEST_SHOWN else repr(text[:_LONGEST_SHOWN]) + " ..."


def listed(words: Iterable[str]) -> str:
    """Names one after the other, cut after a dozen."""
    all_words = list(words)
    more = len(all_words) - 12
    return ", ".join(all_words[:12]) + (f" and {more} more" if more > 0 else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """A question ending in a space, after the known word nearest to a mistyped one; or nothing."""
    by_small_letters = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word[:_LONGEST_SHOWN].lower(), by_small_letters, n=1)
    return f"did you mean {by_small_letters[found[0]]}? " if found else ""


def inside(path: str, key: str) -> str:
    """The path of a key within a table; a key that is no plain word is quoted."""
    word = key if re.fullmatch(r"[\w-]{1,60}", key, re.ASCII) else shown(key)
    return f"{path}.{word}" if path else word


def kind(value: object) -> str:
    """What a value is, in the words of the file."""
    if isinstance(value, str):
        return f"the text {shown(value)}" if value else "an empty text"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Sequence):
        return "a list"
    if isinstance(value, (int, float, Decimal, Fraction, Number)):
        return "a number"
    return "a date or time" if hasattr(value, "isoformat") else f"a {type(value).__name__}"


def table(value: object, path: str, *, example: str) -> Mapping[str, object]:
    """A table whose keys are all text.

    Raises
    ------
    ProblemError
        If it is none, or one of its keys is no text.
    """
    if not isinstance(value, Mapping):
        raise ProblemError(f"a table is needed, such as {example}; here is {kind(value)}", key=path)
    for key in value:
        if not isinstance(key, str):
            raise ProblemError(f"keys are text; one is {kind(key)}", key=path)
    return cast("Mapping[str, object]", value)


def unit_name(unit: str, seen: Mapping[str, str], path: str) -> str:
    """A unit's name, which nothing seen before has.

    Raises
    ------
    ProblemError
    """
    if unit in seen:
        raise ProblemError(f"{unit} names this unit and {seen[unit]}; each needs a name of its own", key=path)
    return unit


def only_keys(given: Mapping[str, object], allowed: Sequence[str], path: str) -> None:
    """Refuse a key that is not among those allowed, and name the nearest that is."""
    for key in given:
        if key not in allowed:
            raise ProblemError(
                f"unknown key; {nearest(key, allowed)}allowed here: {', '.join(allowed)}",
                key=inside(path, key),
            )


def sequence(value: object, path: str, *, what: str) -> Sequence[object]:
    """A list, such as ``what`` describes."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise ProblemError(f"a list is needed: {what}; here is {kind(value)}", key=path)
    return value


def rows(given: object, path: str, units: Sequence[str], below: Sequence[str], *, what: str) -> list[Sequence[object]]:
    """The rows of a table shaped like a layer's weights: a row for each unit, in it one entry for each one below."""
    count = f"{len(units)} row{'s' * (len(units) != 1)} of {len(below)} {what}"
    shape = f"{count}: a row for each unit ({listed(units)}), in each one for {listed(below)}"
    entries = sequence(given, path, what=shape)
    if len(entries) != len(units):
        raise ProblemError(f"{shape}; here are {len(entries):,} rows", key=path)
    checked: list[Sequence[object]] = []
    for position, entry in enumerate(entries):
        row = sequence(entry, f"{path}[{position}]", what=shape)
        if len(row) != len(below):
            raise ProblemError(f"{shape}; this row has {len(row):,}", key=f"{path}[{position}]")
        checked.append(row)
    return checked


def number(value: object, path: str) -> Number:
    """A finite number with the digits as typed.

    Raises
    ------
    ProblemError
        If it is none, or cannot be held in a 64-bit float.
    """
    here = kind(value)
    if not isinstance(value, (str, int, float, Decimal, Fraction, Number)):
        value = _index(value)
    if value is None or isinstance(value, bool):
        raise ProblemError(f"{_NUMBER_WANTED}; here is {here}", key=path)
    if (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, Decimal) and not value.is_finite()
    ):
        raise ProblemError("nan and inf are no numbers to calculate with; a finite number is needed", key=path)
    if isinstance(value, int) and value.bit_length() > 4 * _LARGEST_EXPONENT:
        raise ProblemError("an integer too large for a 64-bit float (the largest is about 1.8e308)", key=path)
    if isinstance(value, Decimal) and value and abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise ProblemError("a number too large or too small for a 64-bit float", key=path)
    if isinstance(value, float):
        value = float(value)  # a NumPy float is a float whose repr is no number
    try:
        return Number.of(value)
    except ValueError as error:
        wanted = "" if "64-bit" in str(error) else f"; {_NUMBER_WANTED}"
        raise ProblemError(f"{error}{wanted}", key=path) from None


def _index(value: object) -> int | None:
    """NumPy's whole numbers are no int, but say which one they stand for; other things say nothing."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def choice(value: object, allowed: Sequence[Choice], path: str) -> Choice:
    """One of a few words."""
    for word in allowed:
        if isinstance(value, str) and value == word:
            return word
    near = nearest(value, allowed) if isinstance(value, str) else ""
    raise ProblemError(f"{kind(value)} is not allowed; {near}allowed here: {', '.join(allowed)}", key=path)


def whole(value: object, lowest: int, highest: int, path: str) -> int:
    """A whole number within bounds, both included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ProblemError(f"a whole number from {lowest} to {highest} is needed; here is {kind(value)}", key=path)
    if not lowest <= value <= highest:
        small = abs(value) < 10**9
        here = f"; here is {value}" if small else ""
        raise ProblemError(f"a whole number from {lowest} to {highest} is needed{here}", key=path)
    return value


def flag(value: object, path: str) -> bool:
    """A true or a false."""
    if not isinstance(value, bool):
        raise ProblemError(f"true or false is needed (without quotes); here is {kind(value)}", key=path)
    return value


def name(value: object, path: str) -> str:
    """A name of an input, a unit or a weight."""
    if not isinstance(value, str):
        raise ProblemError(f"a name in quotes is needed; here is {kind(value)}", key=path)
    if not NAME_PATTERN.match(value):
        raise ProblemError(
            f"{shown(value)} is no name: a name is a letter A to Z or a to z, then letters, digits and "
            "underscores, 31 characters at most",
            key=path,
        )
    return value


def text(value: object, path: str, *, longest: int, lines: bool) -> str:
    """Running text on one line; with ``lines``, line breaks and tabs are allowed and become spaces.

    Control, private-use and unpaired surrogate characters are refused: no output format can show them, and the
    renderers use private-use characters as marks of their own.
    """
    if not isinstance(value, str):
        raise ProblemError(f"a text in quotes is needed; here is {kind(value)}", key=path)
    line = re.sub("[ \t\r\n\u2028\u2029]+", " ", value) if lines else value
    line = line.strip(" ")
    if len(line) > longest:
        raise ProblemError(f"at most {longest:,} characters are allowed; here are {len(line):,}", key=path)
    for character in line:
        if not _can_be_shown(character):
            raise ProblemError(
                f"the character U+{ord(character):04X} is not allowed: no control characters"
                f"{'' if lines else ', line breaks'}, unpaired surrogates or private-use characters",
                key=path,
            )
    return line


def _can_be_shown(character: str) -> bool:
    category = unicodedata.category(character)
    no_character = 0xFDD0 <= ord(character) <= 0xFDEF or ord(character) & 0xFFFE == 0xFFFE
    return not (category in ("Cc", "Cs", "Co", "Zl", "Zp") or no_character or character in _BIDIRECTIONAL_CONTROLS)
