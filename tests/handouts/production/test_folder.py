"""A handout's folder: claimed by one command, gone on with by the same, refused to another."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.handouts.making.folder import STAMP, Folder

COMMAND = {"problem": "2-2-2", "seed": "s", "students": [f"student {number}" for number in range(100)]}


def test_the_same_command_goes_on(tmp_path: Path) -> None:
    """Files that are there stay as they are, answers typed into them too; missing ones are written."""
    folder = Folder(root=tmp_path / "sheet")
    folder.begin(COMMAND)
    folder.write({"answers/01.csv": "empty", "answers/02.csv": "empty"})
    (tmp_path / "sheet/answers/01.csv").write_text("typed", encoding="utf-8")
    (tmp_path / "sheet/answers/02.csv").unlink()
    folder.begin(COMMAND)
    assert folder.missing(["answers/01.csv", "answers/02.csv"]) == ["answers/02.csv"]
    folder.write({"answers/01.csv": "empty", "answers/02.csv": "empty"})
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
