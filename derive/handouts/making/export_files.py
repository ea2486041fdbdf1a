"""The files for learning platforms: every version once, whoever shares it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem
from derive.handouts.exports.canvas import canvas_zip
from derive.handouts.exports.moodle import gift, moodle_xml
from derive.handouts.exports.qti21 import qti21_zip
from derive.handouts.exports.questions import MOST_WRONG, Question, questions_of
from derive.handouts.making.plan import Plan
from derive.handouts.people.manifest import Manifest
from derive.handouts.sheets.key import answer_key
from derive.handouts.sheets.sheet_model import Worksheet

#: What each format writes, and how.
_WRITERS: Mapping[str, tuple[str, Callable[[str, Sequence[Question]], str | bytes]]] = {
    "moodle": ("moodle.xml", moodle_xml),
    "gift": ("questions.gift", gift),
    "canvas": ("canvas.zip", canvas_zip),
    "qti": ("qti21.zip", qti21_zip),
}
EXPORTS: tuple[str, ...] = tuple(_WRITERS)
#: More versions than this no platform takes in one file.
MOST_VERSIONS = 200


def exported(plan: Plan) -> tuple[str, ...]:
    """What the files of the platforms that are wished are called."""
    return tuple(_WRITERS[name][0] for name in plan.formats if name in _WRITERS)


def export_makers(plan: Plan, worksheet: Worksheet, manifest: Manifest) -> dict[str, Callable[[], str | bytes]]:
    """What makes the files of the platforms that are wished, by name.

    Raises
    ------
    UnsupportedError
        If there are too many versions, or a figure of a later round is asked, whose mistakes are not known.
    """
    wished = [name for name in plan.formats if name in _WRITERS]
    forms = {form: student for student, form in reversed(list(manifest.forms.items()))}
    if wished and len(forms) > MOST_VERSIONS:
        raise UnsupportedError(
            f"--to {','.join(wished)}: {len(forms):,} versions, and at most {MOST_VERSIONS} are exported; a platform "
            "deals versions out by itself: --variants 26 makes 26"
        )

    def version(form: str) -> tuple[str, AnyProblem]:
        return form, manifest.variants[forms[form]]

    @cache
    def questions() -> tuple[Question, ...]:
        versions = [version(form) for form in dict.fromkeys(manifest.forms.values())]
        keys = [
            answer_key(problem, plan.asked, digits=plan.digits, started=worksheet.shown, most_wrong=MOST_WRONG)
            for _, problem in versions
        ]
        return questions_of(worksheet, ((*each, key) for each, key in zip(versions, keys, strict=True)))

    def maker(writer: Callable[[str, Sequence[Question]], str | bytes]) -> Callable[[], str | bytes]:
        return lambda: writer(worksheet.title, questions())

    return {_WRITERS[name][0]: maker(_WRITERS[name][1]) for name in wished}
