"""Beside each step of a notebook its line of code: the same formula in NumPy, which shows the same figure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from derive.formula.expression import references
from derive.formula.numpy_source import source
from derive.given.problem import Number
from derive.renderers.printing import document_anchors
from derive.renderers.programs.literals import literal, variables
from derive.telling.model import Document, Section, Step

_HEADING = re.compile(r'#+ <a id="([^"]*)">')


class StepCode:
    """The code of a document's steps, each in terms of what stands before it.

    Parameters
    ----------
    document : Document
    givens : mapping of str to Number
        Everything that the problem states, by id.
    value : callable
        The float64 of a quantity that no step works out, as where units stand in a table.
    """

    def __init__(self, document: Document, givens: Mapping[str, Number], value: Callable[[str], float]) -> None:
        anchors = document_anchors(document)
        steps = [step for step in _steps(document.sections) if step.worked]
        self._by_anchor = {anchors[step.id]: step for step in steps}
        used = [name for step in steps for _, formula in step.worked for name in references(formula)]
        worked = [quantity for step in steps for quantity, _ in step.worked]
        self._givens = {name: number for name, number in givens.items() if name in frozenset(used)}
        self._names = variables(givens, dict.fromkeys((*worked, *used)))
        self._value = value
        self._known = set(self._givens)

    def start(self) -> str:
        """The cell before the first step: what is given."""
        if not self._by_anchor:
            return ""
        lines = [f"{self._names[name]} = {literal(number)}" for name, number in self._givens.items()]
        said = "# What is given; below, each step's line of code shows its figure in full."
        return "\n".join((said, "import numpy as np", "", *lines))

    def beside(self, cell: str) -> str:
        """The code of the step that a cell of text is; empty where it is none, or works nothing out."""
        heading = _HEADING.match(cell)
        step = self._by_anchor.get(heading[1]) if heading else None
        if step is None:
            return ""
        lines: list[str] = []
        for quantity, formula in step.worked:
            for name in dict.fromkeys(references(formula)):
                if name not in self._known:
                    lines.append(f"{self._names[name]} = {self._value(name)!r}  # {name}, from its table")
                    self._known.add(name)
            variable = self._names[quantity]
            told = "" if variable == quantity else f"  # {quantity}"
            lines.append(f"{variable} = {source(formula, self._names)}{told}")
            self._known.add(quantity)
        shown = dict.fromkeys(self._names[quantity] for quantity, _ in step.worked)
        return "\n".join((*lines, ", ".join(shown)))


def _steps(sections: tuple[Section, ...]) -> Iterator[Step]:
    for section in sections:
        yield from (block for block in section.blocks if isinstance(block, Step))
        yield from _steps(section.subsections)
