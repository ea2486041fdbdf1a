"""What is said of a mistake at its own step: advice speaks of the activation function that stands there."""

from __future__ import annotations

from functools import lru_cache

from derive.display.plain import PlainPrinter
from derive.formula.expression import Ref
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.judging.misconceptions.mistakes import MISCONCEPTIONS
from derive.judging.misconceptions.model import Mistake
from derive.telling.terms import Terms


def said_of(mistake: Mistake, name: str) -> tuple[str, str] | None:
    """What was done, to follow "consistent with", and what to do instead; None for an id that is no misconception.

    Parameters
    ----------
    mistake : Mistake
    name : str
        One of its ids, or that of a slip on top of it.
    """
    known = MISCONCEPTIONS.get((mistake.kind, name))
    if known is not None:
        return known.done, _filled(known.instead, mistake.activation)
    return next(((own.done, own.instead) for own in mistake.said if own.id == name), None)


def said_anywhere(name: str) -> tuple[str, str] | None:
    """The same of an id whose step is not known: of the first kind of step at which it may be."""
    known = next((each for (_, of), each in MISCONCEPTIONS.items() if of == name), None)
    return None if known is None else (known.done, _filled(known.instead, ""))


def _filled(text: str, activation: str) -> str:
    if "{" not in text:
        return text
    own = ACTIVATIONS.get(activation)
    corner = own.cases[1] if own is not None and own.cases is not None else None
    return text.format(
        slope=f", {_slope(activation)}" if own is not None else "",
        below="" if corner is None else f", and at or below 0 that is {float(corner):g}",
    )


@lru_cache(maxsize=64)
def _slope(activation: str) -> str:
    """The slope in terms of out and net, as it is written on one line."""
    formula = FUNCTIONS[activation].slopes(Ref("out"), Ref("net"))[0]
    tree = Terms(notation="net-out", givens=frozenset()).symbols(formula)
    return PlainPrinter(slot=lambda _: "").tree(tree).replace(" · ", "·").replace("^2", "²")
