"""The arrays of an own architecture on the page: what they are called, and their numbers as matrices.

A vector is a column. What is shown of an array at a round are the ids that its numbers have there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from derive.display.tree import Name, Partial, Tree, Wrap
from derive.errors import UnsupportedError
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import Symbol, place_symbol, updated_id
from derive.given.program import syntax
from derive.given.program.model import Block as Array
from derive.given.program.model import Key
from derive.network.derivation import Derivation
from derive.telling.lines import Pen
from derive.telling.matrices import Grid, figure_width

#: Rows of a matrix that are printed whole, and its width in em.
_TALLEST, _WIDEST = 8, 36.0
#: Weights of a dense layer, each with a name of its own, that are written as a matrix from so many on.
MANY = 17

#: What is printed for a number that is not there; among the ids of an array it has none.
DOT = Name(Symbol(letters="·"))

Shape = tuple[int, ...]


@dataclass(kw_only=True)
class Arrays:
    """What stands for the arrays of a program on one page.

    Attributes
    ----------
    problem : FormulaProblem
        With a program.
    pen : Pen
    shapes : mapping of ids to shape
        Every array that has been written, by the ids of its numbers.
    symbols : mapping of ids to tree
    """

    problem: FormulaProblem
    pen: Pen
    shapes: dict[tuple[str, ...], Shape] = field(default_factory=dict)
    symbols: dict[tuple[str, ...], Tree] = field(default_factory=dict)
    holders: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Everything of the first round is known from the start."""
        for array in self.by_key.values():
            if not is_alias(array) and array.own:
                self.know(array.ids, array)

    @property
    def derivation(self) -> Derivation:
        """Of the rounds that are told."""
        return self.pen.derivation

    @cached_property
    def by_key(self) -> Mapping[Key, Array]:
        """The arrays by name, step of time and sample."""
        program = self.problem.program
        assert program is not None
        return {array.key: array for array in (*program.given, *program.worked)}

    @cached_property
    def width(self) -> float:
        """Of a computed figure, in em."""
        return figure_width(self.problem.display)

    def know(self, ids: tuple[str, ...], array: Array) -> None:
        """An array has been written: what these ids stand for can be named from now on."""
        if ids in self.shapes:
            return
        self.shapes[ids], self.symbols[ids] = array.shape, self.symbol(ids, array)
        for name in (each for each in ids if each):
            self.holders.setdefault(name, ids)

    def at(self, array: Array, number: int) -> tuple[str, ...]:
        """The ids that the numbers of an array have in a round, from 0."""
        return tuple(self._of_round(name, number) for name in array.ids)

    def _of_round(self, name: str, number: int) -> str:
        structure = self.problem.structure
        round_of = f"@{number}" if number else ""
        if name in structure.updated and self.problem.plan.rule.ahead:
            return str(structure.places[name].called(prefix="ahead_")) + round_of
        if name in self.derivation.trained:
            return name if not number else updated_id(name) if number == 1 else f"{name}@{number}"
        return name if name in self.derivation.givens or not name else name + round_of

    @cached_property
    def _kernels(self) -> frozenset[Key]:
        """Arrays that count kernels first."""
        found: set[Key] = set()
        for array in self.by_key.values():
            if "convolve(" not in array.text or len(array.shape) < 3:
                continue  # one map alone comes of one kernel, whose last index may count channels
            keys = dict(array.names)
            for call in ast.walk(syntax.parsed(array.text, array.path)):
                match call:
                    case ast.Call(func=ast.Name(id="convolve"), args=[_, ast.Name(id=kernel), *_]) if kernel in keys:
                        found.update(keys[kernel])
        return frozenset(key for key in found if len(self.by_key[key].shape) in (3, 4))

    def counts_first(self, array: Array) -> bool:
        """Whether the first of three indices says which matrix it is: kernels and heads; else the last, as of maps."""
        if array.key in self._kernels or "split(" in array.text:
            return True
        if "convolve(" in array.text or "_pool(" in array.text:
            return False
        used = (self.by_key[key] for _, keys in array.names for key in keys[:1])
        return any(self.counts_first(each) for each in used if len(each.shape) == 3 and each.text)

    # Symbols

    def symbol(self, ids: Sequence[str], array: Array, index: str = "") -> Tree:
        """What an array is called; ``index`` is a part of it, such as ``·,·,2``."""
        plain, _, number = next(name for name in ids if name).partition("@")
        terms = self.pen.terms
        if plain in terms.ends:
            upper, lower = terms.ends[plain]
            if not plain.startswith("delta_"):
                by = self.symbol((lower,), array, index)
                return Partial(terms.name(f"{upper}@{number}" if number else upper), by)
        place = terms.places[plain]
        shown = place_symbol(replace(place, index=()), terms.notation, int(number or 0))
        if array.name == "inputs":
            shown = Symbol(letters="inputs" if "x" in self.problem.structure.places else "x",
                           superscript=shown.superscript)  # fmt: skip
        elif array.name.startswith(("W ", "b ")) and array.shape:
            letter, _, layer = array.name.partition(" ")
            shown = Symbol(letters=letter, subscript=layer, superscript=shown.superscript)
        bold = self.problem.display.bold_arrays and bool(array.shape)
        return Name(replace(indexed(shown, index), bold=bold))

    def bare(self, name: str) -> Tree:
        """What a number is called without its step of time and sample, over a column of them."""
        terms = self.pen.terms
        return Name(place_symbol(replace(terms.places[name], time=None, sample=None), terms.notation, 0))

    # Numbers

    def grid(self, ids: Sequence[str], shape: Shape, *, lying: bool = False) -> Grid:
        """A vector as a column (``lying``: as a row), a matrix row by row."""
        width = len(ids) if lying else shape[1] if len(shape) > 1 else 1
        rows = tuple(tuple(ids[start : start + width]) for start in range(0, len(ids), width))
        typed = self.problem.numbers
        each = max(0.5 * (len(typed[name].text) + 1) if name in typed else self.width for name in ids)
        return Grid(rows=rows, entry_width=each, tallest=_TALLEST, widest=_WIDEST)

    def numbers(self, ids: Sequence[str], shape: Shape, place: str, *, lying: bool = False) -> Tree | None:
        """An array with its figures; None where it is too large to be printed whole."""
        grid = self.grid(ids, shape, lying=lying)
        return grid.tree(lambda name: self.cell(name, place)) if grid.whole else None

    def cell(self, name: str, place: str) -> Tree:
        """The figure of an entry; a dot where there is none, as where two units are not connected."""
        return DOT if not name else self.pen.terms.slot(name, place)

    def slot(self, name: str, place: str, wrap: Wrap = "signed") -> Tree:
        """The figure of one number."""
        return self.pen.terms.slot(name, place, wrap)

    def shown(self, ids: tuple[str, ...], shape: Shape) -> tuple[tuple[str, ...], Shape]:
        """The array that these ids are, or that is repeated in them along rows or columns; one number alone is ().

        Raises
        ------
        UnsupportedError
            If it is none that has been written.
        """
        if len(set(ids)) == 1:
            return ids[:1], ()
        if ids in self.symbols:
            return ids, self.shapes[ids]
        if len(shape) == 2:
            rows = [ids[start : start + shape[1]] for start in range(0, len(ids), shape[1])]
            first = tuple(row[0] for row in rows)
            if all(len(set(row)) == 1 for row in rows) and first in self.symbols:
                return first, (len(first), 1)
            if len(set(rows)) == 1 and rows[0] in self.symbols:
                return rows[0], (1, shape[1])
        raise UnsupportedError("these numbers are no array that has a name")


def is_alias(array: Array) -> bool:
    """Whether it is numbers that have a name already, called by another one: what comes into a layer."""
    return array.name.startswith(("in ", "last "))


def indexed(symbol: Symbol, index: str) -> Symbol:
    """A symbol with one more index."""
    return replace(symbol, subscript=",".join(part for part in (symbol.subscript, index) if part))


def parts_of(array: Array, *, first: bool) -> Iterator[tuple[str, tuple[int, ...], Shape]]:
    """The matrices of an array with three indices, or with four: kernels first, their channels last.

    Each with its index, the positions of its numbers, and their shape.
    """
    positions = np.arange(len(array.ids)).reshape(array.shape)
    if positions.ndim == 4:
        kernels, *_, channels = array.shape
        parts = [(f"{n + 1},·,·,{c + 1}", positions[n, :, :, c]) for n in range(kernels) for c in range(channels)]
    elif first:
        parts = [(f"{one + 1},·,·", positions[one]) for one in range(array.shape[0])]
    else:
        parts = [(f"·,·,{one + 1}", positions[..., one]) for one in range(array.shape[-1])]
    for index, own in parts:
        yield index, tuple(map(int, own.flat)), own.shape
