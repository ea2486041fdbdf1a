"""Worksheets and keys as HTML pages of their own, printed once for a structure and joined for each student."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from markupsafe import Markup, escape

from derive.display import numerals
from derive.display.mathml import MathmlPrinter
from derive.display.tree import Slot, Wrap
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem
from derive.handouts.sheets.key import AnswerKey, KeyLine
from derive.handouts.sheets.recipient import RECIPIENT, Recipient, recipient_slot, sheet_slot, shortened
from derive.handouts.sheets.sheet_model import Item, Worksheet
from derive.handouts.sheets.worksheet import sheet_figures
from derive.renderers.environment import html_environment
from derive.renderers.html import HtmlPrinting, page_style
from derive.renderers.pictures.svg import print_svg
from derive.renderers.policy import source_hash
from derive.renderers.skeleton import Holes, Skeleton, without_markers

#: What the style sheet says of the paper holds for A4.
_PAPER_STYLE: Mapping[str, Markup] = {
    "a4": Markup(""),
    "letter": Markup("@media print { @page { size: letter; margin: 10mm 14mm 13mm; } }\n"),
}
#: How a figure is printed in each flavour.
PRINTED: Mapping[str, Callable[[Figure, Wrap], str]] = {
    "mathml": numerals.mathml,
    "plain": lambda figure, wrap: str(escape(numerals.plain(figure, wrap))),
}


def worksheet_html(worksheet: Worksheet, problem: AnyProblem, recipient: Recipient) -> str:
    """One student's worksheet with fields to type into; it holds no asked figure in any form.

    Parameters
    ----------
    worksheet : Worksheet
    problem : Problem or FormulaProblem
        The student's own numbers.
    recipient : Recipient

    Raises
    ------
    PrecisionError
    """

    def blank(quantity: str, flavour: str) -> str:
        return _blank(worksheet.digits, quantity) if flavour == "mathml" else "blank"

    figures = sheet_figures(worksheet, problem)
    return filled(worksheet_skeleton(worksheet), figures, recipient_texts(recipient), blank)


def filled(
    skeleton: Skeleton, figures: Mapping[str, Figure], texts: Mapping[str, str], blank: Callable[[str, str], str]
) -> str:
    """A page with one student's figures, texts, and, by id and flavour, what stands for a figure that is not there."""

    def close(slot: Slot, flavour: str) -> str:
        if slot.place == RECIPIENT:
            return texts[slot.quantity]
        figure = figures.get(slot.quantity)
        return blank(slot.quantity, flavour) if figure is None else PRINTED[flavour](figure, slot.wrap)

    return skeleton.joined([close(hole.what, hole.flavour) for hole in skeleton.holes if isinstance(hole.what, Slot)])


def key_html(worksheet: Worksheet, key: AnswerKey, recipient: Recipient) -> str:
    """The key to one student's worksheet.

    Parameters
    ----------
    worksheet : Worksheet
    key : AnswerKey
        Of the same quantities.
    recipient : Recipient
    """
    skeleton = key_skeleton(worksheet)
    texts = recipient_texts(recipient) | {
        f"{kind} {line.quantity}": text for line in key.lines for kind, text in _key_texts(line).items()
    }
    closed = [texts[hole.what.quantity] for hole in skeleton.holes if isinstance(hole.what, Slot)]
    return skeleton.joined(closed)


@lru_cache(maxsize=8)
def worksheet_skeleton(worksheet: Worksheet) -> Skeleton:
    """The page with holes for given numbers and for what is said about the recipient."""
    return skeleton_of(worksheet, "html/worksheet.html.j2")


@lru_cache(maxsize=8)
def key_skeleton(worksheet: Worksheet) -> Skeleton:
    """The key with holes for values, bands and wrong values."""
    return skeleton_of(worksheet, "html/key.html.j2")


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a practice page has beside a worksheet.

    Attributes
    ----------
    place : str
        Of slots that are no holes: the page's script fills them in.
    hole : callable
        What stands in such a slot.
    names : mapping
        For the template.
    """

    place: str
    hole: Callable[[Slot], str]
    names: Mapping[str, Any]


def skeleton_of(worksheet: Worksheet, template: str, practice: Extras | None = None) -> Skeleton:
    """A page of a worksheet with holes for what differs from student to student."""
    holes = Holes()
    spoken = sheet_slot(worksheet, holes, "plain", lambda _: "blank", lambda f, wrap: PRINTED["plain"](f, wrap))
    written = sheet_slot(worksheet, holes, "mathml", partial(_blank, worksheet.digits), numerals.mathml)

    def either(own: Callable[[Slot], str], other: Callable[[Slot], str]) -> Callable[[Slot], str]:
        return lambda slot: other(slot) if practice and slot.place == practice.place else own(slot)

    printer = MathmlPrinter(
        slot=either(written, practice.hole) if practice else written,
        spoken=either(spoken, lambda _: "…"),
        slot_digits=worksheet.digits + 4,
    )
    printing = HtmlPrinting(printer=printer, flavour="mathml", holes=holes, anchors={})

    def hole(name: str) -> Markup:
        return Markup(holes.marker(recipient_slot(name), "plain"))

    def label(item: Item) -> str:
        return without_markers(f"{item.number}. {item.words}: {printer.alternative(worksheet.symbols[item.quantity])}")

    printed = (
        html_environment()
        .get_template(template)
        .render(
            sheet=worksheet,
            title=without_markers(worksheet.title),
            printing=printing,
            hole=hole,
            label=label,
            picture=Markup(print_svg(worksheet.drawing)) if worksheet.drawing else "",
            style=page_style("worksheet") + _PAPER_STYLE[worksheet.words.paper],
            practice=practice.names if practice else None,
        )
    )
    return holes.cut(printed)


def _blank(digits: int, quantity: str) -> str:
    """An empty place in a line, as wide as a figure; the page's script shows there what was typed for it."""
    # A number, not text: operators beside text lose their spacing.
    room = "\N{FIGURE SPACE}" * (digits + 5)
    return f'<mn class="blank" data-from="{escape(quantity)}">{room}</mn>'


def recipient_texts(recipient: Recipient) -> dict[str, str]:
    """All that is said about the recipient, each escaped for where it stands."""
    data = {"form": recipient.form, "student": recipient.student, "file": recipient.stem}
    both = " · ".join(filter(None, (recipient.name, recipient.student)))
    foot = _foot_style(" · ".join(filter(None, (shortened(recipient.student), f"form {recipient.form}"))))
    return {
        "form": str(escape(recipient.form)),
        "name": str(escape(recipient.name)),
        "student": str(escape(recipient.student)),
        "who": str(escape(both)),
        "foot": foot,
        "foot hash": source_hash(foot),
        "data": script_json(data),
    }


def _key_texts(line: KeyLine) -> dict[str, str]:
    wrong = "".join(
        f'<li><span class="figure">{escape(each.band.text)}</span> {escape(each.cause)}</li>' for each in line.wrong
    )
    return {
        "value": str(escape(numerals.plain(line.value))),
        "band": str(escape(line.accepted)),
        "wrong": f"<ul>{wrong}</ul>" if wrong else "",
    }


def script_json(data: Mapping[str, Any]) -> str:
    """JSON that ends no script element and holds no line end that old engines do not take."""
    text = json.dumps(data, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _foot_style(text: str) -> str:
    """The style that prints a text at the foot of every page."""
    return f"@media print {{ @page {{ @bottom-left {{ content: {_css_string(text)}; }} }} }}"


def _css_string(text: str) -> str:
    """A CSS string, all but letters, digits and blanks as code points."""
    shown = re.sub(r"[\ud800-\udfff\x00]", "\N{REPLACEMENT CHARACTER}", text)
    return '"' + re.sub(r"[^A-Za-z0-9 ]", lambda sign: f"\\{ord(sign[0]):06x}", shown) + '"'
