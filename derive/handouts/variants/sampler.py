"""Integers drawn from SHA-256: the same on every machine and in every version of Python and NumPy.

The recipe, byte by byte. The *key* is the SHA-256 digest of the bytes ``derive draws 1`` and then, for each of seed,
sheet and student, the length of its UTF-8 bytes as 8 bytes (most significant first) and those bytes. *Block* k is the
digest of the key followed by k as 8 bytes, most significant first; the *stream* is block 0, block 1, and so on, and
every 4 bytes of it are a *word*, most significant byte first. An integer below n takes one word, or the next ones
while the word is not below the largest multiple of n that is at most 2³²; it is the remainder of the word by n.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_MARK = b"derive draws 1"
_WORD = 4
_WORDS = 1 << 32
#: Words in one block.
PER_BLOCK = 8

Option = TypeVar("Option")


class Draws:
    """A stream of integers that depends on nothing but three texts.

    Parameters
    ----------
    seed, sheet, student : str
    """

    def __init__(self, seed: str, sheet: str, student: str) -> None:
        key = sha256(_MARK)
        for part in (seed, sheet, student):
            text = part.encode("utf-8", "surrogatepass")
            key.update(len(text).to_bytes(8, "big"))
            key.update(text)
        self._keyed = sha256(key.digest())
        self._words = self._stream()

    def below(self, limit: int) -> int:
        """The next integer from 0 to ``limit`` - 1, each as likely as any other.

        Raises
        ------
        ValueError
            If the limit is not from 1 to 2³².
        """
        if not 1 <= limit <= _WORDS:
            raise ValueError(f"a limit from 1 to 2**32 is needed, not {limit}")
        fair = _WORDS - _WORDS % limit
        return next(word for word in self._words if word < fair) % limit

    def choice(self, options: Sequence[Option]) -> Option:
        """One of several, each as likely as any other."""
        return options[self.below(len(options))]

    def sign(self) -> int:
        """1 or -1."""
        return 1 - 2 * self.below(2)

    def rows(self, limits: Sequence[int], first: int, number: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Rows of integers, each row from blocks of its own, for drawing many candidates at once.

        A row takes as many whole blocks as its words need: of row r, with m blocks a row, word i stands in the stream
        at 8·m·r + i. Entry i is word i's remainder by ``limits[i]``. A row with a word that `below` would pass over is
        not fair and should not be used.

        Parameters
        ----------
        limits : sequence of int
        first, number : int
            Rows ``first`` to ``first + number - 1``.

        Returns
        -------
        integers : array of shape (number, len(limits))
        fair : array of shape (number,)
        """
        blocks = -(-len(limits) // PER_BLOCK)
        stream = b"".join(map(self._block, range(first * blocks, (first + number) * blocks)))
        words = np.frombuffer(stream, dtype=">u4").reshape(number, blocks * PER_BLOCK)[:, : len(limits)]
        sizes = np.array(limits, dtype=np.int64)
        wide = words.astype(np.int64)
        return wide % sizes, np.asarray((wide < _WORDS - _WORDS % sizes).all(axis=1))

    def _block(self, number: int) -> bytes:
        block = self._keyed.copy()
        block.update(number.to_bytes(8, "big"))
        return block.digest()

    def _stream(self) -> Iterator[int]:
        for number in count(0):
            block = self._block(number)
            for start in range(0, len(block), _WORD):
                yield int.from_bytes(block[start : start + _WORD], "big")
