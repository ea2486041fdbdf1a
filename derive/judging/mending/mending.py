"""Scripts judged plainly and under conventions, and where figures are still at fault, with one thing put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.given.formula_problem import AnyProblem
from derive.judging.conventions.choosing import Convention, Judged, judge_with_conventions
from derive.judging.mending.misread import misread
from derive.judging.mending.places import misplaced
from derive.judging.mending.readings import Case, best_readings
from derive.judging.mending.slips_of_the_pen import written_wrongly
from derive.judging.mending.written_givens import as_new_values, told_misread
from derive.judging.model import Options, Written
from derive.judging.routes import Routes

#: What may be put right, in this order: a slip before cells that changed places, and these before a wrong given.
_KINDS = (as_new_values, written_wrongly, misplaced, misread)


def judge_and_mend(
    routes: Routes,
    problems: Sequence[AnyProblem],
    scripts: Sequence[Mapping[str, Written]],
    options: Options,
) -> list[tuple[Judged, Convention | None]]:
    """As `judge_with_conventions`, with slips of the pen, exchanged cells, shifted columns and misread givens found.

    Parameters
    ----------
    routes : Routes
    problems : sequence of Problem or FormulaProblem
        One for all scripts, or one for each.
    scripts : sequence of mappings of str to Written
    options : Options
    """
    found = judge_with_conventions(routes, problems, scripts, options)
    cases = [
        Case(
            problem=problems[place if len(problems) > 1 else 0],
            routes=routes if convention is None else convention.routes,
            figures=scripts[place],
            judged=judged,
            convention=convention,
        )
        for place, (judged, convention) in enumerate(found)
    ]
    for kind in _KINDS:
        for place, judged in enumerate(best_readings(cases, kind, options)):
            if judged is not None:
                cases[place] = replace(cases[place], judged=judged)
    return [(dict(told_misread(case)), case.convention) for case in cases]
