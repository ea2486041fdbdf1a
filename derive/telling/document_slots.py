"""The slots of a document's blocks, and what a line's relation and its guard digits hang on."""

from __future__ import annotations

from collections.abc import Iterator

from derive.display.tree import Line, Slot, Tree, slots
from derive.formula.expression import Ref, references
from derive.telling.model import Block, Formula, Paragraph, Remark, Step, Table, Text, Told

#: Places of slots that hold figures of checks; no step or table of a problem's quantities is called so.
CHECK_PLACES = ("checks-table", "checks-frozen")


def block_slots(block: Block) -> Iterator[Slot]:
    """All slots of a block."""
    match block:
        case Paragraph(text=text):
            yield from _text_slots(text)
        case Told(cases=cases):
            for case in cases:
                yield from _text_slots(case.text)
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


def related(slot: Slot, block: Block) -> tuple[str, ...]:
    """Ids of the quantities whose figures stand on the right of a relation."""
    if isinstance(block, Step) and block.quantity is not None:
        return (slot.quantity,)
    role = "result" if isinstance(block, Step) else "operand"
    found = (other.quantity for other in block_slots(block) if other.place == slot.place and other.role == role)
    return tuple(dict.fromkeys(found))


def leaves_the_middle_out(step: Step) -> bool:
    """Whether a line is worked from figures that are not printed in it: the middle of a long matrix."""
    if all(isinstance(formula, Ref) for _, formula in step.entries):
        return False
    shown = {slot.quantity for slot in block_slots(step) if slot.role != "result"}
    return any(name not in shown for _, formula in step.worked for name in references(formula))
