"""One PDF for a whole class, bound from parts of some students each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from derive.errors import DeriveError


def bound(parts: Sequence[Path]) -> bytes:
    """The pages of several PDFs behind each other, as one piece would have them; the same bytes for the same parts.

    Every part but the last ends with the page on which the next person would begin (Typst has turned to it): it fills
    its last leaf, and that page, an odd one and empty, is left out.

    Parameters
    ----------
    parts : sequence of Path

    Raises
    ------
    DeriveError
        If a part cannot be read.
    """
    if len(parts) == 1:
        return parts[0].read_bytes()
    # Imported here: nothing else needs it.
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    writer = PdfWriter()
    for part in parts:
        try:
            reader = PdfReader(io.BytesIO(part.read_bytes()))
            count = len(reader.pages)
            whole = count if part == parts[-1] else count - count % 2
            writer.append(reader, pages=(0, whole), import_outline=False)
        except (OSError, PyPdfError) as error:
            raise DeriveError(f"{part}: cannot be bound into the class file: {error}") from None
    writer.metadata = None
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
