"""How the command line is read: the parsers of all commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from derive import __version__

#: The module that adds each command.
_HOMES = {
    "explain": "explain", "train": "train", "values": "values", "verify": "verify", "handout": "handout",
    "check": "check", "problems": "problems", "recipes": "problems", "new": "problems", "help": "help",
}  # fmt: skip


def read(line: Sequence[str]) -> argparse.Namespace:
    """What is typed after the command's name, read; what is wrong in it ends the process with status 2."""
    known = parser(line[0])
    arguments, left = known.parse_known_args(line)
    # Files may follow options: `derive verify 2-2-2 --json answers.csv`.
    many = next((name for name in ("answers", "ids") if hasattr(arguments, name)), None)
    if left and many is not None and not any(map(_is_option, left)):
        getattr(arguments, many).extend(left)
    elif left:
        known.error(f"unrecognized arguments: {' '.join(left)}")
    arguments.line = tuple(line)
    return arguments


def _is_option(text: str) -> bool:
    return text.startswith("-") and text != "-"


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what it does not take, and where the next step is told."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        wrong = re.search(r"argument COMMAND: invalid choice: '(.*?)' \(choose from", message)
        if wrong is not None:
            from derive.given import fields

            near = fields.nearest(wrong[1], self._commands())
            message = f"{fields.shown(wrong[1])} is no command; {near}there are {', '.join(self._commands())}"
        self.exit(2, f"{self.prog}: {message}; more with  {self.prog} --help\n")

    def _commands(self) -> tuple[str, ...]:
        (commands,) = (action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return tuple(commands.choices)


def parser(wanted: str = "help") -> argparse.ArgumentParser:
    """The parser of one command, which does not wait for the others; of all of them for ``help`` or no command."""
    found = _Parser(
        prog="derive",
        description="The complete worked solution of a neural network by hand calculation, proved digit by digit.",
        epilog="examples:\n"
        "  derive explain                         the built-in 2-2-2 network, into output/\n"
        "  derive new my.toml                     a commented problem file to edit\n"
        "  derive explain my.toml --to pdf        its worked solution as PDF\n"
        "  derive values 2-2-2 E_total@10000      one figure after 10,000 rounds\n"
        "  derive verify 2-2-2 article            what is wrong in figures somebody printed, and why\n"
        "  derive handout 2-2-2 --students 30     worksheets and keys for a class\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = found.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, examples: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog="examples:\n" + examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    homes = _HOMES.values() if _HOMES.get(wanted, "help") == "help" else (_HOMES[wanted],)
    for name in dict.fromkeys(homes):
        add = getattr(import_module(f"derive.commands.{name}_command"), f"add_{name}")
        add(command, commands.choices) if name == "help" else add(command)
    return found


class _Version(argparse.Action):
    """Prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and leave."""
        print(f"derive {__version__}")
        parser.exit()
