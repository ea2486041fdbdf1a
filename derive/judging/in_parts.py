"""A large class judged in parts, each in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from derive.given.formula_problem import AnyProblem
from derive.judging.model import Answer, Options, Rejected
from derive.judging.verification import Verification, judge
from derive.work.production import produce, shares

#: Students in a part: fewer are not worth another process.
FEWEST = 100


@dataclass(frozen=True, kw_only=True)
class _Part:
    answers: Sequence[Answer]
    problems: Mapping[str | None, AnyProblem]
    options: Options


def judge_in_parts(
    answers: Sequence[Answer],
    rejected: Sequence[Rejected],
    problems: Mapping[str | None, AnyProblem],
    options: Options,
    jobs: int,
) -> Verification:
    """The same as `judge`, in up to so many processes."""
    scripts: dict[str | None, list[Answer]] = {}
    for answer in answers:
        scripts.setdefault(answer.student, []).append(answer)
    students = list(scripts)
    parts = shares(len(students), jobs, least=FEWEST)
    if jobs <= 1 or len(parts) <= 1:
        return judge(answers, rejected, problems, options)
    tasks = [
        _Part(
            answers=[answer for student in students[part.start : part.stop] for answer in scripts[student]],
            problems={student: problems[student] for student in students[part.start : part.stop]},
            options=options,
        )
        for part in parts
    ]
    found = produce(tasks, _judged, jobs=jobs, label="judging", sizes=[len(part) for part in parts])
    first = found[0].report
    report = replace(
        first,
        judgements=tuple(each for one in found for each in one.report.judgements),
        rejected=tuple(dict.fromkeys((*rejected, *(each for one in found for each in one.report.rejected)))),
        conventions={student: said for one in found for student, said in one.report.conventions.items()},
    )
    return Verification(
        report=report,
        findings={student: own for one in found for student, own in one.findings.items()},
        problems=problems,
        options=options,
        read_as={student: own for one in found for student, own in one.read_as.items()},
    )


def _judged(part: _Part) -> Verification:
    return judge(part.answers, (), part.problems, part.options)
