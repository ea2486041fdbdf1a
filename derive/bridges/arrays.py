"""Numbers out of tensors, arrays, tables and lists, by attributes alone: no framework is imported.

Numbers are taken with as many digits as give them back: at most 9 for a 32-bit float, at most 17 for a 64-bit one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from derive.errors import ProblemError

#: What a type of float is called, how `struct` packs it, and the most digits that give one back.
_FLOATS = (("bfloat16", "f", 9), ("float16", "e", 5), ("half", "e", 5), ("float32", "f", 9), ("float64", "d", 17))


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """What an array holds.

    Attributes
    ----------
    content : nested lists of int, float or str
        A number, a list, a list of lists, and so on.
    shape : tuple of int
    type_name : str
        Of its numbers, such as ``float32``; empty where they are Python's own.
    """

    content: Any
    shape: tuple[int, ...]
    type_name: str

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole by their type."""
        return "int" in self.type_name or (not self.type_name and all(isinstance(one, int) for one in self.flat()))

    def flat(self) -> list[Any]:
        """All its entries, one after the other."""
        entries = [self.content]
        for _ in self.shape:
            entries = [entry for row in entries for entry in row]
        return entries

    def texts(self) -> Any:
        """Its numbers as a problem file has them, nested as they are."""
        return _texts(self.content, len(self.shape), self.type_name)

    def rows(self, *, flattened: bool = False) -> list[list[str]]:
        """Its numbers as rows: one row where it has one dimension; with ``flattened``, all that follow are one.

        Raises
        ------
        ProblemError
            If it has none, or more than two and they are not flattened.
        """
        if not self.shape or (len(self.shape) > 2 and not flattened):
            raise ProblemError(f"one row or several rows of numbers are needed; here is {shape_text(self.shape)}")
        if len(self.shape) == 1:
            return [self.texts()]
        return [
            Array(content=row, shape=self.shape[1:], type_name=self.type_name)._flat_texts() for row in self.content
        ]

    def _flat_texts(self) -> list[str]:
        return [_text(entry, self.type_name) for entry in self.flat()]


def array_of(given: object, what: str) -> Array:
    """What a tensor, an array, a table of pandas, a sparse matrix or nested lists hold.

    Parameters
    ----------
    given : object
        Something with ``tolist``, or what leads to it, or nested sequences of numbers.
    what : str
        What it is called in a refusal.

    Raises
    ------
    ProblemError
        If it is none of these, or its rows differ in length.
    """
    for step in ("detach", "to_numpy", "toarray"):
        if not hasattr(given, "tolist") or step == "detach":
            given = getattr(given, step, lambda kept=given: kept)()
    type_name = str(getattr(given, "dtype", "")).rpartition(".")[2]
    if hasattr(given, "tolist"):
        given = given.tolist()
    content = _listed(given)
    try:
        return Array(content=content, shape=_shape(content), type_name=type_name)
    except ProblemError as error:
        raise ProblemError(error.message, key=what) from None


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape in words: ``a single number``, ``3 numbers``, ``a table of 3 × 2``."""
    if not shape:
        return "a single number"
    return f"{shape[0]} numbers" if len(shape) == 1 else "an array of " + " × ".join(map(str, shape))


def precision_text(arrays: Sequence[Array]) -> str:
    """How many digits numbers were taken with, as a sentence for the page."""
    names = {array.type_name for array in arrays}
    found = [(name, digits) for name, _, digits in _FLOATS if name in names]
    if not found:
        return ""
    kinds = " and ".join(f"{name} (at most {digits} digits)" for name, digits in found)
    return f"Its numbers are {kinds}, written with the fewest digits that give them back."


def _listed(given: object) -> Any:
    if isinstance(given, Sequence) and not isinstance(given, (str, bytes)):
        return [_listed(entry.tolist() if hasattr(entry, "tolist") else entry) for entry in given]
    return given


def _shape(content: Any) -> tuple[int, ...]:
    if not isinstance(content, list):
        return ()
    shapes = {_shape(entry) for entry in content}
    if len(shapes) > 1:
        raise ProblemError("its rows differ in length")
    return (len(content), *(shapes.pop() if shapes else ()))


def _texts(content: Any, depth: int, type_name: str) -> Any:
    return [_texts(entry, depth - 1, type_name) for entry in content] if depth else _text(content, type_name)


def _text(number: Any, type_name: str) -> str:
    """The fewest digits that give a number back in its type."""
    if not isinstance(number, float):
        return str(int(number)) if isinstance(number, bool) else str(number)
    code = next((code for name, code, _ in _FLOATS if name == type_name), "d")
    if code != "d":
        for digits in range(1, 10):
            text = f"{number:.{digits}g}"
            if _packed(float(text), code) == number:
                return text
    return repr(float(number))


def _packed(number: float, code: str) -> float | None:
    """The number of that type nearest to a float64; None beyond its range."""
    try:
        packed: float = struct.unpack(code, struct.pack(code, number))[0]
    except OverflowError:
        return None
    return packed
