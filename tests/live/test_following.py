"""A live page whose numbers are changed shows what derive itself prints of the changed problem, to the last sign."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import derive
from derive.formula.functions import FUNCTIONS
from derive.given.formula_problem import FormulaProblem
from tests.browser import Browser
from tests.core.test_turns import GIVEN
from tests.live.pages import change, changed, drawn, figures, opened, press, settle, shown

#: Problems changed at random: how many of each built-in one.
DRAWS = {"2-2-2": 3}


def kept(found: list[list[str]], common: set[str]) -> set[tuple[str, ...]]:
    """Those figures and alternatives that both pages have a place for."""
    return {(about, text) for about, text in found if about in common}


#: Counts have no live page: other sizes are other steps.
LIVE = [name for name in derive.builtin_names() if not getattr(derive.load(name), "counts", False)]


@pytest.mark.parametrize("name", LIVE)
def test_every_figure_is_that_of_the_changed_problem(name: str, browser: Browser, tmp_path: Path) -> None:
    """Figures, = and ≈, marks and text alternatives of random changes, against the page of the changed problem."""
    problem, draw = derive.load(name), random.Random(f"live {name}")
    rounds = None if isinstance(problem, FormulaProblem) else 30
    rest, drawn_in_all = DRAWS.get(name, 1), 0
    while rest:
        drawn_in_all += 1
        assert drawn_in_all < 8 * DRAWS.get(name, 1)
        numbers = drawn(problem, draw)
        other = derive.explain(changed(problem, numbers, tmp_path), rounds=rounds)
        if "Where it ends" in other.to_html():
            continue  # a training that diverges is told otherwise
        page = opened(browser, derive.explain(problem, rounds=rounds), tmp_path / "page.html")
        before = shown(page)
        change(page, numbers)
        after = shown(page)
        assert page.evaluate("document.querySelectorAll('mtext.open').length") == 0
        wanted = shown(opened(browser, other, tmp_path / "changed.html"))
        assert before != after
        common = {about for about, _ in wanted} & {about for about, _ in after}
        places = {about for about, _ in wanted if about.startswith('["')}
        if len(common & places) <= 0.9 * len(places):
            continue  # longer figures are laid out otherwise
        rest -= 1
        assert kept(wanted, common) == kept(after, common), numbers


def test_samples_that_take_turns_follow(browser: Browser, tmp_path: Path) -> None:
    """Each at its turn, with the parameters that the changed numbers lead to."""
    problem = derive.load(GIVEN)
    numbers = {"w1": "-0.3", "x2[2]": "0.9", "eta": "0.25"}
    page = opened(browser, derive.explain(problem, rounds=9), tmp_path / "page.html")
    before = figures(page)
    change(page, numbers)
    after = figures(page)
    other = derive.explain(changed(problem, numbers, tmp_path), rounds=9)
    assert "net_y1[3]@2" in after
    assert before != after == figures(opened(browser, other, tmp_path / "changed.html"))


def test_changing_back_gives_the_page_as_it_was(browser: Browser, tmp_path: Path) -> None:
    """Nothing of a change stays behind."""
    page = opened(browser, derive.explain(derive.load("2-2-2"), rounds=100), tmp_path / "page.html")
    before = shown(page)
    change(page, {"w5": "-0.3", "eta": "1/3"})
    assert shown(page) != before
    change(page, {"w5": "0.40", "eta": "0.5"})
    assert shown(page) == before
    change(page, {"x1": "1"})
    press(page, "round")
    press(page, "reset")
    assert shown(page) == before
    assert page.evaluate("document.querySelector('[data-given=x1]').value") == "0.05"


def test_rounds_are_those_of_training(browser: Browser, tmp_path: Path) -> None:
    """After 1, 11 and 1011 rounds every step shows the round that follows; milestones keep their rounds."""
    solution = derive.solve(derive.load("2-2-2"))
    page = opened(browser, derive.explain(solution, rounds=100), tmp_path / "page.html")
    table = "document.getElementById('milestones').textContent"
    before = page.evaluate(table)
    done = 0
    for action, rounds in (("round", 1), ("round-10", 10), ("round-1000", 1000)):
        press(page, action)
        done += rounds
        found = figures(page)
        for quantity in ("net_y1", "out_y1", "E_total", "delta_H1", "dE_total/dw1", "dE_total/dw5", "w5_new"):
            figure = solution.figure(f"{quantity}@{done}")
            assert figure.ascii == found[quantity].replace("−", "-").replace("×10", "e"), (quantity, done)
        assert page.evaluate(table) == before


def test_another_number_of_digits(browser: Browser, tmp_path: Path) -> None:
    """Digits change every figure, and no given."""
    problem = derive.load("2-2-2")
    page = opened(browser, derive.explain(problem, rounds=0), tmp_path / "page.html")
    page.evaluate(
        "((field) => { field.value = 20; field.dispatchEvent(new Event('input')); })"
        "(document.getElementById('live-digits'))"
    )
    settle(page)
    found = figures(page)
    # out_y1 to 20 digits by two exponentials in mpmath: σ(0.4·σ(0.3775) + 0.45·σ(0.3925) + 0.6)
    assert found["out_y1"].startswith("0.75136506955231")
    assert len(found["out_y1"]) == 22
    assert found["net_H1"] == "0.3775"


def test_what_cannot_stand_is_refused_in_words(browser: Browser, tmp_path: Path) -> None:
    """What problem files refuse, and what is no number, is told, and the figures stay."""
    page = opened(browser, derive.explain(derive.load("cs231n-2-2-3"), rounds=0), tmp_path / "page.html")
    before = shown(page)
    told = "document.getElementById('live-refused').textContent"
    for numbers, word in (({"eta": "0"}, "greater than 0"), ({"t_s3": "0.5"}, "sum to 1"), ({"w1": "1,5x"}, "w1")):
        change(page, numbers)
        assert word in page.evaluate(told)
        assert shown(page) == before
        change(page, {"eta": "0.1", "t_s3": "1", "w1": "0.18"})
        assert page.evaluate(told) == ""


def test_a_figure_that_no_budget_settles_is_a_dash(browser: Browser, tmp_path: Path) -> None:
    """A training that leaves all floats has no figures after it; what is near is there all the same."""
    mapping = {
        "title": "Diverging", "loss": "squared_error", "learning_rate": 10, "inputs": {"x": 10}, "targets": {"y": 1},
        "layers": [{"units": ["y"], "activation": "identity", "weights": [[1]]}],
    }  # fmt: skip
    tame = derive.load({**mapping, "learning_rate": "0.001"})
    page = opened(browser, derive.explain(tame, rounds=1000), tmp_path / "page.html")
    change(page, {"eta": "10"})
    assert "–" in page.evaluate("document.getElementById('milestones').textContent")
    assert figures(page)["w1_new"] == "-1799".replace("-", "−")


@pytest.mark.parametrize("name", ["2-2-2", "ng-graph-J"])
def test_nothing_is_asked_of_the_network(name: str, browser: Browser, tmp_path: Path) -> None:
    """No request leaves the page, and its policy holds: no complaint, no script beside its own, no eval."""
    page = opened(browser, derive.explain(derive.load(name)), tmp_path / "page.html")
    assert page.fetched == ()
    assert page.complaints == ()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.got = 1'}))"
    )
    assert page.evaluate("window.got === undefined")
    assert page.evaluate("(() => { try { return setTimeout('window.got = 2') && 0; } catch { return 0; } })()") == 0
    settle(page)
    assert page.evaluate("window.got === undefined")


def test_without_javascript_the_page_reads_as_the_static_one(browser: Browser, tmp_path: Path) -> None:
    """The same text, the same layout."""
    explanation = derive.explain(derive.load("2-2-2"), rounds=100)
    (tmp_path / "static.html").write_text(explanation.to_html(), encoding="utf-8")
    read = "[document.body.innerText, document.documentElement.scrollHeight, document.querySelectorAll('math').length]"
    static = browser.open(tmp_path / "static.html", scripts=False).evaluate(read)
    assert opened(browser, explanation, tmp_path / "page.html", scripts=False).evaluate(read) == static


def test_the_script_knows_every_function(browser: Browser, tmp_path: Path) -> None:
    """What has no definition of its own is native to the script, in balls and in floats."""
    page = opened(browser, derive.explain(derive.load("ng-graph-J")), tmp_path / "page.html")
    for name, record in FUNCTIONS.items():
        if record.definition is None or record.arity is None:
            kinds = page.evaluate(f"[typeof NATIVE[{name!r}], typeof FLOATS.functions[{name!r}]]")
            assert kinds == ["function", "function"], name
