"""Outcomes of commands kept in the user's cache folder: the same problem and options again need no work.

An outcome is what a command worked out, in bytes by name, before anything is written or printed. What it hangs on is
hashed: the problem's text, the options, every file of this package by name, size and time, and the versions of what is
installed. What only shapes the printing (a terminal's width, an encoding, the folder to write to) comes after it and is
no part of it. Whatever is wrong with the folder or a file in it is passed by without a word: the command then works.

A line that was typed before is kept as it was read, so that it is answered without a parser. Everything that is needed
for that is imported before anybody sees a figure: this module, and what it imports, import next to nothing.
"""

from __future__ import annotations

import os
import stat
import sys

from derive.errors import DeriveError
from derive.renderers.templates import templates_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from hashlib import blake2b

    Outcome = Mapping[str, bytes]
else:
    try:
        from _blake2 import blake2b  # what hashlib has, without what else it loads
    except ImportError:
        from hashlib import blake2b

#: Bytes that the folder holds at most; those used longest ago go first.
MOST_BYTES = 200_000_000
#: The largest problem file there is.
_LARGEST_PROBLEM = 1 << 20
#: Commands whose outcomes are kept.
_KEEPING = ("explain", "values")
#: What is given to a command and shapes nothing that it works out.
_NO_MATTER = ("run", "out", "open", "fresh", "line")
#: Variables of the environment that a typesetter may look at.
_VARIABLES = ("SOURCE_DATE_EPOCH", "TYPST_FONT_PATHS", "PYTHONHASHSEED")
_HEX, _PART, _LINE = 64, ".part", ".line"


def add_fresh(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--fresh``."""
    parser.add_argument(
        "--fresh", action="store_true", help="work everything out anew instead of taking the outcome kept of last time"
    )


def kept(arguments: argparse.Namespace, work: Callable[[], Outcome]) -> Outcome:
    """The outcome of a command: the one that is kept, else worked out and kept.

    Parameters
    ----------
    arguments : Namespace
        As they were typed.
    work : callable
        What it raises is raised, and nothing is kept.
    """
    if arguments.fresh:
        return work()
    typed = repr([arguments.run.__name__, *sorted([name, repr(value)] for name, value in _shaping(arguments))])
    problem, out = str(arguments.problem), getattr(arguments, "out", None)
    line = {"typed": typed, "problem": problem, "out": "" if out is None else str(out)}
    if getattr(arguments, "open", False):
        line["open"] = ""
    known = _surroundings()
    key = None if known is None else _key(known, typed, problem)
    folder = None if key is None else _folder()
    if folder is None or known is None or key is None:
        return work()
    found: Outcome | None = _read(folder, key)
    if found is None:
        found = work()
        if known != _surroundings() or key != _key(known, typed, problem):  # a file was changed meanwhile
            return found
        _write(folder, key, found)
    _write(folder, _line(known, arguments.line), {name: os.fsencode(each) for name, each in line.items()})
    return found


def answered(line: Sequence[str]) -> bool:
    """Whether a line that was typed before could be answered from what is kept, and was.

    Raises
    ------
    DeriveError
        If files cannot be written.
    """
    if line[0] not in _KEEPING or "--fresh" in line:
        return False
    folder, known = _folder(), _surroundings()
    if folder is None or known is None:
        return False
    read = _read(folder, _line(known, line))
    if read is None or not {"typed", "problem", "out"} <= read.keys():
        return False
    key = _key(known, os.fsdecode(read["typed"]), os.fsdecode(read["problem"]))
    found = None if key is None else _read(folder, key)
    if found is None:
        return False
    tell(found, os.fsdecode(read["out"]), opened="open" in read)
    return True


def tell(outcome: Outcome, folder: str = "", *, opened: bool = False) -> None:
    """Write the files of an outcome and say the rest.

    Parameters
    ----------
    outcome : mapping of str to bytes
        Files by their names; and under names that no file can have what is printed, the JSON that is, and why a page
        is ``/static``.
    folder : str
        Where files are written to; without one, ``output``.
    opened : bool
        Whether the first page is to be opened.
    """
    if "/printed" in outcome:
        print(outcome["/printed"].decode("utf-8"))
        return
    from derive.commands.opening import told
    from derive.files import write_together

    folder = folder or "output"
    within = "" if folder == os.curdir else folder
    files = {os.path.join(within, name): content for name, content in outcome.items() if name[0] != "/"}
    write_together(files)
    if "/static" in outcome:
        print(f"The page is as with --static: {outcome['/static'].decode('utf-8')}.", file=sys.stderr)
    for path in files:
        print(path, file=sys.stderr if "/json" in outcome else sys.stdout)
    if "/json" in outcome:
        print(outcome["/json"].decode("utf-8"), end="")
    told(tuple(files), opened=opened)


def _shaping(arguments: argparse.Namespace) -> Iterator[tuple[str, object]]:
    return (pair for pair in vars(arguments).items() if pair[0] not in _NO_MATTER)


def _surroundings() -> str | None:
    """All that an outcome hangs on besides what is typed and the problem; None where that cannot be told."""
    variables = [[name, os.environ.get(name)] for name in _VARIABLES]
    try:
        return repr([sys.version, sys.platform, [*_package()], [*_installed()], variables])
    except OSError:
        return None


def _key(known: str, typed: str, problem: str) -> str | None:
    """The hash of everything that an outcome hangs on; None where that cannot be told."""
    try:
        return _digest(known, typed, _problem(problem))
    except (OSError, ValueError):
        return None


def _line(known: str, line: Sequence[str]) -> str:
    """The name under which a line is kept."""
    return _digest(known, repr([*line])) + _LINE


def _digest(*parts: str | bytes) -> str:
    digest = blake2b(digest_size=_HEX // 2)
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d " % len(content) + content)
    return digest.hexdigest()


def _problem(name: str) -> bytes:
    """The bytes of a problem file, and whether there is something of that name at all."""
    if not os.path.lexists(name):
        return b"nothing"
    if not stat.S_ISREG(os.stat(name).st_mode):
        raise ValueError("no file")
    with open(name, "rb") as file:
        content = file.read(_LARGEST_PROBLEM + 1)
    if len(content) > _LARGEST_PROBLEM:
        raise ValueError("too large")
    return b"file" + content


def _package() -> Iterator[list[object]]:
    """Every file of this package and every template: an editable one changes without changing its version."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    waiting = [package, templates_path()]
    yield [*waiting]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        waiting.append(entry.path)
                    continue
                found = entry.stat()
                yield [entry.path, found.st_size, found.st_mtime_ns]


def _installed() -> Iterator[list[object]]:
    """What is installed, with versions: the names of the folders in which packages describe themselves."""
    for place in sys.path:
        if place and os.path.isdir(place):
            yield [place, sorted(name for name in os.listdir(place) if name.endswith((".dist-info", ".egg-info")))]


def _folder() -> str | None:
    """The folder of ours in the user's cache folder, made where there is none; None where it is not safe to use."""
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    if not base or not os.path.isabs(base):
        home = os.path.expanduser("~")
        base = os.path.join(home, *(("AppData", "Local") if os.name == "nt" else (".cache",)))
        if not os.path.isabs(home):
            return None
    folder = os.path.join(base, "derive")
    try:
        for each in (base, folder):
            if not os.path.lexists(each):
                os.makedirs(each, mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError:
        return None
    return folder if stat.S_ISDIR(found.st_mode) and _is_ours(found) else None


def _is_ours(found: os.stat_result) -> bool:
    """Whether something belongs to this user and nobody else may read or write it."""
    return os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)


def _read(folder: str, key: str) -> dict[str, bytes] | None:
    """A kept outcome; None where there is none, or anything about it is not as it was written."""
    path = os.path.join(folder, key)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or not _is_ours(found) or found.st_size > MOST_BYTES:
                return None
            digest, _, content = file.read().partition(b"\n")
        if digest.decode("ascii") != _digest(content):
            return None
        head, _, body = content.partition(b"\n\n")
        outcome, start = {}, 0
        for part in head.split(b"\n"):
            size, _, name = part.partition(b" ")
            outcome[name.decode("utf-8")] = body[start : start + int(size)]
            start += int(size)
        os.utime(path)
    except (OSError, ValueError):
        return None
    return outcome


def _write(folder: str, key: str, outcome: Outcome) -> None:
    """Keep an outcome: under a name of its own first, so that none is ever seen half-written."""
    head = "\n".join(f"{len(content)} {name}" for name, content in outcome.items()).encode("utf-8")
    content = b"\n\n".join((head, b"".join(outcome.values())))
    if len(content) > MOST_BYTES // 2:
        return
    from derive.files import write_together

    try:
        whole = {os.path.join(folder, key): _digest(content).encode("ascii") + b"\n" + content}
        write_together(whole, durable=False, private=True)
        _make_room(folder)
    except (DeriveError, OSError):
        return  # it will be worked anew


def _make_room(folder: str) -> None:
    """Take away what was used longest ago, of ours alone, until the rest fits."""
    import contextlib

    with os.scandir(folder) as entries:
        ours = [entry for entry in entries if len(entry.name) == _HEX or entry.name.endswith((_PART, _LINE))]
    known = sorted(
        ((entry.stat(follow_symlinks=False), entry.path) for entry in ours), key=lambda each: -each[0].st_mtime
    )
    room = MOST_BYTES
    for found, path in known:
        room -= found.st_size
        if room < 0:
            with contextlib.suppress(OSError):
                os.unlink(path)
