"""Scripts judged plainly, and then under every convention that may explain them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.formula.expression import references
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.judging.conventions.ways import Convention, conventions_of
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Cause, Finding
from derive.judging.model import FAULTLESS, RIGHT, Options, Verdict, Written
from derive.judging.routes import Routes

#: Verdicts of figures that went wrong by themselves.
AT_FAULT: frozenset[Verdict] = frozenset({"misconception", "slip", "ambiguous", "wrong"})

_FOLLOWS: frozenset[Verdict] = RIGHT | {"carried"}
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

    A convention is recognised by its witnesses: figures that went wrong without it, or that followed only from such
    ones, and are right under it. Two are needed, one of which went wrong by itself; for deltas taken with target −
    output one is enough, as no other reading of a lone delta is likelier. What is right only without a convention
    refutes it: errors or deltas that do use the ½, or an update that subtracts.

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
    best = {place: _cost(judged) for place, judged in enumerate(plain)}
    at_fault = {place: names for place, judged in enumerate(plain) if (names := _at_fault(judged))}
    if not at_fault:
        return chosen
    for convention in conventions_of(routes.structure, _shares(problems)):
        doubtful = [place for place, names in at_fault.items() if _may_explain(convention, names, plain[place])]
        if not doubtful:
            continue
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
            explained = [name for name in at_fault[place] if judged[name].verdict in RIGHT]
            cost = _cost(judged)
            witnesses = _witnessed(convention, plain[place], other, explained)
            if witnesses and cost < best[place]:
                best[place] = cost
                chosen[place] = (_said(judged, explained, convention), convention.seen_by(witnesses))
    return chosen


def _may_explain(convention: Convention, names: Sequence[str], plain: Judged) -> bool:
    """Whether it is worth a look: two figures went wrong, or one in a way that the convention would give."""
    return len(names) >= 2 or any(convention.hints.intersection(plain[name].diagnosis) for name in names)


def _witnessed(convention: Convention, plain: Judged, other: Judged, explained: Sequence[str]) -> int:
    """How many figures bear a convention out; 0 where they are too few, or any refutes it."""
    against = [name for name in plain if plain[name].verdict in _FOLLOWS and other[name].verdict in AT_FAULT]
    if not explained or any(_follows_by_itself(convention, name, plain) for name in against):
        return 0
    followed = sum(finding.verdict == "carried" and other[name].verdict in RIGHT for name, finding in plain.items())
    witnesses = len(explained) + followed
    alone = convention.lone is not None and all(name.startswith("delta_") for name in explained)
    if alone:  # what rests on a delta and is right all the same
        witnesses += sum(
            other[name].verdict in RIGHT and not set(explained).isdisjoint(_rests_on(convention, name, plain))
            for name, finding in plain.items()
            if finding.verdict in RIGHT and name not in explained
        )
    return witnesses if witnesses > 1 or alone else 0


def _follows_by_itself(convention: Convention, name: str, plain: Judged) -> bool:
    """Whether a figure is right by the writer's own figures: one beside wrong ones may be right by another way."""
    if plain[name].verdict == "carried":
        return True
    return all(plain[each].verdict in RIGHT for each in _rests_on(convention, name, plain))


def _rests_on(convention: Convention, name: str, written: Judged) -> set[str]:
    """The nearest written figures that a quantity is worked out from."""
    way = convention.routes.nearest
    found, stack = set[str](), [name]
    while stack:
        quantity = way.by_id.get(stack.pop())
        for used in references(quantity.expression) if quantity is not None else ():
            if used in written:
                found.add(used)
            else:
                stack.append(used)
    return found


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
