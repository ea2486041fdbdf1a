"""A class at a glance: which steps and which wrong rules cost it most, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from urllib.parse import quote

from derive.display.tree import Tree
from derive.given.formula_problem import AnyProblem
from derive.judging.feedback.gradebook import asked_of, scripts_of
from derive.judging.feedback.marking import nearest_routes, step_of, terms_of
from derive.judging.feedback.words import inline_symbol, title_of, with_symbols
from derive.judging.findings import Finding
from derive.judging.misconceptions.said import said_anywhere
from derive.judging.model import FAULTLESS, Judgement, Report
from derive.judging.wording import OTHER_CAUSES, sentence_parts
from derive.renderers.environment import html_environment
from derive.renderers.html import html_text, page_style
from derive.telling.model import Text

#: Bars of the distribution of marks: one a mark where there are few, else ten.
_BARS = 10
_MOST_STEPS, _MOST_CAUSES, _MOST_PLACES = 40, 30, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """What one step cost the class: how many went wrong there, followed from a wrong figure, left it blank."""

    quantity: str
    title: str
    name: Tree | None
    wrong: int
    carried: int
    blank: int
    written: int


@dataclass(slots=True, kw_only=True)
class CauseCost:
    """What one cause cost the class.

    ``certain`` are figures that it alone explains, ``possible`` those that other causes explain as well; ``carried``
    are figures that follow from the certain ones.
    """

    ids: tuple[str, ...]
    done: Text
    instead: Text
    certain: int = 0
    possible: int = 0
    carried: int = 0
    students: set[str | None] = field(default_factory=set)
    places: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How many students have from ``low`` to ``high`` marks."""

    low: int
    high: int
    students: int


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
    scripts = scripts_of(report)
    derivation = nearest_routes(problem).nearest
    terms = terms_of(problem, derivation)
    names: dict[str, Tree] = {}
    titles: dict[str, str] = {}
    for quantity in asked_of(report):
        step = step_of(quantity, derivation)
        if step is not None:
            names[quantity], titles[quantity] = inline_symbol(terms, step.id), title_of(step.id, step.rule)

    def name(quantity: str) -> object:
        return html_text((names[quantity],)) if quantity in names else quantity

    def sentence(text: str) -> Text:
        return with_symbols(text, derivation.ids, terms)

    marks = {student: sum(each.marks for each in some) for student, some in scripts.items()}
    worth = {student: sum(each.worth for each in some) for student, some in scripts.items()}
    out_of = max(worth.values(), default=0)
    students = [
        {
            "name": report.called(student),
            "href": _href(pages[student]) if pages and student in pages else "",
            "marks": marks[student],
            "out_of": worth[student],
            "first": Report(problem=report.problem, judgements=tuple(some)).first_wrong,
        }
        for student, some in scripts.items()
    ]
    steps = step_costs(report, names, titles)
    causes = cause_costs(report, findings or {}, sentence)
    return (
        html_environment()
        .get_template("html/class.html.j2")
        .render(
            title=problem.title,
            students=students,
            mean=_decimal(Fraction(sum(marks.values()), len(marks))) if marks else "",
            out_of=out_of,
            bars=distribution(list(marks.values()), out_of),
            steps=steps[:_MOST_STEPS],
            more_steps=max(len(steps) - _MOST_STEPS, 0),
            causes=causes[:_MOST_CAUSES],
            more_causes=max(len(causes) - _MOST_CAUSES, 0),
            most_places=_MOST_PLACES,
            rejected=tuple(dict.fromkeys(report.rejected)),
            missing=report.missing,
            name=name,
            text=html_text,
            style=page_style("feedback"),
        )
    )


def step_costs(report: Report, names: Mapping[str, Tree], titles: Mapping[str, str]) -> list[StepCost]:
    """Steps at which anybody went wrong or wrote nothing, worst first: most wrong, then most left blank."""
    counted: dict[str, Counter[str]] = {quantity: Counter() for quantity in asked_of(report)}
    for each in report.judgements:
        kind = each.verdict if each.verdict in ("blank", "carried") else "right" if _is_right(each) else "wrong"
        counted[each.quantity][kind] += 1
    found = [
        StepCost(
            quantity=quantity,
            title=titles.get(quantity, ""),
            name=names.get(quantity),
            wrong=count["wrong"],
            carried=count["carried"],
            blank=count["blank"],
            written=count.total() - count["blank"],
        )
        for quantity, count in counted.items()
        if count["wrong"] or count["blank"] or count["carried"]
    ]
    return sorted(found, key=lambda each: (-each.wrong, -each.blank, -each.carried))


def cause_costs(
    report: Report, findings: Mapping[str | None, Mapping[str, Finding]], sentence: object
) -> list[CauseCost]:
    """Causes of wrong figures, worst first: most figures that a cause alone explains, then most that it may."""
    found: dict[tuple[str, ...], CauseCost] = {}
    certain: dict[tuple[str | None, str], CauseCost] = {}
    for each in report.judgements:
        if each.verdict not in ("misconception", "slip", "ambiguous", "wrong"):
            continue
        for ids, done, instead in _causes(each, findings.get(each.student, {}).get(each.quantity)):
            cost = found.get(ids)
            if cost is None:
                assert callable(sentence)
                cost = found[ids] = CauseCost(ids=ids, done=sentence(done), instead=sentence(instead))
            cost.places[each.quantity] += 1
            cost.students.add(each.student)
            if each.verdict == "ambiguous":
                cost.possible += 1
            else:
                cost.certain += 1
                certain[each.student, each.quantity] = cost
    for each in report.judgements:
        behind = {id(cost): cost for name in each.follows_from if (cost := certain.get((each.student, name)))}
        for cost in behind.values():
            cost.carried += each.verdict == "carried"
    return sorted(found.values(), key=lambda cost: (-cost.certain, -cost.possible, -cost.carried, cost.ids))


def distribution(marks: list[int], out_of: int) -> list[Bar]:
    """How many students have how many marks, from none to all; every student stands in one bar."""
    width = -(-(out_of + 1) // _BARS) if out_of > _BARS + 1 else 1
    lows = range(0, out_of + 1, width)
    return [
        Bar(low=low, high=min(low + width - 1, out_of), students=sum(low <= mark < low + width for mark in marks))
        for low in lows
    ]


def _causes(judgement: Judgement, finding: Finding | None) -> list[tuple[tuple[str, ...], str, str]]:
    """Ids that hold together, what was done, what to do instead; each cause once."""
    if judgement.verdict == "wrong":
        return [((), "", "")]
    if finding is not None and finding.causes:
        told = {cause.ids: sentence_parts(cause, judgement.quantity) for cause in finding.causes}
        return [(ids, done, instead) for ids, (done, instead) in told.items()]
    if judgement.verdict == "ambiguous":
        return [((name,), *_said(name)) for name in judgement.diagnosis]
    pairs = [_said(name) for name in judgement.diagnosis]
    return [(judgement.diagnosis, " and ".join(done for done, _ in pairs), " ".join(instead for _, instead in pairs))]


def _said(name: str) -> tuple[str, str]:
    known = said_anywhere(name)
    return known if known is not None else OTHER_CAUSES.get(name, (name, ""))


def _is_right(judgement: Judgement) -> bool:
    return judgement.verdict in FAULTLESS


def _href(page: str) -> str:
    """A link to a file beside the page; a colon in a name makes no scheme of it."""
    return "./" + quote(page, safe="")


def _decimal(value: Fraction) -> str:
    """With one decimal, half away from zero."""
    tenths = (value.numerator * 20 + value.denominator) // (2 * value.denominator)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)
