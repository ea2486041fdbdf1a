"""Marked calculations made by hand: reports and findings as judging would give them, without judging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import derive
from derive.arithmetic.exact import Cut
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.judging.findings import Cause, Finding
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.model import Judgement, Report, Verdict
from derive.judging.routes import Routes, routes_of

HOSTILE = '<script>alert(1)</script> & "#x $y$ \\z'

ASKED = (
    "net_H1", "out_H1", "net_H2", "out_H2", "net_y1", "out_y1", "net_y2", "out_y2", "E_y1", "E_y2", "E_total",
    "delta_y1", "dE_total/dw5", "w5_new", "dE_total/dw6", "w6_new", "delta_y2", "dE_total/dw7", "w7_new",
    "dE_total/dw8", "w8_new", "dE_total/dout_H1", "delta_H1", "dE_total/dw1", "w1_new", "dE_total/dw2", "w2_new",
    "delta_H2", "dE_total/dw3", "w3_new", "dE_total/dw4", "w4_new", "E_total@1",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What stands at one place of a script, where it is not the right figure."""

    written: str
    verdict: Verdict
    causes: tuple[Cause, ...] = ()
    follows_from: tuple[str, ...] = ()
    explanation: str = ""
    note: str = ""
    marks: int | None = None


@cache
def solved(name: str = "2-2-2") -> derive.Solution:
    return derive.solve(derive.load(name))


def right(quantity: str, name: str = "2-2-2", digits: int = 4) -> str:
    solution = solved(name)
    return solution.proved.figure(solution.known(quantity), Cut(digits=digits)).ascii


def routes(problem: AnyProblem) -> Routes:
    return routes_of(problem.structure, False) if isinstance(problem, FormulaProblem) else routes_of(problem.structure)


def mistake(quantity: str, name: str, problem: str = "2-2-2") -> Mistake:
    """The first mistake with an id at a quantity."""
    return next(each for each in mistakes_at(routes(derive.load(problem)), quantity) if each.ids == (name,))


def cause(quantity: str, name: str, problem: str = "2-2-2") -> Cause:
    return Cause(ids=(name,), mistake=mistake(quantity, name, problem))


def script(
    answers: Mapping[str, Answered],
    *,
    student: str | None = "Ada Example",
    asked: tuple[str, ...] = ASKED,
    problem: str = "2-2-2",
    conventions: tuple[str, ...] = (),
) -> tuple[Report, dict[str, Finding]]:
    """A script with every figure right but those given."""
    judgements: list[Judgement] = []
    findings: dict[str, Finding] = {}
    for quantity in dict.fromkeys((*asked, *answers)):
        expected = right(quantity, problem)
        each = answers.get(quantity, Answered(written=expected, verdict="correct", explanation="Right."))
        earns = int(each.verdict in ("correct", "rounding", "convention", "carried"))
        finding = Finding(verdict=each.verdict, causes=each.causes, follows_from=each.follows_from)
        findings[quantity] = finding
        judgements.append(
            Judgement(
                student=student,
                quantity=quantity,
                written=each.written,
                verdict=each.verdict,
                expected=expected,
                diagnosis=finding.diagnosis,
                explanation=each.explanation,
                follows_from=each.follows_from,
                marks=earns if each.marks is None else each.marks,
                note=each.note,
            )
        )
    said = {student: conventions} if conventions else {}
    return Report(problem=problem, judgements=tuple(judgements), conventions=said), findings


def mixed(student: str | None = "Ada Example") -> tuple[Report, dict[str, Finding]]:
    """A script with one of everything."""
    follow = {
        "dE_total/dw5": "0.4411", "w5_new": "0.1795", "dE_total/dout_H1": "0.2772", "delta_H1": "0.06699",
        "dE_total/dw1": "0.003350", "w1_new": "0.1483",
    }  # fmt: skip
    answers = {
        "out_H1": Answered(written=".5932", verdict="rounding", explanation="Right but for rounding on the way."),
        "E_y1": Answered(written="0.27481", verdict="correct", note="checked twice <b>!</b>"),
        "delta_y1": Answered(
            written="0.7414",
            verdict="misconception",
            causes=(cause("delta_y1", "missing-slope"),),
            explanation="Consistent with leaving out the slope.",
        ),
        "dE_total/dw6": Answered(written="", verdict="blank"),
        "w6_new": Answered(written="", verdict="blank"),
        "delta_y2": Answered(written="-.03810", verdict="convention", explanation="Right under the convention."),
        "dE_total/dw8": Answered(
            written="-0.2272", verdict="slip", causes=(Cause(ids=("power-of-ten",)),), explanation="x"
        ),
        "w8_new": Answered(written="twelve <i>", verdict="unreadable", explanation="Not a number: words."),
        "dE_total/dw2": Answered(written="0.0009", verdict="wrong", explanation="Nothing that is known gives it."),
        "delta_H2": Answered(
            written="0.01",
            verdict="ambiguous",
            causes=(cause("delta_H2", "missing-slope"), cause("delta_H2", "out-only")),
            explanation="Several.",
        ),
        "w4_new": Answered(written="0.3", verdict="too-coarse", explanation="Written with 1 significant digit."),
        "E_total@1": Answered(
            written="0.2910", verdict="correct", explanation="Right."
        ),
        **{
            name: Answered(written=text, verdict="carried", follows_from=("delta_y1",), explanation="Worked rightly.")
            for name, text in follow.items()
        },
    }  # fmt: skip
    return script(answers, student=student, conventions=("delta_y2 has the sign of t − o: the delta rule.",))
