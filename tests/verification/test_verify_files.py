"""`derive verify`: the files it reads, forms that are filled in, and the pages it writes."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.commands import Command, answers, honest, runner
from tests.students import Habit


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `derive verify` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(capsys, "verify")


# what answers may come from


def test_standard_input(run: Command, tmp_path: Path) -> None:
    """`-` reads CSV or JSON from standard input, in a process of its own."""
    for text in (b"quantity,value\nnet_H1,0.3775\n", b'{"net_H1": 0.3775}'):
        done = subprocess.run(
            [sys.executable, "-m", "derive", "verify", "2-2-2", "-", "--json"],
            input=text,
            capture_output=True,
            cwd=Path(__file__).resolve().parents[2],
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.loads(done.stdout)["answers"][0]["verdict"] == "correct"


def test_a_decimal_comma_where_it_is_asked_for_or_semicolons_separate(run: Command) -> None:
    """`0,3775` is a number in a file with semicolons; in another only when asked for."""
    assert run("2-2-2", answers("a.csv", "net_H1;0,3775", columns="quantity;value")).status == 0
    name = answers("b.csv", 'net_H1,"0,3775"')
    assert run("2-2-2", name).status == 1
    assert run("2-2-2", name, "--decimal-comma").status == 0


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("problem", ["2-2-2", "ng-graph-J"])
def test_a_form_is_filled_in_and_accepted(run: Command, ending: str, problem: str) -> None:
    """An empty form is all blank; filled in as people do, every figure of it is right."""
    form = f"form.{ending}"
    made = run(problem, "--form", form)
    assert made.status == 0
    assert form in made.out
    empty = run(problem, form, "--json")
    assert (empty.status, set(empty.report["summary"]["counts"])) == (0, {"blank"})
    figures = honest(problem, Habit(digits=6))
    path = Path(form)
    if ending == "json":
        entries = json.loads(path.read_text(encoding="utf-8"))
        for entry in entries:
            entry["value"] = figures[entry["quantity"]]
        path.write_text(json.dumps(entries), encoding="utf-8")
    elif ending == "csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([rows[0], *([row[0], figures[row[0]], row[2]] for row in rows[1:])])
    else:
        workbook = openpyxl.load_workbook(path)
        for row in workbook.worksheets[0].iter_rows(min_row=2):
            row[1].value = figures[row[0].value]
        workbook.save(path)
    filled = run(problem, form, "--json")
    assert filled.status == 0, filled.out
    assert filled.report["summary"]["marks"] == filled.report["summary"]["out_of"] == len(figures)


def test_a_form_is_never_written_over(run: Command) -> None:
    """A file that is there, answers beside a form, or a strange ending are refused."""
    answers("mine.csv", "net_H1,1")
    before = Path("mine.csv").read_bytes()
    for argv in (("--form", "mine.csv"), ("mine.csv", "--form", "other.csv"), ("--form", "form.doc")):
        done = run("2-2-2", *argv)
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("derive: ")
    assert Path("mine.csv").read_bytes() == before
    assert [path.name for path in Path().iterdir()] == ["mine.csv"]


# good files beside bad ones


def test_a_bad_file_beside_good_ones_is_listed(run: Command) -> None:
    """The others are judged, the bad ones are in `rejected`, and the status is 1."""
    Path("broken.xlsx").write_bytes(b"PK\x03\x04 not really")
    good = answers("good.csv", "net_H1,0.3775")
    done = run("2-2-2", "broken.xlsx", good, "missing.json", "--json")
    assert done.status == 1
    assert [each["file"] for each in done.report["rejected"]] == ["broken.xlsx", "missing.json"]
    assert done.answer("net_H1")["verdict"] == "correct"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"foo,bar\n1,2\n", "quantity"),
        (b"\x00\x01\xff\xfe", "bad.csv"),
        (b"quantity,value\nnet_H9,1\n", "row 2"),
        (b"quantity,value\nnet_H1," + b"9" * 10_001 + b"\n", "row 2"),
    ],
)
def test_only_a_bad_file_is_a_plain_message(run: Command, content: bytes, said: str) -> None:
    """Status 2, a line that names the file, nothing on standard output, nothing written."""
    Path("bad.csv").write_bytes(content)
    done = run("2-2-2", "bad.csv", "--json", "--out", "marked")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("derive: bad.csv")
    assert said in done.err
    assert not Path("marked").exists()


def test_files_that_name_no_student_are_of_several(run: Command) -> None:
    """Two files that answer the same figures are of two students; two halves of one script are one student's."""
    anna = answers("anna.csv", "net_H1,0.3775", "out_H1,0.5933")
    ben = answers("ben.csv", "net_H1,0.0275")
    done = run("2-2-2", anna, ben, "--json")
    assert done.report["rejected"] == []
    assert {each["student"] for each in done.report["answers"]} == {"anna", "ben"}
    rest = answers("rest.csv", "out_y1,0.7514")
    assert {each["student"] for each in run("2-2-2", anna, rest, "--json").report["answers"]} == {None}


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("a.csv", "--digits", "1"),
        ("a.csv", "--policy", "odd"),
        ("a.csv", "--truncation", "perhaps"),
        ("a.csv", "--to", "latex"),
        ("a.csv", "--out", "a.csv"),
    ],
)
def test_bad_arguments_are_refused(run: Command, argv: tuple[str, ...]) -> None:
    """Status 2, nothing on standard output, and nothing written."""
    answers("a.csv", "net_H1,0.3775")
    done = run("2-2-2", *argv)
    assert (done.status, done.out) == (2, "")
    assert done.err
    assert [path.name for path in Path().iterdir()] == ["a.csv"]


# what is written

HOSTILE = (
    "Anna",
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(2)>",
    "../../etc/passwd",
    "CON",
    r"\input{/etc/passwd}",
    '=HYPERLINK("http://x.example","x")',
    "@SUM(A1)",
    "\x1b[31mred\x07",
    "\u202egpj.exe",
    "אבג",
    "#let x = 1; $x$",
    "n" * 180,
    "class",
    "anna",
)


@pytest.fixture
def hostile_file(run: Command) -> str:
    """A class of hostile names, with hostile values and notes."""
    rows: list[list[str]] = [["student", "quantity", "value", "note"]]
    for name in HOSTILE:
        rows.append([name, "net_H1", "0.3775", f"note of {name}"])
        rows.append([name, "out_H1", name, '</p><script>alert("note")</script>'])
    with Path("class.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return "class.csv"


def test_hostile_names_values_and_notes_are_only_text(run: Command, hostile_file: str) -> None:
    """Pages, gradebook and class page for everybody, in one folder; no tag, formula or control gets through."""
    done = run("2-2-2", hostile_file, "--to", "html,pdf", "--out", "marked")
    assert done.status == 1
    out = Path("marked")
    written = {path.name for path in out.rglob("*")}
    assert {"gradebook.csv", "class.html"} <= written
    assert len([name for name in written if name.endswith(".pdf")]) == len(HOSTILE) + 1
    assert len([name for name in written if name.endswith(".html")]) == len(HOSTILE) + 1
    assert {path.name for path in Path().iterdir()} == {"class.csv", "marked"}
    assert len({name.lower() for name in written}) == len(written)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}\.(html|pdf|csv)", name) for name in written)
    for page in out.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)
    for line in csv.reader(io.StringIO((out / "gradebook.csv").read_text(encoding="utf-8-sig"))):
        assert not any(cell[:1] and cell[0] in "=+-@\t\r" for cell in line)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", done.out)
    assert all(name.lower() in done.out.lower() for name in ("Anna", "passwd", "אבג"))
    assert "<script>alert(1)</script>" in done.out


def test_links_of_the_class_page_lead_to_pages(run: Command, hostile_file: str) -> None:
    """Every relative link of class.html is a file beside it."""
    run("2-2-2", hostile_file, "--out", "marked")
    links = re.findall(r'href="([^"#:]+)"', Path("marked/class.html").read_text(encoding="utf-8"))
    assert len(set(links)) >= len(HOSTILE)
    assert all((Path("marked") / link).is_file() for link in links)


def test_the_gradebook_has_a_row_for_each_student(run: Command) -> None:
    """Marks, first wrong and diagnoses, as the report has them."""
    rows = ("Anna,net_H1,0.3775", "Anna,out_H1,0.5933", "Ben,net_H1,0.0275", "Ben,out_H1,")
    run("2-2-2", answers("a.csv", *rows, columns="student,quantity,value"), "--out", "marked")
    text = Path("marked/gradebook.csv").read_text(encoding="utf-8-sig")
    book = {row["student"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (book["Anna"]["marks"], book["Anna"]["out_of"], book["Anna"]["first_wrong"]) == ("2", "2", "")
    assert (book["Ben"]["marks"], book["Ben"]["first_wrong"], book["Ben"]["out_H1"]) == ("0", "net_H1", "blank")
    assert "missing-bias" in book["Ben"]["diagnoses"]


def test_one_script_gives_one_page_and_the_same_bytes_again(run: Command) -> None:
    """A lone script has a page named after its problem, without gradebook; twice the same bytes, PDF too."""
    name = answers("a.csv", "net_H1,0.0275", "out_H1,0.5069")
    for folder in ("one", "two"):
        done = run("2-2-2", name, "--to", "html,pdf", "--out", folder)
        assert {path.name for path in Path(folder).iterdir()} == {"2-2-2-feedback.html", "2-2-2-feedback.pdf"}
        assert f"{folder}/2-2-2-feedback.html" in done.out
    for path in Path("one").iterdir():
        assert path.read_bytes() == (Path("two") / path.name).read_bytes()
    assert Path("one/2-2-2-feedback.pdf").read_bytes().startswith(b"%PDF-")


def test_with_json_the_names_of_files_go_to_standard_error(run: Command) -> None:
    """Standard output stays one JSON document."""
    done = run("2-2-2", answers("a.csv", "net_H1,0.3775"), "--json", "--out", "marked")
    assert done.report["summary"]["marks"] == 1
    assert done.err.splitlines() == [str(Path("marked/2-2-2-feedback.html"))]


def test_nothing_is_half_written_where_a_file_cannot_be(run: Command) -> None:
    """A folder in the way of one page: status 2, a plain line, and no other page either."""
    Path("marked/class.html").mkdir(parents=True)
    rows = ("Anna,net_H1,0.3775", "Ben,net_H1,0.0275")
    done = run("2-2-2", answers("a.csv", *rows, columns="student,quantity,value"), "--out", "marked")
    assert (done.status, done.out) == (2, "")
    assert "class.html" in done.err
    assert [path.name for path in Path("marked").iterdir()] == ["class.html"]
