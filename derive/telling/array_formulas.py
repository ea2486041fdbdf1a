"""Formulas of arrays as they are typed, as display trees: once in symbols, once with matrices of numbers."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from derive.display.tree import (
    Digits,
    Elementwise,
    Fraction,
    Function,
    Juxtaposed,
    Matrix,
    Minus,
    Parentheses,
    Power,
    Product,
    Sum,
    Transposed,
    Tree,
    Words,
)
from derive.errors import ProblemError, UnsupportedError
from derive.formula.expression import Const, Ref
from derive.formula.functions import ACTIVATIONS, CALLABLE, FUNCTIONS
from derive.given.program import operations, syntax
from derive.given.program.language import Reader
from derive.given.program.model import Block as Array
from derive.telling.array_parts import (
    STAR,
    Names,
    Shown,
    added,
    both,
    chain,
    factors_of,
    in_brackets,
    index_of,
    is_axis,
    wider,
)
from derive.telling.arrays import Arrays, Shape
from derive.telling.matrices import scaled, times

#: What rearranges numbers and works none out: read as an array, printed by its numbers.
_REARRANGED = ("split", "concat", "lower", "ones", "one_hot", "rows", "columns", "before", "last")

#: Heads that are written side by side.
_MOST_JOINED = 4


def shown_formula(arrays: Arrays, array: Array, number: int, place: str, part: int | None = None) -> Shown:
    """The formula of an array.

    Parameters
    ----------
    arrays : Arrays
    array : Array
        One that is worked out.
    number : int
        The round, from 0.
    place : str
        Id of the step that the numbers stand in.
    part : int or None
        Of an array of three indices: which of its matrices, from 0.

    Raises
    ------
    UnsupportedError
        If there is no way to write it with vectors and matrices.
    """
    scope = Names(arrays, array, number)
    writer = _Writer(arrays, array, number, place, part, Reader(array.text, array.path, scope))
    try:
        return writer.part(syntax.parsed(array.text, array.path))
    except (ProblemError, operations.ShapeError) as error:
        raise UnsupportedError(str(error)) from None


class _Writer:
    """Writes one formula, part by part."""

    def __init__(self, arrays: Arrays, array: Array, number: int, place: str, part: int | None, reader: Reader) -> None:
        self.arrays, self.array, self.number, self.place, self.of_part = arrays, array, number, place, part
        self.reader = reader
        self.scope: Names = reader.scope  # type: ignore[assignment]

    def part(self, node: ast.expr) -> Shown:
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._sum(node)
            case ast.BinOp(op=ast.Mult()):
                return self._product([self.part(each) for each in chain(node, ast.Mult)])
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                above, below = self._beside([self.part(left), self.part(right)])
                return both(lambda a, b: Fraction(a, b), above, below, shape=wider(above, below))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self._matrix_product(self.part(left), self.part(right))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(self.part(left), right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.part(operand)
                return both(lambda tree: Minus(Parentheses(tree) if isinstance(tree, Sum) else tree), inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.part(operand)
            case ast.Constant():
                return self._read(node)
            case ast.Name():
                return self._name(node)
            case ast.Subscript(value=ast.Name(id=name), slice=places) if self.scope.array(name) is not None:
                found = self._read(node)
                array = self.scope.array(name)
                assert array is not None
                shown = self.arrays.symbol(self.arrays.at(array, self.number), array, index_of(places))
                return replace(found, symbols=shown)
            case ast.Call(func=ast.Name(id=name)):
                return self._call(name, node)
        raise UnsupportedError("this part has no form with matrices")

    # Leaves

    def _name(self, node: ast.Name) -> Shown:
        array = self.scope.array(node.id)
        if array is None:
            raise UnsupportedError(f"{node.id} stands for several arrays")
        return self._array(array)

    def _array(self, array: Array) -> Shown:
        ids = self.arrays.at(array, self.number)
        if not array.shape:
            return Shown(symbols=self.arrays.pen.terms.name(ids[0]), numbers=self.arrays.slot(ids[0], self.place),
                         shape=())  # fmt: skip
        part = self.of_part
        if part is not None and len(array.shape) == 3:
            first = self.arrays.counts_first(array)
            positions = np.arange(len(ids)).reshape(array.shape)
            own = positions[part] if first else positions[..., part]
            index = f"{part + 1},·,·" if first else f"·,·,{part + 1}"
            return self._of(tuple(ids[k] for k in own.flat), own.shape, array, index)
        if part is not None and array.shape == self.array.shape[-1:] and not self.arrays.counts_first(self.array):
            # One number for each map.
            terms = self.arrays.pen.terms
            return Shown(symbols=terms.name(ids[part]), numbers=self.arrays.slot(ids[part], self.place), shape=())
        return self._of(ids, array.shape, array)

    def _of(self, ids: tuple[str, ...], shape: Shape, array: Array, index: str = "") -> Shown:
        return self._shown(self.arrays.symbol(self.arrays.at(array, self.number), array, index), ids, shape)

    def _shown(self, symbols: Tree, ids: tuple[str, ...], shape: Shape) -> Shown:
        if len(shape) > 2:
            return Shown(symbols=symbols, numbers=None, shape=shape)
        if len(ids) == 1 and len(shape) == 1:
            # A vector of one number, such as the bias of one kernel, reads as the number.
            slot = self.arrays.slot(ids[0], self.place)
            return Shown(symbols=symbols, numbers=slot, shape=shape, lying=slot)
        lying = self.arrays.numbers(ids, shape, self.place, lying=True) if len(shape) == 1 else None
        return Shown(symbols=symbols, numbers=self.arrays.numbers(ids, shape, self.place), shape=shape, lying=lying)

    def _read(self, node: ast.expr, symbols: Tree | None = None) -> Shown:
        """A part that rearranges numbers: what it comes to, one by one."""
        found = self.reader.part(node, 0)
        if self.of_part is not None and found.ndim == 3:
            found = found[self.of_part]
        items = list(found.flat)
        if all(isinstance(item, Ref) for item in items):
            ids = tuple(item.id for item in items)
            if not found.ndim:
                return Shown(symbols=symbols or self.arrays.pen.terms.name(ids[0]),
                             numbers=self.arrays.slot(ids[0], self.place), shape=())  # fmt: skip
            return self._shown(symbols or self.arrays.symbols.get(ids) or Words("…"), ids, found.shape)
        if any(not isinstance(item, Ref | Const) for item in items):
            raise UnsupportedError("a part that is worked out within the formula")
        terms = self.arrays.pen.terms
        cells = [terms.symbols(item) if isinstance(item, Const) else self.arrays.slot(item.id, self.place, "bare")
                 for item in items]  # fmt: skip
        if not found.ndim:
            return Shown(symbols=symbols or cells[0], numbers=cells[0], shape=())
        width = found.shape[1] if found.ndim > 1 else 1
        rows = tuple(tuple(cells[start : start + width]) for start in range(0, len(cells), width))
        numbers = Matrix(rows) if found.ndim < 3 and self.arrays.grid(["?"] * len(cells), found.shape).whole else None
        return Shown(symbols=symbols or numbers or Words("…"), numbers=numbers, shape=found.shape)

    # Signs

    def _sum(self, node: ast.BinOp) -> Shown:
        terms: list[tuple[bool, ast.expr]] = []
        rest: ast.expr = node
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Add | ast.Sub):
            terms.append((isinstance(rest.op, ast.Sub), rest.right))
            rest = rest.left
        terms.append((False, rest))
        shown = self._beside([self.part(each) for _, each in reversed(terms)])
        minus = [sign for sign, _ in reversed(terms)]

        def build(*trees: Tree) -> Tree:
            found: list[Tree] = []
            for negative, tree in zip(minus, trees, strict=True):
                inner = Parentheses(tree) if isinstance(tree, Sum) else tree
                found.append(Minus(inner) if negative else inner)
            return Sum(tuple(found))

        return both(build, *shown, shape=wider(*shown))

    def _product(self, factors: Sequence[Shown]) -> Shown:
        factors = self._beside(factors)
        single = [each.alone for each in factors]

        def build(*trees: Tree) -> Tree:
            numbers = [tree for tree, alone in zip(trees, single, strict=True) if alone]
            vectors = [in_brackets(tree) for tree, alone in zip(trees, single, strict=True) if not alone]
            if not vectors:
                return Product(tuple(in_brackets(tree) for tree in trees))
            return scaled([in_brackets(tree) for tree in numbers], times(*vectors))

        return both(build, *factors, shape=wider(*factors))

    def _matrix_product(self, left: Shown, right: Shown) -> Shown:
        if left.alone or right.alone:
            return self._product([left, right])
        sizes = len(left.shape), len(right.shape)
        if max(sizes) > 2:
            raise UnsupportedError("a product part by part")
        if sizes == (1, 2):
            # x @ W of a vector: as columns have it.
            return both(lambda x, w: Juxtaposed((Transposed(in_brackets(w)), in_brackets(x))), left, right,
                         shape=right.shape[1:])  # fmt: skip
        if sizes == (1, 1):
            return both(lambda a, b: Juxtaposed((Transposed(in_brackets(a)), in_brackets(b))), left, right, shape=())
        shape = left.shape[:1] + right.shape[1:]
        return both(lambda a, b: Juxtaposed((*factors_of(a), *factors_of(b))), left, right, shape=shape)

    def _power(self, base: Shown, exponent: ast.expr) -> Shown:
        whole = self.reader.whole(exponent)
        if whole == 2 and not base.alone:
            return both(lambda tree: times(in_brackets(tree), in_brackets(tree)), base)
        if not base.alone or whole is None:
            raise UnsupportedError("a power entry by entry")
        return both(lambda tree: Power(tree, Digits(str(whole))), base)

    def _beside(self, parts: Sequence[Shown]) -> list[Shown]:
        """A vector beside a matrix is a row, taken for each of its rows."""
        if max(len(each.shape) for each in parts) < 2:
            return list(parts)
        found = []
        for each in parts:
            if len(each.shape) == 1 and each.shape[0] > 1:
                each = replace(each, symbols=Transposed(each.symbols), numbers=each.lying)
            found.append(each)
        return found

    # Functions

    def _call(self, name: str, node: ast.Call) -> Shown:
        if name == "before":
            found = self.scope.array(ast.unparse(node))
            if found is not None:
                return self._array(found)
        if name in _REARRANGED:
            return self._rearranged(name, node)
        if name == "transpose":
            return self._transposed(node)
        if name == "join" and self.of_part is None:
            return self._joined(node.args[0])
        if name == "convolve":
            return self._convolution(node)
        if name in ("max_pool", "average_pool"):
            return self._pool(name, node)
        words = [each.id for each in node.args[1:] if isinstance(each, ast.Name) and not self.scope.array(each.id)]
        if name == "softmax":
            return self._of_words("softmax", self.part(node.args[0]), words)
        if name == "flatten":
            inner = self.part(node.args[0]) if self.of_part is None else None
            if inner is None:
                raise UnsupportedError("flattened")
            return replace(both(lambda tree: Function("flatten", (tree,)), inner), shape=self.array.shape)
        if name in operations.REDUCTIONS and len(node.args) - len(words) == 1:
            return self._reduced(name, node, words)
        if name in CALLABLE or name in ACTIVATIONS:
            arguments = [self.part(each) for each in node.args]
            record = CALLABLE.get(name) or FUNCTIONS[name]
            if record.name == "identity":
                return arguments[0]
            if record.relation:
                raise UnsupportedError("a comparison")
            return both(lambda *trees: Function(record.printed, trees), *arguments, shape=wider(*arguments))
        raise UnsupportedError(f"{name} has no form with matrices")

    def _of_words(self, name: str, inner: Shown, words: Sequence[str]) -> Shown:
        """A function; in words where it is one of each row or column."""
        if not words:
            return both(lambda tree: Function(name, (tree,)), inner)
        said = Words(f"{'variance' if name == 'var' else name} of each {'row' if 'rows' in words else 'column'} of ")
        masked = (Words(", what comes later left out"),) if "causal" in words else ()
        enclosed = both(lambda tree: Parentheses(tree) if isinstance(tree, Elementwise) else in_brackets(tree), inner)
        return both(lambda tree: Juxtaposed((said, tree, *masked)), enclosed)

    def _reduced(self, name: str, node: ast.Call, words: Sequence[str]) -> Shown:
        if "time" in words or "samples" in words:
            names = syntax.names_in(node.args[0])
            mark = ":" if "time" in words else "#"
            keys = [self.scope.names.get(f"{each}{mark}", ()) for each in names if each not in words]
            if len(keys) != 1 or not isinstance(node.args[0], ast.Name) or not keys[0]:
                raise UnsupportedError("over several arrays")
            several = [self.arrays.by_key[key] for key in keys[0]]
            if len(several) > 4:
                raise UnsupportedError("over many arrays")
            shown = [self._array(each) for each in several]
            total = reduce(lambda found, each: both(added, found, each), shown)
            if name == "sum":
                return total
            if name != "mean":
                raise UnsupportedError("over arrays")
            return both(lambda tree: Fraction(tree, Digits(str(len(several)))), total)
        inner = self.part(node.args[0])
        rows = "rows" in words
        if not words:
            shape: Shape = ()
        elif len(inner.shape) == 1:
            shape, words = (1,), ()
        else:
            shape = (inner.shape[0], 1) if rows else (1, inner.shape[1])
        return replace(self._of_words(name, inner, words), shape=shape)

    def _rearranged(self, name: str, node: ast.Call) -> Shown:
        inner = node.args[0] if node.args else None
        array = self.scope.array(inner.id) if isinstance(inner, ast.Name) else None
        if name == "split" and array is not None and self.of_part is not None:
            symbol = self.arrays.symbol(self.arrays.at(array, self.number), array, f"({self.of_part + 1})")
            return self._read(node, symbol)
        if name == "concat":
            parts = [self.part(each) for each in node.args if not is_axis(each)]
            shown = Function("concat", tuple(each.symbols for each in parts))
            return self._read(node, shown)
        if name in ("rows", "columns", "one_hot", "ones", "last"):
            return self._read(node)
        if name == "lower" and array is not None:
            return self._read(node, Function("lower", (self._array(array).symbols,)))
        raise UnsupportedError(f"{name} has no form with matrices")

    def _transposed(self, node: ast.Call) -> Shown:
        inner = self.part(node.args[0])
        if len(inner.shape) == 1:
            return Shown(symbols=Transposed(in_brackets(inner.symbols)), numbers=inner.lying, shape=(1, *inner.shape))
        shape = inner.shape[::-1]
        return both(lambda tree: Transposed(in_brackets(tree)), inner, shape=shape)

    def _joined(self, node: ast.expr) -> Shown:
        """Parts side by side."""
        count = self.reader.part(node, 0).shape[0]
        if count > _MOST_JOINED:
            raise UnsupportedError("many parts")
        found: list[Tree] = []
        for part in range(count):
            self.of_part = part
            found.append(self.part(node).symbols)
        self.of_part = None
        return Shown(symbols=Matrix((tuple(found),)), numbers=None, shape=self.array.shape)

    def _convolution(self, node: ast.Call) -> Shown:
        picture, kernel = node.args
        array = self.scope.array(kernel.id) if isinstance(kernel, ast.Name) else None
        if array is None:
            raise UnsupportedError("a kernel that is worked out")
        ids = self.arrays.at(array, self.number)
        if len(array.shape) == 2:
            one = self._of(ids, array.shape, array)
        elif len(array.shape) == 3 and self.of_part is not None:
            own = np.arange(len(ids)).reshape(array.shape)[self.of_part]
            one = self._of(tuple(ids[k] for k in own.flat), own.shape, array, f"{self.of_part + 1},·,·")
        else:
            raise UnsupportedError("a kernel of several channels")
        held, self.of_part = self.of_part, None
        try:
            below = self.part(picture)
        finally:
            self.of_part = held
        if len(below.shape) != 2:
            raise UnsupportedError("a picture of several channels")
        return both(
            lambda x, k: Juxtaposed((*factors_of(x), STAR, *factors_of(k))), below, one, shape=self.array.shape[:2]
        )

    def _pool(self, name: str, node: ast.Call) -> Shown:
        inner = self.part(node.args[0])
        size = ast.unparse(node.args[1])
        words = Words(f"{'largest' if name == 'max_pool' else 'mean'} of each {size} by {size} in ")
        return both(lambda tree: Juxtaposed((words, in_brackets(tree))), inner, shape=self.array.shape[:2])
