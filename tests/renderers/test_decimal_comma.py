"""Decimal commas: in every document, picture and sheet that people read, and nowhere else."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

import derive
from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.given.problem_file import problem_mapping
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import plan
from derive.handouts.marking import mark
from derive.judging.routes import routes_for
from tests.students import Habit, script


def comma(problem: AnyProblem) -> AnyProblem:
    return replace(problem, display=replace(problem.display, decimal_mark="comma"))


def _visible(page: str) -> str:
    """Text and text alternatives of a page, without its own text of the problem file."""
    bare = re.sub(r"<(style|script)\b.*?</\1>|<pre\b.*?</pre>", " ", page, flags=re.DOTALL)
    told = re.findall(r'(?:alttext|aria-label|alt)="([^"]*)"', bare)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", " ", bare), *told]))


def _pointed(text: str) -> list[str]:
    """Numbers with decimal points, but for those of sections, such as 3.1."""
    found = re.findall(r"(?<![\w.])\d+\.\d+(?!\w|\.\d)", text)
    return [number for number in found if not re.fullmatch(r"[1-9]\.[1-9]", number)]


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "ng-graph-J"])
def test_every_point_becomes_a_comma(name: str) -> None:
    """In HTML with its pictures and alternatives: every number keeps its digits."""
    problem = derive.load(name)
    plain, told = (derive.explain(derive.solve(each)).to_html() for each in (problem, comma(problem)))
    points = set(_pointed(_visible(plain)))
    assert _pointed(_visible(told)) == []
    commas = {found.replace(",", ".") for found in re.findall(r"(?<![\w,])\d+,\d+(?!\w|,\d)", _visible(told))}
    assert points <= commas
    assert name == "ng-graph-J" or len(points) > 50


def test_latex_and_markdown() -> None:
    """A comma in braces, which no space follows."""
    problem = derive.load("2-2-2")
    told = derive.explain(derive.solve(comma(problem)))
    source, plain = told.to_latex(), derive.explain(derive.solve(problem)).to_latex()
    assert "0{,}593269992" in source
    assert "0.593269992" not in source
    assert source.count("{,}") > 200
    assert plain.count("{,}") == 0
    assert "0{,}593269992" in told.to_markdown()


def test_numbers_are_parted_by_semicolons() -> None:
    """0,05; 0,10 can be read; 0,05, 0,10 cannot."""
    page = _visible(derive.explain(derive.solve(comma(derive.load("2-2-2")))).to_html())
    assert re.search(r"0,05\s*;\s+x", page)
    assert not re.search(r"0,05\s*,\s", page)


def test_programs_read_points() -> None:
    """The problem file and JSON are as they were, but for the one key."""
    problem = comma(derive.load("2-2-2"))
    assert problem_mapping(problem)["display"]["decimal_mark"] == "comma"
    assert "decimal_mark" not in problem_mapping(derive.load("2-2-2"))["display"]
    assert derive.load(problem_mapping(problem)).display.decimal_mark == "comma"
    content = json.loads(derive.explain(derive.solve(problem)).to_json())
    assert isinstance(content["values"], dict | list)
    assert "0.593269992" in json.dumps(content)


@pytest.mark.parametrize("name", ["2-2-2", "ng-graph-J"])
def test_another_mark_is_refused(name: str) -> None:
    """By key, with what is allowed."""
    mapping = problem_mapping(derive.load(name))
    mapping["display"] = {**mapping["display"], "decimal_mark": "dot"}
    with pytest.raises(DeriveError, match=r"display\.decimal_mark.*point.*comma"):
        derive.load(mapping)


def test_a_class_with_commas(tmp_path: Path) -> None:
    """Sheets, keys and the marking key have commas alone; what comes back with commas is marked."""
    order = plan(comma(derive.load("2-2-2")), students=2, example=True, formats=("html", "pdf"), seed="comma")
    _, manifest = write_handout(order, tmp_path)
    for path in (tmp_path / "worksheets/01.html", tmp_path / "keys/01.html"):
        text = _visible(path.read_text(encoding="utf-8"))
        assert _pointed(text) == [], path
        assert len(re.findall(r"\d,\d", text)) > 20
    for name in ("worksheets/01.pdf", "keys/01.pdf", "marking-key.pdf"):
        pages = PdfReader(io.BytesIO((tmp_path / name).read_bytes())).pages
        text = " ".join(page.extract_text() for page in pages)
        assert _pointed(text) == [], name
        assert re.search(r"\d,\d", text), name
    problem = manifest.variants["01"]
    figures = script(problem, routes_for([problem]).nearest, manifest.asked, Habit())
    rows = [f"01;{name};{text.replace('.', ',')}" for name, text in figures.items()]
    (tmp_path / "back.csv").write_text("student;quantity;value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    report = mark(manifest, tmp_path / "back.csv").report
    assert report.by_student()["01"].marks == len(manifest.asked)
