"""From roster to marks: 200 sheets, filled in by honest students and by others with planted mistakes, and marked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from derive.given.loading import load
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import plan
from derive.handouts.marking import mark
from derive.handouts.people.manifest import Manifest
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.model import FAULTLESS
from derive.judging.routes import routes_for
from tests.students import Habit, chooser, habits, script

STUDENTS = 200
#: Verdicts of a figure that went wrong by itself.
OWN_FAULT = frozenset({"misconception", "ambiguous", "wrong", "slip", "too-coarse", "unreadable"})


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """200 sheets in HTML."""
    folder = tmp_path_factory.mktemp("handout") / "sheet"
    return folder, write_handout(plan(load("2-2-2"), students=STUDENTS, formats=("html",), seed="round trip"), folder)[
        1
    ]


@pytest.mark.parametrize("truncates", [False, True], ids=["rounded", "truncated"])
def test_no_honest_figure_is_wrong(handout: tuple[Path, Manifest], truncates: bool) -> None:
    """Students of every habit, each by turns: 6,600 figures, and none costs a mark."""
    _, manifest = handout
    nearest = routes_for(list(manifest.variants.values())).nearest
    kinds = [habit for habit in habits() if habit.truncates == truncates]
    answers = {
        student: script(problem, nearest, manifest.asked, kinds[place % len(kinds)])
        for place, (student, problem) in enumerate(manifest.variants.items())
    }
    report = mark(manifest, answers, truncation=truncates).report
    assert len(report.judgements) == STUDENTS * len(manifest.asked) == 6600
    at_fault = [
        (each.student, each.quantity, each.written, each.verdict) for each in report.judgements if not each.marks
    ]
    assert at_fault == []
    assert (report.rejected, report.missing) == ((), ())


@pytest.mark.parametrize("memory", [False, True], ids=["on paper", "by calculator"])
def test_planted_mistakes_are_named(handout: tuple[Path, Manifest], memory: bool) -> None:
    """One mistake in each script: at 99 % and more it is the one step at fault, with its id among the candidates."""
    _, manifest = handout
    routes = routes_for(list(manifest.variants.values()))
    places = [(name, mistake) for name in manifest.asked for mistake in mistakes_at(routes, name)]
    choose = chooser(f"round trip {memory}")
    habit = Habit(memory=memory)
    answers, planted = {}, {}
    for student, problem in manifest.variants.items():
        name, mistake = choose.choice(places)
        honest = script(problem, routes.nearest, manifest.asked, habit)
        wrong = script(problem, routes.nearest, manifest.asked, habit, wrong={name: mistake.expression})
        if wrong[name] != honest[name]:
            answers[student], planted[student] = wrong, (name, mistake)
    assert len(planted) > 0.9 * STUDENTS
    report = mark(manifest, answers).report
    missed = []
    for student, (name, mistake) in planted.items():
        part = report.by_student()[student]
        own = [each for each in part.judgements if each.verdict in OWN_FAULT]
        if [each.quantity for each in own] != [name] or not set(mistake.ids) <= set(own[0].diagnosis):
            missed.append((student, name, mistake.ids, [(each.quantity, each.verdict, each.diagnosis) for each in own]))
    assert len(missed) <= 0.01 * len(planted), missed
    kinds = {mistake.ids for _, mistake in planted.values()}
    assert len(kinds) > 20


def test_through_the_workbook_and_the_gradebook(handout: tuple[Path, Manifest], tmp_path: Path) -> None:
    """The workbook of the class, filled in and marked from its file: everybody's marks are their own."""
    folder, manifest = handout
    nearest = routes_for(list(manifest.variants.values())).nearest
    workbook = openpyxl.load_workbook(folder / "answers.xlsx")
    sheet = workbook.worksheets[0]
    heads = [cell.value for cell in sheet[5]]
    left_out: Counter[str] = Counter()
    for place, row in enumerate(sheet.iter_rows(min_row=6)):
        figures = script(manifest.variants[row[0].value], nearest, manifest.asked, Habit())
        for cell, head in zip(row, heads, strict=True):
            if head in figures and manifest.asked.index(head) < 33 - place % 7:
                cell.value = figures[head]
            elif head in figures:
                left_out[row[0].value] += 1
    workbook.save(tmp_path / "back.xlsx")
    report = mark(folder / "manifest.json", tmp_path / "back.xlsx").report
    assert not report.rejected
    assert all(each.verdict in FAULTLESS for each in report.judgements)
    for student in report.students:
        assert report.by_student()[student].marks == 33 - left_out[str(student)]
