"""Outcomes of commands kept in the user's cache folder: the same problem and options again need no work.

An outcome is what a command worked out, in bytes by name, before anything is written or printed. What it hangs on is
hashed: the problem's text, the options, every file of this package by name, size and time, and the versions of what is
installed. What only shapes the printing (a terminal's width, an encoding, the folder to write to) comes after it and is
no part of it. Whatever is wrong with the folder or a file in it is passed by without a word: the command then works.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from derive.renderers.templates import templates_folder

#: Bytes that the folder holds at most; those used longest ago go first.
MOST_BYTES = 200_000_000
#: The largest problem file there is.
_LARGEST_PROBLEM = 1 << 20
#: What is given to a command and shapes nothing that it works out.
_NO_MATTER = ("run", "out", "open", "fresh")
#: Variables of the environment that a typesetter may look at.
_VARIABLES = ("SOURCE_DATE_EPOCH", "TYPST_FONT_PATHS", "PYTHONHASHSEED")
_HEX, _PART = 64, ".part"

Outcome = Mapping[str, bytes]


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
    typed = [arguments.run.__name__, *sorted([name, repr(value)] for name, value in _shaping(arguments))]
    problem = str(arguments.problem)
    key = _key(typed, problem)
    folder = None if key is None else _folder()
    found = None if folder is None else _read(folder, str(key))
    if found is not None:
        return found
    outcome = work()
    if folder is not None and key == _key(typed, problem):  # else a file was changed meanwhile
        _write(folder, str(key), outcome)
    return outcome


def _shaping(arguments: argparse.Namespace) -> Iterator[tuple[str, object]]:
    return (pair for pair in vars(arguments).items() if pair[0] not in _NO_MATTER)


def _key(typed: Sequence[object], problem: str) -> str | None:
    """The hash of everything that an outcome hangs on; None where that cannot be told."""
    digest = hashlib.sha256()
    try:
        variables = [[name, os.environ.get(name)] for name in _VARIABLES]
        known = [typed, sys.version, sys.platform, list(_package()), list(_installed()), variables]
        digest.update(json.dumps(known).encode("utf-8"))
        digest.update(_problem(problem))
    except (OSError, ValueError):
        return None
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
    waiting = [str(Path(__file__).parents[1]), str(templates_folder())]
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
    with contextlib.suppress(OSError):
        os.makedirs(base, mode=0o700, exist_ok=True)
        os.mkdir(folder, mode=0o700)
    try:
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
        if digest.decode("ascii") != hashlib.sha256(content).hexdigest():
            return None
        head, _, body = content.partition(b"\n")
        outcome, start = {}, 0
        for name, size in json.loads(head):
            outcome[name] = body[start : start + size]
            start += size
    except (OSError, ValueError, TypeError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return outcome


def _write(folder: str, key: str, outcome: Outcome) -> None:
    """Keep an outcome: under a name of its own first, so that none is ever seen half-written."""
    head = json.dumps([[name, len(content)] for name, content in outcome.items()]).encode("ascii")
    content = b"\n".join((head, b"".join(outcome.values())))
    if len(content) > MOST_BYTES // 2:
        return
    import tempfile

    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=folder, suffix=_PART)  # for its owner alone
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).hexdigest().encode("ascii") + b"\n" + content)
        os.replace(name, os.path.join(folder, key))
        _make_room(folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)


def _make_room(folder: str) -> None:
    """Take away what was used longest ago, of ours alone, until the rest fits."""
    with os.scandir(folder) as entries:
        ours = [entry for entry in entries if len(entry.name) == _HEX or entry.name.endswith(_PART)]
    known = sorted(
        ((entry.stat(follow_symlinks=False), entry.path) for entry in ours), key=lambda each: -each[0].st_mtime
    )
    room = MOST_BYTES
    for found, path in known:
        room -= found.st_size
        if room < 0:
            with contextlib.suppress(OSError):
                os.unlink(path)
