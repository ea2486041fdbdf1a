"""How each verdict is stamped beside a figure: a sign, a word, a colour; never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.judging.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What marks a figure.

    Attributes
    ----------
    sign : str
        One or two characters.
    word : str
        The same for the ear, and beside the sign where there is room.
    counted : str
        To follow a number, one or more.
    tone : str
        ``right``, ``carried``, ``convention``, ``wrong`` or ``blank``: the name of a colour.
    """

    sign: str
    word: str
    counted: str
    tone: str


#: In the order in which counts are listed: what is right first.
STAMPS: Mapping[Verdict, Stamp] = {
    "correct": Stamp(sign="✓", word="correct", counted="correct", tone="right"),
    "carried": Stamp(sign="→", word="carried", counted="carried from a wrong figure", tone="carried"),
    "rounding": Stamp(sign="✓≈", word="correct but for rounding", counted="correct but for rounding", tone="right"),
    "convention": Stamp(
        sign="✓~",
        word="correct under another convention",
        counted="correct under another convention",
        tone="convention",
    ),
    "slip": Stamp(sign="✗", word="a slip of the pen", counted="by a slip of the pen", tone="wrong"),
    "misconception": Stamp(sign="✗", word="another rule was used", counted="by another rule", tone="wrong"),
    "ambiguous": Stamp(
        sign="✗",
        word="wrong, with several possible causes",
        counted="wrong, with several possible causes",
        tone="wrong",
    ),
    "wrong": Stamp(sign="✗", word="wrong", counted="wrong", tone="wrong"),
    "unreadable": Stamp(sign="?", word="not readable", counted="not readable", tone="wrong"),
    "too-coarse": Stamp(sign="?", word="too few digits", counted="with too few digits", tone="wrong"),
    "blank": Stamp(sign="–", word="left blank", counted="left blank", tone="blank"),
}
