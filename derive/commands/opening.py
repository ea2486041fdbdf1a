"""How the command opens, and how what it wrote is opened."""

from __future__ import annotations

import os
import sys

from derive import __version__
from derive.commands.console import pasted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

#: What people come for, and what to type.
DOORS = (
    ("a solved example", "derive explain --open"),
    ("a problem of your own", "derive new --from shape 3-4-2"),
    ("  and its solution", "derive explain 3-4-2.toml --open"),
    ("one figure", "derive values 2-2-2 dE/dw5"),
    ("one step to paste", "derive explain --only dE/dw5 --to latex"),
    ("training", "derive train 2-2-2 --rounds 1000"),
    ("a program that does it", "derive explain 2-2-2 --to numpy"),
    ("your own calculation judged", "derive verify 2-2-2 net_H1=0.3775 out_H1=.593"),
    ("worksheets for a class", "derive handout 2-2-2 --students 30"),
    ("figures of a book checked", "derive check chapter.md"),
)


def _address(path: str) -> str:
    from pathlib import Path

    return Path(path).resolve().as_uri()


#: What to do with a file, by its ending, and how.
_NEXT: Mapping[str, tuple[str, Callable[[str], str]]] = {
    ".html": ("open it in a browser", _address),
    ".pdf": ("open it", _address),
    ".tex": ("typeset it", lambda path: pasted("pdflatex", path)),
    ".ipynb": ("run it", lambda path: pasted("jupyter", "lab", path)),
    ".py": ("run it", lambda path: pasted("python", path)),
}
_PAGES = (".html", ".pdf")


def opening() -> str:
    """What derive can do, on one screen."""
    width = max(len(what) for what, _ in DOORS)
    lines = (f"  {what:<{width}}  {command}" for what, command in DOORS)
    return (
        f"derive {__version__}: neural networks worked out as by hand, with every printed digit proved.\n\n"
        + "\n".join(lines)
        + "\n\nderive problems lists the built-in problems, derive help the pages of help,\n"
        "derive COMMAND --help the options of a command.\n"
    )


def add_open(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--open``."""
    parser.add_argument("--open", action="store_true", help="open what was written, in a browser where it is a page")


def told(paths: Sequence[str | Path], *, opened: bool) -> None:
    """Say, on a terminal, how each file is opened; and open the first that can be, where that was asked for.

    Parameters
    ----------
    paths : sequence of path
        What was written.
    opened : bool
        Whether ``--open`` was given.
    """
    known = [(path, os.path.splitext(path)[1]) for path in [os.fspath(each) for each in paths]]
    pages = [path for path, ending in known if ending in _PAGES]
    if opened and not pages:
        print(f"derive: --open opens pages ({', '.join(_PAGES)}), and none was written", file=sys.stderr)
    elif opened:
        import webbrowser

        if not webbrowser.open(_address(pages[0])):
            print(f"derive: no browser was found here; open {_address(pages[0])} yourself", file=sys.stderr)
    if opened or not sys.stdout.isatty():
        return
    for path, ending in known:
        if ending in _NEXT:
            what, how = _NEXT[ending]
            print(f"{os.path.basename(path)}: {what}:  {how(path)}")
