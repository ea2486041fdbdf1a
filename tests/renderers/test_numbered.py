"""Equations with numbers, to be cited: the same number in every format, each at the line of its step."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from pypdf import PdfReader

import derive
from derive.solved.explanation import Explanation
from derive.telling.build import steps_of

#: How many lines the default problem has, counted by hand: 4 net inputs, 4 activations, 2 errors and their sum; 2
#: slopes of errors, 4 of activations, 4 paths and 2 sums over them, 2 partial derivatives of net inputs, 4 deltas, 8
#: gradients; and one update, the others of which stand in a table.
LINES = 11 + 2 + 4 + 6 + 2 + 4 + 8 + 1


@cache
def numbered() -> Explanation:
    return derive.explain(derive.load("2-2-2"), rounds=0, numbered=True)


def test_each_line_has_a_number() -> None:
    """In reading order, without gaps, but for updates that stand in a table alone."""
    numbers = [step.number for step in steps_of(numbered().document)]
    assert numbers == [*range(1, LINES + 1), *[0] * 7]


def test_without_being_asked_there_are_none() -> None:
    """Neither numbers nor labels."""
    plain = derive.explain(derive.load("2-2-2"), rounds=0)
    assert not any(step.number for step in steps_of(plain.document))
    assert "eq-1" not in plain.to_html()
    assert "\\dnumber{" not in plain.to_latex()
    assert "\\tag" not in plain.to_markdown()


@pytest.mark.parametrize("live", [False, True])
def test_a_page_has_an_anchor_for_each(live: bool) -> None:
    """A link to itself, within the step whose line it numbers."""
    page = numbered().to_html(live=live)
    assert re.findall(r'<a class="equation" id="eq-(\d+)" href="#eq-\1">\(\1\)</a>', page) == [
        str(number) for number in range(1, LINES + 1)
    ]
    place = next(step.number for step in steps_of(numbered().document) if step.id == "dE_total/dw5")
    assert f'id="eq-{place}"' in page.partition('id="dE_total-dw5"')[2].partition("</details>")[0]


def test_latex_has_a_label_for_each() -> None:
    """Named after its step."""
    labels = re.findall(r"\\dnumber\{([^}]+)\}", numbered().to_latex())
    assert len(labels) == len(set(labels)) == LINES
    assert "dE_total-dw5" in labels


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_can_cite_it(tmp_path: Path) -> None:
    """The number that is cited is that of the line."""
    cited = numbered().to_latex().replace("\\end{document}", "Cited is \\ref{eq:dE_total-dw5}.\n\\end{document}")
    (tmp_path / "a.tex").write_text(cited, encoding="utf-8")
    for _ in range(2):
        subprocess.run(["pdflatex", "-interaction=batchmode", "a.tex"], cwd=tmp_path, capture_output=True, check=True)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "a.pdf").pages)
    place = next(step.number for step in steps_of(numbered().document) if step.id == "dE_total/dw5")
    assert f"Cited is {place}." in text
    assert "verfull" not in (tmp_path / "a.log").read_text(encoding="latin-1")


def test_markdown_has_tags() -> None:
    """The same numbers, and anchors."""
    text = numbered().to_markdown()
    assert re.findall(r"\\tag\{(\d+)\}", text) == [str(number) for number in range(1, LINES + 1)]
    assert text.count('<a id="eq-') == LINES


def test_the_pdf_has_them() -> None:
    """Each in brackets."""
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(numbered().to_pdf())).pages)
    assert [number for number in range(1, LINES + 1) if f"({number})" not in text] == []
