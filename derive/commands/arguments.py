"""What the commands share: how their arguments are read and how their problem is loaded."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from derive.given.formula_problem import AnyProblem

#: The problem where none is named.
DEFAULT = "2-2-2"
PROBLEM_HELP = "a built-in problem (derive problems lists them) or the path of a problem file"


class AddCommand(Protocol):
    """Adds a command: its name, what runs it, a summary, and examples."""

    def __call__(
        self, name: str, run: Callable[[argparse.Namespace], int], summary: str, examples: str
    ) -> argparse.ArgumentParser:
        """The command's parser, for its arguments."""


def among(formats: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """What reads names separated by commas, each one of ``formats``."""

    def read(text: str) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
        unknown = [part for part in chosen if part not in formats]
        if unknown or not chosen:
            raise argparse.ArgumentTypeError(f"{text!r}: allowed are {', '.join(formats)}, separated by commas")
        return chosen

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number from ``least`` to ``most``."""

    def read(text: str) -> int:
        digits = text.replace("_", "").replace(",", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 9 and least <= int(digits) <= most):
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number from {least} to {most} is allowed")
        return int(digits)

    return read


def is_problem(text: str) -> bool:
    """Whether a word of the command line is a problem: built in, or by its looks a file."""
    from derive.given.loading import builtin_names

    return text in builtin_names() or text.endswith(".toml") or os.sep in text or os.path.exists(text)


def loaded(arguments: argparse.Namespace) -> AnyProblem:
    """The problem that is named, shown with as many digits as are asked for."""
    from dataclasses import replace

    from derive.given.loading import load

    problem = load(arguments.problem)
    if arguments.digits is not None:
        problem = replace(problem, display=replace(problem.display, digits=arguments.digits, decimals=None))
    return problem
