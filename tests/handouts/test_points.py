"""Points: what each figure is worth, on the sheet, in the key, in the manifest and in the gradebook."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from derive.errors import DeriveError, UnknownQuantityError
from derive.given.loading import load
from derive.given.problem import Problem
from derive.handouts.making.handing_out import handout, write_handout
from derive.handouts.making.plan import plan
from derive.handouts.making.points import points_of
from derive.handouts.marking import mark
from derive.handouts.people.manifest import Manifest, read_manifest
from derive.handouts.sheets.asking import with_ends
from derive.judging.feedback.gradebook import gradebook_csv
from derive.judging.routes import routes_for
from tests.students import Habit, script

ASK = "net_H1,out_H1,dE/dw1"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Manifest]:
    """Three figures, of which the gradient is worth 3."""
    folder = tmp_path / "sheet"
    order = plan(load("2-2-2"), students=3, ask=ASK, points=["dE/dw1=3"], formats=("html", "latex"), seed="points")
    return folder, write_handout(order, folder)[1]


@pytest.mark.parametrize(
    ("wishes", "points"),
    [
        ([], (1, 1, 1)),
        (["dE/dw1=3"], (1, 1, 3)),
        (["forward=2, dE_total/dw1=5"], (2, 2, 5)),
        (["all=4", "out_H1=0"], (4, 0, 4)),
    ],
)
def test_points_of_figures(wishes: list[str], points: tuple[int, ...]) -> None:
    """By id or by part, of several wishes the last."""
    assert points_of(load("2-2-2"), ("net_H1", "out_H1", "dE_total/dw1"), wishes) == points


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("dE/dw1", "a whole number from 0 to 100"),
        ("dE/dw1=2.5", "a whole number"),
        ("dE/dw1=101", "a whole number"),
        ("dE/dw2=3", "dE/dw2 is not asked"),
        ("updates=3", "updates is not asked"),
        ("all=0", "no figure is worth a point"),
    ],
)
def test_wishes_that_cannot_be_met(wish: str, said: str) -> None:
    """One plain sentence that names the option and the wish."""
    with pytest.raises(DeriveError, match=said) as caught:
        points_of(load("2-2-2"), ("net_H1", "dE_total/dw1"), [wish])
    assert str(caught.value).startswith("--points")


def test_an_unknown_id_is_told_with_the_nearest() -> None:
    """As everywhere."""
    with pytest.raises(UnknownQuantityError, match="net_H1"):
        points_of(load("2-2-2"), ("net_H1",), ["net_H11=2"])


def test_sheet_and_key_say_the_points(made: tuple[Path, Manifest]) -> None:
    """The total, and in brackets what is worth more than 1."""
    folder, _ = made
    sheet = (folder / "worksheets/01.html").read_text(encoding="utf-8")
    assert re.findall(r'<span class="worth">\((\d)\)</span>', sheet) == ["3"]
    assert "of 5</span>" in sheet
    assert "or as many as stand in brackets" in sheet
    key = (folder / "keys/01.html").read_text(encoding="utf-8")
    assert "5 points" in key
    assert '<td class="no">3 (3)</td>' in key
    assert r"\dworth{3}{3}" in (folder / "worksheets/01.tex").read_text(encoding="ascii")


def test_the_manifest_keeps_the_points(made: tuple[Path, Manifest]) -> None:
    """And a manifest without any, as version 0.1 wrote it, is worth 1 a figure."""
    folder, manifest = made
    assert read_manifest(folder / "manifest.json") == manifest
    assert manifest.points == (1, 1, 3)
    old = re.sub(r' "points": .*\n', "", (folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "old.json").write_text(old, encoding="utf-8")
    assert read_manifest(folder / "old.json").points == (1, 1, 1)


def test_marks_are_points(made: tuple[Path, Manifest]) -> None:
    """A wrong net input costs 1 of 5, a wrong gradient 3; a teacher's own total stands beside them."""
    folder, manifest = made
    book = openpyxl.load_workbook(folder / "answers.xlsx")
    sheet = book.active
    heads = [cell.value for cell in sheet[5]]
    assert [sheet.cell(4, 1 + heads.index(name)).value for name in ("dE_total/dw1", "total marks")] == ["3", "5"]
    for row, (student, wrong) in enumerate(zip(manifest.variants, ("net_H1", "dE_total/dw1", ""), strict=True), 6):
        problem = manifest.variants[student]
        figures = script(problem, routes_for([problem]).nearest, manifest.asked, Habit())
        for name, text in (figures | ({wrong: "7.777"} if wrong else {})).items():
            sheet.cell(row, 1 + heads.index(name)).value = text
    sheet.cell(6, 1 + heads.index("total marks")).value = "4,5"
    sheet.cell(7, 1 + heads.index("total marks")).value = "good"
    book.save(folder / "back.xlsx")
    report = mark(manifest, folder / "back.xlsx").report
    rows = list(csv.DictReader(io.StringIO(gradebook_csv(report))))
    assert [(row["marks"], row["out_of"], row["total"]) for row in rows] == [
        ("4", "5", "4.5"),
        ("2", "5", "2"),
        ("5", "5", "5"),
    ]
    assert [(each.row, "total marks: 'good' is no number" in each.reason) for each in report.rejected] == [(7, True)]


def test_a_gradebook_without_own_totals_has_no_column_for_them(made: tuple[Path, Manifest]) -> None:
    """Nothing changes where nobody wrote any."""
    _, manifest = made
    report = mark(manifest, {"01": {"net_H1": "7.777"}}).report
    assert "total" not in gradebook_csv(report).splitlines()[0].split(",")


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("dE_total/dw1", "gradient of w1 from x1 to H1"),
        ("dE_total/dw7", "gradient of w7 from H1 to y2"),
        ("w8_new", "updated value of w8 from H2 to y2"),
        ("step_w2", "change of w2 from x2 to H1"),
        ("dE_total/dw2[1]", "gradient of w2 from x2 to H1, sample 1"),
        ("net_H1", "net input of H1"),
        ("dE_total/dout_H1", "derivative of the total error by the activation of H1"),
    ],
)
def test_weights_are_named_with_their_ends(quantity: str, words: str) -> None:
    """From the unit a weight comes from to the one it leads into; other figures as they are called."""
    problem = load("2-2-2")
    assert isinstance(problem, Problem)
    assert with_ends(problem.structure, quantity) == words


def test_the_library_takes_points_too(tmp_path: Path) -> None:
    """As the command does."""
    manifest = handout(load("2-2-2"), tmp_path / "x", students=1, ask=ASK, formats=("html",), points=["all=2"])
    assert manifest.points == (2, 2, 2)
