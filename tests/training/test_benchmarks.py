"""The benchmarks run; what they measure is nobody's assertion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_table_has_every_row(root: Path) -> None:
    """At tiny sizes every row of the table is there, with the date and the versions."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--tiny"], cwd=root, capture_output=True, text=True, check=False
    )
    assert not ran.returncode, ran.stderr
    for part in (
        "whole process",
        "64-64-10",
        "30 samples",
        "its outcome kept",
        "plain NumPy loop",
        "PyTorch",
        "`matmul`",
        "kept skeleton",
        "deriving 2-2-2",
        "certified",
        "scripts of 33 figures, one mistake in each",
        "scripts of 33 figures, honest",
        "in words",
        "by SymPy",
        "constant bytes of their size",
        "--to html`, sheets",
        "--to pdf`, sheets",
        "peak memory",
    ):
        assert part in ran.stdout
    assert "Python 3." in ran.stdout.splitlines()[0]
