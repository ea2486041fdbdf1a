"""The suite catches mistakes: each one that is planted makes the tests fail that are there to see it.

Run by `python -m pytest -m planted`. Every plant goes into a copy of the project; the checkout stays as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.planted.plants import PLANTS, Plant

pytestmark = pytest.mark.planted

#: What a run of pytest ends with where tests failed; 2 and more mean that it could not run them.
FAILED = 1
FEWEST = 40
KINDS = ("slopes", "reverse pass", "balls", "twins", "words", "matrix forms", "misconceptions")


@pytest.fixture(scope="session")
def copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project, for one worker."""
    folder = tmp_path_factory.mktemp("planted") / "project"
    folder.mkdir()
    for name in ("derive", "templates", "tests"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
        shutil.copy(root / name, folder)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """The copy comes first, whichever derive is installed; and hypothesis draws the same examples every time."""
    return {**os.environ, "PYTHONPATH": str(folder), "DERIVE_PLANTED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


@pytest.fixture
def planted(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with one mistake in it."""
    plant: Plant = request.param
    path = copy / "derive" / plant.module
    right = path.read_text(encoding="utf-8")
    count = right.count(plant.before)
    if count != 1:
        pytest.fail(
            f"“{plant.name}” can no longer be planted: derive/{plant.module} has its text {count} times, not once. "
            f"Write the same mistake into what stands there now (tests/planted/plants.py):\n{plant.before}"
        )
    path.write_text(right.replace(plant.before, plant.after), encoding="utf-8")
    yield copy
    path.write_text(right, encoding="utf-8")


@pytest.mark.parametrize("planted", PLANTS, indirect=True, ids=[f"{plant.kind}: {plant.name}" for plant in PLANTS])
def test_a_planted_mistake_is_caught(planted: Path, request: pytest.FixtureRequest) -> None:
    """At least one of the tests that are named fails, and not because they could not be run."""
    plant: Plant = request.node.callspec.params["planted"]
    done = run(planted, "-m", "pytest", "-x", "-q", "-n0", "-m", "not planted", "-p", "no:cacheprovider", *plant.tests)
    assert done.returncode == FAILED, f"{' '.join(plant.tests)} let “{plant.name}” by:\n{done.stdout}{done.stderr}"


def test_it_is_the_copy_that_is_tested(copy: Path) -> None:
    """A process with the copy first imports derive from there."""
    done = run(copy, "-c", "import derive; print(derive.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(copy), done.stdout + done.stderr


def test_there_are_plants_of_every_kind() -> None:
    """At least forty, at least five of each kind, each called differently."""
    kinds = Counter(plant.kind for plant in PLANTS)
    assert sum(kinds.values()) >= FEWEST
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 5
    assert len({(plant.kind, plant.name) for plant in PLANTS}) == len(PLANTS)
    assert all(plant.before != plant.after for plant in PLANTS)
