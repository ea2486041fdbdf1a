"""Windows of convolutions and pools: where they lie, the picture of the one that is worked, what lies in none."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from derive.given.program import syntax
from derive.given.program.model import Block as Array
from derive.given.program.model import Key
from derive.network.graph import Quantity
from derive.telling.arrays import Arrays
from derive.telling.model import Paragraph, Picture, Text

#: Rows and columns of an array that a picture is told of: one more than it draws.
_MOST = 7

Rows = tuple[tuple[str, ...], ...]


def table_of(ids: Sequence[str], width: int) -> Rows:
    """Numbers row by row, no more than a picture has room for."""
    rows = [tuple(ids[start : start + width]) for start in range(0, len(ids), width)]
    return tuple(row[:_MOST] for row in rows[:_MOST])


def picture_of(kind: str, array: Array, subject: str, grids: tuple[Rows, ...], caption: Text, says: str) -> Picture:
    """A picture that belongs to an array."""
    name = f"{kind}-{array.ids[0]}"
    return Picture(id=name, kind=kind, subject=subject, caption=caption, alternative=says, grids=grids)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """How windows lie on a picture; the kernel is None of a pool."""

    picture: Array
    kernel: Array | None
    size: tuple[int, int]
    stride: int
    padding: int

    def unused(self) -> tuple[int, int]:
        """Rows at the bottom and columns at the right of the picture that lie in no window."""
        whole = (each + 2 * self.padding for each in self.picture.shape[:2])
        rows, columns = (
            max(0, (each - size) % self.stride - self.padding) for each, size in zip(whole, self.size, strict=True)
        )
        return rows, columns


def laid(arrays: Arrays, array: Array) -> Laid | None:
    """The windows from which an array is worked; None where it is no convolution or pool of an array with a name."""
    keys: Mapping[str, Key] = {name: keys[0] for name, keys in array.names if len(keys) == 1}
    for call in ast.walk(syntax.parsed(array.text, array.path)):
        match call:
            case ast.Call(func=ast.Name(id="convolve" | "max_pool" | "average_pool" as name), args=[on, size, *_]):
                picture = arrays.by_key.get(keys.get(ast.unparse(on), ("", None, None)))
                options = {each.arg: ast.unparse(each.value) for each in call.keywords}
                if picture is None or len(picture.shape) not in (2, 3):
                    return None
                if name != "convolve":
                    side = int(ast.unparse(size))
                    stride = int(options.get("stride", side))
                    return Laid(picture=picture, kernel=None, size=(side, side), stride=stride, padding=0)
                kernel = arrays.by_key.get(keys.get(ast.unparse(size), ("", None, None)))
                if kernel is None or "turned" in options:
                    return None
                several = len(kernel.shape) > len(picture.shape)
                high, wide = kernel.shape[several : several + 2]
                stride, padding = int(options.get("stride", "1")), int(options.get("padding", "0"))
                return Laid(picture=picture, kernel=kernel, size=(high, wide), stride=stride, padding=padding)
    return None


def edge_note(arrays: Arrays, array: Array) -> str:
    """What lies in no window, in a sentence; empty where everything does."""
    window = laid(arrays, array)
    if window is None:
        return ""
    counts = [
        f"the last {word}" if count == 1 else f"the last {count} {word}s"
        for count, word in zip(window.unused(), ("row", "column"), strict=True)
        if count
    ]
    if not counts:
        return ""
    lie = "lies" if len(counts) == 1 and counts[0].count(" ") == 2 else "lie"
    return f" {' and '.join(counts).capitalize()} {lie} in no window: there is no room for one more."


def drawn_window(arrays: Arrays, array: Array, window: Laid, example: Quantity) -> Picture | Paragraph:
    """The window of the number that is worked in full; of several channels the first is drawn."""
    index = arrays.problem.structure.places[example.id].index or (1, 1)
    (rows, columns), padding = window.size, window.padding
    top, left = ((each - 1) * window.stride for each in (*index, 1)[:2])
    name = arrays.pen.terms.inline(example.id)
    symbol = arrays.symbol(window.picture.ids, window.picture)
    border = f", with a border of {padding} of zeros" if padding else ""
    if max(top + rows, left + columns) >= _MOST or max(index[:2]) >= _MOST or len(index) < 2:
        reach = f"rows {top + 1} to {top + rows} and columns {left + 1} to {left + columns} of "
        return Paragraph(text=("The window that gives ", name, f" lies on {reach}", symbol, f"{border}."))
    channels = window.picture.shape[2] if len(window.picture.shape) > 2 else 1
    part = index[2] - 1 if len(index) > 2 else 0
    channel = part if window.kernel is None else 0
    kernel: Rows = ()
    if window.kernel is not None:
        size = rows * columns * channels
        several = len(window.kernel.shape) > len(window.picture.shape)
        kernel = table_of(window.kernel.ids[(part * size if several else 0) :][:size:channels], columns)
    width = window.picture.shape[1]
    below = window.picture.ids[channel::channels]
    lines = [("",) * padding + below[start : start + width] + ("",) * padding for start in range(0, len(below), width)]
    blank = [("",) * (width + 2 * padding)] * padding
    around = tuple(row[:_MOST] for row in (*blank, *lines, *blank)[:_MOST])
    result = array.ids if len(index) == 2 else array.ids[part :: array.shape[2]]
    of_channel = f" Drawn is channel {channel + 1} of {channels}." if channels > 1 else ""
    lit = " The numbers of the kernel stand small." if kernel else ""
    around_it = " Around the picture stands its border of zeros." if padding else ""
    caption: Text = ("Lit is the window of ", name, f".{lit}{around_it}{of_channel}")
    subject = ",".join(map(str, (top, left, rows, columns, index[0] - 1, index[1] - 1)))
    grids = (around, kernel, table_of(result, array.shape[1]))
    return picture_of("window", array, subject, grids, caption, "The window that is worked, on its picture.")
