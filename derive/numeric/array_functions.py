"""The functions of arrays by NumPy, on numbers that keep a complex step; written apart from the symbolic core."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from derive.numeric import formulas
from derive.numeric.formulas import KinkError, Traced

Numbers = NDArray[Any]


class Carried:
    """A number that NumPy's operations on arrays of objects can work with."""

    __slots__ = ("of",)

    def __init__(self, of: Traced) -> None:
        self.of = of

    def __add__(self, other: Carried) -> Carried:
        return Carried(formulas.added(self.of, other.of))

    def __sub__(self, other: Carried) -> Carried:
        return Carried(formulas.added(self.of, formulas.negative(other.of)))

    def __mul__(self, other: Carried) -> Carried:
        return Carried(formulas.multiplied(self.of, other.of))

    def __truediv__(self, other: Carried) -> Carried:
        return Carried(formulas.combined(ast.Div(), self.of, other.of))

    def __pow__(self, other: Carried) -> Carried:
        exponent = other.of.value.real
        if not other.of.slope and (exponent == int(exponent) or exponent == 0.5):
            return Carried(formulas.combined(ast.Pow(), self.of, other.of))
        return called("exp", other * called("log", self))

    def __neg__(self) -> Carried:
        return Carried(formulas.negative(self.of))

    @property
    def real(self) -> float:
        """Its value without the step."""
        return float(self.of.value.real)


def constant(value: float) -> Carried:
    """A plain number."""
    return Carried(Traced(np.complex128(value), abs(value)))


def called(name: str, *arguments: Carried) -> Carried:
    """A function of numbers."""
    return Carried(formulas.called(name, [each.of for each in arguments]))


def alone(number: Carried) -> Numbers:
    """A number as an array without indices."""
    return _shaped([number], ())


OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


class Apart:
    """An array of such numbers as three: of values, of their sizes and of the sizes of their steps."""

    __slots__ = ("size", "slope", "value")

    def __init__(self, value: Numbers, size: Numbers, slope: Numbers) -> None:
        self.value, self.size, self.slope = value, size, slope

    @classmethod
    def of(cls, array: Numbers) -> Apart:
        """An array taken apart."""
        parts = [each.of for each in array.flat]
        values = np.array([part.value for part in parts], dtype=np.complex128)
        sizes, slopes = (np.array([getattr(part, key) for part in parts]) for key in ("size", "slope"))
        return cls(*(each.reshape(array.shape) for each in (values, sizes, slopes)))

    def with_others(self, places: Sequence[tuple[int, Carried]]) -> Apart:
        """The same with other numbers at some places."""
        found = Apart(self.value.copy(), self.size.copy(), self.slope.copy())
        for place, number in places:
            found.value.flat[place], found.size.flat[place], found.slope.flat[place] = (
                number.of.value, number.of.size, number.of.slope)  # fmt: skip
        return found

    def each(self, change: Callable[[Numbers], Numbers]) -> Apart:
        """What rearranges numbers and works none out."""
        return Apart(change(self.value), change(self.size), change(self.slope))


def product(left: Apart, right: Apart) -> Numbers:
    """The matrix product; its sums are bounded as `derive.numeric.formulas.combined` bounds each step of them."""
    with np.errstate(all="ignore"):
        value, size = left.value @ right.value, left.size @ right.size
        slope = left.slope @ right.size + left.size @ right.slope
        steps = (left.slope > 0) @ np.ones(right.size.shape) + np.ones(left.size.shape) @ (right.slope > 0)
        slope = slope + formulas.FLOOR * steps
    triples = zip(np.ravel(value), np.ravel(size).tolist(), np.ravel(slope).tolist(), strict=True)
    return _shaped([Carried(Traced(*each)) for each in triples], np.shape(value))


def _shaped(items: Sequence[Carried], shape: tuple[int, ...]) -> Numbers:
    """Numbers as an array of this shape, row by row."""
    found = np.empty(len(items), dtype=object)
    found[:] = items
    return found.reshape(shape)


def as_array(found: Any) -> Numbers:
    """What an operation gave, as an array."""
    return found if isinstance(found, np.ndarray) else alone(found)


def plain_numbers(plain: np.ndarray[Any, Any]) -> Numbers:
    """Plain numbers as an array."""
    return _shaped([constant(float(value)) for value in plain.flat], plain.shape)


def each(function: Callable[..., Carried], *arrays: Numbers) -> Numbers:
    """A function of elements that stand at the same place."""
    together = np.broadcast_arrays(*arrays)
    return _shaped(
        [function(*several) for several in zip(*(each.flat for each in together), strict=True)], together[0].shape
    )


def compared(op: type[ast.cmpop], left: Carried, right: Carried) -> Carried:
    """1 where a comparison holds, else 0."""
    a, b = left.real, right.real
    near = abs(a - b) <= 64.0 * float(np.finfo(float).eps) * max(left.of.size, right.of.size)
    if near and (left.of.slope or right.of.slope) and left.of.value.imag != right.of.value.imag:
        raise KinkError
    holds = {ast.Gt: a > b, ast.GtE: a >= b, ast.Lt: a < b, ast.LtE: a <= b, ast.Eq: a == b}[op]
    return constant(1.0 if holds else 0.0)


def _total(items: Sequence[Carried]) -> Carried:
    return reduce(lambda a, b: a + b, items)


def _mean(items: Sequence[Carried]) -> Carried:
    return _total(items) / constant(float(len(items)))


def _var(items: Sequence[Carried]) -> Carried:
    centre = _mean(items)
    return _mean([(item - centre) * (item - centre) for item in items])


REDUCED: Mapping[str, Callable[[Sequence[Carried]], Carried]] = {
    "sum": _total,
    "mean": _mean,
    "var": _var,
    "max": lambda items: called("max", *items),
    "min": lambda items: called("min", *items),
}


def reduced(name: str, array: Numbers, axis: int) -> Numbers:
    """An array put together along one direction."""
    moved = np.moveaxis(array, axis, -1)
    return _shaped([REDUCED[name](list(moved[place])) for place in np.ndindex(moved.shape[:-1])], moved.shape[:-1])


def along(name: str, array: Numbers, axis: int | None) -> Numbers:
    """The same by the words rows and columns; everything without one."""
    if axis is None:
        return alone(REDUCED[name](list(array.flat)))
    if array.ndim == 1:
        return reduced(name, array[None, :], 1)
    found = reduced(name, array, axis)
    return found.reshape(-1, 1) if axis == 1 else found.reshape(1, -1)


def softmax(array: Numbers, axis: int | None, mask: Numbers | None) -> Numbers:
    """Shares of everything, of each row or of each column."""
    if array.ndim > 2:
        return np.stack([softmax(part, axis, mask) for part in array])
    flat = array.reshape(1, -1) if axis is None or array.ndim == 1 else array if axis == 1 else array.T
    keep = np.ones(array.shape, dtype=bool)
    if mask is not None:
        keep = np.vectorize(lambda each: each.real != 0.0, otypes=[bool])(mask)
    kept = keep.reshape(1, -1) if axis is None or array.ndim == 1 else keep if axis == 1 else keep.T
    found = plain_numbers(np.zeros(flat.shape))
    for row in range(flat.shape[0]):
        inside = [column for column in range(flat.shape[1]) if kept[row, column]]
        most = constant(max((flat[row, column].real for column in inside), default=0.0))
        raised = {column: called("exp", flat[row, column] - most) for column in inside}
        whole = _total(list(raised.values())) if inside else most
        for column in inside:
            found[row, column] = raised[column] / whole
    return found.reshape(array.shape) if axis != 0 or array.ndim == 1 else found.T


def convolved(picture: Numbers, kernel: Numbers, stride: int, padding: int, *, turned: bool = False) -> Numbers:
    """The kernel on each window, not turned; or by half a circle."""
    if kernel.ndim == picture.ndim + 1:
        return np.stack([convolved(picture, each, stride, padding, turned=turned) for each in kernel], axis=-1)
    high, across = kernel.shape[:2]
    around = ((padding, padding), (padding, padding), *(((0, 0),) * (picture.ndim - 2)))
    on_it = Apart.of(np.rot90(kernel, 2) if turned else kernel).each(lambda each: each.reshape(-1))

    def windows(each: Numbers) -> Numbers:
        """A window a row, its numbers as those of the kernel stand."""
        found = sliding_window_view(np.pad(each, around), (high, across), axis=(0, 1))[::stride, ::stride]
        return np.moveaxis(found, (-2, -1), (2, 3)).reshape(*found.shape[:2], -1)

    return product(Apart.of(picture).each(windows), on_it)


def pooled(name: str, picture: Numbers, size: int, stride: int) -> Numbers:
    """Each window put together."""
    if picture.ndim == 3:
        return np.stack([pooled(name, picture[..., k], size, stride) for k in range(picture.shape[2])], axis=-1)
    put = REDUCED["max" if name == "max_pool" else "mean"]
    windows = sliding_window_view(picture, (size, size))[::stride, ::stride]
    return _shaped([put(list(window.flat)) for row in windows for window in row], windows.shape[:2])


def _concat(*given: Any) -> Numbers:
    *arrays, words = given
    if "rows" in words or "columns" in words:
        return np.concatenate(arrays, axis=1 if "rows" in words else 0)
    return np.concatenate([np.atleast_1d(each) for each in arrays])


def _where(condition: Numbers, yes: Numbers, no: Numbers) -> Numbers:
    return each(lambda c, a, b: a if c.real else b, condition, yes, no)


def _one_hot(place: Numbers, count: Numbers) -> Numbers:
    return plain_numbers(np.eye(int(count[()].real))[int(place[()].real) - 1])


ARRAYS: Mapping[str, Callable[..., Any]] = {
    "transpose": lambda a: a if not a.ndim else a.reshape(1, -1) if a.ndim == 1 else np.swapaxes(a, -1, -2),
    "flatten": lambda a: a.reshape(-1),
    "lower": lambda a: np.where(np.tril(np.ones(a.shape)) > 0, a, plain_numbers(np.zeros(a.shape))),
    "join": lambda a: np.concatenate(list(a), axis=1),
    "split": lambda a, n: np.stack(np.split(a, int(n[()].real), axis=1)),
    "norm": lambda a: called("sqrt", _total([each * each for each in a.flat])),
    "ones": lambda a: plain_numbers(np.ones(a.shape)),
    "rows": lambda a: constant(float(a.shape[0])),
    "columns": lambda a: constant(float(a.shape[1] if a.ndim > 1 else 1)),
    "outer": lambda a, b: a.reshape(-1, 1) * b.reshape(1, -1),
    "concat": _concat,
    "where": _where,
    "one_hot": _one_hot,
    "roll": lambda a, n: np.roll(a, int(n[()].real), axis=0),
}


def _step(x: Carried) -> Carried:
    return compared(ast.GtE, x, constant(0.0))


def _sign(x: Carried) -> Carried:
    return compared(ast.Gt, x, constant(0.0)) - compared(ast.Lt, x, constant(0.0))


def _leaky(x: Carried) -> Carried:
    return called("max", x * constant(0.01), x)


SCALARS: Mapping[str, Callable[..., Carried]] = {
    "step": _step,
    "sign": _sign,
    "leaky_relu": _leaky,
    "identity": lambda x: x,
    "floor": lambda x: constant(math.floor(x.real)),
}


def _squared(t: Carried, o: Carried) -> Carried:
    return (t - o) * (t - o)


def _log(x: Carried) -> Carried:
    return called("log", x)


def _hit(t: Carried, o: Carried) -> Carried:
    return constant(0.0) if t.real == 0.0 and not t.of.slope else t * _log(o)


LOSSES: Mapping[str, Callable[[Carried, Carried], Carried]] = {
    "half_squared_error": lambda t, o: constant(0.5) * _squared(t, o),
    "squared_error": _squared,
    "mean_squared_error": _squared,
    "cross_entropy": lambda t, o: -_hit(t, o),
    "binary_cross_entropy": lambda t, o: -(_hit(t, o) + _hit(constant(1.0) - t, constant(1.0) - o)),
}
