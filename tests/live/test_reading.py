"""A live page read step by step, kept, sent, printed, on every width, by keyboard alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
from derive.judging.own_figures_on_page import own_figures
from derive.renderers.live.packed import packed
from tests.browser import Browser, Page
from tests.live.pages import change, figures, press, settle, shown


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 2-2-2 as `derive explain` writes it, with fewer rounds of training."""
    problem = derive.load("2-2-2")
    path = tmp_path_factory.mktemp("reading") / "2-2-2.html"
    page = derive.explain(problem, rounds=100).to_html(live=True, extra={"own": own_figures(problem)})
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def page(path: Path, browser: Browser) -> Iterator[Page]:
    """That page in a browser that keeps nothing of it."""
    opened = browser.open(path)
    opened.evaluate("localStorage.clear()")
    yield browser.open(path)
    browser.open(path).evaluate("localStorage.clear()")


def _key(browser: Browser, key: str, code: int = 0, text: str = "") -> None:
    common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    browser.command("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": text} if text else {}))
    browser.command("Input.dispatchKeyEvent", type="keyUp", **common)


VISIBLE = "[...document.querySelectorAll('.step')].filter((step) => step.getBoundingClientRect().height).length"


def test_step_by_step_hides_what_follows(page: Page, path: Path, browser: Browser) -> None:
    """One more step a press, by button and by arrow keys; the place is there again after loading."""
    whole = page.evaluate(VISIBLE)
    page.evaluate("document.querySelector('[data-action=steps]').click()")
    assert page.evaluate(VISIBLE) == 1
    page.evaluate("document.querySelector('[data-step=next]').click()")
    _key(browser, "ArrowRight", 39)
    _key(browser, "ArrowRight", 39)
    assert page.evaluate(VISIBLE) == 4
    assert page.evaluate("document.activeElement.closest('.step').classList.contains('present')")
    _key(browser, "ArrowLeft", 37)
    assert page.evaluate(VISIBLE) == 3
    assert f"Step 3 of {whole}" in page.evaluate("document.getElementById('live-place').textContent")
    again = browser.open(path)
    assert again.evaluate(VISIBLE) == whole
    again.evaluate("document.querySelector('[data-action=steps]').click()")
    assert again.evaluate(VISIBLE) == 3
    _key(browser, "Escape", 27)
    assert again.evaluate(VISIBLE) == whole


def test_predict_then_see(page: Page, browser: Browser) -> None:
    """The figure of the present step alone is hidden until Enter is pressed in the field for one's own."""
    seen = "getComputedStyle(document.querySelector('.present .main .value')).visibility"
    page.evaluate("document.querySelector('[data-action=steps]').click()")
    page.evaluate("document.getElementById('live-predict').click()")
    page.evaluate("document.querySelector('[data-step=first]').click()")
    assert page.evaluate(seen) == "hidden"
    assert page.evaluate("document.activeElement.dataset.own") == "net_H1"
    browser.command("Input.insertText", text="0.3775")
    _key(browser, "Enter", 13, "\r")
    assert page.evaluate(seen) == "visible"
    settle(page)
    assert page.evaluate("document.querySelector('.present [data-verdict-of]').dataset.verdict") == "correct"
    page.evaluate("document.querySelector('[data-step=next]').click()")
    assert page.evaluate(seen) == "hidden"


def test_the_address_carries_the_changes(page: Page, path: Path, browser: Browser) -> None:
    """A link shows what was changed; a link within the page takes it along; as written, the address is bare."""
    change(page, {"w5": "-1/3", "x1": "0.25"})
    press(page, "round-10")
    wanted = shown(page)
    page.evaluate("document.querySelector('nav a[href=\"#forward-pass\"], nav a').click()")
    time.sleep(0.3)
    address = page.evaluate("location.hash")
    anchor, _, told = address.partition("~")
    assert len(anchor) > 2
    assert "w5=-1%2F3" in told
    assert "rounds=10" in told
    browser.command("Page.navigate", url="about:blank")
    browser.command("Page.navigate", url=path.as_uri() + address)
    time.sleep(0.5)
    settle(page)
    assert shown(page) == wanted
    assert page.evaluate("document.querySelector('[data-given=w5]').value") == "-1/3"
    press(page, "reset")
    assert "~" not in page.evaluate("location.hash")


def test_hostile_addresses_change_nothing(path: Path, page: Page, browser: Browser) -> None:
    """What names no given, is no number or no number of rounds is passed over; nothing of it runs or stands there."""
    before = shown(page)
    hostile = "#~w5=<img src=x onerror=alert(1)>&nobody=3&digits=99&rounds=1e9&eta=NaN&__proto__=1&constructor=2"
    browser.command("Page.navigate", url="about:blank")
    browser.command("Page.navigate", url=path.as_uri() + hostile)
    time.sleep(0.5)
    settle(page)
    assert shown(page) == before
    assert page.evaluate("document.querySelectorAll('img').length") == 0


def test_the_changed_problem_is_saved_as_a_file(page: Page, browser: Browser, tmp_path: Path) -> None:
    """What is saved is a problem file, with the numbers and digits as they stand."""
    change(page, {"w5": "-1/3", "x1": "1e-3", "eta": "2"})
    page.evaluate(
        "((field) => { field.value = 6; field.dispatchEvent(new Event('input')); })"
        "(document.getElementById('live-digits'))"
    )
    settle(page)
    browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    page.evaluate("document.querySelector('[data-action=save]').click()")
    saved = tmp_path / "2-2-2-changed.toml"
    for _ in range(200):
        if saved.exists() and saved.stat().st_size:
            break
        time.sleep(0.05)
    problem = derive.load(saved)
    assert problem.layers[1].weights[0][0].text == "-1/3"
    assert problem.samples[0].inputs[0].text == "0.001"
    assert (problem.learning_rate.text, problem.display.digits) == ("2", 6)
    assert problem.layers[0] == derive.load("2-2-2").layers[0]
    assert saved.read_text("utf-8") == page.evaluate("document.querySelector('#problem-file code').textContent")
    assert figures(page)["E_total"].replace("−", "-") == derive.solve(problem).figure("E_total").ascii


def test_pictures_follow(page: Page) -> None:
    """The weights on the edges, the marks on the curve and the error curve are those of the changed numbers."""
    paths = "[...document.querySelectorAll('#error-curve path')].map((each) => each.getAttribute('d')).join()"
    edge = "document.querySelector('figure.network [data-figure=w5]').textContent"
    before = page.evaluate(paths)
    change(page, {"w5": "-0.75"})
    assert page.evaluate(edge) == "−0.75"
    assert page.evaluate(paths) != before
    press(page, "round")
    assert page.evaluate(edge) not in ("−0.75", "0.40")
    press(page, "reset")
    assert page.evaluate(edge) == "0.40"
    assert page.evaluate(paths) == before


def test_figures_of_a_column_are_aligned_at_their_points(page: Page) -> None:
    """Also after a change: old weights, partial derivatives and new weights, the former of two digits."""
    points = """[...document.querySelectorAll("#old-and-new tbody tr")].map((r) => [...r.cells].slice(1).map((cell) => {
      const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = document.createRange();
      for (let node; (node = walk.nextNode()); ) {
        const at = node.data.indexOf(".");
        if (at < 0) continue;
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        return range.getBoundingClientRect().right;
      }
    }))"""
    for numbers in ({}, {"w5": "0.4125", "x1": "0.7"}):
        change(page, numbers)
        for column in zip(*page.evaluate(points), strict=True):
            assert max(column) - min(column) < 1


def test_the_network_lights_the_step_that_is_read(page: Page) -> None:
    """The unit and the edges of the step in view are marked by more than colour: their lines are thicker."""
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    page.evaluate("document.getElementById('net_H1').scrollIntoView()")
    time.sleep(0.3)
    lit = "[...new Set([...document.querySelectorAll('.locator .lit')].map((each) => each.dataset.shape))].sort()"
    assert page.evaluate(lit) == ["H1", "w1", "w2", "x1", "x2"]
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.locator .lit')).strokeWidth)") > 3


def test_a_figure_leads_to_the_step_that_made_it(page: Page) -> None:
    """By pointer: a substituted number; by keyboard: links that show while the focus is in the step."""
    page.evaluate(
        "document.querySelector('#out_H1 .main .leads').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    time.sleep(0.2)
    assert page.evaluate("location.hash").startswith("#net_H1")
    assert page.evaluate("document.activeElement.closest('.step').id") == "net_H1"
    page.evaluate("document.querySelector('#out_H1 summary').focus()")
    assert page.evaluate("getComputedStyle(document.querySelector('#out_H1 .used')).display") == "block"
    assert page.evaluate("document.querySelector('#out_H1 .used a').hash") == "#net_H1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 768, 1280])
def test_nothing_is_cut_off_on_any_width(width: int, scheme: str, path: Path, browser: Browser) -> None:
    """With every drawer open in turn, while stepping and checking, the page is no wider than the window."""
    page = browser.open(path, width=width, height=800, scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("localStorage.clear()")
    assert page.sideways <= 0
    page.evaluate("document.querySelector('[data-drawer=live-numbers]').click()")
    change(page, {"w5": "-0.123456789012"})
    assert page.sideways <= 0
    assert page.clipped(".live .hint, .live .drawer, .live label, .live .foot") == []
    height = page.evaluate("document.getElementById('live').getBoundingClientRect().height")
    assert height < 0.8 * 800
    for action in ("check", "steps"):
        page.evaluate(f"document.querySelector('[data-action={action}]').click()")
        assert page.sideways <= 0
    small = "[...document.querySelectorAll('.live button')].filter((b) => b.offsetHeight && b.offsetHeight < 32).length"
    assert page.evaluate(small) == 0
    page.evaluate("localStorage.clear()")


def test_reduced_motion_is_obeyed(path: Path, browser: Browser) -> None:
    """No smooth scrolling, no transition."""
    page = browser.open(path)
    browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    moving = "(element) => getComputedStyle(element).transitionDuration !== '0s'"
    assert page.evaluate(f"[...document.querySelectorAll('.live, .live *')].filter({moving}).length") == 0


def test_printing_gives_the_page_without_its_controls(page: Page, browser: Browser) -> None:
    """While stepping and checking, all steps are on paper, and no control is."""
    whole = page.evaluate(VISIBLE)
    page.evaluate("document.querySelector('[data-action=steps]').click()")
    page.evaluate("document.querySelector('[data-action=check]').click()")
    browser.command("Emulation.setEmulatedMedia", media="print")
    assert page.evaluate(VISIBLE) == whole
    controls = "[...document.querySelectorAll('.live, .own, .locator, .used')]"
    assert page.evaluate(f"{controls}.filter((each) => each.getBoundingClientRect().height).length") == 0
    browser.command("Emulation.setEmulatedMedia", media="")


def test_the_tab_never_waits(page: Page) -> None:
    """While ten thousand rounds are proved, the page answers within a twentieth of a second, again and again."""
    page.evaluate(
        "window.gaps = []; window.last = performance.now();"
        "window.beat = setInterval(() => { const now = performance.now(); gaps.push(now - last); last = now; }, 5); 0"
    )
    for _ in range(10):
        page.evaluate("document.querySelector('[data-action=round-1000]').click()")
    page.evaluate("document.querySelector('[data-given=w5]').value = '0.41'")
    settle(page)
    late = page.evaluate("clearInterval(beat), gaps.filter((gap) => gap > 500).length")
    assert page.evaluate("gaps.length") > 3
    assert late == 0


@pytest.mark.parametrize(
    "text", ["", "~¬¦", "abcabcabcabcabcabc" * 20, "𝛿 = 𝛿 + 𝛿 = 𝛿 + 𝛿 = 𝛿", "x" * 9000 + "far" * 3]
)
def test_packed_texts_come_back(text: str, page: Page) -> None:
    """What Python packs the page unpacks, letters beyond the first plane and the signs of packing included."""
    assert page.evaluate(f"unpack({json.dumps(packed(text))})") == text


def test_the_page_is_small(path: Path) -> None:
    """With its font, its script and all mistakes that it can name."""
    assert path.stat().st_size < 350_000


def test_a_page_that_embeds_it_shows_one_step(path: Path, browser: Browser, tmp_path: Path) -> None:
    """``?step=`` leads to a step, ``&alone`` shows nothing else; the figures in it follow all the same."""
    outer = tmp_path / "outer.html"
    outer.write_text(
        f'<!doctype html><title>t</title><iframe width="700" height="300" src="{path.as_uri()}?step=dE/dw5&amp;alone">',
        encoding="utf-8",
    )
    page = browser.open(outer)
    seen = """return [...document.querySelectorAll("main .step, .live, nav, h1")].filter((each) =>
        each.getBoundingClientRect().height > 0).map((each) => each.id)"""
    assert page.in_frame(seen) == ["dE_total-dw5"]
    page = browser.open(path)
    page.evaluate("location.search = '?step=w5_new'")
    end = time.monotonic() + 30
    there = (
        "location.search && ((y) => y > -5 && y < 500)(document.getElementById('w5_new').getBoundingClientRect().top)"
    )
    while not page.evaluate(there):  # it scrolls smoothly
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_notebook_shows_the_live_page(browser: Browser, tmp_path: Path) -> None:
    """In the frame of a cell, which nothing gets out of, a changed number is followed."""
    outer = tmp_path / "cell.html"
    view = derive.explain(derive.load("ng-graph-J"))._repr_html_()
    outer.write_text(f"<!doctype html><title>t</title>{view}", encoding="utf-8")
    page = browser.open(outer)
    read = "return document.querySelector('[data-value-of=\"u\"]').textContent"
    assert page.in_frame(read) == "6"
    page.in_frame(
        "const field = document.querySelector('[data-given=\"b\"]'); field.value = '4';"
        "field.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    end = time.monotonic() + 30
    while page.in_frame(read) != "8":  # u = b·c with c = 2
        assert time.monotonic() < end
        time.sleep(0.05)
