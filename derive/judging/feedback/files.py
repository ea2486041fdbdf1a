"""The files that go back: a page for each student, and for several a gradebook and the class page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from derive.given.formula_problem import AnyProblem
from derive.judging.feedback.class_page import class_html, class_sheet
from derive.judging.feedback.file_names import safe_stem
from derive.judging.feedback.gradebook import gradebook_csv
from derive.judging.feedback.marking import marked_sheet
from derive.judging.feedback.pages import feedback_html
from derive.judging.findings import Finding
from derive.judging.in_parts import FEWEST
from derive.judging.model import Report
from derive.judging.verification import Verification
from derive.work.production import produce, shares

CLASS_PAGE, GRADEBOOK = "class.html", "gradebook.csv"
#: With ``pdf``: the class page and everyone's feedback, to be printed at once.
CLASS_PRINT = "class.pdf"


@dataclass(frozen=True, kw_only=True)
class _Task:
    """Students whose pages are made in one go: their problems as their scripts were read, reports and findings."""

    students: Sequence[tuple[AnyProblem, Report, Mapping[str, Finding]]]
    formats: Sequence[str]


def feedback_files(
    verification: Verification, out: Path, formats: Sequence[str], jobs: int = 1
) -> dict[Path, str | bytes]:
    """All feedback files and what is in them.

    Parameters
    ----------
    verification : Verification
    out : Path
        The folder they are to go to.
    formats : sequence of "html", "pdf"
    jobs : int
        Processes that the pages of a large class are made in.

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
    bodies: list[str] = []
    for student, pages in zip(students, _pages(verification, formats, jobs), strict=True):
        files |= {out / f"{stems[student]}.{ending}": page for ending, page in pages.items() if ending in formats}
        bodies += [str(pages["body"])] if "body" in pages else []
    if not alone and (students or report.missing):
        ending = ".html" if "html" in formats else ".pdf"
        links = {student: f"{stem}{ending}" for student, stem in stems.items()}
        first, findings = next(iter(verification.problems.values())), verification.findings
        files[out / GRADEBOOK] = gradebook_csv(report)
        files[out / CLASS_PAGE] = class_html(first, report, pages=links, findings=findings)
        if bodies:
            # Imported here: what no page needs.
            from derive.judging.feedback.paper import class_pdf

            files[out / CLASS_PRINT] = class_pdf(first, class_sheet(first, report, findings=findings), bodies)
    return files


def _pages(verification: Verification, formats: Sequence[str], jobs: int) -> list[dict[str, str | bytes]]:
    everyone = [
        (verification.read_as.get(student, verification.problems[student]), part, verification.findings[student])
        for student, part in verification.report.by_student().items()
    ]
    parts = shares(len(everyone), jobs, least=FEWEST)
    tasks = [_Task(students=everyone[part.start : part.stop], formats=formats) for part in parts]
    made = produce(tasks, _made, jobs=jobs, label="writing feedback", sizes=[len(part) for part in parts])
    return list(chain.from_iterable(made))


def _made(task: _Task) -> list[dict[str, str | bytes]]:
    """By format, each student's page; with ``pdf`` also its ``body`` for the print of a class."""
    found: list[dict[str, str | bytes]] = []
    for problem, report, findings in task.students:
        sheet = marked_sheet(problem, report, findings)
        pages: dict[str, str | bytes] = {}
        if "html" in task.formats:
            pages["html"] = feedback_html(problem, sheet)
        if "pdf" in task.formats:
            # Imported here: what no page needs.
            from derive.judging.feedback.paper import feedback_body, feedback_pdf

            pages |= {"pdf": feedback_pdf(problem, sheet), "body": feedback_body(problem, sheet)}
        found.append(pages)
    return found
