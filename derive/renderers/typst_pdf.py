"""Typst as a library: one place that compiles, the same bytes on every run, no network, no system fonts."""

from __future__ import annotations

import os
from typing import Any, Literal

from derive.errors import UnsupportedError

#: Seconds since 1970: a fixed time stamp, so that the same document gives the same bytes.
TIMESTAMP = 1_700_000_000

# Typst keeps threads once it has compiled; a forked process has none of them and would wait for them for ever.
_compiled_here = False
_forked_after = False


def _note_fork() -> None:
    global _forked_after
    _forked_after = _compiled_here


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


def threads_are_running() -> bool:
    """Whether this process has made a PDF already, so that a fork of it can make none."""
    return _compiled_here


def compile_typst(source: bytes, *, tagged: bool = True, inputs: dict[str, str] | None = None) -> bytes:
    """A Typst source as a PDF, tagged for PDF/UA-1 unless told otherwise.

    Parameters
    ----------
    source : bytes
    tagged : bool
    inputs : dict of str to str, optional
        What the source finds in ``sys.inputs``.

    Raises
    ------
    UnsupportedError
        In a process that was forked after a PDF was made, which would hang.
    """
    further: dict[str, Any] = {} if tagged else {"pdf_tags": False}
    standards = ["ua-1"] if tagged else []
    return _compiled(source, "pdf", pdf_standards=standards, timestamp=TIMESTAMP, sys_inputs=inputs or {}, **further)


def _compiled(source: bytes, form: Literal["pdf", "svg"], **options: Any) -> bytes:
    global _compiled_here
    if _forked_after:
        raise UnsupportedError(
            "this process was forked from one that had made a PDF already, and would wait for ever; start processes "
            'with multiprocessing.get_context("forkserver") or "spawn", or make no PDF before the fork'
        )
    # Imported here: 80 MB that no other format needs.
    import typst

    _compiled_here = True
    printed = typst.compile(source, format=form, ignore_system_fonts=True, **options)
    if not isinstance(printed, bytes):
        raise TypeError(f"typst gave several files for one {form}")
    return printed


def typst_svg(source: bytes) -> str:
    """A Typst source of one page as SVG, its letters as outlines.

    Parameters
    ----------
    source : bytes

    Raises
    ------
    UnsupportedError
        As `compile_typst`.
    """
    printed = _compiled(source, "svg", timestamp=TIMESTAMP)
    return printed.decode("utf-8")


def typst_pages(source: bytes, *, inputs: dict[str, str]) -> int:
    """How many pages a source takes that says so itself, in the value of its label ``<pages>``.

    Parameters
    ----------
    source : bytes
    inputs : dict of str to str
        What the source finds in ``sys.inputs``.
    """
    global _compiled_here
    import typst

    _compiled_here = True
    found = typst.query(source, "<pages>", field="value", one=True, ignore_system_fonts=True, sys_inputs=inputs)
    return int(found)
