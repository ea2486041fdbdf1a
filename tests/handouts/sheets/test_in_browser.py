"""The worksheet in a real browser: typing, reloading, saving, printing."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from pathlib import Path

import pytest

from derive.handouts.sheets.asking import asked_ids
from derive.handouts.sheets.key import answer_key
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_html import key_html, worksheet_html
from tests.browser import Browser
from tests.handouts.sheets.sheets import HOSTILE, WHO, pdf_text, sheet


def _type(page: object, quantity: str, value: str) -> None:
    page.evaluate(  # type: ignore[attr-defined]
        f"""(() => {{ const field = document.querySelector('[data-quantity="{quantity}"]');
            field.focus(); field.value = {value!r}; field.dispatchEvent(new Event("input", {{bubbles: true}})); }})()"""
    )


def _saved(browser: Browser, page: object, folder: Path) -> list[dict[str, str]]:
    """Press the button and read the file that comes."""
    browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    page.evaluate("document.getElementById('save').click()")  # type: ignore[attr-defined]
    for _ in range(200):
        found = [path for path in folder.glob("*.csv") if path.stat().st_size]
        if found:
            return list(csv.DictReader(io.StringIO(found[0].read_text(encoding="utf-8"))))
        time.sleep(0.05)
    raise AssertionError("nothing was saved")


def test_what_was_typed_is_kept_and_saved(browser: Browser, tmp_path: Path) -> None:
    """Typed, reloaded, still there; one button writes the answers file with every figure asked."""
    problem, worksheet = sheet(level=1)
    path = tmp_path / "sheet.html"
    path.write_text(worksheet_html(worksheet, problem, WHO), encoding="utf-8")
    page = browser.open(path)
    assert page.complaints == ()
    _type(page, "net_H1", "0.3775")
    _type(page, "delta_y2", "-0.0381")
    page = browser.open(path)
    read = "document.querySelector('[data-quantity=\"{}\"]').value"
    assert page.evaluate(read.format("net_H1")) == "0.3775"
    assert page.evaluate("document.querySelector('[data-from=net_H1]').textContent") == "0.3775"
    folder = tmp_path / "saved"
    folder.mkdir()
    rows = _saved(browser, page, folder)
    assert [row["quantity"] for row in rows] == list(worksheet.asked)
    assert {row["student"] for row in rows} == {"s17"}
    assert {row["form"] for row in rows} == {"7K3QX2"}
    values = {row["quantity"]: row["value"] for row in rows}
    assert (values["net_H1"], values["delta_y2"], values["net_H2"]) == ("0.3775", "-0.0381", "")


def test_another_form_starts_empty(browser: Browser, tmp_path: Path) -> None:
    """What is kept belongs to one form and student."""
    problem, worksheet = sheet(ask="net_H1")
    for form in ("A", "B"):
        (tmp_path / f"{form}.html").write_text(worksheet_html(worksheet, problem, replace(WHO, form=form)), "utf-8")
    _type(browser.open(tmp_path / "A.html"), "net_H1", "1")
    page = browser.open(tmp_path / "B.html")
    assert page.evaluate("document.querySelector('[data-quantity]').value") == ""


@pytest.mark.parametrize("student", [text for text in HOSTILE if "\x00" not in text])
def test_hostile_ids_come_back_and_are_no_formulas(student: str, browser: Browser, tmp_path: Path) -> None:
    """A cell that a spreadsheet would run is kept as text; quotes and commas survive."""
    problem, worksheet = sheet(ask="net_H1")
    path = tmp_path / "sheet.html"
    path.write_text(worksheet_html(worksheet, problem, Recipient(form="F", student=student)), encoding="utf-8")
    page = browser.open(path)
    _type(page, "net_H1", "=1+1")
    (tmp_path / "saved").mkdir()
    (row,) = _saved(browser, page, tmp_path / "saved")
    assert row["student"].removeprefix("'" if student.startswith("=") else "") == student
    assert row["student"][0] not in "=+-@"
    assert row["value"] == "'=1+1"


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_nothing_is_clipped_on_a_screen(level: int, width: int, browser: Browser, tmp_path: Path) -> None:
    """On a phone and on a desk, for the widest problem."""
    problem, worksheet = sheet("cs231n-2-2-3", level=level)  # type: ignore[arg-type]
    path = tmp_path / "sheet.html"
    path.write_text(worksheet_html(worksheet, problem, WHO), encoding="utf-8")
    page = browser.open(path, width=width)
    assert page.sideways == 0
    assert page.clipped(".asked, .line .right, table.given td, input") == []
    assert page.fetched == ()
    path.write_text(key_html(worksheet, answer_key(problem, worksheet.asked), WHO), encoding="utf-8")
    assert browser.open(path, width=width).sideways == 0


def test_every_field_says_what_it_is_for(browser: Browser, tmp_path: Path) -> None:
    """A screen reader meets the quantity's name, with and without scripts."""
    problem, worksheet = sheet(ask="forward")
    path = tmp_path / "sheet.html"
    path.write_text(worksheet_html(worksheet, problem, WHO), encoding="utf-8")
    page = browser.open(path, scripts=False)
    heard = [node.name for node in page.accessible("textbox")]
    assert heard[0].startswith("Name")
    assert heard[1:] == [page.evaluate(f"document.querySelectorAll('input.figure')[{n}].ariaLabel") for n in range(11)]
    assert heard[1].startswith("1. net input of H1")
    assert page.evaluate("document.querySelector('.tools').hidden") is True


def test_printed_level_2_fits_on_two_sides(browser: Browser, tmp_path: Path) -> None:
    """No blank is split: every item keeps together; the form id stands on both pages."""
    problem, worksheet = sheet()
    path = tmp_path / "sheet.html"
    path.write_text(worksheet_html(worksheet, problem, WHO), encoding="utf-8")
    page = browser.open(path)
    pages = pdf_text(page.pdf(), tmp_path)
    if not pages:
        pytest.skip("no pdftotext on this machine")
    assert len(pages) == 2
    assert all("7K3QX2" in each for each in pages)
    printed = browser.open(path, media="print", width=1000)
    apart = "[...document.querySelectorAll('.item')].filter(i => getComputedStyle(i).breakInside !== 'avoid').length"
    assert printed.evaluate(apart) == 0
    assert len(asked_ids(problem, "all")) == printed.evaluate("document.querySelectorAll('.item input').length")
