"""Questions as data, from which every platform's file is written.

A platform holds a figure against a fixed key and remembers nothing of what a student found before: what is accepted is
the band of honest work, as on paper, and a figure that follows from an earlier wrong one counts as wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.display import numerals
from derive.display.latex import LatexPrinter
from derive.display.plain import PlainPrinter
from derive.display.tree import Slot
from derive.given.formula_problem import AnyProblem
from derive.handouts.sheets.asking import with_ends
from derive.handouts.sheets.key import AnswerKey, Band, KeyLine
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.worksheet import sheet_figures
from derive.judging.misconceptions.model import Mistake
from derive.judging.misconceptions.said import said_of
from derive.telling.given_numbers import BETWEEN

#: Wrong answers with feedback in one question.
MOST_WRONG = 8
#: What the link to a practice page says.
PRACTISE = "Practise with these numbers: a page that checks each step"
#: Practice pages that go into a file with its questions, by form id.
Pages = Mapping[str, str]
RIGHT, LOOK_AGAIN = "Right.", "Not right, and no mistake that is known. Work the line again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Figures that are answered alike: ``value`` up to ``tolerance`` above and below."""

    value: float
    tolerance: float
    feedback: str

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest."""
        return self.value - self.tolerance, self.value + self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One figure of one version.

    Attributes
    ----------
    step : int
        The item's number on the sheet.
    form : str
        Whose numbers these are.
    words, symbol, latex : str
        What is asked, in words, as plain text and as LaTeX.
    given : tuple of (str, str)
        Lines of what is given, each with its label.
    digits, points : int
    right : Range
    wrong : tuple of Range
        None of which meets the right one, the likeliest first.
    power : int
        What is asked is the figure times ten to this power.
    url : str
        Where the practice page of these numbers stands, if it is on the web.
    """

    step: int
    form: str
    words: str
    symbol: str
    latex: str
    given: tuple[tuple[str, str], ...]
    digits: int
    points: int
    right: Range
    wrong: tuple[Range, ...]
    power: int = 0
    url: str = ""

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return f"{self.step:02} {self.words} ({self.form})"

    @property
    def category(self) -> str:
        """The step, under which all versions stand."""
        return f"{self.step:02} {self.words}"

    @property
    def id(self) -> str:
        """An identifier: letters, digits and underscores."""
        return f"q{self.step}_{self.form}"

    @property
    def task(self) -> str:
        """What is to be done, as plain text without the symbol."""
        times = "" if not self.power else f", times 10 to the power {self.power}"
        return f"Work out the {self.words}{times}. Give {self.digits} significant digits."


def questions_of(
    worksheet: Worksheet,
    versions: Iterable[tuple[str, AnyProblem, AnswerKey]],
    urls: Mapping[str, str] | None = None,
) -> tuple[Question, ...]:
    """A question for each figure and version, step by step.

    Parameters
    ----------
    worksheet : Worksheet
    versions : iterable of (form id, problem, its key)
    urls : mapping of str to str, optional
        Of practice pages, by form id.
    """
    plain = PlainPrinter(slot=lambda _: "")
    latex = LatexPrinter(slot=lambda _: "")
    found: list[Question] = []
    for form, problem, key in versions:
        given = _given(worksheet, problem)
        for item, line in zip(worksheet.items, key.lines, strict=True):
            symbol = worksheet.symbols[item.quantity]
            right = _right(line, key.digits)
            found.append(
                Question(
                    step=item.number,
                    form=form,
                    words=with_ends(problem.structure, item.quantity),
                    symbol=plain.tree(symbol),
                    latex=latex.tree(symbol),
                    given=given,
                    digits=key.digits,
                    points=item.points,
                    right=right,
                    wrong=tuple(_wrong(line, right, key.digits)),
                    url=(urls or {}).get(form, ""),
                )
            )
    return tuple(sorted(found, key=lambda question: question.step))


def scaled(questions: Sequence[Question], decimals: int) -> tuple[Question, ...]:
    """Questions for a platform that keeps so many decimals: small figures are asked times a power of ten.

    All versions of a step are asked with the same power.
    """
    powers: dict[int, int] = {}
    for question in questions:
        size = min(filter(None, map(abs, question.right.ends)), default=1.0)
        needed = question.digits - 1 - math.floor(math.log10(size))
        powers[question.step] = max(powers.get(question.step, 0), needed - decimals)
    return tuple(_times(question, powers[question.step]) for question in questions)


def _times(question: Question, power: int) -> Question:
    def moved(each: Range) -> Range:
        return replace(each, value=each.value * 10.0**power, tolerance=each.tolerance * 10.0**power)

    return replace(question, power=power, right=moved(question.right), wrong=tuple(map(moved, question.wrong)))


def _given(worksheet: Worksheet, problem: AnyProblem) -> tuple[tuple[str, str], ...]:
    """The table of givens and the conventions as plain text."""
    figures = sheet_figures(worksheet, problem)

    def slot(slot: Slot) -> str:
        figure = figures.get(slot.quantity)
        return "…" if figure is None else numerals.plain(figure, slot.wrap)

    printer = PlainPrinter(slot=slot)

    def text(cell: Sequence[object]) -> str:
        return "".join(part if isinstance(part, str) else printer.tree(part) for part in cell)  # type: ignore[arg-type]

    rows = [
        (text(label), text(cell).replace(BETWEEN, "; ").replace(";  ", "; ")) for label, cell in worksheet.numbers.rows
    ]
    rows += [("Definition", " = ".join([printer.tree(line.left), *(printer.tree(row.tree) for row in line.rows)]))
             for line in worksheet.definitions]  # fmt: skip
    return (*rows, *worksheet.conventions)


def _right(line: KeyLine, digits: int) -> Range:
    if line.band is None:
        return Range(value=0.0, tolerance=0.0, feedback=RIGHT)
    return _range(line.band, digits, RIGHT)


def _range(band: Band, digits: int, feedback: str) -> Range:
    """A band and half a unit of its last digit on both sides: figures with more digits fall into it too."""
    low, high = float(band.low.value), float(band.high.value)
    half = max(10.0 ** (math.floor(math.log10(abs(end))) - digits + 1) for end in (low, high) if end) / 2
    return Range(value=(low + high) / 2, tolerance=(high - low) / 2 + half, feedback=feedback)


def _wrong(line: KeyLine, right: Range, digits: int) -> Iterable[Range]:
    for each in line.wrong:
        if not (each.band.low.value and each.band.high.value):
            continue
        found = _range(each.band, digits, feedback(each.mistake))
        # At most half the way to the right one.
        room = (abs(found.value - right.value) - right.tolerance) / 2
        if room > 0:
            yield Range(value=found.value, tolerance=min(found.tolerance, room), feedback=found.feedback)


def feedback(mistake: Mistake) -> str:
    """What a student is told who made a mistake: what it looks like, and what to do instead."""
    known = [said for name in mistake.ids if (said := said_of(mistake, name)) is not None]
    return " ".join(f"Consistent with this: {done.rstrip('.')}. {instead}" for done, instead in known)
