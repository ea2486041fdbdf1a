"""A folder that a handout is written into, file by file, so that an interrupted run goes on where it stopped.

The first file is a stamp that says by what it is made, and by which version of derive; a run with another stamp is
refused. Of every file that is made its hash is kept, first in the journals of the processes that write, in the end in
one list that `sha256sum -c` reads. A later run keeps what has its hash and makes the rest anew; forms for answers it
leaves alone, since they are there to be typed into.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path
from socket import gethostname
from typing import Any

from derive import __version__
from derive.errors import DeriveError
from derive.files import LEFT_BEHIND, write_together, write_whole

STAMP, MANIFEST = ".derive-handout.json", "manifest.json"
#: Hashes of all files that were made, and, while they are, those that each process has made.
LIST = "files.sha256"
_JOURNALS = ".derive-journals"
#: What people type into: it is made once and never checked.
_TYPED_INTO = ("answers/", "answers.xlsx")
_SUBFOLDERS = ("worksheets", "keys", "answers", "practice", "parts")


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where a handout is written.

    Attributes
    ----------
    root : Path
    """

    root: Path

    def begin(self, command: Mapping[str, Any]) -> None:
        """Claim the folder for a command, or go on with it.

        Parameters
        ----------
        command : mapping
            Whatever the files depend on, as JSON has it: problem, seed, roster, formats, version of derive.

        Raises
        ------
        DeriveError
            If it holds another command's handout, or cannot be written.
        """
        stamp = _stamp(command)
        path = self.root / STAMP
        try:
            here = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            if (self.root / MANIFEST).exists():
                raise DeriveError(f"{self._shown}: {self._another} (it has a manifest.json)") from None
            write_whole(path, stamp, private=True)  # it holds the seed
            return
        except (OSError, ValueError):
            raise DeriveError(
                f"{self._shown}: {STAMP} in it cannot be read; choose another folder with --out"
            ) from None
        if here != stamp:
            begun = _version(here)
            if begun != __version__:
                raise DeriveError(
                    f"{self._shown}: begun with derive {begun}, and this is {__version__}: sheets of two versions are "
                    "not mixed; choose another folder with --out (what is here can still be marked)"
                )
            raise DeriveError(f"{self._shown}: {self._another}{_difference(here, command)}")
        self._sweep()
        self._drop_damaged()

    @cached_property
    def made(self) -> dict[str, str]:
        """Hashes of the files that were made before, and of those that are made here."""
        return self._recorded()

    def missing(self, names: Iterable[str]) -> list[str]:
        """Of files named by their paths within the folder, those that are not there yet, or not by any hand of ours."""
        kept = (name for name in names if name.startswith(_TYPED_INTO) or name in self.made)
        there = {name for name in kept if (self.root / name).is_file()}
        return [name for name in names if name not in there]

    def make(self, makers: Mapping[str, Callable[[], str | bytes]]) -> None:
        """Make and write those of several files that are not there yet, each whole or not at all."""
        contents = {name: makers[name]() for name in self.missing(makers)}
        if not contents:
            return
        # Thousands of small files: their hashes tell a later run what a power cut has torn.
        write_together({self.root / name: content for name, content in contents.items()}, durable=False)
        hashes = {name: _hash(content) for name, content in contents.items() if not name.startswith(_TYPED_INTO)}
        self.made.update(hashes)
        lines = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
        # Processes of several machines may write here.
        journal = self.root / _JOURNALS / f"{re.sub('[^A-Za-z0-9]', '', gethostname())}-{os.getpid()}.sha256"
        try:
            journal.parent.mkdir(exist_ok=True)
            with journal.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError as error:
            raise DeriveError(f"{self._shown}: cannot be written: {error.strerror}") from None

    def finish(self, names: Collection[str], kept: Collection[str] = ()) -> None:
        """See that all files are there as they were made, and keep their hashes.

        Parameters
        ----------
        names : collection of str
            Every file that this run was about.
        kept : collection of str
            Files that have to be there, whoever wrote them.

        Raises
        ------
        DeriveError
            If any is missing or was changed while others were still written.
        """
        known = self._recorded()
        lost = [name for name in names if not self._is_whole(name, known)]
        lost += [name for name in kept if not (self.root / name).is_file()]
        if lost:
            shown = ", ".join(sorted(lost)[:3]) + (f" and {len(lost) - 3:,} more" if len(lost) > 3 else "")
            count = len(names) + len(kept)
            raise DeriveError(
                f"{self._shown}: {len(lost):,} of {count:,} files were taken away or changed while the others were "
                f"written: {shown}; the same command makes them anew"
            )
        if hasattr(os, "sync"):
            os.sync()
        lines = "".join(f"{known[name]}  {name}\n" for name in sorted(names) if name in known)
        write_whole(self.root / LIST, lines)
        self.remove(_JOURNALS)

    def _recorded(self) -> dict[str, str]:
        """The hash of every file that was made."""
        found: dict[str, str] = {}
        for path in (self.root / LIST, *sorted((self.root / _JOURNALS).glob("*.sha256"))):
            with suppress(OSError, UnicodeDecodeError):
                for line in path.read_text(encoding="utf-8").splitlines():
                    digest, _, name = line.partition("  ")
                    found[name] = digest
        return found

    def _is_whole(self, name: str, known: Mapping[str, str]) -> bool:
        path = self.root / name
        if name.startswith(_TYPED_INTO):
            return path.is_file()
        try:
            with path.open("rb") as file:
                return file_digest(file, "sha256").hexdigest() == known.get(name)
        except OSError:
            return False

    def remove(self, name: str) -> None:
        """Take a folder of intermediate files away."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def _drop_damaged(self) -> None:
        """Take away what is not as it was made, so that it is made anew."""
        for name in self.made:
            if not self._is_whole(name, self.made):
                with suppress(OSError):
                    (self.root / name).unlink()

    def _sweep(self) -> None:
        """Remove what a killed run left under temporary names."""
        for place in (self.root, *(self.root / name for name in _SUBFOLDERS)):
            for part in place.glob(LEFT_BEHIND):
                with suppress(OSError):
                    part.unlink()

    @property
    def _shown(self) -> str:
        return str(self.root) if str(self.root).isprintable() else repr(str(self.root))

    @property
    def _another(self) -> str:
        return "another handout is in this folder; choose another with --out, or remove it first"


def seed_of(root: Path) -> str | None:
    """The seed of the handout that a folder holds; None where there is none that can be read."""
    for name in (STAMP, MANIFEST):
        try:
            seed = json.loads((root / name).read_text(encoding="utf-8"))["seed"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if isinstance(seed, str) and not seed.startswith("sha256:"):
            return seed
    return None


def _stamp(command: Mapping[str, Any]) -> str:
    """The command, long texts and lists by their hash."""
    said = {"derive": __version__, **{key: _short(value) for key, value in command.items()}}
    return json.dumps(said, indent=1, sort_keys=True) + "\n"


def _short(value: Any) -> Any:
    text = json.dumps(value, sort_keys=True)
    return value if len(text) <= 200 else f"sha256:{sha256(text.encode('ascii')).hexdigest()}"


def _difference(here: str, command: Mapping[str, Any]) -> str:
    """What was otherwise, where the stamp can be read."""
    try:
        other = json.loads(here)
        changed = [key for key, value in command.items() if other.get(key) != _short(value)]
    except (ValueError, AttributeError, RecursionError):
        return ""
    return f" (other {', '.join(changed)})" if changed else ""


def _version(here: str) -> str:
    """The version of derive that wrote a stamp; the first did not say."""
    try:
        return str(json.loads(here).get("derive", "0.1.0"))
    except (ValueError, AttributeError, RecursionError):
        return __version__


def _hash(content: str | bytes) -> str:
    return sha256(content.encode("utf-8") if isinstance(content, str) else content).hexdigest()
