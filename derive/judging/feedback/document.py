"""A marked calculation as data, free of any format: every figure with its verdict, and the lines that explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.formula.figures import Figure
from derive.judging.feedback.lines import FilledLine
from derive.judging.feedback.own_figures import WrittenFigure
from derive.judging.feedback.stamps import Stamp
from derive.judging.model import FAULTLESS, Judgement, Verdict
from derive.telling.model import Text

#: Causes of one figure that are worked in full, and links in one list.
MOST_CAUSES, MOST_LINKS = 3, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCause:
    """One explanation of a wrong figure.

    Attributes
    ----------
    done : Text
        To follow "consistent with".
    instead : Text
    line : FilledLine or None
        The wrong rule with the student's figures, where there is one.
    right : FilledLine or None
        The right rule, where it is at another quantity than the figure itself.
    """

    done: Text
    instead: Text
    line: FilledLine | None = None
    right: FilledLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One figure, marked.

    Attributes
    ----------
    anchor : str
    title : str
    label : Text
        The symbol of the quantity, with the round it belongs to; its id where it has none.
    written : WrittenFigure or None
        None for what is no number; ``text`` is then shown.
    text : str
    expected : Figure or None
        With every step right; None where ``due`` says as much.
    explanation : Text
    due : Figure or None
        What the right rule gives from the student's own figures.
    line : FilledLine or None
        The right rule: for a right figure with that figure as its value. None where the step itself was done right.
    causes : tuple of ShownCause
    more_causes : int
        How many are not shown.
    origins, followers : tuple of str
        Ids of the wrong figures it follows from, and of those that follow from it; each stands on the sheet.
    same_as : str
        The figure whose card tells the mistake that this one repeats; empty where it has a card of its own.
    again : tuple of str
        The figures that repeat the mistake told here.
    """

    judgement: Judgement
    stamp: Stamp
    anchor: str
    title: str
    label: Text
    written: WrittenFigure | None
    text: str
    expected: Figure | None
    explanation: Text = ()
    due: Figure | None = None
    line: FilledLine | None = None
    causes: tuple[ShownCause, ...] = ()
    more_causes: int = 0
    origins: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    same_as: str = ""
    again: tuple[str, ...] = ()

    @property
    def in_full(self) -> bool:
        """Whether the line is worked in full: where something went wrong here, and for the first time."""
        return self.judgement.verdict not in FAULTLESS | {"carried"} and not self.same_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A titled run of marked figures."""

    title: str
    marked: tuple[Marked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One student's calculation, marked.

    Attributes
    ----------
    title : str
        Of the problem.
    student : str or None
    marks, out_of : int
    counts : mapping of Verdict to int
    summary : tuple of Text
    conventions : tuple of Text
    parts : tuple of Part
        Steps of the round, in working order.
    rest : tuple of Marked
        Figures that have no step: of later rounds, and of what is given.
    by_id : mapping of str to Marked
    """

    title: str
    student: str | None
    marks: int
    out_of: int
    counts: Mapping[Verdict, int]
    summary: tuple[Text, ...]
    conventions: tuple[Text, ...]
    parts: tuple[Part, ...]
    rest: tuple[Marked, ...]
    by_id: Mapping[str, Marked]
