"""What each slot of a live page shows: which quantity of which round, with how many digits, in which brackets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.display.tree import Slot
from derive.formula.expression import Expression, Ref
from derive.given.naming import at_round
from derive.network.derivation import Derivation
from derive.renderers.live.plain_formulas import as_lists
from derive.telling.build import blocks_of
from derive.telling.document_slots import CHECK_PLACES, block_slots, leaves_the_middle_out, related
from derive.telling.goal import TRAINED
from derive.telling.meaning import aside_of
from derive.telling.model import Block, Document, Section, Step

#: The section whose figures are those of the rounds it names, however many rounds the reader has stepped through.
_OF_NAMED_ROUNDS = "training"

#: Derivations of a page by what places or ids begin with (empty: those of the page itself), one for each turn.
Graphs = Mapping[str, tuple[Derivation, ...]]


def is_live(slot: Slot) -> bool:
    """Whether a slot follows the numbers; what checks found is a report on the page as it was written."""
    return slot.place not in CHECK_PLACES


@dataclass(kw_only=True)
class LiveSlots:
    """Numbers the slots of one document and the quantities they show, for the page's script.

    Attributes
    ----------
    document : Document
    graphs : Graphs
    """

    document: Document
    graphs: Graphs
    slots: dict[Slot, int] = field(default_factory=dict)
    quantities: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Finds where each slot stands."""
        # By what a slot is but for its brackets: a printer may wrap one more strictly than the document does.
        self._blocks: dict[tuple[str, str, str], Block] = {}
        self._steps: dict[str, int] = {}
        self._worked: list[Step] = []
        for block in blocks_of(self.document):
            for slot in block_slots(block):
                self._blocks.setdefault(_like(slot), block)
            if isinstance(block, Step) and block.worked:
                self._steps[block.id] = len(self._worked)
                self._worked.append(block)
        self._named_rounds = {_like(slot) for block in _within(self.document.sections) for slot in block_slots(block)}
        main = self.graphs[""][0]
        self._aliases = {name: name for name in main.givens}
        for quantity in main.quantities:
            if isinstance(quantity.expression, Ref) and quantity.expression.id in self._aliases:
                self._aliases[quantity.id] = self._aliases[quantity.expression.id]

    def number(self, slot: Slot) -> int:
        """The number of a slot."""
        return self.slots.setdefault(slot, len(self.slots))

    def records(self) -> dict[str, Any]:
        """Slots, quantities and steps as JSON has them."""
        slots = [self._record(slot) for slot in self.slots]
        steps = [self._step(step) for step in self._worked]
        return {"slots": slots, "steps": steps, "quantities": [list(key) for key in self.quantities]}

    def _record(self, slot: Slot) -> list[Any]:
        """What a slot shows (operand, result, given, =, †), of which quantity, in which step, in which brackets."""
        is_fixed, step = _like(slot) in self._named_rounds or slot.place == TRAINED, self._steps.get(slot.place)
        match slot.role:
            case "relation":
                names = related(slot, self._blocks[_like(slot)])
                return ["=", [self.quantity(name, slot.place, is_fixed) for name in names], step, slot.wrap]
            case "mark":
                return ["†", None, step, slot.wrap]
        return [slot.role[0], self.quantity(slot.quantity, slot.place, is_fixed), step, slot.wrap]

    def _step(self, step: Step) -> dict[str, Any]:
        numbers: dict[str, int] = {}

        def place(name: str) -> int:
            return numbers.setdefault(name, self.quantity(name, step.id, False))

        worked = [[self.quantity(name, step.id, False), as_lists(formula, place)] for name, formula in step.worked]
        return {"worked": worked, "used": list(numbers.values()), "cut": leaves_the_middle_out(step)}

    def quantity(self, name: str, place: str = "", is_fixed: bool = False) -> int:
        """The number of a quantity: its graph, its id without its round, the round, whether that is absolute."""
        aside, name = aside_of(name)
        graph = aside or f"{place.partition(':')[0]}:"
        if graph not in self.graphs:
            graph = ""
        base, number = at_round(name)
        key: tuple[Any, ...] = (graph, base, number, is_fixed)
        if name in self._aliases:
            key = (*key, self._aliases[name])
        return self.quantities.setdefault(key, len(self.quantities))


def tapes(graphs: Graphs) -> dict[str, list[list[list[Any]]]]:
    """Every graph as a list of turns, each a list of quantities with their formulas, numbered after the givens."""
    found: dict[str, list[list[list[Any]]]] = {}
    for name, turns in graphs.items():
        found[name] = []
        for derivation in turns:
            ids = (*graphs[""][0].givens, *(quantity.id for quantity in derivation.quantities))
            places = {name: position for position, name in enumerate(ids)}
            found[name].append(
                [[each.id, as_lists(each.expression, places.__getitem__)] for each in derivation.quantities]
            )
    return found


def formulas_of(graphs: Graphs) -> Iterator[Expression]:
    """All formulas of the graphs."""
    return (quantity.expression for turns in graphs.values() for each in turns for quantity in each.quantities)


def _within(sections: Sequence[Section]) -> Iterator[Block]:
    waiting = [section for section in sections if section.id == _OF_NAMED_ROUNDS]
    while waiting:
        section = waiting.pop()
        yield from section.blocks
        waiting.extend(section.subsections)


def _like(slot: Slot) -> tuple[str, str, str]:
    return slot.quantity, slot.place, slot.role
