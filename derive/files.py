"""Writing files so that none is ever seen half-written: all of several are there before the first is renamed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from derive.errors import DeriveError

_PREFIX, _SUFFIX = ".derive-", ".part"
#: What a killed run may leave behind.
LEFT_BEHIND = f"{_PREFIX}*{_SUFFIX}"
#: Whether the rules of Windows hold for names.
WINDOWS = os.name == "nt"
#: Names that Windows keeps for devices, whatever ending follows.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$?|conout\$?|(com|lpt)[0-9\u00b9\u00b2\u00b3])( *\..*)?", re.IGNORECASE)


def is_device(name: str) -> bool:
    """Whether Windows keeps a file's name for a device, as ``aux`` or ``con.toml``."""
    return _DEVICE.fullmatch(name.rstrip(" ")) is not None


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


def write_together(contents: Mapping[Path, str | bytes], *, durable: bool = True, private: bool = False) -> None:
    """Write files under temporary names beside their own and rename them when all are there.

    When a later one cannot be renamed, those before it are put back. Folders are made where there are none, and taken
    away again where nothing could be written into them.

    Parameters
    ----------
    contents : mapping of Path to str or bytes
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
        staged: dict[Path, str] = {}
        for path, content in contents.items():
            try:
                _make_folder(path.parent, undo)
                if WINDOWS and is_device(path.name):
                    raise ValueError("Windows keeps this name for a device; take another")
                if path.is_dir():
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
        _sync_folders({path.parent for path in contents})


def _keep(path: Path, undo: ExitStack) -> list[str]:
    """Keep what stands under this name until all is done, and say how to put it back."""
    if not path.exists():
        undo.callback(path.unlink, missing_ok=True)
        return []
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=_SUFFIX)
    os.close(handle)
    shutil.copy2(path, name)
    undo.callback(os.replace, name, path)
    return [name]


def _sync_folders(folders: Iterable[Path]) -> None:
    """Bring renames to the disk, where folders can be opened for that."""
    for folder in folders:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


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


def _stage(path: Path, content: str | bytes, undo: ExitStack, *, durable: bool, private: bool) -> str:
    # The file's own name may already be as long as a name can be.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=_SUFFIX)
    undo.callback(Path(name).unlink, missing_ok=True)
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


def _refusal(path: Path, error: OSError | ValueError) -> DeriveError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    shown = str(path) if str(path).isprintable() else repr(str(path))
    return DeriveError(f"{shown}: cannot be written: {reason}")
