"""Programs from npm that read what derive writes: a player of QTI 3, a grammar of GIFT, a checker of accessibility.

They are used in tests alone, in the versions said here, and installed into a folder of the test run.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

#: axe-core: MPL-2.0; qti-components: GPL-3.0; qti-convert: Apache-2.0; gift-pegjs: MIT.
VERSIONS = {
    "axe-core": "4.14.1",
    "@citolab/qti-components": "7.27.4",
    "@citolab/qti-convert": "0.3.52",
    "gift-pegjs": "1.0.2",
}


class NoPackageError(Exception):
    """Node is missing, or the package cannot be had."""


def install(folder: Path, *names: str) -> Path:
    """Install packages without running scripts of theirs.

    Parameters
    ----------
    folder : Path
    *names : str
        Of `VERSIONS`.

    Returns
    -------
    Path
        ``node_modules``.

    Raises
    ------
    NoPackageError
        Without Node and npm, or when npm does not bring the packages.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NoPackageError("no Node with npm on this machine")
    wanted = [f"{name}@{VERSIONS[name]}" for name in names]
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--no-package-lock"]
    ended = subprocess.run(
        [npm, "install", *options, "--prefix", str(folder), *wanted],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if ended.returncode:
        raise NoPackageError(f"npm does not bring {', '.join(wanted)}: {ended.stderr.strip()[:200]}")
    return folder / "node_modules"
