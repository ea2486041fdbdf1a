"""Every page's Content-Security-Policy: it allows what the page uses, and no more."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from derive.cli import main
from derive.renderers.templates import templates_folder
from tests.browser import Page

PEOPLE = "id,name\nann,Ann <b>\"&'É\nben,\n"
ANSWERS = "student,quantity,value\nann,net_H1,0.3775\nann,out_H1,0.4\nben,net_H1,-1\n"
KINDS = {
    "explain": "pages/2-2-2.html",
    "chain": "pages/ng-graph-J.html",
    "train": "pages/2-2-2-training.html",
    "worksheet": "class/worksheets/ann.html",
    "key": "class/keys/ann.html",
    "index": "class/index.html",
    "feedback": "marked/ann.html",
    "class": "marked/class.html",
}
LIVE = ("explain", "chain")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page of every kind."""
    folder = tmp_path_factory.mktemp("policy")
    (folder / "roster.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "answers.csv").write_text(ANSWERS, encoding="utf-8")
    with chdir(folder):
        for argv in (
            "explain 2-2-2 --to html --out pages --rounds 100",
            "explain ng-graph-J --to html --out pages",
            "train 2-2-2 --rounds 100 --to html --out pages",
            "handout 2-2-2 --students roster.csv --to html --out class",
            "verify 2-2-2 answers.csv --out marked",
        ):
            assert main(argv.split()) in (0, 1), argv
    return folder


def policy(page: str) -> dict[str, list[str]]:
    """The directives of a page's policy."""
    (content,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    return {name: values for name, *values in (directive.split() for directive in content.split("; "))}


def hashed(text: str) -> str:
    """A source's hash, as the standard has it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_every_template_of_a_page_has_the_one_head() -> None:
    """No page writes a head, a style or a policy of its own."""
    pages = [path for path in (templates_folder() / "html").glob("*.html.j2") if "<!doctype" in path.read_text("utf-8")]
    assert len(pages) == 6
    for path in pages:
        source = path.read_text("utf-8")
        assert re.search(r"<head>\n\{\{ page_head\([^\n]*\) -\}\}\n</head>", source), path.name
        assert "<style" not in source
        assert not re.search(r"\sstyle=\"|\son[a-z]+=", source), path.name


@pytest.mark.parametrize("kind", KINDS)
def test_the_policy_allows_just_what_is_there(kind: str, made: Path) -> None:
    """Nothing is fetched; each style and script has its hash, nothing else has, and nothing is unsafe or inline."""
    page = (made / KINDS[kind]).read_text(encoding="utf-8")
    rules = policy(page)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert rules.pop("default-src") == ["'none'"]
    assert rules.pop("style-src") == [hashed(style) for style in styles]
    assert rules.pop("script-src", []) == [hashed(script) for script in scripts]
    # A live page works its figures out in a worker, made of its own script.
    assert rules.pop("worker-src", None) == (["blob:"] if kind in LIVE else None)
    assert rules == {"font-src": ["data:"], "base-uri": ["'none'"], "form-action": ["'none'"]}
    assert len(styles) == (2 if kind in ("worksheet", "key") else 1)
    assert len(scripts) == (kind == "worksheet" or kind in LIVE)
    assert page.index("Content-Security-Policy") < page.index("<style")
    assert not re.search(r"<[^>]*\sstyle=", page)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_of_the_page_is_refused(kind: str, width: int, made: Path, browser_page: Callable[..., Page]) -> None:
    """In a browser no part of a page offends its policy: its style is in force, its font is there."""
    page = browser_page(made / KINDS[kind], width=width)
    assert page.complaints == ()
    assert page.fetched == ()
    assert page.sideways <= 0
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light dark"
    if page.evaluate("document.querySelectorAll('math').length"):
        fonts = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
        assert any("derive mathematics" in font for font in fonts)


def test_the_foot_of_a_sheet_is_in_force(made: Path, browser_page: Callable[..., Page]) -> None:
    """The style of a person's own, with the name at the foot, is allowed as well."""
    for kind in ("worksheet", "key"):
        page = browser_page(made / KINDS[kind])
        assert page.evaluate("document.styleSheets.length") == 2
        assert "ann" in page.evaluate("document.styleSheets[1].cssRules[0].cssText")


def test_the_worksheet_still_works(made: Path, browser_page: Callable[..., Page]) -> None:
    """Its script runs: what is typed is kept and mirrored, and saving makes a file of it without a complaint."""
    page = browser_page(made / KINDS["worksheet"])
    assert page.evaluate("document.querySelector('.tools').hidden") is False
    page.evaluate(
        "(() => { const field = document.querySelector('input[data-quantity]'); field.value = '0.25';"
        "field.dispatchEvent(new Event('input')); document.getElementById('save').click(); })()"
    )
    assert page.evaluate("document.getElementById('said').textContent").startswith("Saved as ann.csv")
    assert "0.25" in page.evaluate("JSON.stringify({...localStorage})")
    page.evaluate("localStorage.clear()")


INJECTED = (
    "<script>document.title = 'taken'</script>"
    "<img src=x onerror=\"document.title = 'taken'\">"
    "<svg onload=\"document.title = 'taken'\"></svg>"
    "<style>body { display: none }</style>"
    "<img src='https://example.org/seen.png'><iframe srcdoc='<script>parent.document.title = 1</script>'></iframe>"
    "<script src='https://example.org/a.js'></script><link rel=stylesheet href='https://example.org/a.css'>"
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_put_into_a_page_does_not_run(
    kind: str, made: Path, tmp_path: Path, browser_page: Callable[..., Page]
) -> None:
    """Scripts, handlers, styles and addresses that got into a page are refused, each with a complaint."""
    page = (made / KINDS[kind]).read_text(encoding="utf-8")
    title = re.search("<title>(.*?)</title>", page)
    assert title
    path = tmp_path / "page.html"
    path.write_text(page.replace("</main>", f"{INJECTED}</main>"), encoding="utf-8")
    shown = browser_page(path)
    assert shown.evaluate("document.title") not in ("taken", "1", "")
    assert shown.evaluate("getComputedStyle(document.body).display") != "none"
    refused = [complaint for complaint in shown.complaints if "Content Security Policy" in complaint]
    assert len(refused) >= 7
    for address in ("seen.png", "a.js", "a.css"):
        assert any(f"https://example.org/{address}" in complaint for complaint in refused), address
    # The same without the policy is taken: the test sees what it looks for.
    path.write_text(
        re.sub("<meta http-equiv[^>]*>", "", page).replace("</main>", f"{INJECTED}</main>"), encoding="utf-8"
    )
    assert browser_page(path).evaluate("document.title") in ("taken", "1")
