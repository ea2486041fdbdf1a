"""What the tests of sheets share: problems with small numbers, and the texts a solution could hide in."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import derive
from derive.arithmetic.exact import Cut
from derive.given.formula_problem import AnyProblem
from derive.given.problem import Number, Problem
from derive.handouts.sheets.asking import asked_ids, sheet_routes
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_model import Level, Worksheet
from derive.handouts.sheets.worksheet import worksheet_document
from derive.judging.routes import proved_by

WHO = Recipient(form="7K3QX2", student="s17", name="Ada Lovelace")
#: Texts that would do harm where they are not escaped.
HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\\input{/etc/passwd} $x$ & % # _ ^ ~ {",
    '#panic("x") $ ] ) ; */ // @label <label> `raw`',
    '=HYPERLINK("http://x")',
    "'; DROP TABLE students; --",
    "\u05d0\u05d1 \u4e2d\u6587 \u202e right to left",
    "{{ 7*7 }} << 7*7 >> ((* x *))",
    "\ue0000\ue001 \x00 \x07",
)


def sheet(name: str = "2-2-2", ask: str = "all", level: Level = 2) -> tuple[AnyProblem, Worksheet]:
    """A built-in problem and its worksheet."""
    problem = derive.load(name)
    return problem, worksheet_document(problem, asked_ids(problem, ask), level=level)


def with_weights(problem: Problem, first: str) -> Problem:
    """The same network with another first weight."""
    layer = problem.layers[0]
    rows = ((Number.of(first), *layer.weights[0][1:]), *layer.weights[1:])
    return replace(problem, layers=(replace(layer, weights=rows), *problem.layers[1:]))


def telling(problem: AnyProblem, quantity: str) -> Iterator[str]:
    """Ways to write a figure that would give it away: four, six and nine digits, plain and with a power of ten."""
    proved = proved_by(problem, sheet_routes(problem))
    value = proved.number(quantity)
    if len(proved.figure(quantity, Cut(digits=9)).digits.replace(".", "").strip("0")) < 4:
        return  # a short figure such as 0.5 stands among the given numbers, too
    for digits in (4, 6, 9):
        plain = proved.figure(quantity, Cut(digits=digits)).digits
        yield from (plain, plain.replace(".", ","), plain.removeprefix("0"))
        mantissa = f"{abs(value):.{digits - 1}e}".partition("e")[0]
        yield from (mantissa, mantissa.replace(".", ""))
    yield f"{abs(value):.8f}"[:-4]
    yield repr(abs(value))


def revealed(problem: AnyProblem, asked: tuple[str, ...], text: str) -> list[tuple[str, str]]:
    """Asked figures that stand in a text, and how."""
    # Constants of the page itself: its font, and where the shapes of the drawing lie.
    bare = re.sub(r"base64,[A-Za-z0-9+/=]+|<svg.*?</svg>|<style>.*?</style>", "", html.unescape(text), flags=re.DOTALL)
    flat = unicodedata.normalize("NFKC", re.sub(r"\s+", " ", bare))
    return [(name, form) for name in asked for form in telling(problem, name) if form in flat]


def pdf_text(pdf: bytes, folder: Path) -> list[str]:
    """The text of each page; empty where there is no pdftotext."""
    program = shutil.which("pdftotext")
    if program is None:
        return []
    path = folder / "sheet.pdf"
    path.write_bytes(pdf)
    printed = subprocess.run([program, "-layout", str(path), "-"], capture_output=True, check=True)
    return printed.stdout.decode("utf-8").split("\f")[:-1]


def page_data(page: str) -> dict[str, str]:
    """What the page's script is told."""
    found = re.search(r'<script type="application/json" id="sheet">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, str] = json.loads(found[1])
    return data
