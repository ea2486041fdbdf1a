"""A form in which nothing is filled in is no script, wherever the class is told of."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from derive import load
from derive.judging.feedback.class_page import class_html
from derive.judging.feedback.files import feedback_files
from derive.judging.feedback.gradebook import gradebook_csv
from derive.judging.reading.form import empty_form, form_quantities
from derive.judging.report_json import to_json
from derive.judging.terminal import to_text
from derive.judging.verification import Verification
from derive.judging.verifying import exit_status, verify

PROBLEM = load("2-2-2")
EMPTY = dict.fromkeys(form_quantities(PROBLEM), "")


@pytest.fixture(scope="module")
def marked() -> Verification:
    """Two students with 2 and 1 marks, two whose forms are empty."""
    return verify(
        PROBLEM,
        {
            "anna": {"net_H1": "0.3775", "net_H2": "0.3925"},
            "ben": EMPTY,
            "chloe": {"net_H1": "0.3775", "net_H2": ""},
            "dan": {"net_H1": " ", "E_total": ""},
        },
    )


def test_the_report_lists_who_handed_in_an_empty_form(marked: Verification) -> None:
    """Nothing of theirs is judged; a form with one figure keeps its blanks."""
    assert marked.report.missing == ("ben", "dan")
    assert [(each.student, each.verdict) for each in marked.report.judgements] == [
        ("anna", "correct"),
        ("anna", "correct"),
        ("chloe", "correct"),
        ("chloe", "blank"),
    ]
    assert '"missing": [\n  "ben",\n  "dan"\n ]' in to_json(marked.report)


def test_the_terminal_leaves_empty_forms_out_of_the_average(marked: Verification) -> None:
    """(2 + 1) / 2 marks on average, and nothing is said to be right that is not there."""
    text = to_text(marked)
    assert "2 students, 1.5 marks on average; 2 with nothing at fault." in text
    assert "nothing came back from: ben, dan" in text


def test_the_class_page_and_the_gradebook_leave_them_out(marked: Verification) -> None:
    """A heading of their own on the page; no marks in the gradebook, which a spreadsheet would average."""
    page = class_html(PROBLEM, marked.report)
    assert re.search(r"<strong>2</strong> students, on average <strong>1.5</strong> of 2", page)
    assert re.search(r"Nothing came back</h2>\s*<p><bdi>ben</bdi>, <bdi>dan</bdi></p>", page)
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(gradebook_csv(marked.report)))}
    assert [(name, row["marks"], row["out_of"]) for name, row in rows.items()] == [
        ("anna", "2", "2"),
        ("chloe", "1", "2"),
        ("ben", "", ""),
        ("dan", "", ""),
    ]
    assert rows["ben"]["diagnoses"] == "nothing came back"


def test_a_class_of_empty_forms_has_a_class_page(tmp_path: Path) -> None:
    """Where nobody filled anything in, the page and the gradebook say so."""
    found = verify(PROBLEM, {"ben": EMPTY, "dan": EMPTY})
    assert sorted(path.name for path in feedback_files(found, tmp_path, ["html"])) == ["class.html", "gradebook.csv"]
    assert to_text(found) == "nothing came back from: ben, dan\n"
    assert exit_status(found.report) == 0


def test_files_of_empty_forms_are_told_by_their_names(tmp_path: Path) -> None:
    """Of three files in which nobody is named, one is filled in."""
    for name in ("anna", "ben", "chloe"):
        (tmp_path / f"{name}.xlsx").write_bytes(empty_form(["net_H1", "out_H1"], "xlsx"))
    (tmp_path / "ben.xlsx").write_bytes(empty_form(["net_H1"], "xlsx"))
    (tmp_path / "anna.csv").write_text("student,quantity,value\nanna,net_H1,0.3775\n", encoding="utf-8")
    report = verify(PROBLEM, *(tmp_path / name for name in ("anna.xlsx", "ben.xlsx", "chloe.xlsx", "anna.csv"))).report
    assert report.missing == ("ben", "chloe")
    assert [(each.student, each.verdict) for each in report.judgements] == [("anna", "correct")]
    assert report.rejected == ()


def test_the_only_form_of_nobody_is_listed_as_blank() -> None:
    """Somebody who tries out an empty form of his own sees that nothing is filled in yet."""
    found = verify(PROBLEM, EMPTY)
    assert {each.verdict for each in found.report.judgements} == {"blank"}
    assert "Nothing is filled in yet." in to_text(found)
