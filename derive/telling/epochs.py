"""The table of epochs, as courses print it: a row for each update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.display.tree import Name
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import place_symbol
from derive.given.program.stops import MOST_EPOCHS
from derive.telling.lines import Pen
from derive.telling.model import Paragraph, Section, Text

#: Updates that have a row of their own, and columns that a row may have.
_MOST_ROWS, _MOST_COLUMNS = 40, 12


def epoch_table(problem: FormulaProblem, pen: Pen, rounds: int, stopped: bool = False) -> Section:
    """A row for each update: the sample, what comes out, its error, and every parameter after it."""
    plan = problem.plan
    rows: list[tuple[Text, ...]] = []
    shown = min(rounds, _MOST_ROWS)
    ids = tuple(_scalars(problem))
    given = frozenset(problem.structure.givens)
    parameters = list(problem.structure.updated)[: max(_MOST_COLUMNS - len(ids), 2)]
    for number in range(shown):
        turn = number % plan.turns
        sample = plan.on_turn(turn + 1)[0] if plan.samples > 1 else None
        cells: list[Text] = [(str(number + 1),)]
        if plan.turns > 1:
            last = plan.on_turn(turn + 1)[-1]
            cells.append((str(number // plan.turns + 1),))
            cells.append((str(sample) if last == sample else f"{sample}–{last}",))
        for name in ids:
            place = problem.structure.places[name]
            whole = name if place.sample is None else str(replace(place, sample=sample))
            cells.append((pen.figure(whole if whole in given or not number else f"{whole}@{number}", "epochs"),))
        for name in parameters:
            cells.append((pen.figure(f"{name}@{number + 1}", "epochs"),))
        rows.append(tuple(cells))
    head: list[Text] = [("Update",)]
    if plan.turns > 1:
        head += [("Epoch",), ("Sample" if plan.batch == 1 else "Samples",)]
    notation = problem.display.notation
    places = (replace(problem.structure.places[name], sample=None) for name in (*ids, *parameters))
    head += [(Name(place_symbol(place, notation)),) for place in places]
    left_out = len(problem.structure.updated) - len(parameters)
    caption = "A row for each update: what it works with, and the parameters after it."
    if left_out > 0:
        caption += f" {left_out} more parameters have no column; derive values prints them."
    if rounds > shown:
        caption += f" The updates after the first {shown} are left out."
    table = pen.table("epochs", (caption,), tuple(head), rows, align="r" * len(head))
    title = "Epochs" if plan.turns > 1 else "Updates"
    return Section(id="epoch-table", title=(title,), blocks=(Paragraph(text=(_told(problem, rounds, stopped),)), table))


def _told(problem: FormulaProblem, rounds: int, stopped: bool) -> str:
    plan = problem.plan
    if stopped:
        epochs = rounds // plan.turns
        counted = f"{epochs} epoch{'s' * (epochs > 1)}"
        return f"The training stops after {counted}, {rounds} updates in all: {plan.stop}."
    if plan.stop and not plan.rounds:
        return f"The condition ({plan.stop}) is not met in {MOST_EPOCHS:,} epochs, where the training ends."
    if plan.turns == 1:
        return f"The same round {rounds} times, each with the parameters that the one before left."
    return f"{rounds} updates, {plan.turns} to an epoch; each starts with the parameters that the one before left."


def _scalars(problem: FormulaProblem) -> Iterator[str]:
    """Scalar quantities whose figures a row shows, by their names in no sample."""
    plan, places, given = problem.plan, problem.structure.places, frozenset(problem.structure.givens)
    one = 1 if plan.samples > 1 else None
    if plan.samples > 1 and plan.batch > 1:
        yield problem.objective or "E_total"
        return
    names = [*problem.structure.givens, *(name for name, _ in problem.structure.definitions)]
    last = [
        name for name in names if places[name].sample == one and not places[name].index and places[name].time is None
    ]
    inputs = [name for name in last if name in given and name not in problem.structure.updated]
    worked = [name for name in last if name not in given]
    yield from (inputs[:4] if plan.samples > 1 else [])
    yield from worked[-4:]
