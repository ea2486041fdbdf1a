"""The table of conventions, and the rows of it that problems of several kinds share."""

from __future__ import annotations

from collections.abc import Iterable

from derive.formula.expression import Call, parts
from derive.given.formula_problem import FormulaProblem
from derive.given.problem import Display
from derive.telling.model import Table

LOGARITHM = ("log", "the natural logarithm, printed ln")
RELU = ("relu", "max(0, x), printed so; its slope relu′ is 1 above 0 and 0 below; at 0 it is taken as 0")
SLOPE_OF_SIZE = ("Slope of |x|", "sign(x): 1 above 0 and −1 below; at 0 it is taken as 0")


def conventions_table(name: str, rows: Iterable[tuple[str, str]], *, folded: bool = False) -> Table:
    """What is agreed on, a row for each."""
    return Table(
        id=name,
        caption=("Conventions.",),
        header=(),
        rows=tuple(((left,), (right,)) for left, right in rows),
        align="ll",
        folded=folded,
    )


def figures_row(display: Display, more: str = "") -> tuple[str, str]:
    """How figures are printed and carried; ``more`` is what else there is to say where they are carried in full."""
    digits = f"{display.digits} significant digits" if display.decimals is None else f"{display.decimals} decimals"
    carried = (
        f"full figures are carried from line to line{more}"
        if display.carry == "full"
        else "each printed figure is the one that is used next"
    )
    return "Figures", f"{digits}, rounded half away from zero; {carried}"


def functions_in(problem: FormulaProblem) -> tuple[str, ...]:
    """The functions that the definitions call, each once."""
    calls = (part for _, _, formula in problem.definitions for part in parts(formula))
    return tuple(dict.fromkeys(part.function for part in calls if isinstance(part, Call)))
