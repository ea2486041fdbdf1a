"""Samples that take turns in a layered network: each after the first at its turn, with the parameters left by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.given.problem import Structure
from derive.network.derivation import Derivation
from derive.network.unrolled import unrolled
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Section, Step

#: Turns that are worked line by line; the others are in the table of training alone.
MOST_TURNS = 8


def worked_turns(derivation: Derivation) -> int:
    """How many turns a document works: an epoch, if it is no longer than that."""
    return min(derivation.turns, MOST_TURNS)


def turn_sections(structure: Structure, pen: Pen, derivation_of_turn: Callable[[int], Derivation]) -> list[Section]:
    """A section for each turn after the first: its lines as at the first, with other numbers.

    Parameters
    ----------
    structure : Structure
    pen : Pen
        What stands above is known to it, and what these sections work is added.
    derivation_of_turn : callable
        By turns from 1, in the same view as the pen's.
    """
    turns = worked_turns(pen.derivation)
    done = len(unrolled(derivation_of_turn, 1).quantities)
    found: list[Section] = []
    for turn in range(2, turns + 1):
        known = unrolled(derivation_of_turn, turn)
        turn_pen = replace(pen, derivation=known, standing=set(known.by_id) | set(known.givens))
        steps: list[Step] = [replace(_step(turn_pen, each.id), alike="line") for each in known.quantities[done:]]
        done = len(known.quantities)
        text = f"Sample {turn} is worked as sample {turn - 1} was, with the parameters that its update left."
        rest = structure.sample_count - turns
        if turn == turns and rest:
            text += f" The {rest} samples after it are worked in the same way; `derive values` gives their figures."
        blocks: tuple[Block, ...] = (Paragraph(text=(text,)), *steps)
        found.append(Section(id=f"turn-{turn}", title=(f"Sample {turn}, at its turn",), blocks=blocks))
        pen.standing |= {step.quantity for step in steps if step.quantity}
    return found


def _step(pen: Pen, quantity: str) -> Step:
    return pen.step(quantity, title=(pen.terms.inline(quantity),))
