"""`derive verify`: judges hand calculations."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from derive import progress
from derive.commands.arguments import DEFAULT, PROBLEM_HELP, AddCommand, among, is_problem, whole
from derive.commands.console import pasted
from derive.commands.opening import add_open, told
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from derive.judging.reading.form import FormKind
    from derive.judging.verification import Verification

FEEDBACK_FORMATS = ("html", "pdf")
_FORM_KINDS: "Mapping[str, FormKind]" = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}


def add_verify(command: AddCommand) -> None:
    """Add `derive verify`."""
    verify = command(
        "verify",
        _verify,
        "judge hand calculations: what is wrong, where, and why",
        "  derive verify 2-2-2 article\n"
        "  derive verify 2-2-2 net_H1=0.3775 out_H1=.593\n"
        "  derive verify 2-2-2 --form answers.csv\n"
        "  derive verify 2-2-2 answers.csv --digits 4 --to html,pdf\n"
        "  derive verify my.toml anna.csv ben.json rest.xlsx --out output/class\n"
        "  derive verify output/sheet3/manifest.json output/sheet3/answers.xlsx --out output/marked\n"
        "  derive verify --can-show my.toml --digits 4\n",
    )
    verify.add_argument("problem", metavar="PROBLEM", help=PROBLEM_HELP + ", or the manifest.json of a handout")
    verify.add_argument(
        "answers",
        nargs="*",
        metavar="ANSWERS",
        help="CSV, JSON or XLSX files with columns quantity, value and, if you like, student and note; single figures, "
        "such as net_H1=0.3775; - for standard input; article for the built-in example",
    )
    verify.add_argument(
        "--digits", type=whole(2, 30), metavar="N", help="significant digits asked for, 2 to 30; default at least 2"
    )
    verify.add_argument(
        "--truncation",
        choices=("ok", "no"),
        default="no",
        help="ok: figures may be cut off instead of rounded; default no",
    )
    verify.add_argument(
        "--policy",
        choices=("carried", "strict"),
        default="carried",
        help="whether a figure that follows from a wrong one earns its mark (carried) or not (strict); default carried",
    )
    verify.add_argument("--decimal-comma", action="store_true", help="read 4,386 as a number in every file")
    verify.add_argument("--json", action="store_true", help="print the whole report as JSON")
    verify.add_argument(
        "--to",
        type=among(FEEDBACK_FORMATS),
        default=(),
        metavar="FORMATS",
        help="feedback pages to write: html, pdf, separated by commas; default html with --out, else none",
    )
    verify.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for them; for several students also gradebook.csv and class.html, class.pdf; default output",
    )
    add_open(verify)
    verify.add_argument(
        "--form", type=Path, metavar="FILE", help="write an empty form to fill in (.csv, .xlsx or .json) and stop"
    )
    verify.add_argument(
        "--can-show",
        action="store_true",
        help="list the mistakes that the numbers of PROBLEM cannot show at the digits asked, and stop",
    )


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.problem.lower().endswith(".json"):  # problems are TOML: this is a manifest, whatever is in it
        return _mark(arguments)
    _see_to_a_problem(arguments)
    from derive.given.loading import load

    problem = load(arguments.problem)  # before anything is derived: a bad problem is told at once
    if arguments.form is not None:
        return _form(arguments)
    progress.stage("deriving")
    if arguments.can_show:
        from derive.judging.can_show import can_show_text

        shown = can_show_text(problem, arguments.digits or 4)
        progress.erase()
        print(shown, end="")
        return 0
    if not arguments.answers:
        raise DeriveError(
            "verify: no answers; name CSV, JSON or XLSX files, figures such as net_H1=0.3775, - for standard input, or "
            "--form FILE"
        )
    from derive.judging.verifying import verify
    from derive.work.production import cores

    verification = verify(
        problem,
        *_sources(arguments.answers),
        digits=arguments.digits,
        truncation=arguments.truncation == "ok",
        policy=arguments.policy,
        decimal_comma=True if arguments.decimal_comma else None,
        jobs=cores(),
    )
    return _hand_out(verification, arguments)


def _see_to_a_problem(arguments: argparse.Namespace) -> None:
    """Refuse answers where the problem should stand, which they are about."""
    word = arguments.problem
    if not arguments.answers and not is_problem(word) and _is_figure(word):
        what = f"{word} is a figure"
    elif Path(word).suffix.lower() in (".csv", ".xlsx", ".txt") or word == "-":
        what = f"{word} holds answers"
    else:
        return
    raise DeriveError(
        f"verify: {what}; name the problem it is about first, as in  "
        f"{pasted('derive', 'verify', DEFAULT, word)}  (derive problems lists those that are built in)"
    )


def _is_figure(word: str) -> bool:
    return "=" in word and not Path(word).exists()


def _sources(words: "Sequence[str]") -> "list[str | dict[str, str]]":
    """Files as they are named, and the single figures together."""
    from derive.judging.reading.lines import named_figure

    figures: dict[str, str] = {}
    for word in filter(_is_figure, words):
        found = named_figure(word)
        if found is None:
            raise DeriveError(f"verify: {word}: a single figure is written as net_H1=0.3775")
        if found[0] in figures:
            raise DeriveError(f"verify: {found[0]} is given twice")
        figures[found[0]] = found[1]
    files: list[str | dict[str, str]] = [word for word in words if not _is_figure(word)]
    return [*files, figures] if figures else files


def _mark(arguments: argparse.Namespace) -> int:
    if arguments.form is not None or arguments.can_show:
        raise DeriveError("--form and --can-show need a problem; a manifest has one for each student")
    if not arguments.answers:
        raise DeriveError("verify: no answers; name the CSV files or the answers.xlsx that came back")
    from derive.handouts.marking import mark
    from derive.work.production import cores

    progress.stage("marking")
    verification = mark(
        arguments.problem,
        *arguments.answers,
        digits=arguments.digits,
        truncation=arguments.truncation == "ok",
        policy=arguments.policy,
        decimal_comma=True if arguments.decimal_comma else None,
        jobs=cores(),
    )
    return _hand_out(verification, arguments)


def _hand_out(verification: "Verification", arguments: argparse.Namespace) -> int:
    """Write what is to be written, print the report, and say how it went."""
    from derive.files import write_together
    from derive.judging.report_json import to_json
    from derive.judging.terminal import to_text
    from derive.judging.verifying import exit_status, require_something

    require_something(verification)
    formats = arguments.to or (("html",) if arguments.out is not None else ())
    if formats:
        from derive.judging.feedback.files import feedback_files
        from derive.work.production import cores

        progress.stage("writing feedback")
        files = feedback_files(verification, arguments.out or Path("output"), formats, cores())
        write_together(files)
    else:
        files = {}
    progress.erase()
    import shutil

    columns = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    print(to_json(verification.report) if arguments.json else to_text(verification, columns), end="")
    for path in files:
        print(path, file=sys.stderr if arguments.json else sys.stdout)
    if files or arguments.open:
        told(sorted(files, key=lambda path: path.name != "class.html")[:1], opened=arguments.open)
    return exit_status(verification.report)


def _form(arguments: argparse.Namespace) -> int:
    from derive.files import write_whole
    from derive.given.loading import load
    from derive.judging.reading.form import empty_form, form_quantities

    kind = _FORM_KINDS.get(arguments.form.suffix.lower())
    if kind is None:
        raise DeriveError(f"--form {arguments.form}: the name must end in .csv, .xlsx or .json")
    if arguments.answers:
        raise DeriveError("--form writes an empty form and judges nothing; name no answers with it")
    if arguments.form.exists():
        raise DeriveError(f"--form {arguments.form}: exists already; name a file that does not")
    problem = load(arguments.problem)
    write_whole(arguments.form, empty_form(form_quantities(problem), kind))
    command = pasted("derive", "verify", arguments.problem, str(arguments.form))
    print(f"{arguments.form}: fill in the values, then run  {command}")
    return 0
