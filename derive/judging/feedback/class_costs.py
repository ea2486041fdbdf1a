"""What went wrong in a class, counted: at which steps, by which causes, with whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from derive.display.tree import Tree
from derive.judging.feedback.gradebook import asked_of
from derive.judging.findings import Finding
from derive.judging.misconceptions.said import said_anywhere
from derive.judging.model import FAULTLESS, Judgement, Report
from derive.judging.wording import OTHER_CAUSES, sentence_parts
from derive.telling.model import Text

#: Bars of the distribution of marks: one a mark where there are few, else ten.
_BARS = 10
#: What to do about figures that no cause explains.
_NO_CAUSE = "Let them work it out again line by line, with every product written down."


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """What one step cost the class: how many went wrong there, carried a wrong figure on, left it blank; marks lost."""

    quantity: str
    title: str
    name: Tree | None
    wrong: int
    carried: int
    blank: int
    written: int
    lost: int = 0
    out_of: int = 0


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
    students: dict[str | None, None] = field(default_factory=dict)
    places: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How many students have from ``low`` to ``high`` marks."""

    low: int
    high: int
    students: int


def step_costs(report: Report, names: Mapping[str, Tree], titles: Mapping[str, str]) -> list[StepCost]:
    """Steps at which anybody went wrong or wrote nothing, in the order of the sheet."""
    counted: dict[str, Counter[str]] = {quantity: Counter() for quantity in asked_of(report)}
    lost, worth = Counter[str](), Counter[str]()
    for each in report.judgements:
        lost[each.quantity] += each.worth - each.marks
        worth[each.quantity] += each.worth
        kind = (
            each.verdict if each.verdict in ("blank", "carried") else "right" if each.verdict in FAULTLESS else "wrong"
        )
        counted[each.quantity][kind] += 1
    return [
        StepCost(
            quantity=quantity,
            title=titles.get(quantity, ""),
            name=names.get(quantity),
            wrong=count["wrong"],
            carried=count["carried"],
            blank=count["blank"],
            written=count.total() - count["blank"],
            lost=lost[quantity],
            out_of=worth[quantity],
        )
        for quantity, count in counted.items()
        if count["wrong"] or count["blank"] or count["carried"]
    ]


def cause_costs(
    report: Report, findings: Mapping[str | None, Mapping[str, Finding]], sentence: Callable[[str], Text]
) -> list[CauseCost]:
    """Causes of wrong figures, those of most students first; last the figures that none explains."""
    found: dict[tuple[str, ...], CauseCost] = {}
    certain: dict[tuple[str | None, str], CauseCost] = {}
    for each in report.judgements:
        if each.verdict not in ("misconception", "slip", "ambiguous", "wrong"):
            continue
        for ids, done, instead in _causes(each, findings.get(each.student, {}).get(each.quantity)):
            key = (*ids, each.given, each.used)
            cost = found.get(key)
            if cost is None:
                cost = found[key] = CauseCost(ids=ids, done=sentence(done), instead=sentence(instead))
            cost.places[each.quantity] += 1
            cost.students[each.student] = None
            if each.verdict == "ambiguous":
                cost.possible += 1
            else:
                cost.certain += 1
                certain[each.student, each.quantity] = cost
    for each in report.judgements:
        behind = {id(cost): cost for name in each.follows_from if (cost := certain.get((each.student, name)))}
        for cost in behind.values():
            cost.carried += each.verdict == "carried"
    return sorted(found.values(), key=_by_need)


def _by_need(cost: CauseCost) -> tuple[object, ...]:
    return not cost.ids, not cost.certain, -len(cost.students), -cost.certain, -cost.possible, -cost.carried, cost.ids


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
        return [((), "", _NO_CAUSE)]
    if finding is not None and finding.causes:
        # Where it was made stands beside it, with all other places.
        told = {
            cause.ids: sentence_parts(cause, judgement.quantity if cause.mistake is None else cause.mistake.at)
            for cause in finding.causes
        }
        return [(ids, done, instead) for ids, (done, instead) in told.items()]
    if judgement.verdict == "ambiguous":
        return [((name,), *_said(name)) for name in judgement.diagnosis]
    pairs = [_said(name) for name in judgement.diagnosis]
    return [(judgement.diagnosis, " and ".join(done for done, _ in pairs), " ".join(instead for _, instead in pairs))]


def _said(name: str) -> tuple[str, str]:
    known = said_anywhere(name)
    return known if known is not None else OTHER_CAUSES.get(name, (name, ""))
