"""A folder that a handout is written into, file by file, so that an interrupted run goes on where it stopped.

Every file is written under a temporary name and renamed, so a file that is there is whole. The first file is a
stamp that says by what it is made; a run with another stamp is refused, and one with the same leaves alone what is
there: answers that were typed into it too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.files import write_together, write_whole

STAMP = ".derive-handout.json"
_SUBFOLDERS = ("worksheets", "keys", "answers", "parts")
_PARTS = ".derive-*.part"


@dataclass(frozen=True, slots=True, kw_only=True)
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
            if (self.root / "manifest.json").exists():
                raise DeriveError(f"{self._shown}: {self._another} (it has a manifest.json)") from None
            write_whole(path, stamp)
            return
        except (OSError, ValueError):
            raise DeriveError(
                f"{self._shown}: {STAMP} in it cannot be read; choose another folder with --out"
            ) from None
        if here != stamp:
            raise DeriveError(f"{self._shown}: {self._another}{_difference(here, command)}")
        self._sweep()

    def missing(self, names: Iterable[str]) -> list[str]:
        """Of files named by their paths within the folder, those that are not there yet."""
        return [name for name in names if not (self.root / name).is_file()]

    def write(self, contents: Mapping[str, str | bytes]) -> None:
        """Write those of several files that are not there yet, each whole or not at all."""
        wanted = self.missing(contents)
        if wanted:
            write_together({self.root / name: contents[name] for name in wanted})

    def make(self, makers: Mapping[str, Callable[[], str | bytes]]) -> None:
        """Make and write those of several files that are not there yet."""
        self.write({name: makers[name]() for name in self.missing(makers)})

    def remove(self, name: str) -> None:
        """Take a folder of intermediate files away."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what a killed run left under temporary names."""
        for place in (self.root, *(self.root / name for name in _SUBFOLDERS)):
            for part in place.glob(_PARTS):
                with suppress(OSError):
                    part.unlink()

    @property
    def _shown(self) -> str:
        return str(self.root) if str(self.root).isprintable() else repr(str(self.root))

    @property
    def _another(self) -> str:
        return "another handout is in this folder; choose another with --out, or remove it first"


def _stamp(command: Mapping[str, Any]) -> str:
    """The command, long texts and lists by their hash."""
    said = {key: _short(value) for key, value in command.items()}
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
