"""Whole documents in a browser, through TeX and on paper: what a reader gets to see."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

import derive
from derive.solved.explanation import Explanation
from derive.telling.build import steps_of
from tests.browser import Page
from tests.paper import Typeset
from tests.strategies import LAYERED

PAGES = ("2-2-2", "2-3-2-2", "cs231n-2-2-3", "deeplearning-ai-2-4-1")
PHONE = 375

#: Everything that holds a formula, a table cell's text or a picture.
CONTENT = "math, .line, .right, .formula, table, td, th, svg, p, h1, h2, h3, h4, figcaption, summary"

#: Elements whose own text has less contrast than 4.5 to 1 with what is painted behind it.
FAINT = """(() => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = numbers(getComputedStyle(at).backgroundColor);
            if (colour.length < 4 || colour[3] > 0.99) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll("body *")].filter(element => {
        if (element.closest("svg") || element.closest("[aria-hidden=true]")) return false;
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || element.getBoundingClientRect().width === 0) return false;
        const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
    }).map(element => element.tagName + "." + element.className + " " + element.textContent.trim().slice(0, 40));
})()"""


@cache
def explained(name: str) -> Explanation:
    return derive.explain(derive.load(name), rounds=100)


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what writes the page of a built-in problem, once a worker."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def write(name: str) -> Path:
        path = folder / f"{name}.html"
        path.write_text(explained(name).to_html(), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", PAGES)
def test_page_on_a_phone(name: str, page_file: Callable[[str], Path], browser_page: Callable[..., Page]) -> None:
    """At 375 pixels nothing is asked for, complained about, scrolled sideways or cut off, and all is read aloud."""
    page = browser_page(page_file(name), width=PHONE)
    assert page.fetched == ()
    assert page.complaints == ()
    assert page.sideways <= 0
    # A table of many columns scrolls in a box of its own.
    assert page.clipped(".line, .right, .formula, p, h1, h2, h3, h4, figcaption, summary, math:not(.scroll *)") == []
    formulas = page.accessible("MathMLMath")
    assert len(formulas) >= len(list(steps_of(explained(name).document)))


@pytest.mark.parametrize("name", PAGES)
def test_page_on_a_desk(name: str, page_file: Callable[[str], Path], browser_page: Callable[..., Page]) -> None:
    """At 1280 pixels, in the dark and without scripts, nothing is cut off, faint, or asked for from outside."""
    page = browser_page(page_file(name), width=1280, scheme="dark", scripts=False)
    assert page.fetched == ()
    assert page.complaints == ()
    assert page.sideways <= 0
    assert page.clipped(CONTENT) == []
    assert page.evaluate("getComputedStyle(document.body).color !== 'rgb(0, 0, 0)'")
    assert page.evaluate(FAINT) == []
    assert page.evaluate("document.querySelectorAll('script').length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str, page_file: Callable[[str], Path], browser_page: Callable[..., Page]) -> None:
    """Every text has a contrast of 4.5 to 1 or more in both schemes, and the two schemes differ."""
    page = browser_page(page_file("2-2-2"), scheme=scheme)
    assert page.evaluate(FAINT) == []
    shade = page.evaluate(
        "getComputedStyle(document.documentElement).colorScheme + getComputedStyle(document.body).color"
    )
    assert shade
    other = browser_page(page_file("2-2-2"), scheme="light" if scheme == "dark" else "dark")
    assert other.evaluate("getComputedStyle(document.body).color") not in shade


def test_faint_text_is_seen(tmp_path: Path, browser_page: Callable[..., Page]) -> None:
    """The measure of contrast finds grey on white."""
    path = tmp_path / "faint.html"
    path.write_text("<!doctype html><p style='color:#999;background:#fff'>grey</p><p>black</p>", encoding="utf-8")
    assert len(browser_page(path).evaluate(FAINT)) == 1


def test_steps_collapse_and_can_be_linked(page_file: Callable[[str], Path], browser_page: Callable[..., Page]) -> None:
    """Every step is a disclosure that hides its lines when it is closed, and has an anchor of its own."""
    page = browser_page(page_file("2-2-2"))
    count = len(list(steps_of(explained("2-2-2").document)))
    assert page.evaluate("document.querySelectorAll('details.step[id]').length") == count
    before = page.evaluate("document.documentElement.scrollHeight")
    page.evaluate("document.querySelectorAll('details.step').forEach(step => { step.open = false; })")
    assert page.evaluate("document.documentElement.scrollHeight") < before - 20 * count
    assert page.evaluate("[...document.querySelectorAll('details.step .line')].every(line => !line.checkVisibility())")
    names = [node.name for node in page.accessible("DisclosureTriangle")]
    assert len(names) >= count
    assert any("Partial derivative" in name for name in names)


def test_a_reader_hears_the_formulas(page_file: Callable[[str], Path], browser_page: Callable[..., Page]) -> None:
    """Headings, tables and pictures have their roles and names; formulas are mathematics."""
    page = browser_page(page_file("2-2-2"))
    nodes = page.accessible()
    roles = {node.role for node in nodes}
    assert {"heading", "table", "MathMLMath", "navigation", "main"} <= roles
    images = [node for node in nodes if node.role in ("image", "img", "graphics-document")]
    assert len(images) >= 2
    assert all(len(node.name) > 20 for node in images)


@pytest.mark.parametrize("name", PAGES[1::2])
def test_printed_page(
    name: str,
    page_file: Callable[[str], Path],
    browser_page: Callable[..., Page],
    ink: Callable[[bytes], list[float]],
) -> None:
    """Printed from the browser on A4, every page has ink and no line sticks out."""
    printed = browser_page(page_file(name), width=718, media="print")  # A4 less margins, in CSS pixels
    assert printed.sideways <= 0
    assert printed.clipped(CONTENT.removesuffix(", summary")) == []  # its marker hangs in the margin
    pages = ink(browser_page(page_file(name)).pdf())
    assert len(pages) >= 3
    assert min(pages) > 0.001


@pytest.mark.parametrize("name", LAYERED)
def test_latex_compiles_clean(name: str, run_pdflatex: Callable[[str], Typeset]) -> None:
    """Every built-in problem's LaTeX compiles with the small TeX packages: no error, no warning, no box too full."""
    made = run_pdflatex(explained(name).to_latex())
    assert made.complaints == ()
    assert made.pdf.startswith(b"%PDF-")


@pytest.mark.parametrize("name", PAGES[2:])
def test_pdf_pages(name: str, ink: Callable[[bytes], list[float]]) -> None:
    """The PDF is tagged, names its language and title, has no blank page, and comes out the same twice."""
    made = explained(name).to_pdf()
    pages = ink(made)
    assert len(pages) >= 3
    assert min(pages) > 0.002
    assert b"/MarkInfo" in made or b"/StructTreeRoot" in made or b"pdfuaid" in made
    assert re.search(rb"/Lang\s*\(en", made) or b"pdfuaid" in made
    again = derive.explain(derive.load(name), rounds=100)
    assert again.to_pdf() == made


@pytest.mark.parametrize("name", ["2-2-2", "ng-graph-J"])
def test_title_and_picture_come_before_the_contents(
    name: str, tmp_path: Path, browser_page: Callable[..., Page]
) -> None:
    """A phone shows title, picture and contents in this order; on a desk the contents stand beside both."""
    path = tmp_path / "page.html"
    path.write_text(derive.explain(derive.load(name)).to_html(), encoding="utf-8")
    boxes = """['h1', 'figure.picture-box svg', 'nav', 'h2'].map(name => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.top, box.right, box.bottom];
    })"""
    phone = browser_page(path, width=PHONE).evaluate(boxes)
    assert all(above[3] <= below[1] for above, below in pairwise(phone))
    # Title and picture are on the first screen.
    assert phone[1][3] < 700
    title, picture, contents, _ = browser_page(path, width=1280).evaluate(boxes)
    assert contents[:2] == [0, 0]
    assert contents[2] <= min(title[0], picture[0])
