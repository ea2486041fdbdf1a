"""Where the templates lie."""

from __future__ import annotations

from pathlib import Path


def templates_folder() -> Path:
    """Where the templates lie: packed into an installed wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "_templates"
    return packed if packed.is_dir() else package.parent / "templates"
