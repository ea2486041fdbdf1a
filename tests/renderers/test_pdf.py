"""The PDF through Typst: tagged, reproducible, nothing cut off."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

import derive
from derive.renderers.coverage import displayable
from derive.renderers.pdf import render_pdf
from derive.renderers.typst_ import render_typst
from derive.telling.model import Paragraph, Section
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


def leading_texts(section: Section) -> Iterator[str]:
    """How the sentences of a section end that lead to something in it."""
    for place, block in enumerate(section.blocks):
        last = block.text[-1] if isinstance(block, Paragraph) else None
        if isinstance(last, str) and (section.subsections or place + 1 < len(section.blocks)):
            yield last
    for inner in section.subsections:
        yield from leading_texts(inner)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u2009\u00ad-]|\ufb01|\ufb02|fi|fl", "", text)


@pytest.mark.parametrize("name", ["2-2-2", "2-3-2-2", "deeplearning-ai-2-4-1", "micrograd-readme", "ng-graph-J"])
def test_no_sentence_ends_a_page_that_leads_to_the_next(name: str) -> None:
    """What introduces a formula, a table or a section stands on its page."""
    explanation = derive.explain(derive.load(name))
    endings = {squeezed(text)[-24:] for section in explanation.document.sections for text in leading_texts(section)}
    assert endings
    pages = [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(explanation.to_pdf())).pages]
    assert len(pages) > 1
    for page in pages[:-1]:
        body = re.sub(r"\d+/\d+$", "", page).removesuffix(squeezed(explanation.document.title))
        assert not any(len(ending) >= 12 and body.endswith(ending) for ending in endings), body[-80:]


def test_the_default_document_has_six_pages() -> None:
    """Eight weights, worked in full, with training: not fourteen pages of equal boxes."""
    pdf = derive.explain(derive.load("2-2-2")).to_pdf()
    assert len(PdfReader(io.BytesIO(pdf)).pages) <= 6


def test_in_brief_it_has_two_pages() -> None:
    """The figures, and one worked step of each kind."""
    pdf = derive.explain(derive.load("2-2-2"), brief=True).to_pdf()
    assert len(PdfReader(io.BytesIO(pdf)).pages) <= 2
