"""The marking key: all forms on one page, and all figures of a step in a row."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from derive.given.loading import load
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import Plan, plan
from derive.handouts.people.manifest import Manifest
from derive.handouts.sheets.key import AnswerKey, answer_key
from derive.handouts.sheets.marking_key import SIZES, Column, layout_of, marking_column, marking_key_pdf
from derive.handouts.sheets.recipient import Recipient
from tests.handouts.sheets.sheets import pdf_text


def _class(count: int, ask: str = "all", *, same: bool = False) -> tuple[Plan, Manifest, list[AnswerKey], list[Column]]:
    order = plan(load("2-2-2"), students=count, ask=ask, same=same, seed="marking key", points=["E_total=4"])
    manifest = order.drawn()
    keys = [answer_key(manifest.variants[student.id], order.asked) for student in manifest.students]
    columns = [
        marking_column(key, Recipient(form=manifest.forms[student.id], student=student.id))
        for key, student in zip(keys, manifest.students, strict=True)
    ]
    return order, manifest, keys, columns


def _letter_sizes(pdf: bytes) -> set[float]:
    """Sizes at which text is set on any page."""
    sizes = set()

    def visit(text: str, _: object, matrix: list[float], __: object, size: float) -> None:
        if text.strip():
            sizes.add(round(size * max(abs(matrix[0]), abs(matrix[1])), 1))

    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=visit)
    return sizes


@pytest.mark.parametrize("count", [1, 4, 30])
def test_a_class_on_one_page(count: int, tmp_path: Path) -> None:
    """33 figures of 30 forms: each end of each band stands on the one page, in the row of its item."""
    order, manifest, keys, columns = _class(count)
    pdf = marking_key_pdf(order.worksheet(), columns)
    pages = pdf_text(pdf, tmp_path)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    if not pages:
        return
    flat = re.sub(r"\s+", " ", pages[0])
    for key, form in zip(keys, manifest.forms.values(), strict=True):
        assert count == 30 or form in flat
        for line in key.lines:
            assert line.band is not None
            for end in (line.band.low, line.band.high):
                assert ("−" * end.negative + end.digits) in flat, line
    assert "11 (4)" in flat


def test_letters_can_be_read() -> None:
    """None is smaller than 5.5 points but indices; few forms get larger ones."""
    order, _, _, many = _class(30)
    few = many[:3]
    sheet = order.worksheet()
    assert layout_of(sheet, many).size == min(SIZES) == 5.5
    assert layout_of(sheet, few).size >= 7.0
    assert layout_of(sheet, few).between == " to "
    body = {size for size in _letter_sizes(marking_key_pdf(sheet, many)) if size >= 5}
    assert min(body, default=5.5) >= 5.5


def test_more_forms_than_a_page_holds_go_on_the_next() -> None:
    """Every form stands somewhere, and the head of the table is on every page."""
    order, manifest, _, columns = _class(70)
    pdf = marking_key_pdf(order.worksheet(), columns)
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == -(-70 // layout_of(order.worksheet(), columns).forms) > 1
    texts = [page.extract_text().replace("\n", "") for page in pages]
    assert all("36 points" in text and "Marking key" in text for text in texts)
    assert all(form in "".join(texts) for form in manifest.forms.values())


def test_students_with_the_same_numbers_share_a_column() -> None:
    """One form, one column, and nobody's name over it."""
    order, manifest, _, columns = _class(3, "forward", same=True)
    (form,) = set(manifest.forms.values())
    pdf = marking_key_pdf(order.worksheet(), columns)
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert text.count(form) == 1


def test_the_same_bytes_every_time() -> None:
    """As all files of a handout."""
    order, _, _, columns = _class(2, "forward")
    assert marking_key_pdf(order.worksheet(), columns) == marking_key_pdf(order.worksheet(), columns)


@pytest.mark.parametrize(("formats", "there"), [(("pdf",), True), (("html",), False)])
def test_it_is_made_with_pdfs_alone(tmp_path: Path, formats: tuple[str, ...], there: bool) -> None:
    """And the teacher's page links to it where it is."""
    order = plan(load("2-2-2"), students=2, ask="out_H1", formats=formats, seed="x")
    index, _ = write_handout(order, tmp_path / "sheet")
    assert (tmp_path / "sheet/marking-key.pdf").is_file() == there
    assert ("marking-key.pdf" in index.read_text(encoding="utf-8")) == there
    assert not (tmp_path / "sheet/parts").exists()


def test_many_figures_of_few_forms_stand_side_by_side() -> None:
    """76 figures of a convolution: one page, every number of an item once."""
    order = plan(load("convolution-pool"), students=2, same=True, seed="x")
    sheet = order.worksheet()
    key = answer_key(order.problem, order.asked)
    columns = [marking_column(key, Recipient(form="FORM", student="s"))]
    assert layout_of(sheet, columns).stacks > 1
    pages = PdfReader(io.BytesIO(marking_key_pdf(sheet, columns))).pages
    assert len(pages) == 1
    text = pages[0].extract_text()
    assert all(re.search(rf"(?<![\d.]){number}(?![\d.])", text) for number in range(1, len(order.asked) + 1))
