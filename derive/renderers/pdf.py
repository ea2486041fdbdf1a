"""PDF through Typst: tagged (PDF/UA-1), fonts embedded, the same bytes from run to run; no network, no system fonts."""

from __future__ import annotations

from derive.renderers.typst_ import render_typst
from derive.steps.filling import Filling
from derive.steps.model import Document

#: Seconds since 1970: a fixed time stamp, so that the same document gives the same bytes.
_TIMESTAMP = 1_700_000_000


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
    # Imported here: 80 MB that no other format needs.
    import typst

    source = render_typst(document, filling).encode("utf-8")
    printed = typst.compile(
        source, format="pdf", ignore_system_fonts=True, pdf_standards=["ua-1"], timestamp=_TIMESTAMP
    )
    if not isinstance(printed, bytes):
        raise TypeError("typst gave several files for one PDF")
    return printed
