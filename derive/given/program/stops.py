"""The condition on which a training stops."""

from __future__ import annotations

import re

from derive.errors import ProblemError
from derive.given import fields
from derive.given.problem import Number

NO_ERROR = "no error in an epoch"
_BELOW = re.compile(r"(E_total|cost|norm_gradient)\s*<\s*(\S+)")


def read_stop(given: object, path: str) -> str:
    """The condition of a file; empty where it has none.

    Raises
    ------
    ProblemError
    """
    text = fields.text(given, path, longest=80, lines=False)
    if text in ("", NO_ERROR):
        return text
    found = _BELOW.fullmatch(text)
    if found is None or found[1] == "norm_gradient":
        raise ProblemError(f'"{NO_ERROR}", or E_total or cost below a number, such as "E_total < 0.01"', key=path)
    try:
        limit = Number.of(found[2])
    except ValueError as error:
        raise ProblemError(str(error), key=path) from None
    if limit.value <= 0:
        raise ProblemError(f"an error is never below {limit.text}; a number greater than 0 is needed", key=path)
    return text


def condition(stop: str) -> tuple[str, Number]:
    """The id and the number of a condition of the form ``E_total < 0.01``."""
    found = _BELOW.fullmatch(stop)
    assert found is not None
    return found[1], Number.of(found[2])
