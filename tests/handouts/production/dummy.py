"""A cheap handout of 60 students for the tests: run as a program, it is what the tests kill."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

from derive.handouts.making.folder import Folder
from derive.work.production import produce, shares

STUDENTS = 60
#: In the environment: seconds a student takes, so that a busy machine can still interrupt in mid-run.
PAUSE = "DUMMY_PAUSE"
COMMAND = {"problem": "dummy", "students": STUDENTS}


def _sheet(name: str, student: int) -> str:
    return f"{name} {student}\n" * 2000


def write_share(task: tuple[str, range]) -> list[str]:
    """Write a worksheet and a key for each student of a task, slowly enough to be interrupted between two bytes."""
    folder = Folder(root=Path(task[0]))
    paths: list[str] = []
    for student in task[1]:
        names = [f"worksheets/{student:02}.html", f"keys/{student:02}.html"]
        if folder.missing(names):
            time.sleep(float(os.environ.get(PAUSE, "0.01")))
            folder.make({name: partial(_sheet, name, student) for name in names})
        paths += names
    return paths


def fail(task: int) -> int:
    """A worker that cannot do the third task."""
    if task == 2:
        from derive.errors import ProblemError

        raise ProblemError("no such number", key="task", file="dummy.toml")
    return task * task


def run(root: str, jobs: int) -> list[str]:
    """The whole of it."""
    folder = Folder(root=Path(root))
    folder.begin(COMMAND)
    tasks = [(root, share) for share in shares(STUDENTS, jobs, least=10)]
    found = produce(tasks, write_share, jobs=jobs, sizes=[len(share) for _, share in tasks])
    folder.make({"index.html": lambda: "\n".join(path for paths in found for path in paths)})
    paths = [path for paths in found for path in paths]
    folder.finish(["index.html", *paths])
    return paths


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
