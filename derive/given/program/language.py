"""Formulas of arrays, by a whitelist over Python's syntax tree: from text to one plain formula for each element.

Nothing of the text is evaluated. The limits on length and brackets are those of plain formulas.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from derive.errors import ProblemError
from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient
from derive.formula.functions import ACTIVATIONS, CALLABLE, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given import fields
from derive.given.parser import DEEPEST, LARGEST_EXPONENT, MOST_NODES, check_raw, typed_number
from derive.given.program import operations
from derive.given.program.operations import Formulas, ShapeError, each

#: Words for the direction in which a function goes over an array, as its later arguments.
AXES = ("rows", "columns", "time", "samples")
_WORDS = (*AXES, "causal")
_COMPARED: Mapping[type[ast.cmpop], Callable[[Expression, Expression], Expression]] = {
    ast.Gt: lambda a, b: Call("above", (a, b)),
    ast.GtE: lambda a, b: Call("at_least", (a, b)),
    ast.Lt: lambda a, b: Call("above", (b, a)),
    ast.LtE: lambda a, b: Call("at_least", (b, a)),
    ast.Eq: lambda a, b: Product((Call("at_least", (a, b)), Call("at_least", (b, a)))),
}
_ALLOWED = "+ - * / ** @, comparisons, A[1,2], numbers, names and functions"


class Scope(Protocol):
    """What names stand for where a formula is read."""

    def named(self, name: str) -> Formulas | None:
        """The array of a name, or None."""

    def before(self, name: str) -> Formulas | None:
        """The array of a name one step of time earlier, or None."""

    def series(self, name: str) -> list[Formulas] | None:
        """A name at all its steps of time, or None."""

    def over_samples(self, name: str) -> list[Formulas] | None:
        """A name in all samples on turn, or None."""

    def known(self) -> tuple[str, ...]:
        """All names, for messages."""


def parsed(text: object, path: str) -> ast.expr:
    """The syntax tree of a formula, within the limits.

    Raises
    ------
    ProblemError
    """
    if not isinstance(text, str):
        raise ProblemError(f'a formula in quotes is needed, such as "W @ x + b"; here is {fields.kind(text)}', key=path)
    check_raw(text, path, refused="#\\;'\"`{}$?!&|^~%\n", allowed=_ALLOWED)
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


def read(text: str, tree: ast.expr, path: str, scope: Scope) -> Formulas:
    """The array of formulas that a text spells.

    Raises
    ------
    ProblemError
        With the place within the formula and what is allowed.
    """
    return _Reader(text.strip(), path, scope).part(tree, 0)


class _Reader:
    def __init__(self, text: str, path: str, scope: Scope) -> None:
        self.text, self.path, self.scope = text, path, scope

    def error(self, message: str, node: ast.expr) -> ProblemError:
        return ProblemError(f"{message} (place {node.col_offset + 1})", key=self.path)

    def part(self, node: ast.expr, depth: int) -> Formulas:
        if depth > 2 * DEEPEST:
            raise self.error("the formula is nested too deep", node)
        try:
            return self._part(node, depth + 1)
        except ShapeError as error:
            raise self.error(str(error), node) from None

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
        raise self.error(f"the sign or word {shown} is not allowed in a formula: allowed are {_ALLOWED}", node)

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
        found = self.scope.named(name)
        if found is not None:
            return found
        known = self.scope.known()
        if name in CALLABLE or name in _FUNCTIONS:
            raise self.error(f"{name} is a function: write {name}(…)", node)
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
        found = array[tuple(chosen)]
        return found if isinstance(found, np.ndarray) else operations.alone(found)

    def _index(self, node: ast.expr, size: int) -> int:
        value = self.whole(node)
        if value is None or not 1 <= value <= size:
            raise self.error(f"an index is a whole number from 1 to {size}", node)
        return value

    def _call(self, node: ast.Call, depth: int) -> Formulas:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = _FUNCTIONS.get(name)
        if function is None and name not in CALLABLE and name not in ACTIVATIONS and name not in LOSSES:
            if self.scope.named(name) is not None:
                raise self.error(f"{name} is a name, no function; a product is written {name}*(…)", node)
            near = fields.nearest(name, (*_FUNCTIONS, *CALLABLE))
            shown = f"{fields.shown(name)} is no function of formulas" if name else "only functions are called"
            raise self.error(f"{shown}; {near}see `derive recipes` for examples", node)
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.error(f"{name} takes plain arguments only", node)
        if function is not None:
            return function(_Arguments(self, node, name, depth))
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


class _Arguments:
    """The arguments of one call, read as they are asked for."""

    def __init__(self, reader: _Reader, node: ast.Call, name: str, depth: int) -> None:
        self.reader, self.node, self.name, self.depth = reader, node, name, depth
        words = [argument.id for argument in node.args[1:] if self._is_word(argument)]  # type: ignore[attr-defined]
        self.words = tuple(words)
        self.nodes = [argument for place, argument in enumerate(node.args) if not (place and self._is_word(argument))]
        self.options = {each.arg or "": each.value for each in node.keywords}

    def _is_word(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in _WORDS and self.reader.scope.named(node.id) is None

    def error(self, message: str) -> ProblemError:
        return self.reader.error(f"{self.name}: {message}", self.node)

    def arrays(self, least: int, most: int | None = None) -> list[Formulas]:
        """All arguments that are arrays."""
        count = len(self.nodes)
        if count < least or (most is not None and count > most):
            raise self.error(f"takes {least if least == most else f'{least} to {most}'} arguments; here are {count}")
        return [self.reader.part(node, self.depth) for node in self.nodes]

    def array(self) -> Formulas:
        """The one argument."""
        return self.arrays(1, 1)[0]

    def axis(self) -> str | None:
        """rows or columns, or None."""
        found = [word for word in self.words if word in ("rows", "columns")]
        return found[0] if found else None

    def whole(self, node: ast.expr, least: int) -> int:
        """An argument that is a whole number."""
        value = self.reader.whole(node)
        if value is None or value < least:
            raise self.error(f"a whole number of {least} or more is needed")
        return value

    def option(self, name: str, default: int, least: int) -> int:
        """A named argument that is a whole number."""
        node = self.options.pop(name, None)
        return default if node is None else self.whole(node, least)

    def done(self) -> None:
        """Refuse named arguments that nobody asked for."""
        if self.options:
            raise self.error(f"has no argument called {next(iter(self.options))}")


def _reduction(name: str) -> Callable[[_Arguments], Formulas]:
    build = operations.REDUCTIONS[name]

    def call(given: _Arguments) -> Formulas:
        given.done()
        for word, find in (("time", given.reader.scope.series), ("samples", given.reader.scope.over_samples)):
            if word in given.words:
                node = given.nodes[0] if given.nodes else None
                found = find(node.id) if isinstance(node, ast.Name) else None
                if found is None:
                    raise given.error(f"the axis {word} needs the name of something that has one")
                return each(lambda *items: build(list(items)), *found)
        if name in ("max", "min") and len(given.nodes) > 1:
            return each(lambda *items: operations.nested(name, items), *given.arrays(2))
        return operations.reduced(given.array(), given.axis(), build)

    return call


def _softmax(given: _Arguments) -> Formulas:
    node = given.options.pop("mask", None)
    given.done()
    arrays = given.arrays(1, 2)
    mask = arrays[1] if len(arrays) > 1 else None if node is None else given.reader.part(node, given.depth)
    if "causal" in given.words:
        mask = operations.causal(arrays[0].shape[-1])
    return operations.soft_shares(arrays[0], given.axis(), mask)


def _convolve(given: _Arguments) -> Formulas:
    stride, padding = given.option("stride", 1, 1), given.option("padding", 0, 0)
    given.done()
    picture, kernel = given.arrays(2, 2)
    return operations.convolved(picture, kernel, stride, padding)


def _pool(build: Callable[[list[Expression]], Expression]) -> Callable[[_Arguments], Formulas]:
    def call(given: _Arguments) -> Formulas:
        if len(given.nodes) != 2:
            raise given.error("takes a picture and the size of the window")
        size = given.whole(given.nodes[1], 1)
        stride = given.option("stride", size, 1)
        given.done()
        return operations.pooled(given.reader.part(given.nodes[0], given.depth), size, stride, build)

    return call


def _of_one(build: Callable[[Formulas], Formulas]) -> Callable[[_Arguments], Formulas]:
    def call(given: _Arguments) -> Formulas:
        given.done()
        return build(given.array())

    return call


def _one_hot(given: _Arguments) -> Formulas:
    place, count = (given.whole(node, 1) for node in given.nodes)
    return operations.one_hot(place, count)


def _concat(given: _Arguments) -> Formulas:
    return operations.joined(given.arrays(2), given.axis())


def _where(given: _Arguments) -> Formulas:
    return each(operations.choice, *given.arrays(3, 3))


def _split(given: _Arguments) -> Formulas:
    if len(given.nodes) != 2:
        raise given.error("takes a matrix and the number of parts")
    return operations.split(given.reader.part(given.nodes[0], given.depth), given.whole(given.nodes[1], 1))


def _outer(given: _Arguments) -> Formulas:
    a, b = given.arrays(2, 2)
    return each(lambda x, y: operations.product((x, y)), a.reshape(-1, 1), b.reshape(1, -1))


def _transposed(array: Formulas) -> Formulas:
    return array.reshape(1, -1) if array.ndim == 1 else array.swapaxes(-1, -2)


def _before(given: _Arguments) -> Formulas:
    node = given.nodes[0] if given.nodes else None
    found = given.reader.scope.before(node.id) if isinstance(node, ast.Name) else None
    if found is None:
        raise given.error("needs a name with a start, such as h = { start = 0 } among the givens, or a state")
    return found


def _last(given: _Arguments) -> Formulas:
    node = given.nodes[0] if given.nodes else None
    found = given.reader.scope.series(node.id) if isinstance(node, ast.Name) else None
    if not found:
        raise given.error("needs the name of a series")
    return found[-1]


def _norm(array: Formulas) -> Formulas:
    return operations.alone(Call("sqrt", (operations.total([Power(item, 2) for item in array.flat]),)))


_FUNCTIONS: Mapping[str, Callable[[_Arguments], Any]] = {
    **{name: _reduction(name) for name in operations.REDUCTIONS},
    "softmax": _softmax,
    "convolve": _convolve,
    "max_pool": _pool(operations.REDUCTIONS["max"]),
    "average_pool": _pool(operations.mean),
    "transpose": _of_one(_transposed),
    "flatten": _of_one(lambda array: array.reshape(-1)),
    "lower": _of_one(operations.lower),
    "join": _of_one(operations.rejoined),
    "norm": _of_one(_norm),
    "ones": _of_one(lambda array: each(lambda _: ONE, array)),
    "rows": _of_one(lambda array: operations.number(array.shape[0])),
    "columns": _of_one(lambda array: operations.number(array.shape[1] if array.ndim > 1 else 1)),
    "step": _of_one(lambda array: each(lambda item: Call("at_least", (item, operations.ZERO)), array)),
    "sign": _of_one(lambda array: each(lambda item: Call("sign", (item,)), array)),
    "floor": _of_one(lambda array: each(lambda item: Call("floor", (item,)), array)),
    "split": _split,
    "outer": _outer,
    "concat": _concat,
    "where": _where,
    "one_hot": _one_hot,
    "before": _before,
    "last": _last,
}
