"""One PDF for a whole class, bound from parts of some students each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from derive.errors import DeriveError


def bound(parts: Sequence[Path]) -> bytes:
    """The pages of several PDFs behind each other; the same bytes for the same parts.

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
            writer.append(PdfReader(io.BytesIO(part.read_bytes())), import_outline=False)
        except (OSError, PyPdfError) as error:
            raise DeriveError(f"{part}: cannot be bound into the class file: {error}") from None
    writer.metadata = None
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
