"""The command line; the only code that reads argv."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from derive import progress
from derive.errors import DeriveError, ProblemError

if TYPE_CHECKING:
    from derive.explanation import Explanation
    from derive.problem import Problem

FORMATS = ("html", "latex", "pdf", "json")
_SUFFIXES = {"html": ".html", "latex": ".tex", "pdf": ".pdf"}
_PROBLEM_HELP = "a built-in problem (derive problems lists them) or the path of a problem file"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, or 2 for anything the user can mend."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    try:
        with progress.shown_on(sys.stderr):
            status: int = arguments.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except DeriveError as error:
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


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, or Python complains once more at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="derive",
        description="The complete worked solution of a neural network by hand calculation, proved digit by digit.",
        epilog="examples:\n"
        "  derive explain                         the built-in 2-2-2 network, into output/\n"
        "  derive new my.toml                     a commented problem file to edit\n"
        "  derive explain my.toml --to pdf        its worked solution as PDF\n"
        "  derive values 2-2-2 E_total@10000      one figure after 10,000 rounds\n",
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

    explain = command(
        "explain",
        _explain,
        "write the worked solution of a problem: HTML, LaTeX and PDF",
        "  derive explain\n"
        "  derive explain han-kamber-3-2-1 --to html --out pages\n"
        "  derive explain my.toml --wrt w5 --brief\n"
        "  derive explain 2-2-2 --to json > solution.json\n",
    )
    explain.add_argument(
        "problem", nargs="?", default="2-2-2", metavar="PROBLEM", help=_PROBLEM_HELP + "; default 2-2-2"
    )
    explain.add_argument(
        "--to",
        type=_formats,
        default=("html", "latex", "pdf"),
        metavar="FORMATS",
        help="html, latex, pdf, json, separated by commas; default html,latex,pdf. json goes to standard output",
    )
    explain.add_argument(
        "--out", type=Path, default=Path("output"), metavar="DIR", help="folder to write to; default output"
    )
    explain.add_argument("--wrt", metavar="PARAMETER", help="work out this one weight or bias alone, such as w5")
    explain.add_argument("--brief", action="store_true", help="leave out the tools section")
    explain.add_argument("--digits", type=_whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")
    explain.add_argument(
        "--rounds",
        type=_whole(0, 1_000_000),
        metavar="N",
        help="rounds of training in the error curve, 0 for none; default 10000, fewer for a large network",
    )

    values = command(
        "values",
        _values,
        "print figures of a problem by their quantity ids",
        "  derive values 2-2-2 E_total out_y1 dE/dw5\n"
        "  derive values 2-2-2 E_total@10000 out_y1@10000\n"
        "  derive values my.toml --json\n",
    )
    values.add_argument("problem", metavar="PROBLEM", help=_PROBLEM_HELP)
    values.add_argument(
        "ids", nargs="*", metavar="ID", help="quantity ids, such as dE/dw5 or w5@100; default all of rounds 0 and 1"
    )
    values.add_argument("--json", action="store_true", help="print {id: number} at full float64 precision")
    values.add_argument("--digits", type=_whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")

    command("problems", _problems, "list the built-in problems", "  derive problems\n")
    new = command("new", _new, "write a commented problem file to edit", "  derive new my.toml\n")
    new.add_argument("file", type=Path, metavar="FILE", help="file to write; it must not exist yet")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and leave."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("derive-backprop")
        except PackageNotFoundError:
            number = "(not installed: run from its source folder)"
        parser.exit(message=f"derive {number}\n")


def _formats(text: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [part for part in chosen if part not in FORMATS]
    if unknown or not chosen:
        raise argparse.ArgumentTypeError(f"{text!r}: allowed are {', '.join(FORMATS)}, separated by commas")
    return chosen


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.replace("_", "").replace(",", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 9 and least <= int(digits) <= most):
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number from {least} to {most} is allowed")
        return int(digits)

    return read


def _loaded(arguments: argparse.Namespace) -> Problem:
    from derive.loading import load

    problem = load(arguments.problem)
    if arguments.digits is not None:
        problem = replace(problem, display=replace(problem.display, digits=arguments.digits, decimals=None))
    return problem


def _explain(arguments: argparse.Namespace) -> int:
    from derive.explanation import explain
    from derive.files import write_together

    problem = _loaded(arguments)
    progress.stage("deriving")
    explanation = explain(problem, rounds=arguments.rounds, wrt=arguments.wrt, brief=arguments.brief)
    # Everything is rendered before anything is written: an error leaves no file behind.
    rendered = {name: _rendered(explanation, name) for name in arguments.to}
    paths = {name: arguments.out / f"{problem.name}{_SUFFIXES[name]}" for name in rendered if name in _SUFFIXES}
    write_together({path: rendered[name] for name, path in paths.items()})
    progress.erase()
    for path in paths.values():
        print(path, file=sys.stderr if "json" in rendered else sys.stdout)
    if "json" in rendered:
        print(rendered["json"], end="")
    return 0


def _rendered(explanation: Explanation, name: str) -> str | bytes:
    progress.stage(f"printing {name}")
    match name:
        case "html":
            return explanation.to_html()
        case "latex":
            return explanation.to_latex()
        case "pdf":
            return explanation.to_pdf()
        case _:
            return explanation.to_json()


def _values(arguments: argparse.Namespace) -> int:
    from derive.solution import solve

    solution = solve(_loaded(arguments))
    names = [solution.known(name) for name in arguments.ids] or list(solution.ids())
    solution.announce(names)
    if arguments.json:
        asked = arguments.ids or names
        numbers = {shown: solution.value(name) for shown, name in zip(asked, names, strict=True)}
        progress.erase()
        print(json.dumps(numbers, indent=1))
        return 0
    figures = {name: solution.figure(name).ascii for name in names}
    progress.erase()
    width = max(map(len, figures))
    for name, shown in figures.items():
        print(f"{name:<{width}}  {shown}")
    return 0


def _problems(_: argparse.Namespace) -> int:
    from derive.loading import builtin_names, load

    rows = [(name, load(name)) for name in builtin_names()]
    width = max(len(name) for name, _ in rows)
    for name, problem in rows:
        print(f"{name:<{width}}  {problem.title}")
        print(f"{'':<{width}}  {problem.source}")
    return 0


def _new(arguments: argparse.Namespace) -> int:
    from derive.files import write_whole
    from derive.loading import starter_text

    file = arguments.file
    if os.path.lexists(file):
        raise ProblemError("exists already; name a file that does not", file=str(file))
    write_whole(file, starter_text())
    print(f"{file}: edit it, then run  derive explain {shlex.quote(str(file))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
