"""What closes a document's slots: plain data, made from a solution (or a worksheet, a key, a student's answers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from derive.display.tree import Slot
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """Figures and marks for every slot of one document, and numbers for its pictures.

    Attributes
    ----------
    problem : Problem or FormulaProblem
        Given numbers, names and texts, as typed.
    figures : mapping of Slot to Figure
        One for each slot with the role "operand", "result" or "given".
    relations : mapping of Slot to str
        ``=`` or ``≈`` for each slot with the role "relation".
    marks : frozenset of Slot
        The slots with the role "mark" that show their mark; the others stay empty.
    numbers : mapping of str to float
        Values by quantity id, for pictures.
    errors : tuple of float
        The total error before each round and after the last, for the error curve; empty without one.
    """

    problem: AnyProblem
    figures: Mapping[Slot, Figure]
    relations: Mapping[Slot, str] = field(default_factory=dict)
    marks: frozenset[Slot] = frozenset()
    numbers: Mapping[str, float] = field(default_factory=dict)
    errors: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Figures are written as the problem's display has them."""
        object.__setattr__(self, "figures", as_displayed(self.figures, self.problem))


Key = TypeVar("Key")


def as_displayed(figures: Mapping[Key, Figure], problem: AnyProblem) -> Mapping[Key, Figure]:
    """Figures with the decimal mark of a problem's display."""
    if problem.display.decimal_mark == "point":
        return figures
    return {key: replace(figure, mark=",") for key, figure in figures.items()}
