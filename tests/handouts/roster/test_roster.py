"""Rosters: files and numbers, and every fault named by file, row and column."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.handouts.people.roster import Student, lettered, numbered, read_roster


def roster_of(folder: Path, text: str | bytes, name: str = "roster.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def workbook(rows: list[list[object]]) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_csv_roster(tmp_path: Path) -> None:
    """Ids, names and groups are read, further columns are kept, blank rows are no students."""
    path = roster_of(tmp_path, "ID,Name,seat,group\n7,Ada Lovelace,A3,x\n\n8,مريم,,\n")
    roster = read_roster(path)
    assert roster.columns == ("seat",)
    assert roster.students == (
        Student(id="7", name="Ada Lovelace", group="x", extra=(("seat", "A3"),)),
        Student(id="8", name="مريم", group="", extra=(("seat", ""),)),
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_save(tmp_path: Path, mark: str, encoding: str) -> None:
    """Commas, semicolons and tabs, with a byte order mark or without, are all read."""
    text = mark.join(["name", "id"]) + "\r\n" + mark.join(["Zoë", "a1"]) + "\r\n"
    roster = read_roster(roster_of(tmp_path, text.encode(encoding)))
    assert roster.students == (Student(id="a1", name="Zoë"),)


def test_a_workbook(tmp_path: Path) -> None:
    """A workbook's first sheet is read; whole numbers are ids without a decimal point."""
    content = workbook([["id", "name", "points"], [1001, "Ada", 2.5], [None, None, None], ["x2", "Bo", None]])
    roster = read_roster(roster_of(tmp_path, content, "class.xlsx"))
    assert roster.students == (
        Student(id="1001", name="Ada", extra=(("points", "2.5"),)),
        Student(id="x2", name="Bo", extra=(("points", ""),)),
    )


@pytest.mark.parametrize(
    ("count", "first", "last"), [(1, "01", "01"), (30, "01", "30"), (100, "001", "100"), (1600, "0001", "1600")]
)
def test_numbers(count: int, first: str, last: str) -> None:
    """A number of students gives ids of equal length."""
    roster = read_roster(str(count))
    assert (len(roster.students), roster.ids[0], roster.ids[-1]) == (count, first, last)
    assert roster == numbered(count) == read_roster(count)


@pytest.mark.parametrize("count", ["0", "-3", "100001", "999999999"])
def test_impossible_numbers(count: str) -> None:
    """A class of nobody or of more than 100,000 is refused with what is allowed."""
    with pytest.raises(DeriveError, match="1 to 100,000"):
        read_roster(count)


def test_versions() -> None:
    """Four versions are called A to D; 27 are too many."""
    assert lettered(4).ids == ("A", "B", "C", "D")
    with pytest.raises(DeriveError, match="26"):
        lettered(27)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,group\nAda,x\n", "row 1: a column id is needed"),
        ("", "the file is empty"),
        ("id,name\n", "no student is in it"),
        ("id,name\na,Ada\n,Bo\n", "row 3, column id: empty"),
        ("id\na\nb\na\n", r"row 4, column id: 'a' stands in row 2 already"),
        ("id\nanna\nAnna\n", "row 3, column id: 'Anna' and 'anna' in row 2"),
        ("id\nZo\u00eb\nZoe\u0308\n", "row 3, column id"),
        ("id\nstra\u00dfe\nSTRASSE\n", "row 3, column id"),
        ("id,id\na,b\n", "two columns are called 'id'"),
        ("id,name\na,Ada,x\n", "row 2: 3 cells, where row 1 names 2 columns"),
        ("id\n" + "x" * 1001 + "\n", "row 2, column id: at most 1,000 characters"),
        ("id,name\na,be\x07ll\n", "row 2, column name: the character U\\+0007"),
        ("id\0\n", "binary file"),
        (b"id,name\n1,Zo\x81\n", "neither UTF-8 nor Windows-1252 text \\(line 2\\)"),
        (b"\xff\xfei\x00d\x00\n\x00a", "damaged text"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "Excel before 2007"),
        ("id,ID\na,b\n", "two columns are called 'id'"),
        ("Username,Name\n,Ada\n", "row 2, column Username: empty"),
        ('id\n"' + "x" * 200_000 + "\n", "quotation mark"),
    ],
)
def test_faults_say_where(tmp_path: Path, text: str | bytes, said: str) -> None:
    """Every fault of a roster is one line that names the file, the row and what is wrong."""
    path = roster_of(tmp_path, text)
    with pytest.raises(DeriveError, match=said) as caught:
        read_roster(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "no such file"),
        ("broken.xlsx", b"PK\x03\x04 and nothing else", "damaged"),
        ("text.xlsx", b"id\na\n", "not a workbook"),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    """What is no roster at all is refused in words."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DeriveError, match=said):
        read_roster(tmp_path / name)


def test_a_folder_is_no_roster(tmp_path: Path) -> None:
    """A folder is refused in words."""
    with pytest.raises(DeriveError, match="not a regular file"):
        read_roster(tmp_path)


def test_hostile_ids_are_data(tmp_path: Path) -> None:
    """Paths, markup, formulas and ids of 300 characters are ids like others; invisible direction marks are not kept."""
    ids = ["../../etc/passwd", "CON", "nul.", "x" * 300, "<script>alert(1)</script>", "\\input{/etc/passwd}"]
    path = roster_of(tmp_path, "id\n" + "\n".join([*ids, '"=HYPERLINK(""a"",1)"', "\u202eمريم\u200f"]) + "\n")
    assert read_roster(path).ids == (*ids, '=HYPERLINK("a",1)', "مريم")


# as platforms export them


@pytest.mark.parametrize(
    ("text", "student", "said"),
    [
        # Moodle, participants and grades, in English and in German.
        (
            "First name,Last name,ID number,Email address,Groups\nAda,Lovelace,4711,ada@example.org,G2\n",
            ("4711", "Ada Lovelace", "G2"),
            "id from 'ID number', name from 'First name' and 'Last name', group from 'Groups'",
        ),
        (
            "First name,Surname,ID number,Email address\nAda,Lovelace,,ada@example.org\n",
            ("ada@example.org", "Ada Lovelace", ""),
            "id from 'Email address'",
        ),
        (
            "Vorname;Nachname;Matrikelnummer;E-Mail-Adresse;Gruppen\nZoë;Groß;0042;z@example.org;\n",
            ("0042", "Zoë Groß", ""),
            "id from 'Matrikelnummer'",
        ),
        # Canvas, whose second row is no student.
        (
            "Student,ID,SIS User ID,SIS Login ID,Section,Sheet 1 (88)\n    Points Possible,,,,,10\n"
            '"Lovelace, Ada",61,4711,ada,ML1,\n',
            ("61", "Lovelace, Ada", "ML1"),
            "a row of points possible left out",
        ),
        # Blackboard and Brightspace, the latter with the sign by which it keeps leading zeros.
        (
            "Last Name\tFirst Name\tUsername\tStudent ID\nLovelace\tAda\tada1\t07\n",
            ("07", "Ada Lovelace", ""),
            "id from 'Student ID'",
        ),
        (
            "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#0042,#ada,Lovelace,Ada,#\n",
            ("0042", "Ada Lovelace", ""),
            "id from 'OrgDefinedId', without the # before it",
        ),
        # Others: a name and a login, a title above, a line for Excel.
        ("Prénom;Nom;Courriel\nAda;Lovelace;a@b.fr\n", ("a@b.fr", "Ada Lovelace", ""), "id from 'Courriel'"),
        ("Name;Vorname;Matr.-Nr.\nLovelace;Ada;9\n", ("9", "Ada Lovelace", ""), "name from 'Vorname' and 'Name'"),
        ("Course ML1\n\nSID,Full Name\n3,Ada\n", ("3", "Ada", ""), "id from 'SID'"),
        ("sep=;\nuser_name;Full name\nada;Lovelace, Ada\n", ("ada", "Lovelace, Ada", ""), "id from 'user_name'"),
    ],
)
def test_as_platforms_export_them(tmp_path: Path, text: str, student: tuple[str, str, str], said: str) -> None:
    """Each platform's names of columns are known, the best id is taken, and a line says which."""
    roster = read_roster(roster_of(tmp_path, text))
    (found,) = roster.students
    assert (found.id, found.name, found.group) == student
    assert said in roster.taken
    assert "\n" not in roster.taken


def test_what_is_not_taken_is_kept(tmp_path: Path) -> None:
    """First and last name, user name and address stay for the way back into the platform."""
    path = roster_of(tmp_path, "First name,Last name,Username,ID number\nAda,Lovelace,ada,7\n")
    (student,) = read_roster(path).students
    assert student.extra == (("First name", "Ada"), ("Last name", "Lovelace"), ("Username", "ada"))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("cp1252", "read as Windows-1252 (Zoë Šmid)"), ("utf-16", "read as UTF-16 (Zoë Šmid)"), ("utf-8", None)],
)
def test_letters_are_read_as_they_were_written(tmp_path: Path, encoding: str, said: str | None) -> None:
    """Windows-1252 and UTF-16 are told with a name by which a reader sees that the letters are right."""
    roster = read_roster(roster_of(tmp_path, "id;name\n1;Ada\n2;Zoë Šmid\n".encode(encoding)))
    assert [student.name for student in roster.students] == ["Ada", "Zoë Šmid"]
    assert (said in roster.taken) if said else "read as" not in roster.taken


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(tmp_path: Path, encoding: str) -> None:
    """Wide letters without a mark before them are read all the same."""
    roster = read_roster(roster_of(tmp_path, "id;name\n1;Zoë\n".encode(encoding)))
    assert roster.students == (Student(id="1", name="Zoë"),)
