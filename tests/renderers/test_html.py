"""The HTML page: well-formed, escaped, self-contained, readable on a phone and to a screen reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from derive.renderers.html import render_html
from tests.browser import Page
from tests.renderers.sample import HOSTILE, sample_document, sample_filling

VOID = {"meta", "wbr", "br", "link", "img", "hr"}


class _Balanced(HTMLParser):
    """Collects elements and checks that every one is closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(sample_document(), sample_filling())


@pytest.fixture(scope="module")
def parsed(page: str) -> _Balanced:
    parser = _Balanced()
    parser.feed(page)
    parser.close()
    return parser


@pytest.fixture
def page_file(page: str, tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    return path


def test_every_element_is_closed(parsed: _Balanced) -> None:
    """Hostile text leaves no element open and closes none that it did not open."""
    assert parsed.open == []


def test_hostile_text_is_text(parsed: _Balanced) -> None:
    """A title in markup makes no element, and is shown as it was typed."""
    assert not [tag for tag, _ in parsed.seen if tag in ("script", "e", "iframe", "img")]
    shown = HOSTILE.replace("\ue000", "\ufffd").replace("\ue001", "\ufffd")
    assert sum(shown in text for text in parsed.texts) >= 8


def test_formulas_are_well_formed_with_text_alternatives(page: str) -> None:
    """Each formula is well-formed XML and says in text what it shows."""
    formulas = re.findall(r"<math.*?</math>", page, re.DOTALL)
    assert len(formulas) > 40
    for formula in formulas:
        assert ElementTree.fromstring(formula).get("alttext")


def test_ids_are_unique_and_links_lead_somewhere(parsed: _Balanced) -> None:
    """Every link of the page leads to an anchor on it, and no anchor stands twice."""
    ids = [attributes["id"] for _, attributes in parsed.seen if "id" in attributes]
    links = [attributes["href"] or "" for tag, attributes in parsed.seen if tag == "a"]
    assert len(ids) == len(set(ids))
    assert "dE_total-dw1" in ids
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_nothing_is_fetched(page: str) -> None:
    """The page names no address but those inside it, and has no script."""
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)|url\(["']?([^"')]*)""", page)
    assert {one.split(":")[0][:1] for pair in addresses for one in pair if one} <= {"#", "d"}
    assert "<script" not in page


@pytest.mark.parametrize("width", [375, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_window(browser_page: Callable[..., Page], page_file: Path, width: int, scheme: str) -> None:
    """At phone, tablet and desk width nothing scrolls sideways or is cut off; no request, no complaint."""
    opened = browser_page(page_file, width=width, scheme=scheme, scripts=False)
    assert opened.sideways <= 0
    assert opened.clipped(".left, .right, p, h1, h2, h3, summary") == []
    assert opened.fetched == ()
    assert opened.complaints == ()


def test_formulas_reach_a_screen_reader(browser_page: Callable[..., Page], page_file: Path, page: str) -> None:
    """Each formula is a mathematics node of the accessibility tree."""
    assert len(browser_page(page_file).accessible("MathMLMath")) == page.count("<math")


def test_relations_stand_below_each_other(browser_page: Callable[..., Page], page_file: Path) -> None:
    """Where there is room a line is one; on a phone the rows that begin a line are aligned at their relation signs."""
    places = (
        "[...document.querySelectorAll('#net_H1 .main .relation')].map((sign) => sign.getBoundingClientRect())"
        ".map(({ left, bottom }) => [left, Math.round(bottom)])"
    )
    wide = browser_page(page_file, width=1280).evaluate(places)
    assert len(wide) == 3
    assert len({bottom for _, bottom in wide}) == 1
    narrow = browser_page(page_file, width=375).evaluate(places)
    first: dict[int, float] = {}
    for left, bottom in narrow:
        first.setdefault(bottom, left)
    assert len(first) > 1
    assert len(set(first.values())) == 1


def test_printed_pages_are_not_blank(
    browser_page: Callable[..., Page], page_file: Path, ink: Callable[[bytes], list[float]]
) -> None:
    """Printed on A4, every page has something on it."""
    assert min(ink(browser_page(page_file).pdf())) > 0.001
