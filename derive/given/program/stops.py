"""The condition on which a training stops."""

from __future__ import annotations

import re

from derive.errors import ProblemError
from derive.given import fields
from derive.given.problem import Number

NO_ERROR = "no error in an epoch"
#: Epochs after which a training without an end of its own is taken to have none.
MOST_EPOCHS = 1_000
#: What comes out of a function with steps, and what comes out of others lies between.
_VALUES = {"step": (0, 1), "sign": (-1, 0, 1), "bipolar_step": (-1, 1)}
_BETWEEN = {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "bipolar_sigmoid": (-1, 1), "softsign": (-1, 1)}
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
    if found is None:
        raise ProblemError(
            f'"{NO_ERROR}", or E_total, cost or norm_gradient below a number, such as "E_total < 0.01"', key=path
        )
    try:
        limit = Number.of(found[2])
    except ValueError as error:
        raise ProblemError(str(error), key=path) from None
    if limit.value <= 0:
        raise ProblemError(f"an error is never below {limit.text}; a number greater than 0 is needed", key=path)
    return text


def check_targets(activation: str, target: Number, path: str) -> None:
    """Refuse to wait for an output without error that never comes.

    Raises
    ------
    ProblemError
    """
    what = f'"{NO_ERROR}" is never reached: {activation}'
    if activation in _VALUES and target.value not in _VALUES[activation]:
        values = fields.listed(map(str, _VALUES[activation]))
        raise ProblemError(f"{what} gives {values} alone, and a target is {target.text}", key=path)
    if activation in _BETWEEN and not _BETWEEN[activation][0] < target.value < _BETWEEN[activation][1]:
        low, high = _BETWEEN[activation]
        raise ProblemError(f"{what} stays between {low} and {high}, and a target is {target.text}", key=path)


def condition(stop: str) -> tuple[str, Number]:
    """The id and the number of a condition of the form ``E_total < 0.01``."""
    found = _BELOW.fullmatch(stop)
    assert found is not None
    return found[1], Number.of(found[2])
