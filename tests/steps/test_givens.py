"""Givens are never cut: whatever the size, all that a page rests on stands on it, in every format."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest

import derive
from derive.renderers.typst_ import render_typst
from derive.solved.explanation import Explanation
from tests.browser import Page

FORMATS: dict[str, Callable[[Explanation], str]] = {
    # Without the problem file, which has them all.
    "html": lambda explanation: explanation.to_html().partition('id="problem-file"')[0],
    "latex": lambda explanation: explanation.to_latex(),
    "typst": lambda explanation: render_typst(explanation.document, explanation.filling),
    "markdown": lambda explanation: explanation.to_markdown().partition("```toml")[0],
    "notebook": lambda explanation: "".join(
        line
        for cell in json.loads(explanation.to_notebook())["cells"]
        if cell["cell_type"] == "markdown"
        for line in cell["source"]
    ),
}


def numbers(seed: int) -> Callable[[], str]:
    """Gives numbers of five decimals, none twice, and no leading digits that a result would have."""
    drawn = random.Random(seed)
    fresh = iter(drawn.sample(range(10_000, 100_000), 20_000))
    return lambda: f"{drawn.choice(['', '-'])}0.{next(fresh)}"


def network(
    inputs: int, hidden: int, outputs: int, *, samples: int = 1, names: bool = False, **conventions: object
) -> dict[str, Any]:
    """A network whose numbers are all different."""
    number = numbers(inputs)
    below = [f"x{n}" for n in range(1, inputs + 1)]
    first = below
    layers: list[dict[str, Any]] = []
    for units, activation in (
        ([f"H{n}" for n in range(1, hidden + 1)], "relu"),
        ([f"y{n}" for n in range(1, outputs + 1)], "identity"),
    ):
        weights = [[number() for _ in below] for _ in units]
        layers.append({"units": units, "activation": activation, "weights": weights})
        layers[-1]["bias"] = [number() for _ in units]
        below = units
    pairs = [
        {"inputs": {name: number() for name in first}, "targets": {unit: number() for unit in below}}
        for _ in range(samples)
    ]
    if names:
        own = [[[f"u{depth}_{j}_{i}" for i in range(len(row))] for j, row in enumerate(layer["weights"])]
               for depth, layer in enumerate(layers)]  # fmt: skip
        conventions["weight_names"] = own
    given: dict[str, Any] = pairs[0] if samples == 1 else {"samples": pairs}
    return {"title": "A network", "loss": "squared_error", "learning_rate": "0.125", "layers": layers,
            "conventions": conventions, **given}  # fmt: skip


def chain(givens: int) -> dict[str, Any]:
    number = numbers(givens)
    given = {f"a{n}": number() for n in range(1, givens + 1)}
    define = {"s": " + ".join(given), "J": "s**2"}
    return {"title": "A chain", "objective": "J", "wrt": ["a1"], "given": given, "define": define}


def typed(value: object) -> set[str]:
    """The numbers of five decimals in a mapping, without their signs."""
    return set(re.findall(r"0\.\d{5}(?!\d)", json.dumps(value)))


PROBLEMS = {
    "13 inputs": network(13, 2, 1),
    "an array": network(13, 14, 2),
    "by source": network(14, 13, 2, weight_names="source-major"),
    "own names": network(13, 12, 2, names=True),
    "one long sample": network(150, 1, 1),
    "30 samples": network(3, 2, 1, samples=30),
    "wide samples": network(40, 2, 1, samples=5),
    "150 givens": chain(150),
}


@pytest.fixture(scope="module")
def explained() -> Callable[[str], Explanation]:
    kept: dict[str, Explanation] = {}

    def explain(name: str) -> Explanation:
        if name not in kept:
            problem = derive.load(PROBLEMS[name])
            kept[name] = derive.explain(problem, **({} if "given" in PROBLEMS[name] else {"rounds": 0}))
        return kept[name]

    return explain


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_every_given_number_is_printed(name: str, form: str, explained: Callable[[str], Explanation]) -> None:
    """Weights, biases, inputs, targets and givens all stand in the text, and nothing is left to dots."""
    text = FORMATS[form](explained(name))
    wanted = typed({key: value for key, value in PROBLEMS[name].items() if key != "title"})
    assert len(wanted) > 30
    assert wanted <= set(re.findall(r"0\.\d{5}(?!\d)", text))
    assert not re.search(r"… [0-9]+ more …|more units …", text)


def cells(row: str) -> list[str]:
    return [unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]


def folds(page: str) -> list[tuple[str, list[list[str]]]]:
    """Title and rows of each folded table of a page, the header first."""
    found = re.findall(
        r'<details class="fold" id="all-[^>]*>\n<summary>(.*?)</summary>(.*?)</details>', page, re.DOTALL
    )
    return [(unescape(re.sub("<[^>]*>", "", title)), [cells(row) for row in re.findall(r"<tr>(.*?)</tr>", table)])
            for title, table in found]  # fmt: skip


@pytest.mark.parametrize(("name", "order"), [("an array", "row by row"), ("by source", "column by column")])
def test_an_array_stands_in_its_rows_and_columns(
    name: str, order: str, explained: Callable[[str], Explanation]
) -> None:
    """From the folds of the page the weights into each unit from each input, and the biases, are what was typed."""
    layer = PROBLEMS[name]["layers"][0]
    read: dict[tuple[str, str], str] = {}
    for title, (header, *rows) in folds(explained(name).to_html()):
        assert f"numbered {order}." in title
        for unit, *figures in rows:
            read |= {(unit, source): figure for source, figure in zip(header[1:], figures, strict=True)}
    minus = str.maketrans("-", "\N{MINUS SIGN}")
    inputs = [*PROBLEMS[name]["inputs"]]
    wanted = {
        (unit, source): weight.translate(minus)
        for unit, row in zip(layer["units"], layer["weights"], strict=True)
        for source, weight in zip(inputs, row, strict=True)
    }
    wanted |= {(unit, "bias"): bias.translate(minus) for unit, bias in zip(layer["units"], layer["bias"], strict=True)}
    assert read == wanted


def test_samples_stand_in_their_rows(explained: Callable[[str], Explanation]) -> None:
    """Thirty samples have thirty rows with inputs and targets."""
    ((_, (header, *rows)),) = folds(explained("30 samples").to_html())
    assert len(header) == 5
    assert [row[0] for row in rows] == [str(number) for number in range(1, 31)]
    for row, sample in zip(rows, PROBLEMS["30 samples"]["samples"], strict=True):
        figures = [figure.replace("\N{MINUS SIGN}", "-") for figure in row[1:]]
        assert figures == [*sample["inputs"].values(), *sample["targets"].values()]


def test_small_ones_stand_where_they_stood() -> None:
    """Up to 12 by 12 nothing is folded, and no section is added."""
    page = derive.explain(derive.load(network(12, 12, 2)), rounds=0).to_html()
    assert folds(page) == []
    assert "The given numbers in full" not in page


def test_the_paper_has_them_all(explained: Callable[[str], Explanation], tmp_path: Path) -> None:
    """Each figure of an array can be read in the PDF."""
    path = tmp_path / "array.pdf"
    path.write_bytes(explained("an array").to_pdf())
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    assert typed(PROBLEMS["an array"]) <= set(re.findall(r"0\.\d{5}(?!\d)", text))


def test_a_training_page_has_them_all() -> None:
    """The page of `derive train` rests on the same numbers."""
    page = derive.train(derive.load(PROBLEMS["an array"]), rounds=2).to_html().partition('id="problem-file"')[0]
    assert typed(PROBLEMS["an array"]) <= set(re.findall(r"0\.\d{5}(?!\d)", page))


def test_a_large_page_is_no_wider_than_a_phone(tmp_path: Path, browser_page: Callable[..., Page]) -> None:
    """A network of 64, 64 and 10 units: below a megabyte, and with all folds open each table scrolls in its own box."""
    path = tmp_path / "large.html"
    text = derive.explain(derive.load(network(64, 64, 10)), rounds=0).to_html()
    assert len(text.encode("utf-8")) < 1_000_000
    assert len(typed(network(64, 64, 10)) - set(re.findall(r"0\.\d{5}(?!\d)", text))) == 0
    path.write_text(text, encoding="utf-8")
    for width in (375, 1280):
        page = browser_page(path, width=width)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        assert page.complaints == ()
        assert page.sideways <= 0
