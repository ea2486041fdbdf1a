"""One thing about a script that may be otherwise than it was read, and what its figures are then judged to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from derive.given.formula_problem import AnyProblem
from derive.judging.conventions.choosing import AT_FAULT, Convention, Judged
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Finding
from derive.judging.misconceptions.mistakes import mistakes_at, pairs_at
from derive.judging.model import RIGHT, Options, Written
from derive.judging.routes import Routes

Figures = Mapping[str, Written]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A script as it was judged.

    Attributes
    ----------
    problem : Problem or FormulaProblem
    routes : Routes
        Those of the convention, where there is one.
    figures : mapping of str to Written
        In working order.
    judged : mapping of str to Finding
    convention : Convention or None
    """

    problem: AnyProblem
    routes: Routes
    figures: Figures
    judged: Judged
    convention: Convention | None

    @property
    def at_fault(self) -> list[str]:
        """Figures that went wrong by themselves, in working order."""
        return [name for name in self.figures if name in self.judged and self.judged[name].verdict in AT_FAULT]

    @property
    def own_problem(self) -> AnyProblem:
        """The problem as the convention has it."""
        return self.problem if self.convention is None else self.convention.problem_of(self.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Another reading of a script.

    Attributes
    ----------
    figures : mapping of str to Written
    problem : Problem or FormulaProblem
        Under the script's convention.
    accept : callable
        From what the figures are judged to be under this reading: the findings that it leads to, or None.
    """

    figures: Figures
    problem: AnyProblem
    accept: Callable[[Judged], Judged | None]


def best_readings(
    cases: Sequence[Case], readings: Callable[[Case], Sequence[Reading]], options: Options
) -> list[Judged | None]:
    """For each script the findings under that of its readings which leaves the fewest figures at fault.

    Parameters
    ----------
    cases : sequence of Case
    readings : callable
        All that are worth a try, the likeliest first.
    options : Options
    """
    groups: dict[int, list[tuple[int, Reading]]] = {}
    for place, case in enumerate(cases):
        groups.setdefault(id(case.convention), []).extend((place, reading) for reading in readings(case))
    found: list[Judged | None] = [None] * len(cases)
    fewest = [len(case.at_fault) for case in cases]
    for pairs in groups.values():
        if not pairs:
            continue
        first = cases[pairs[0][0]]
        convention = first.convention
        again = judge_scripts(
            first.routes,
            [reading.problem for _, reading in pairs],
            [reading.figures for _, reading in pairs],
            options,
            mistakes=mistakes_at if convention is None else convention.mistakes,
            pairs=pairs_at if convention is None else convention.pairs,
        )
        for (place, reading), judged in zip(pairs, again, strict=True):
            number = len(wrong(judged))
            if number < fewest[place] and (accepted := reading.accept(judged)) is not None:
                fewest[place], found[place] = number, accepted
    return found


def wrong(judged: Judged) -> list[str]:
    """Figures that went wrong by themselves."""
    return [name for name, finding in judged.items() if finding.verdict in AT_FAULT]


def better(plain: Judged, other: Judged) -> dict[str, Finding]:
    """Findings where either of two readings may be carried on with; what is right by one is right."""

    def rank(finding: Finding) -> int:
        return 0 if finding.verdict in RIGHT else 1 if finding.verdict == "carried" else 2

    return {name: min(finding, other.get(name, finding), key=rank) for name, finding in plain.items()}
