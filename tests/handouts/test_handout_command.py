"""`derive handout`: what it writes, for whom, with which numbers, and what it refuses."""

from __future__ import annotations

import csv
import json
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from derive.given.loading import load
from derive.given.problem import Problem
from derive.handouts.making import handing_out
from derive.handouts.people.manifest import read_manifest
from derive.numeric.quantities import values as matrix_values
from tests.commands import Command, runner
from tests.handouts.sheets.sheets import pdf_text


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `derive handout` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return runner(capsys, "handout")


@pytest.fixture
def made(run: Command) -> Callable[..., Path]:
    """Make a handout that must succeed, and return its folder."""

    def make(out: str, *argv: str) -> Path:
        seed = () if "--seed" in argv else ("--seed", "1")  # a random one would make the figures of a test so
        done = run(*argv, *seed, "--out", out)
        assert (done.status, done.err) == (0, "")
        assert str(Path(out) / "index.html") in done.out
        return Path(out)

    return make


Made = Callable[..., Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def shown(value: float) -> str:
    """The first four significant digits of a figure as a sheet would print them, without its sign."""
    size = abs(value)
    return f"{size:.3e}".partition("e")[0] if size < 1e-4 else f"{float(f'{size:.3e}'):.12f}".rstrip("0")


def telling_values(given: Mapping[str, Any], asked: list[str]) -> dict[str, str]:
    """Asked figures of a variant by the NumPy core, but for short ones that also stand among the given numbers."""
    problem = load(given)
    assert isinstance(problem, Problem)
    worked = matrix_values(problem)
    figures = {name: shown(worked[name]) for name in asked}
    return {name: text for name, text in figures.items() if len(text.replace(".", "").strip("0")) >= 4}


# what is written


def test_every_format_for_everyone(made: Made) -> None:
    """Sheets, keys, answer files, class files, manifest and index; nothing else but the stamp."""
    folder = made("sheet", "2-2-2", "--students", "3", "--ask", "forward", "--to", "html,pdf,latex")
    people = ("01", "02", "03")
    expected = {
        f"{part}/{who}.{end}" for part in ("worksheets", "keys") for who in people for end in ("html", "pdf", "tex")
    }
    expected |= {f"answers/{who}.csv" for who in people} | {"answers.xlsx", "manifest.json", "index.html"}
    expected |= {"class-worksheets.pdf", "class-keys.pdf", "marking-key.pdf", ".derive-handout.json", "files.sha256"}
    assert set(contents(folder)) == expected
    starts = {".pdf": b"%PDF-", ".tex": b"\\documentclass", ".html": b"<!doctype html>"}
    for name, content in contents(folder).items():
        start = starts.get(Path(name).suffix, b"")
        assert content[:15].lower().startswith(start.lower()), name


def test_without_options_it_is_html_and_pdf_in_output(run: Command) -> None:
    """The default problem, in a folder named after it, with the command that marks what comes back."""
    done = run("--variants", "1", "--ask", "net_H1")
    assert (done.status, done.err) == (0, "")
    folder = Path("output/2-2-2-handout")
    assert {path.suffix for path in (folder / "worksheets").iterdir()} == {".html", ".pdf"}
    assert f"derive verify {folder / 'manifest.json'} {folder / 'answers.xlsx'}" in done.out


def test_the_same_command_gives_the_same_bytes(made: Made) -> None:
    """Run twice, and with 1 and 2 processes, in every format; another seed gives everyone other numbers."""
    order = ("2-2-2", "--students", "22", "--ask", "out_H1,E_total", "--to", "html,pdf,latex", "--seed", "ML1 sheet 3")
    one = contents(made("one", *order, "--jobs", "1"))
    two = contents(made("two", *order, "--jobs", "2"))
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    assert len({one[f"worksheets/{who:02}.html"] for who in range(1, 23)}) == 22
    other = made("other", *order[:-1], "ML1 sheet 4", "--jobs", "1")
    before, after = json.loads(one["manifest.json"]), manifest(other)
    for who in before["variants"]:
        assert before["variants"][who]["form"] != after["variants"][who]["form"]
        assert before["variants"][who]["problem"]["layers"] != after["variants"][who]["problem"]["layers"]


def test_a_students_numbers_do_not_depend_on_the_class(made: Made) -> None:
    """The second of three has the numbers that the second of ten has."""
    three = manifest(made("three", "2-2-2", "--students", "3", "--to", "html"))
    ten = manifest(made("ten", "2-2-2", "--students", "10", "--to", "html"))
    assert three["variants"] == {who: ten["variants"][who] for who in ("01", "02", "03")}


def test_a_seed_nobody_can_guess(run: Command) -> None:
    """Without --seed two classes have other numbers, the manifest says so, and only its owner may read it."""
    for name in ("one", "two"):
        assert run("2-2-2", "--students", "2", "--ask", "net_H1", "--to", "html", "--out", name).status == 0
    one, two = (manifest(Path(name)) for name in ("one", "two"))
    assert one["seed"] != two["seed"]
    assert len(one["seed"]) == 32
    assert one["variants"] != two["variants"]
    assert one["seed_is"].startswith("drawn at random")
    assert Path("one/manifest.json").stat().st_mode & 0o777 == 0o600
    # The same command goes on in its folder with the seed that is there, and with it makes the class again elsewhere.
    assert run("2-2-2", "--students", "2", "--ask", "net_H1", "--to", "html", "--out", "one").status == 0
    assert manifest(Path("one")) == one
    again = ("2-2-2", "--students", "2", "--ask", "net_H1", "--to", "html", "--seed", one["seed"], "--out", "again")
    assert run(*again).status == 0
    assert manifest(Path("again"))["variants"] == one["variants"]
    assert manifest(Path("again"))["seed_is"] == "given"


def test_a_class_of_the_first_version(run: Command, made: Made) -> None:
    """A folder that 0.1.0 wrote is marked as then, and not gone on with."""
    folder = made("sheet", "2-2-2", "--students", "2", "--ask", "net_H1", "--to", "html")
    old = {key: value for key, value in manifest(folder).items() if key not in ("derive", "seed_is")}
    (folder / "manifest.json").write_text(json.dumps(old), encoding="utf-8")
    stamp = json.loads((folder / ".derive-handout.json").read_text(encoding="utf-8"))
    del stamp["derive"]
    (folder / ".derive-handout.json").write_text(json.dumps(stamp, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    before = contents(folder)
    done = run("2-2-2", "--students", "2", "--ask", "net_H1", "--to", "html", "--seed", "1", "--out", "sheet")
    assert done.status == 2
    assert "begun with derive 0.1.0" in done.err
    assert contents(folder) == before
    read = read_manifest(folder / "manifest.json")
    assert (read.derive, read.at_random, read.seed) == ("0.1.0", False, "1")


@pytest.mark.parametrize("lost", ["keys/02.html", "answers/01.csv", "manifest.json"])
def test_a_file_taken_away_while_others_are_written(run: Command, monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    """The command ends with status 2 and says what is missing; the same command then makes it."""
    order = (
        "2-2-2",
        "--students",
        "3",
        "--ask",
        "net_H1",
        "--to",
        "html",
        "--seed",
        "s",
        "--out",
        "sheet",
        "--jobs",
        "1",
    )
    genuine = handing_out.index_html

    def thief(*arguments: Any, **named: Any) -> str:
        Path("sheet", lost).unlink()
        return genuine(*arguments, **named)

    monkeypatch.setattr(handing_out, "index_html", thief)
    done = run(*order)
    assert (done.status, done.out) == (2, "")
    assert lost in done.err
    monkeypatch.setattr(handing_out, "index_html", genuine)
    assert run(*order).status == 0
    assert Path("sheet", lost).is_file()


def test_variants_are_problems_of_the_same_structure(made: Made) -> None:
    """Each loads as a problem file would, with other numbers, and its key shows what the NumPy core works out."""
    folder = made("sheet", "2-2-2", "--students", "5", "--to", "latex")
    found = manifest(folder)
    assert (found["problem"], found["seed"], found["digits"], len(found["asked"])) == ("2-2-2", "1", 4, 33)
    structure = load("2-2-2").structure
    for who, variant in found["variants"].items():
        problem = load(variant["problem"])
        assert isinstance(problem, Problem)
        assert problem.structure == structure
        key = (folder / "keys" / f"{who}.tex").read_text(encoding="utf-8")
        sheet = (folder / "worksheets" / f"{who}.tex").read_text(encoding="utf-8")
        assert variant["form"] in key
        assert variant["form"] in sheet
        for name, text in telling_values(variant["problem"], found["asked"]).items():
            assert text in key, (who, name)


@pytest.mark.parametrize("level", ["1", "2", "3", "4"])
def test_no_worksheet_tells_a_figure_that_it_asks(made: Made, level: str) -> None:
    """Not in HTML, LaTeX, or PDF: not in its text, nor in any of its streams; the key tells them all."""
    folder = made("sheet", "2-2-2", "--variants", "1", "--level", level, "--formulas", "--to", "html,pdf,latex")
    found = manifest(folder)
    for who, variant in found["variants"].items():
        secret = telling_values(variant["problem"], found["asked"])
        assert len(secret) > 20
        for name, text in _texts(folder / "worksheets", who).items():
            told = [quantity for quantity, value in secret.items() if re.search(rf"(?<![\d.]){re.escape(value)}", text)]
            assert told == [], name
        key = (folder / "keys" / f"{who}.html").read_text(encoding="utf-8")
        assert [quantity for quantity, value in secret.items() if value not in key] == []


def test_a_worked_example_tells_nothing_either(made: Made) -> None:
    """What the sheets of two students do not share holds no asked figure: the example is the same for everyone."""
    folder = made("sheet", "2-2-2", "--variants", "2", "--example", "--to", "html,latex")
    found = manifest(folder)
    for name in ("html", "latex"):
        pages = {who: _lines(folder / "worksheets" / f"{who}.{'tex' if name == 'latex' else name}") for who in "AB"}
        assert len(set(pages["A"]) & set(pages["B"])) > 20
        for who, other in (("A", "B"), ("B", "A")):
            text = "\n".join(line for line in pages[who] if line not in pages[other])
            secret = telling_values(found["variants"][who]["problem"], found["asked"])
            assert found["variants"][who]["form"] in text
            assert [quantity for quantity, value in secret.items() if value in text] == []


def _lines(path: Path) -> list[str]:
    page = re.sub(r"base64,[A-Za-z0-9+/=]+", "", path.read_text(encoding="utf-8"))
    return page.splitlines()


def _texts(folder: Path, who: str) -> dict[str, str]:
    page = (folder / f"{who}.html").read_text(encoding="utf-8")
    pdf = (folder / f"{who}.pdf").read_bytes()
    streams = b"".join(_inflated(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL))
    return {
        "html": re.sub(r"base64,[A-Za-z0-9+/=]+|<svg.*?</svg>", "", page, flags=re.DOTALL),
        "latex": (folder / f"{who}.tex").read_text(encoding="utf-8"),
        "pdf, as printed": " ".join(pdf_text(pdf, folder)),
        # The text that describes each formula to a screen reader is UTF-16 or Latin-1.
        "pdf, described": (pdf + streams).replace(b"\0", b"").decode("latin-1"),
    }


def _inflated(part: bytes) -> bytes:
    try:
        content = zlib.decompressobj().decompress(part)
    except zlib.error:
        return b""
    # Where things lie on the page are numbers, too.
    return b"" if b" Tf" in content or b" re" in content or b" cm" in content else content


def test_every_link_of_the_index_leads_somewhere(made: Made) -> None:
    """Every sheet, key and answer file is linked, and every link is a file."""
    folder = made("sheet", "2-2-2", "--students", "4", "--ask", "net_H1", "--to", "html,pdf,latex")
    links = re.findall(r'href="([^"#]+)"', (folder / "index.html").read_text(encoding="utf-8"))
    assert all((folder / link).is_file() for link in links)
    assert set(links) >= {name for name in contents(folder) if "/" in name} | {"class-keys.pdf", "answers.xlsx"}


def test_each_student_starts_on_an_odd_page(made: Made) -> None:
    """The class files hold everybody, in order, an even number of pages each but perhaps the last."""
    folder = made("sheet", "2-2-2", "--students", "3", "--to", "pdf")
    for kind in ("worksheets", "keys"):
        pages = pdf_text((folder / f"class-{kind}.pdf").read_bytes(), folder)
        if not pages:
            pytest.skip("no pdftotext")
        found = manifest(folder)["variants"]
        for who, variant in found.items():
            own = [place for place, page in enumerate(pages) if variant["form"] in page]
            assert own[0] % 2 == 0, (kind, who)
            assert own == list(range(own[0], own[-1] + 1))
            assert len(own) >= len(pdf_text((folder / kind / f"{who}.pdf").read_bytes(), folder))


@pytest.mark.parametrize("ask", ["net_H1", "all"])
@pytest.mark.parametrize("students", [21, 30, 41])
def test_bound_parts_are_as_one_piece(made: Made, monkeypatch: pytest.MonkeyPatch, students: int, ask: str) -> None:
    """However many parts a class file is bound from: everyone on an odd page, no empty page but the backs."""
    problem, count = ("deepml-neuron", 5) if ask == "all" else ("2-2-2", 3)
    files = {}
    for name, part in (("parts", count), ("piece", students)):
        monkeypatch.setattr(handing_out, "_PART", part)
        some = str(1 + students // (20 // count))  # so many more than parts as in a class of this size
        folder = made(name, problem, "--students", some, "--ask", ask, "--to", "pdf", "--jobs", "1")
        forms = [variant["form"] for variant in manifest(folder)["variants"].values()]
        for kind in ("worksheets", "keys"):
            pages = [page.extract_text() for page in PdfReader(folder / f"class-{kind}.pdf").pages]
            # Whose page it is: how a font of its own names its signs differs from part to part.
            files[name, kind] = [next((form for form in forms if form in page), "") for page in pages]
            starts = [next(place for place, page in enumerate(pages) if form in page) for form in forms]
            assert all(start % 2 == 0 for start in starts), (kind, starts)
            assert starts == sorted(starts)
            empty = [place for place, page in enumerate(pages) if len(page) < 60]  # a foot alone
            assert all(place % 2 for place in empty), (kind, empty)
    for kind in ("worksheets", "keys"):
        assert files["parts", kind] == files["piece", kind]


# for whom

HOSTILE = (
    "../../etc/passwd",
    "CON",
    "x" * 190,
    '=HYPERLINK("http://x.example")',
    "-1+1",
    "a;=b",
    "אבג",
    "<script>alert(1)</script>",
    "\\input{/etc/passwd}",
    "index",
)


def _hostile_roster(path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(
            [["id", "name", "group", "number"], *([who, f"</script><b>{who}", "=A1", "007"] for who in HOSTILE)]
        )


def test_hostile_ids_and_names_are_data(made: Made) -> None:
    """Safe file names, escaped text, further columns kept, and no formula in any cell."""
    _hostile_roster(Path("roster.csv"))
    folder = made("sheet", "2-2-2", "--students", "roster.csv", "--ask", "net_H1,out_H1", "--to", "html,latex,pdf")
    names = contents(folder)
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]{1,100}", name) and ".." not in name for name in names)
    assert len({name.lower() for name in names}) == len(names)
    assert len([name for name in names if name.startswith("worksheets/")]) == 3 * len(HOSTILE)
    assert {path.name for path in Path().iterdir()} == {"roster.csv", "sheet"}
    assert not any(Path(name).stem.lower() in ("con", "nul") for name in names)
    for name, content in names.items():
        text = content.decode("utf-8", "replace")
        if name.endswith(".html"):
            assert "<script>alert" not in text
            assert "</script><b>" not in text
        if name.endswith(".tex"):
            assert not re.search(r"\\input\b", text)
        if name.endswith(".csv"):
            assert not any(cell[:1] in "=+-@" for row in csv.reader(text.splitlines()) for cell in row if cell)
    students = manifest(folder)["students"]
    assert [student["id"] for student in students] == list(HOSTILE)
    assert students[0]["extra"] == {"number": "007"}
    cells = [cell for row in openpyxl.load_workbook(folder / "answers.xlsx").worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}
    assert all(cell.value is None for cell in cells if cell.data_type == "n")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["Anna", "ANNA"], "case"),
        (["Anna", "Ben", "Anna"], "row 4"),
        (["Anna", "\uff21nna"], "mixed up"),
        (["Anna", "a\x07b"], "U+0007"),
        ([], "no student"),
    ],
)
def test_rosters_that_cannot_be_used(run: Command, rows: list[str], said: str) -> None:
    """Ids that collide, are there twice or cannot be printed: the row is named, and nothing is written."""
    Path("roster.csv").write_text("\n".join(["id", *rows]) + "\n", encoding="utf-8")
    done = run("2-2-2", "--students", "roster.csv", "--out", "sheet")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("derive: roster.csv")
    assert said in done.err
    assert not Path("sheet").exists()


def test_versions_are_called_a_to_d(made: Made) -> None:
    """Four versions with four different form ids."""
    variants = manifest(made("sheet", "2-2-2", "--variants", "4", "--ask", "net_H1", "--to", "html"))["variants"]
    assert list(variants) == ["A", "B", "C", "D"]
    assert len({variant["form"] for variant in variants.values()}) == 4


def test_the_files_own_numbers_for_everyone(made: Made) -> None:
    """With --same all have one form, and the key has the published figures; later rounds may be asked."""
    ask = "net_H1,E_total,E_total@1"
    folder = made("sheet", "2-2-2", "--same", "--students", "2", "--ask", ask, "--digits", "9", "--to", "html")
    variants = manifest(folder)["variants"]
    assert len({variant["form"] for variant in variants.values()}) == 1
    assert load(variants["01"]["problem"]).structure == load("2-2-2").structure
    key = (folder / "keys" / "01.html").read_text(encoding="utf-8")
    assert "0.298371109" in key
    assert "0.291027774" in key


def test_a_chain_of_formulas_has_other_numbers_too(run: Command, made: Made) -> None:
    """Everyone gets other numbers; with --same those of the file."""
    assert run("ng-graph-J", "--students", "3", "--to", "html", "--out", "others").status == 0
    folder = made("sheet", "ng-graph-J", "--students", "3", "--same", "--to", "html,pdf,latex")
    assert "J" in manifest(folder)["asked"]


# what is asked


@pytest.mark.parametrize(
    ("ask", "count"),
    [
        ("all", 33),
        ("forward", 11),
        ("backward", 14),
        ("updates", 8),
        ("forward,updates", 19),
        ("dE/dw5, net_H1,dE_total/dw5", 2),
    ],
)
def test_what_is_asked(made: Made, ask: str, count: int) -> None:
    """A field for each figure asked, and a line for each in the answer file, in working order."""
    folder = made("sheet", "2-2-2", "--variants", "1", "--ask", ask, "--to", "html")
    asked = manifest(folder)["asked"]
    assert len(asked) == count
    page = (folder / "worksheets" / "A.html").read_text(encoding="utf-8")
    assert re.findall(r'data-quantity="([^"]+)"', page) == asked
    rows = list(csv.DictReader((folder / "answers" / "A.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["quantity"] for row in rows] == asked
    assert {row["value"] for row in rows} == {""}


def test_options_change_the_sheet(made: Made) -> None:
    """Level, formulas, example and digits each make another sheet of the same numbers."""
    common = ("2-2-2", "--variants", "1", "--ask", "forward", "--to", "html")
    options = ([], ["--level", "1"], ["--level", "3"], ["--level", "4"], ["--formulas"], ["--example"])
    pages = []
    for place, option in enumerate(options):
        folder = made(f"s{place}", *common, *option)
        pages.append((folder / "worksheets" / "A.html").read_text(encoding="utf-8"))
        assert manifest(folder)["variants"] == manifest(Path("s0"))["variants"]
    assert len(set(pages)) == len(options)
    five = manifest(made("five", *common, "--digits", "5"))
    assert five["digits"] == 5


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "--students"),
        (("--students", "3", "--variants", "3", "--same"), "leave out --groups and --variants"),
        (("--students", "0"), "1 to 100,000"),
        (("--students", "missing.csv"), "no such file"),
        (("--variants", "27"), "1 to 26"),
        (("--variants", "2", "--ask", "net_H9"), "net_H2"),
        (("--variants", "2", "--ask", "x1"), "given"),
        (("--variants", "2", "--ask", ","), "nothing is asked"),
        (("--variants", "2", "--ask", "E_total@6"), "more than 5 updates can be asked with --same only"),
        (("--variants", "2", "--level", "5"), "1 to 4"),
        (("--variants", "2", "--digits", "1"), "2 to 30"),
        (("--variants", "2", "--to", "docx"), "html, pdf, latex"),
        (("--variants", "2", "--jobs", "0"), "1 to 256"),
        (("--variants", "2", "--out", "taken"), "taken"),
    ],
)
def test_wishes_that_cannot_be_met(run: Command, argv: tuple[str, ...], said: str) -> None:
    """Status 2, what is allowed, nothing on standard output and nothing written."""
    Path("taken").write_text("a file", encoding="utf-8")
    done = run("2-2-2", *argv)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert [path.name for path in Path().iterdir()] == ["taken"]


def test_another_handout_is_never_written_over(run: Command, made: Made) -> None:
    """The same command leaves what is there alone, typed answers too; another one is refused, naming what differs."""
    order = ("2-2-2", "--variants", "2", "--ask", "net_H1", "--to", "html")
    folder = made("sheet", *order)
    (folder / "answers" / "A.csv").write_text("typed", encoding="utf-8")
    (folder / "worksheets" / "B.html").unlink()
    before = contents(folder)
    made("sheet", *order)
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"worksheets/B.html"}
    done = run(*order, "--seed", "other", "--out", "sheet")
    assert (done.status, done.out) == (2, "")
    assert "seed" in done.err
    assert contents(folder) == after
