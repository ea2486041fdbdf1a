"""Moodle: XML for its question bank, and GIFT; a category for each step, a numerical question for each version."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from itertools import groupby
from xml.etree import ElementTree

from derive.handouts.exports.questions import LOOK_AGAIN, PRACTISE, Pages, Question, Range

_GIFT_MARKS = "\\:=#{}~"


def moodle_xml(title: str, questions: Sequence[Question], pages: Pages | None = None) -> bytes:
    """Moodle XML: the right answer first, then the mistakes, then all other figures; the first that fits wins.

    A question keeps its files to itself: each holds the practice page of its numbers.
    """
    quiz = ElementTree.Element("quiz")
    for category, some in groupby(questions, key=lambda question: question.category):
        head = ElementTree.SubElement(quiz, "question", type="category")
        _text(head, "category", f"$course$/top/{_path(title)}/{_path(category)}")
        for question in some:
            _numerical(quiz, question, (pages or {}).get(question.form, ""))
    ElementTree.indent(quiz)
    return bytes(ElementTree.tostring(quiz, encoding="utf-8", xml_declaration=True)) + b"\n"


def _numerical(quiz: ElementTree.Element, question: Question, page: str) -> None:
    element = ElementTree.SubElement(quiz, "question", type="numerical")
    _text(element, "name", question.name)
    symbol = question.latex if not question.power else rf"10^{{{question.power}}} \cdot {question.latex}"
    asked = f"<p>{escape(question.task)} \\( {symbol} \\) = ?</p>"
    name = f"practice-{question.form}.html"
    link = practice_html(f"@@PLUGINFILE@@/{name}" if page else question.url)
    told = _text(element, "questiontext", f"{given_html(question)}{asked}{link}", html=True)
    if page:
        file = ElementTree.SubElement(told, "file", name=name, path="/", encoding="base64")
        file.text = b64encode(page.encode("utf-8")).decode("ascii")
    ElementTree.SubElement(element, "defaultgrade").text = str(question.points)
    ElementTree.SubElement(element, "idnumber").text = question.id
    for answer, fraction in ((question.right, "100"), *((each, "0") for each in question.wrong)):
        _answer(element, figure(answer.value), answer, fraction)
    _answer(element, "*", Range(value=0.0, tolerance=0.0, feedback=LOOK_AGAIN), "0")
    ElementTree.SubElement(element, "showunits").text = "3"  # none


def _answer(question: ElementTree.Element, value: str, answer: Range, fraction: str) -> None:
    element = ElementTree.SubElement(question, "answer", fraction=fraction, format="moodle_auto_format")
    ElementTree.SubElement(element, "text").text = value
    _text(element, "feedback", f"<p>{escape(answer.feedback)}</p>", html=True)
    ElementTree.SubElement(element, "tolerance").text = figure(answer.tolerance)


def _text(parent: ElementTree.Element, tag: str, text: str, *, html: bool = False) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, tag, {"format": "html"} if html else {})
    ElementTree.SubElement(element, "text").text = text
    return element


def _path(text: str) -> str:
    """A part of a category's path, in which a solidus is written twice."""
    return text.replace("/", "//")


def given_html(question: Question) -> str:
    """What is given, as a list in HTML."""
    rows = "".join(f"<li>{escape(label)}: {escape(text)}</li>" for label, text in question.given)
    return f"<ul>{rows}</ul>"


def practice_html(address: str) -> str:
    """The link to a practice page; empty without an address."""
    return f'<p><a href="{escape(address)}" target="_blank">{PRACTISE}</a></p>' if address else ""


def figure(value: float) -> str:
    """A number as every program reads it: plain decimals, with more digits than anybody writes."""
    return format(Decimal(f"{value:.12g}"), "f")


def gift(title: str, questions: Sequence[Question]) -> str:
    """GIFT: one numerical question after the other, with an empty line between."""
    blocks: list[str] = []
    for category, some in groupby(questions, key=lambda question: question.category):
        blocks.append(f"$CATEGORY: $course$/top/{_path(title)}/{_path(category)}")
        blocks += map(_gift_question, some)
    return "\n\n".join(blocks) + "\n"


def _gift_question(question: Question) -> str:
    given = "; ".join(f"{label}: {text}" for label, text in question.given)
    power = f"10^{question.power} · " if question.power else ""
    asked = f"Given: {given}. {question.task} {power}{question.symbol} = ?"
    asked += f" {PRACTISE}: {question.url}" if question.url else ""
    answers = [f"=%100%{_ranged(question.right)}", *(f"=%0%{_ranged(each)}" for each in question.wrong)]
    return f"::{_gift(question.name)}:: {_gift(asked)} {{#\n" + "\n".join([*answers, f"~#{_gift(LOOK_AGAIN)}"]) + "\n}"


def _ranged(answer: Range) -> str:
    return f"{figure(answer.value)}:{figure(answer.tolerance)}#{_gift(answer.feedback)}"


def _gift(text: str) -> str:
    """Text in which nothing is a mark; a line break would end a question."""
    return "".join(f"\\{sign}" if sign in _GIFT_MARKS else sign for sign in " ".join(text.split()))
