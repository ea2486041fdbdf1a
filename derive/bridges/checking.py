"""Judging the marked figures of texts, each file and problem as one calculation, so that a cause can be named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from derive.bridges.marked_figures import Marked, Unusable, marked_in, problem_path
from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.given.loading import builtin_names, load
from derive.judging.model import FAULTLESS, Answer, Judgement, Options
from derive.judging.quantity_names import names_of
from derive.judging.reading.written import read_written
from derive.judging.verification import judge
from derive.proof.crosscheck import derivations


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A marked figure and what it is worth."""

    marked: Marked
    judgement: Judgement

    def right(self, *, strict: bool = False) -> bool:
        """Whether it may stand; with ``strict``, only what is right to its last digit may."""
        verdict = self.judgement.verdict
        return verdict == "correct" if strict else verdict in FAULTLESS and verdict != "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was found in all files: figures in their order, and what could not be used."""

    figures: tuple[Checked, ...]
    unusable: tuple[Unusable, ...]


def check_files(files: Sequence[Path], *, decimal_comma: bool = False) -> Checks:
    """Judge the marked figures of files.

    Parameters
    ----------
    files : sequence of Path
    decimal_comma : bool
        Whether ``0,0822`` is a number.
    """
    figures: list[Checked] = []
    unusable: list[Unusable] = []
    for file in files:
        by_problem: dict[str, list[Marked]] = {}
        for found in marked_in(file, _names_a_problem):
            if isinstance(found, Unusable):
                unusable.append(found)
                continue
            try:
                by_problem.setdefault(problem_path(found, builtin_names().__contains__), []).append(found)
            except DeriveError as error:
                unusable.append(Unusable(where=found.where, reason=str(error)))
        checked: list[Checked] = []
        for path, marked in by_problem.items():
            try:
                some, refused = _judged(load(path), marked, decimal_comma=decimal_comma)
            except DeriveError as error:
                unusable.append(Unusable(where=marked[0].where, reason=str(error)))
                continue
            checked += some
            unusable += refused
        order = {id(each): place for place, each in enumerate(each for group in by_problem.values() for each in group)}
        figures += sorted(checked, key=lambda each: order[id(each.marked)])
    return Checks(figures=tuple(figures), unusable=tuple(unusable))


def _names_a_problem(word: str) -> bool:
    return word.endswith(".toml") or word in builtin_names()


def _judged(
    problem: AnyProblem, marked: Sequence[Marked], *, decimal_comma: bool
) -> tuple[list[Checked], list[Unusable]]:
    """Figures of one problem: as one script, those printed again as another, and so on."""
    names = names_of(derivations(problem)(1), problem.display.notation)
    unusable: list[Unusable] = []
    scripts: list[dict[str, Marked]] = []
    answers: list[Answer] = []
    for each in marked:
        try:
            name = names.known(each.quantity)
            written = read_written(each.figure, decimal_comma=decimal_comma)
        except DeriveError as error:
            unusable.append(Unusable(where=each.where, reason=str(error)))
            continue
        number = next((k for k, script in enumerate(scripts) if name not in script), len(scripts))
        if number == len(scripts):
            scripts.append({})
        scripts[number][name] = each
        answers.append(Answer(student=str(number), quantity=name, written=written, file=each.where))
    if not answers:
        return [], unusable
    students: dict[str | None, AnyProblem] = {str(number): problem for number in range(len(scripts))}
    report = judge(answers, (), students, Options(digits=None)).report
    unusable += [Unusable(where=each.file, reason=each.reason) for each in report.rejected]
    found = [
        Checked(marked=scripts[int(each.student or 0)][each.quantity], judgement=each) for each in report.judgements
    ]
    return found, unusable
