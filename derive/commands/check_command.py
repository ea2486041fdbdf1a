"""`derive check`: figures marked in the texts of a book or a repository."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from derive import progress
from derive.commands.arguments import AddCommand


def add_check(command: AddCommand) -> None:
    """Add `derive check`."""
    check = command(
        "check",
        _check,
        "check figures marked in Markdown, LaTeX or notebooks by a comment  derive: problem.toml dE/dw5  beside them",
        "  derive check README.md chapters/*.tex\n"
        "  derive check --strict notebook.ipynb\n"
        "in Markdown:  0.0822 <!-- derive: problem.toml dE/dw5 -->\n"
        "in LaTeX:     0.0822 % derive: problem.toml dE/dw5\n"
        "in code:      0.0822  # derive: problem.toml dE/dw5\n",
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="texts with marked figures")
    check.add_argument(
        "--strict",
        action="store_true",
        help="a figure that is wrong in its last digit for rounding on the way fails too",
    )
    check.add_argument("--decimal-comma", action="store_true", help="read 0,0822 as a number")


def _check(arguments: argparse.Namespace) -> int:
    from derive.bridges.checking import check_files

    progress.stage("checking")
    checks = check_files(arguments.files, decimal_comma=arguments.decimal_comma)
    progress.erase()
    wrong = [each for each in checks.figures if not each.right(strict=arguments.strict)]
    for each in checks.figures:
        judgement, marked = each.judgement, each.marked
        if judgement.verdict == "correct":
            continue
        kind = "error" if each in wrong else "note"
        cause = f" [{', '.join(judgement.diagnosis)}]" if judgement.diagnosis else ""
        print(
            f"{marked.where}: {kind}: {judgement.quantity} is {judgement.expected}, here {judgement.written}: "
            f"{judgement.verdict}{cause}. {judgement.explanation}"
        )
    for place in checks.unusable:
        print(f"derive: {place.where}: {place.reason}", file=sys.stderr)
    count, many, unread = len(checks.figures), len(arguments.files), len(checks.unusable)
    where = f"in {many} file{'s' * (many != 1)}"
    left_out = f"; {unread} could not be read" if unread else ""
    if not count and not unread:
        print(f"No figure is marked {where}; mark one by a comment:  derive: problem.toml dE/dw5")
    elif wrong:
        print(f"{len(wrong)} of {count} marked figures {where} {'is' if len(wrong) == 1 else 'are'} wrong{left_out}.")
    elif count:
        said = "The marked figure" if count == 1 else f"All {count} marked figures"
        print(f"{said} {where} {'is' if count == 1 else 'are'} right{left_out}.")
    return (1 if wrong or unread else 0) if count or not unread else 2
