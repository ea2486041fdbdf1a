"""Writing files so that none is ever seen half-written: all of several are there before the first is renamed."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress

from derive.errors import DeriveError

TYPE_CHECKING = False
if TYPE_CHECKING:  # a kept outcome is written by this module before anybody has time to wait for imports
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PREFIX, _SUFFIX = ".derive-", ".part"
#: What a killed run may leave behind.
LEFT_BEHIND = f"{_PREFIX}*{_SUFFIX}"
#: Whether the rules of Windows hold for names.
WINDOWS = os.name == "nt"
#: Names that Windows keeps for devices, whatever ending follows.
_DEVICE = r"(?i)(con|prn|aux|nul|conin\$?|conout\$?|(com|lpt)[0-9\u00b9\u00b2\u00b3])( *\..*)?"


def is_device(name: str) -> bool:
    """Whether Windows keeps a file's name for a device, as ``aux`` or ``con.toml``."""
    import re

    return re.fullmatch(_DEVICE, name.rstrip(" ")) is not None


def write_whole(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write one file; see `write_together`.

    Parameters
    ----------
    private : bool
        Whether only its owner may read it.

    Raises
    ------
    DeriveError
        If the folder or the file cannot be written, with the reason.
    """
    write_together({path: content}, private=private)


def write_together(
    contents: Mapping[Path, str | bytes] | Mapping[str, str | bytes], *, durable: bool = True, private: bool = False
) -> None:
    """Write files under temporary names beside their own and rename them when all are there.

    When a later one cannot be renamed, those before it are put back. Folders are made where there are none, and taken
    away again where nothing could be written into them.

    Parameters
    ----------
    contents : mapping of path to str or bytes
    durable : bool
        Whether what is written must be on the disk before it is renamed, so that a power cut leaves the old file or
        the new one. Thousands of sheets, whose hashes are kept, need it no more than once in the end.
    private : bool
        Whether only their owner may read them.

    Raises
    ------
    DeriveError
        If a folder or a file cannot be written, with the reason.
    """
    with ExitStack() as undo:
        staged: dict[str, str] = {}
        for path, content in ((os.fspath(each), content) for each, content in contents.items()):
            try:
                _make_folder(_parent(path), undo)
                if WINDOWS and is_device(os.path.basename(path)):
                    raise ValueError("Windows keeps this name for a device; take another")
                if os.path.isdir(path):
                    raise IsADirectoryError(0, "a folder of that name is in the way")
                staged[path] = _stage(path, content, undo, durable=durable, private=private)
            except (OSError, ValueError) as error:
                raise _refusal(path, error) from None
        kept: list[str] = []
        for path, name in staged.items():
            try:
                if len(staged) > 1:
                    kept += _keep(path, undo)
                os.replace(name, path)
            except (OSError, ValueError) as error:
                raise _refusal(path, error) from None
        undo.pop_all()
    for name in kept:
        with suppress(OSError):
            os.unlink(name)
    if durable:
        _sync_folders({_parent(path) for path in staged})


def _parent(path: str) -> str:
    return os.path.dirname(path) or os.curdir


def _temporary(folder: str) -> tuple[int, str]:
    """A new file in a folder, open, for its owner alone; and its name."""
    name = os.path.join(folder, f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(name, flags, 0o600), name


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _keep(path: str, undo: ExitStack) -> list[str]:
    """Keep what stands under this name until all is done, and say how to put it back."""
    if not os.path.exists(path):
        undo.callback(_unlink, path)
        return []
    import shutil

    handle, name = _temporary(_parent(path))
    os.close(handle)
    shutil.copy2(path, name)
    undo.callback(os.replace, name, path)
    return [name]


def _sync_folders(folders: Iterable[str]) -> None:
    """Bring renames to the disk, where folders can be opened for that."""
    for folder in folders:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _make_folder(folder: str, undo: ExitStack) -> None:
    missing: list[str] = []
    while not os.path.exists(folder) and folder != _parent(folder):
        missing.append(folder)
        folder = _parent(folder)
    for made in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(made)
        undo.callback(_remove_empty, made)
    if not os.path.isdir(folder):
        raise NotADirectoryError(0, f"{folder} is no folder")


def _remove_empty(folder: str) -> None:
    with suppress(OSError):
        os.rmdir(folder)


def _stage(path: str, content: str | bytes, undo: ExitStack, *, durable: bool, private: bool) -> str:
    # The file's own name may already be as long as a name can be.
    handle, name = _temporary(_parent(path))
    undo.callback(_unlink, name)
    with os.fdopen(handle, "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    if not private:
        # mkstemp makes files for the owner alone; what is written here is for everyone the folder is for.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
    return name


def _refusal(path: str, error: OSError | ValueError) -> DeriveError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    shown = path if path.isprintable() else repr(path)
    return DeriveError(f"{shown}: cannot be written: {reason}")
