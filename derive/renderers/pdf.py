"""PDF through Typst: tagged (PDF/UA-1), fonts embedded, the same bytes from run to run."""

from __future__ import annotations

from derive.renderers.typst_ import render_typst
from derive.renderers.typst_pdf import compile_typst
from derive.telling.filling import Filling
from derive.telling.model import Document


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
    return compile_typst(source.encode("utf-8"))
