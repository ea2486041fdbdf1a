"""The command line; the only code that reads argv."""

from __future__ import annotations

import argparse
import contextlib
import gc
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
    from derive.formula_problem import AnyProblem

FORMATS = ("html", "latex", "pdf", "markdown", "notebook", "json")
#: What a single step can be printed as.
STEP_FORMATS = ("text", "latex", "mathml", "typst", "markdown")
STYLES = ("chain", "delta", "matrix", "all")
TRAINING_FORMATS = ("html", "svg", "csv")
_SUFFIXES = {"html": ".html", "latex": ".tex", "pdf": ".pdf", "markdown": ".md", "notebook": ".ipynb"}
_PROBLEM_HELP = "a built-in problem (derive problems lists them) or the path of a problem file"


def command() -> int:
    """Run the command in a process of its own."""
    # It is over before garbage matters, and looking for cycles among SymPy's objects takes a fifth of its time.
    gc.disable()
    return main()


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
        "  derive explain 2-2-2 --to json > solution.json\n"
        "  derive explain --only dE/dw5 --to latex\n",
    )
    explain.add_argument(
        "problem", nargs="?", default="2-2-2", metavar="PROBLEM", help=_PROBLEM_HELP + "; default 2-2-2"
    )
    explain.add_argument(
        "--to",
        type=_among(tuple(dict.fromkeys((*FORMATS, *STEP_FORMATS)))),
        metavar="FORMATS",
        help="html, latex, pdf, markdown, notebook, json, separated by commas; default html,latex,pdf. "
        "json goes to standard output. With --only one of text, latex, mathml, typst, markdown; default text",
    )
    explain.add_argument("--out", type=Path, metavar="DIR", help="folder to write to; default output")
    explain.add_argument(
        "--only",
        metavar="IDS",
        help="print these steps alone to standard output, by quantity ids separated by commas, such as dE/dw5",
    )
    explain.add_argument("--wrt", metavar="PARAMETER", help="work out this one weight or bias alone, such as w5")
    explain.add_argument(
        "--style",
        choices=STYLES,
        default="chain",
        help="how the round is told: chain-rule products, deltas, matrices, or all three; default chain",
    )
    explain.add_argument("--brief", action="store_true", help="leave out the tools section")
    explain.add_argument("--digits", type=_whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")
    explain.add_argument(
        "--rounds",
        type=_whole(0, 1_000_000),
        metavar="N",
        help="rounds of training in the error curve, 0 for none; default 10000, fewer for a large network",
    )

    train = command(
        "train",
        _train,
        "train a problem over many rounds: the error curve, milestones, final parameters",
        "  derive train 2-2-2\n"
        "  derive train 2-2-2 --rounds 1000 --to csv,svg\n"
        "  derive train my.toml --rounds 100 --to html --out pages\n",
    )
    train.add_argument("problem", metavar="PROBLEM", help=_PROBLEM_HELP)
    train.add_argument(
        "--rounds", type=_whole(1, 1_000_000), default=10_000, metavar="N", help="1 to 1000000; default 10000"
    )
    train.add_argument(
        "--to",
        type=_among(TRAINING_FORMATS),
        default=(),
        metavar="FORMATS",
        help="files to write as well: html, svg, csv, separated by commas; default none",
    )
    train.add_argument(
        "--out", type=Path, default=Path("output"), metavar="DIR", help="folder to write to; default output"
    )
    train.add_argument("--digits", type=_whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")

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
        print(f"derive {number}")
        parser.exit()


def _among(formats: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
        unknown = [part for part in chosen if part not in formats]
        if unknown or not chosen:
            raise argparse.ArgumentTypeError(f"{text!r}: allowed are {', '.join(formats)}, separated by commas")
        return chosen

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.replace("_", "").replace(",", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 9 and least <= int(digits) <= most):
            raise argparse.ArgumentTypeError(f"{text!r}: a whole number from {least} to {most} is allowed")
        return int(digits)

    return read


def _loaded(arguments: argparse.Namespace) -> AnyProblem:
    from derive.loading import load

    problem = load(arguments.problem)
    if arguments.digits is not None:
        problem = replace(problem, display=replace(problem.display, digits=arguments.digits, decimals=None))
    return problem


def _explain(arguments: argparse.Namespace) -> int:
    from derive.files import write_together

    if arguments.only is not None:
        return _only(arguments)
    formats = arguments.to or ("html", "latex", "pdf")
    alone = [name for name in formats if name not in FORMATS]
    if alone:
        raise DeriveError(f"--to {alone[0]} prints single steps: say which with --only, such as --only dE/dw5")
    folder = arguments.out or Path("output")
    problem = _loaded(arguments)  # before SymPy and all: a bad problem is told at once
    from derive.explanation import explain

    progress.stage("deriving")
    explanation = explain(
        problem, rounds=arguments.rounds, wrt=arguments.wrt, brief=arguments.brief, style=arguments.style
    )
    # Everything is rendered before anything is written: an error leaves no file behind.
    rendered = {name: _rendered(explanation, name) for name in formats}
    files = {folder / f"{problem.name}{_SUFFIXES[name]}": rendered[name] for name in rendered if name in _SUFFIXES}
    if "markdown" in rendered:
        files |= {folder / name: picture for name, picture in explanation.markdown_pictures().items()}
    write_together(files)
    progress.erase()
    for path in files:
        print(path, file=sys.stderr if "json" in rendered else sys.stdout)
    if "json" in rendered:
        print(rendered["json"], end="")
    return 0


def _only(arguments: argparse.Namespace) -> int:
    """Single steps, to standard output."""
    formats = arguments.to or ("text",)
    if len(formats) > 1 or formats[0] not in STEP_FORMATS:
        raise DeriveError(f"--to {','.join(formats)}: --only prints one of {', '.join(STEP_FORMATS)}")
    for option in ("out", "rounds", "brief"):
        given = getattr(arguments, option)
        if given is not None and given is not False:
            raise DeriveError(f"--only prints single steps to standard output: leave out --{option}")
    names = [name.strip() for name in arguments.only.split(",") if name.strip()]
    if not names:
        raise DeriveError("--only: no quantity ids, such as --only dE/dw5,dE/dw6")
    problem = _loaded(arguments)
    from derive.explanation import explain
    from derive.solution import solve

    progress.stage("deriving")
    if arguments.wrt is None and arguments.style == "chain":
        step = solve(problem).step
    else:
        step = explain(problem, rounds=0, wrt=arguments.wrt, brief=True, style=arguments.style).step
    printed = [getattr(step(name), formats[0]) for name in names]
    progress.erase()
    print("\n\n".join(printed))
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
        case "markdown":
            return explanation.to_markdown()
        case "notebook":
            return explanation.to_notebook()
        case _:
            return explanation.to_json()


def _train(arguments: argparse.Namespace) -> int:
    from derive.files import write_together

    problem = _loaded(arguments)
    from derive.training import train

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
    return 0


def _values(arguments: argparse.Namespace) -> int:
    problem = _loaded(arguments)
    from derive.solution import solve

    solution = solve(problem)
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
    sys.exit(command())
