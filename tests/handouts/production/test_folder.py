"""A handout's folder: claimed by one command, gone on with by the same, refused to another."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.handouts.making.folder import LIST, STAMP, Folder, seed_of

EMPTY = {f"answers/0{number}.csv": lambda: "empty" for number in (1, 2)}
COMMAND = {"problem": "2-2-2", "seed": "s", "students": [f"student {number}" for number in range(100)]}


def test_the_same_command_goes_on(tmp_path: Path) -> None:
    """Files that are there stay as they are, answers typed into them too; missing ones are written."""
    folder = Folder(root=tmp_path / "sheet")
    folder.begin(COMMAND)
    folder.make(EMPTY)
    (tmp_path / "sheet/answers/01.csv").write_text("typed", encoding="utf-8")
    (tmp_path / "sheet/answers/02.csv").unlink()
    folder.begin(COMMAND)
    assert folder.missing(["answers/01.csv", "answers/02.csv"]) == ["answers/02.csv"]
    folder.make(EMPTY)
    assert (tmp_path / "sheet/answers/01.csv").read_text(encoding="utf-8") == "typed"
    assert (tmp_path / "sheet/answers/02.csv").read_text(encoding="utf-8") == "empty"


def test_another_command_is_refused(tmp_path: Path) -> None:
    """A command with another seed is refused, says what is otherwise, and touches nothing."""
    folder = Folder(root=tmp_path)
    folder.begin(COMMAND)
    before = (tmp_path / STAMP).read_bytes()
    with pytest.raises(DeriveError, match=r"another handout .*other seed\)"):
        folder.begin(COMMAND | {"seed": "t"})
    with pytest.raises(DeriveError, match=r"other students\)"):
        folder.begin(COMMAND | {"students": [*COMMAND["students"][1:], "student 0"]})
    assert (tmp_path / STAMP).read_bytes() == before


@pytest.mark.parametrize("stamp", ["", "[]", "{", "[" * 100_000])
def test_a_broken_stamp_is_another(tmp_path: Path, stamp: str) -> None:
    """A stamp that nobody can read belongs to nobody's command."""
    (tmp_path / STAMP).write_text(stamp, encoding="utf-8")
    with pytest.raises(DeriveError, match="another handout"):
        Folder(root=tmp_path).begin(COMMAND)


def test_a_stamp_that_is_no_text(tmp_path: Path) -> None:
    """A stamp in no text encoding is refused in words."""
    (tmp_path / STAMP).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DeriveError, match="cannot be read"):
        Folder(root=tmp_path).begin(COMMAND)


def test_a_manifest_of_somebody_else(tmp_path: Path) -> None:
    """A folder with a manifest and no stamp is not written into; one with other files is."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    Folder(root=tmp_path).begin(COMMAND)
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DeriveError, match=r"manifest\.json"):
        Folder(root=other).begin(COMMAND)
    assert [path.name for path in other.iterdir()] == ["manifest.json"]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    """Temporary files of a killed run are removed, nothing else."""
    folder = Folder(root=tmp_path)
    folder.begin(COMMAND)
    (tmp_path / "keys").mkdir()
    for name in (".derive-abc.part", "keys/.derive-xyz.part", "keys/mine.part"):
        (tmp_path / name).write_text("half", encoding="utf-8")
    folder.begin(COMMAND)
    assert not list(tmp_path.rglob(".derive-*.part"))
    assert (tmp_path / "keys/mine.part").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the folder's place is said to be in the way."""
    (tmp_path / "sheet").write_text("a file", encoding="utf-8")
    with pytest.raises(DeriveError, match="cannot be"):
        Folder(root=tmp_path / "sheet").begin(COMMAND)


def test_what_is_damaged_is_made_anew(tmp_path: Path) -> None:
    """A sheet that was cut short, changed or never recorded is made again; one that has its hash is kept."""
    folder = Folder(root=tmp_path / "sheet")
    makers = {f"worksheets/{name}.html": (lambda text=name: f"sheet {text}") for name in "abcd"}
    folder.begin(COMMAND)
    folder.make({name: makers[name] for name in list(makers)[:3]})
    whole, cut, gone, unknown = (tmp_path / "sheet" / name for name in makers)
    cut.write_text("she", encoding="utf-8")
    gone.unlink()
    unknown.write_text("of a power cut", encoding="utf-8")
    age = whole.stat().st_mtime_ns
    folder.begin(COMMAND)
    assert folder.missing(makers) == list(makers)[1:]
    folder.make(makers)
    folder.finish(list(makers))
    assert [path.read_text(encoding="utf-8") for path in (whole, cut, gone, unknown)] == [f"sheet {n}" for n in "abcd"]
    assert whole.stat().st_mtime_ns == age
    lines = (tmp_path / "sheet" / LIST).read_text(encoding="utf-8").splitlines()
    # The format that `sha256sum -c` reads.
    assert lines == [f"{sha256(f'sheet {n}'.encode()).hexdigest()}  worksheets/{n}.html" for n in "abcd"]


def test_what_is_taken_away_while_others_are_written(tmp_path: Path) -> None:
    """A folder that loses files on the way never ends as if all were there."""
    folder = Folder(root=tmp_path / "sheet")
    folder.begin(COMMAND)
    makers = {f"keys/{name}.html": (lambda text=name: text) for name in "abcde"}
    folder.make(makers)
    for name in "bcde":
        (tmp_path / f"sheet/keys/{name}.html").unlink()
    with pytest.raises(DeriveError, match=r"4 of 5 files were taken away .*keys/b.*keys/c.*keys/d.html and 1 more"):
        folder.finish(list(makers))
    (tmp_path / "sheet/keys/a.html").write_text("other", encoding="utf-8")
    with pytest.raises(DeriveError, match="5 of 5"):
        folder.finish(list(makers))


def test_versions_are_not_mixed(tmp_path: Path) -> None:
    """A folder that another version began is not gone on with, and the message says which it was."""
    folder = Folder(root=tmp_path)
    folder.begin(COMMAND)
    stamp = json.loads((tmp_path / STAMP).read_text(encoding="utf-8"))
    del stamp["derive"]  # as 0.1.0 wrote it
    (tmp_path / STAMP).write_text(json.dumps(stamp, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    with pytest.raises(DeriveError, match=r"begun with derive 0\.1\.0, and this is .*can still be marked"):
        folder.begin(COMMAND)


def test_the_seed_is_found_again(tmp_path: Path) -> None:
    """The seed of a folder is that of its stamp, and is for its owner's eyes alone."""
    assert seed_of(tmp_path) is None
    Folder(root=tmp_path).begin(COMMAND)
    assert seed_of(tmp_path) == "s"
    assert (tmp_path / STAMP).stat().st_mode & 0o077 == 0
