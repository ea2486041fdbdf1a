"""Random documents are well-formed in every format, whatever their names, shapes and conventions."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
import typst
from hypothesis import given, settings

import derive
from derive.given.problem import Problem
from derive.renderers.typst_ import render_typst
from derive.solved.explanation import Explanation
from tests.strategies import AWKWARD, LAYERED, UNSHRUNK, known_defects_aside, problems

_VOID = frozenset(("meta", "br", "wbr", "hr", "img", "link", "input"))
_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\(\(\*|<<|>>|[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_NO_NUMBER = re.compile(r"(?<![\w′])(?:None|nan|inf|NaN|Infinity|True|False)(?!\w)")


class Structure(HTMLParser):
    """Follows a page's tags: ids, links, addresses, and whether every element is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.faults: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            if value is None:
                continue
            match name:
                case "id":
                    self.ids.append(value)
                case "href":
                    self.links.append(value)
                case "src" | "srcset" | "data" | "action":
                    self.sources.append(value)
                case "alttext" | "aria-label":
                    self.texts.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


def page_faults(page: str, names: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with a page; ``names`` are the user's, which may look like anything."""
    seen = Structure()
    seen.feed(page)
    seen.close()
    faults = seen.faults + [f"<{tag}> is not closed" for tag in seen.open]
    faults += [f"id {name} twice" for name in {name for name in seen.ids if seen.ids.count(name) > 1}]
    faults += [f"{link} leads nowhere" for link in seen.links if link[:1] != "#" or link[1:] not in seen.ids]
    faults += [f"asks for {source[:60]}" for source in seen.sources if not source.startswith("data:")]
    for island in _MATH.findall(page):
        try:
            root = ElementTree.fromstring(island.replace("&nbsp;", "\u00a0"))
        except ElementTree.ParseError as error:
            faults.append(f"{error}: {island[:200]}")
            continue
        if not root.get("alttext"):
            faults.append(f"no alttext: {island[:200]}")
        faults += _empty_parts(root)
    return faults + left_over("\n".join(seen.texts), names)


def _empty_parts(root: ElementTree.Element) -> list[str]:
    """Scripts and fractions need their exact number of children; an empty one shows as a hole."""
    wanted = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msubsup": 3}
    faults = []
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in wanted and len(element) != wanted[name]:
            faults.append(f"<{name}> with {len(element)} parts")
        if name in ("mi", "mn", "mo", "mtext") and not (element.text or "").strip("\n"):
            faults.append(f"an empty <{name}>")
    return faults


def left_over(text: str, names: tuple[str, ...] = ()) -> list[str]:
    """Markers that nobody filled, and words of a programming language where a number should stand."""
    found = [match[0] for match in _LEFT_OVER.finditer(text)]
    return found + [match[0] for match in _NO_NUMBER.finditer(text) if match[0] not in names]


def latex_faults(source: str, names: tuple[str, ...] = ()) -> list[str]:
    """Braces, environments, mathematics shifts and characters that pdflatex would stumble over."""
    faults = []
    if not source.isascii():
        faults.append(f"not ASCII: {sorted(set(filter(lambda c: not c.isascii(), source)))}")
    bare = re.sub(r"\\[\\{}$%&#_]", "", source)
    bare = re.sub(r"(?m)%.*$", "", bare)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            faults.append("a brace too many")
            break
    if depth:
        faults.append(f"{depth} braces are not closed")
    if bare.count("$") % 2:
        faults.append("a dollar too many")
    environments: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-zA-Z*]+)\}", bare):
        if kind == "begin":
            environments.append(name)
        elif not environments or environments.pop() != name:
            faults.append(f"\\end{{{name}}}")
    faults += [f"{name} is not ended" for name in environments]
    if bare.count("\\left") - bare.count("\\leftarrow") - bare.count("\\leftskip") != bare.count(
        "\\right"
    ) - bare.count("\\rightarrow") - bare.count("\\rightskip"):
        faults.append("\\left without \\right")
    # Between a command and its argument a template may write Python's words; the preamble has none either.
    return faults + [word for word in re.findall(r"(?<!\w)(?:None|NaN|nan|inf)(?!\w)", bare) if word not in names]


def json_faults(explanation: Explanation) -> list[str]:
    """What is missing in the JSON, or left in it."""
    text = explanation.to_json()
    content: dict[str, Any] = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    faults = [key for key in ("problem", "steps", "values", "crosschecks") if not content.get(key)]
    wanted = {"id", "rule", "title", "uses", "lhs", "symbolic", "substituted", "quantity", "value"}
    faults += [f"{step['id']} lacks {wanted - set(step)}" for step in content["steps"] if not wanted <= set(step)]
    wanted = {"quantity", "routes", "values", "error", "tolerance", "ok"}
    faults += [f"{check} lacks a key" for check in content["crosschecks"] if not wanted <= set(check)]
    faults += [check["quantity"] for check in content["crosschecks"] if not check["ok"]]
    for step in content["steps"]:
        for key in ("lhs", "symbolic", "substituted"):
            faults += [f"{step['id']} {key}: {fault}" for fault in latex_faults(step[key], AWKWARD)]
    return faults + re.findall(r"[\ue000-\uf8ff]", text)


def names_of(problem: Problem) -> tuple[str, ...]:
    """Every name a user chose."""
    given = problem.conventions.weight_names
    weights = () if isinstance(given, str) else tuple(name for table in given for row in table for name in row)
    return (*problem.inputs, *(unit for layer in problem.layers for unit in layer.units), *weights)


@settings(max_examples=10, phases=UNSHRUNK)
@given(problems())
def test_text_formats_are_well_formed(problem: Problem) -> None:
    """HTML, LaTeX and JSON of a random document hold together, and no marker is left in them."""
    with known_defects_aside():
        explanation = derive.explain(problem, rounds=3)
    names = names_of(problem)
    faults = page_faults(explanation.to_html(), names)
    faults += latex_faults(explanation.to_latex(), names)
    faults += json_faults(explanation)
    assert not faults, faults[:10]


@settings(max_examples=4, phases=UNSHRUNK)
@given(problems(most_units=3, most_samples=2))
def test_typst_compiles(problem: Problem) -> None:
    """The PDF of a random document is made, and its source has no marker left."""
    with known_defects_aside():
        explanation = derive.explain(problem, rounds=3)
    source = render_typst(explanation.document, explanation.filling)
    assert not re.findall(r"[\ue000-\uf8ff]", source)
    assert explanation.to_pdf().startswith(b"%PDF-")


@pytest.mark.parametrize("name", LAYERED)
def test_built_in_pages_are_well_formed(name: str) -> None:
    """HTML, LaTeX and JSON of every built-in problem hold together."""
    explanation = derive.explain(derive.load(name), rounds=3)
    faults = page_faults(explanation.to_html()) + latex_faults(explanation.to_latex()) + json_faults(explanation)
    assert not faults, faults[:10]


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("<p>open", "<p> is not closed"),
        ("<p id=a></p><p id=a></p>", "id a twice"),
        ("<a href='#b'></a>", "#b leads nowhere"),
        ("<img src='https://example.org/x.png'>", "asks for https://example.org/x.png"),
        ("<math alttext='x'><mi></mi></math>", "an empty <mi>"),
        ("<math alttext='x'><mfrac><mi>x</mi></mfrac></math>", "<mfrac> with 1 parts"),
        ("<p>= nan</p>", "nan"),
        ("<p>\ue001</p>", "\ue001"),
    ],
)
def test_page_faults_are_seen(page: str, fault: str) -> None:
    """Each planted fault of a page is found."""
    assert fault in page_faults(page)


@pytest.mark.parametrize("source", ["{", "}{", r"\begin{a}", r"\begin{a}\begin{b}\end{a}\end{b}", "$x", "é", "= nan"])
def test_latex_faults_are_seen(source: str) -> None:
    """Each planted fault of a LaTeX source is found."""
    assert latex_faults(source)


def test_typst_refuses_what_is_not_closed() -> None:
    """The compiler that judges documents does find faults."""
    with pytest.raises(typst.TypstError):
        typst.compile(b"$frac(1, $")
