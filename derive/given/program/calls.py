"""The functions of arrays that formulas may call, and how their arguments are read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from derive.errors import ProblemError
from derive.formula.expression import ONE, Call, Expression, Power
from derive.given.program import operations
from derive.given.program.operations import Formulas, ShapeError, each
from derive.given.program.syntax import names_in

#: Words for the direction in which a function goes over an array, as its later arguments.
AXES = ("rows", "columns", "time", "samples")
#: Rows by which an array may be moved up.
LARGEST_ROLL = 1_000
_WORDS = (*AXES, "causal")


class Scope(Protocol):
    """What names stand for where a formula is read."""

    def named(self, name: str) -> Formulas | None:
        """The array of a name, or None."""

    def before(self, name: str, steps: int = 1) -> Formulas | None:
        """The array of a name so many steps of time earlier, or None."""

    def series(self, name: str) -> list[Formulas] | None:
        """A name at all its steps of time, or None."""

    def over_samples(self, name: str) -> list[Formulas] | None:
        """A name in all samples on turn, or None."""

    def known(self) -> tuple[str, ...]:
        """All names, for messages."""

    def own(self, name: str) -> str:
        """What the problem file calls what a name stands for."""


class Parts(Protocol):
    """What reads the parts of a formula."""

    scope: Scope
    standing: Mapping[str, Formulas]

    def part(self, node: ast.expr, depth: int) -> Formulas:
        """The array that a part spells."""

    def whole(self, node: ast.expr) -> int | None:
        """A whole number as it is typed, or None."""

    def error(self, message: str, node: ast.expr) -> ProblemError:
        """What is wrong with a part."""


class Arguments:
    """The arguments of one call, read as they are asked for."""

    def __init__(self, reader: Parts, node: ast.Call, name: str, depth: int) -> None:
        self.reader, self.node, self.name, self.depth = reader, node, name, depth
        words = [argument.id for argument in node.args[1:] if self._is_word(argument)]  # type: ignore[attr-defined]
        self.words = tuple(words)
        self.nodes = [argument for place, argument in enumerate(node.args) if not (place and self._is_word(argument))]
        self.options = {one.arg or "": one.value for one in node.keywords}

    def _is_word(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in _WORDS and self.reader.scope.named(node.id) is None

    def error(self, message: str) -> ProblemError:
        """What is wrong with the call."""
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

    def along(self, word: str, find: Callable[[str], list[Formulas] | None]) -> list[Formulas]:
        """The one argument at all steps of time, or in all samples."""
        if not self.nodes:
            raise self.error("takes an argument before the axis")
        series = {name: found for name in names_in(self.nodes[0]) if (found := find(name)) is not None}
        if not series:
            raise self.error(f"the axis {word} needs something that has one")
        parts: list[Formulas] = []
        before = self.reader.standing
        for place in range(min(map(len, series.values()))):
            self.reader.standing = {**before, **{name: found[place] for name, found in series.items()}}
            parts.append(self.reader.part(self.nodes[0], self.depth))
        self.reader.standing = before
        return parts

    def done(self) -> None:
        """Refuse named arguments that nobody asked for."""
        if self.options:
            raise self.error(f"has no argument called {next(iter(self.options))}")


def _reduction(name: str) -> Callable[[Arguments], Formulas]:
    build = operations.REDUCTIONS[name]

    def call(given: Arguments) -> Formulas:
        given.done()
        for word, find in (("time", given.reader.scope.series), ("samples", given.reader.scope.over_samples)):
            if word in given.words:
                return each(lambda *items: build(list(items)), *given.along(word, find))
        if name in ("max", "min") and len(given.nodes) > 1:
            return each(lambda *items: operations.nested(name, items), *given.arrays(2))
        return operations.reduced(given.array(), given.axis(), build)

    return call


def _softmax(given: Arguments) -> Formulas:
    node = given.options.pop("mask", None)
    given.done()
    arrays = given.arrays(1, 2)
    mask = arrays[1] if len(arrays) > 1 else None if node is None else given.reader.part(node, given.depth)
    if "causal" in given.words:
        mask = operations.causal(arrays[0].shape[-1])
    return operations.soft_shares(arrays[0], given.axis(), mask)


def _convolve(given: Arguments) -> Formulas:
    stride, padding, turned = given.option("stride", 1, 1), given.option("padding", 0, 0), given.option("turned", 0, 0)
    given.done()
    picture, kernel = given.arrays(2, 2)
    return operations.convolved(picture, kernel, stride, padding, turned=bool(turned))


def _pool(build: Callable[[list[Expression]], Expression]) -> Callable[[Arguments], Formulas]:
    def call(given: Arguments) -> Formulas:
        if len(given.nodes) != 2:
            raise given.error("takes a picture and the size of the window")
        size = given.whole(given.nodes[1], 1)
        stride = given.option("stride", size, 1)
        given.done()
        return operations.pooled(given.reader.part(given.nodes[0], given.depth), size, stride, build)

    return call


def _of_one(build: Callable[[Formulas], Formulas]) -> Callable[[Arguments], Formulas]:
    def call(given: Arguments) -> Formulas:
        given.done()
        return build(given.array())

    return call


def _flatten(given: Arguments) -> Formulas:
    first = given.option("channels_first", 0, 0)
    given.done()
    array = given.array()
    return operations.flattened(array, channels_first=bool(first))


def _one_hot(given: Arguments) -> Formulas:
    place, count = (given.whole(node, 1) for node in given.nodes)
    return operations.one_hot(place, count)


def _concat(given: Arguments) -> Formulas:
    return operations.joined(given.arrays(2), given.axis())


def _where(given: Arguments) -> Formulas:
    return each(operations.choice, *given.arrays(3, 3))


def _split(given: Arguments) -> Formulas:
    if len(given.nodes) != 2:
        raise given.error("takes a matrix and the number of parts")
    return operations.split(given.reader.part(given.nodes[0], given.depth), given.whole(given.nodes[1], 1))


def _outer(given: Arguments) -> Formulas:
    a, b = given.arrays(2, 2)
    return each(lambda x, y: operations.product((x, y)), a.reshape(-1, 1), b.reshape(1, -1))


def _roll(given: Arguments) -> Formulas:
    if len(given.nodes) != 2:
        raise given.error("takes an array and by how many rows it moves down")
    down = given.whole(given.nodes[1], -LARGEST_ROLL)
    return operations.rolled(given.reader.part(given.nodes[0], given.depth), down)


def _transposed(array: Formulas) -> Formulas:
    if array.ndim < 2:
        return array.reshape(1, -1) if array.ndim else array
    return array.swapaxes(-1, -2)


def _before(given: Arguments) -> Formulas:
    node = given.nodes[0] if given.nodes else None
    steps = given.whole(given.nodes[1], 1) if len(given.nodes) > 1 else 1
    found = given.reader.scope.before(node.id, steps) if isinstance(node, ast.Name) else None
    if found is None:
        raise ShapeError("before: needs a name with a start, such as h = { start = 0 } among the givens, or a state")
    return found


def _last(given: Arguments) -> Formulas:
    node = given.nodes[0] if given.nodes else None
    found = given.reader.scope.series(node.id) if isinstance(node, ast.Name) else None
    if not found:
        raise given.error("needs the name of a series")
    return found[-1]


def _norm(array: Formulas) -> Formulas:
    return operations.alone(Call("sqrt", (operations.total([Power(item, 2) for item in array.flat]),)))


#: By name.
ARRAY_FUNCTIONS: Mapping[str, Callable[[Arguments], Any]] = {
    **{name: _reduction(name) for name in operations.REDUCTIONS},
    "softmax": _softmax,
    "convolve": _convolve,
    "max_pool": _pool(operations.REDUCTIONS["max"]),
    "average_pool": _pool(operations.mean),
    "transpose": _of_one(_transposed),
    "flatten": _flatten,
    "lower": _of_one(operations.lower),
    "join": _of_one(operations.rejoined),
    "norm": _of_one(_norm),
    "ones": _of_one(lambda array: each(lambda _: ONE, array)),
    "rows": _of_one(lambda array: operations.number(array.shape[0])),
    "columns": _of_one(lambda array: operations.number(array.shape[1] if array.ndim > 1 else 1)),
    "step": _of_one(lambda array: each(lambda item: Call("at_least", (item, operations.ZERO)), array)),
    "sign": _of_one(lambda array: each(lambda item: Call("sign", (item,)), array)),
    "normal": _of_one(lambda array: each(lambda item: Call("normal", (item,)), array)),
    "floor": _of_one(lambda array: each(lambda item: Call("floor", (item,)), array)),
    "split": _split,
    "outer": _outer,
    "concat": _concat,
    "where": _where,
    "one_hot": _one_hot,
    "roll": _roll,
    "before": _before,
    "last": _last,
}
