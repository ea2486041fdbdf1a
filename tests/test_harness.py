"""The helpers of the tests can see what they are there to see: each is shown a fault that it must report."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import Page
from tests.paper import Typeset

Opener = Callable[..., Page]

HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>t</title>"
)


@pytest.fixture
def page(browser_page: Opener, tmp_path: Path) -> Opener:
    def opened(body: str, **options: object) -> Page:
        path = tmp_path / "page.html"
        path.write_text(HEAD + body, encoding="utf-8")
        return browser_page(path, **options)

    return opened


def test_a_clean_page_has_nothing_to_report(page: Opener) -> None:
    """A page that is whole in itself asks for nothing, complains of nothing and fits a phone."""
    clean = page("<p>text</p><img alt='' src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", width=375)
    assert (clean.fetched, clean.complaints, clean.sideways) == ((), (), 0)


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("<img src='https://example.org/a.png' alt=''>", "https://example.org/a.png"),
        ("<style>@import 'https://example.org/a.css';</style>", "https://example.org/a.css"),
        ("<style>@font-face{font-family:f;src:url(http://192.0.2.1/f.woff2)}p{font-family:f}</style><p>x", "f.woff2"),
        ("<script>fetch('https://example.org/late').catch(() => 0)</script>", "https://example.org/late"),
        ("<script>new WebSocket('wss://example.org/socket')</script>", "wss://example.org/socket"),
        ("<link rel='stylesheet' href='beside.css'>", "beside.css"),
    ],
)
def test_a_request_is_seen(page: Opener, body: str, address: str) -> None:
    """Whatever a page asks for outside itself is listed, whichever way it asks, and though no host answers."""
    assert any(fetched.endswith(address) for fetched in page(body).fetched)


def test_requests_of_one_page_are_not_charged_to_the_next(page: Opener) -> None:
    """Each page starts with an empty record."""
    page("<img src='https://example.org/a.png' alt=''><script>console.error('old')</script>")
    later = page("<p>clean")
    assert (later.fetched, later.complaints) == ((), ())


@pytest.mark.parametrize("script", ["console.error('planted')", "throw Error('planted')", "console.warn('planted')"])
def test_a_complaint_on_the_console_is_seen(page: Opener, script: str) -> None:
    """Errors, exceptions and warnings on the console are listed."""
    assert any("planted" in complaint for complaint in page(f"<script>{script}</script>").complaints)


def test_scripts_can_be_off(page: Opener) -> None:
    """With scripts off the page's own do not run, and the tests can still look at it."""
    body = "<p id=a>before</p><script>document.getElementById('a').textContent = 'after'</script>"
    assert page(body).evaluate("document.getElementById('a').textContent") == "after"
    assert page(body, scripts=False).evaluate("document.getElementById('a').textContent") == "before"


def test_sideways_scroll_is_seen(page: Opener) -> None:
    """A box of 400 pixels fits 1280 but not 375, by 25 (a phone's page scale may round it up by one)."""
    body = "<body style='margin:0'><div style='width:400px'>wide</div>"
    assert page(body, width=1280).sideways == 0
    assert page(body, width=375).sideways in (25, 26)


def test_a_page_without_viewport_rule_is_too_wide_for_a_phone(browser_page: Opener, tmp_path: Path) -> None:
    """A phone lays such a page out 980 pixels wide."""
    path = tmp_path / "page.html"
    path.write_text("<!doctype html><title>t</title><p>text", encoding="utf-8")
    assert browser_page(path, width=375).sideways in (980 - 375, 981 - 375)


def test_a_clipped_element_is_seen(page: Opener) -> None:
    """What is wider than its own scrolling box is named, what fits is not."""
    boxes = "<p style='overflow-x:auto'><span style='display:inline-block;width:{}px'>{}</span></p>"
    assert page(boxes.format(200, "short") + boxes.format(900, "long"), width=375).clipped("p") == ["long"]


def test_mathematics_is_in_the_accessibility_tree(page: Opener) -> None:
    """MathML counts as mathematics, a picture of it or hidden MathML does not."""
    formula = "<math{}><mi>x</mi><mo>=</mo><mn>1</mn></math>"
    seen = page(f"<p>{formula.format('')}<p>{formula.format(' aria-hidden=true')}<p><img alt='x = 1' src='data:,'>")
    assert len(seen.accessible("MathMLMath")) == 1
    assert [node.name for node in seen.accessible("image")] == ["x = 1"]


def test_the_colour_scheme_reaches_the_page(page: Opener) -> None:
    """A dark reader's page is dark, and print style is applied where it is asked for."""
    body = "<style>@media (prefers-color-scheme: dark) {p{color:#010203}} @media print {p{color:#040506}}</style><p>x"
    colour = "getComputedStyle(document.querySelector('p')).color"
    assert page(body).evaluate(colour) == "rgb(0, 0, 0)"
    assert page(body, scheme="dark").evaluate(colour) == "rgb(1, 2, 3)"
    assert page(body, media="print").evaluate(colour) == "rgb(4, 5, 6)"


def test_a_screenshot_shows_the_whole_page(page: Opener) -> None:
    """The picture is as large as the page, not as the window: width and height stand in a PNG's bytes 16 to 24."""
    shot = page("<body style='margin:0'><div style='height:3000px'>x", width=375).screenshot()
    assert (int.from_bytes(shot[16:20]), int.from_bytes(shot[20:24])) == (375, 3000)


def test_blank_pages_are_seen(page: Opener, ink: Callable[[bytes], list[float]]) -> None:
    """A printed page with text has ink, an empty one has none."""
    first, second = ink(page("<p>text</p><p style='break-before:page'>").pdf())
    assert first > 0
    assert second == 0


def latex(body: str) -> str:
    return "\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}\n" + body + "\n\\end{document}\n"


def test_clean_latex_is_typeset_without_complaint(run_pdflatex: Callable[[str], Typeset]) -> None:
    """A short formula gives a PDF and no complaint."""
    done = run_pdflatex(latex("$x = 1$"))
    assert done.complaints == ()
    assert done.pdf.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (r"\[" + "x + " * 60 + r"x \]", "Overfull"),
        (r"\undefinedcommand", "Undefined control sequence"),
        (r"\ref{nowhere}", "undefined"),
        (r"\begin{align}" + "x &= " + "x + " * 60 + r"x \end{align}", "Overfull"),
    ],
)
def test_faulty_latex_is_seen(run_pdflatex: Callable[[str], Typeset], body: str, complaint: str) -> None:
    """Lines that do not fit, unknown commands and lost references are reported."""
    assert any(complaint in one for one in run_pdflatex(latex(body)).complaints)


SKIPPING = """
import pytest
{module}
@pytest.mark.{marker}
def test_it():
    pytest.skip("nothing installed")
"""


@pytest.mark.parametrize(
    ("marker", "module", "require", "passes"),
    [
        ("browser", "", "", True),
        ("browser", "", "tex", True),
        ("browser", "", "browser,tex", False),
        ("tex", "", "browser,tex", False),
        ("tex", "pytest.skip('all of it', allow_module_level=True)", "tex", False),
        ("tex", "", "tax", False),
    ],
)
def test_a_required_tool_may_not_be_missing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marker: str, module: str, require: str, passes: bool
) -> None:
    """DERIVE_REQUIRE turns the skip of a browser or TeX test, or of its module, into a failure."""
    (tmp_path / "test_skipping.py").write_text(SKIPPING.format(marker=marker, module=module), encoding="utf-8")
    monkeypatch.setenv("DERIVE_REQUIRE", require)
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    options = ["--rootdir", str(root), "-c", str(root / "pyproject.toml"), str(tmp_path)]
    done = subprocess.run([*command, *options], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is passes, done.stdout + done.stderr
