"""PDF through Typst: tagged (PDF/UA-1), fonts embedded, the same bytes from run to run; no network, no system fonts."""

from __future__ import annotations

from derive.renderers.typst_ import render_typst
from derive.steps.filling import Filling
from derive.steps.model import Document

#: Seconds since 1970: a fixed time stamp, so that the same document gives the same bytes.
TIMESTAMP = 1_700_000_000


def render_pdf(document: Document, filling: Filling) -> bytes:
    """The document as a PDF for A4.

    Parameters
    ----------
    document : Document
    filling : Filling

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    return compile_pdf(render_typst(document, filling))


def compile_pdf(source: str) -> bytes:
    """A Typst source as a tagged PDF."""
    # Imported here: 80 MB that no other format needs.
    import typst

    printed = typst.compile(
        source.encode("utf-8"), format="pdf", ignore_system_fonts=True, pdf_standards=["ua-1"], timestamp=TIMESTAMP
    )
    if not isinstance(printed, bytes):
        raise TypeError("typst gave several files for one PDF")
    return printed
