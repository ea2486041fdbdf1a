"""Who a sheet is for, and what stands in a sheet's slots that are no figures of a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from derive.display.tree import Slot, Wrap
from derive.formula.figures import Figure
from derive.handouts.sheets.sheet_model import EXAMPLE, Worksheet
from derive.renderers.coverage import displayable
from derive.renderers.skeleton import Flavour, Holes

#: Place of slots that texts about the recipient close.
RECIPIENT = "recipient"
_LONGEST_NAME = 32  # characters on a line of paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who a sheet is for.

    Attributes
    ----------
    form : str
        The form id, printed on sheet and key.
    student : str
        As the roster or the manifest calls them; empty for a sheet that anyone may take.
    name : str
        May be empty.
    stem : str
        What their files are called, without ending.
    """

    form: str
    student: str = ""
    name: str = ""
    stem: str = ""


def on_paper(name: str) -> str:
    """A name as PDF and LaTeX print it: with room for the form id; empty where their fonts lack its letters.

    The line for the name is then left to be written on by hand.
    """
    if displayable(name) != name:
        return ""
    return shortened(name, _LONGEST_NAME)


def shortened(text: str, longest: int = 40) -> str:
    """A text of at most so many characters, the last of them an ellipsis where it was longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def recipient_slot(text: str) -> Slot:
    """The slot of a text about the recipient, such as ``form``."""
    return Slot(quantity=text, place=RECIPIENT, role="given")


def sheet_slot(
    worksheet: Worksheet,
    holes: Holes,
    flavour: Flavour,
    blank: Callable[[str], str],
    figure: Callable[[Figure, Wrap], str],
) -> Callable[[Slot], str]:
    """What a printer of a sheet asks for the text of a slot: a blank, a constant of the example, or a hole.

    Parameters
    ----------
    worksheet : Worksheet
    holes : Holes
    flavour : Flavour
    blank : callable
        Prints the blank of a quantity.
    figure : callable
        Prints a figure in the way its wrap asks.
    """
    example: Mapping[str, Figure] = worksheet.example.figures if worksheet.example else {}

    def text(slot: Slot) -> str:
        if slot.place == EXAMPLE:
            return figure(example[slot.quantity], slot.wrap)
        if slot.quantity in worksheet.blanks and slot.role != "given":
            return blank(slot.quantity)
        return holes.marker(slot, flavour)

    return text
