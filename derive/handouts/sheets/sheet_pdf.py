"""Worksheets and keys as PDF through Typst: one source for a structure; what is a student's own goes in as data."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from derive.display import numerals
from derive.display.tree import Slot, Wrap
from derive.display.typst import TypstPrinter
from derive.given.formula_problem import AnyProblem
from derive.handouts.sheets.key import AnswerKey
from derive.handouts.sheets.recipient import Recipient, on_paper, sheet_slot
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.sheet_picture import BESIDE, picture_width
from derive.handouts.sheets.worksheet import sheet_figures
from derive.renderers.coverage import displayable
from derive.renderers.environment import escape_typst, typst_environment
from derive.renderers.pictures.svg import print_svg
from derive.renderers.skeleton import Holes, without_markers
from derive.renderers.typst_ import TypstPrinting
from derive.renderers.typst_pdf import compile_typst, typst_pages

#: Room between ruled lines in mm: what a hand likes, and what it can do with.
_RULINGS = ("8", "7.3", "6.6", "6.2")
#: What is a student's own: names, form, and figures or lines.
Person = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SheetSource:
    """The Typst source of all sheets of a structure.

    Attributes
    ----------
    source : bytes
        It reads ``people`` from its inputs.
    figures : tuple of (str, str)
        Quantity and wrap of each figure it takes, in the order of a person's ``figures``.
    """

    source: bytes
    figures: tuple[tuple[str, Wrap], ...]


def worksheet_pdf(worksheet: Worksheet, problem: AnyProblem, recipient: Recipient) -> bytes:
    """One student's worksheet, a tagged PDF for A4; the same bytes on every run.

    Raises
    ------
    PrecisionError
    """
    return worksheets_pdf(worksheet, [(problem, recipient)], tagged=True)


def key_pdf(worksheet: Worksheet, key: AnswerKey, recipient: Recipient) -> bytes:
    """The key to one student's worksheet, likewise."""
    return keys_pdf(worksheet, [(key, recipient)], tagged=True)


def worksheets_pdf(
    worksheet: Worksheet,
    students: Iterable[tuple[AnyProblem, Recipient]],
    *,
    tagged: bool = False,
    followed: bool = False,
) -> bytes:
    """The worksheets of many students in one PDF; each starts on an odd page.

    Parameters
    ----------
    worksheet : Worksheet
    students : iterable of (problem, Recipient)
        At most a few hundred: Typst takes about 4 MB of memory for each (measured) until its process ends.
    tagged : bool
        For screen readers (PDF/UA-1), at eight times the size; a file to print needs no tags.
    followed : bool
        Whether other students come behind them in the end: then the last too fills whole leaves.
    """
    found = worksheet_source(worksheet)
    people: list[Person] = []
    for problem, recipient in students:
        figures = sheet_figures(worksheet, problem)
        taken = [(figures.get(quantity), wrap) for quantity, wrap in found.figures]
        texts = ["" if figure is None else plain_text(numerals.plain(figure, wrap)) for figure, wrap in taken]
        people.append(_person(recipient) | {"figures": texts})
    ruling = {"ruling": _ruling(worksheet)}
    return _compiled(found.source, people, tagged=tagged, followed=followed, further=ruling)


def keys_pdf(
    worksheet: Worksheet,
    students: Iterable[tuple[AnswerKey, Recipient]],
    *,
    tagged: bool = False,
    followed: bool = False,
) -> bytes:
    """The keys of many students in one PDF; see `worksheets_pdf`."""
    people = [_person(recipient) | {"lines": _lines(key)} for key, recipient in students]
    return _compiled(key_source(worksheet).source, people, tagged=tagged, followed=followed)


@lru_cache(maxsize=8)
def worksheet_source(worksheet: Worksheet) -> SheetSource:
    """The source of all worksheets."""
    return _source(worksheet, "worksheet")


@lru_cache(maxsize=8)
def key_source(worksheet: Worksheet) -> SheetSource:
    """The source of all keys."""
    return _source(worksheet, "key")


def _source(worksheet: Worksheet, kind: Literal["worksheet", "key"]) -> SheetSource:
    wanted: dict[tuple[str, Wrap], int] = {}
    holes = Holes()
    written = sheet_slot(worksheet, holes, "typst", lambda _: "#blank ", numerals.typst)
    spoken = sheet_slot(worksheet, holes, "plain", lambda _: "blank", numerals.plain)

    def taken(slot: Slot, printed: str, form: str) -> str:
        """A figure's place in the data of a person, where it is no constant."""
        if printed != holes.marker(slot, "typst" if form.startswith("#") else "plain"):
            return printed
        return form.format(wanted.setdefault((slot.quantity, slot.wrap), len(wanted)))

    printer = TypstPrinter(
        # The blank after the call keeps a bracket that follows from becoming its argument.
        slot=lambda slot: taken(slot, written(slot), "#n({}) "),
        spoken=lambda slot: taken(slot, spoken(slot), '" + spoken({}) + "'),
        slot_digits=worksheet.digits + 4,
    )
    printing = TypstPrinting(printer=printer, flavour="typst", holes=holes, anchors={})
    drawing = worksheet.drawing
    printed = (
        typst_environment()
        .get_template(f"typst/{kind}.typ.j2")
        .render(
            sheet=worksheet,
            title=" ".join(worksheet.title.split()) + f": {kind}",
            printing=printing,
            picture=escape_typst(print_svg(drawing, standalone=True)) if drawing else "",
            alternative=escape_typst(drawing.alternative) if drawing else "",
            width=picture_width(drawing) if drawing else 0.0,
            beside=BESIDE,
        )
    )
    return SheetSource(source=printed.encode("utf-8"), figures=tuple(wanted))


@lru_cache(maxsize=8)
def _ruling(worksheet: Worksheet) -> str:
    """The room between ruled lines in mm: less than usual only where that spares everyone a leaf."""
    found = worksheet_source(worksheet)
    someone = _person(Recipient(form="FORM", student="student")) | {"figures": ["0.0000"] * len(found.figures)}
    people = json.dumps([{**someone, "more": False}])
    pages = typst_pages(found.source, inputs={"people": people, "ruling": _RULINGS[0]})
    if pages % 2 == 0 or pages == 1:
        return _RULINGS[0]
    for ruling in _RULINGS[1:]:
        if typst_pages(found.source, inputs={"people": people, "ruling": ruling}) < pages:
            return ruling
    return _RULINGS[0]


def _compiled(
    source: bytes,
    people: Sequence[Person],
    *,
    tagged: bool,
    followed: bool,
    further: Mapping[str, str] | None = None,
) -> bytes:
    data = [{**person, "more": followed or number < len(people)} for number, person in enumerate(people, start=1)]
    return compile_typst(source, tagged=tagged, inputs={"people": json.dumps(data), **(further or {})})


def _person(recipient: Recipient) -> dict[str, Any]:
    return {
        "form": plain_text(recipient.form),
        "student": plain_text(recipient.student),
        "name": plain_text(on_paper(recipient.name)),
    }


def _lines(key: AnswerKey) -> list[dict[str, Any]]:
    return [
        {
            "value": plain_text(numerals.plain(line.value)),
            "band": plain_text(line.accepted),
            "wrong": [[plain_text(each.band.text), plain_text(each.cause)] for each in line.wrong],
        }
        for line in key.lines
    ]


def plain_text(text: str) -> str:
    """Text as Typst's own fonts can show it."""
    return displayable(unicodedata.normalize("NFC", without_markers(text)))
