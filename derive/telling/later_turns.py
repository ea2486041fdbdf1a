"""Samples that take turns in a layered network: each after the first at its turn, with the parameters left by then."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from derive.given.naming import QuantityId, updated_id
from derive.given.problem import Structure
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.network.unrolled import unrolled
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Section, Step, Text

#: Turns that are worked line by line; the others are in the table of training alone.
MOST_TURNS = 8


def worked_turns(derivation: Derivation) -> int:
    """How many turns a document works: an epoch, if it is no longer than that."""
    return min(derivation.turns, MOST_TURNS)


def worked_quantities(derivation_of_turn: Callable[[int], Derivation], most: int = MOST_TURNS) -> tuple[Quantity, ...]:
    """What a document works: the first round, or where samples take turns each of these turns."""
    first = derivation_of_turn(1)
    turns = min(worked_turns(first), most)
    return first.quantities if first.turns == 1 else unrolled(derivation_of_turn, turns).quantities


def turn_sections(
    structure: Structure, pen: Pen, derivation_of_turn: Callable[[int], Derivation], first: Iterable[Step]
) -> list[Section]:
    """A section for each turn after the first: what the first works line by line, and a table of the rest.

    Parameters
    ----------
    structure : Structure
    pen : Pen
        What stands above is known to it, and what these sections work is added.
    derivation_of_turn : callable
        By turns from 1, in the same view as the pen's.
    first : iterable of Step
        The lines of the first turn.
    """
    turns, titles = worked_turns(pen.derivation), {step.quantity: step.title for step in first}
    done = len(unrolled(derivation_of_turn, 1).quantities)
    found: list[Section] = []
    for turn in range(2, turns + 1):
        known = unrolled(derivation_of_turn, turn)
        own = replace(pen, derivation=known, standing=set(known.by_id) | set(known.givens))
        text = f"Sample {turn} is worked as sample {turn - 1} was, with the parameters that its update left."
        rest = structure.sample_count - turns
        if turn == turns and rest:
            text += f" The {rest} samples after it are worked in the same way; `derive values` gives their figures."
        steps: list[Block] = []
        table = f"turn-{turn}-others"
        rows: list[tuple[Text, ...]] = []
        for quantity in known.quantities[done:]:
            title = titles.get(_at_first(quantity.id))
            if title is None:
                rows.append(((own.terms.inline(quantity.id),), (own.figure(quantity.id, table),)))
            else:
                steps.append(replace(own.step(quantity.id, title=_of_sample(title, turn)), alike="line"))
            pen.standing.add(quantity.id)
        blocks: list[Block] = [Paragraph(text=(text,))]
        if rows:  # before the lines that use them
            caption = "Figures of this turn that are worked as those of its lines below."
            blocks.append(own.table(table, (caption,), (("Quantity",), ("Value",)), rows))
        done = len(known.quantities)
        found.append(Section(id=f"turn-{turn}", title=(f"Sample {turn}, at its turn",), blocks=(*blocks, *steps)))
    return found


def _at_first(quantity: str) -> str:
    """The id of the same quantity at the first turn."""
    parsed = QuantityId.parse(quantity, aliases=False)
    if parsed is None:
        return quantity
    if parsed.sample is None:
        return updated_id(parsed.base)
    return str(replace(parsed, sample=1, round=0))


def _of_sample(title: Text, turn: int) -> Text:
    return tuple(re.sub(r"\bsample 1\b", f"sample {turn}", part) if isinstance(part, str) else part for part in title)
