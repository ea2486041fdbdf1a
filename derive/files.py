"""Writing files so that none is ever seen half-written: all of several are there before the first is renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from derive.errors import DeriveError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write one file; see `write_together`.

    Raises
    ------
    DeriveError
        If the folder or the file cannot be written, with the reason.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write files under temporary names beside their own and rename them when all are there.

    Folders are made where there are none, and taken away again where nothing could be written into them.

    Raises
    ------
    DeriveError
        If a folder or a file cannot be written, with the reason.
    """
    with ExitStack() as undo:
        staged: dict[Path, str] = {}
        for path, content in contents.items():
            try:
                _make_folder(path.parent, undo)
                if path.is_dir():
                    raise IsADirectoryError(0, "a folder of that name is in the way")
                staged[path] = _stage(path, content, undo)
            except (OSError, ValueError) as error:
                raise _refusal(path, error) from None
        for path, name in staged.items():
            try:
                os.replace(name, path)
            except (OSError, ValueError) as error:
                raise _refusal(path, error) from None
        undo.pop_all()


def _make_folder(folder: Path, undo: ExitStack) -> None:
    missing: list[Path] = []
    while not folder.exists() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        made.mkdir(exist_ok=True)
        undo.callback(_remove_empty, made)
    if not folder.is_dir():
        raise NotADirectoryError(0, f"{folder} is no folder")


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _stage(path: Path, content: str | bytes, undo: ExitStack) -> str:
    # The file's own name may already be as long as a name can be.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".derive-", suffix=".part")
    undo.callback(Path(name).unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
    # mkstemp makes files for the owner alone; what is written here is for everyone the folder is for.
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(name, 0o666 & ~umask)
    return name


def _refusal(path: Path, error: OSError | ValueError) -> DeriveError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    shown = str(path) if str(path).isprintable() else repr(str(path))
    return DeriveError(f"{shown}: cannot be written: {reason}")
