"""A script that fits the numbers of another form: told by its form before false causes are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import ARRAYS, compile_quantities
from derive.errors import UnknownQuantityError
from derive.given.formula_problem import AnyProblem
from derive.handouts.people.manifest import Manifest
from derive.judging.conventions.choosing import AT_FAULT
from derive.judging.findings import Cause, Finding
from derive.judging.model import RIGHT, Answer, Written
from derive.judging.quantity_names import names_of
from derive.judging.routes import routes_for
from derive.judging.scripts import derivation_of
from derive.judging.verification import Verification, judge
from derive.judging.wording import explanation
from derive.proof.values import given_numbers

_FEWEST = 3  # figures at fault for which another form is looked for
_NEAR = 0.01  # of its value: how near the figures of a form are to what is written
_MOST_LEFT = 0.25  # of the figures that the own form leaves at fault or carried
_TRIED = 3  # forms that fit best


def with_other_scripts(
    verification: Verification, manifest: Manifest, answers: Mapping[str, Sequence[Answer]]
) -> Verification:
    """The same, where scripts that are right with the numbers of another form are said to be so; they earn no marks.

    Parameters
    ----------
    verification : Verification
    manifest : Manifest
    answers : mapping of str to sequence of Answer
        By student.
    """
    suspects = {
        student: part.judgements
        for student, part in verification.report.by_student().items()
        if student is not None
        and sum(each.verdict in AT_FAULT for each in part.judgements) >= _FEWEST
        and 2 * sum(each.verdict not in RIGHT | {"blank"} for each in part.judgements) > len(part.judgements)
    }
    if not suspects:
        return verification
    forms = {form: student for student, form in manifest.forms.items() if student in verification.problems}
    values = _values(manifest, [manifest.variants[student] for student in forms.values()])
    judgements = {(each.student, each.quantity): each for each in verification.report.judgements}
    findings = dict(verification.findings)
    for student, own in suspects.items():
        form = _fitting(verification, manifest, forms, values, answers[student], student)
        if not form:
            continue
        slip = Finding(verdict="slip", causes=(Cause(ids=("other-script",), used=form),), earns=False)
        wrong = [each for each in own if each.verdict not in RIGHT | {"blank"}]
        found = dict(findings[student])
        for each in wrong:
            finding = slip if each is wrong[0] else replace(slip, repeats=(wrong[0].quantity,))
            found[each.quantity] = finding
            written = Written(text=each.written, kind="number")
            told = explanation(each.quantity, written, finding, again="", asked=None, right="")
            judgements[student, each.quantity] = replace(
                each, verdict="slip", diagnosis=finding.diagnosis, explanation=told, follows_from=(), marks=0,
                given="", used=form,
            )  # fmt: skip
        findings[student] = found
    report = replace(verification.report, judgements=tuple(judgements.values()))
    return replace(verification, report=report, findings=findings)


def _values(manifest: Manifest, problems: Sequence[AnyProblem]) -> dict[str, NDArray[np.float64]]:
    """The figures asked of the first round, one value for each form."""
    way = routes_for(problems).nearest
    asked = [name for name in manifest.asked if name in way.by_id]
    given = [given_numbers(problem) for problem in problems]
    columns = [np.array([float(each[name].value) for each in given]) for name in way.givens]
    with np.errstate(all="ignore"):
        found = compile_quantities(way.quantities, inputs=way.givens, outputs=asked, arithmetic=ARRAYS)(columns)
    return {name: np.broadcast_to(value, len(problems)) for name, value in zip(asked, found, strict=True)}


def _fitting(
    verification: Verification,
    manifest: Manifest,
    forms: Mapping[str, str],
    values: Mapping[str, NDArray[np.float64]],
    answers: Sequence[Answer],
    student: str,
) -> str:
    """The form that a script fits, "" where it fits none but its own."""
    own = manifest.variants[student]
    names = names_of(derivation_of(own), own.display.notation)
    written: dict[str, float] = {}
    for answer in answers:
        if answer.written.kind == "number":
            with suppress(UnknownQuantityError):
                written[names.known(answer.quantity)] = float(answer.written.value)
    known = [name for name in written if name in values]
    if not known:
        return ""
    near = sum((np.abs(values[name] - written[name]) <= _NEAR * np.abs(values[name])).astype(int) for name in known)
    best = sorted(zip(np.asarray(near).tolist(), forms, strict=True), reverse=True)[:_TRIED]
    for number, form in best:
        problem = manifest.variants[forms[form]]
        if 2 * number < len(known) or manifest.forms[student] == form:
            continue
        judged = judge(answers, (), {student: problem}, verification.options).report.judgements
        left = sum(each.verdict not in RIGHT | {"blank"} for each in judged)
        if left <= _MOST_LEFT * len(written):
            return form
    return ""
