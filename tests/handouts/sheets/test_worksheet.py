"""Worksheets: one blank for each figure, levels, escaping, and no solution in any form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.errors import UnsupportedError
from derive.given.problem import Problem
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_html import worksheet_html
from derive.handouts.sheets.sheet_latex import worksheet_latex
from derive.handouts.sheets.sheet_model import LEVELS, Level
from derive.handouts.sheets.sheet_pdf import worksheet_pdf, worksheet_source, worksheets_pdf
from derive.handouts.sheets.worksheet import sheet_figures, worksheet_document
from tests.handouts.sheets.sheets import HOSTILE, WHO, page_data, pdf_text, revealed, sheet, telling, with_weights
from tests.paper import Typeset

NAMES = ("2-2-2", "2-3-2-2", "deepml-neuron", "hmkcode-2-2-1")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_no_asked_figure_stands_in_any_format(name: str, level: Level, tmp_path: Path) -> None:
    """Not in text, attributes, script, source, data or what a PDF says."""
    problem, worksheet = sheet(name, level=level)
    asked = worksheet.asked
    data = json.dumps([figure.digits for figure in sheet_figures(worksheet, problem).values()])
    drawing = r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}"
    texts = {
        "html": worksheet_html(worksheet, problem, WHO),
        "latex": re.sub(drawing, "", worksheet_latex(worksheet, problem, WHO), flags=re.DOTALL),
        "typst": worksheet_source(worksheet).source.decode("utf-8") + data,
        "pdf": "\n".join(pdf_text(worksheet_pdf(worksheet, problem, WHO), tmp_path)),
    }
    assert {kind: revealed(problem, asked, text) for kind, text in texts.items()} == {kind: [] for kind in texts}


def test_a_revealed_figure_would_be_found() -> None:
    """The search above can fail: each way of writing a figure is found in a page that holds it."""
    problem, worksheet = sheet()
    page = worksheet_html(worksheet, problem, WHO)
    forms = list(telling(problem, "E_total"))
    assert "0.298371109" in forms
    for form in forms:
        for spoilt in (
            page.replace("</main>", f"<!-- {form} --></main>"),
            page.replace("<ol ", f'<ol data-x="{form}" '),
        ):
            assert ("E_total", form) in revealed(problem, worksheet.asked, spoilt)


def test_unasked_figures_on_the_way_are_shown_and_asked_ones_left_blank() -> None:
    """With only the backward pass asked, level 1 gives the activations."""
    problem, worksheet = sheet(ask="backward", level=1)
    page = worksheet_html(worksheet, problem, WHO)
    assert set(worksheet.shown) == {"out_H1", "out_H2", "out_y1", "out_y2"}
    assert "<mn>0.5933</mn>" in page
    assert revealed(problem, worksheet.asked, page) == []


def test_a_figure_with_the_digits_of_an_asked_one_is_left_blank(tmp_path: Path) -> None:
    """For a class that is not wanted the delta of a softmax is its output: neither is shown."""
    problem, worksheet = sheet("cs231n-2-2-3", ask="backward", level=1)
    assert "out_s1" in worksheet.shown
    page = worksheet_html(worksheet, problem, WHO)
    assert '<mn class="blank" data-from="out_s1">' in page
    deltas = ("delta_s1", "delta_s2")
    pdf = "\n".join(pdf_text(worksheet_pdf(worksheet, problem, WHO), tmp_path))
    texts = (page, pdf, worksheet_latex(worksheet, problem, WHO).partition(r"\end{tikzpicture}")[2])
    assert [revealed(problem, deltas, text) for text in texts] == [[], [], []]


def test_another_name_of_an_asked_figure_is_left_blank() -> None:
    """∂E_total/∂out_y1 is ∂E_y1/∂out_y1: where one is asked, the other is not shown."""
    problem = derive.load("2-2-2")
    worksheet = worksheet_document(problem, ("dE_y1/dout_y1", "delta_y1"), level=1)
    assert "dE_total/dout_y1" in worksheet.blanks
    assert revealed(problem, worksheet.asked, worksheet_html(worksheet, problem, WHO)) == []


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "ng-graph-J"])
def test_every_asked_figure_has_one_blank(name: str, level: Level) -> None:
    """One labelled field in HTML, one place to write in the PDF and in LaTeX."""
    problem, worksheet = sheet(name, level=level)
    page = worksheet_html(worksheet, problem, WHO)
    fields = re.findall(r'<input class="figure"[^>]*data-quantity="([^"]+)" aria-label="([^"]+)"', page)
    assert [quantity for quantity, _ in fields] == list(worksheet.asked)
    for item, (_, label) in zip(worksheet.items, fields, strict=True):
        assert label.startswith(f"{item.number}. {item.words}")
    source = worksheet_source(worksheet).source.decode("utf-8")
    assert [int(n) for n in re.findall(r"^(?:grid\.cell\([^,]*, )?item\((\d+),", source, re.MULTILINE)] == [
        item.number for item in worksheet.items
    ]
    body = worksheet_latex(worksheet, problem, WHO).partition(r"\begin{document}")[2]
    assert body.count(r"\danswer") == len(worksheet.asked)


def test_levels_differ_as_they_say() -> None:
    """Lines with blanks, rules, words, symbols alone."""
    pages = {level: worksheet_html(sheet(level=level)[1], derive.load("2-2-2"), WHO) for level in LEVELS}
    rule = 'alttext="1/(1 + e^(−H1))"'
    assert [rule in pages[level] for level in LEVELS] == [True, True, False, False]
    blank = '<mn class="blank" data-from="net_H1">'
    assert [blank in pages[level] for level in LEVELS] == [True, False, False, False]
    substituted = 'alttext="0.15 · 0.05'
    assert [substituted in pages[level] for level in LEVELS] == [True, False, False, False]
    words = "Net input of H1</span>"
    assert [words in pages[level] for level in LEVELS] == [False, False, True, False]


def test_longer_lines_get_more_room() -> None:
    """A net input has two ruled lines, an activation one."""
    ruled = {item.quantity: item.ruled for item in sheet()[1].items}
    assert (ruled["net_H1"], ruled["out_H1"], ruled["dE_total/dw5"], ruled["delta_y1"]) == (2, 1, 1, 2)


def test_the_formula_sheet_has_one_rule_of_each_kind() -> None:
    """It has no numbers; without being asked for there is none."""
    problem = derive.load("2-2-2")
    asked = asked_ids(problem, "all")
    worksheet = worksheet_document(problem, asked, level=4, formulas=True)
    assert len(worksheet.formulas) == 11
    page = worksheet_html(worksheet, problem, WHO)
    assert "Formula sheet" in page
    assert revealed(problem, asked, page) == []
    assert "Formula sheet" not in worksheet_html(worksheet_document(problem, asked, level=4), problem, WHO)


def test_a_worked_example_has_its_own_numbers() -> None:
    """It shows its figures and none of the sheet's."""
    problem = derive.load("2-2-2")
    assert isinstance(problem, Problem)
    other = with_weights(problem, "0.85")
    worksheet = worksheet_document(problem, ("net_H1", "out_H1"), example=other)
    page = worksheet_html(worksheet, problem, WHO)
    assert "<mn>0.4125</mn>" in page  # 0.85·0.05 + 0.20·0.10 + 0.35
    assert revealed(problem, worksheet.asked, page) == []
    with pytest.raises(UnsupportedError, match="structure"):
        worksheet_document(problem, ("net_H1",), example=derive.load("2-3-2-2"))


@pytest.mark.parametrize(("level", "digits"), [(0, 4), (5, 4), (2, 1), (2, 31)])
def test_levels_and_digits_out_of_range_are_refused(level: int, digits: int) -> None:
    """With what there is."""
    with pytest.raises(UnsupportedError):
        worksheet_document(derive.load("2-2-2"), ("net_H1",), level=level, digits=digits)  # type: ignore[arg-type]


class _Elements(HTMLParser):
    """Counts elements and keeps what their attributes say."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def _elements(page: str) -> list[str]:
    parser = _Elements()
    parser.feed(page)
    assert parser.handlers == []
    return parser.elements


@given(student=st.text(max_size=40), name=st.text(max_size=40), form=st.text(max_size=12))
def test_no_text_gets_out_of_its_place_in_html(student: str, name: str, form: str) -> None:
    """Whatever a roster holds, the page has the same elements, and the script reads the id as it is."""
    problem, worksheet = sheet(ask="net_H1")
    plain = worksheet_html(worksheet, problem, WHO)
    page = worksheet_html(worksheet, problem, Recipient(form=form, student=student, name=name))
    assert _elements(page) == _elements(plain)
    assert page_data(page) == {"form": form, "student": student, "file": ""}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_and_do_nothing(text: str, tmp_path: Path) -> None:
    """As name, id and title, in HTML, PDF and LaTeX."""
    problem = replace(derive.load("2-2-2"), title=text)
    worksheet = worksheet_document(problem, ("net_H1",))
    who = Recipient(form="F1", student=text, name=text)
    plain, same = sheet(ask="net_H1")
    assert _elements(worksheet_html(worksheet, problem, who)) == _elements(worksheet_html(same, plain, WHO))
    assert worksheet_pdf(worksheet, problem, who).startswith(b"%PDF")
    source = worksheet_latex(worksheet, problem, who)
    assert source.isascii()
    assert r"\input{" not in source
    pages = pdf_text(worksheet_pdf(worksheet, problem, who), tmp_path)
    assert len(pages) in (0, 1)


@pytest.mark.parametrize("level", LEVELS)
def test_latex_compiles_without_complaint(level: Level, run_pdflatex: Callable[[str], Typeset]) -> None:
    """With a name and an id that LaTeX would take for commands."""
    problem, worksheet = sheet(level=level)
    who = Recipient(form="F_1", student=HOSTILE[2], name=HOSTILE[3])
    assert run_pdflatex(worksheet_latex(worksheet, problem, who)).complaints == ()


def test_level_2_of_the_default_problem_fits_on_two_sides(tmp_path: Path) -> None:
    """One sheet of paper."""
    problem, worksheet = sheet()
    pages = pdf_text(worksheet_pdf(worksheet, problem, WHO), tmp_path)
    if not pages:
        pytest.skip("no pdftotext on this machine")
    assert len(pages) == 2
    assert all("7K3QX2" in page and "s17" in page for page in pages)


def test_everyone_of_a_class_starts_on_an_odd_page(tmp_path: Path) -> None:
    """Three students whose sheets have three pages each: on pages 1, 5 and 9."""
    problem, worksheet = sheet(level=1)
    class_ = [(problem, Recipient(form=f"F{n}", student=f"student{n}")) for n in range(3)]
    pages = pdf_text(worksheets_pdf(worksheet, class_), tmp_path)
    if not pages:
        pytest.skip("no pdftotext on this machine")
    starts = [number for number, page in enumerate(pages, start=1) if "figures are asked" in page]
    assert len(starts) == 3
    assert all(number % 2 for number in starts)
    assert all("form F" in page for page in pages)


def test_the_same_sheet_is_the_same_bytes() -> None:
    """In every format, from a skeleton of its own."""
    first, second = (sheet() for _ in range(2))
    assert worksheet_pdf(first[1], first[0], WHO) == worksheet_pdf(second[1], second[0], WHO)
    assert worksheet_html(first[1], first[0], WHO) == worksheet_html(second[1], second[0], WHO)
    assert worksheet_latex(first[1], first[0], WHO) == worksheet_latex(second[1], second[0], WHO)


def test_one_skeleton_serves_other_numbers() -> None:
    """The second student's sheet has the second student's weight."""
    problem, worksheet = sheet()
    assert isinstance(problem, Problem)
    page = worksheet_html(worksheet, with_weights(problem, "-0.77"), WHO)
    assert "<mn>0.77</mn>" in page
    assert "<mn>0.15</mn>" not in page
