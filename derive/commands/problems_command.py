"""`derive problems` and `derive new`: what there is to work out."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from derive.commands.arguments import AddCommand
from derive.commands.console import pasted
from derive.errors import ProblemError


def add_problems(command: AddCommand) -> None:
    """Add `derive problems` and `derive new`."""
    command("problems", _problems, "list the built-in problems", "  derive problems\n")
    new = command("new", _new, "write a commented problem file to edit", "  derive new my.toml\n")
    new.add_argument("file", type=Path, metavar="FILE", help="file to write; it must not exist yet")


def _problems(_: argparse.Namespace) -> int:
    from derive.given.loading import builtin_names, load

    rows = [(name, load(name)) for name in builtin_names()]
    width = max(len(name) for name, _ in rows)
    for name, problem in rows:
        print(f"{name:<{width}}  {problem.title}")
        print(f"{'':<{width}}  {problem.source}")
    return 0


def _new(arguments: argparse.Namespace) -> int:
    from derive.files import write_whole
    from derive.given.loading import starter_text

    file = arguments.file
    if os.path.lexists(file):
        raise ProblemError("exists already; name a file that does not", file=str(file))
    write_whole(file, starter_text())
    print(f"{file}: edit it, then run  {pasted('derive', 'explain', str(file))}")
    return 0
