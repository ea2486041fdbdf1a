"""Helpers for documents on paper: typeset LaTeX and read its complaints; render a PDF and see its ink."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

#: What a log says when something does not fit, is missing, or was substituted.
COMPLAINT = re.compile(
    r"^(?:Overfull |Underfull \\hbox |! |LaTeX (?:Font )?Warning: |Package \S+ Warning: |Missing character: ).*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeset:
    """What pdflatex made of a source.

    Attributes
    ----------
    pdf : bytes
        Empty when it stopped with an error.
    log : str
    complaints : tuple of str
        Errors, warnings, and boxes that are too full (or lines too loose), as the log words them.
    """

    pdf: bytes
    log: str
    complaints: tuple[str, ...]


def typeset(pdflatex: Path, source: str, folder: Path) -> Typeset:
    """Run pdflatex twice, for references, on a source in an own folder, offline and without shell escape."""
    (folder / "document.tex").write_text(source, encoding="utf-8")
    command = [str(pdflatex), "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
    # TeX breaks the lines of its log at 79 characters unless told otherwise.
    environment = {**os.environ, "max_print_line": "2000"}
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, env=environment, input=b"", capture_output=True, check=False)
        if done.returncode:
            break
    log = (folder / "document.log").read_text(encoding="utf-8", errors="replace")
    pdf = (folder / "document.pdf").read_bytes() if done.returncode == 0 else b""
    return Typeset(pdf=pdf, log=log, complaints=tuple(COMPLAINT.findall(log)))


def page_ink(pdftoppm: Path, pdf: bytes) -> list[float]:
    """Render each page in grey at 40 dots an inch and return the share of its dots that are not white."""
    done = subprocess.run([str(pdftoppm), "-gray", "-r", "40", "-"], input=pdf, capture_output=True, check=True)
    rest, shares = done.stdout, []
    while rest:
        header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", rest)
        assert header is not None, "pdftoppm wrote no PGM"
        size = int(header[1]) * int(header[2])
        dots = rest[header.end() : header.end() + size]
        shares.append(1 - dots.count(255) / size)
        rest = rest[header.end() + size :]
    return shares
