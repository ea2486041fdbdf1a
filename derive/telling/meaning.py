"""What the figures of a network mean: sentences that are said where they are proved, and derivatives tried out.

Every sentence is a whole text with named places, beside the quantities whose signs prove it; those quantities, and
others that are printed, are worked out in `derive.network.consequences`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from derive.display.tree import Digits, Slot, Tree
from derive.given.naming import trained_ids, weight_ids, with_sample
from derive.given.problem import Structure
from derive.network.consequences import NUDGE, descends
from derive.telling.lines import Pen
from derive.telling.model import Block, Case, Paragraph, Section, Text, Told
from derive.telling.old_weights import OTHER_UPDATE

#: Before the id of a quantity of `consequences`.
FURTHER = "further:"
#: What ids begin with that are no quantities of the document's own derivation.
ASIDES = (OTHER_UPDATE, FURTHER)

_GAP = {
    1: "{unit} comes out as {out} and should be {target}: it is too high by {miss}.",
    -1: "{unit} comes out as {out} and should be {target}: it is too low by {miss}.",
}
_DELTA = {
    1: "{delta} is positive: a little more net input at {unit} would make the error larger.",
    -1: "{delta} is negative: a little more net input at {unit} would make the error smaller.",
}
_MOST = (
    "The largest partial derivative in absolute value is {slope} = {value}: the error is most sensitive to {weight}."
)
_LEAST = (
    "The smallest partial derivative in absolute value is {slope} = {value}: the error is least sensitive to {weight}."
)
_NUDGED = (
    "A derivative predicts a change. Increase {weight} by {nudge} and leave everything else as it is: the forward pass "
    "then gives {error} = {after} instead of {before}."
)
_BEYOND = {
    100: "In absolute value, {slope} is more than 100 times as large as {other}.",
    10: "In absolute value, {slope} is more than 10 times as large as {other}.",
    2: "In absolute value, {slope} is more than 2 times as large as {other}.",
    1: "In absolute value, {slope} is larger than {other}.",
}
_LONGER_WAY = (
    "The way from {other} to the error is longer: its chain has one more slope of a sigmoid, which is ¼ at most, "
    "and begins with the input {source} = {input}."
)
_FORETOLD = "The gradient predicted that the error would fall by {rate} |∇{error}|² = {foretold}."
_FALLEN = {
    1: "It actually fell by {real}.",
    -1: "But the step was too long for that: the error rose by {rise}.",
}


def aside_of(quantity: str) -> tuple[str, str]:
    """What an id begins with that is none of the document's own, and the rest; empty for one of its own."""
    found = next((aside for aside in ASIDES if quantity.startswith(aside)), "")
    return found, quantity.removeprefix(found)


def say(text: str, **places: str | Tree) -> Text:
    """A whole text with something in each of its named places."""
    parts = re.split(r"\{(\w+)\}", text)
    found: Iterable[str | Tree] = (places[part] if at % 2 else part for at, part in enumerate(parts))
    return tuple(part for part in found if part != "")


def outputs_and_wanted(structure: Structure, pen: Pen, sample: int | None) -> tuple[Told, ...]:
    """After the forward pass: whether each output is too high or too low, and by how much."""
    if not pen.means:
        return ()
    found = []
    for unit in pen.scope.full(structure.outputs):
        place, gap = with_sample(f"gap-{unit}", sample), FURTHER + with_sample(f"gap.{unit}", sample)
        parts: dict[str, str | Tree] = {
            "unit": unit,
            "out": Slot(quantity=with_sample(f"out_{unit}", sample), place=place),
            "target": Slot(quantity=with_sample(f"t_{unit}", sample), place=place, role="given"),
            "miss": Slot(quantity=FURTHER + with_sample(f"miss.{unit}", sample), place=place),
        }
        found.append(_by_sign(place, gap, {sign: say(text, **parts) for sign, text in _GAP.items()}))
    return tuple(found)


def sign_of_delta(pen: Pen, unit: str, delta: str) -> tuple[Told, ...]:
    """What the sign of an output's delta says."""
    if not pen.means:
        return ()
    texts = {sign: say(text, unit=unit, delta=pen.terms.name(delta)) for sign, text in _DELTA.items()}
    return (_by_sign(f"{pen.view}sign-{delta}", FURTHER + delta, texts),)


def extremes(structure: Structure, pen: Pen) -> tuple[Told, ...]:
    """Which partial derivatives are the largest and the smallest."""
    names = trained_ids(structure)
    if not pen.means or not descends(structure) or pen.scope.only or not pen.scope.every_unit or len(names) < 2:
        return ()
    found = []
    for word, text in (("most", _MOST), ("least", _LEAST)):
        cases = []
        for name in names:
            slope = f"dE_total/d{name}"
            value = Slot(quantity=slope, place=word)
            said = say(text, slope=pen.terms.inline(slope), value=value, weight=pen.terms.name(name))
            cases.append(Case(holds=((f"{FURTHER}{word}.{name}", 1),), text=said))
        found.append(Told(id=word, cases=tuple(cases)))
    return tuple(found)


def nudged_weights(structure: Structure, only: tuple[str, ...]) -> tuple[str, str]:
    """What is nudged, a trained parameter if it is asked for; and what it is compared with: the first weights."""
    tables = weight_ids(structure)
    known = [name for name in only if name in trained_ids(structure)]
    return (*known, tables[-1][0][0])[0], tables[0][0][0]


def tried_out(structure: Structure, pen: Pen) -> tuple[Section, ...]:
    """A weight nudged: by how much the error really changes, beside what the derivative foretold."""
    weight, other = nudged_weights(structure, pen.scope.only)
    if not pen.means or not descends(structure) or weight not in trained_ids(structure):
        return ()
    name, slope, place = pen.terms.name, f"dE_total/d{weight}", "nudge"
    text = say(
        _NUDGED,
        weight=name(weight),
        nudge=Digits(str(NUDGE)),
        error=name("E_total"),
        after=Slot(quantity=f"{FURTHER}nudged.E_total", place=place),
        before=Slot(quantity="E_total", place=place),
    )
    rows: list[tuple[Text, ...]] = [
        (("Actual change",), (Slot(quantity=f"{FURTHER}change.real", place=place),)),
        (
            ("Predicted change, ", pen.terms.inline(slope), f" · {NUDGE}"),
            (Slot(quantity=f"{FURTHER}change.foretold", place=place),),
        ),
    ]
    blocks: list[Block] = [Paragraph(text=text), pen.table(place, ("The change of the error.",), (), rows, align="lr")]
    blocks += _which_matters(structure, pen, weight, other)
    return (Section(id="checked", title=("What a derivative says, checked",), blocks=tuple(blocks)),)


def _which_matters(structure: Structure, pen: Pen, weight: str, other: str) -> tuple[Block, ...]:
    trained = trained_ids(structure)
    if pen.scope.only or weight == other or other not in trained:
        return ()
    inline = pen.terms.inline
    slopes = {"slope": inline(f"dE_total/d{weight}"), "other": inline(f"dE_total/d{other}")}
    cases = tuple(
        Case(holds=((f"{FURTHER}beyond.{times}", 1),), text=say(text, **slopes)) for times, text in _BEYOND.items()
    )
    found: list[Block] = [Told(id="which-matters", cases=cases)]
    sigmoids = all(layer.activation == "sigmoid" for layer in structure.layers)
    if sigmoids and len(structure.layers) == 2 and structure.sample_count == 1:
        source = structure.inputs[0]
        value = Slot(quantity=source, place="which-matters", role="given")
        text = say(_LONGER_WAY, other=pen.terms.name(other), source=pen.terms.name(source), input=value)
        found.append(Paragraph(text=text))
    return tuple(found)


def foretold_and_real(structure: Structure, pen: Pen) -> tuple[Block, ...]:
    """After an update: by how much the error was to fall, and by how much it did."""
    if not pen.means or not descends(structure):
        return ()
    place, name = "fall", pen.terms.name
    value = Slot(quantity=f"{FURTHER}fall.foretold", place=place)
    foretold = say(_FORETOLD, rate=name("eta"), error=name("E_total"), foretold=value)
    figures = {word: Slot(quantity=f"{FURTHER}{kind}.real", place=place) for word, kind in _REAL.items()}
    texts = {sign: say(text, **figures) for sign, text in _FALLEN.items()}
    return (Paragraph(text=foretold), _by_sign("really", f"{FURTHER}fall.real", texts))


_REAL = {"real": "fall", "rise": "rise"}


def _by_sign(place: str, quantity: str, texts: dict[int, Text]) -> Told:
    cases = tuple(Case(holds=((quantity, 1 if sign > 0 else -1),), text=text) for sign, text in texts.items())
    return Told(id=place, cases=cases)
