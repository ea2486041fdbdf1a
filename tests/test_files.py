"""Files that belong together: all of them, or those that stood there before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.files import write_together, write_whole


def test_earlier_files_are_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the third file cannot be renamed, the first has its old content and the second is gone again."""
    old, new, failing = (tmp_path / name for name in ("old.html", "new.tex", "failing.pdf"))
    old.write_text("before", encoding="utf-8")
    genuine = os.replace

    def replace(source: str, target: Path) -> None:
        if Path(target) == failing:
            raise OSError(5, "Input/output error")
        genuine(source, target)

    monkeypatch.setattr("derive.files.os.replace", replace)
    with pytest.raises(DeriveError, match=r"failing.pdf: cannot be written: Input/output error"):
        write_together({old: "after", new: "after", failing: b"after"})
    assert [path.name for path in tmp_path.iterdir()] == ["old.html"]
    assert old.read_text(encoding="utf-8") == "before"


def test_data_is_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is synced before it is renamed, and the folder after."""
    seen: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr("derive.files.os.fsync", lambda handle: (seen.append("sync"), sync(handle)))
    monkeypatch.setattr("derive.files.os.replace", lambda a, b: (seen.append("rename"), replace(a, b)))
    write_together({tmp_path / "a": "a", tmp_path / "b": "b"})
    assert seen == ["sync", "sync", "rename", "rename", "sync"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_private_file_is_its_owners(tmp_path: Path) -> None:
    """What holds a seed is readable for its owner alone, other files for everyone whom the umask lets."""
    write_whole(tmp_path / "secret", "x", private=True)
    write_whole(tmp_path / "public", "x")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o666 & ~umask
