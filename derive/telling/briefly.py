"""A worked solution in brief: the goal, one step of each kind worked, the figures of all others, the updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.display.tree import Relation, Slot, Tree
from derive.telling.model import Block, Document, Paragraph, Section, Step, Table, Told

#: What a reader looks up elsewhere: training, checks, conventions, what is tried out, and the second forward pass.
_LEFT_OUT = frozenset({"training", "checks", "conventions-section", "checked", "after"})


def briefly(document: Document) -> Document:
    """The document without its explanations, but for the first gradient of a weight, which is told in full."""
    goal, *sections = (section for section in document.sections if section.id not in _LEFT_OUT)
    opened: set[str] = set()
    found = (replace(each, blocks=tuple(_short(each, opened)), subsections=()) for each in sections)
    return replace(document, sections=(goal, *found))


def _short(section: Section, opened: set[str]) -> Iterator[Block]:
    """Steps, tables and what outputs mean, of a section and its parts; steps worked as one above are listed."""
    listed: list[Tree] = []
    for block in _blocks(section):
        if isinstance(block, Step) and block.alike == "line":
            listed.append(_found(block))
            continue
        if listed and isinstance(block, Step):
            yield _list(listed)
            listed = []
        match block:
            case Step(rule="weight_gradient") if not opened:
                opened.add(block.id)
                yield block
            case Step():
                yield replace(block, explanation=(), working=(), alike=block.alike or "line")
            case Table() | Told():
                yield block
    if listed:
        yield _list(listed)


def _blocks(section: Section) -> Iterator[Block]:
    yield from section.blocks
    for part in section.subsections:
        if part.id not in _LEFT_OUT:
            yield from _blocks(part)


def _found(step: Step) -> Tree:
    """What a step works out, and its figure."""
    last = step.line.rows[-1]
    assert isinstance(last.tree, Slot)
    place = f"brief:{step.id}"
    sign = last.relation if isinstance(last.relation, str) else replace(last.relation, place=place)
    return Relation(step.line.left, sign, replace(last.tree, place=place, role="operand"))


def _list(found: list[Tree]) -> Paragraph:
    parts = [part for each in found for part in (", ", each)]
    return Paragraph(text=("Likewise ", *parts[1:], "."))
