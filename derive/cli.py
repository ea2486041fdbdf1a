"""The command line; the only code that reads argv."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from derive import __version__, progress
from derive.commands.console import speak_plainly
from derive.commands.opening import opening
from derive.errors import DeriveError, ProblemError

#: The module that adds each command.
_HOMES = {
    "explain": "explain", "train": "train", "values": "values", "verify": "verify", "handout": "handout",
    "check": "check", "problems": "problems", "recipes": "problems", "new": "problems", "help": "help",
}  # fmt: skip


def command() -> int:
    """Run the command in a process of its own."""
    # It is over before garbage matters, and looking for cycles among SymPy's objects takes a fifth of its time.
    gc.disable()
    return main()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, or 2 for anything the user can mend."""
    for stream in (sys.stdout, sys.stderr):
        speak_plainly(stream)
    typed = sys.argv[1:] if argv is None else argv
    if not typed:
        print(opening(), end="")
        return 0
    parser = _parser(typed[0])
    arguments, left = parser.parse_known_args(typed)
    # Files may follow options: `derive verify 2-2-2 --json answers.csv`.
    many = next((name for name in ("answers", "ids") if hasattr(arguments, name)), None)
    if left and many is not None and not any(map(_is_option, left)):
        getattr(arguments, many).extend(left)
    elif left:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    try:
        with progress.shown_on(sys.stderr):
            status: int = arguments.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except DeriveError as error:
        if isinstance(error, ProblemError) and not error.file:  # found only while the problem was worked out
            error = ProblemError(error.message, key=error.key, file=getattr(arguments, "problem", ""))
        print(f"derive: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("derive: interrupted; nothing half-written is left behind", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _drop_output()  # whoever read it has stopped
        return 0
    except OSError as error:
        # Problems and documents name their files themselves; without one it is standard output that takes no more.
        _drop_output()
        named = error.filename or "standard output"
        print(f"derive: {named}: cannot be read or written: {error.strerror or error}", file=sys.stderr)
        return 2
    return status


def _is_option(text: str) -> bool:
    return text.startswith("-") and text != "-"


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, or Python complains once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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


def _parser(wanted: str = "help") -> argparse.ArgumentParser:
    """The parser of one command, which does not wait for the others; of all of them for ``help`` or no command."""
    parser = _Parser(
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
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

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
    return parser


class _Version(argparse.Action):
    """Prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and leave."""
        print(f"derive {__version__}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(command())
