"""From text to Python's syntax tree, within limits, and the names in it; nothing of it is ever evaluated."""

from __future__ import annotations

import ast
import warnings

from derive.errors import ProblemError
from derive.given import fields
from derive.given.parser import MOST_NODES, check_raw

#: What formulas of arrays are made of, for messages.
ALLOWED = "+ - * / ** @, comparisons, A[1,2], numbers, names and functions"


def parsed(text: object, path: str) -> ast.expr:
    """The syntax tree of a formula, within the limits.

    Raises
    ------
    ProblemError
    """
    if not isinstance(text, str):
        raise ProblemError(f'a formula in quotes is needed, such as "W @ x + b"; here is {fields.kind(text)}', key=path)
    check_raw(text, path, refused="#\\;'\"`{}$?!&|^~%\n", allowed=ALLOWED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        near = text.strip()[max((error.offset or 1) - 1, 0) :][:20].strip()
        place = f" near {fields.shown(near)} (place {error.offset})" if near else " at its end"
        raise ProblemError(f"not a formula: something is missing or too much{place}", key=path) from None
    except (RecursionError, MemoryError, ValueError):
        raise ProblemError("the formula is nested too deep", key=path) from None
    nodes = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if nodes > MOST_NODES:
        raise ProblemError(f"a formula of {nodes:,} parts; at most {MOST_NODES:,} are allowed", key=path)
    return tree


def names_in(tree: ast.AST) -> tuple[str, ...]:
    """The names that a formula uses as values, each once, in written order."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in found))


def earlier_names(tree: ast.AST) -> tuple[str, ...]:
    """The names that a formula takes from the step of time before."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    found = (
        node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "before" and node.args
    )
    return tuple(dict.fromkeys(node.id for node in found if isinstance(node, ast.Name)))
