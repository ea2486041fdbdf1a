"""Numbers, lists and names as a program has them; no text that a user wrote but numbers and names enters one."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterable, Sequence

from derive.given.problem import Display, Number

#: What Python reads as the number it is, and is short enough to read.
_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*)?|-?\.[0-9]+")
_SHORT, _WIDTH = 24, 100
#: Significant digits that a 64-bit float has for certain.
_MOST_DIGITS = 15
#: Names that code has a use for itself; a user's name that is one of them gets an underscore.
_TAKEN = frozenset(
    {"np", "torch", "show", "done", "rounds", "figures", "name", "value", "print", "range", "eta", "turn", "derive",
     "problem", "solution", *keyword.kwlist}
)  # fmt: skip


def literal(number: Number) -> str:
    """A number as typed where Python reads it so, else the float64 nearest to it; never an integer."""
    text = number.text
    quotient = re.fullmatch(r"(-?[0-9]{1,6})/([0-9]{1,6})", text)
    if quotient is not None:
        return f"{int(quotient[1])} / {int(quotient[2])}"
    if len(text) > _SHORT or not _PLAIN.fullmatch(text):
        return repr(float(number.value))
    return text if "." in text else f"{text}.0"


def array(rows: Sequence[Sequence[Number]]) -> str:
    """A table of numbers, on several lines where it is long."""
    return _bracketed([_bracketed(map(literal, row), 8) for row in rows], 4)


def vector(numbers: Sequence[Number]) -> str:
    """A list of numbers."""
    return _bracketed(map(literal, numbers), 4)


def words(names: Sequence[str]) -> str:
    """A list of names: a string that is split."""
    return f'"{names[0]}".split()' if len(names) == 1 else _long_split(names)


def strings(names: Sequence[str]) -> str:
    """A list of names as literals."""
    return _bracketed([f'"{name}"' for name in names], 12)


def listed(names: Sequence[str]) -> str:
    """Names for a comment, the middle ones left out where there are many."""
    return ", ".join(names if len(names) <= 6 else (*names[:2], "...", names[-1]))


def shown_line(display: Display, longest: int) -> str:
    """The f-string that prints a figure named ``name``, ``value`` with the digits of the worked solution."""
    digits = min(display.digits, _MOST_DIGITS)
    form = f"#.{digits}g" if display.decimals is None else f".{min(display.decimals, _MOST_DIGITS)}f"
    return f'f"{{name:{longest + 2}}}{{value:{form}}}"'


def variables(own: Iterable[str], derived: Iterable[str]) -> dict[str, str]:
    """A variable for each quantity: its name where that can be one, ``dJ_da`` for ``dJ/da``, none of them twice."""
    found: dict[str, str] = {"eta": "eta"}
    taken = set(_TAKEN)
    for quantity in (*own, *derived):
        if quantity in found:
            continue
        variable = re.sub(r"\W", "_", quantity, flags=re.ASCII)
        while variable in taken:
            variable += "_"
        found[quantity] = variable
        taken.add(variable)
    return found


def _bracketed(parts: Iterable[str], indent: int) -> str:
    parts = list(parts)
    flat = f"[{', '.join(parts)}]"
    if len(flat) <= _WIDTH:
        return flat
    if any(part.startswith("[") for part in parts):
        inner = ",\n".join(" " * indent + part for part in parts)
    else:
        inner = textwrap.fill(
            ", ".join(parts), _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return f"[\n{inner},\n{' ' * (indent - 4)}]"


def _long_split(names: Sequence[str]) -> str:
    text = " ".join(names)
    if len(text) <= _WIDTH:
        return f'"{text}".split()'
    return '"""\n' + textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False) + '\n""".split()'
