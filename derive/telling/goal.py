"""Section 1: what the network should do and what comes out, in short; then the numbers it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.display.tree import Relation, Slot
from derive.given.problem import Problem
from derive.telling.given import network_picture, source_lines
from derive.telling.given_numbers import numbers_table
from derive.telling.lines import Pen
from derive.telling.meaning import extremes
from derive.telling.model import Block, Paragraph, Section, Table, Text
from derive.telling.training import spaced

#: Places of figures in short: those of the round that stands on the page, and those after so many rounds of training.
IN_SHORT, TRAINED = "in-short", "in-short-trained"
_MOST_NAMED = 4
#: Units in a column, and characters of a number, for which every picture of a network has room.
_MOST_DRAWN, _MOST_DIGITS = 2, 5


def goal_section(problem: Problem, pen: Pen, rounds: int) -> Section:
    """The goal in a sentence, the network with what comes out, the figures in short, the given numbers.

    Parameters
    ----------
    problem : Problem
    pen : Pen
    rounds : int
        How far the training section goes; 0 where there is none.
    """
    blocks: list[Block] = [network_picture(problem, pen), *_goal(problem, pen), _in_short(problem, pen, rounds)]
    blocks += extremes(problem.structure, pen)
    numbers = numbers_table(problem, pen, arrays=True)
    if _all_drawn(problem):
        rate: Text = ("The learning rate is ", Relation(pen.terms.name("eta"), "=", _given("eta")), ".")
        blocks.append(Paragraph(text=rate))
        numbers = replace(numbers, folded=True, on_paper=False)
    blocks += [numbers, *source_lines(problem)]
    return Section(id="given", title=("The goal",), blocks=tuple(blocks))


def _all_drawn(problem: Problem) -> bool:
    """Whether the network is so small that its picture surely has room for every number but the learning rate."""
    sizes = (len(problem.inputs), *(len(layer.units) for layer in problem.layers))
    numbers = [number for layer in problem.layers for row in layer.weights for number in row]
    numbers += [*problem.samples[0].inputs, *problem.samples[0].targets]
    for layer in problem.layers:
        numbers += layer.bias if isinstance(layer.bias, tuple) else () if layer.bias is None else (layer.bias,)
    short = all(len(number.text) <= _MOST_DIGITS for number in numbers)
    return short and len(problem.samples) == 1 and max(sizes) <= _MOST_DRAWN


def listed(parts: Sequence[Text]) -> Text:
    """Texts with commas between them, and "and" before the last."""
    found: list[object] = []
    for place, part in enumerate(parts):
        found += [*([] if not place else [" and "] if place == len(parts) - 1 else [", "]), *part]
    return tuple(found)  # type: ignore[arg-type]


def _goal(problem: Problem, pen: Pen) -> tuple[Paragraph, ...]:
    few = max(len(problem.inputs), len(problem.outputs)) <= _MOST_NAMED
    start: Text
    if len(problem.samples) > 1:
        start = (f"From the inputs of each of the {len(problem.samples)} samples the network should give its targets.",)
    elif few:
        inputs: list[Text] = [(Relation(pen.terms.name(name), "=", _given(name)),) for name in problem.inputs]
        targets: list[Text] = [(_given(f"t_{unit}"), f" at {unit}") for unit in problem.outputs]
        start = ("From ", *listed(inputs), " the network should give ", *listed(targets), ".")
    else:
        start = ("From its inputs the network should give its targets; the numbers stand in the table.",)
    plan = " Worked out below: what it gives, how wrong that is, how much each weight matters, and how to change them."
    return (Paragraph(text=(*start, plan)),)


def shows_outputs(problem: Problem) -> bool:
    """Whether the outputs are few enough to stand among the figures in short."""
    return len(problem.samples) == 1 and len(problem.outputs) <= _MOST_NAMED


def _in_short(problem: Problem, pen: Pen, rounds: int) -> Table:
    """What comes out, what is wanted, and the error: now, after one update, after training."""
    one = shows_outputs(problem)
    wanted = [f"t_{unit}" for unit in problem.outputs] if one else []
    names = [f"out_{unit}" for unit in problem.outputs] if one else []
    columns: list[tuple[str, str, str]] = [("Now", "", IN_SHORT)]
    if not pen.scope.only:
        columns.append(("After one update", "@1", IN_SHORT))
    if rounds:
        columns.append((f"After {spaced(rounds)} rounds", f"@{rounds}", TRAINED))
    rows: list[tuple[Text, ...]] = []
    for name, target in zip((*names, pen.derivation.objective), (*wanted, ""), strict=True):
        cells: list[Text] = [(Slot(quantity=f"{name}{after}", place=place),) for _, after, place in columns]
        goal: list[Text] = [(_given(target, IN_SHORT),) if target else ()] if one else []
        rows.append(((pen.terms.name(name),), *goal, *cells))
    header: tuple[Text, ...] = ((), *([("Wanted",)] if one else []), *((title,) for title, *_ in columns))
    caption = "In short: what comes out, what is wanted, and the error." if one else "In short: the error."
    return Table(
        id="in-short", caption=(caption,), header=header, rows=tuple(rows), align="l" + "r" * (len(header) - 1)
    )


def _given(quantity: str, place: str = "given") -> Slot:
    return Slot(quantity=quantity, place=place, role="given")
