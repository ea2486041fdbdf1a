"""What formulas do with arrays, element by element: every result is an array of plain formulas.

Arrays are NumPy arrays of `Expression`; a number is one without indices. Nothing is worked out here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.formula.expression import (
    ONE,
    Call,
    Const,
    Expression,
    Neg,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    product_of,
    sum_of,
)

#: An array of formulas.
Formulas = NDArray[Any]

ZERO = Const(Fraction(0))


#: Elements that a result may have, terms of them all in a product of matrices, and numbers that one softmax takes.
MOST_ELEMENTS, MOST_TERMS, MOST_SHARES = 20_000, 200_000, 512


class ShapeError(ValueError):
    """Arrays whose shapes do not go together, or whose result would be too large."""


def _within(size: int, most: int) -> None:
    if size > most:
        raise ShapeError(f"a result of {size:,} parts; at most {most:,} are allowed")


def number(value: int | Fraction) -> Formulas:
    """A constant as an array without indices."""
    return alone(Const(Fraction(value)))


def alone(expression: Expression) -> Formulas:
    """One formula as an array without indices."""
    found = np.empty((), dtype=object)
    found[()] = expression
    return found


def array_of(items: Iterable[Expression], shape: tuple[int, ...]) -> Formulas:
    """Formulas in reading order as an array."""
    found = np.empty(shape, dtype=object)
    for index, item in zip(np.ndindex(shape), items, strict=True):
        found[index] = item
    return found


def shape_of(array: Formulas) -> str:
    """A shape as it is spoken of: 2 × 3."""
    if not array.ndim:
        return "a number"
    return f"a vector of {array.shape[0]}" if array.ndim == 1 else " × ".join(map(str, array.shape))


def each(build: Callable[..., Expression], *arrays: Formulas) -> Formulas:
    """A formula of elements that stand at the same place; a vector beside a matrix is taken for each row."""
    try:
        together = np.broadcast_arrays(*arrays)
    except ValueError:
        raise ShapeError(" and ".join(map(shape_of, arrays)) + " do not go together") from None
    _within(together[0].size, MOST_ELEMENTS)
    return array_of((build(*items) for items in zip(*(one.flat for one in together), strict=True)), together[0].shape)


def total(terms: Sequence[Expression]) -> Expression:
    """A sum as it is written: terms that are sums themselves are written out."""
    flat: list[Expression] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Sum) else (term,))
    return sum_of(flat)


def product(factors: Sequence[Expression]) -> Expression:
    """A product as it is written; factors of 1 are left out."""
    return product_of([factor for factor in factors if factor != ONE])


def minus(first: Expression, second: Expression) -> Expression:
    """A difference."""
    return total((first, Neg(second)))


def matrix_product(left: Formulas, right: Formulas) -> Formulas:
    """The matrix product; of two vectors the dot product, with a number the plain product, of stacks part by part.

    Products with 0 are left out.
    """
    if not left.ndim or not right.ndim:
        return each(lambda a, b: product((a, b)), left, right)
    a = left[None, :] if left.ndim == 1 else left
    b = right[:, None] if right.ndim == 1 else right
    if a.shape[-1] != b.shape[-2]:
        raise ShapeError(
            f"{shape_of(left)} @ {shape_of(right)}: the inner sizes {a.shape[-1]} and {b.shape[-2]} differ"
        )
    _within(a[..., 0].size * b[..., 0, :].size * a.shape[-1], MOST_TERMS)
    if a.ndim > 2 or b.ndim > 2:
        parts = max(a.shape[0] if a.ndim > 2 else 1, b.shape[0] if b.ndim > 2 else 1)
        stacks = ((a[k] if a.ndim > 2 else a, b[k] if b.ndim > 2 else b) for k in range(parts))
        return np.stack([matrix_product(x, y) for x, y in stacks])
    pairs = (zip(a[i], b[:, j], strict=True) for i in range(a.shape[0]) for j in range(b.shape[1]))
    rows = ([product((x, y)) for x, y in pair if ZERO not in (x, y)] for pair in pairs)
    found = array_of((total(terms) if terms else ZERO for terms in rows), (a.shape[0], b.shape[1]))
    if left.ndim == 1:
        found = found[0]
    return found[..., 0] if right.ndim == 1 else found


def along(array: Formulas, axis: str | None) -> tuple[list[list[Expression]], tuple[int, ...]]:
    """The groups of elements that a sum, mean or maximum takes together, and the shape of the result.

    ``rows``: each row, m × 1; ``columns``: each column, 1 × n; None: everything, a number.
    """
    if axis is None:
        return [list(array.flat)], ()
    if array.ndim == 1:
        if axis == "rows":
            return [list(array.flat)], (1,)
        raise ShapeError("a vector has no columns to go along; leave the axis out")
    if array.ndim != 2:
        raise ShapeError(f"{axis} of {shape_of(array)}: a matrix is needed")
    lines = array if axis == "rows" else array.T
    return [list(line) for line in lines], (len(lines), 1) if axis == "rows" else (1, len(lines))


def reduced(array: Formulas, axis: str | None, build: Callable[[list[Expression]], Expression]) -> Formulas:
    """An array with each group of elements put together."""
    groups, shape = along(array, axis)
    return array_of(map(build, groups), shape)


def mean(items: Sequence[Expression]) -> Expression:
    """The sum over the count."""
    return items[0] if len(items) == 1 else Quotient(total(items), Const(Fraction(len(items))))


def variance(items: Sequence[Expression]) -> Expression:
    """The mean square of the distances from the mean, divided by n."""
    _within(len(items), MOST_SHARES)
    centre = mean(items)
    return mean([Power(minus(item, centre), 2) for item in items])


def nested(function: str, items: Sequence[Expression]) -> Expression:
    """max or min of several, two at a time."""
    whole = items[0]
    for other in items[1:]:
        whole = Call(function, (whole, other))
    return whole


def soft_shares(array: Formulas, axis: str | None, mask: Formulas | None) -> Formulas:
    """Softmax over everything, each row or each column; where the mask is 0 an entry takes no part and is 0."""
    if array.ndim > 2:
        return np.stack([soft_shares(part, axis, mask) for part in array])
    keep = np.ones(array.shape, dtype=bool) if mask is None else _kept(mask, array.shape)
    found = np.full(array.shape, ZERO, dtype=object)
    if axis is None or array.ndim < 2:
        lines = [list(np.ndindex(array.shape))]
    elif axis == "rows":
        lines = [[(i, j) for j in range(array.shape[1])] for i in range(array.shape[0])]
    else:
        lines = [[(i, j) for i in range(array.shape[0])] for j in range(array.shape[1])]
    _within(max(map(len, lines)), MOST_SHARES)
    for line in lines:
        inside = [place for place in line if keep[place]]
        items: list[Any] = [array[place] for place in inside]
        for place in inside:
            own: Any = array[place]
            found[place] = Call("softmax", (own, *items))
    return found


def _kept(mask: Formulas, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if mask.shape != shape:
        raise ShapeError(f"a mask of {shape_of(mask)} for {' × '.join(map(str, shape))}")
    if not all(isinstance(item, Const) for item in mask.flat):
        raise ShapeError("a mask is made of plain numbers, 0 and 1")
    return np.array([item.value != 0 for item in mask.flat], dtype=bool).reshape(shape)


def causal(size: int) -> Formulas:
    """Ones on and below the diagonal: nobody looks ahead."""
    return array_of([ONE if j <= i else ZERO for i in range(size) for j in range(size)], (size, size))


def windows(height: int, width: int, size: tuple[int, int], stride: int) -> list[list[tuple[int, int]]]:
    """The upper left corners of a window that moves over a picture, row by row; what does not fit is left out."""
    down, right = (height - size[0]) // stride + 1, (width - size[1]) // stride + 1
    if down < 1 or right < 1:
        raise ShapeError(f"a window of {size[0]} × {size[1]} does not fit into {height} × {width}")
    return [[(i * stride, j * stride) for j in range(right)] for i in range(down)]


def padded(picture: Formulas, padding: int) -> Formulas:
    """A picture with zeros around it."""
    if not padding:
        return picture
    _within((picture.shape[0] + 2 * padding) * (picture.shape[1] + 2 * padding), MOST_TERMS)
    around = [(padding, padding), (padding, padding), *[(0, 0)] * (picture.ndim - 2)]
    wide: Formulas = np.pad(picture, around, constant_values=ZERO)  # type: ignore[call-overload]
    return wide


def convolved(picture: Formulas, kernel: Formulas, stride: int, padding: int, *, turned: bool = False) -> Formulas:
    """Convolution as networks mean it, where the kernel is not turned; or turned by half a circle."""
    if kernel.ndim == picture.ndim + 1:
        return np.stack([convolved(picture, one, stride, padding, turned=turned) for one in kernel], axis=-1)
    if picture.ndim not in (2, 3) or kernel.ndim != picture.ndim or kernel.shape[2:] != picture.shape[2:]:
        raise ShapeError(f"a kernel of {shape_of(kernel)} does not fit a picture of {shape_of(picture)}")
    kernel = kernel[::-1, ::-1] if turned else kernel
    wide = padded(picture, padding)
    size = (kernel.shape[0], kernel.shape[1])
    corners = windows(wide.shape[0], wide.shape[1], size, stride)
    _within(len(corners) * len(corners[0]) * kernel.size, MOST_TERMS)

    def one(top: int, left: int) -> Expression:
        part = wide[top : top + size[0], left : left + size[1]]
        pairs = zip(kernel.flat, part.flat, strict=True)
        terms = [product((weight, value)) for weight, value in pairs if value != ZERO]
        return total(terms) if terms else ZERO

    return array_of([one(*corner) for row in corners for corner in row], (len(corners), len(corners[0])))


def pooled(picture: Formulas, size: int, stride: int, build: Callable[[list[Expression]], Expression]) -> Formulas:
    """Each window of a picture put together, map by map."""
    if picture.ndim == 3:
        maps = [pooled(picture[..., k], size, stride, build) for k in range(picture.shape[2])]
        return np.stack(maps, axis=-1)
    if picture.ndim != 2:
        raise ShapeError(f"pooling of {shape_of(picture)}: height × width (× maps) is needed")
    corners = windows(picture.shape[0], picture.shape[1], (size, size), stride)
    items = [build(list(picture[i : i + size, j : j + size].flat)) for row in corners for i, j in row]
    return array_of(items, (len(corners), len(corners[0])))


def joined(arrays: Sequence[Formulas], axis: str | None) -> Formulas:
    """Vectors end to end; matrices side by side (rows) or one below the other (columns)."""
    try:
        if axis is None:
            return np.concatenate([np.atleast_1d(one) for one in arrays])
        return np.concatenate(arrays, axis=1 if axis == "rows" else 0)
    except ValueError:
        raise ShapeError("concat of " + " and ".join(map(shape_of, arrays)) + ": the sizes do not match") from None


def flattened(array: Formulas, *, channels_first: bool) -> Formulas:
    """All elements row by row, of a picture the channels last; or channel by channel."""
    return (np.moveaxis(array, -1, 0) if channels_first and array.ndim == 3 else array).reshape(-1)


def split(array: Formulas, count: int) -> Formulas:
    """The columns of a matrix in equal parts, one after the other: a new first index."""
    if array.ndim != 2 or array.shape[1] % count:
        raise ShapeError(f"{shape_of(array)} has no {count} equal parts of columns")
    return np.stack(np.split(array, count, axis=1))


def rejoined(array: Formulas) -> Formulas:
    """What `split` took apart."""
    if array.ndim != 3:
        raise ShapeError(f"join of {shape_of(array)}: parts × rows × columns are needed")
    return np.concatenate(list(array), axis=1)


def rolled(array: Formulas, down: int) -> Formulas:
    """An array whose rows are moved down, those at the end back to the start."""
    return np.roll(array, down, axis=0)


def one_hot(place: int, count: int) -> Formulas:
    """A vector of zeros with a 1 at one place, from 1."""
    _within(count, MOST_ELEMENTS)
    if not 1 <= place <= count:
        raise ShapeError(f"one_hot: place {place} of {count}")
    return array_of([ONE if k == place else ZERO for k in range(1, count + 1)], (count,))


def lower(array: Formulas) -> Formulas:
    """The part on and below the diagonal, zeros above."""
    if array.ndim != 2:
        raise ShapeError(f"lower of {shape_of(array)}: a matrix is needed")
    return array_of([item if j <= i else ZERO for (i, j), item in np.ndenumerate(array)], array.shape)


def choice(condition: Expression, yes: Expression, no: Expression) -> Expression:
    """One of two, by a condition that is 1 or 0."""
    return Sum((Product((condition, yes)), Product((Sum((ONE, Neg(condition))), no))))


def references_of(ids: Iterable[str], shape: tuple[int, ...]) -> Formulas:
    """An array of named numbers; what has no name is 0."""
    return array_of((Ref(name) if name else ZERO for name in ids), shape)


def indices(shape: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    """The indices of an array in reading order, from 1."""
    return itertools.product(*(range(1, size + 1) for size in shape))


#: Functions of an array and an axis word.
REDUCTIONS: Mapping[str, Callable[[list[Expression]], Expression]] = {
    "sum": total,
    "mean": mean,
    "var": variance,
    "max": lambda items: nested("max", items),
    "min": lambda items: nested("min", items),
}
