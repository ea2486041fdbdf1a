"""Ids of numbers that stand in arrays, at steps of time and in samples: ``NAME[i,j]:t#s``.

The one place where such an id is put together; a scalar of one sample is ``NAME[s]``, as in layered networks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What an id says: a name, an element of its array, a step of time, a sample; all counted from 1.

    Attributes
    ----------
    name : str
    index : tuple of int
        Empty for a number that stands alone.
    time, sample : int or None
    """

    name: str
    index: tuple[int, ...] = ()
    time: int | None = None
    sample: int | None = None

    def __str__(self) -> str:
        index = f"[{','.join(map(str, self.index))}]" if self.index else ""
        time = "" if self.time is None else f":{self.time}"
        if self.sample is None:
            return f"{self.name}{index}{time}"
        return f"{self.name}{index}{time}#{self.sample}" if index or time else f"{self.name}[{self.sample}]"

    def of_sample(self, sample: int | None) -> Place:
        """The same in a sample; one that belongs to a sample already keeps it."""
        return self if self.sample is not None or sample is None else replace(self, sample=sample)

    def derivative(self, of: str, *, sample: int | None = None) -> Place:
        """The place of a derivative by this one, such as ``dE_total/dK[1,2]#2``."""
        return replace(self.of_sample(sample), name=f"d{of}/d{self.name}")

    def called(self, prefix: str = "", suffix: str = "") -> Place:
        """The place of what belongs to this one, such as ``step_K[1,2]`` or ``K_new[1,2]``."""
        return replace(self, name=f"{prefix}{self.name}{suffix}")
