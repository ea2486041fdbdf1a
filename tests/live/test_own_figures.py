"""A reader's own figures on the page: the verdicts of `derive verify`, and never a harder one on an honest figure."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.own_figures_on_page import own_figures
from derive.judging.routes import routes_for
from derive.proof.values import given_numbers
from derive.renderers.live.page import source_of
from tests.browser import Browser, Page
from tests.live.pages import settle
from tests.other_architectures import WORKS, worked
from tests.simulation import variants
from tests.students import Habit, chooser, habits, script

#: Judges scripts of many sets of numbers at once with the functions of the page's own script.
_JUDGE = """((scripts) => {
  const data = PAGE.data;
  return scripts.map(([texts, own]) => {
    const given = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, typed(text)]));
    const problem = new Problem(data, given, {digits: 9, decimals: null});
    problem.states.set(":128", new Map([[0, problem.starts]]));
    bits = 128;
    const values = problem.values("", 0, 128), tape = problem.tape("", 0);
    const truth = data.own.names.map((name) => values[problem.place(tape, name)]);
    const written = Object.fromEntries(
      Object.entries(own).map(([name, text]) => [name, {...writtenFigure(text), text}]));
    const found = judged(data.own, truth, written);
    return Object.fromEntries(Object.entries(found).map(([name, {verdict, causes = []}]) =>
      [name, [verdict, causes.map((cause) => data.own.causes[cause].id)]]));
  });
})"""
FAULT = {"misconception", "ambiguous", "wrong", "slip", "too-coarse", "unreadable"}
ASKED = (
    "net_H1", "out_H1", "net_H2", "out_H2", "net_y1", "out_y1", "net_y2", "out_y2", "E_y1", "E_y2", "E_total",
    "delta_y1", "delta_y2", "dE_total/dw5", "dE_total/dw7", "delta_H1", "delta_H2", "dE_total/dw1", "dE_total/dw4",
    "w5_new", "w1_new",
)  # fmt: skip


def checking_page(browser: Browser, name: str, folder: Path) -> Page:
    """The page as `derive explain` writes it."""
    problem = derive.load(name)
    path = folder / "page.html"
    explanation = derive.explain(problem, rounds=0)
    path.write_text(explanation.to_html(live=True, extra={"own": own_figures(problem)}), encoding="utf-8")
    page = browser.open(path)
    page.evaluate("localStorage.clear()")
    page.evaluate(source_of(("strips", "engine", "judge")))  # of the worker, to be called here
    return page


def judged_on_page(page: Page, scripts: list[tuple[derive.Problem, dict[str, str]]]) -> list[dict[str, Any]]:
    """Verdicts and causes of scripts, each with its own numbers."""
    told = [({k: n.text for k, n in given_numbers(problem).items()}, text) for problem, text in scripts]
    found: list[dict[str, Any]] = page.evaluate(f"{_JUDGE}({json.dumps(told)})")
    return found


def judged_by_derive(problem: derive.Problem, text: dict[str, str]) -> dict[str, tuple[str, list[str]]]:
    """The same by `derive.verify`."""
    report = derive.verify(problem, text).report
    return {each.quantity: (each.verdict, list(each.diagnosis)) for each in report.judgements}


def test_honest_figures_are_never_judged_harder(browser: Browser, tmp_path: Path) -> None:
    """Rounded or cut off, with 4 to 6 digits, from paper or from memory, every operation rounded or not."""
    page = checking_page(browser, "2-2-2", tmp_path)
    problem = derive.load("2-2-2")
    nearest = routes_for([problem]).nearest
    some = variants(problem, 6, "live")
    # Who cuts figures off has to say so to derive verify as well.
    rounding = [habit for habit in habits() if not habit.truncates]
    scripts = [(each, script(each, nearest, ASKED, habit)) for habit in rounding for each in some]
    found = judged_on_page(page, scripts)
    faults = [
        (name, text[name], verdict)
        for (_, text), verdicts in zip(scripts, found, strict=True)
        for name, verdict in verdicts.items()
        if verdict[0] in FAULT
    ]
    assert sum(map(len, found)) == len(ASKED) * 72
    assert faults == []


def test_mistakes_are_named_as_derive_verify_names_them(browser: Browser, tmp_path: Path) -> None:
    """Of 50 scripts with one mistake each, at least 99 % of figures get the verdict that derive verify gives."""
    page = checking_page(browser, "2-2-2", tmp_path)
    problem = derive.load("2-2-2")
    routes, choose = routes_for([problem]), chooser("live mistakes")
    places = [(name, mistake) for name in ASKED for mistake in mistakes_at(routes, name)]
    scripts = []
    for each in variants(problem, 50, "live"):
        name, mistake = choose.choice(places)
        wrong = {name: mistake.expression}
        scripts.append((each, script(each, routes.nearest, ASKED, Habit(digits=4), wrong=wrong)))
    pairs: Counter[tuple[str, str]] = Counter()
    named = unnamed = 0
    for (each, text), verdicts in zip(scripts, judged_on_page(page, scripts), strict=True):
        for name, (wanted, causes) in judged_by_derive(each, text).items():
            verdict, told = verdicts[name]
            pairs[wanted, verdict] += 1
            if wanted == verdict == "misconception":
                named, unnamed = named + (set(causes) <= set(told)), unnamed + (not set(causes) <= set(told))
    same = sum(count for (wanted, verdict), count in pairs.items() if wanted == verdict)
    assert same >= 0.99 * pairs.total(), pairs
    assert named >= 20
    assert unnamed == 0


def _write(page: Page, figures: dict[str, str]) -> None:
    page.evaluate(
        f"""Object.entries({json.dumps(figures)}).forEach(([name, text]) => {{
            const field = document.querySelector(`[data-own="${{name}}"]`);
            field.value = text;
            field.dispatchEvent(new Event("input", {{bubbles: true}}));
        }})"""
    )
    settle(page)


def _verdict(page: Page, name: str) -> tuple[str, str]:
    verdict, told = page.evaluate(
        f"((each) => [each.dataset.verdict, each.textContent])(document.querySelector('[data-verdict-of=\"{name}\"]'))"
    )
    return verdict, told


def test_a_figure_is_judged_as_it_is_typed(browser: Browser, tmp_path: Path) -> None:
    """A cause is named at its step, what follows is carried, and a mended figure mends both."""
    page = checking_page(browser, "2-2-2", tmp_path)
    page.evaluate("document.querySelector('[data-action=check]').click()")
    # 0.3825 takes w2 and w3 for each other: 0.15·0.05 + 0.25·0.10 + 0.35.
    _write(page, {"net_H1": "0.3825", "out_H1": "0.5945", "out_H2": "nonsense"})
    assert _verdict(page, "net_H1")[0] == "misconception"
    assert "weights" in _verdict(page, "net_H1")[1]
    verdict, told = _verdict(page, "out_H1")
    assert (verdict, "H1" in told) == ("carried", True)
    assert _verdict(page, "out_H2")[0] == "unreadable"
    assert _verdict(page, "net_y1") == ("blank", "")
    _write(page, {"net_H1": "0.3775", "out_H2": "0.5969"})
    assert _verdict(page, "net_H1") == ("correct", "Right.")
    assert _verdict(page, "out_H1")[0] == "wrong"
    assert _verdict(page, "out_H2")[0] == "correct"
    _write(page, {"out_H1": "5.933"})
    assert _verdict(page, "out_H1")[0] == "slip"
    assert "decimal point" in _verdict(page, "out_H1")[1]
    _write(page, {"out_H1": "0.5393"})
    assert _verdict(page, "out_H1")[0] == "slip"
    assert "swapped" in _verdict(page, "out_H1")[1]


def test_own_figures_are_of_the_numbers_that_stand_there(browser: Browser, tmp_path: Path) -> None:
    """After a change of a given and a round of training, the same figure may be right; it stays in this browser."""
    page = checking_page(browser, "2-2-2", tmp_path)
    _write(page, {"net_H1": "0.385"})
    assert _verdict(page, "net_H1")[0] != "correct"
    page.evaluate(
        "((field) => { field.value = '0.2'; field.dispatchEvent(new Event('input')); })"
        "(document.querySelector('[data-given=x1]'))"
    )
    settle(page)
    # 0.15·0.2 + 0.20·0.10 + 0.35
    assert _verdict(page, "net_H1")[0] != "correct"
    _write(page, {"net_H1": "0.400"})
    assert _verdict(page, "net_H1")[0] == "correct"
    kept = browser.open(tmp_path / "page.html")
    settle(kept)
    assert kept.evaluate("document.querySelector('[data-own=net_H1]').value") == "0.400"
    kept.evaluate("document.getElementById('live-forget').click()")
    assert kept.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("name", ["ng-graph-J", "deepml-neuron"])
def test_chains_and_several_samples_have_fields_too(name: str, browser: Browser, tmp_path: Path) -> None:
    """Every step of a quantity has a field, and its own figure is right there."""
    page = checking_page(browser, name, tmp_path)
    fields = page.evaluate("[...document.querySelectorAll('[data-own]')].map((each) => each.dataset.own)")
    shown = {each: derive.solve(derive.load(name)).figure(each).ascii for each in fields}
    assert len(shown) >= 4
    _write(page, shown)
    assert {_verdict(page, each)[0] for each in fields} == {"correct"}


@pytest.mark.parametrize("name", ["rnn", "convolution", "attention"])
def test_own_architectures_are_judged_as_derive_verify_judges_them(name: str, browser: Browser, tmp_path: Path) -> None:
    """Scripts by other hands: no honest figure is at fault, and 99 % of wrong scripts' verdicts agree."""
    honest = worked(name, 12, 4, "live")
    wrong = worked(name, 12, 4, "live mistakes", WORKS[name][1], plain=True)
    problem = derive.load(honest[0][0])
    path = tmp_path / "page.html"
    path.write_text(derive.explain(problem).to_html(live=True, extra={"own": own_figures(problem)}), encoding="utf-8")
    page = browser.open(path)
    page.evaluate(source_of(("strips", "engine", "judge")))
    for works, is_honest in ((honest, True), (wrong, False)):
        scripts = [(derive.load(mapping), figures) for mapping, figures in works]
        pairs: Counter[tuple[str, str]] = Counter()
        for (own, figures), verdicts in zip(scripts, judged_on_page(page, scripts), strict=True):
            wanted = judged_by_derive(own, figures)
            assert set(wanted) == set(verdicts)
            pairs.update((wanted[each][0], verdicts[each][0]) for each in wanted)
        assert pairs.total() > 150
        if is_honest:
            assert not [pair for pair in pairs if pair[1] in FAULT | {"carried"}], pairs
        else:
            assert sum(count for (one, other), count in pairs.items() if one == other) >= 0.99 * pairs.total(), pairs
            assert pairs["misconception", "misconception"] >= 12
