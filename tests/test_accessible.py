"""Pages of every kind by axe-core, a checker that others wrote: it finds nothing, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from derive.cli import main
from tests.browser import Browser, Page

PEOPLE = "id,name\nann,Ann\nben,Ben\n"
ANSWERS = "student,quantity,value\nann,net_H1,0.3775\nann,out_H1,0.4\nben,net_H1,-1\n"
MADE = (
    "explain 2-2-2 --to html --out pages --rounds 100",
    "explain cs231n-2-2-3 --to html --static --style all --out pages",
    "explain ng-graph-J --to html --out pages",
    "explain convolution-pool --to html --out pages",
    "explain attention-2x2 --to html --out pages",
    "explain batch-norm-3x2 --to html --static --out pages",
    "explain lstm-step --to html --out pages",
    "explain mini-batches --to html --out pages",
    "explain counting-cnn --to html --out pages",
    "train 2-2-2 --rounds 100 --to html --out pages",
    "handout 2-2-2 --students roster.csv --to html --practice --example --formulas --out class",
    "handout convolution-pool --students 1 --to html --practice --out arrays",
    "verify class/manifest.json answers.csv --out marked",
)
#: Pages that are looked at in the other way too.
LIGHT = ("ann", "index", "ng-graph-J", "attention-2x2")
#: axe-core takes no notice of MathML, which browsers read out: a heading that is one formula is not empty.
FIND = """axe.run({resultTypes: ["violations"]}).then(({violations}) => violations.flatMap(({id, nodes}) => nodes
    .filter(({html}) => !(id === "empty-table-header" && html.includes("<math")))
    .map(({html}) => `${id}: ${html.slice(0, 160)}`)))"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pages of every kind."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "roster.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "answers.csv").write_text(ANSWERS, encoding="utf-8")
    with chdir(folder):
        for argv in MADE:
            assert main(argv.split()) in (0, 1), argv
    return folder


def test_a_checker_finds_nothing(
    made: Path, npm: Callable[..., Path], browser: Browser, browser_page: Callable[..., Page]
) -> None:
    """Names, roles, contrast, headings, focus: no rule of axe-core is broken."""
    checker = (npm("axe-core") / "axe-core/axe.min.js").read_text(encoding="utf-8")
    pages = [path for path in sorted(made.rglob("*.html")) if path.stem != "ben"]
    assert len(pages) > 15
    found = []
    for path in pages:
        for width, scheme in ((375, "dark"), (1280, "light"))[: 2 if path.stem in LIGHT else 1]:
            browser_page(path, width=width, scheme=scheme)
            browser.command("Runtime.evaluate", expression=checker)
            answer = browser.command("Runtime.evaluate", expression=FIND, awaitPromise=True, returnByValue=True)
            found += [f"{path.name} {width}: {each}" for each in answer["result"]["value"]]
    assert found == []


def test_the_checker_sees_what_is_broken(
    npm: Callable[..., Path], browser: Browser, browser_page: Callable[..., Page], tmp_path: Path
) -> None:
    """A picture without words and a field without a name."""
    checker = (npm("axe-core") / "axe-core/axe.min.js").read_text(encoding="utf-8")
    path = tmp_path / "page.html"
    path.write_text('<!doctype html><html lang="en"><title>t</title><main><h1>t</h1><img src="data:,"><input></main>')
    browser_page(path)
    browser.command("Runtime.evaluate", expression=checker)
    answer = browser.command("Runtime.evaluate", expression=FIND, awaitPromise=True, returnByValue=True)
    assert {each.partition(":")[0] for each in answer["result"]["value"]} == {"image-alt", "label"}
