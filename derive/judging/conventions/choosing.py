"""Scripts judged plainly, and then under every convention that may explain them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.judging.conventions.ways import Convention, conventions_of
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Cause, Finding
from derive.judging.model import FAULTLESS, RIGHT, Options, Verdict, Written
from derive.judging.routes import Routes

#: Verdicts of figures that went wrong by themselves.
AT_FAULT: frozenset[Verdict] = frozenset({"misconception", "slip", "ambiguous", "wrong"})

#: Conventions that only name the weights otherwise.
NUMBERINGS = frozenset({"source-major", "target-major"})

Judged = dict[str, Finding]

__all__ = ["AT_FAULT", "NUMBERINGS", "Convention", "Judged", "conventions_of", "judge_with_conventions"]


def judge_with_conventions(
    routes: Routes,
    problems: Sequence[AnyProblem],
    scripts: Sequence[Mapping[str, Written]],
    options: Options,
) -> list[tuple[Judged, Convention | None]]:
    """Findings for every script, and the convention under which it was read, where one was recognised.

    A convention is recognised where it makes at least two steps right, each from the student's own figures, that went
    wrong by themselves without it, and leaves fewer such figures in all. Those steps get the verdict ``convention``.

    Parameters
    ----------
    routes : Routes
    problems : sequence of Problem or FormulaProblem
        One for all scripts, or one for each.
    scripts : sequence of mappings of str to Written
    options : Options
    """
    plain = judge_scripts(routes, problems, scripts, options)
    chosen: list[tuple[Judged, Convention | None]] = [(judged, None) for judged in plain]
    doubtful = [place for place, judged in enumerate(plain) if len(_at_fault(judged)) >= 2]
    if not doubtful:
        return chosen
    best = {place: _cost(plain[place]) for place in doubtful}
    for convention in conventions_of(routes.structure, _shares(problems)):
        own = problems if len(problems) == 1 else [problems[place] for place in doubtful]
        again = judge_scripts(
            convention.routes,
            [convention.problem_of(problem) for problem in own],
            [scripts[place] for place in doubtful],
            options,
            mistakes=convention.mistakes,
            pairs=convention.pairs,
        )
        for place, other in zip(doubtful, again, strict=True):
            judged = _kindest(plain[place], other)
            explained = [name for name in _at_fault(plain[place]) if judged[name].verdict in RIGHT]
            cost = _cost(judged)
            if len(explained) >= 2 and cost[0] < len(_at_fault(plain[place])) and cost < best[place]:
                best[place] = cost
                chosen[place] = (_said(judged, explained, convention), convention)
    return chosen


def _at_fault(judged: Judged) -> list[str]:
    return [name for name, finding in judged.items() if finding.verdict in AT_FAULT]


def _cost(judged: Judged) -> tuple[int, int, int]:
    """Figures at fault by themselves; all that are at fault; different causes."""
    verdicts = Counter(finding.verdict for finding in judged.values())
    own = sum(verdicts[verdict] for verdict in AT_FAULT)
    whole = sum(count for verdict, count in verdicts.items() if verdict not in FAULTLESS)
    causes = {finding.diagnosis for finding in judged.values() if finding.verdict in AT_FAULT}
    return own, whole, len(causes)


def _kindest(plain: Judged, other: Judged) -> Judged:
    """What is right by the problem's own conventions stays right under another."""
    return {
        name: plain[name] if plain[name].verdict in RIGHT and finding.verdict not in RIGHT else finding
        for name, finding in other.items()
    }


def _said(judged: Judged, explained: Sequence[str], convention: Convention) -> Judged:
    cause = (Cause(ids=(convention.id,)),)
    return judged | {name: replace(judged[name], verdict="convention", causes=cause) for name in explained}


def _shares(problems: Sequence[AnyProblem]) -> bool:
    """Whether all targets are shares of 1, as `derive.judging.routes.routes_for` asks."""
    return all(
        isinstance(problem, FormulaProblem)
        or all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
        for problem in problems
    )
