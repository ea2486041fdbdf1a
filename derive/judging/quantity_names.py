"""The ids of a problem under every name people use for them: ids, aliases, and the symbols of each notation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache

from derive.display.plain import symbol_text
from derive.errors import UnknownQuantityError
from derive.given.naming import QuantityId, symbol
from derive.given.problem import Notation
from derive.judging.name_spellings import Spellings, key_of
from derive.network.derivation import Derivation
from derive.solved.solution import known_id

#: Notations whose symbols say by themselves what they mean.
NOTATIONS: frozenset[Notation] = frozenset({"net-out", "z-a"})
_SAMPLE = re.compile(r"\[[0-9]+\]")
_TAIL = re.compile(r"(.*?)((?:\[[0-9]+\])?(?:@[0-9]+)?)\Z", re.DOTALL)


class QuantityNames:
    """What each written name of a quantity stands for.

    Parameters
    ----------
    derivation : Derivation
    notation : Notation
        Its symbols are known besides ``net_H1`` and ``z_H1``; under ``final`` alone H1 may be a net input.
    """

    def __init__(self, derivation: Derivation, notation: Notation) -> None:
        self._derivation = derivation
        self._notation = notation
        self._bare: dict[str, str | None] = {}

    @cached_property
    def _bases(self) -> dict[str, None]:
        return dict.fromkeys(_base(name) for name in (*self._derivation.givens, *self._derivation.by_id))

    @cached_property
    def _symbols(self) -> dict[str, str]:
        return _symbols(self._bases, self._notation)

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self._derivation)

    def known(self, text: str) -> str:
        """The canonical id that a name stands for, in any notation or usual spelling.

        Raises
        ------
        UnknownQuantityError
            With the nearest known id, or with all that it may stand for.
        """
        typed = text.strip()[:400]
        try:
            return self.own(typed)
        except UnknownQuantityError as error:
            parts = _TAIL.fullmatch(typed)
            assert parts is not None
            return self._as_spelled(typed, parts[1], parts[2], error)

    def activation(self, text: str) -> str | None:
        """The activation that a name may stand for as well, where it is a unit's alone: H1 under the notation final.

        The name is one that is known.
        """
        if self._notation != "final":
            return None
        if text not in self._bare:  # a class writes the same names
            self._bare[text] = self._activation(text)
        return self._bare[text]

    def _activation(self, text: str) -> str | None:
        name = self.known(text)
        parsed = QuantityId.parse(name, aliases=False)
        if parsed is None or not parsed.base.startswith("net_"):
            return None
        unit = parsed.base.removeprefix("net_")
        head = _TAIL.fullmatch(text.strip())
        alone = head is not None and key_of(head[1]) == key_of(unit)
        return str(replace(parsed, base=f"out_{unit}")) if alone else None

    def own(self, text: str) -> str:
        """The same by ids and by the symbols of notations alone: an e is no error then.

        Raises
        ------
        UnknownQuantityError
            With the nearest known id.
        """
        typed = text.strip()[:400]
        try:
            return known_id(self._derivation, typed)
        except UnknownQuantityError:
            parts = _TAIL.fullmatch(typed)
            assert parts is not None
            base = self._symbols.get(_spelled(parts[1]))
            if base is None and "/" in parts[1]:
                base = self._quotient(parts[1])
            if base is None:
                raise
            return known_id(self._derivation, base + parts[2])

    def _as_spelled(self, typed: str, head: str, tail: str, error: UnknownQuantityError) -> str:
        """By the spellings that people use."""
        for text, rest in ((typed, ""), (head, tail)):
            key = key_of(text)
            meant = self._spellings.meanings.get(key, frozenset())
            if len(meant) > 1:
                raise UnknownQuantityError(f"{typed[:200]!r} may be {' or '.join(sorted(meant))}; write which")
            base = next(iter(meant), None) or self._spellings.quotient(key)
            if base is not None:
                if base in self._derivation.ids and self._derivation.samples > 1:
                    rest = _SAMPLE.sub("", rest)  # a step belongs to no sample but that of its turn
                return known_id(self._derivation, base + rest)
        owner, point, own = typed.partition(".")
        if point and owner.isidentifier() and own:  # conv.K[1,1], H1.net, layer1.w2
            head, bracket, index = own.partition("[")
            for name in (f"{head}_{owner}{bracket}{index}", own):
                with suppress(UnknownQuantityError):
                    return self.own(name)
        raise error

    def _quotient(self, text: str) -> str | None:
        """``∂E/∂z_H1`` and the like: a quotient of two symbols, each after a d."""
        sides = [_spelled(side) for side in text.split("/")]
        if len(sides) != 2 or not all(side.startswith("d") for side in sides):
            return None
        upper, lower = (self._symbols.get(side[1:]) for side in sides)
        if sides[0] == "de":
            upper = self._derivation.objective
        if upper is None or lower is None:
            return None
        parsed = QuantityId.parse(f"d{upper}/d{lower}")
        return None if parsed is None or parsed.base not in self._bases else parsed.base


@lru_cache(maxsize=16)
def names_of(derivation: Derivation, notation: Notation) -> QuantityNames:
    """The names of a derivation's quantities."""
    return QuantityNames(derivation, notation)


def _base(name: str) -> str:
    return name.partition("[")[0]


def _symbols(bases: Iterable[str], own: Notation) -> dict[str, str]:
    """Spelled symbols that stand for one id alone, and the ids."""
    found: dict[str, set[str]] = {}
    plain = [base for base in bases if "/" not in base]
    for base in plain:
        for notation in NOTATIONS | {own}:
            found.setdefault(_spelled(symbol_text(symbol(base, notation))), set()).add(base)
    single = {text: next(iter(meant)) for text, meant in found.items() if len(meant) == 1}
    return single | {_spelled(base): base for base in plain}


def _spelled(text: str) -> str:
    """A name as it is compared: no blanks, case or accents of typesetting."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("∂", "d").replace("δ", "delta_").replace("η", "eta")
    return re.sub(r"[\s{}$\\]", "", plain).replace("delta__", "delta_").replace("⁺", "+")
