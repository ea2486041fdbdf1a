"""The files for learning platforms: every version once, whoever shares it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem
from derive.handouts.exports.canvas import canvas_zip
from derive.handouts.exports.moodle import gift, moodle_xml
from derive.handouts.exports.qti21 import qti21_zip
from derive.handouts.exports.questions import MOST_WRONG, Pages, Question, questions_of
from derive.handouts.making.plan import Plan
from derive.handouts.people.manifest import Manifest
from derive.handouts.people.names import file_stems
from derive.handouts.sheets.key import answer_key
from derive.handouts.sheets.practice import practice_html
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_model import Worksheet

_Writer = Callable[[str, Sequence[Question], Pages], str | bytes]
#: What each format writes, and how; GIFT holds no files.
_WRITERS: Mapping[str, tuple[str, _Writer]] = {
    "moodle": ("moodle.xml", moodle_xml),
    "gift": ("questions.gift", lambda title, questions, _: gift(title, questions)),
    "canvas": ("canvas.zip", canvas_zip),
    "qti": ("qti21.zip", qti21_zip),
}
EXPORTS: tuple[str, ...] = tuple(_WRITERS)
#: More versions than this no platform takes in one file.
MOST_VERSIONS = 200
#: Of more versions than this the practice pages are linked to and not put in.
MOST_EMBEDDED = 40


def exported(plan: Plan) -> tuple[str, ...]:
    """What the files of the platforms that are wished are called."""
    return tuple(_WRITERS[name][0] for name in plan.formats if name in _WRITERS)


def export_makers(plan: Plan, worksheet: Worksheet, manifest: Manifest) -> dict[str, Callable[[], str | bytes]]:
    """What makes the files of the platforms that are wished, by name.

    Raises
    ------
    UnsupportedError
        If there are too many versions, or more practice pages than are put into a file and no address of theirs.
    """
    wished = [name for name in plan.formats if name in _WRITERS]
    forms = {form: student for student, form in reversed(list(manifest.forms.items()))}
    if wished and len(forms) > MOST_VERSIONS:
        raise UnsupportedError(
            f"--to {','.join(wished)}: {len(forms):,} versions, and at most {MOST_VERSIONS} are exported; a platform "
            "deals versions out by itself: --variants 26 makes 26"
        )

    linked = plan.practice and (bool(plan.practice_url) or len(forms) > MOST_EMBEDDED)
    if wished and linked and not plan.practice_url:
        raise UnsupportedError(
            f"--practice: the pages of {len(forms)} versions are too many for the questions, which hold at most "
            f"{MOST_EMBEDDED}; say with --practice-url where you will put them, and the questions link there"
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
        stems = file_stems(manifest.forms)
        urls = {form: f"{plan.practice_url}{stems[student]}.html" for form, student in forms.items() if linked}
        return questions_of(worksheet, ((*each, key) for each, key in zip(versions, keys, strict=True)), urls)

    @cache
    def pages() -> Pages:
        if linked or not plan.practice:
            return {}
        sheet = plan.practice_sheet()
        return {form: practice_html(sheet, version(form)[1], Recipient(form=form)) for form in forms}

    def maker(writer: _Writer) -> Callable[[], str | bytes]:
        return lambda: writer(worksheet.title, questions(), pages())

    return {_WRITERS[name][0]: maker(_WRITERS[name][1]) for name in wished}
