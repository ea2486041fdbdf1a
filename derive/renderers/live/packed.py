"""Long texts of a page in fewer characters: repeats are told by where they stood before, in printable characters.

A text comes out the same on every machine, which no library of compression promises; the page's script has the few
lines that undo it (``templates/html/live/unpack.js``).
"""

from __future__ import annotations

#: Digits for places and lengths; none needs an escape in HTML or in a JavaScript string.
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_{|}"
_BASE = len(_DIGITS)
#: What begins a repeat from near by, two digits back, and from far away, three digits back; what escapes these signs.
_NEAR, _FAR, _PLAIN = "~", "¬", "¦"
_SHORTEST, _SEED = 6, 6
_MOST_TRIED = 24


def packed(text: str) -> str:
    """A text with its repeats told by distance and length.

    Parameters
    ----------
    text : str
        Of any length up to about half a million characters.
    """
    found: list[str] = []
    seen: dict[str, list[int]] = {}
    place, end = 0, len(text)
    while place < end:
        length, distance = _longest(text, place, seen)
        if length:
            found.append(_told(distance, length))
        else:
            length = 1
            found.append(_PLAIN + text[place] if text[place] in _NEAR + _FAR + _PLAIN else text[place])
        for at in range(place, place + length):
            seen.setdefault(text[at : at + _SEED], []).append(at)
        place += length
    return "".join(found)


def _longest(text: str, place: int, seen: dict[str, list[int]]) -> tuple[int, int]:
    """Length and distance of the longest repeat worth telling; 0 and 0 where there is none."""
    best = (0, 0)
    most = min(len(text) - place, _SHORTEST + _BASE - 1)
    for at in reversed(seen.get(text[place : place + _SEED], ())[-_MOST_TRIED:]):
        length = _SEED
        while length < most and text[at + length] == text[place + length]:
            length += 1
        if length > best[0] and length >= (_SHORTEST if place - at < _BASE**2 else _SHORTEST + 1):
            best = (length, place - at)
            if length == most:
                break
    return best


def _told(distance: int, length: int) -> str:
    places = 2 if distance < _BASE**2 else 3
    digits = ""
    for _ in range(places):
        distance, digit = divmod(distance, _BASE)
        digits = _DIGITS[digit] + digits
    return (_NEAR if places == 2 else _FAR) + digits + _DIGITS[length - _SHORTEST]
