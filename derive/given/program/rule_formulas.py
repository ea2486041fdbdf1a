"""Formulas of update rules, from their texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.formula.expression import Expression
from derive.given.program import language, operations, syntax
from derive.given.program.operations import Formulas


def rule_formula(text: str, names: Mapping[str, Expression], earlier: Mapping[str, Expression],
                 path: str = "update") -> Expression:  # fmt: skip
    """The formula of a rule's text.

    Parameters
    ----------
    text : str
    names : mapping of str to Expression
        What each name of the rule stands for.
    earlier : mapping of str to Expression
        What ``before(v)`` stands for: a state as it was before the update.

    Raises
    ------
    ProblemError
    """
    found: Any = language.read(text, syntax.parsed(text, path), path, _Names(names, earlier))[()]
    formula: Expression = found
    return formula


class _Names:
    """What the names of a rule stand for; it has no time and no samples."""

    def __init__(self, names: Mapping[str, Expression], earlier: Mapping[str, Expression]) -> None:
        self.names, self.earlier = names, earlier

    def named(self, name: str) -> Formulas | None:
        found = self.names.get(name)
        return None if found is None else operations.alone(found)

    def before(self, name: str, steps: int = 1) -> Formulas | None:
        found = self.earlier.get(name) if steps == 1 else None
        return None if found is None else operations.alone(found)

    def series(self, _: str) -> list[Formulas] | None:
        return None

    def over_samples(self, _: str) -> list[Formulas] | None:
        return None

    def known(self) -> tuple[str, ...]:
        return tuple(self.names)

    def own(self, name: str) -> str:
        return name
