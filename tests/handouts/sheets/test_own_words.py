"""A teacher's own words: title, course, date and instructions on every sheet, escaped; paper of two sizes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

import derive
from derive.errors import DeriveError, UnsupportedError
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import Plan, plan
from derive.handouts.sheets.key import answer_key
from derive.handouts.sheets.own_words import OwnWords, Paper, markdown_blocks, read_instructions
from derive.handouts.sheets.sheet_html import key_html, worksheet_html
from derive.handouts.sheets.sheet_latex import key_latex, worksheet_latex
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.sheet_pdf import key_pdf, worksheet_pdf
from derive.handouts.sheets.worksheet import worksheet_document
from tests.handouts.sheets.sheets import HOSTILE, WHO, pdf_text, sheet
from tests.paper import Typeset

MARKDOWN = """# Before you begin

Work **alone**; *no* notes
but a `calculator`.

* first
* second, on
  two lines

1. one

2. [two](https://example.org)
"""


def _sheet(words: OwnWords, ask: str = "out_H1") -> Worksheet:
    problem, plain = sheet(ask=ask)
    return worksheet_document(problem, plain.asked, words=words)


def test_markdown_is_data() -> None:
    """Blocks of runs, each with its style."""
    heading, paragraph, bullets, numbers = markdown_blocks(MARKDOWN)
    assert (heading.kind, heading.items) == ("heading", ((("Before you begin", ""),),))
    assert paragraph.items[0] == (
        ("Work ", ""),
        ("alone", "strong"),
        ("; ", ""),
        ("no", "emphasis"),
        (" notes but a ", ""),
        ("calculator", "code"),
        (".", ""),
    )
    assert [run for item in bullets.items for run in item] == [("first", ""), ("second, on two lines", "")]
    assert [run for item in numbers.items for run in item] == [("one", ""), ("two (https://example.org)", "")]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("2 * 3 * 4 and snake_case_name", (("2 * 3 * 4 and snake_case_name", ""),)),
        (r"a \*star\* and \# one", (("a *star* and # one", ""),)),
        ("**a*b** _c_", (("a*b", "strong"), (" ", ""), ("c", "emphasis"))),
        ("`` ` `` **", (("`", "code"), (" **", ""))),
        ("__x__ <b>y</b>", (("x", "strong"), (" <b>y</b>", ""))),
    ],
)
def test_marks_that_are_none_stay(text: str, runs: tuple[tuple[str, str], ...]) -> None:
    """Arithmetic and names with underscores are text."""
    (block,) = markdown_blocks(text)
    assert block.items == (runs,)


def test_words_in_every_format(tmp_path: Path, run_pdflatex: Callable[[str], Typeset]) -> None:
    """Course and date over the title of sheet and key; instructions on the sheet alone."""
    words = OwnWords(course="ML & more", date="27/11/2026", instructions=markdown_blocks(MARKDOWN))
    worksheet = _sheet(words)
    problem = derive.load("2-2-2")
    key = answer_key(problem, worksheet.asked)
    page = worksheet_html(worksheet, problem, WHO)
    assert '<p class="occasion">ML &amp; more · 27/11/2026</p>' in page
    assert "<p>Work <strong>alone</strong>; <em>no</em> notes but a <code>calculator</code>.</p>" in page
    assert "<ul><li>first</li><li>second, on two lines</li></ul>" in page
    assert "ML &amp; more" in key_html(worksheet, key, WHO)
    assert "Before you begin" not in key_html(worksheet, key, WHO)
    source = worksheet_latex(worksheet, problem, WHO)
    assert r"Work \textbf{alone}; \emph{no} notes but a \texttt{calculator}." in source
    assert run_pdflatex(source).complaints == ()
    assert r"ML \& more" in key_latex(worksheet, key, WHO)
    for pdf, told in ((worksheet_pdf(worksheet, problem, WHO), True), (key_pdf(worksheet, key, WHO), False)):
        for text in pdf_text(pdf, tmp_path)[:1]:
            assert "ML & more" in text
            assert ("second, on two lines" in text) == told


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_hostile_words_do_nothing(text: str) -> None:
    """Whatever they are, they are text."""
    words = OwnWords(course=text, date=text, instructions=markdown_blocks(f"{text}\n\n* {text}\n\n`{text}` **{text}**"))
    worksheet = _sheet(words)
    problem = derive.load("2-2-2")
    page = worksheet_html(worksheet, problem, WHO)
    assert page.count("<script") == worksheet_html(_sheet(OwnWords()), problem, WHO).count("<script")
    assert "<img" not in page
    assert worksheet_latex(worksheet, problem, WHO).isascii()
    assert r"\input{/" not in worksheet_latex(worksheet, problem, WHO)
    assert worksheet_pdf(worksheet, problem, WHO).startswith(b"%PDF")


@pytest.mark.parametrize(("paper", "width", "height"), [("a4", 595, 842), ("letter", 612, 792)])
def test_paper(paper: Paper, width: int, height: int, tmp_path: Path) -> None:
    """Sheets, keys and the marking key, which lies; LaTeX and the printed page say the same."""
    order = plan(
        derive.load("2-2-2"), students=1, ask="forward", paper=paper, formats=("html", "pdf", "latex"), seed="p"
    )
    write_handout(order, tmp_path / "sheet")
    for name in ("worksheets/01.pdf", "keys/01.pdf", "class-worksheets.pdf", "class-keys.pdf"):
        box = PdfReader(tmp_path / "sheet" / name).pages[0].mediabox
        assert (round(box.width), round(box.height)) == (width, height), name
    box = PdfReader(tmp_path / "sheet/marking-key.pdf").pages[0].mediabox
    assert (round(box.width), round(box.height)) == (height, width)
    source = (tmp_path / "sheet/worksheets/01.tex").read_text(encoding="ascii")
    assert f"{paper}paper]" in source
    page = (tmp_path / "sheet/worksheets/01.html").read_text(encoding="utf-8")
    assert ("size: letter" in page) == (paper == "letter")


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("words", [False, True])
def test_two_pages_stay_two_pages(paper: Paper, words: bool) -> None:
    """The whole of 2-2-2 fits one leaf: on either paper, with a teacher's words or without."""
    own = OwnWords(
        course="ML" * words,
        date="today" * words,
        instructions=markdown_blocks("Work **alone**. No notes, but a calculator." * words),
        paper=paper,
    )
    worksheet = _sheet(own, "all")
    pdf = worksheet_pdf(worksheet, derive.load("2-2-2"), WHO)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 2


def test_a_title_of_ones_own(tmp_path: Path) -> None:
    """It is that of sheets, keys, the teacher's page and the manifest; numbers and forms stay as they were."""
    plain, own = (
        plan(derive.load("2-2-2"), students=1, ask="out_H1", formats=("html",), seed="t", title=title)
        for title in ("", "Sheet 3 <b>")
    )
    assert plain.drawn().forms == own.drawn().forms
    index, _ = write_handout(own, tmp_path / "sheet")
    for path in (index, tmp_path / "sheet/worksheets/01.html", tmp_path / "sheet/keys/01.html"):
        assert re.search(r"<h1>(Key: )?Sheet 3 &lt;b&gt;", path.read_text(encoding="utf-8")), path


def test_other_words_are_another_handout(tmp_path: Path) -> None:
    """A folder is not gone on with in other words."""

    def order(date: str) -> Plan:
        return plan(derive.load("2-2-2"), students=1, ask="out_H1", formats=("html",), seed="t", date=date)

    write_handout(order("Monday"), tmp_path / "sheet")
    with pytest.raises(DeriveError, match=r"other words"):
        write_handout(order("Tuesday"), tmp_path / "sheet")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"x" * 10_001, "more than 10,000 characters"),
        (b"fine\nbell \x07\n", "line 2: the character U\\+0007"),
    ],
)
def test_instructions_that_cannot_be_used(tmp_path: Path, content: bytes | None, said: str) -> None:
    """One line that names option and file."""
    path = tmp_path / "words.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeriveError, match=said) as caught:
        read_instructions(path)
    assert str(caught.value).startswith(f"--instructions {path}")


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"date": "x" * 121}, "--date"),
        ({"course": "a\nb"}, "--course"),
        ({"title": "\x07"}, "--title"),
        ({"paper": "a5"}, "a4 and letter"),
    ],
)
def test_words_that_cannot_be_printed(wishes: dict[str, str], said: str) -> None:
    """Said by the option's name."""
    with pytest.raises((DeriveError, UnsupportedError), match=said):
        plan(derive.load("2-2-2"), students=1, **wishes)  # type: ignore[arg-type]
