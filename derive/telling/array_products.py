"""Which formula of matrices the formulas of an array's numbers are: found by looking at every one of them.

Nothing is guessed: a form is taken only where each number's own formula is what the form says.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from derive.display.brackets import rebuilt
from derive.display.tree import Juxtaposed, Parentheses, Product, Sum, Transposed, Tree, Words
from derive.errors import UnsupportedError
from derive.formula.expression import Expression, Ref, children, sum_of
from derive.formula.expression import Product as ProductOf
from derive.formula.expression import Sum as SumOf
from derive.telling.array_parts import STAR, Shown
from derive.telling.arrays import Arrays, Shape
from derive.telling.matrices import scaled, times
from derive.telling.terms import general

_Places = dict[str, tuple[int, int]]


def matrix_form(arrays: Arrays, formulas: Sequence[Expression], shape: Shape, place: str) -> Shown:
    """The formula of an array by those of its numbers: entry by entry, a product of matrices, or a convolution.

    Parameters
    ----------
    arrays : Arrays
    formulas : sequence of Expression
        Of all numbers, row by row.
    shape : tuple of int
        Of one or two indices.
    place : str
        Id of the step that the numbers stand in.

    Raises
    ------
    UnsupportedError
        If it is none of these.
    """
    if len(shape) not in (1, 2):
        raise UnsupportedError("a product part by part")
    for form in (_product, _convolution, _entry_by_entry, _several_ways):
        found = form(arrays, formulas, shape, place)
        if found is not None:
            return found
    raise UnsupportedError("these formulas are no product of matrices")


# Entry by entry


def _entry_by_entry(arrays: Arrays, formulas: Sequence[Expression], shape: Shape, place: str) -> Shown | None:
    """Formulas that are alike but for what they refer to."""
    leaves = [list(_leaves(formula)) for formula in formulas]
    if not all(are_alike(formulas[0], other) for other in formulas[1:]):
        return None
    columns: dict[str, tuple[str, ...]] = {}
    for at in zip(*leaves, strict=True):
        if columns.setdefault(at[0], at) != at:
            return None
    symbols: dict[str, Tree] = {}
    numbers: dict[str, Tree | None] = {}
    several: list[Tree] = []
    for name, column in columns.items():
        try:
            ids, own = arrays.shown(column, shape)
        except UnsupportedError:
            return None
        if len(ids) == len(formulas) and own and own != shape and not isinstance(formulas[0], Ref):
            if own != (1, *shape):
                return None
            # A matrix of one row where a column is needed.
            symbols[name], numbers[name] = Transposed(arrays.symbols[ids]), arrays.numbers(ids, shape, place)
        else:
            symbols[name] = arrays.pen.terms.name(ids[0]) if not own else arrays.symbols[ids]
            if own and own != shape and isinstance(formulas[0], Ref):
                laid_out = f"laid out in {shape[0]} rows" if len(shape) > 1 else "one below the other"
                symbols[name] = Juxtaposed((symbols[name], Words(f", {laid_out}")))
            numbers[name] = arrays.slot(ids[0], place) if not own else arrays.numbers(ids, own, place)
        several += [tree for tree in (symbols[name], numbers[name]) if tree is not None and own]
    if not several:
        return None

    def build(trees: dict[str, Tree]) -> Tree:
        return _with_circles(general(formulas[0], trees, by_name=True), lambda tree: tree in several)

    whole = {name: tree for name, tree in numbers.items() if tree is not None}
    return Shown(symbols=build(symbols), numbers=build(whole) if len(whole) == len(numbers) else None, shape=shape)


def _leaves(formula: Expression) -> Iterator[str]:
    if isinstance(formula, Ref):
        yield formula.id
    for inner in children(formula):
        yield from _leaves(inner)


def are_alike(first: Expression, other: Expression) -> bool:
    """Whether two formulas are the same but for what they refer to."""
    if isinstance(first, Ref) or type(first) is not type(other):
        return isinstance(first, Ref) and isinstance(other, Ref)
    mine, theirs = children(first), children(other)
    if len(mine) != len(theirs):
        return False
    if not mine:
        return first == other
    own = ("function", "exponent")
    if any(getattr(first, key, None) != getattr(other, key, None) for key in own):
        return False
    return all(are_alike(a, b) for a, b in zip(mine, theirs, strict=True))


def _with_circles(tree: Tree, is_array: Callable[[Tree], bool]) -> Tree:
    """Products of arrays with the sign for entry by entry."""

    def holds(part: Tree) -> bool:
        found = is_array(part)

        def look(inner: Tree) -> Tree:
            nonlocal found
            found = found or holds(inner)
            return inner

        if not found:
            rebuilt(part, look)
        return found

    def change(part: Tree) -> Tree:
        if is_array(part):
            return part
        part = rebuilt(part, change)
        if not isinstance(part, Product):
            return part
        vectors = [each for each in part.factors if holds(each)]
        plain = [each for each in part.factors if not holds(each)]
        return scaled(plain, times(*vectors)) if vectors else part

    return change(tree)


# What comes along several ways


def _several_ways(arrays: Arrays, formulas: Sequence[Expression], shape: Shape, place: str) -> Shown | None:
    """Formulas that add up terms of several arrays: each way is a formula of matrices of its own."""
    ways: dict[tuple[object, ...], list[list[Expression]]] = {}
    for position, formula in enumerate(formulas):
        for term in formula.terms if isinstance(formula, SumOf) else ():
            way = tuple(arrays.holders.get(name, name) for name in _leaves(term))
            ways.setdefault(way, [[] for _ in formulas])[position].append(term)
    if len(ways) < 2 or not all(map(all, ways.values())):
        return None
    shown: list[Shown] = []
    for terms in ways.values():
        own = [sum_of(each) for each in terms]
        found = (form(arrays, own, shape, place) for form in (_product, _convolution, _entry_by_entry))
        way_shown = next((each for each in found if each is not None), None)
        if way_shown is None:
            return None
        shown.append(way_shown)
    numbers = [each.numbers for each in shown if each.numbers is not None]
    return Shown(
        symbols=Sum(tuple(each.symbols for each in shown)),
        numbers=Sum(tuple(numbers)) if len(numbers) == len(shown) else None,
        shape=shape,
    )


# Sums of products


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Of each number the pairs of numbers whose products it adds up, and what all products have before them."""

    pairs: tuple[tuple[tuple[str, str], ...], ...]
    before: tuple[Expression, ...]


def _pairs(formulas: Sequence[Expression]) -> _Pairs | None:
    found: list[tuple[tuple[str, str], ...]] = []
    before: tuple[Expression, ...] | None = None
    for formula in formulas:
        own: list[tuple[str, str]] = []
        for term in formula.terms if isinstance(formula, SumOf) else (formula,):
            factors = term.factors if isinstance(term, ProductOf) else ()
            names = [factor.id for factor in factors if isinstance(factor, Ref)]
            rest = tuple(factor for factor in factors if not isinstance(factor, Ref))
            if len(names) != 2 or (before is not None and rest != before) or any(map(list, map(_leaves, rest))):
                return None
            before = rest
            own.append((names[0], names[1]))
        found.append(tuple(own))
    return _Pairs(tuple(found), before or ())


def _operands(arrays: Arrays, pairs: _Pairs) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The two arrays that the products are of."""
    first, second = pairs.pairs[0][0]
    held = arrays.holders.get(first), arrays.holders.get(second)
    if held[0] is not None and held[1] is not None:
        yield held[0], held[1]
        yield held[1], held[0]


def _flat(shape: Shape) -> tuple[int, int]:
    return (shape[0], 1) if len(shape) == 1 else (shape[0], shape[1])


def _places(ids: tuple[str, ...], shape: tuple[int, int]) -> list[list[str]]:
    return [list(ids[start : start + shape[1]]) for start in range(0, len(ids), shape[1])]


def _product(arrays: Arrays, formulas: Sequence[Expression], shape: Shape, place: str) -> Shown | None:
    pairs = _pairs(formulas)
    if pairs is None:
        return None
    rows, columns = _flat(shape)
    counted = [Counter(tuple(sorted(pair)) for pair in own) for own in pairs.pairs]
    for left, right in _operands(arrays, pairs):
        sizes = arrays.shapes[left], arrays.shapes[right]
        if any(len(size) not in (1, 2) for size in sizes):
            continue
        tables = _places(left, _flat(sizes[0])), _places(right, _flat(sizes[1]))
        for turned in itertools.product((False, True), repeat=2):
            first, second = (
                [list(line) for line in zip(*table, strict=True)] if turn else table
                for table, turn in zip(tables, turned, strict=True)
            )
            if len(first) != rows or len(second[0]) != columns or len(first[0]) != len(second):
                continue
            if all(
                counted[i * columns + j]
                == Counter(tuple(sorted((first[i][k], second[k][j]))) for k in range(len(second)))
                for i in range(rows)
                for j in range(columns)
            ):
                return _juxtaposed(arrays, pairs, (left, right), turned, shape, place)
    return None


def _juxtaposed(
    arrays: Arrays,
    pairs: _Pairs,
    operands: tuple[tuple[str, ...], tuple[str, ...]],
    turned: tuple[bool, ...],
    shape: Shape,
    place: str,
) -> Shown:
    symbols: list[Tree] = []
    numbers: list[Tree | None] = []
    for ids, turn in zip(operands, turned, strict=True):
        own, shown = arrays.shapes[ids], arrays.symbols[ids]
        symbols.append(Transposed(shown) if turn else shown)
        if turn and len(own) == 2:
            table = arrays.numbers(ids, own, place)
            numbers.append(None if table is None else Transposed(table))
        else:
            numbers.append(arrays.numbers(ids, own, place, lying=turn))
    return _scaled(pairs, symbols, numbers, shape)


def _scaled(pairs: _Pairs, symbols: Sequence[Tree], numbers: Sequence[Tree | None], shape: Shape) -> Shown:
    before = [general(factor, {}) for factor in pairs.before]
    before = [Parentheses(tree) if isinstance(tree, Sum) else tree for tree in before]

    def build(trees: Sequence[Tree]) -> Tree:
        inner = Juxtaposed(tuple(trees))
        return Product((*before, inner)) if before else inner

    whole = [tree for tree in numbers if tree is not None]
    return Shown(symbols=build(symbols), numbers=build(whole) if len(whole) == len(numbers) else None, shape=shape)


def _convolution(arrays: Arrays, formulas: Sequence[Expression], shape: Shape, place: str) -> Shown | None:
    """The sum over the places where the kernel lay: number (a, b) adds picture (a + i, b + j) times map (i, j)."""
    pairs = _pairs(formulas)
    if pairs is None or len(shape) != 2:
        return None
    for picture, seen in _operands(arrays, pairs):
        sizes = arrays.shapes[picture], arrays.shapes[seen]
        if any(len(size) != 2 for size in sizes):
            continue
        where = {name: divmod(position, sizes[0][1]) for position, name in enumerate(picture)}
        of_map = {name: divmod(position, sizes[1][1]) for position, name in enumerate(seen)}
        if all(
            _lies(pair, divmod(position, shape[1]), where, of_map)
            for position, own in enumerate(pairs.pairs)
            for pair in own
        ) and all(len(own) == len(seen) for own in pairs.pairs):
            shown = arrays.symbols[picture], STAR, arrays.symbols[seen]
            numbers = arrays.numbers(picture, sizes[0], place), STAR, arrays.numbers(seen, sizes[1], place)
            return _scaled(pairs, shown, numbers, shape)
    return None


def _lies(pair: tuple[str, str], at: tuple[int, int], where: _Places, of_map: _Places) -> bool:
    under, over = pair if pair[0] in where else pair[::-1]
    if under not in where or over not in of_map:
        return False
    return where[under] == (at[0] + of_map[over][0], at[1] + of_map[over][1])
