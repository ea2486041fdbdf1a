"""A line such as ``net_H1 = 0.3775``: the name of a quantity and the figure written for it."""

from __future__ import annotations

import re

from derive.judging.reading.written import trimmed

_SIGN = re.compile("[=≈≃≅]")


def named_figure(line: str) -> tuple[str, str] | None:
    """The name and the figure of one line; None where there is no sign of equality, or nothing before it.

    Where a line goes on, as in ``net_H1 = w1*x1 + w2*x2 + b1 = 0.3775``, the figure is what stands last. An empty
    figure is a blank answer.

    Parameters
    ----------
    line : str
        Neither name nor figure is looked at further.
    """
    name, *steps = map(trimmed, _SIGN.split(line))
    return (name, steps[-1]) if name and steps else None
