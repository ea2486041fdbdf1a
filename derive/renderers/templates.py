"""Where the templates lie."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def templates_path() -> str:
    """Where the templates lie: packed into an installed wheel, or beside the package in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    packed = os.path.join(package, "_templates")
    return packed if os.path.isdir(packed) else os.path.join(os.path.dirname(package), "templates")


def templates_folder() -> Path:
    """The same as a path; a kept outcome is found without loading what makes one."""
    from pathlib import Path

    return Path(templates_path())
