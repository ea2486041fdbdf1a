"""The rounds of an own architecture, step by step: forward, back, update; alike numbers after the first in a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from derive.display.tree import Tree
from derive.formula.expression import Ref, references
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import QuantityId
from derive.given.program.model import Block as Array
from derive.network.graph import Quantity
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Section, Table, Text

T = TypeVar("T")

#: Of an array with more numbers than this the first is worked in full, and the others stand in a table.
_MOST_IN_FULL = 4
#: Lines of a round beyond which arrays are cut to their first number.
_MOST_LINES = 60
#: Lines up to which every step of time and every sample is worked in full.
_MOST_UNCUT = 12
_COLUMNS = 4


def forward_part(problem: FormulaProblem, pen: Pen, quantities: Sequence[Quantity], number: int) -> list[Block]:
    """What is worked from the given numbers, array after array; of alike steps of time and samples the first."""
    program = problem.program
    assert program is not None
    groups = _grouped(quantities, lambda quantity: program.blocks[_plain(quantity.id)])
    full, rest = groups, []
    if len(quantities) > _MOST_UNCUT:
        first = _first_of_each(groups)
        full, rest = [each for each in groups if each[0] in first], [each for each in groups if each[0] not in first]
    found: list[Block] = []
    for array, members in full:
        title = _title(array)
        found += _worked(pen, members, title, (array.why,) if array.why and not number else (), len(quantities))
    if rest:
        found.append(_table_of_rest(pen, [each for _, members in rest for each in members], "forward"))
    return found


def _first_of_each(groups: Sequence[tuple[Array, list[Quantity]]]) -> set[Array]:
    """The first array of each name: at the first step of time, in the first sample."""
    found: dict[str, Array] = {}
    for array, _ in groups:
        found.setdefault(array.name, array)
    return set(found.values())


def _table_of_rest(pen: Pen, members: Sequence[Quantity], what: str) -> Block:
    """The figures of what is worked like something above, several to a row."""
    rows: list[tuple[Text, ...]] = []
    table = f"rest-{what}-{members[0].id}"
    for start in range(0, len(members), _COLUMNS):
        row: list[Text] = []
        for quantity in members[start : start + _COLUMNS]:
            row += [(pen.terms.inline(quantity.id),), (pen.figure(quantity.id, table),)]
        row += [("",)] * (2 * _COLUMNS - len(row))
        rows.append(tuple(row))
    return Table(id=table, caption=("The others are worked in the same way.",), header=(), rows=tuple(rows),
                 align="lr" * _COLUMNS)  # fmt: skip


def _title(array: Array) -> str:
    _, time, sample = array.key
    words = array.title or "Value"
    where = ("" if time is None else f", step {time}") + ("" if sample is None else f", sample {sample}")
    return f"{words}{where}"


def backward_part(problem: FormulaProblem, pen: Pen, quantities: Sequence[Quantity], number: int) -> list[Block]:
    """The derivatives, from the objective back."""
    program = problem.program
    assert program is not None

    def array(quantity: Quantity) -> tuple[object, ...]:
        block = program.blocks.get(quantity.by)
        own = quantity.id if quantity.rule == "share" else ""
        return (quantity.of, block.key if block else quantity.by, quantity.rule == "batch_gradient", own)

    groups: list[tuple[object, list[Quantity]]] = [*_grouped(quantities, array)]
    rest: list[Quantity] = []
    if len(quantities) > _MOST_UNCUT:
        groups, rest = _cut_back(problem, groups)
    found: list[Block] = []
    for _, members in groups:
        first = members[0]
        found += _worked(pen, members, _derivative_title(first), _why_back(problem, pen, first), len(quantities))
    if rest:
        found.append(_table_of_rest(pen, rest, "backward"))
    return found


def _cut_back(
    problem: FormulaProblem, groups: Sequence[tuple[object, list[Quantity]]]
) -> tuple[list[tuple[object, list[Quantity]]], list[Quantity]]:
    """Of the steps of time the last two, where paths end and where they meet; of samples the first on turn."""
    program = problem.program
    assert program is not None
    steps = max((block.key[1] or 0 for block in program.worked), default=0)
    samples = {quantity.sample for _, members in groups for quantity in members if quantity.sample is not None}
    first = min(samples, default=None)
    kept: list[tuple[object, list[Quantity]]] = []
    rest: list[Quantity] = []
    for key, members in groups:
        place = problem.structure.places.get(members[0].by)
        early = place is not None and place.time is not None and place.time < steps - 1
        if early or members[0].sample not in (None, first):
            rest += members
        else:
            kept.append((key, members))
    return kept, rest


def _derivative_title(quantity: Quantity) -> str:
    names = {
        "batch_gradient": "Gradient of the samples together",
        "cost_gradient": "Gradient with the penalty",
        "batch_error": "Error of the samples on turn",
        "norm": "Length of the gradient",
        "share": "Share of one step of time",
    }
    return names.get(quantity.rule, "Derivative")


def _why_back(problem: FormulaProblem, pen: Pen, quantity: Quantity) -> Text:
    names = pen.terms.name
    if quantity.rule == "batch_gradient":
        how = "averaged" if problem.plan.mean else "added up"
        return (f"The shares of the samples on turn are {how}.",)
    if quantity.rule == "cost_gradient":
        return ("The penalty adds its own slope to the gradient.",)
    if quantity.rule == "share":
        return ("What the use at this step alone does to the error; the shares of all steps add up to the derivative.",)
    if quantity.rule == "no_path":
        return (names(quantity.of), " does not depend on it.")
    if not quantity.by:
        return ()
    users = [each for each, formula in problem.structure.definitions if quantity.by in references(formula)]
    users = [each for each in users if problem.structure.places[each].sample in (None, quantity.sample)]
    if quantity.rule == "direct_derivative":
        return (names(quantity.by), " stands in the formula of the error itself.")
    if len(users) == 1:
        return (names(quantity.by), " is used by ", names(users[0]), " alone: what comes back there, times the slope.")
    if len(users) > 1:
        shown: list[str | Tree] = []
        for place, user in enumerate(users[:4]):
            shown += [", " if place else "", names(user)]
        more = ", …" if len(users) > 4 else ""
        return (names(quantity.by), " is used by ", *shown, f"{more}: what comes back along each is added up.")
    return ()


def update_part(problem: FormulaProblem, pen: Pen, quantities: Sequence[Quantity], number: int) -> list[Block]:
    """The update: every parameter line by line, of many the first."""
    words = {key: (title, why) for key, title, why in problem.plan.rule.words}
    # The step is the new value less the old one, and has no line of its own.
    quantities = [quantity for quantity in quantities if quantity.rule != "update_step" or quantity.sample]
    found: list[Block] = []
    lines = len(quantities)
    if lines <= _MOST_LINES:
        explained: set[str] = set()
        for quantity in quantities:
            title, why = _update_words(quantity, words)
            show = why if title not in explained and not number else ""
            explained.add(title)
            text: Text = (f"{title}: ", pen.terms.name(quantity.id))
            found.append(pen.step(quantity.id, title=text, explanation=(show,) if show else ()))
        return found
    kinds: dict[str, list[Quantity]] = {}
    for quantity in quantities:
        kinds.setdefault(_update_words(quantity, words)[0], []).append(quantity)
    for title, members in kinds.items():
        why = _update_words(members[0], words)[1]
        found += _worked(pen, members, title, (why,) if why and not number else (), lines)
    return found


def _update_words(quantity: Quantity, words: dict[str, tuple[str, str]]) -> tuple[str, str]:
    if quantity.rule == "update":
        return "Update", ""
    if quantity.rule == "update_step":
        return "Step", "The new value less the old one."
    if quantity.rule == "rate":
        return "Learning rate", ""
    if quantity.rule == "count":
        return "Count", ""
    if quantity.rule == "ahead":
        return words.get("ahead", ("Looking ahead", ""))
    base = quantity.id.partition("@")[0]
    for key in sorted(words, key=len, reverse=True):
        if base.startswith(f"{key}_"):
            return words[key]
    return "State", ""


def _worked(pen: Pen, members: Sequence[Quantity], title: str, why: Text, lines: int) -> list[Block]:
    """Each number in full, or the first in full and the others in a table."""
    if all(isinstance(quantity.expression, Ref) for quantity in members) and len(members) > 1:
        return [Paragraph(text=(f"{title}. ", *why)), _table_of_rest(pen, members, "names")]
    cut = len(members) > _MOST_IN_FULL and (lines > _MOST_LINES or len(members) > 2 * _MOST_IN_FULL)
    full = members[:1] if cut else members
    found: list[Block] = []
    for place, quantity in enumerate(full):
        text: Text = (f"{title}: ", pen.terms.inline(quantity.id))
        found.append(pen.step(quantity.id, title=text, explanation=why if not place else ()))
    if cut:
        found.append(_table_of_rest(pen, members[1:], "array"))
    return found


def _grouped(quantities: Sequence[Quantity], key: Callable[[Quantity], T]) -> list[tuple[T, list[Quantity]]]:
    """Runs of quantities that belong together, in order."""
    found: dict[T, list[Quantity]] = {}
    for quantity in quantities:
        found.setdefault(key(quantity), []).append(quantity)
    return list(found.items())


def _plain(name: str) -> str:
    return name.partition("@")[0]


def round_of(quantity: Quantity) -> int:
    """The round that works a quantity, of several that are told."""
    parsed = QuantityId.parse(quantity.id, aliases=False)
    number = parsed.round if parsed is not None else 0
    return number - 1 if quantity.rule == "update" and number else number


def section(name: str, title: str, blocks: Sequence[Block], intro: str = "") -> Section:
    """A section with a sentence at its head."""
    head: tuple[Block, ...] = (Paragraph(text=(intro,)),) if intro else ()
    return Section(id=name, title=(title,), blocks=(*head, *blocks))
