"""The worked solution that is kept under output/ is the one that derive writes today."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import derive

ROOT = Path(__file__).resolve().parent.parent
GALLERY = ROOT / "derive" / "help" / "gallery.md"
KEPT = ("2-2-2.html", "2-2-2.tex")
#: Of the gallery; the same names stand in .gitignore.
PICTURES = [ROOT / "output" / name for name in re.findall(r"output/([\w-]+\.svg)", GALLERY.read_text(encoding="utf-8"))]
#: Writes the kept files anew, run in the checkout.
REFRESH = "derive explain --to html,latex"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written by a process of its own, in another folder and with another order of hashes."""
    folder = tmp_path_factory.mktemp("fresh")
    seed = "1" if os.environ.get("PYTHONHASHSEED") == "12345" else "12345"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", *REFRESH.split()]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder / "output"


@pytest.mark.parametrize("name", KEPT)
def test_the_kept_files_are_current(fresh: Path, name: str) -> None:
    """Byte for byte what the command writes; after a change of wording or layout, run REFRESH and look at the page."""
    kept = (ROOT / "output" / name).read_bytes()
    assert kept == (fresh / name).read_bytes(), f"output/{name} is not current: run  {REFRESH}"


def test_nothing_else_is_written(fresh: Path) -> None:
    """The command writes the two formats asked for and no third file."""
    assert {path.name for path in fresh.iterdir()} == set(KEPT)


@pytest.mark.parametrize("kept", PICTURES, ids=[path.stem for path in PICTURES])
def test_the_pictures_of_the_gallery_are_current(kept: Path) -> None:
    """Each is what the Markdown of its problem has beside it today."""
    problem = next(name for name in derive.builtin_names() if kept.name.startswith(f"{name}-"))
    pictures = derive.explain(derive.load(problem)).markdown_pictures()
    assert kept.read_text(encoding="utf-8") == pictures[kept.name]


@pytest.mark.parametrize("name", KEPT)
def test_kept_files_name_no_machine_and_no_date(name: str) -> None:
    """They hold nothing of the machine, the folder or the day that made them."""
    text = (ROOT / "output" / name).read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert os.path.expanduser("~") + "/" not in text
