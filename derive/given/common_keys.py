"""The keys that problem files of every kind share: title, source, learning rate, display."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from derive.errors import ProblemError
from derive.given import fields
from derive.given.problem import Carry, DecimalMark, Display, Notation, Number

LONGEST_TITLE = 200
LONGEST_SOURCE = 2000

_FIGURES = ("digits", "decimals", "carry", "decimal_mark")


def read_title(given: Mapping[str, object]) -> str:
    """The title, one line of 1 to 200 characters.

    Raises
    ------
    ProblemError
    """
    title = fields.text(given["title"], "title", longest=LONGEST_TITLE, lines=False)
    if not title:
        raise ProblemError("a title of at least one character is needed", key="title")
    return title


def read_source(given: Mapping[str, object]) -> str:
    """Where the problem is from; empty where the file does not say.

    Raises
    ------
    ProblemError
    """
    return fields.text(given.get("source", ""), "source", longest=LONGEST_SOURCE, lines=True)


def read_rate(given: object, path: str = "learning_rate", *, below: str = "") -> Number:
    """A learning rate, greater than 0; ``below`` is what to do where a negative one was meant.

    Raises
    ------
    ProblemError
    """
    rate = fields.number(given, path)
    if rate.value <= 0:
        hint = below if rate.value < 0 else ""
        raise ProblemError(f"the learning rate must be greater than 0; here is {rate.text[:60]}{hint}", key=path)
    return rate


def read_display(given: Mapping[str, object], *, notation: bool = True, arrays: bool = False) -> Display:
    """How figures are printed and, where a problem has units, what their quantities are called.

    Raises
    ------
    ProblemError
    """
    keys = fields.table(given.get("display", {}), "display", example="digits = 9")
    named = (*(("notation",) if notation else ()), *(("bold_arrays",) if arrays else ()))
    fields.only_keys(keys, (*named, *_FIGURES), "display")
    if "digits" in keys and "decimals" in keys:
        raise ProblemError("either digits (significant digits) or decimals, not both", key="display.decimals")
    default = Display()
    return Display(
        notation=fields.choice(keys.get("notation", default.notation), get_args(Notation), "display.notation"),
        digits=fields.whole(keys.get("digits", default.digits), 2, 30, "display.digits"),
        decimals=fields.whole(keys["decimals"], 0, 30, "display.decimals") if "decimals" in keys else None,
        carry=fields.choice(keys.get("carry", default.carry), get_args(Carry), "display.carry"),
        decimal_mark=fields.choice(
            keys.get("decimal_mark", default.decimal_mark), get_args(DecimalMark), "display.decimal_mark"
        ),
        bold_arrays=fields.flag(keys.get("bold_arrays", default.bold_arrays), "display.bold_arrays"),
    )
