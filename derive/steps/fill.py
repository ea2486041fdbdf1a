"""Fills a document with proved figures, each line in digits that let a reader recompute it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from derive.balls import BALLS, PRECISIONS, Cut, UndecidedError, exact, figure, precision
from derive.checks import Check
from derive.compiled import evaluate
from derive.display.tree import Line, Slot, Tree, slots
from derive.expression import references
from derive.figures import Figure
from derive.naming import QuantityId
from derive.problem import Problem
from derive.steps.build import blocks_of
from derive.steps.filling import Filling
from derive.steps.model import Block, Document, Formula, Paragraph, Remark, Step, Table, Text
from derive.steps.old_weights import OTHER_UPDATE
from derive.trajectory import Proved, givens_as_typed

_MOST_GUARD_DIGITS = 3
_CHECK_CUT = Cut(digits=2)


def fill(
    document: Document,
    problem: Problem,
    proved: Proved,
    checks: Sequence[Check],
    *,
    other_update: Proved,
    errors: Sequence[float] = (),
) -> Filling:
    """A figure for every slot of a document, every digit proved.

    Parameters
    ----------
    document : Document
    problem : Problem
    proved : Proved
    checks : sequence of Check
    other_update : Proved
        The same problem with the other kind of update, for the remark on old and new weights.
    errors : sequence of float
        For the error curve.

    Raises
    ------
    PrecisionError
        If some digit cannot be proved.
    """
    typed = givens_as_typed(problem)
    found: dict[Slot, Figure] = {}
    relations: dict[Slot, str] = {}
    marks: set[Slot] = set()
    extra: dict[str, int] = {}
    for block in blocks_of(document):
        if isinstance(block, Step) and block.formula is not None:
            needed = guard_digits(block, proved, typed)
            extra[block.id] = min(needed, _MOST_GUARD_DIGITS) if needed <= _MOST_GUARD_DIGITS else 0
            if needed > _MOST_GUARD_DIGITS and block.line.mark is not None:
                marks.add(block.line.mark)
    checked = _check_figures(checks)
    wanted = {QuantityId.parse(slot.quantity) for block in blocks_of(document) for slot in block_slots(block)}
    proved.prepare(name.round for name in wanted if name is not None)
    for block in blocks_of(document):
        for slot in block_slots(block):
            if slot.place.startswith("checks"):
                found[slot] = checked[slot]
            elif slot.quantity.startswith(OTHER_UPDATE):
                found[slot] = other_update.figure(slot.quantity.removeprefix(OTHER_UPDATE))
            elif slot.role == "relation":
                relations[slot] = _relation(slot, block, proved)
            elif slot.quantity in typed:
                found[slot] = typed[slot.quantity]
            elif slot.role != "mark":
                guard = extra.get(slot.place, 0) if slot.role == "operand" else 0
                found[slot] = proved.figure(slot.quantity, proved.cut.guarded(guard))
    numbers = {quantity: proved.number(quantity) for quantity in _pictured(problem)}
    return Filling(
        problem=problem,
        figures=found,
        relations=relations,
        marks=frozenset(marks),
        numbers=numbers,
        errors=tuple(errors),
    )


def guard_digits(step: Step, proved: Proved, typed: dict[str, Figure]) -> int:
    """How many more digits the figures of a line need so that it gives its own result; one too many if none do."""
    assert step.formula is not None
    result = proved.figure(step.id)
    used = tuple(dict.fromkeys(references(step.formula)))
    for extra in range(_MOST_GUARD_DIGITS + 1):
        cut = proved.cut.guarded(extra)
        printed = {name: exact((typed[name] if name in typed else proved.figure(name, cut)).value) for name in used}
        if _recomputed(step, printed, proved.cut) == result.value:
            return extra
    return _MOST_GUARD_DIGITS + 1


def _recomputed(step: Step, printed: dict[str, Any], cut: Cut) -> Any:
    """What a reader gets who works the line out from its printed figures; None where that is no number."""
    assert step.formula is not None
    for bits in PRECISIONS[:3]:
        with precision(bits):
            try:
                return figure(evaluate(step.formula, printed, BALLS), cut).value
            except (UndecidedError, ZeroDivisionError):
                continue
    return None


def _relation(slot: Slot, block: Block, proved: Proved) -> str:
    """= where every figure on the right is the whole value."""
    if isinstance(block, Step):
        return "=" if proved.figure(slot.quantity).exact else "≈"
    results = [other for other in block_slots(block) if other.place == slot.place and other.role == "operand"]
    return "=" if all(proved.figure(other.quantity).exact for other in results) else "≈"


def _check_figures(checks: Sequence[Check]) -> dict[Slot, Figure]:
    found: dict[Slot, Figure] = {}
    for check in checks:
        place = "checks-frozen" if check.frozen else "checks"
        assert check.values[0] is not None
        parts = (("value", check.values[0], Cut(digits=6)), ("error", check.error, _CHECK_CUT))
        for part, value, cut in (*parts, ("tolerance", check.tolerance, _CHECK_CUT)):
            slot = Slot(quantity=f"{part}:{check.quantity}", place=place, role="operand")
            found[slot] = figure(exact(Fraction(value)), cut)
    return found


def _pictured(problem: Problem) -> Iterator[str]:
    """Net inputs of the first sample, for the curves of the activation functions."""
    suffix = "[1]" if len(problem.samples) > 1 else ""
    for layer in problem.layers:
        for unit in layer.units:
            yield f"net_{unit}{suffix}"


def block_slots(block: Block) -> Iterator[Slot]:
    """All slots of a block."""
    match block:
        case Paragraph(text=text):
            yield from _text_slots(text)
        case Formula(lines=lines):
            for line in lines:
                yield from _line_slots(line)
        case Remark(blocks=blocks):
            for inner in blocks:
                yield from block_slots(inner)
        case Table(header=header, rows=rows):
            for row in (header, *rows):
                for cell in row:
                    yield from _text_slots(cell)
        case Step(title=title, explanation=explanation, line=line, working=working):
            yield from _text_slots(title)
            yield from _text_slots(explanation)
            for each in (*working, line):
                yield from _line_slots(each)
        case _:
            return


def _text_slots(text: Text) -> Iterator[Slot]:
    for part in text:
        if not isinstance(part, str):
            yield from slots(part)


def _line_slots(line: Line) -> Iterator[Slot]:
    trees: list[Tree] = [line.left, *(row.tree for row in line.rows)]
    for tree in trees:
        yield from slots(tree)
    yield from (row.relation for row in line.rows if isinstance(row.relation, Slot))
    if line.mark is not None:
        yield line.mark
