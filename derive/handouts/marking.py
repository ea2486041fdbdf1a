"""Marking what comes back: every answer is judged against its own student's numbers, and nobody is lost."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from derive.errors import UnknownQuantityError
from derive.given.formula_problem import AnyProblem
from derive.handouts.other_scripts import with_other_scripts
from derive.handouts.people.manifest import Manifest, read_manifest
from derive.handouts.people.names import file_stems
from derive.judging.in_parts import judge_in_parts
from derive.judging.model import Answer, Options, Policy, Rejected, Written
from derive.judging.quantity_names import names_of
from derive.judging.reading.answers import read_answers
from derive.judging.reading.cells import csv_safe, printable, unprotected
from derive.judging.reading.written import read_written, trimmed
from derive.judging.scripts import derivation_of
from derive.judging.verification import Verification
from derive.judging.verifying import Source

_BLANK = Written(text="", kind="blank")


def mark(
    manifest: str | os.PathLike[str] | Manifest,
    *sources: Source,
    digits: int | None = None,
    truncation: bool = False,
    policy: Policy = "carried",
    decimal_comma: bool | None = None,
    jobs: int = 1,
) -> Verification:
    """Judge what came back of a handout.

    Parameters
    ----------
    manifest : path or Manifest
    *sources : path, "-" or mapping
        Answer files: each is matched to its student by its column ``student`` or by its file name.
    digits : int, optional
        Significant digits asked for; without it those of the handout.
    truncation, policy, decimal_comma, jobs
        As for `derive.judging.verifying.verify`.

    Raises
    ------
    DeriveError
        If the manifest cannot be read, or is of a problem that cannot be judged.
    """
    given = manifest if isinstance(manifest, Manifest) else read_manifest(Path(manifest))
    if decimal_comma is None and any(each.display.decimal_mark == "comma" for each in given.variants.values()):
        decimal_comma = True  # the sheets were printed so
    answers, rejected = read_answers(sources, decimal_comma=decimal_comma)
    matched, refused = _matched(given, answers)
    in_order = [student.id for student in given.students if student.id in matched]
    complete = [answer for student in in_order for answer in _complete(given, student, matched[student])]
    options = Options(digits=digits or given.digits, truncation=truncation, policy=policy)
    problems: dict[str | None, AnyProblem] = dict(given.variants.items())
    verification = judge_in_parts(complete, [*rejected, *refused], problems, options, jobs)
    verification = with_other_scripts(verification, given, matched)
    people = {
        student.id: {"name": student.name, "group": student.group, **dict(student.extra)} for student in given.students
    }
    worth = dict(zip(given.asked, given.points, strict=True))
    judgements = tuple(
        replace(each, marks=each.marks * worth.get(each.quantity, 1), worth=worth.get(each.quantity, 1))
        for each in verification.report.judgements
    )
    totals, wrong = _totals(matched)
    missing = tuple(student.id for student in given.students if student.id not in matched)
    report = replace(
        verification.report,
        problem=given.problem,
        judgements=judgements,
        rejected=(*verification.report.rejected, *wrong),
        missing=missing,
        people=people,
        totals=totals,
    )
    return replace(verification, report=report)


def _matched(manifest: Manifest, answers: Sequence[Answer]) -> tuple[dict[str, list[Answer]], list[Rejected]]:
    """Answers by their students' ids, and what belongs to nobody, or to somebody twice, or to another form."""
    finder = _Finder(manifest)
    # A form with nothing in it, such as the empty one that was handed out, is no script.
    filled = {
        (finder.student(answer), answer.file) for answer in answers if answer.written.kind != "blank" or answer.total
    }
    kept: dict[str, list[Answer]] = {}
    refused: dict[tuple[str, str], Rejected] = {}
    files: dict[str, str] = {}
    for answer in answers:
        student = finder.student(answer)
        shown = answer.student if answer.student is not None else Path(answer.file).stem
        reason = ""
        if student is None:
            reason = f"{shown!r} is no student of this handout"
        elif answer.form and answer.form.strip().upper() != manifest.forms[student]:
            reason = (
                f"form {answer.form[:40]!r} is not that of {student!r}, which is {manifest.forms[student]}: "
                "these answers belong to another sheet"
            )
        elif (student, answer.file) not in filled:
            continue
        elif files.setdefault(student, answer.file) != answer.file:
            reason = f"{student!r} has answers in {files[student]} already; these are not judged"
        if reason or student is None:
            refused.setdefault((answer.file, reason), Rejected(file=answer.file, row=answer.row, reason=reason))
        else:
            kept.setdefault(student, []).append(replace(answer, student=student))
    return kept, list(refused.values())


def _totals(matched: Mapping[str, Sequence[Answer]]) -> tuple[dict[str, str], list[Rejected]]:
    """The marks that a teacher wrote beside a script in place of those worked out, and what there is no number."""
    totals: dict[str, str] = {}
    refused: list[Rejected] = []
    for student, answers in matched.items():
        answer = next((each for each in answers if each.total), None)
        if answer is None:
            continue
        read = read_written(answer.total, decimal_comma=True)
        if read.kind == "number" and read.value >= 0:
            totals[student] = answer.total.replace(",", ".")
        else:
            reason = f"column total marks: {answer.total[:40]!r} is no number of marks; those worked out count"
            refused.append(Rejected(file=answer.file, row=answer.row, reason=reason))
    return totals, refused


class _Finder:
    """Finds the student an answer is of."""

    def __init__(self, manifest: Manifest) -> None:
        ids = [student.id for student in manifest.students]
        stems = file_stems(ids)
        self._ids = frozenset(ids)
        self._by_stem = {stem.lower(): student for student, stem in stems.items()}
        # Some ids look otherwise when they have gone through a spreadsheet's cell.
        self._returned = _unambiguous((trimmed(printable(unprotected(csv_safe(student)))), student) for student in ids)
        self._folded = _unambiguous((student.strip().casefold(), student) for student in ids)
        self._width = max((len(student) for student in ids if student.isdigit()), default=0)

    def student(self, answer: Answer) -> str | None:
        """The id of the student, by the column or else by the file's name; None where there is none."""
        if answer.student is None:
            stem = Path(answer.file).stem
            return stem if stem in self._ids else self._by_stem.get(stem.lower())
        if answer.student in self._ids:
            return answer.student
        if answer.student in self._returned:
            return self._returned[answer.student]
        # A spreadsheet may have taken 07 for 7, and people type ids as they like.
        typed = answer.student.strip().casefold().removeprefix("'")
        return self._folded.get(typed) or self._folded.get(typed.zfill(self._width))


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    twice: set[str] = set()
    for key, value in pairs:
        if key in found:
            twice.add(key)
        found[key] = value
    return {key: value for key, value in found.items() if key not in twice}


def _complete(manifest: Manifest, student: str, answers: Sequence[Answer]) -> list[Answer]:
    """A student's answers and a blank for each figure asked that is not among them."""
    problem = manifest.variants[student]
    names = names_of(derivation_of(problem), problem.display.notation)
    answered: set[str] = set()
    for answer in answers:
        with contextlib.suppress(UnknownQuantityError):  # it is rejected when it is judged
            if names.activation(answer.quantity) is None:
                answered.add(names.known(answer.quantity))
    blanks = [
        Answer(student=student, quantity=quantity, written=_BLANK)
        for quantity in manifest.asked
        if quantity not in answered
    ]
    return [*answers, *blanks]
