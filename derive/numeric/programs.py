"""Own architectures from their texts alone: arrays of complex numbers in NumPy, and derivatives by complex step.

Written apart from everything else, as `derive.numeric.formulas` is: it reads the texts of a program as they were typed
and shares with the symbolic core neither the reading nor a formula nor a derivative.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial, reduce
from typing import Any

import numpy as np

from derive.given.program.model import Block, Key, Program
from derive.numeric import formulas
from derive.numeric.array_functions import (
    ARRAYS,
    LOSSES,
    OPERATORS,
    REDUCED,
    SCALARS,
    Apart,
    Carried,
    Numbers,
    alone,
    along,
    as_array,
    called,
    compared,
    constant,
    convolved,
    each,
    plain_numbers,
    pooled,
    product,
    reduced,
    softmax,
)
from derive.numeric.formulas import Slope, Traced

Values = dict[str, "Carried"]


def values(givens: Mapping[str, float], program: Program) -> dict[str, float]:
    """The values of everything that a program works."""
    found = _forward(_start(givens), program, program.worked)
    return {name: found[name].real for block in program.worked for name in block.ids}


def derivatives(
    givens: Mapping[str, float], program: Program, objective: str, names: Iterable[str], *, once: bool = False
) -> dict[str, Slope | None]:
    """The derivative of one number of a program by others, given or worked, along all ways; None at a kink.

    ``once`` takes one step of two: what then disagrees must be worked again.
    """
    base = _Base(_forward(_start(givens), program, program.worked), program)
    order = {name: number for number, block in enumerate(program.worked, start=1) for name in block.ids}
    found: dict[str, Slope | None] = {}
    for name in names:
        stepped = partial(_stepped, base, program, order.get(name, 0), name, objective)
        found[name] = formulas.slope_of(stepped, once=once)
    return found


def share(givens: Mapping[str, float], program: Program, objective: str, name: str, time: int) -> Slope | None:
    """The part of a derivative that comes of the uses of a number at one step of time; None at a kink."""
    base = _forward(_start(givens), program, program.worked)
    return formulas.slope_of(partial(_stepped_at, base, program, name, objective, time))


def _stepped_at(
    base: Values, program: Program, name: str, objective: str, time: int, step: float = formulas.STEP
) -> Traced:
    found, old = dict(base), base[name]
    other = Carried(Traced(np.complex128(complex(old.of.value.real, step)), old.of.size, step))
    for block in program.worked:
        found[name] = other if block.key[1] == time else old
        found = _forward(found, program, (block,))
    return found[objective].of


def _stepped(
    base: _Base, program: Program, after: int, name: str, objective: str, step: float = formulas.STEP
) -> Traced:
    old = base.values[name].of
    moved = {name: Carried(Traced(np.complex128(complex(old.value.real, step)), old.size, step))}
    with np.errstate(all="ignore"):
        for block in program.worked[after:]:
            if not base.used(block).isdisjoint(moved):
                moved |= zip(block.ids, _Moved(base, moved, block).part(_tree(block.text)).flat, strict=True)
    return moved.get(objective, base.values[objective]).of


def _start(givens: Mapping[str, float]) -> Values:
    return {name: constant(value) for name, value in givens.items()}


def _forward(known: Values, program: Program, blocks: Sequence[Block]) -> Values:
    """What is worked, block by block."""
    found = dict(known)
    arrays = _by_key(program)
    for block in blocks:
        with np.errstate(all="ignore"):
            result = _Reader(found, arrays, block).part(_tree(block.text))
        for name, number in zip(block.ids, result.flat, strict=True):
            found[name] = number
    return found


class _Base:
    """Where steps are taken from: everything that is worked, as arrays that are made once."""

    def __init__(self, values: Values, program: Program) -> None:
        self.values, self.arrays = values, _by_key(program)
        self.array = cache(self._array)
        self.apart = cache(lambda key: Apart.of(self.array(key)))
        self.places = cache(self._places)
        self._used: dict[Key, frozenset[str]] = {}

    def used(self, block: Block) -> frozenset[str]:
        """The numbers that a block is worked from."""
        if block.key not in self._used:
            keys = {key for _, several in block.names for key in several}
            self._used[block.key] = frozenset(name for key in keys for name in self.arrays[key].ids)
        return self._used[block.key]

    def _array(self, key: Key) -> Numbers:
        return _Reader(self.values, self.arrays, self.arrays[key]).array(key)

    def _places(self, key: Key) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, name in enumerate(self.arrays[key].ids):
            found.setdefault(name, []).append(place)
        return found


@lru_cache(maxsize=16)
def _by_key(program: Program) -> dict[Key, Block]:
    return {block.key: block for block in (*program.given, *program.worked)}


@lru_cache(maxsize=2048)
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


#: Entries of a matrix up to which its product is faster number by number than as three arrays of floats.
_FEW = 16
#: A node as it is typed, spelled once.
_spelled = lru_cache(maxsize=2048)(ast.unparse)


class _Reader:
    """One text, worked with NumPy."""

    def __init__(self, values: Values, arrays: Mapping[Key, Block], block: Block) -> None:
        self.values, self.arrays, self.names = values, arrays, dict(block.names)

    def array(self, key: Key) -> Numbers:
        block = self.arrays[key]
        found = np.empty(len(block.ids), dtype=object)
        found[:] = [self.values[name] if name else constant(0.0) for name in block.ids]
        return found.reshape(block.shape)

    def apart(self, node: ast.expr, array: Numbers) -> Apart:
        """A part that has been worked, as three arrays."""
        return Apart.of(array)

    def part(self, node: ast.expr) -> Numbers:
        match node:
            case ast.Name(id=name):
                return self.array(self.names[name][0])
            case ast.Constant(value=value) if isinstance(value, int | float):
                return alone(constant(float(value)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return as_array(-self.part(operand))
            case ast.UnaryOp(operand=operand):
                return self.part(operand)
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                a, b = self.part(left), self.part(right)
                if 0 < a.ndim < 3 and 0 < b.ndim < 3:
                    if a.size <= _FEW:
                        return as_array(np.dot(a, b))
                    return product(self.apart(left, a), self.apart(right, b))
                if not a.ndim or not b.ndim:
                    return as_array(a * b)
                parts = max(len(each) for each in (a, b) if each.ndim > 2)
                a, b = (each if each.ndim > 2 else np.stack([each] * parts) for each in (a, b))
                return np.stack([product(Apart.of(x), Apart.of(y)) for x, y in zip(a, b, strict=True)])
            case ast.BinOp(op=op, left=left, right=right):
                return as_array(OPERATORS[type(op)](self.part(left), self.part(right)))
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                return each(partial(compared, type(op)), self.part(left), self.part(right))
            case ast.Subscript(value=value, slice=place):
                return self.element(self.part(value), place)
            case ast.Call(func=ast.Name(id=name)):
                return self.call(name, node)
        raise ValueError(f"no formula: {type(node).__name__}")

    def element(self, array: Numbers, place: ast.expr) -> Numbers:
        places = place.elts if isinstance(place, ast.Tuple) else [place]
        if len(places) == 1 and array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        chosen: list[Any] = []
        for one in places:
            if isinstance(one, ast.Slice):
                low = None if one.lower is None else ast.literal_eval(one.lower) - 1
                chosen.append(slice(low, None if one.upper is None else ast.literal_eval(one.upper)))
            else:
                chosen.append(ast.literal_eval(one) - 1)
        return as_array(array[tuple(chosen)])

    def call(self, name: str, node: ast.Call) -> Numbers:
        words = [each.id for each in node.args if isinstance(each, ast.Name) and each.id not in self.names]
        options = {each.arg: each.value for each in node.keywords}
        if name in ("before", "last"):
            (inner,) = (each for each in node.args if isinstance(each, ast.Name))
            earlier = self.names.get(_spelled(node)) or self.names.get(f"before({inner.id})", ())
            return self.array((earlier if name == "before" else self.names[f"{inner.id}:"])[-1])
        for word, sign in (("time", ":"), ("samples", "#")):
            if word in words:
                inside = {each.id for each in ast.walk(node.args[0]) if isinstance(each, ast.Name)}
                series = {each: self.names[each + sign] for each in inside if each + sign in self.names}
                before, parts = dict(self.names), []
                for place in range(min(map(len, series.values()))):
                    self.names |= {each: (keys[place],) for each, keys in series.items()}
                    parts.append(self.part(node.args[0]))
                self.names = before
                return reduced(name, np.stack(parts), 0)
        given = [self.part(each) for each in node.args if not (isinstance(each, ast.Name) and each.id in words)]
        if name in REDUCED and not (name in ("max", "min") and len(given) > 1):
            axis = 1 if "rows" in words else 0 if "columns" in words else None
            return along(name, given[0], axis)
        if name == "softmax":
            mask = given[1] if len(given) > 1 else self.part(options["mask"]) if "mask" in options else None
            if "causal" in words:
                size = given[0].shape[-1]
                mask = plain_numbers(np.tril(np.ones((size, size))))
            return softmax(given[0], 1 if "rows" in words else 0 if "columns" in words else None, mask)
        numbers = {key: int(ast.literal_eval(value)) for key, value in options.items() if key}
        if name in ("max_pool", "average_pool"):
            size = int(given[1][()].real)
            return pooled(name, given[0], size, numbers.get("stride", size))
        if name == "convolve":
            return convolved(given[0], given[1], numbers.get("stride", 1), numbers.get("padding", 0),
                             turned=bool(numbers.get("turned", 0)))  # fmt: skip
        if name == "flatten" and numbers.get("channels_first"):
            return np.concatenate([given[0][..., k].reshape(-1) for k in range(given[0].shape[2])])
        if name in ARRAYS:
            return as_array(ARRAYS[name](*given, *([words] if name == "concat" else [])))
        if name in LOSSES:
            return each(LOSSES[name], *given)
        if name in ("max", "min"):
            return reduce(lambda a, b: each(partial(called, name), a, b), given)
        own = SCALARS.get(name)
        return each(own if own is not None else partial(called, name), *given)


class _Moved(_Reader):
    """One text, worked where some numbers have moved and all others are as they were."""

    def __init__(self, base: _Base, moved: Values, block: Block) -> None:
        super().__init__(moved, base.arrays, block)
        self.base = base

    def _others(self, key: Key) -> list[tuple[int, Carried]]:
        places = self.base.places(key)
        return [(place, self.values[name]) for name in places.keys() & self.values.keys() for place in places[name]]

    def array(self, key: Key) -> Numbers:
        found = self.base.array(key)
        others = self._others(key)
        if others:
            found = found.copy()
            for place, number in others:
                found.flat[place] = number
        return found

    def apart(self, node: ast.expr, array: Numbers) -> Apart:
        if not isinstance(node, ast.Name):
            return Apart.of(array)
        (key, *_) = self.names[node.id]
        return self.base.apart(key).with_others(self._others(key))


def worked(text: str, names: Mapping[str, float]) -> float:
    """One text of an update rule, with numbers for its names."""
    block = Block(
        key=("rule", None, None),
        shape=(),
        ids=("rule",),
        text=text,
        names=tuple((name, ((name, None, None),)) for name in names),
    )
    arrays: dict[Key, Block] = {
        (name, None, None): Block(key=(name, None, None), shape=(), ids=(name,)) for name in names
    }
    return float(_Reader(_start(names), arrays, block).part(_tree(text))[()].real)
