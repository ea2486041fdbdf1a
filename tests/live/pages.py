"""Live pages in a browser: changing numbers, waiting until all figures are settled, reading what stands there."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import derive
from derive.given.formula_problem import AnyProblem
from derive.given.problem_file import marked_text
from derive.proof.values import given_numbers
from derive.solved.explanation import Explanation
from tests.browser import Browser, Page

#: Every figure, sign, mark, text alternative and sentence that follows, with what it is about.
_SHOWN = """(() => {
  const data = PAGE.data;
  const told = (place) => place === null ? null : data.quantities[place];
  const about = ([role, about, step, wrap]) =>
    JSON.stringify([role, Array.isArray(about) ? about.map(told) : told(about), step, wrap]);
  const marked = [...document.querySelectorAll("[data-h],[data-p]")];
  const spoken = [...document.querySelectorAll("math[data-a]")];
  return [
    ...marked.map((each) => [about(data.slots[each.dataset.h ?? each.dataset.p]), each.innerHTML]),
    ...spoken.map((each) => [
      "spoken " + each.dataset.a.replace(/⟦(\\d+)⟧/g, (_, slot) => about(data.slots[slot])),
      each.getAttribute("alttext"),
    ]),
    ...[...document.querySelectorAll(".told")].map((each) => [
      `told ${each.id}`,
      [...each.children].filter((one) => !one.hidden).map((one) => one.textContent).join(),
    ]),
  ];
})()"""


def opened(browser: Browser, explanation: Explanation, path: Path, **options: Any) -> Page:
    """The live page of an explanation in the browser."""
    path.write_text(explanation.to_html(live=True), encoding="utf-8")
    return browser.open(path, **options)


def settle(page: Page, seconds: float = 60.0) -> None:
    """Wait until no figure is pending."""
    end = time.monotonic() + seconds
    while page.evaluate("document.body.dataset.state") != "settled":
        assert time.monotonic() < end, "figures are still pending"
        time.sleep(0.01)


def change(page: Page, numbers: dict[str, str]) -> None:
    """Type numbers into their fields."""
    page.evaluate(
        f"""Object.entries({json.dumps(numbers)}).forEach(([name, text]) => {{
            const field = document.querySelector(`[data-given="${{name}}"]`);
            field.value = text;
            field.dispatchEvent(new Event("input", {{bubbles: true}}));
        }})"""
    )
    settle(page)


def press(page: Page, action: str) -> None:
    """Press one of the buttons of the bar."""
    page.evaluate(f"document.querySelector('[data-action=\"{action}\"]').click()")
    settle(page)


def shown(page: Page) -> list[list[str]]:
    """All that follows, as it stands."""
    found: list[list[str]] = page.evaluate(_SHOWN)
    return found


def figures(page: Page) -> dict[str, str]:
    """The result of every step, by the id of its quantity."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-value-of]')]"
        ".map((each) => [each.dataset.valueOf, each.textContent]))"
    )
    return found


def changed(problem: AnyProblem, numbers: dict[str, str], folder: Path) -> AnyProblem:
    """The problem with other numbers, read from a file by derive itself."""
    texts = {name: number.text for name, number in given_numbers(problem).items()} | numbers
    pieces = marked_text(problem)
    path = folder / f"{problem.name}.toml"
    path.write_text("".join(json.dumps(texts[piece]) if k % 2 else piece for k, piece in enumerate(pieces)), "utf-8")
    return derive.load(path)


def drawn(problem: AnyProblem, draw: random.Random) -> dict[str, str]:
    """Other numbers for some or all givens that this problem may have; awkward ones among them."""
    names = [name for name in marked_text(problem)[1::2] if not _is_bound(problem, name)]
    count = draw.choice((1, (len(names) + 1) // 2, len(names)))
    return {name: _number(draw, name) for name in draw.sample(names, count)}


def _is_bound(problem: AnyProblem, name: str) -> bool:
    return name.startswith("t_") and "cross_entropy" in getattr(problem, "loss", "")


def _number(draw: random.Random, name: str) -> str:
    awkward = ("0.05", "-0.3", "1.25", "2", "-1", "0.125", "1/3", "-2/7", "1e-3", "0", "1")
    kinds = (draw.choice(awkward), f"{draw.randint(-200, 200) / 100:.2f}", f"{draw.random():.12f}")
    text = draw.choices(kinds, weights=(4, 5, 1))[0]
    return "0.25" if name == "eta" and (text.startswith("-") or value_of(text) == 0) else text


def value_of(text: str) -> float:
    """The value of a number as a problem file has it."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)
