"""The rounds of an own architecture, step by step: forward, back, update; alike numbers after the first in a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from derive.display.tree import Relation, Tree
from derive.formula.expression import Const, Expression, Ref, Sum, references
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import QuantityId
from derive.given.program.model import Block as Array
from derive.network.graph import Quantity
from derive.telling.array_products import are_alike
from derive.telling.arrays import MANY, Arrays
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Section, Text
from derive.telling.program_matrices import Told, is_matrix, matrix_blocks, shortened_step
from derive.telling.program_rest import rest_blocks, table_of_rest, values_of_rest
from derive.telling.windows import edge_note

T = TypeVar("T")

#: Of an array with more numbers than this the first is worked in full, and the others stand in a table.
_MOST_IN_FULL = 4
#: Lines of a round beyond which arrays are cut to their first number.
MOST_LINES = 60
#: Lines up to which every step of time and every sample is worked in full.
_MOST_UNCUT = 12
#: Parameters that stand alone up to which each is worked in full.
_MOST_ALIKE = 8
#: Derivatives of a round from which on half as many are, and from which on one stands for all with as many terms.
_LARGE, _HUGE = 30, 200


def forward_part(arrays: Arrays, quantities: Sequence[Quantity], number: int) -> list[Block]:
    """What is worked from the given numbers, array after array; of alike steps of time and samples the first."""
    problem = arrays.problem
    program = problem.program
    assert program is not None
    if number:  # An error of one output is not written a second time under its other name.
        quantities = [each for each in quantities if not _is_other_name(problem, each)]
    groups = grouped(quantities, lambda quantity: program.blocks[plain_id(quantity.id)])
    first = _first_of_each(groups) if len(quantities) > _MOST_UNCUT else {array for array, _ in groups}
    fresh = Alike(len(quantities) - MOST_LINES, 0)
    found: list[Block] = []
    for before, group in _with_rest(groups, lambda each: each[0] in first):
        if before:
            found += rest_blocks(arrays, before, "forward")
        if group is None:
            continue
        array, members = group
        says = f"{array.why}{edge_note(arrays, array)}".strip()
        why: Text = (says,) if says and not number else ()
        if as_matrix(array, members):
            told = Told(array=array, members=members, title=_title(array), why=why, number=number, forward=True,
                        example=bool(fresh.new(members[:1])))  # fmt: skip
            found += matrix_blocks(arrays, told)
        else:
            found += worked(arrays.pen, members, _title(array), why, len(quantities))
    return found


def _with_rest(
    groups: Sequence[tuple[T, list[Quantity]]], full: Callable[[tuple[T, list[Quantity]]], bool]
) -> Iterator[tuple[list[tuple[T, list[Quantity]]], tuple[T, list[Quantity]] | None]]:
    """The groups that are told in full, each with what must stand before it of the others; at the end what is left."""
    waiting: list[tuple[T, list[Quantity]]] = []
    for group in groups:
        if not full(group):
            waiting.append(group)
            continue
        used = {name for quantity in group[1] for name in references(quantity.expression)}
        needed = any(quantity.id in used for _, members in waiting for quantity in members)
        yield (waiting if needed else []), group
        waiting = [] if needed else waiting
    yield waiting, None


def as_matrix(array: Array, members: Sequence[Quantity | None]) -> bool:
    """Whether a course writes it as one: an array with indices, or many weights; not unit by unit."""
    indexed = "[" in array.ids[0].removesuffix(f"[{array.key[2]}]")
    return is_matrix(array, members, 2 if indexed else MANY)


def _is_other_name(problem: FormulaProblem, quantity: Quantity) -> bool:
    """Whether it is the objective, which the one error that it is the sum of says already, and is not asked for."""
    place = problem.structure.places.get(plain_id(quantity.id))
    named = place is not None and place.name == problem.structure.objective
    return named and isinstance(quantity.expression, Ref) and quantity.id not in problem.ask


def _first_of_each(groups: Sequence[tuple[Array, list[Quantity]]]) -> set[Array]:
    """The first array of each name: at the first step of time, in the first sample."""
    found: dict[str, Array] = {}
    for array, _ in groups:
        found.setdefault(array.name, array)
    return set(found.values())


def _title(array: Array) -> str:
    _, time, sample = array.key
    words = array.title or "Value"
    where = ("" if time is None else f", step {time}") + ("" if sample is None else f", sample {sample}")
    return f"{words}{where}"


def backward_part(arrays: Arrays, quantities: Sequence[Quantity], number: int) -> list[Block]:
    """The derivatives, from the objective back."""
    problem, pen = arrays.problem, arrays.pen
    program = problem.program
    assert program is not None
    lone = [quantity for quantity in quantities if _of_one_sample(quantity) and quantity.id not in problem.ask]
    quantities = [quantity for quantity in quantities if quantity not in lone]

    def key(quantity: Quantity) -> tuple[object, ...]:
        block = program.blocks.get(quantity.by)
        own = quantity.id if quantity.rule == "share" else ""
        together = quantity.rule in ("batch_gradient", "cost_gradient")
        return (quantity.of, block.key if block else quantity.by, together, own)

    groups: list[tuple[object, list[Quantity]]] = [*grouped(quantities, key)]
    rest = _cut_back(problem, groups) if len(quantities) > _MOST_UNCUT else set()
    found: list[Block] = []
    given = frozenset(problem.structure.givens)
    alone = [
        group for own, group in groups if own not in rest and group[0].by in given and not _is_array(problem, group)
    ]
    alike, fresh = Alike(sum(map(len, alone)), len(quantities)), Alike(len(quantities) - MOST_LINES, 0)
    of_arrays = [group for own, group in groups if own not in rest and group[0].by in given and group not in alone]
    alike_arrays, listed = alike_of_arrays(len(of_arrays), len(quantities)), []
    for before, group in _with_rest(groups, lambda each: each[0] not in rest):
        if before:
            blocks = [(program.blocks.get(members[0].by), members) for _, members in before]
            found += rest_blocks(arrays, blocks, "backward")
        if group is None:
            continue
        members = group[1]
        first = members[0]
        if members in alone:
            members = alike.new(members)
            if not members:
                continue
        title, why = _derivative_title(first), _why_back(problem, pen, first) if not number else ()
        block = program.blocks.get(first.by)
        ordered = None if block is None else _in_order(problem, block, members)
        if block is not None and ordered is not None and _is_array(problem, members):
            if members in of_arrays and not alike_arrays.new(members[:1]):
                listed.append((block, tuple("" if each is None else each.id for each in ordered)))
                continue
            why = (_why_array(arrays, block, first) if not number else ()) or why
            told = Told(array=block, members=ordered, title=title, why=why, number=number, forward=False,
                        example=bool(fresh.new(members[:1])))  # fmt: skip
            found += matrix_blocks(arrays, told)
        else:
            found += worked(pen, members, title, why, len(quantities))
    if listed:
        found += values_of_rest(arrays, listed, f"alike-{number}")
    if alike.others:
        found.append(table_of_rest(pen, alike.others, "alike"))
    if lone and not number:
        found.append(Paragraph(text=_one_on_turn(pen, lone)))
    return found


def _of_one_sample(quantity: Quantity) -> bool:
    """Whether it puts the samples on turn together where only one is: it is then that sample's own."""
    return quantity.rule in ("batch_gradient", "batch_error") and isinstance(quantity.expression, Ref)


def _one_on_turn(pen: Pen, lone: Sequence[Quantity]) -> Text:
    """What stands in for the error and the gradient of the samples on turn, where that is one sample."""
    shown: list[str | Tree] = []
    for place, quantity in enumerate(lone[:2]):
        (own,) = references(quantity.expression)
        shown += [", " if place else "", Relation(pen.terms.inline(quantity.id), "=", pen.terms.inline(own))]
    more = " and so on" if len(lone) > len(lone[:2]) else ""
    return ("One sample is on turn, so ", *shown, f"{more}.")


def _is_array(problem: FormulaProblem, members: Sequence[Quantity]) -> bool:
    """Whether these derivatives are told as one matrix."""
    program = problem.program
    assert program is not None
    block = program.blocks.get(members[0].by)
    ordered = None if block is None else _in_order(problem, block, members)
    return block is not None and ordered is not None and as_matrix(block, ordered)


class Alike:
    """Lines of many, of which those that are worked like an earlier one go into a table."""

    def __init__(self, count: int, total: int) -> None:
        self.loose = count > _MOST_IN_FULL and total > _HUGE
        self.cuts = count > _MOST_ALIKE or (count > _MOST_ALIKE // 2 and total > _LARGE) or self.loose
        self.seen: list[Expression] = []
        self.others: list[Quantity] = []

    def new(self, members: Sequence[Quantity]) -> list[Quantity]:
        """Those that are worked in full."""
        if not self.cuts:
            return list(members)
        found: list[Quantity] = []
        for quantity in members:
            if any(self._alike(quantity.expression, other) for other in self.seen):
                self.others.append(quantity)
            else:
                self.seen.append(quantity.expression)
                found.append(quantity)
        return found

    def _alike(self, first: Expression, other: Expression) -> bool:
        if self.loose and isinstance(first, Sum) and isinstance(other, Sum) and len(first.terms) > _MOST_IN_FULL:
            return len(first.terms) == len(other.terms)
        return are_alike(first, other)


def alike_of_arrays(count: int, total: int) -> Alike:
    """The same of arrays, which are more to read: of few each is told."""
    return Alike(count, total if count > _MOST_ALIKE else 0)


def _in_order(problem: FormulaProblem, array: Array, members: Sequence[Quantity]) -> list[Quantity | None] | None:
    """The derivatives by the numbers of an array in its own order, None for a number that is fixed; None without."""
    by = {quantity.by: quantity for quantity in members}
    missing = set(array.ids) - set(by)
    if len(by) != len(members) or not set(by) <= set(array.ids):
        return None
    fixed = dict(problem.structure.definitions)
    if any(not isinstance(fixed.get(name), Const) for name in missing):
        return None
    return [by.get(name) for name in array.ids]


def _cut_back(problem: FormulaProblem, groups: Sequence[tuple[object, list[Quantity]]]) -> set[object]:
    """What is told in tables: of the steps of time all but the last two, where paths end and where they meet; of
    samples all but the first on turn.
    """
    program = problem.program
    assert program is not None
    steps = max((block.key[1] or 0 for block in program.worked), default=0)
    samples = {quantity.sample for _, members in groups for quantity in members if quantity.sample is not None}
    first = min(samples, default=None)
    last = {problem.structure.places.get(each.by): each for _, members in groups for each in members}
    rest: set[object] = set()
    for key, members in groups:
        place = problem.structure.places.get(members[0].by)
        early = place is not None and place.time is not None and place.time < steps
        if early and place is not None and place.time == steps - 1:
            # Worked in full where it is another sum than at the last step.
            later = last.get(replace(place, time=steps))
            early = later is not None and are_alike(later.expression, members[0].expression)
        if early or members[0].sample not in (None, first):
            rest.add(key)
    return rest


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
    if len(users) > 1 and not isinstance(quantity.expression, Sum):  # some lead nowhere
        by = {each.by: each.id for each in pen.derivation.quantities if each.of == quantity.of}
        used = set(references(quantity.expression))
        users = [user for user in users if by.get(user) in used] or users
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


def _why_array(arrays: Arrays, array: Array, first: Quantity) -> Text:
    """Where an array is used, and how what comes back is put together; empty where that is said otherwise."""
    program = arrays.problem.program
    assert program is not None
    if first.rule == "direct_derivative":
        return (arrays.symbol(array.ids, array), " stands in the formula of the error itself.")
    if first.rule not in ("chain_rule", "sum_over_paths"):
        return ()
    sample = first.sample
    users = [
        other for other in program.worked
        if other.key[2] in (None, sample) and any(array.key in keys for _, keys in other.names)
    ]  # fmt: skip
    texts = [other.text for other in users]
    if len(users) != 1:
        shown: list[str | Tree] = []
        for place, user in enumerate(users[:4]):
            shown += [", " if place else "", arrays.symbol(user.ids, user)]
        more = ", …" if len(users) > 4 else ""
        whole = next((term.id for term in _terms(first) if isinstance(term, Ref)), None)
        around: Text = ()
        if whole is not None and whole in arrays.holders:
            ids = arrays.holders[whole]
            around = (" ", arrays.symbols[ids], " comes back whole: along this way the slope is 1.")
        return (*shown, f"{more} use it: what comes back along each is added up.", *around) if users else ()
    if "convolve(" in texts[0] and _is_kernel(array, users[0]):
        return ("Each number of the kernel lay on a place of every window: what was under it, times what comes back "
                "from that window, is added up over the windows.",)  # fmt: skip
    if "convolve(" in texts[0]:
        return ("Each place of the picture lay under the kernel in several windows: what comes back from each, times "
                "the number of the kernel that lay on it there, is added up.",)  # fmt: skip
    if "max_pool(" in texts[0]:
        return ("What comes back from a window goes to its largest number alone.",)
    if "average_pool(" in texts[0]:
        return ("What comes back from a window is shared out equally among its numbers.",)
    if "softmax(" in texts[0] and "rows" in texts[0]:
        return ("Within a row every share hangs on every score: a share's own slope is itself times one minus itself, "
                "that by another score minus the product of the two.",)  # fmt: skip
    if "flatten(" in texts[0]:
        return ("What comes back goes to the places from which the numbers were taken.",)
    return (arrays.symbol(users[0].ids, users[0]), " alone uses it: what comes back there, times the slope.")


def _terms(quantity: Quantity) -> tuple[Expression, ...]:
    return quantity.expression.terms if isinstance(quantity.expression, Sum) else ()


def _is_kernel(array: Array, user: Array) -> bool:
    typed = (name for name, keys in user.names if array.key in keys)
    return any(re.search(rf"convolve\([^,]+, {re.escape(name)}\b", user.text) for name in typed)


def worked(pen: Pen, members: Sequence[Quantity], title: str, why: Text, lines: int) -> list[Block]:
    """Each number in full, or the first in full and the others in a table."""
    if all(isinstance(quantity.expression, Ref) for quantity in members) and len(members) > 1:
        return [Paragraph(text=(f"{title}. ", *why)), table_of_rest(pen, members, "names")]
    cut = len(members) > _MOST_IN_FULL and (lines > MOST_LINES or len(members) > 2 * _MOST_IN_FULL)
    full = members[:1] if cut else members
    found: list[Block] = []
    for place, quantity in enumerate(full):
        text: Text = (f"{title}: ", pen.terms.inline(quantity.id))
        found.append(shortened_step(pen.step(quantity.id, title=text, explanation=why if not place else ())))
    if cut:
        found.append(table_of_rest(pen, members[1:], "array"))
    return found


def grouped(quantities: Sequence[Quantity], key: Callable[[Quantity], T]) -> list[tuple[T, list[Quantity]]]:
    """Runs of quantities that belong together, in order."""
    found: dict[T, list[Quantity]] = {}
    for quantity in quantities:
        found.setdefault(key(quantity), []).append(quantity)
    return list(found.items())


def plain_id(name: str) -> str:
    """An id without its round."""
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
