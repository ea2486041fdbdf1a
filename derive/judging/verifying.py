"""The whole of verifying: answers in, a report out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.judging.in_parts import judge_in_parts
from derive.judging.model import FAULTLESS, Options, Policy, Report
from derive.judging.reading.answers import read_answers
from derive.judging.scripts import told_apart, without_empty_forms
from derive.judging.verification import Verification

#: What answers may come from: paths, the name of a built-in example, ``-`` for standard input, or mappings.
Source = str | Path | Mapping[Any, Any]


def verify(
    problem: AnyProblem,
    *sources: Source,
    digits: int | None = None,
    truncation: bool = False,
    policy: Policy = "carried",
    decimal_comma: bool | None = None,
    jobs: int = 1,
) -> Verification:
    """Judge hand calculations of one problem.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    *sources : path, "-", built-in name, or mapping of quantity id to value
        CSV, JSON or XLSX files; several are taken together. Files that name no student and answer the same figure
        are of several students, who are then called as their files. A form in which nothing is filled in is no script.
    digits : int, optional
        Significant digits asked for; without it at least 2.
    truncation : bool
        Whether figures may be truncated.
    policy : "carried" or "strict"
        Whether a figure that follows from a wrong one earns its mark.
    decimal_comma : bool, optional
        Whether ``4,386`` is a number; without it only in files that separate by semicolons.
    jobs : int
        Processes that a large class is judged in.

    Raises
    ------
    DeriveError
        If a right figure cannot be proved.
    """
    read, rejected = read_answers(sources, decimal_comma=decimal_comma)
    answers, missing = without_empty_forms(told_apart(read, problem))
    options = Options(digits=digits, truncation=truncation, policy=policy)
    students = (*(answer.student for answer in answers), *missing)
    verification = judge_in_parts(answers, rejected, dict.fromkeys(students, problem), options, jobs)
    return replace(verification, report=replace(verification.report, missing=missing))


def exit_status(report: Report) -> int:
    """0 where all was read and nothing is at fault, 2 where nothing could be judged, else 1."""
    if report.rejected and not report.judgements:
        return 2
    faultless = all(judgement.verdict in FAULTLESS for judgement in report.judgements)
    return 0 if faultless and not report.rejected else 1


def require_something(verification: Verification) -> None:
    """Raise where nothing at all could be judged.

    Raises
    ------
    DeriveError
        With the first reasons.
    """
    report = verification.report
    if report.judgements:
        return
    if not report.rejected:
        if report.missing:  # of a class whose forms are empty
            return
        raise DeriveError("there are no answers to judge: a row is the name of a quantity and its value")
    lines = dict.fromkeys(
        f"{each.file or 'answers'}{'' if each.row is None else f', row {each.row}'}: {each.reason}"
        for each in report.rejected
    )
    raise DeriveError("\n".join(list(lines)[:5]))
