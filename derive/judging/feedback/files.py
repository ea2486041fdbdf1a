"""The files that go back: a page for each student, and for several a gradebook and the class page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from derive.judging.feedback.class_page import class_html
from derive.judging.feedback.file_names import safe_stem
from derive.judging.feedback.gradebook import gradebook_csv
from derive.judging.feedback.pages import class_pdf, feedback_html, feedback_pdf
from derive.judging.verifying import Verification
from derive.progress import counting

CLASS_PAGE, GRADEBOOK = "class.html", "gradebook.csv"
#: With ``pdf``: the class page and everyone's feedback, to be printed at once.
CLASS_PRINT = "class.pdf"


def feedback_files(verification: Verification, out: Path, formats: Sequence[str]) -> dict[Path, str | bytes]:
    """All feedback files and what is in them.

    Parameters
    ----------
    verification : Verification
    out : Path
        The folder they are to go to.
    formats : sequence of "html", "pdf"

    Returns
    -------
    dict of Path to str or bytes
        For one student alone ``PROBLEM-feedback``, for several a file named after each; and with ``pdf`` all of them
        in one.
    """
    report = verification.report
    students = report.students
    alone = len(students) == 1 and not report.missing and students[0] is None
    # No student's page may take the place of the class page.
    taken = {"class", "gradebook", "index"}
    stems = {
        student: f"{report.problem}-feedback" if alone else safe_stem(student or "unnamed", taken)
        for student in students
    }
    files: dict[Path, str | bytes] = {}
    count = counting(lambda _: None, 0, len(students))
    for student in students:
        problem = verification.read_as.get(student, verification.problems[student])
        findings = verification.findings[student]
        part = report.of_student(student)
        if "html" in formats:
            files[out / f"{stems[student]}.html"] = feedback_html(problem, part, findings)
        if "pdf" in formats:
            files[out / f"{stems[student]}.pdf"] = feedback_pdf(problem, part, findings)
        count(None)
    if not alone and (students or report.missing):
        ending = ".html" if "html" in formats else ".pdf"
        pages = {student: f"{stem}{ending}" for student, stem in stems.items()}
        files[out / GRADEBOOK] = gradebook_csv(report)
        files[out / CLASS_PAGE] = class_html(
            next(iter(verification.problems.values())), report, pages=pages, findings=verification.findings
        )
        if "pdf" in formats and students:
            files[out / CLASS_PRINT] = class_pdf(
                next(iter(verification.problems.values())),
                report,
                verification.findings,
                {**verification.problems, **verification.read_as},
            )
    return files
