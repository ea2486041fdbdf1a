"""Parts of a formula of arrays, in symbols and in numbers, and what their names stood for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from derive.display.tree import Juxtaposed, Minus, Name, Parentheses, Product, Sum, Tree
from derive.errors import UnsupportedError
from derive.given.naming import Symbol
from derive.given.program import operations
from derive.given.program.model import Block as Array
from derive.given.program.operations import Formulas
from derive.telling.arrays import Arrays, Shape

#: The sign of a convolution.
STAR = Name(Symbol(letters="∗"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A part of a formula.

    Attributes
    ----------
    symbols : Tree
    numbers : Tree or None
        None where it is too large, or has no short form.
    shape : tuple of int
    lying : Tree or None
        The numbers of a vector as a row, for where it is taken for each row of a matrix.
    """

    symbols: Tree
    numbers: Tree | None
    shape: Shape
    lying: Tree | None = None

    @property
    def alone(self) -> bool:
        """Whether it is one number."""
        return not self.shape


class Names:
    """What names stood for when the formula was read."""

    def __init__(self, arrays: Arrays, array: Array, number: int) -> None:
        self.arrays, self.names, self.number = arrays, dict(array.names), number

    def array(self, name: str) -> Array | None:
        """The one array of a name, or None."""
        keys = self.names.get(name, ())
        return self.arrays.by_key.get(keys[0]) if len(keys) == 1 else None

    def named(self, name: str) -> Formulas | None:
        """See `Scope`."""
        found = self.array(name)
        return None if found is None else operations.references_of(self.arrays.at(found, self.number), found.shape)

    def before(self, name: str, steps: int = 1) -> Formulas | None:
        """See `Scope`."""
        return self.named(f"before({name})" if steps == 1 else f"before({name}, {steps})")

    def series(self, name: str) -> list[Formulas] | None:
        """See `Scope`."""
        return self._several(f"{name}:")

    def over_samples(self, name: str) -> list[Formulas] | None:
        """See `Scope`."""
        return self._several(f"{name}#")

    def known(self) -> tuple[str, ...]:
        """See `Scope`."""
        return tuple(self.names)

    def own(self, name: str) -> str:
        """What the problem file calls it, for messages: nothing else."""
        return name

    def _several(self, name: str) -> list[Formulas] | None:
        found = [self.arrays.by_key[key] for key in self.names.get(name, ())]
        return [operations.references_of(self.arrays.at(each, self.number), each.shape) for each in found] or None


def chain(node: ast.expr, operator: type[ast.operator]) -> list[ast.expr]:
    """The operands of one sign after the other, in written order."""
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, operator):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def both(build: Callable[..., Tree], *parts: Shown, shape: Shape | None = None) -> Shown:
    """The same done with symbols and with numbers."""
    numbers = [each.numbers for each in parts]
    return Shown(
        symbols=build(*(each.symbols for each in parts)),
        numbers=None if any(each is None for each in numbers) else build(*numbers),
        shape=parts[0].shape if shape is None else shape,
    )


def added(first: Tree, second: Tree) -> Tree:
    """A sum with one more term."""
    return Sum((*(first.terms if isinstance(first, Sum) else (first,)), second))


def wider(*parts: Shown) -> Shape:
    """The shape of what is worked entry by entry from several."""
    try:
        return tuple(np.broadcast_shapes(*(each.shape for each in parts)))
    except ValueError:
        raise UnsupportedError("shapes that do not go together") from None


def factors_of(tree: Tree) -> tuple[Tree, ...]:
    """A factor of a matrix product; a product stands beside it without brackets, for the order does not matter."""
    if isinstance(tree, Juxtaposed) and STAR not in tree.parts:
        return tree.parts
    return (in_brackets(tree),)


def in_brackets(tree: Tree) -> Tree:
    """A factor, in brackets where it is a sum or a product."""
    return Parentheses(tree) if isinstance(tree, Sum | Minus | Product | Juxtaposed) else tree


def index_of(places: ast.expr) -> str:
    """The index of a part as it is written below its name: 2,· for a row."""
    each = places.elts if isinstance(places, ast.Tuple) else [places]
    found = []
    for one in each:
        if isinstance(one, ast.Slice):
            bounds = [ast.unparse(bound) if bound else "" for bound in (one.lower, one.upper)]
            found.append(":".join(bounds) if any(bounds) else "·")
        else:
            found.append(ast.unparse(one))
    return ",".join(found)


def is_axis(node: ast.expr) -> bool:
    """Whether an argument says the direction."""
    return isinstance(node, ast.Name) and node.id in ("rows", "columns")
