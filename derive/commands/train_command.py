"""`derive train`: many rounds, the error curve."""

from __future__ import annotations

import argparse
from pathlib import Path

from derive import progress
from derive.commands.arguments import PROBLEM_HELP, AddCommand, among, loaded, whole
from derive.commands.opening import add_open, told

TRAINING_FORMATS = ("html", "svg", "csv")


def add_train(command: AddCommand) -> None:
    """Add `derive train`."""
    train = command(
        "train",
        _train,
        "train a problem over many rounds: the error curve, milestones, final parameters",
        "  derive train\n"
        "  derive train 2-2-2 --rounds 1000 --to csv,svg\n"
        "  derive train my.toml --rounds 100 --to html --out pages\n",
    )
    train.add_argument("problem", nargs="?", default="2-2-2", metavar="PROBLEM", help=PROBLEM_HELP + "; default 2-2-2")
    train.add_argument(
        "--rounds", type=whole(1, 1_000_000), default=10_000, metavar="N", help="1 to 1000000; default 10000"
    )
    train.add_argument(
        "--to",
        type=among(TRAINING_FORMATS),
        default=(),
        metavar="FORMATS",
        help="files to write as well: html, svg, csv, separated by commas; default none",
    )
    train.add_argument(
        "--out", type=Path, default=Path("output"), metavar="DIR", help="folder to write to; default output"
    )
    add_open(train)
    train.add_argument("--digits", type=whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")


def _train(arguments: argparse.Namespace) -> int:
    from derive.files import write_together

    problem = loaded(arguments)
    from derive.solved.training import train

    progress.stage("deriving")
    training = train(problem, rounds=arguments.rounds)
    make = {"html": training.to_html, "svg": training.to_svg, "csv": training.to_csv}
    # Everything is rendered before anything is written: an error leaves no file behind.
    rendered = {arguments.out / f"{problem.name}-training.{name}": make[name]() for name in arguments.to}
    shown = training.to_text()
    write_together(rendered)
    progress.erase()
    print(shown, end="")
    for path in rendered:
        print(path)
    told(tuple(rendered), opened=arguments.open)
    return 0
