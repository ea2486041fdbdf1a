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
    count, many = len(checks.figures), len(arguments.files)
    where = f"in {many} file{'s' * (many != 1)}"
    if not count and not checks.unusable:
        print(f"No figure is marked {where}; mark one by a comment:  derive: problem.toml dE/dw5")
    elif not count:
        pass  # nothing could be read
    elif wrong:
        print(f"{len(wrong)} of {count} marked figures {where} {'is' if len(wrong) == 1 else 'are'} wrong.")
    else:
        print(
            f"All {count} marked figures {where} are right." if count != 1 else f"The marked figure {where} is right."
        )
    return 2 if checks.unusable else 1 if wrong else 0
