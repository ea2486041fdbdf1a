"""Own architectures from their texts alone: arrays of complex numbers in NumPy, and derivatives by complex step.

Written apart from everything else, as `derive.numeric.formulas` is: it reads the texts of a program as they were typed
and shares with the symbolic core neither the reading nor a formula nor a derivative.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.given.program.model import Block, Key, Program
from derive.numeric import formulas
from derive.numeric.formulas import KinkError, Slope, Traced

Numbers = NDArray[Any]
Values = dict[str, "_Traced"]


class _Traced:
    """A number that NumPy's operations on arrays of objects can work with."""

    __slots__ = ("of",)

    def __init__(self, of: Traced) -> None:
        self.of = of

    def __add__(self, other: _Traced) -> _Traced:
        return _Traced(formulas.combined(ast.Add(), self.of, other.of))

    def __sub__(self, other: _Traced) -> _Traced:
        return _Traced(formulas.combined(ast.Sub(), self.of, other.of))

    def __mul__(self, other: _Traced) -> _Traced:
        return _Traced(formulas.combined(ast.Mult(), self.of, other.of))

    def __truediv__(self, other: _Traced) -> _Traced:
        return _Traced(formulas.combined(ast.Div(), self.of, other.of))

    def __pow__(self, other: _Traced) -> _Traced:
        exponent = other.of.value.real
        if not other.of.slope and (exponent == int(exponent) or exponent == 0.5):
            return _Traced(formulas.combined(ast.Pow(), self.of, other.of))
        return _called("exp", other * _called("log", self))

    def __neg__(self) -> _Traced:
        return _Traced(formulas.negative(self.of))

    @property
    def real(self) -> float:
        return float(self.of.value.real)


def _constant(value: float) -> _Traced:
    return _Traced(Traced(np.complex128(value), abs(value)))


def _called(name: str, *arguments: _Traced) -> _Traced:
    return _Traced(formulas.called(name, [each.of for each in arguments]))


def _alone(number: _Traced) -> Numbers:
    found = np.empty((), dtype=object)
    found[()] = number
    return found


def values(givens: Mapping[str, float], program: Program) -> dict[str, float]:
    """The values of everything that a program works."""
    found = _forward(_start(givens), program, program.worked)
    return {name: found[name].real for block in program.worked for name in block.ids}


def derivatives(
    givens: Mapping[str, float], program: Program, objective: str, names: Iterable[str]
) -> dict[str, Slope | None]:
    """The derivative of one number of a program by others, given or worked, along all ways; None at a kink."""
    base = _forward(_start(givens), program, program.worked)
    order = {name: number for number, block in enumerate(program.worked, start=1) for name in block.ids}
    found: dict[str, Slope | None] = {}
    for name in names:
        found[name] = formulas.slope_of(partial(_stepped, base, program, order.get(name, 0), name, objective))
    return found


def _stepped(
    base: Values, program: Program, after: int, name: str, objective: str, step: float = formulas.STEP
) -> Traced:
    old = base[name].of
    moved = dict(base)
    moved[name] = _Traced(Traced(np.complex128(complex(old.value.real, step)), old.size, step))
    return _forward(moved, program, program.worked[after:], {name}, objective)[objective].of


def _start(givens: Mapping[str, float]) -> Values:
    return {name: _constant(value) for name, value in givens.items()}


def _forward(
    known: Values,
    program: Program,
    blocks: Sequence[Block],
    moved: set[str] | None = None,
    wanted: str = "",
) -> Values:
    """What is worked, block by block; of a step, what has moved alone."""
    found = dict(known)
    arrays = _by_key(program)
    for block in blocks:
        if moved is not None:
            used = (name for _, keys in block.names for key in keys for name in arrays[key].ids)
            if moved.isdisjoint(used):
                continue
            moved.update(block.ids)
        with np.errstate(all="ignore"):
            result = _Reader(found, arrays, block).part(_tree(block.text))
        for name, number in zip(block.ids, result.flat, strict=True):
            found[name] = number
    return found


@lru_cache(maxsize=16)
def _by_key(program: Program) -> dict[Key, Block]:
    return {block.key: block for block in (*program.given, *program.worked)}


@lru_cache(maxsize=2048)
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Reader:
    """One text, worked with NumPy."""

    def __init__(self, values: Values, arrays: Mapping[Key, Block], block: Block) -> None:
        self.values, self.arrays, self.names = values, arrays, dict(block.names)

    def array(self, key: Key) -> Numbers:
        block = self.arrays[key]
        found = np.empty(len(block.ids), dtype=object)
        found[:] = [self.values[name] for name in block.ids]
        return found.reshape(block.shape)

    def part(self, node: ast.expr) -> Numbers:
        match node:
            case ast.Name(id=name):
                return self.array(self.names[name][0])
            case ast.Constant(value=value) if isinstance(value, int | float):
                return _alone(_constant(float(value)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _array(-self.part(operand))
            case ast.UnaryOp(operand=operand):
                return self.part(operand)
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                a, b = self.part(left), self.part(right)
                if not a.ndim or not b.ndim:
                    return _array(a * b)
                if max(a.ndim, b.ndim) > 2:
                    parts = max(len(each) for each in (a, b) if each.ndim > 2)
                    a, b = (each if each.ndim > 2 else np.stack([each] * parts) for each in (a, b))
                    return np.stack([np.dot(x, y) for x, y in zip(a, b, strict=True)])
                return _array(np.dot(a, b))
            case ast.BinOp(op=op, left=left, right=right):
                return _array(_OPERATORS[type(op)](self.part(left), self.part(right)))
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                return _each(partial(_compared, type(op)), self.part(left), self.part(right))
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
        for each in places:
            if isinstance(each, ast.Slice):
                low = None if each.lower is None else ast.literal_eval(each.lower) - 1
                chosen.append(slice(low, None if each.upper is None else ast.literal_eval(each.upper)))
            else:
                chosen.append(ast.literal_eval(each) - 1)
        return _array(array[tuple(chosen)])

    def call(self, name: str, node: ast.Call) -> Numbers:
        words = [each.id for each in node.args if isinstance(each, ast.Name) and each.id not in self.names]
        options = {each.arg: each.value for each in node.keywords}
        if name in ("before", "last"):
            (inner,) = (each for each in node.args if isinstance(each, ast.Name))
            keys = self.names[f"before({inner.id})"] if name == "before" else self.names[f"{inner.id}:"]
            return self.array(keys[-1])
        for word, sign in (("time", ":"), ("samples", "#")):
            if word in words:
                inside = {each.id for each in ast.walk(node.args[0]) if isinstance(each, ast.Name)}
                series = {each: self.names[each + sign] for each in inside if each + sign in self.names}
                before, parts = dict(self.names), []
                for place in range(min(map(len, series.values()))):
                    self.names |= {each: (keys[place],) for each, keys in series.items()}
                    parts.append(self.part(node.args[0]))
                self.names = before
                return _reduced(name, np.stack(parts), 0)
        given = [self.part(each) for each in node.args if not (isinstance(each, ast.Name) and each.id in words)]
        if name in _REDUCED and not (name in ("max", "min") and len(given) > 1):
            axis = 1 if "rows" in words else 0 if "columns" in words else None
            return _along(name, given[0], axis)
        if name == "softmax":
            mask = given[1] if len(given) > 1 else self.part(options["mask"]) if "mask" in options else None
            if "causal" in words:
                size = given[0].shape[-1]
                mask = _numbers(np.tril(np.ones((size, size))))
            return _softmax(given[0], 1 if "rows" in words else 0 if "columns" in words else None, mask)
        numbers = {key: int(ast.literal_eval(value)) for key, value in options.items() if key}
        if name in ("max_pool", "average_pool"):
            size = int(given[1][()].real)
            return _pool(name, given[0], size, numbers.get("stride", size))
        if name == "convolve":
            return _convolve(given[0], given[1], numbers.get("stride", 1), numbers.get("padding", 0))
        if name in _ARRAYS:
            return _array(_ARRAYS[name](*given, *([words] if name == "concat" else [])))
        if name in _LOSSES:
            return _each(_LOSSES[name], *given)
        if name in ("max", "min"):
            return reduce(lambda a, b: _each(partial(_called, name), a, b), given)
        own = _SCALARS.get(name)
        return _each(own if own is not None else partial(_called, name), *given)


_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def _array(found: Any) -> Numbers:
    return found if isinstance(found, np.ndarray) else _alone(found)


def _numbers(plain: np.ndarray[Any, Any]) -> Numbers:
    found = np.empty(plain.shape, dtype=object)
    for place, value in np.ndenumerate(plain):
        found[place] = _constant(float(value))
    return found


def _each(function: Callable[..., _Traced], *arrays: Numbers) -> Numbers:
    together = np.broadcast_arrays(*arrays)
    found = np.empty(together[0].shape, dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = function(*(each[place] for each in together))
    return found


def _compared(op: type[ast.cmpop], left: _Traced, right: _Traced) -> _Traced:
    a, b = left.real, right.real
    near = abs(a - b) <= 64.0 * float(np.finfo(float).eps) * max(left.of.size, right.of.size)
    if near and (left.of.slope or right.of.slope) and left.of.value.imag != right.of.value.imag:
        raise KinkError
    holds = {ast.Gt: a > b, ast.GtE: a >= b, ast.Lt: a < b, ast.LtE: a <= b, ast.Eq: a == b}[op]
    return _constant(1.0 if holds else 0.0)


def _total(items: Sequence[_Traced]) -> _Traced:
    return reduce(lambda a, b: a + b, items)


def _mean(items: Sequence[_Traced]) -> _Traced:
    return _total(items) / _constant(float(len(items)))


def _var(items: Sequence[_Traced]) -> _Traced:
    centre = _mean(items)
    return _mean([(item - centre) * (item - centre) for item in items])


_REDUCED: Mapping[str, Callable[[Sequence[_Traced]], _Traced]] = {
    "sum": _total,
    "mean": _mean,
    "var": _var,
    "max": lambda items: _called("max", *items),
    "min": lambda items: _called("min", *items),
}


def _reduced(name: str, array: Numbers, axis: int) -> Numbers:
    moved = np.moveaxis(array, axis, -1)
    found = np.empty(moved.shape[:-1], dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = _REDUCED[name](list(moved[place]))
    return found


def _along(name: str, array: Numbers, axis: int | None) -> Numbers:
    if axis is None:
        return _alone(_REDUCED[name](list(array.flat)))
    if array.ndim == 1:
        return _reduced(name, array[None, :], 1)
    found = _reduced(name, array, axis)
    return found.reshape(-1, 1) if axis == 1 else found.reshape(1, -1)


def _softmax(array: Numbers, axis: int | None, mask: Numbers | None) -> Numbers:
    if array.ndim > 2:
        return np.stack([_softmax(part, axis, mask) for part in array])
    flat = array.reshape(1, -1) if axis is None or array.ndim == 1 else array if axis == 1 else array.T
    keep = np.ones(array.shape, dtype=bool)
    if mask is not None:
        keep = np.vectorize(lambda each: each.real != 0.0, otypes=[bool])(mask)
    kept = keep.reshape(1, -1) if axis is None or array.ndim == 1 else keep if axis == 1 else keep.T
    found = _numbers(np.zeros(flat.shape))
    for row in range(flat.shape[0]):
        inside = [column for column in range(flat.shape[1]) if kept[row, column]]
        most = _constant(max((flat[row, column].real for column in inside), default=0.0))
        raised = {column: _called("exp", flat[row, column] - most) for column in inside}
        for column in inside:
            found[row, column] = raised[column] / _total(list(raised.values()))
    return found.reshape(array.shape) if axis != 0 or array.ndim == 1 else found.T


def _windows(array: Numbers, size: tuple[int, int], stride: int) -> list[list[Numbers]]:
    rows = range(0, array.shape[0] - size[0] + 1, stride)
    columns = range(0, array.shape[1] - size[1] + 1, stride)
    return [[array[i : i + size[0], j : j + size[1]] for j in columns] for i in rows]


def _convolve(picture: Numbers, kernel: Numbers, stride: int, padding: int) -> Numbers:
    if kernel.ndim == picture.ndim + 1:
        return np.stack([_convolve(picture, each, stride, padding) for each in kernel], axis=-1)
    wide = _numbers(np.zeros((picture.shape[0] + 2 * padding, picture.shape[1] + 2 * padding, *picture.shape[2:])))
    wide[padding : padding + picture.shape[0], padding : padding + picture.shape[1]] = picture
    rows = [
        [_total(list((window * kernel).flat)) for window in row]
        for row in _windows(wide, (kernel.shape[0], kernel.shape[1]), stride)
    ]
    return _stacked(rows)


def _pool(name: str, picture: Numbers, size: int, stride: int) -> Numbers:
    if picture.ndim == 3:
        return np.stack([_pool(name, picture[..., k], size, stride) for k in range(picture.shape[2])], axis=-1)
    put = _REDUCED["max" if name == "max_pool" else "mean"]
    return _stacked([[put(list(window.flat)) for window in row] for row in _windows(picture, (size, size), stride)])


def _stacked(rows: Sequence[Sequence[_Traced]]) -> Numbers:
    found = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        found[i, :] = list(row)
    return found


def _concat(*given: Any) -> Numbers:
    *arrays, words = given
    if "rows" in words or "columns" in words:
        return np.concatenate(arrays, axis=1 if "rows" in words else 0)
    return np.concatenate([np.atleast_1d(each) for each in arrays])


def _where(condition: Numbers, yes: Numbers, no: Numbers) -> Numbers:
    return _each(lambda c, a, b: a if c.real else b, condition, yes, no)


def _one_hot(place: Numbers, count: Numbers) -> Numbers:
    return _numbers(np.eye(int(count[()].real))[int(place[()].real) - 1])


_ARRAYS: Mapping[str, Callable[..., Any]] = {
    "transpose": lambda a: a.reshape(1, -1) if a.ndim == 1 else np.swapaxes(a, -1, -2),
    "flatten": lambda a: a.reshape(-1),
    "lower": lambda a: np.where(np.tril(np.ones(a.shape)) > 0, a, _numbers(np.zeros(a.shape))),
    "join": lambda a: np.concatenate(list(a), axis=1),
    "split": lambda a, n: np.stack(np.split(a, int(n[()].real), axis=1)),
    "norm": lambda a: _called("sqrt", _total([each * each for each in a.flat])),
    "ones": lambda a: _numbers(np.ones(a.shape)),
    "rows": lambda a: _constant(float(a.shape[0])),
    "columns": lambda a: _constant(float(a.shape[1] if a.ndim > 1 else 1)),
    "outer": lambda a, b: a.reshape(-1, 1) * b.reshape(1, -1),
    "concat": _concat,
    "where": _where,
    "one_hot": _one_hot,
}


def _step(x: _Traced) -> _Traced:
    return _compared(ast.GtE, x, _constant(0.0))


def _sign(x: _Traced) -> _Traced:
    return _compared(ast.Gt, x, _constant(0.0)) - _compared(ast.Lt, x, _constant(0.0))


def _leaky(x: _Traced) -> _Traced:
    return _called("max", x * _constant(0.01), x)


_SCALARS: Mapping[str, Callable[..., _Traced]] = {
    "step": _step,
    "sign": _sign,
    "leaky_relu": _leaky,
    "identity": lambda x: x,
    "floor": lambda x: _constant(math.floor(x.real)),
}


def _squared(t: _Traced, o: _Traced) -> _Traced:
    return (t - o) * (t - o)


def _log(x: _Traced) -> _Traced:
    return _called("log", x)


def _hit(t: _Traced, o: _Traced) -> _Traced:
    return _constant(0.0) if t.real == 0.0 and not t.of.slope else t * _log(o)


_LOSSES: Mapping[str, Callable[[_Traced, _Traced], _Traced]] = {
    "half_squared_error": lambda t, o: _constant(0.5) * _squared(t, o),
    "squared_error": _squared,
    "mean_squared_error": _squared,
    "cross_entropy": lambda t, o: -_hit(t, o),
    "binary_cross_entropy": lambda t, o: -(_hit(t, o) + _hit(_constant(1.0) - t, _constant(1.0) - o)),
}


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
