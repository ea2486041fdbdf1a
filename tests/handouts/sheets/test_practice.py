"""Practice pages: what is typed is judged at once, help comes step by step, and nothing leaves the browser."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from derive.errors import DeriveError
from derive.given.loading import load
from derive.given.problem import Problem
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import plan
from derive.handouts.sheets.practice import practice_html
from derive.handouts.sheets.recipient import Recipient
from derive.numeric.quantities import values
from tests.browser import Browser, Page
from tests.commands import runner
from tests.handouts.sheets.sheets import HOSTILE, WHO, page_data


def _page(browser: Browser, folder: Path, problem: Any, **order: Any) -> Page:
    ordered = plan(problem, same=True, seed="x", practice=True, **order)
    path = folder / "practice.html"
    path.write_text(practice_html(ordered.practice_sheet(), ordered.problem, WHO), encoding="utf-8")
    page = browser.open(path)
    page.evaluate("localStorage.clear()")
    return browser.open(path)


def _settle(page: Page) -> None:
    end = time.monotonic() + 60
    while page.evaluate("document.body.dataset.state") != "settled":
        assert time.monotonic() < end, "a figure is still being checked"
        time.sleep(0.01)


def _type(page: Page, quantity: str, value: str) -> None:
    page.evaluate(
        f"""(() => {{ const field = document.querySelector('[data-quantity="{quantity}"]');
            field.value = {value!r}; field.dispatchEvent(new Event("input", {{bubbles: true}})); }})()"""
    )
    _settle(page)


def _help(page: Page, quantity: str) -> dict[str, Any]:
    """What stands under a field: the verdict, its words, the button, and what of rule and step is to be seen."""
    found: dict[str, Any] = page.evaluate(
        f"""(() => {{ const field = document.querySelector('[data-quantity="{quantity}"]');
            const help = document.getElementById("help-" + field.dataset.item), button = help.querySelector("button");
            const seen = (name) => (help.querySelector(name).hidden ? "" : help.querySelector(name).textContent);
            return {{verdict: help.querySelector(".verdict").dataset.verdict,
              words: help.querySelector(".verdict").textContent, button: button.hidden ? "" : button.textContent,
              rule: seen(".rule"), step: seen(".worked-step")}}; }})()"""
    )
    return found


def _press(page: Page, quantity: str) -> None:
    page.evaluate(
        f"""document.getElementById("help-" + document.querySelector('[data-quantity="{quantity}"]').dataset.item)
            .querySelector("button").click()"""
    )


def test_hint_then_cause_then_step(browser: Browser, tmp_path: Path) -> None:
    """w2 and w3 taken for each other: the rule, then the name of it, then the line with its numbers; then mended."""
    page = _page(browser, tmp_path, load("2-2-2"))
    assert (page.complaints, page.fetched) == ((), ())
    _type(page, "net_H1", "0.3825")  # 0.15·0.05 + 0.25·0.10 + 0.35
    first = _help(page, "net_H1")
    assert (first["words"], first["button"], first["step"]) == ("Not right yet.", "What went wrong?", "")
    assert first["rule"].count("w") == 2
    _type(page, "out_H1", "0.5945")  # the sigmoid of 0.3825
    assert _help(page, "out_H1")["verdict"] == "carried"
    _press(page, "net_H1")
    second = _help(page, "net_H1")
    assert second["words"].startswith("Consistent with ")
    assert "weight" in second["words"]
    assert (second["button"], second["step"]) == ("Show the step", "")
    _press(page, "net_H1")
    third = _help(page, "net_H1")
    assert all(number in third["step"] for number in ("0.15", "0.05", "0.20", "0.10", "0.35", "0.3775"))
    _type(page, "net_H1", "0.3775")
    mended = _help(page, "net_H1")
    assert (mended["verdict"], mended["words"], mended["button"], mended["rule"]) == ("correct", "Right.", "", "")
    assert _help(page, "out_H1")["verdict"] != "carried"


def test_all_right_figures_of_drawn_numbers_stand(browser: Browser, tmp_path: Path) -> None:
    """Figures of a network that is worked apart, cut to four digits, with a decimal comma: each of them is right."""
    problem = load("2-3-2-2")
    assert isinstance(problem, Problem)
    page = _page(browser, tmp_path, problem, ask="forward,backward")
    names = page.evaluate("[...document.querySelectorAll('[data-quantity]')].map((each) => each.dataset.quantity)")
    true = values(problem)
    for name in names:
        text = f"{true[name]:.3e}".replace(".", ",")
        page.evaluate(
            f"""(() => {{ const field = document.querySelector('[data-quantity="{name}"]');
                field.value = {text!r}; field.dispatchEvent(new Event("input")); }})()"""
        )
    _settle(page)
    assert {_help(page, name)["verdict"] for name in names} <= {"correct", "rounding"}
    assert (
        page.evaluate("document.getElementById('said').textContent") == f"{len(names)} of {len(names)} figures stand."
    )
    page = browser.open(tmp_path / "practice.html")
    _settle(page)
    assert _help(page, names[0])["verdict"] == "correct"  # kept by the browser


def test_an_own_architecture_has_practice_pages(browser: Browser, tmp_path: Path) -> None:
    """A convolution: the kernel turned is named, what follows from it is carried, and a mended figure stands."""
    page = _page(browser, tmp_path, load("convolution-pool"))
    assert (page.complaints, page.fetched) == ((), ())
    _type(page, "net_conv[1,1]", "1.1")  # 0.1·3 + 0.3·1 − 0.2·0 + 0.1·4 + 0.1: the kernel turned by half a turn
    first = _help(page, "net_conv[1,1]")
    assert (first["words"], first["button"]) == ("Not right yet.", "What went wrong?")
    assert "image" in first["rule"]
    _press(page, "net_conv[1,1]")
    assert "kernel" in _help(page, "net_conv[1,1]")["words"]
    _type(page, "out_conv[1,1]", "1.1")
    assert _help(page, "out_conv[1,1]")["verdict"] == "carried"
    _type(page, "net_conv[1,1]", "0.6")  # 0.1·3 − 0.2·1 + 0.3·0 + 0.1·4 + 0.1
    _type(page, "out_conv[1,1]", "0.6")
    assert {_help(page, name)["verdict"] for name in ("net_conv[1,1]", "out_conv[1,1]")} == {"correct"}


def test_counts_have_practice_pages(browser: Browser, tmp_path: Path) -> None:
    """3·3·1·10 + 10 parameters of a convolution, and 28·28·10·2 + 2 of the layer after it."""
    page = _page(browser, tmp_path, load("counting-cnn"))
    _type(page, "parameters_conv", "100")
    _type(page, "parameters_out", "15682")
    _type(page, "height_conv", "26")
    assert _help(page, "parameters_conv")["verdict"] == _help(page, "parameters_out")["verdict"] == "correct"
    assert _help(page, "height_conv")["words"] == "Not right yet."


def test_the_graded_sheet_knows_no_rule_and_no_practice(tmp_path: Path) -> None:
    """Beside practice pages it has the same data as without: form, student and file."""
    order = plan(load("2-2-2"), students=2, ask="out_H1", formats=("html",), seed="x", practice=True)
    index, manifest = write_handout(order, tmp_path / "sheet")
    for student in manifest.students:
        sheet = (tmp_path / f"sheet/worksheets/{student.id}.html").read_text("utf-8")
        practice = (tmp_path / f"sheet/practice/{student.id}.html").read_text("utf-8")
        assert set(page_data(sheet)) == {"form", "student", "file"}
        assert "live-data" not in sheet
        assert "live-data" in practice
        assert "worker-src" not in practice
        assert f'href="practice/{student.id}.html"' in index.read_text("utf-8")


def test_hostile_texts_are_data(tmp_path: Path) -> None:
    """Whatever title and names are, the page has its own elements and no other."""
    plain = None
    order = plan(load("2-2-2"), same=True, seed="x", ask="out_H1", practice=True, title=HOSTILE[0])
    sheet = order.practice_sheet()
    for text in HOSTILE:
        page = practice_html(sheet, order.problem, Recipient(form="FORM", student=text, name=text, stem="s"))
        tags = re.findall(r"<(script|img|iframe|object|link|meta)\b", page)
        plain = plain or tags
        assert tags == plain


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("2-2-2", "--ask", "w1@2", "--practice"), "the first round only"),
        (("2-2-2", "--practice-url", "https://x.org"), "ask for them with --practice"),
        (("2-2-2", "--practice", "--practice-url", "javascript:alert(1)"), "http:// or https://"),
    ],
)
def test_what_no_page_can_check_is_refused(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """With the reason, and nothing written."""
    ended = runner(capsys, "handout")(*command, "--students", "2", "--out", str(tmp_path / "x"))
    assert ended.status == 2
    assert said in ended.err
    assert not (tmp_path / "x").exists()


def test_an_address_that_is_no_text_is_refused() -> None:
    """By the library as well."""
    with pytest.raises(DeriveError, match="no blanks"):
        plan(load("2-2-2"), same=True, seed="x", practice=True, practice_url="https://x.org/a b")
