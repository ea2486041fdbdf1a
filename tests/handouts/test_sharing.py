"""Who shares numbers: versions dealt out in turn, groups, and everyone."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.given.loading import load
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import Plan, plan
from derive.handouts.marking import mark
from derive.handouts.people.roster import Roster, Student
from derive.judging.routes import routes_for
from tests.students import Habit, script

ROSTER = Roster(
    students=tuple(
        Student(id=name, group=group)
        for name, group in (("anna", "X"), ("ben", "Y"), ("cleo", "X"), ("dan", "Y"), ("eva", "X"))
    )
)


def _plan(**wishes: object) -> Plan:
    ask = {"students": ROSTER, "ask": "out_H1", "formats": ("html",), "seed": "sharing"} | wishes
    return plan(load("2-2-2"), **ask)  # type: ignore[arg-type]


def test_versions_are_dealt_out_in_turn() -> None:
    """Neighbours have different ones, and a version is the one that is printed without a roster."""
    forms = list(_plan(variants=2).drawn().forms.values())
    assert forms[0] == forms[2] == forms[4] != forms[1] == forms[3]
    assert forms[:2] == list(_plan(students=None, variants=2).drawn().forms.values())


def test_groups_have_numbers_of_their_own() -> None:
    """One form a group, whoever else is in the class."""
    forms = _plan(groups=True).drawn().forms
    assert forms["anna"] == forms["cleo"] == forms["eva"] != forms["ben"] == forms["dan"]
    fewer = Roster(students=ROSTER.students[3:])
    assert _plan(students=fewer, groups=True).drawn().forms == {name: forms[name] for name in ("dan", "eva")}


def test_a_group_called_as_a_student_is_another() -> None:
    """Numbers drawn for the group X are not those of a student X."""
    roster = Roster(students=(Student(id="X", group="X"),))
    assert _plan(students=roster, groups=True).drawn().forms != _plan(students=roster).drawn().forms


def test_the_same_for_everyone() -> None:
    """One form."""
    assert len(set(_plan(same=True).drawn().forms.values())) == 1


def test_a_worked_example_is_nobodys_where_numbers_are_shared() -> None:
    """Those of one version have one set of numbers still."""
    forms = list(_plan(variants=2, example=True).drawn().forms.values())
    assert len(set(forms)) == 2
    assert forms[0] == forms[2]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"groups": True, "variants": 2}, "choose one"),
        ({"groups": True, "same": True}, "leave out --groups"),
        ({"variants": 2, "same": True}, "leave out"),
        ({"groups": True, "students": 3}, "no group for '01', '02'"),
    ],
)
def test_wishes_that_contradict_each_other(wishes: dict[str, object], said: str) -> None:
    """One plain sentence, before anything is drawn."""
    with pytest.raises(DeriveError, match=said):
        _plan(**wishes)


@pytest.mark.parametrize("wishes", [{"groups": True}, {"variants": 2}, {"same": True}])
def test_what_comes_back_is_marked(tmp_path: Path, wishes: dict[str, object]) -> None:
    """Each by their own name, against the numbers they share."""
    order = _plan(**wishes)
    _, manifest = write_handout(order, tmp_path / "sheet")
    assert len(list((tmp_path / "sheet/worksheets").iterdir())) == len(ROSTER.students)
    answers = {
        student: script(problem, routes_for([problem]).nearest, manifest.asked, Habit())
        for student, problem in manifest.variants.items()
    }
    report = mark(manifest, answers).report
    assert [report.by_student()[student].marks for student in ROSTER.ids] == [1] * 5
