"""Feedback on one student's calculation as a page: a kind teacher's marking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from derive.display import numerals
from derive.display.tree import Line, Tree
from derive.errors import UnsupportedError
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem
from derive.judging.feedback.document import MOST_LINKS, Sheet
from derive.judging.feedback.lines import FilledLine
from derive.judging.feedback.own_figures import WrittenFigure
from derive.judging.feedback.stamps import STAMPS, Stamp
from derive.renderers.environment import html_environment
from derive.renderers.html import html_line, html_text, page_style
from derive.renderers.printing import slot_digits
from derive.renderers.skeleton import Skeleton, fill
from derive.telling.filling import Filling
from derive.telling.model import Picture, Text


def feedback_html(problem: AnyProblem, sheet: Sheet) -> str:
    """One student's marked calculation as a self-contained page.

    Parameters
    ----------
    problem : Problem or FormulaProblem
        The student's own.
    sheet : Sheet
    """
    printing = _HtmlFeedback(problem=problem)
    return (
        html_environment()
        .get_template("html/feedback.html.j2")
        .render(sheet=sheet, printing=printing, stamps=STAMPS, most_links=MOST_LINKS, style=page_style("feedback"))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _HtmlFeedback:
    """What the template calls; everything it gives is markup."""

    problem: AnyProblem

    def text(self, text: Text) -> Markup:
        """Running text."""
        found: list[Markup] = []
        after_symbol = False
        for part in text:
            if isinstance(part, str):
                # A line does not begin with the point or comma after a symbol.
                close = part[:1] if after_symbol and part[:1] in ".,:;)" else ""
                if close:
                    found[-1] = Markup('<span class="whole">{}{}</span>').format(found[-1], close)
                found.append(escape(part[len(close) :]))
            else:
                found.append(_symbol(part))
            after_symbol = not isinstance(part, str)
        return Markup("").join(found)

    def sign(self, stamp: Stamp) -> Markup:
        """The sign of a verdict, with its word for those who cannot see it."""
        return _sign(stamp)

    def figure(self, figure: Figure) -> Markup:
        """A figure in running text."""
        return Markup('<math alttext="{}">{}</math>').format(numerals.plain(figure), Markup(numerals.mathml(figure)))

    def written(self, written: WrittenFigure | None, text: str) -> Markup:
        """What the student wrote."""
        if written is not None:
            return self.figure(written.figure)
        return Markup('<code class="written">{}</code>').format(text)

    def line(self, line: FilledLine) -> Markup:
        """A displayed line with its figures."""
        filling = Filling(problem=self.problem, figures=line.figures, relations=line.relations)
        return Markup(fill(_skeleton(_LineKey(line.place, line.line), slot_digits(filling)), filling, no_picture))


class _LineKey:
    """A line that is hashed by a part of it: lines of one rule are one object, and trees are slow to hash."""

    __slots__ = ("line", "place")

    def __init__(self, place: str, line: Line) -> None:
        self.place, self.line = place, line

    def __hash__(self) -> int:
        return hash(self.place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _LineKey) and self.place == other.place and self.line == other.line


@lru_cache(maxsize=8192)
def _skeleton(key: _LineKey, digits: int) -> Skeleton:
    return html_line(key.line, digits)


@lru_cache(maxsize=64)
def _sign(stamp: Stamp) -> Markup:
    return Markup('<span class="sign tone-{}" aria-hidden="true">{}</span><span class="heard">{}: </span>').format(
        stamp.tone, stamp.sign, stamp.word
    )


@lru_cache(maxsize=2048)
def _symbol(tree: Tree) -> Markup:
    return html_text((tree,))


def no_picture(picture: Picture, filling: Filling) -> tuple[str, str]:
    """Feedback has no pictures.

    Raises
    ------
    UnsupportedError
    """
    raise UnsupportedError(f"feedback has no picture such as {picture.id}")
