"""A class at a glance: three sentences for the next lesson, causes with the names behind each, steps, students."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import quote

from derive.display.tree import Tree
from derive.given.formula_problem import AnyProblem
from derive.judging.feedback.class_costs import Bar, CauseCost, StepCost, cause_costs, distribution, step_costs
from derive.judging.feedback.gradebook import asked_of
from derive.judging.feedback.lesson import Lesson, Pupil, lesson
from derive.judging.feedback.marking import nearest_routes, step_of, terms_of
from derive.judging.feedback.words import inline_symbol, title_of, with_symbols
from derive.judging.findings import Finding
from derive.judging.model import Rejected, Report
from derive.renderers.environment import html_environment
from derive.renderers.html import html_text, page_style

_MOST_STEPS, _MOST_CAUSES, _MOST_PLACES, _MOST_NAMES = 40, 30, 8, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSheet:
    """What the page of a class says, free of any format.

    Attributes
    ----------
    title, mean : str
    lesson : Lesson
    pupils : tuple of Pupil
        In order of need.
    out_of, more_steps, more_causes : int
    bars, steps, causes : tuples
    missing : tuple of str
    rejected : tuple of Rejected
    names : mapping of str to Tree
        The symbol of each step.
    called : mapping of (str or None) to Pupil
    """

    title: str
    mean: str
    lesson: Lesson
    pupils: tuple[Pupil, ...]
    out_of: int
    bars: tuple[Bar, ...]
    steps: tuple[StepCost, ...]
    more_steps: int
    causes: tuple[CauseCost, ...]
    more_causes: int
    missing: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    names: Mapping[str, Tree]
    called: Mapping[str | None, Pupil]
    most_places: int = _MOST_PLACES
    most_names: int = _MOST_NAMES


def class_html(
    problem: AnyProblem,
    report: Report,
    pages: Mapping[str | None, str] | None = None,
    findings: Mapping[str | None, Mapping[str, Finding]] | None = None,
) -> str:
    """The page of a whole class, self-contained.

    Parameters
    ----------
    problem : Problem or FormulaProblem
        One of the class's problems; all have its structure.
    report : Report
        Of all students.
    pages : mapping of (str or None) to str, optional
        The file name of each student's page beside this one.
    findings : mapping of (str or None) to mapping of str to Finding, optional
        By student and quantity; with them each cause is told as it stands at its step.
    """
    return (
        html_environment()
        .get_template("html/class.html.j2")
        .render(sheet=class_sheet(problem, report, pages, findings), text=html_text, style=page_style("feedback"))
    )


def class_sheet(
    problem: AnyProblem,
    report: Report,
    pages: Mapping[str | None, str] | None = None,
    findings: Mapping[str | None, Mapping[str, Finding]] | None = None,
) -> ClassSheet:
    """The same as data.

    Parameters
    ----------
    problem, report, pages, findings
        As for `class_html`.
    """
    derivation = nearest_routes(problem).nearest
    terms = terms_of(problem, derivation)
    known = {name: step for name in asked_of(report) if (step := step_of(name, derivation)) is not None}
    names = {name: inline_symbol(terms, step.id) for name, step in known.items()}
    titles = {name: title_of(step.id, step.rule) for name, step in known.items()}
    called = {
        student: _pupil(part, student, (pages or {}).get(student, "")) for student, part in report.by_student().items()
    }
    pupils = tuple(sorted(called.values(), key=lambda each: (Fraction(each.marks, each.out_of or 1), -each.blank)))
    steps = step_costs(report, names, titles)
    causes = cause_costs(report, findings or {}, lambda text: with_symbols(text, derivation.ids, terms))
    costly = sorted(steps, key=lambda each: (-each.wrong, -each.lost, -each.carried))[:_MOST_STEPS]
    out_of = max((each.out_of for each in pupils), default=0)
    missing = tuple(report.called(student) or student for student in report.missing)
    return ClassSheet(
        title=problem.title,
        mean=_decimal(Fraction(sum(each.marks for each in pupils), len(pupils))) if pupils else "",
        lesson=lesson(causes, steps, pupils, missing),
        pupils=pupils,
        out_of=out_of,
        bars=tuple(distribution([each.marks for each in pupils], out_of)),
        steps=tuple(each for each in steps if each in costly),
        more_steps=len(steps) - len(costly),
        causes=tuple(causes[:_MOST_CAUSES]),
        more_causes=max(len(causes) - _MOST_CAUSES, 0),
        missing=missing,
        rejected=tuple(dict.fromkeys(report.rejected)),
        names=names,
        called=called,
    )


def _pupil(report: Report, student: str | None, page: str) -> Pupil:
    return Pupil(
        name=report.called(student) or "",
        href=_href(page) if page else "",
        marks=report.marks,
        out_of=report.out_of,
        blank=report.counts.get("blank", 0),
        first=report.first_wrong,
    )


def _href(page: str) -> str:
    """A link to a file beside the page; a colon in a name makes no scheme of it."""
    return "./" + quote(page, safe="")


def _decimal(value: Fraction) -> str:
    """With one decimal, half away from zero."""
    tenths = (value.numerator * 20 + value.denominator) // (2 * value.denominator)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)
