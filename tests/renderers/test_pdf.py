"""The PDF through Typst: tagged, reproducible, nothing cut off."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.renderers.coverage import displayable
from derive.renderers.pdf import render_pdf
from derive.renderers.typst_ import render_typst
from tests.renderers.sample import sample_document, sample_filling


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render_pdf(sample_document(), sample_filling())


def test_pdf_is_the_same_every_time(pdf: bytes) -> None:
    """The same document gives the same bytes."""
    assert pdf == render_pdf(sample_document(), sample_filling())


def test_pdf_is_tagged(pdf: bytes) -> None:
    """It declares PDF/UA-1, its language and its structure."""
    assert b"pdfuaid:part>1<" in pdf.replace(b" ", b"")
    assert b"/MarkInfo" in pdf or b"/Marked" in pdf


def test_hostile_text_is_a_string() -> None:
    """A title is a string literal: none of its characters leaves it."""
    source = render_typst(sample_document('"#import "x"; \\'), sample_filling(text="x"))
    assert '#"\\"#import \\"x\\"; \\\\"' in source
    assert re.search(r"(?m)^#import", source) is None


@settings(max_examples=15)
@given(st.text(max_size=40))
def test_any_title_compiles(text: str) -> None:
    """Whatever characters a title holds, a tagged PDF comes out."""
    assert render_pdf(sample_document("T" + text), sample_filling(text="x")).startswith(b"%PDF")


def test_characters_without_a_glyph_are_spelled() -> None:
    """A character that the fonts do not have is named by its code point."""
    assert displayable("é ∂ Ω 中\u202e\t") == "é ∂ Ω U+4E2DU+202E "


@pytest.mark.parametrize("digits", ["0.082167040", "-0.08216704056423", "-123456789.0123456789012345678"])
def test_nothing_stands_in_the_margins(pdftoppm: Path, digits: str) -> None:
    """No line sticks out to either side: 15 mm of each margin stay white."""
    made = render_pdf(sample_document(), sample_filling(long=digits))
    done = subprocess.run([str(pdftoppm), "-gray", "-r", "50", "-"], input=made, capture_output=True, check=True)
    rest, pages = done.stdout, 0
    while rest:
        header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", rest)
        assert header is not None
        width, height = int(header[1]), int(header[2])
        rows = rest[header.end() : header.end() + width * height]
        rest = rest[header.end() + width * height :]
        margin = round(15 / 25.4 * 50)
        for row in range(height):
            line = rows[row * width : (row + 1) * width]
            assert line[:margin].count(255) == margin
            assert line[-margin:].count(255) == margin
        pages += 1
    assert pages >= 2


def test_pages_are_not_blank(pdf: bytes, ink) -> None:
    """Every page has something on it."""
    assert min(ink(pdf)) > 0.002
