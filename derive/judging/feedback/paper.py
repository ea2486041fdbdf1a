"""Feedback on paper: the marked calculation through Typst."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from derive.display import numerals
from derive.display.tree import Line, Tree
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem
from derive.judging.feedback.class_page import ClassSheet
from derive.judging.feedback.document import MOST_LINKS, Sheet
from derive.judging.feedback.lines import FilledLine
from derive.judging.feedback.own_figures import WrittenFigure
from derive.judging.feedback.stamps import STAMPS
from derive.renderers.coverage import displayable
from derive.renderers.environment import escape_typst, typst_environment
from derive.renderers.pdf import compile_pdf
from derive.renderers.printing import slot_digits
from derive.renderers.skeleton import Skeleton, fill, without_markers
from derive.renderers.typst_ import typst_line, typst_text
from derive.telling.filling import Filling
from derive.telling.model import Picture, Text


def feedback_pdf(problem: AnyProblem, sheet: Sheet) -> bytes:
    """A marked calculation as a tagged PDF for A4, the same bytes on every run."""
    return compile_pdf(feedback_typst(problem, sheet))


def feedback_typst(problem: AnyProblem, sheet: Sheet) -> str:
    """A marked calculation as a Typst source."""
    return _rendered("feedback", problem, sheet)


def feedback_body(problem: AnyProblem, sheet: Sheet) -> str:
    """A marked calculation as a part of a Typst source, for `class_pdf`."""
    return _rendered("feedback_body", problem, sheet)


def class_pdf(problem: AnyProblem, sheet: ClassSheet, bodies: Sequence[str]) -> bytes:
    """The page of a class and all feedback in one PDF, to be printed at once; each student begins on a new page.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    sheet : ClassSheet
    bodies : sequence of str
        Each student's, in the order of printing.
    """
    template = typst_environment().get_template("typst/class.typ.j2")
    printing = _TypstFeedback(problem=problem)
    return compile_pdf(template.render(sheet=sheet, bodies=bodies, printing=printing, alone=False))


def _rendered(template: str, problem: AnyProblem, sheet: Sheet) -> str:
    return (
        typst_environment()
        .get_template(f"typst/{template}.typ.j2")
        .render(sheet=sheet, printing=_TypstFeedback(problem=problem), stamps=STAMPS, most_links=MOST_LINKS, alone=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _TypstFeedback:
    """What the template calls; everything it gives is Typst markup that starts with ``#``."""

    problem: AnyProblem

    def string(self, text: str) -> str:
        """Text of any origin."""
        return "#" + self.literal(text)

    def literal(self, text: str) -> str:
        """The same as a string literal in code."""
        return escape_typst(displayable(unicodedata.normalize("NFC", without_markers(text))))

    def text(self, text: Text) -> str:
        """Running text."""
        return "".join(self.string(part) if isinstance(part, str) else _symbol(part) for part in text)

    def figure(self, figure: Figure) -> str:
        """A figure in running text."""
        alternative = escape_typst(displayable(numerals.plain(figure)))
        return f"#i({alternative}, ${numerals.typst(figure)}$)"

    def written(self, written: WrittenFigure | None, text: str) -> str:
        """What the student wrote."""
        # A decimal comma is set as text: in mathematics Typst puts a space after it.
        if written is None or "," in written.figure.digits:
            return self.string(text)
        return self.figure(written.figure)

    def line(self, line: FilledLine) -> str:
        """A displayed line with its figures."""
        filling = Filling(problem=self.problem, figures=line.figures, relations=line.relations)
        return fill(_skeleton(line.line, slot_digits(filling)), filling, _no_picture)


@lru_cache(maxsize=2048)
def _symbol(tree: Tree) -> str:
    return typst_text((tree,))


@lru_cache(maxsize=2048)
def _skeleton(line: Line, digits: int) -> Skeleton:
    return typst_line(line, digits)


def _no_picture(picture: Picture, filling: Filling) -> tuple[str, str]:
    raise AssertionError("feedback has no picture")
