"""Marking what comes back of a handout: matched to its student, judged by their numbers, and nobody lost."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from derive.given.loading import load
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import plan
from derive.handouts.marking import mark
from derive.handouts.people.manifest import Manifest
from derive.handouts.people.roster import Roster, Student
from derive.judging.routes import routes_for
from derive.judging.verification import Verification
from tests.commands import Command, Run, runner
from tests.students import Habit, script

IDS = ("07", "Anna", "=1+1", "../x", "a;=b", "Öz", "x" * 190)


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """A handout for a small class with odd ids."""
    folder = tmp_path_factory.mktemp("handout") / "sheet"
    roster = Roster(students=tuple(Student(id=name, name=f"Name of {name}") for name in IDS))
    order = plan(load("2-2-2"), students=roster, formats=("html",), ask="forward", seed="marking")
    return folder, write_handout(order, folder)[1]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `derive verify` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(capsys, "verify")


def filled(manifest: Manifest, student: str, habit: Habit | None = None, **changed: str) -> dict[str, str]:
    """What an honest student writes, but for what is changed."""
    problem = manifest.variants[student]
    return script(problem, routes_for([problem]).nearest, manifest.asked, habit or Habit()) | changed


def fill_in(form: Path, figures: Mapping[str, str], target: Path | None = None) -> Path:
    """Fill in the answer file that was handed out."""
    rows = list(csv.reader(form.read_text(encoding="utf-8-sig").splitlines()))
    place = {name: number for number, name in enumerate(rows[0])}
    for row in rows[1:]:
        row[place["value"]] = figures[row[place["quantity"]]]
    path = target or Path(form.name)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return path


def forms_by_student(folder: Path) -> dict[str, Path]:
    """The answer files handed out, by what stands in their column student."""
    found = {}
    for path in sorted((folder / "answers").glob("*.csv")):
        (_, first, *_) = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
        found[first[0]] = path
    return found


def verdicts(verification: Verification, student: str) -> dict[str, str]:
    return {each.quantity: each.verdict for each in verification.report.judgements if each.student == student}


# who


def test_everybody_by_the_column_of_their_file(run: Command, handout: tuple[Path, Manifest]) -> None:
    """Every file that was handed out comes back filled in: all right, by everybody's own numbers."""
    folder, manifest = handout
    forms = sorted((folder / "answers").glob("*.csv"))
    assert len(forms) == len(IDS)
    back = []
    for form in forms:
        typed = next(csv.DictReader(form.read_text(encoding="utf-8-sig").splitlines()))["form"]
        (student,) = (name for name, number in manifest.forms.items() if number == typed)
        back.append(fill_in(form, filled(manifest, student)))
    done = run(folder / "manifest.json", *back, "--json")
    assert done.status == 0, done.out
    report = done.report
    assert {each["student"] for each in report["answers"]} == set(IDS)
    assert report["summary"]["marks"] == report["summary"]["out_of"] == len(IDS) * len(manifest.asked)
    assert (report["rejected"], report["missing"]) == ([], [])


def test_a_students_own_numbers_are_what_counts(handout: tuple[Path, Manifest]) -> None:
    """The answers of another student, under one's own name, are wrong."""
    _, manifest = handout
    copied = mark(manifest, {"Anna": filled(manifest, "07")})
    assert sum(verdict == "correct" for verdict in verdicts(copied, "Anna").values()) <= 2
    assert copied.report.marks < len(manifest.asked)


def test_by_file_name_where_no_column_says_whose(run: Command, handout: tuple[Path, Manifest]) -> None:
    """`Anna.csv` is Anna's, and so is `anna.csv`; a safe file name leads to its odd id."""
    folder, manifest = handout
    for name, stem in (("Anna", "Anna"), ("Anna", "anna"), ("../x", _stem(folder, manifest, "../x"))):
        path = Path(f"{stem}.csv")
        rows = [("quantity", "value"), *filled(manifest, name).items()]
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
        done = run(folder / "manifest.json", path, "--json")
        assert done.status == 0, done.out
        assert {each["student"] for each in done.report["answers"]} == {name}
        assert set(done.report["missing"]) == set(IDS) - {name}
        path.unlink()


def _stem(folder: Path, manifest: Manifest, student: str) -> str:
    (path,) = (
        path for path in (folder / "answers").glob("*.csv") if manifest.forms[student] in path.read_text("utf-8-sig")
    )
    return path.stem


@pytest.mark.parametrize("typed", ["07", "7", " 07 ", "anna", "ANNA", "=1+1", "'=1+1", "öz", "a;=b", "a;'=b"])
def test_ids_as_people_and_spreadsheets_return_them(handout: tuple[Path, Manifest], typed: str) -> None:
    """A lost zero, another case, an apostrophe against formulas."""
    _, manifest = handout
    meant = {"7": "07", "anna": "Anna", "ANNA": "Anna", "'=1+1": "=1+1", "öz": "Öz", "a;'=b": "a;=b"}
    student = meant.get(typed.strip(), typed.strip())
    found = mark(manifest, {typed: filled(manifest, student)})
    assert found.report.students == (student,)
    assert found.report.marks == len(manifest.asked)
    assert not found.report.rejected


def test_unknown_students_are_listed(run: Command, handout: tuple[Path, Manifest]) -> None:
    """By column or file name, once each; the others are judged, and the status is 1."""
    folder, manifest = handout
    fill_in(forms_by_student(folder)["Anna"], filled(manifest, "Anna"), Path("a.csv"))
    Path("Nobody.csv").write_text("quantity,value\nnet_H1,1.0\nnet_H2,1.0\n", encoding="utf-8")
    Path("b.csv").write_text("student,quantity,value\nEve,net_H1,1.0\nEve,net_H2,1.0\n", encoding="utf-8")
    done = run(folder / "manifest.json", "a.csv", "Nobody.csv", "b.csv", "--json")
    assert done.status == 1
    assert [(each["file"], each["row"]) for each in done.report["rejected"]] == [("Nobody.csv", 2), ("b.csv", 2)]
    assert ["'Nobody'" in each["reason"] or "'Eve'" in each["reason"] for each in done.report["rejected"]] == [True] * 2
    assert done.report["summary"]["marks"] == len(manifest.asked)


def test_only_unknown_students_are_a_plain_message(run: Command, handout: tuple[Path, Manifest]) -> None:
    """Nothing to judge: status 2, nothing on standard output, nothing written."""
    folder, _ = handout
    Path("Nobody.csv").write_text("quantity,value\nnet_H1,1.0\n", encoding="utf-8")
    done = run(folder / "manifest.json", "Nobody.csv", "--out", "marked")
    assert (done.status, done.out) == (2, "")
    assert "Nobody.csv" in done.err
    assert not Path("marked").exists()


def test_those_from_whom_nothing_came_are_named(run: Command, handout: tuple[Path, Manifest]) -> None:
    """On the terminal and as JSON; it is no error of those who answered."""
    folder, manifest = handout
    fill_in(forms_by_student(folder)["Anna"], filled(manifest, "Anna"), Path("a.csv"))
    done = run(folder / "manifest.json", "a.csv")
    assert done.status == 0
    text = " ".join(done.out.split())
    assert "nothing came back from: 07, =1+1" in text
    assert run(folder / "manifest.json", "a.csv", "--json").report["missing"] == [
        name for name in IDS if name != "Anna"
    ]


def test_a_wrong_form_is_told(run: Command, handout: tuple[Path, Manifest]) -> None:
    """Answers to another sheet are not judged, but listed with both form ids."""
    folder, manifest = handout
    path = fill_in(forms_by_student(folder)["Anna"], filled(manifest, "Anna"), Path("a.csv"))
    path.write_text(path.read_text("utf-8").replace(manifest.forms["Anna"], manifest.forms["07"]), encoding="utf-8")
    fill_in(forms_by_student(folder)["07"], filled(manifest, "07"), Path("b.csv"))
    done = run(folder / "manifest.json", "a.csv", "b.csv", "--json")
    assert done.status == 1
    (rejected,) = done.report["rejected"]
    assert rejected["file"] == "a.csv"
    assert manifest.forms["Anna"] in rejected["reason"]
    assert manifest.forms["07"] in rejected["reason"]
    assert {each["student"] for each in done.report["answers"]} == {"07"}
    assert "Anna" in done.report["missing"]


@pytest.mark.parametrize("order", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_two_files_for_one_student(run: Command, handout: tuple[Path, Manifest], order: Sequence[str]) -> None:
    """The first counts and the second is listed; an empty one never keeps a filled one out."""
    folder, manifest = handout
    form = forms_by_student(folder)["Anna"]
    fill_in(form, filled(manifest, "Anna"), Path("a.csv"))
    fill_in(form, filled(manifest, "Anna", net_H1="9.999"), Path("b.csv"))
    done = run(folder / "manifest.json", *order, "--json")
    assert done.status == 1
    assert [each["file"] for each in done.report["rejected"]] == [order[1]]
    assert order[0] in done.report["rejected"][0]["reason"]
    assert (done.answer("net_H1", "Anna")["verdict"] == "correct") == (order[0] == "a.csv")
    shutil.copy(form, "b.csv")
    again = run(folder / "manifest.json", *order, "--json").report
    assert again["summary"]["marks"] == len(manifest.asked)
    assert again["rejected"] == []  # the other one is empty, and so no script


# what


def test_blanks_earn_nothing_and_are_no_error(run: Command, handout: tuple[Path, Manifest]) -> None:
    """An empty form is no script; of one with one figure and lines taken out every figure asked is in the report."""
    folder, manifest = handout
    empty = run(folder / "manifest.json", forms_by_student(folder)["Anna"], "--json")
    assert empty.status == 0
    assert empty.report["summary"] == {"counts": {}, "first_wrong": None, "marks": 0, "out_of": 0}
    assert set(empty.report["missing"]) == set(IDS)
    net = filled(manifest, "Anna")["net_H1"]
    Path("a.csv").write_text(f"student,quantity,value\nAnna,net_H1,{net}\n", encoding="utf-8")
    one = run(folder / "manifest.json", "a.csv", "--json")
    assert one.status == 0
    assert one.report["summary"]["counts"] == {"blank": len(manifest.asked) - 1, "correct": 1}
    assert [each["quantity"] for each in one.report["answers"]] == list(manifest.asked)


def test_the_digits_are_those_of_the_handout(handout: tuple[Path, Manifest]) -> None:
    """Four were asked; three are too coarse, unless the teacher says otherwise."""
    _, manifest = handout
    figures = filled(manifest, "Anna", Habit(digits=3))
    strict = verdicts(mark(manifest, {"Anna": figures}), "Anna")
    assert strict["out_H1"] == "too-coarse"
    assert strict["out_y1"] == "too-coarse"
    assert set(strict.values()) <= {"too-coarse", "correct"}  # correct: those whose fourth digit happens to be 0
    assert mark(manifest, {"Anna": figures}, digits=3).report.marks == len(manifest.asked)


@pytest.mark.parametrize("kind", ["text", "number", "number with a format"])
def test_the_workbook_with_typed_results(run: Command, handout: tuple[Path, Manifest], kind: str) -> None:
    """A row for each student, typed as text or as numbers; one row left empty is nobody's."""
    folder, manifest = handout
    workbook = openpyxl.load_workbook(folder / "answers.xlsx")
    sheet = workbook.worksheets[0]
    heads = [cell.value for cell in sheet[5]]
    for row in sheet.iter_rows(min_row=6):
        student = row[0].value
        if student == "Öz":
            continue
        figures = filled(manifest, student)
        for cell, head in zip(row, heads, strict=True):
            if head in figures:
                cell.value = figures[head] if kind == "text" else float(figures[head])
                if kind == "number with a format":
                    places = max(0, len(figures[head].partition(".")[2]))
                    cell.number_format = f"0.{'0' * places}" if places else "0"
    workbook.save("typed.xlsx")
    done = run(folder / "manifest.json", "typed.xlsx", "--json")
    assert done.status == 0, done.out
    assert done.report["summary"]["marks"] == (len(IDS) - 1) * len(manifest.asked)
    assert "blank" not in done.report["summary"]["counts"]
    assert done.report["missing"] == ["Öz"]
    assert done.report["rejected"] == []


def test_a_mistake_is_named_by_the_students_own_numbers(handout: tuple[Path, Manifest]) -> None:
    """The net input without its bias, worked out here by hand from the student's givens."""
    _, manifest = handout
    problem = load(json.loads(manifest.to_json())["variants"]["Anna"]["problem"])
    layer, sample = problem.layers[0], problem.samples[0]  # type: ignore[union-attr]
    short = sum(weight.value * given.value for weight, given in zip(layer.weights[0], sample.inputs, strict=True))
    found = mark(manifest, {"Anna": {"net_H1": f"{float(short):.4f}"}, "07": {}})
    (judgement, *_) = found.report.judgements
    assert (judgement.quantity, judgement.diagnosis) == ("net_H1", ("missing-bias",))


def test_pages_gradebook_and_class_page(run: Command, handout: tuple[Path, Manifest]) -> None:
    """A page for each student of the class who answered, named safely, and a row for each."""
    folder, manifest = handout
    back = [
        fill_in(form, filled(manifest, student, net_H1="9.999"), Path(f"{place}.csv"))
        for place, (student, form) in enumerate(forms_by_student(folder).items())
        if student in manifest.forms
    ]
    done = run(folder / "manifest.json", *back, "--out", "marked")
    assert done.status == 1
    pages = sorted(path.name for path in Path("marked").iterdir())
    assert {"class.html", "gradebook.csv", "Anna.html"} <= set(pages)
    assert len(pages) == len(back) + 2
    rows = list(csv.DictReader(Path("marked/gradebook.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len([row for row in rows if row["marks"] == str(len(manifest.asked) - 1)]) == len(back)


# what cannot be marked


@pytest.mark.parametrize(
    "argv",
    [
        ("{manifest}",),
        ("missing.json", "a.csv"),
        ("edited.json", "a.csv"),
        ("text.json", "a.csv"),
        ("{manifest}", "missing.csv"),
        ("{manifest}", "--form", "new.csv"),
        ("{manifest}", "--can-show"),
    ],
)
def test_what_cannot_be_marked(run: Command, handout: tuple[Path, Manifest], argv: tuple[str, ...]) -> None:
    """Status 2 and a plain line; a manifest whose numbers were edited no longer fits its form ids."""
    folder, _ = handout
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    edited = json.loads(text)
    edited["variants"]["Anna"]["problem"]["inputs"]["x1"] = "0.123"
    Path("edited.json").write_text(json.dumps(edited), encoding="utf-8")
    Path("text.json").write_text("{", encoding="utf-8")
    Path("a.csv").write_text("student,quantity,value\nAnna,net_H1,1.0\n", encoding="utf-8")
    before = {path.name for path in Path().iterdir()}
    done: Run = run(*(part.format(manifest=folder / "manifest.json") for part in argv), "--json")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("derive: ")
    assert "Traceback" not in done.err
    assert {path.name for path in Path().iterdir()} == before


def test_a_chain_of_formulas_is_marked(run: Command, made_chain: Callable[[], Path]) -> None:
    """Everybody has the file's own numbers, and the published figures are right."""
    folder = made_chain()
    rows = "".join(
        f"01,{name},{value}\n" for name, value in (("u", 6), ("v", 11), ("J", 33), ("dJ/da", 3), ("dJ/dc", 9))
    )
    Path("a.csv").write_text("student,quantity,value\n" + rows, encoding="utf-8")
    done = run(folder / "manifest.json", "a.csv", "--json", "--digits", "2")
    assert done.status == 0
    assert done.report["summary"]["marks"] == 5


@pytest.fixture
def made_chain(tmp_path: Path) -> Callable[[], Path]:
    """Make a handout of a chain of formulas."""

    def make() -> Path:
        order = plan(load("ng-graph-J"), students=2, same=True, formats=("html",))
        write_handout(order, tmp_path / "chain")
        return tmp_path / "chain"

    return make


def test_a_script_with_the_numbers_of_another_form(handout: tuple[Path, Manifest]) -> None:
    """It is told whose form it fits, once, and earns nothing; a wrong script of one's own is no other's."""
    _, manifest = handout
    own = filled(manifest, "Anna")
    wild = {name: f"{float(text) + 3:.4g}" for name, text in own.items()}
    report = mark(manifest, {"07": own, "Anna": own, "../x": wild}).report.by_student()
    other = report["07"].judgements
    assert {each.diagnosis for each in other} == {("other-script",)}
    assert {each.used for each in other} == {manifest.forms["Anna"]}
    assert sum("costs no further mark" in each.explanation for each in other) == 0
    assert (report["07"].marks, report["Anna"].marks) == (0, len(manifest.asked))
    assert not any("other-script" in each.diagnosis for each in report["../x"].judgements)
