"""Writing files so that none is ever seen half-written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from derive.errors import DeriveError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name beside it and rename it, making its folder where there is none.

    Raises
    ------
    DeriveError
        If the folder or the file cannot be written, with the reason.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            # mkstemp makes files for the owner alone; what is written here is for everyone the folder is for.
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(name, 0o666 & ~umask)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DeriveError(f"{path}: cannot be written: {error.strerror or error}") from None
