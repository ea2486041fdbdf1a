"""Formulas of arrays, by a whitelist over Python's syntax tree: from text to one plain formula for each element.

Nothing of the text is evaluated. The limits on length and brackets are those of plain formulas.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from derive.errors import ProblemError
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient
from derive.formula.functions import ACTIVATIONS, CALLABLE, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given import fields
from derive.given.parser import DEEPEST, LARGEST_EXPONENT, typed_number
from derive.given.program import operations
from derive.given.program.calls import ARRAY_FUNCTIONS, Arguments, Scope
from derive.given.program.operations import Formulas, ShapeError, each
from derive.given.program.syntax import ALLOWED

_COMPARED: Mapping[type[ast.cmpop], Callable[[Expression, Expression], Expression]] = {
    ast.Gt: lambda a, b: Call("above", (a, b)),
    ast.GtE: lambda a, b: Call("at_least", (a, b)),
    ast.Lt: lambda a, b: Call("above", (b, a)),
    ast.LtE: lambda a, b: Call("at_least", (b, a)),
    ast.Eq: lambda a, b: Product((Call("at_least", (a, b)), Call("at_least", (b, a)))),
}


#: Parts that are quoted where their arrays do not go together.
_TYPED = ast.BinOp | ast.Compare | ast.Call


def read(text: str, tree: ast.expr, path: str, scope: Scope) -> Formulas:
    """The array of formulas that a text spells.

    Raises
    ------
    ProblemError
        With the place within the formula and what is allowed.
    """
    return Reader(text.strip(), path, scope).part(tree, 0)


class UnfitError(ProblemError):
    """A formula whose arrays do not go together, or that wants a step of time that there is none of."""


class Reader:
    """Reads the syntax tree of one formula, part by part."""

    def __init__(self, text: str, path: str, scope: Scope) -> None:
        self.text, self.path, self.scope = text, path, scope
        self.standing: Mapping[str, Formulas] = {}  # names that stand for one step of a series

    def error(self, message: str, node: ast.expr) -> ProblemError:
        """What is wrong with a part, with its place."""
        return ProblemError(f"{message} (place {node.col_offset + 1})", key=self.path)

    def part(self, node: ast.expr, depth: int) -> Formulas:
        """The array that a part spells."""
        if depth > 2 * DEEPEST:
            raise self.error("the formula is nested too deep", node)
        try:
            return self._part(node, depth + 1)
        except ShapeError as error:
            message = f"{self._named(node)}{error}{self._standing_for(node)}"
            raise UnfitError(self.error(message, node).message, key=self.path) from None

    def _named(self, node: ast.expr) -> str:
        """What does not go together, as it is typed."""
        typed = ast.get_source_segment(self.text, node) if isinstance(node, _TYPED) else None
        return f"{fields.shown(typed)}: " if typed else ""

    def _standing_for(self, node: ast.expr) -> str:
        """What the names of a part are called in the problem file, where that is another name."""
        names = dict.fromkeys(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
        others = [f"{name} is {own}" for name in names if (own := self.scope.own(name)) != name]
        return f" ({', '.join(others)})" if others else ""

    def _part(self, node: ast.expr, depth: int) -> Formulas:
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return each(lambda *terms: operations.total(terms), *self._chain(node, (ast.Add, ast.Sub), depth))
            case ast.BinOp(op=ast.Mult()):
                return each(lambda *factors: operations.product(factors), *self._chain(node, (ast.Mult,), depth))
            case ast.BinOp(op=ast.Div()):
                return each(lambda a, b: Quotient(a, b), self.part(node.left, depth), self.part(node.right, depth))
            case ast.BinOp(op=ast.MatMult()):
                return operations.matrix_product(self.part(node.left, depth), self.part(node.right, depth))
            case ast.BinOp(op=ast.Pow()):
                return self._power(node, depth)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return each(Neg, self.part(operand, depth))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.part(operand, depth)
            case ast.Compare(ops=[op], comparators=[right]) if type(op) in _COMPARED:
                return each(_COMPARED[type(op)], self.part(node.left, depth), self.part(right, depth))
            case ast.Constant():
                return operations.number(typed_number(node, self.text, self.path))
            case ast.Name(id=name):
                return self._name(name, node)
            case ast.Subscript():
                return self._element(node, depth)
            case ast.Call():
                return self._call(node, depth)
        shown = fields.shown(ast.get_source_segment(self.text, node) or "")
        raise self.error(f"the sign or word {shown} is not allowed in a formula: allowed are {ALLOWED}", node)

    def _chain(self, node: ast.expr, operators: tuple[type[ast.operator], ...], depth: int) -> list[Formulas]:
        found: list[Formulas] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, operators):
            part = self.part(node.right, depth)
            found.append(each(Neg, part) if isinstance(node.op, ast.Sub) else part)
            node = node.left
        found.append(self.part(node, depth))
        return found[::-1]

    def _power(self, node: ast.BinOp, depth: int) -> Formulas:
        base = self.part(node.left, depth)
        whole = self.whole(node.right)
        if whole is not None and abs(whole) <= LARGEST_EXPONENT:
            if whole >= 0:
                return each(lambda item: Power(item, whole), base)
            return each(lambda item: Quotient(ONE, item if whole == -1 else Power(item, -whole)), base)
        exponent = self.part(node.right, depth)
        if exponent.ndim == 0 and exponent[()] == Const(Fraction(1, 2)):
            return each(lambda item: Call("sqrt", (item,)), base)
        return each(lambda a, b: Call("raised", (a, b)), base, exponent)

    def whole(self, node: ast.expr) -> int | None:
        """A whole number as it is typed, or None."""
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
        if not isinstance(inner, ast.Constant):
            return None
        value = typed_number(inner, self.text, self.path)
        return (-int(value) if negative else int(value)) if value.denominator == 1 else None

    def _name(self, name: str, node: ast.expr) -> Formulas:
        found = self.standing.get(name)
        if found is None:
            found = self.scope.named(name)
        if found is not None:
            return found
        known = self.scope.known()
        if name in CALLABLE or name in ARRAY_FUNCTIONS:
            raise self.error(f"{name} is a function: write {name}(…)", node)
        if name in known:
            raise self.error(
                f"{fields.shown(name)} is worked on this line or below it: a line uses what stands above it, or a "
                f"state one step of time earlier, before({name})", node,
            )  # fmt: skip
        raise self.error(
            f"{fields.shown(name)} is neither given nor defined above; {fields.nearest(name, known)}"
            f"known here: {fields.listed(known) or 'nothing'}",
            node,
        )

    def _element(self, node: ast.Subscript, depth: int) -> Formulas:
        array = self.part(node.value, depth)
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(places) == 1 and array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]  # M[i] of one column
        if len(places) > array.ndim:
            raise self.error(f"{len(places)} indices for {operations.shape_of(array)}", node)
        chosen: list[int | slice] = []
        for place, size in zip(places, array.shape, strict=False):
            if isinstance(place, ast.Slice):
                first = 1 if place.lower is None else self._index(place.lower, size)
                last = size if place.upper is None else self._index(place.upper, size)
                if place.step is not None or last < first:
                    raise self.error("a range is written A[1:2], from 1, the last included", node)
                chosen.append(slice(first - 1, last))
            else:
                chosen.append(self._index(place, size) - 1)
        found: Formulas = np.asarray(array[tuple(chosen)], dtype=object)
        return found

    def _index(self, node: ast.expr, size: int) -> int:
        value = self.whole(node)
        if value is None or not 1 <= value <= size:
            raise self.error(f"an index is a whole number from 1 to {size}", node)
        return value

    def _call(self, node: ast.Call, depth: int) -> Formulas:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = ARRAY_FUNCTIONS.get(name)
        if function is None and name not in CALLABLE and name not in ACTIVATIONS and name not in LOSSES:
            if self.scope.named(name) is not None:
                raise self.error(f"{name} is a name, no function; a product is written {name}*(…)", node)
            near = fields.nearest(name, (*ARRAY_FUNCTIONS, *CALLABLE))
            shown = f"{fields.shown(name)} is no function of formulas" if name else "only functions are called"
            raise self.error(f"{shown}; {near}see `derive recipes` for examples", node)
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.error(f"{name} takes plain arguments only", node)
        if function is not None:
            result: Formulas = function(Arguments(self, node, name, depth))
            return result
        arguments = [self.part(argument, depth) for argument in node.args]
        if node.keywords:
            raise self.error(f"{name} takes no named arguments", node)
        if name in LOSSES:
            if len(arguments) != 2:
                raise self.error(f"{name} takes a target and an output", node)
            return each(LOSSES[name].error, *arguments)
        record = CALLABLE.get(name) or FUNCTIONS[name]
        if record.name == "identity" and len(arguments) == 1:
            return arguments[0]
        count = record.arity
        if len(arguments) != (count or max(len(arguments), 2)):
            wanted = "one argument" if count == 1 else "two arguments or more"
            raise self.error(f"{name} takes {wanted}; here are {len(arguments)}", node)
        if count is None:
            return each(lambda *items: operations.nested(record.name, items), *arguments)
        return each(lambda *items: Call(record.name, items), *arguments)
