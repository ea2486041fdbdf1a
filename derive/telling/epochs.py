"""The table of epochs, as courses print it: a row for each update."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from derive.display.tree import Juxtaposed, Name, Tree
from derive.formula.expression import references
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import place_symbol
from derive.given.program.stops import MOST_EPOCHS
from derive.telling.lines import Pen
from derive.telling.model import Paragraph, Section, Table, Text
from derive.telling.terms import DELTA

#: Updates that have a row of their own; of more the last ones, where there are not too many to be followed.
_MOST_ROWS, _LAST, _MOST_FOLLOWED = 40, 4, 400
#: Characters that a line of figures may have on paper, those of a head and between two columns; tables of parameters.
_ROOM, _GAP, _BETWEEN, _MOST_TABLES = 95, 5, 2, 3
#: Epochs up to which a sentence tells of each, and up to which each has a row.
_FEW_EPOCHS, _MOST_EPOCHS = 3, 20


@dataclass(frozen=True)
class _Column:
    """What stands over a column, the id of its figure in a row by the updates before it, and how wide it is."""

    head: Tree
    figure: Callable[[int], str]
    width: int


def epoch_table(problem: FormulaProblem, pen: Pen, rounds: int, stopped: bool = False) -> Section:
    """A row for each update: the sample, what comes out, its error, every step and parameter; then the epochs."""
    plan = problem.plan
    ends = rounds > _MOST_ROWS and (stopped or rounds <= _MOST_FOLLOWED)
    numbers = [*range(min(rounds, _MOST_ROWS)), *(range(max(_MOST_ROWS, rounds - _LAST), rounds) if ends else ())]
    groups, left_out = _side_by_side(problem, pen)
    caption = "A row for each update: what it works with, and the parameters after it."
    if left_out:
        caption += f" {left_out} more parameters have no column; derive values prints them."
    if rounds > len(numbers):
        caption += f" The updates after the first {_MOST_ROWS} are left out{', but for the last' if ends else ''}."
    tables: list[Table] = []
    for place, columns in enumerate(groups):
        name = f"epochs-{place + 1}" if place else "epochs"
        rows: list[tuple[Text, ...]] = []
        for number in numbers:
            figures = ((pen.figure(column.figure(number), name),) for column in columns)
            rows.append((*_moment(problem, number, place), *figures))
        head = (*_moments(problem, place), *((column.head,) for column in columns))
        text = "The same updates: what each changed." if place else caption
        table = pen.table(name, (text,), head, rows, align="r" * len(head))
        wide = (*(0 for _ in head[len(columns) :]), *(column.width for column in columns))
        tables.append(replace(table, figure_digits=wide))
    title = "Epochs" if plan.turns > 1 else "Updates"
    told = Paragraph(text=(_told(problem, rounds, stopped),))
    after = _errors(problem, pen, rounds) if rounds <= _MOST_FOLLOWED else []
    return Section(id="epoch-table", title=(title,), blocks=(told, *tables, *after))


def _moments(problem: FormulaProblem, place: int) -> list[Text]:
    """The heads of the columns that say which update a row is; of further tables its number is enough."""
    plan = problem.plan
    if plan.turns == 1 or place:
        return [("Update",)]
    return [("Update",), ("Epoch",), ("Sample" if plan.batch == 1 else "Samples",)]


def _moment(problem: FormulaProblem, number: int, place: int) -> list[Text]:
    plan = problem.plan
    if plan.turns == 1 or place:
        return [(str(number + 1),)]
    first, *_, last = (*plan.on_turn(number % plan.turns + 1), *plan.on_turn(number % plan.turns + 1))
    return [(str(number + 1),), (str(number // plan.turns + 1),), (str(first) if last == first else f"{first}–{last}",)]


def _side_by_side(problem: FormulaProblem, pen: Pen) -> tuple[list[list[_Column]], int]:
    """The columns table by table, as many as a page has room for, and how many parameters have none."""
    plan, structure, notation = problem.plan, problem.structure, problem.display.notation
    digits = problem.display.digits + 3

    def column(name: str, delta: str = "") -> _Column:
        place = structure.places[name]
        given = name in structure.givens and name not in structure.updated
        shown: Tree = Name(place_symbol(replace(place, sample=None), notation))
        if delta:
            return _Column(Juxtaposed((DELTA, shown)), lambda number: f"{delta}@{number}" if number else delta, digits)
        if name in structure.updated:
            return _Column(shown, lambda number: f"{name}@{number + 1}", digits)

        def figure(number: int) -> str:
            sample = plan.on_turn(number % plan.turns + 1)[0] if plan.samples > 1 else None
            own = name if place.sample is None else str(replace(place, sample=sample))
            return own if given or not number else f"{own}@{number}"

        return _Column(shown, figure, _GAP if given else digits)

    worked = [column(name) for name in _scalars(problem)]
    steps = [column(name, str(structure.places[name].called(prefix="step_"))) for name in structure.updated]
    parameters = [column(name) for name in structure.updated]
    first = (3 if plan.turns > 1 else 1) * (_GAP + _BETWEEN)
    for whole in ([*worked, *steps, *parameters], [*worked, *parameters]):
        if first + sum(each.width + _BETWEEN for each in whole) <= _ROOM:
            return [whole], 0
    if _GAP + _BETWEEN + 2 * (digits + _BETWEEN) * len(steps) <= _ROOM:
        return [worked, [*steps, *parameters]], 0
    most = max(1, (_ROOM - _GAP - _BETWEEN) // (digits + _BETWEEN))
    each = -(-len(parameters) // -(-len(parameters) // most))
    tables = [parameters[start : start + each] for start in range(0, len(parameters), each)]
    return [worked, *tables[:_MOST_TABLES]], sum(map(len, tables[_MOST_TABLES:]))


def _errors(problem: FormulaProblem, pen: Pen, rounds: int) -> list[Paragraph | Table]:
    """What the epochs did to the error over all samples; nothing where there is none, or every update's row has it."""
    plan, objective = problem.plan, problem.structure.objective
    epochs = rounds // plan.turns
    if plan.turns == 1 or plan.batch > 1 or not plan.rule.gradient or not objective or not epochs:
        return []
    shown = [*range(min(epochs, _MOST_EPOCHS) + 1), *([epochs] if epochs > _MOST_EPOCHS else [])]
    figures = [pen.figure(f"{objective}@{epoch * plan.turns}", "epochs-errors") for epoch in shown]
    name = pen.terms.name(objective)
    how = "averaged" if plan.mean else "added up"
    if epochs <= _FEW_EPOCHS:
        after: list[str | Tree] = []
        for epoch, figure in zip(shown[1:], figures[1:], strict=True):
            after += [", ", figure, f" after epoch {epoch}"]
        return [Paragraph(text=(name, f", {how} over all samples: ", figures[0], " at the start", *after, "."))]
    rows: list[tuple[Text, ...]] = [((str(epoch),), (figure,)) for epoch, figure in zip(shown, figures, strict=True)]
    caption = (f"The error over all samples, {how}, epoch by epoch.",)
    return [pen.table("epochs-errors", caption, (("Epochs done",), (name,)), rows, align="rr")]


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
    same = {name for name, formula in problem.structure.definitions if len({*references(formula)}) == 1}
    worked = [
        name for name in last if name not in given and (name not in same or places[name].name != problem.objective)
    ]
    yield from (inputs[:4] if plan.samples > 1 else [])
    yield from worked[-4:]
