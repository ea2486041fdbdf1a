"""What names stand for where a formula of arrays is read: arrays of a step of time, of a sample, of all of either."""

from __future__ import annotations

from collections.abc import Mapping

from derive.given.program import operations
from derive.given.program.model import Block, Key
from derive.given.program.operations import Formulas

Blocks = Mapping[Key, Block]


def found_in(blocks: Blocks, key: Key) -> Block | None:
    """The array of a key: in its sample, or one that all samples share; at its time, or one for all times."""
    name, time, sample = key
    keys = dict.fromkeys([(name, time, sample), (name, time, None), (name, None, sample), (name, None, None)])
    return next((blocks[each] for each in keys if each in blocks), None)


def series_in(blocks: Blocks, name: str, sample: int | None) -> list[Block]:
    """A name at all its steps of time, from 1."""
    found: list[Block] = []
    while True:
        time = len(found) + 1
        key = next((key for key in ((name, time, sample), (name, time, None)) if key in blocks), None)
        if key is None:
            return found
        found.append(blocks[key])


class Names:
    """What names stand for in one formula, and which were used.

    Parameters
    ----------
    blocks : mapping of Key to Block
        All arrays.
    key : Key
        The step of time and the sample that the formula is worked at.
    scope : mapping of str to Key
        What names stand for where that is not what they are called.
    """

    def __init__(self, blocks: Blocks, key: Key, scope: Mapping[str, Key]) -> None:
        self.blocks, self.scope = blocks, scope
        _, self.time, self.sample = key
        self.used: dict[str, tuple[Key, ...]] = {}

    def named(self, name: str) -> Formulas | None:
        """The array of a name, or None."""
        key = self.scope.get(name, (name, self.time, self.sample))
        return self._block(name, found_in(self.blocks, key))

    def before(self, name: str, steps: int = 1) -> Formulas | None:
        """The array of a name so many steps of time earlier, or None."""
        used = f"before({name})" if steps == 1 else f"before({name}, {steps})"
        return self._block(used, self.block_before(name, steps))

    def block_before(self, name: str, steps: int = 1) -> Block | None:
        """The same as a block."""
        own, _, sample = self.scope.get(name, (name, None, self.sample))
        return None if self.time is None else found_in(self.blocks, (own, self.time - steps, sample))

    def series(self, name: str) -> list[Formulas] | None:
        """A name at all its steps of time, or None."""
        own, _, sample = self.scope.get(name, (name, None, self.sample))
        return self._blocks(f"{name}:", series_in(self.blocks, own, sample))

    def over_samples(self, name: str) -> list[Formulas] | None:
        """A name in all samples on turn, or None."""
        own, time, _ = self.scope.get(name, (name, self.time, None))
        found: list[Block] = []
        while (block := self.blocks.get((own, time, len(found) + 1))) is not None:
            found.append(block)
        return self._blocks(f"{name}#", found)

    def known(self) -> tuple[str, ...]:
        """All names, for messages."""
        return tuple(dict.fromkeys((*self.scope, *(key[0] for key in self.blocks))))

    def own(self, name: str) -> str:
        """What the problem file calls what a name stands for."""
        return self.scope[name][0] if name in self.scope else name

    def _block(self, name: str, block: Block | None) -> Formulas | None:
        if block is None:
            return None
        self.used[name] = (block.key,)
        return operations.references_of(block.ids, block.shape)

    def _blocks(self, name: str, blocks: list[Block]) -> list[Formulas] | None:
        if not blocks:
            return None
        self.used[name] = tuple(block.key for block in blocks)
        return [operations.references_of(block.ids, block.shape) for block in blocks]
