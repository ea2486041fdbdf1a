"""The class's page and its gradebook: what a teacher needs first, safe with any name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import derive
from derive.judging.feedback.class_costs import cause_costs, distribution, step_costs
from derive.judging.feedback.class_page import class_html, class_sheet
from derive.judging.feedback.files import feedback_files
from derive.judging.feedback.gradebook import asked_of, gradebook_csv
from derive.judging.findings import Finding
from derive.judging.model import Rejected, Report
from tests.browser import Page
from tests.verification.feedback.samples import HOSTILE, Answered, cause, mixed, script
from tests.verification.feedback.test_page import _Parsed

NAMES = ("Ada", "=cmd|' /C calc'!A0", "محمد علي", HOSTILE, None, "Bo")


@pytest.fixture(scope="module")
def class_of() -> tuple[Report, dict[str | None, dict[str, Finding]]]:
    judgements, findings = [], {}
    for number, name in enumerate(NAMES):
        wrong = Answered(written="0.0275", verdict="misconception", causes=(cause("net_H1", "missing-bias"),))
        report, found = mixed(name) if number % 3 == 0 else script({"net_H1": wrong}, student=name)
        judgements += report.judgements
        findings[name] = found
    rejected = (Rejected(file="x.csv", row=3, reason=HOSTILE),)
    return Report(problem="2-2-2", judgements=tuple(judgements), rejected=rejected), findings


def test_gradebook_has_a_row_a_student(class_of: tuple[Report, object]) -> None:
    """Marks, the verdict on each figure, the first that went wrong, every diagnosis."""
    rows = list(csv.DictReader(io.StringIO(gradebook_csv(class_of[0]))))
    assert len(rows) == len(NAMES)
    assert rows[0]["marks"] == "25"
    assert rows[0]["out_of"] == "33"
    assert rows[0]["delta_y1"] == "misconception"
    assert rows[0]["first_wrong"] == "delta_y1"
    assert (
        rows[0]["diagnoses"]
        == "delta_y1: missing-slope; dE_total/dw8: power-of-ten; delta_H2: missing-slope or out-only"
    )
    assert rows[2]["marks"] == "32"


def test_no_cell_of_the_gradebook_starts_a_formula(class_of: tuple[Report, object]) -> None:
    """A name that is a spreadsheet's formula is made text."""
    rows = list(csv.reader(io.StringIO(gradebook_csv(class_of[0]))))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]
    assert rows[2][0].endswith("=cmd|' /C calc'!A0")


def test_asked_figures_keep_their_working_order() -> None:
    """What one student was not asked stands where the others have it."""
    first, _ = script({}, student="a", asked=("net_H1", "net_y1"))
    second, _ = script({}, student="b", asked=("net_H1", "out_H1", "net_y1", "w5_new"))
    both = Report(problem="2-2-2", judgements=first.judgements + second.judgements)
    assert asked_of(both) == ("net_H1", "out_H1", "net_y1", "w5_new")


def test_causes_are_counted_worst_first_and_steps_in_the_order_of_the_sheet(
    class_of: tuple[Report, dict[str | None, dict[str, Finding]]],
) -> None:
    """Four students left out the bias, two a slope; net_H1 is the first step at which anybody went wrong."""
    report, findings = class_of
    steps = step_costs(report, {}, {})
    assert (steps[0].quantity, steps[0].wrong, steps[0].written, steps[0].lost) == ("net_H1", 4, 6, 4)
    order = asked_of(report)
    places = [order.index(step.quantity) for step in steps]
    assert places == sorted(places)
    causes = cause_costs(report, findings, lambda text: (text,))
    assert (causes[0].ids, causes[0].certain) == (("missing-bias",), 4)
    assert list(causes[0].students) == [name for number, name in enumerate(NAMES) if number % 3]
    slope = next(each for each in causes if each.ids == ("missing-slope",))
    assert (slope.certain, slope.possible, slope.carried) == (2, 2, 12)


def test_the_page_begins_with_three_sentences_for_the_next_lesson(
    class_of: tuple[Report, dict[str | None, dict[str, Finding]]],
) -> None:
    """What most got wrong, where the most marks were lost, who needs a word; before causes, steps and students."""
    report, findings = class_of
    sheet = class_sheet(derive.load("2-2-2"), report, None, findings)
    (wrong,), (first, _, rest) = sheet.lesson.wrong[:1], sheet.lesson.lost
    assert wrong == "What most got wrong is "
    assert sheet.lesson.wrong[1:] == (
        "leaving out the bias", ", in the scripts of 4 of 6 students. ", "Add the bias once after the products.",
    )  # fmt: skip
    assert (first, rest) == ("Most marks were lost at ", " (net input of H1): 4 of 6.")
    # Nobody is below half of 33: whose script has one of everything has 25.
    assert (sheet.lesson.word, [(each.name, each.marks) for each in sheet.lesson.pupils]) == (
        "Nobody has fewer than half of the marks; fewest has", [("Ada", 25)],
    )  # fmt: skip
    headings = re.findall(r"<h2>(.*?)</h2>", class_html(derive.load("2-2-2"), report, None, findings))
    assert headings[:4] == [
        "For the next lesson", "What went wrong, and with whom",
        "Steps, in the order of the sheet", "Students, by need",
    ]  # fmt: skip


def test_who_needs_a_word_comes_first_and_blanks_have_a_column() -> None:
    """Students stand in order of need: few marks before many; what is blank is counted apart from what is wrong."""
    problem, right = derive.load("2-2-2"), {"net_H1": "0.3775", "net_H2": "0.3925"}
    given = {"Ann": right, "Bob": {"net_H1": "0.3775", "net_H2": ""}, "Cy": {"net_H1": "0.7777", "net_H2": "0.8888"}}
    found = derive.verify(problem, given)
    sheet = class_sheet(problem, found.report, None, found.findings)
    assert [(each.name, each.marks, each.blank) for each in sheet.pupils] == [
        ("Cy", 0, 0),
        ("Bob", 1, 1),
        ("Ann", 2, 0),
    ]
    assert [each.name for each in sheet.lesson.pupils] == ["Cy"]
    assert [(each.quantity, each.wrong, each.blank) for each in sheet.steps] == [("net_H1", 1, 0), ("net_H2", 1, 1)]


def test_one_pdf_holds_the_class_page_and_everybody(tmp_path: Path, ink: Callable[[bytes], list[float]]) -> None:
    """To be printed at once: after the class each student's pages, as many as alone, none of them blank."""
    found = derive.verify(derive.load("2-2-2"), {"Ann": {"net_H1": "0.0275"}, "Bob": {"net_H1": "0.3775"}})
    made = {path.name: content for path, content in feedback_files(found, tmp_path, ("pdf",)).items()}
    inks = {name: ink(content) for name, content in made.items() if isinstance(content, bytes)}
    assert sorted(inks) == ["Ann.pdf", "Bob.pdf", "class.pdf"]
    assert len(inks["class.pdf"]) == 1 + len(inks["Ann.pdf"]) + len(inks["Bob.pdf"])
    assert min(inks["class.pdf"]) > 0.002
    assert inks["class.pdf"][1:] == pytest.approx([*inks["Ann.pdf"], *inks["Bob.pdf"]], abs=0.001)


@pytest.mark.parametrize("out_of", [0, 1, 5, 11, 12, 33, 100])
def test_every_student_stands_in_one_bar(out_of: int) -> None:
    """The bars cover all marks without gap or overlap, and are few."""
    marks = list(range(out_of + 1))
    bars = distribution(marks, out_of)
    assert sum(each.students for each in bars) == len(marks)
    assert [number for each in bars for number in range(each.low, each.high + 1)] == marks
    assert len(bars) <= 12


@pytest.fixture(scope="module")
def page(class_of: tuple[Report, dict[str | None, dict[str, Finding]]]) -> str:
    report, findings = class_of
    pages = {name: f"javascript:{number} #?.html" for number, name in enumerate(NAMES)}
    return class_html(derive.load("2-2-2"), report, pages, findings)


def test_names_are_text_and_links_stay_beside_the_page(page: str) -> None:
    """Hostile names make no element; right-to-left names are isolated; a link is a file beside the page."""
    parsed = _Parsed(page)
    assert not [tag for tag, _ in parsed.seen if tag in ("script", "img")]
    assert "<bdi>محمد علي</bdi>" in page
    links = [attributes["href"] for tag, attributes in parsed.seen if tag == "a"]
    assert len(set(links)) == len(NAMES)
    assert all(re.fullmatch(r"\./[A-Za-z0-9_.%-]+", link or "") for link in links)
    assert sum(HOSTILE in text for text in parsed.texts) == 6  # four causes, the student, the reason


def test_each_bar_has_its_figures_as_text(page: str) -> None:
    """A bar says what it shows, and the same figures stand in its row."""
    parsed = _Parsed(page)
    labels = [attributes.get("aria-label") for tag, attributes in parsed.seen if tag == "svg"]
    assert "4 wrong, 0 carried, 0 blank" in labels
    assert all(labels)


def test_an_empty_class_has_a_page() -> None:
    """Where nothing could be judged the page still says what was rejected."""
    page = class_html(
        derive.load("2-2-2"),
        Report(problem="2-2-2", judgements=(), rejected=(Rejected(file="a", row=None, reason="unreadable"),)),
    )
    assert "Not judged" in page
    _Parsed(page)


@pytest.mark.parametrize("width", [375, 1280])
def test_page_fits_the_window(browser_page: Callable[..., Page], page: str, tmp_path: Path, width: int) -> None:
    """On a phone and a desk nothing scrolls sideways; no request, no complaint."""
    path = tmp_path / "class.html"
    path.write_text(page, encoding="utf-8")
    opened = browser_page(path, width=width, scripts=False)
    assert opened.sideways <= 0
    assert opened.clipped("p, h1, h2, th, td, li") == []
    assert opened.fetched == ()
    assert opened.complaints == ()
