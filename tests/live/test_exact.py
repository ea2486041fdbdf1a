"""The script's numbers against `derive.arithmetic.exact`: the same figures of every function, of hard numbers too."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest

import derive
from derive.arithmetic.code import evaluate
from derive.arithmetic.exact import BALLS, Cut, UndecidedError, exact, figure, precision
from derive.errors import PrecisionError
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.formula.functions import FUNCTIONS
from derive.given.problem import Number
from derive.renderers.live.plain_formulas import as_lists, definitions
from tests.browser import Browser, Page
from tests.live.pages import opened

#: Works out formulas with more and more bits until their figures settle; null where they have none.
_FIGURES = """((cases, definitions) => {
  Object.assign(DEFINITIONS, definitions);
  return cases.map(([formula, values, cut]) => {
    for (bits = 128; bits <= 4096; bits *= 2) {
      try {
        const {negative: minus, digits, exponent, exact} = figure(
          evaluate(formula, values.map((each) => typed(each).value), EXACT), cut, bits === 4096);
        return [(minus ? "-" : "") + digits + (exponent === null ? "" : `e${exponent}`), exact];
      } catch (error) {
        if (error instanceof Beyond || error instanceof RangeError) return null;
        if (!(error instanceof Undecided)) throw error;
      }
    }
    return null;
  });
})"""
HARD = ("0", "1", "-1", "1/3", "-2/7", "0.5", "1e-30", "-1e-30", "40", "-40", "700", "-700", "0.1", "2", "1e3", "-0.75")


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page with the script; nothing of its own is used."""
    path = tmp_path_factory.mktemp("exact") / "page.html"
    return opened(browser, derive.explain(derive.load("ng-graph-J")), path)


def on_page(page: Page, cases: list[tuple[Expression, list[str], Cut]]) -> list[Any]:
    """The figures by the script, each with whether it is the whole value."""
    place = {f"a{number}": number for number in range(9)}
    told = [
        [as_lists(formula, place.__getitem__), values, {"digits": cut.digits, "decimals": cut.decimals}]
        for formula, values, cut in cases
    ]
    known = definitions(formula for formula, _, _ in cases)
    found: list[Any] = page.evaluate(f"{_FIGURES}({json.dumps(told)}, {json.dumps(known)})")
    return found


def by_derive(formula: Expression, values: list[str], cut: Cut) -> list[Any] | None:
    """The same by derive's own balls."""
    given = {f"a{number}": exact(Number.of(text).value) for number, text in enumerate(values)}
    for bits in (128, 256, 512, 1024, 2048, 4096):
        with precision(bits):
            try:
                found = figure(evaluate(formula, given, BALLS), cut)
            except (PrecisionError, ZeroDivisionError):
                return None
            except UndecidedError:
                continue
            return [found.ascii, found.exact]
    return None


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_every_function_of_hard_numbers(name: str, page: Page) -> None:
    """25 digits of each function at each hard number, or at pairs of them; both have a figure where either has."""
    record = FUNCTIONS[name]
    count = 1 if record.arity == 1 else 3 if name == "softmax" else 2
    draw = random.Random(name)
    cases = []
    for first in HARD:
        values = [first, *draw.choices(HARD, k=count - 1)]
        arguments = tuple(Ref(f"a{number}") for number in ((0, 0, 1, 2) if name == "softmax" else range(count)))
        cases.append((Call(name, arguments), values, Cut(digits=25)))
    for (formula, values, cut), found in zip(cases, on_page(page, cases), strict=True):
        wanted = by_derive(formula, values, cut)
        if wanted is not None and "e" in wanted[0] and abs(int(wanted[0].partition("e")[2])) > 290:
            continue  # at the ends of what floats hold
        assert found == wanted, (name, values)


def _formula(draw: random.Random, depth: int) -> Expression:
    if depth == 0:
        return Ref(f"a{draw.randrange(4)}") if draw.random() < 0.8 else Const(Fraction(draw.randint(1, 9), 4))
    inner = [_formula(draw, depth - 1) for _ in range(3)]
    kinds: tuple[Expression, ...] = (
        Sum(tuple(inner)),
        Sum((inner[0], Neg(inner[1]))),
        Product(tuple(inner)),
        Quotient(inner[0], Sum((inner[1], Const(Fraction(7, 3))))),
        Power(inner[0], draw.choice((2, 3, -1))),
        Neg(inner[0]),
        Call(draw.choice(("sigmoid", "tanh", "relu", "softplus", "exp", "sin", "cos", "abs")), (inner[0],)),
    )
    return draw.choice(kinds)


def test_random_formulas(page: Page) -> None:
    """200 random formulas at random numbers, in digits and in decimals: the same figure, the same = or ≈."""
    draw = random.Random("formulas of the live page")
    cases = [
        (
            _formula(draw, 3),
            [draw.choice(("1/3", "-2/7", f"{draw.randint(-300, 300) / 100:.2f}")) for _ in range(4)],
            draw.choice((Cut(digits=9), Cut(digits=30), Cut(decimals=3))),
        )
        for _ in range(200)
    ]
    settled = 0
    for (formula, values, cut), found in zip(cases, on_page(page, cases), strict=True):
        wanted = by_derive(formula, values, cut)
        assert found == wanted or wanted is None, (formula, values, cut)
        settled += wanted is not None
    assert settled > 150


@pytest.mark.parametrize(
    "text", ["0.15", "-2", "+1", "1/3", "-4/6", ".5", "5.", "1e-4", "1.50e1", "007", "-0", "1e3", "12e0"]
)
def test_typed_numbers_are_read_as_problem_files_read_them(text: str, page: Page) -> None:
    """The same digits, the same value."""
    number = Number.of(text)
    found = page.evaluate(f"((n) => [n.text, String(n.value.p), String(n.value.q)])(typed({text!r}))")
    assert found[0] == number.text
    assert Fraction(int(found[1]), int(found[2])) == number.value


@pytest.mark.parametrize(
    "text", ["", "x", "1/0", "1,5", "1e999", "0x10", "1 2", "--1", "1e", "1/2/3", "NaN", "Infinity", "1e-400"]
)
def test_what_is_no_number_is_none(text: str, page: Page) -> None:
    """What a problem file refuses the page refuses too."""
    with pytest.raises(ValueError, match=r".*"):
        Number.of(text)
    assert page.evaluate(f"typed({text!r})") is None
