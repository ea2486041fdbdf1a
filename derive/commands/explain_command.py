"""`derive explain`: the worked solution of a problem."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from derive import progress
from derive.commands.arguments import PROBLEM_HELP, AddCommand, among, loaded, whole
from derive.commands.kept import add_fresh, kept, tell
from derive.commands.opening import add_open
from derive.errors import DeriveError

if TYPE_CHECKING:
    from derive.solved.explanation import Explanation

FORMATS = ("html", "latex", "pdf", "markdown", "notebook", "numpy", "torch", "json")
#: What a single step can be printed as.
STEP_FORMATS = ("text", "latex", "mathml", "typst", "markdown", "svg")
STYLES = ("chain", "delta", "matrix", "all")
_SUFFIXES = {
    "html": ".html", "latex": ".tex", "pdf": ".pdf", "markdown": ".md", "notebook": ".ipynb", "numpy": "-numpy.py",
    "torch": "-torch.py",
}  # fmt: skip


def add_explain(command: AddCommand) -> None:
    """Add `derive explain`."""
    explain = command(
        "explain",
        _explain,
        "write the worked solution of a problem: HTML, LaTeX and PDF",
        "  derive explain --open\n"
        "  derive explain han-kamber-3-2-1 --to html --out pages\n"
        "  derive explain my.toml --wrt w5 --brief\n"
        "  derive explain 2-2-2 --to json > solution.json\n"
        "  derive explain 2-2-2 --to numpy\n"
        "  derive explain --only dE/dw5 --to latex\n"
        "  derive explain --only forward\n"
        "  derive explain --only dE/dw5 --to svg > w5.svg\n",
    )
    explain.add_argument(
        "problem", nargs="?", default="2-2-2", metavar="PROBLEM", help=PROBLEM_HELP + "; default 2-2-2"
    )
    explain.add_argument(
        "--to",
        type=among(tuple(dict.fromkeys((*FORMATS, *STEP_FORMATS)))),
        metavar="FORMATS",
        help="html, latex, pdf, markdown, notebook, numpy, torch, json, separated by commas; default html,latex,pdf. "
        "numpy and torch are programs that train the problem without derive. "
        "json goes to standard output. With --only one of text, latex, mathml, typst, markdown, svg; default text",
    )
    add_open(explain)
    explain.add_argument("--out", type=Path, metavar="DIR", help="folder to write to; default output")
    explain.add_argument(
        "--only",
        metavar="IDS",
        help="print these steps alone to standard output: forward, backward, updates, all, or quantity ids separated "
        "by commas, such as dE/dw5",
    )
    explain.add_argument(
        "--wrt", metavar="PARAMETERS", help="work out these weights and biases alone, separated by commas, such as w5"
    )
    explain.add_argument(
        "--style",
        choices=STYLES,
        default="chain",
        help="how the round is told: chain-rule products, deltas, matrices, or all three; default chain",
    )
    explain.add_argument("--numbered", action="store_true", help="number the lines of steps as equations, to cite them")
    explain.add_argument("--brief", action="store_true", help="the figures, and one worked step of each kind")
    explain.add_argument(
        "--static", action="store_true", help="leave out of the page the script that follows when a number is changed"
    )
    explain.add_argument("--digits", type=whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")
    explain.add_argument(
        "--rounds",
        type=whole(0, 1_000_000),
        metavar="N",
        help="rounds of training in the error curve, 0 for none; default 10000, fewer for a large network",
    )
    add_fresh(explain)


def _explain(arguments: argparse.Namespace) -> int:
    if arguments.only is not None:
        return _only(arguments)
    formats = arguments.to or ("html", "latex", "pdf")
    alone = [name for name in formats if name not in FORMATS]
    if alone:
        raise DeriveError(f"--to {alone[0]} prints single steps: say which with --only, such as --only dE/dw5")
    found = kept(arguments, lambda: _worked(arguments, formats))
    progress.erase()
    tell(found, str(arguments.out or ""), opened=arguments.open)
    return 0


def _worked(arguments: argparse.Namespace, formats: Sequence[str]) -> dict[str, bytes]:
    """Files by their names; and what else there is to say, under names that no file can have."""
    problem = loaded(arguments)  # before anything is derived: a bad problem is told at once
    from derive.solved.explanation import explain

    progress.stage("deriving")
    explanation = explain(
        problem,
        rounds=arguments.rounds,
        wrt=_wrt(arguments),
        brief=arguments.brief,
        numbered=arguments.numbered,
        style=arguments.style,
    )
    # Everything is rendered before anything is written: an error leaves no file behind.
    rendered = {name: _rendered(explanation, name, live=not arguments.static) for name in formats}
    files = {f"{problem.name}{_SUFFIXES[name]}": rendered[name] for name in rendered if name in _SUFFIXES}
    if "markdown" in rendered:
        files |= explanation.markdown_pictures()
    if "json" in rendered:
        files["/json"] = rendered["json"]
    if "html" in rendered and not arguments.static and explanation.why_static:
        files["/static"] = explanation.why_static
    return {name: each if isinstance(each, bytes) else each.encode("utf-8") for name, each in files.items()}


def _wrt(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The parameters that alone are asked for; none for all."""
    from derive.given.naming import listed_ids

    names = tuple(listed_ids(arguments.wrt or ""))
    if arguments.wrt is not None and not names:
        raise DeriveError("--wrt: no parameters, such as --wrt w5")
    return names


def _only(arguments: argparse.Namespace) -> int:
    """Single steps, to standard output."""
    formats = arguments.to or ("text",)
    if len(formats) > 1 or formats[0] not in STEP_FORMATS:
        raise DeriveError(f"--to {','.join(formats)}: --only prints one of {', '.join(STEP_FORMATS)}")
    for option in ("out", "rounds", "brief", "numbered", "static", "open"):
        given = getattr(arguments, option)
        if given is not None and given is not False:
            raise DeriveError(f"--only prints single steps to standard output: leave out --{option}")
    from derive.given.naming import listed_ids

    names = listed_ids(arguments.only)
    if not names:
        raise DeriveError("--only: no quantity ids, such as --only dE/dw5,dE/dw6")
    if formats[0] == "svg":
        from derive.handouts.sheets.asking import WORDS  # what a kept outcome is printed without

        if len(names) > 1 or names[0] in WORDS:
            raise DeriveError("--to svg is a picture of one step: name one with --only, such as --only dE/dw5")
    tell(kept(arguments, lambda: {"/printed": _printed(arguments, names, formats[0]).encode("utf-8")}))
    return 0


def _printed(arguments: argparse.Namespace, names: Sequence[str], form: str) -> str:
    problem = loaded(arguments)
    from derive.solved.explanation import explain_steps
    from derive.solved.solution import solve

    progress.stage("deriving")
    from derive.handouts.sheets.asking import WORDS, asked_ids

    if not set(names).isdisjoint(WORDS):
        groups = {name: asked_ids(problem, name) for name in names if name in WORDS}
        names = tuple(dict.fromkeys(each for name in names for each in groups.get(name, (name,))))
    if arguments.wrt is None and arguments.style == "chain":
        from derive.network.wider import with_derivatives

        step = solve(with_derivatives(problem, names)).step
    else:
        step = explain_steps(problem, wrt=_wrt(arguments), style=arguments.style).step
    printed = [getattr(step(name), form) for name in names]
    progress.erase()
    return "\n\n".join(printed)


def _rendered(explanation: Explanation, name: str, *, live: bool) -> str | bytes:
    progress.stage(f"printing {name}")
    match name:
        case "html":
            live = live and explanation.can_be_live
            return explanation.to_html(live=live, extra=_checking(explanation) if live else None)
        case "latex":
            return explanation.to_latex()
        case "pdf":
            return explanation.to_pdf()
        case "markdown":
            return explanation.to_markdown()
        case "notebook":
            return explanation.to_notebook()
        case "numpy":
            return explanation.to_numpy()
        case "torch":
            return explanation.to_torch()
        case _:
            return explanation.to_json()


def _checking(explanation: Explanation) -> dict[str, object]:
    """What the page needs to judge the reader's own figures."""
    from derive.judging.own_figures_on_page import own_figures

    return {"own": own_figures(explanation.solution.problem)}
