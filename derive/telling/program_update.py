"""The update of an own architecture: arrays as matrices, every other parameter line by line, of many the first."""

from __future__ import annotations

from collections.abc import Sequence

from derive.given.formula_problem import FormulaProblem
from derive.given.program.model import Block as Array
from derive.network.graph import Quantity
from derive.telling.arrays import Arrays
from derive.telling.model import Block, Text
from derive.telling.program_matrices import Told, matrix_blocks
from derive.telling.program_pass import MOST_LINES, Alike, alike_of_arrays, as_matrix, grouped, plain_id, worked
from derive.telling.program_rest import table_of_rest, values_of_rest


def update_part(arrays: Arrays, quantities: Sequence[Quantity], number: int) -> list[Block]:
    """The update: arrays as matrices, every other parameter line by line, of many the first."""
    problem, pen = arrays.problem, arrays.pen
    program = problem.program
    assert program is not None
    words = {key: (title, why) for key, title, why in problem.plan.rule.words}
    # The step is the new value less the old one, and has no line of its own.
    quantities = [quantity for quantity in quantities if quantity.rule != "update_step" or quantity.sample]
    found: list[Block] = []
    parents = _parents(problem)
    alike = grouped(quantities, lambda quantity: _parent(problem, parents, quantity))
    matrices = {
        id(members[0]): (block, _update_words(members[0], words)[0], members)
        for (block, _), members in alike
        if block is not None and as_matrix(block, members)
    }
    told_so = {id(quantity) for _, _, members in matrices.values() for quantity in members}
    lines = len(quantities) - len(told_so)
    if lines <= MOST_LINES:
        explained: set[str] = set()
        total = len(pen.derivation.quantities)
        alike_lines, fresh, alike_arrays = (
            Alike(lines, total),
            Alike(MOST_LINES, 0),
            alike_of_arrays(len(matrices), total),
        )
        listed: list[tuple[Array, tuple[str, ...]]] = []
        for quantity in quantities:
            title, why = _update_words(quantity, words)
            if id(quantity) in told_so:
                if id(quantity) in matrices:
                    block, _, members = matrices[id(quantity)]
                    if not alike_arrays.new(members[:1]):
                        listed.append((block, tuple(each.id for each in members)))
                        continue
                    show = why if title not in explained and not number else ""
                    explained.add(title)
                    first = bool(fresh.new(members[:1]))
                    told = Told(array=block, members=members, title=title, why=(show,) if show else (),
                                number=number, forward=False, example=first)  # fmt: skip
                    found += matrix_blocks(arrays, told)
                continue
            if not alike_lines.new([quantity]):
                continue
            show = why if title not in explained and not number else ""
            explained.add(title)
            text: Text = (f"{title}: ", pen.terms.name(quantity.id))
            found.append(pen.step(quantity.id, title=text, explanation=(show,) if show else ()))
        if listed:
            found += values_of_rest(arrays, listed, f"updates-{number}")
        if alike_lines.others:
            found.append(table_of_rest(pen, alike_lines.others, "alike"))
        return found
    for block, title, members in matrices.values():
        found += matrix_blocks(
            arrays, Told(array=block, members=members, title=title, why=(), number=number, forward=False)
        )
    kinds: dict[str, list[Quantity]] = {}
    for quantity in quantities:
        if id(quantity) in told_so:
            continue
        kinds.setdefault(_update_words(quantity, words)[0], []).append(quantity)
    for title, members in kinds.items():
        why = _update_words(members[0], words)[1]
        found += worked(pen, members, title, (why,) if why and not number else (), lines)
    return found


def _parent(
    problem: FormulaProblem, parents: dict[str, tuple[Array, str]], quantity: Quantity
) -> tuple[Array | None, str]:
    """The array whose update a quantity is part of, and which part of it."""
    plain = plain_id(quantity.id)
    if quantity.rule == "update" and plain in problem.structure.updated:
        assert problem.program is not None
        return problem.program.blocks[plain], "_new"
    return parents.get(plain, (None, ""))


def _parents(problem: FormulaProblem) -> dict[str, tuple[Array, str]]:
    """Of what belongs to a parameter, by its id: the array of the parameter, and what it is."""
    structure, program = problem.structure, problem.program
    assert program is not None
    found: dict[str, tuple[Array, str]] = {}
    kinds = [("", "_new")]
    kinds += [(f"{key}_", suffix) for key, _ in (*problem.plan.rule.states, *problem.plan.rule.steps)
              for suffix in ("", "_new")]  # fmt: skip
    for name in structure.updated:
        for prefix, suffix in (*kinds, ("ahead_", "")):
            called = str(structure.places[name].called(prefix=prefix, suffix=suffix))
            found.setdefault(called, (program.blocks[name], prefix + suffix))
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
