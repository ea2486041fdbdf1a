"""A formula as somebody typed it, read into an expression over quantity ids; nothing of it is ever evaluated as code.

Names of quantities are found first, since an id such as ``dE_total/dw5`` or ``net_H1[2]`` holds signs of arithmetic;
the rest is for the whitelisting parser of formulas.
"""

from __future__ import annotations

import keyword
import re

from derive.errors import DeriveError, ProblemError, UnknownQuantityError
from derive.formula.expression import Expression, Ref, renamed
from derive.formula.functions import CALLABLE
from derive.given.parser import LONGEST_FORMULA, parse_formula
from derive.given.problem import Notation
from derive.judging.quantity_names import names_of
from derive.network.derivation import Derivation

_NAME = r"\N{PARTIAL DIFFERENTIAL}?[^\W\d]\w*"
_TOKEN = re.compile(rf"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>{_NAME})")
_UNDER = re.compile(rf"\s*/\s*({_NAME})")
_INDEX = re.compile(r"\s*\[\s*(\d{1,7})\s*\]")
_CALLED = re.compile(r"\s*\(")
_POWER_OF_E = re.compile(r"(?<![\w.])e\s*(?=\*\*)")
_RAISED_TO = re.compile(r"\s*\*\*\s*(?P<exponent>(?:[-+]\s*)*)")
_BRACKET = re.compile(r"[()]")
#: Signs people type or paste, and the plain ones they stand for.
_SIGNS: dict[str, str] = {
    "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{MIDDLE DOT}": "*", "\N{DOT OPERATOR}": "*",
    "\N{BULLET OPERATOR}": "*", "\N{MULTIPLICATION SIGN}": "*", "\N{DIVISION SIGN}": "/", "^": "**",
    "\N{SUPERSCRIPT TWO}": "**2", "\N{SUPERSCRIPT THREE}": "**3", "\N{NO-BREAK SPACE}": " ", "\t": " ",
}  # fmt: skip
_TRANSLATED = {ord(sign): plain for sign, plain in _SIGNS.items()}
_RATES = ("lr", "learning_rate")
_MOST_SHOWN = 60


class UnreadableError(DeriveError):
    """A text that is no formula in the quantities of a problem, with the reason."""


def read_formula(text: str, derivation: Derivation, notation: Notation) -> Expression:
    """The formula that a text spells, in terms of ids of a derivation.

    Parameters
    ----------
    text : str
        Quantities under any name their problem knows; ``lr`` is the learning rate, ``ln`` the natural logarithm, ``E``
        the total error; ``^`` is a power, and a power of ``e`` is ``exp`` where no quantity is called so.
    derivation : Derivation
    notation : Notation

    Raises
    ------
    UnreadableError
    """
    if len(text) > LONGEST_FORMULA:
        raise UnreadableError(
            f"a formula of {len(text):,} characters; at most {LONGEST_FORMULA:,} are allowed: use the quantities' names"
        )
    reading = _Reading(text.strip().translate(_TRANSLATED), derivation, notation)
    plain = reading.plain()
    try:
        expression = parse_formula(plain, "", frozenset(reading.ids))
    except ProblemError as error:
        raise UnreadableError(reading.as_typed(error.message)) from None
    return renamed(expression, lambda name: Ref(reading.ids[name]))


class _Reading:
    """One text with its names replaced by words that the parser takes for names."""

    def __init__(self, text: str, derivation: Derivation, notation: Notation) -> None:
        self.text = text
        self.derivation = derivation
        self.names = names_of(derivation, notation)
        self.ids: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.resolved: dict[str, str | None] = {}

    def plain(self) -> str:
        """The text for the parser."""
        self._write_exponentials()
        found: list[str] = []
        place = 0
        while match := _TOKEN.search(self.text, place):
            found.append(self.text[place : match.start()])
            place = match.end()
            name = match["name"]
            if name is None:
                found.append(match[0])
            elif _CALLED.match(self.text, place) and (name in CALLABLE or name == "ln"):
                found.append("log" if name == "ln" else name)
            else:
                id_, place = self._quantity(name, place)
                found.append(self._word(id_, self.text[match.start() : place]))
        return "".join([*found, self.text[place:]])

    def _write_exponentials(self) -> None:
        """Powers of e as calls of exp, the last first: a power of a power belongs to the exponent."""
        if self._is_own("e"):
            return
        for power in reversed([*_POWER_OF_E.finditer(self.text)]):
            raised = _RAISED_TO.match(self.text, power.end())
            assert raised is not None
            start, end = raised.start("exponent"), raised.end()
            while (after := self._operand_end(end)) is not None:
                end = after
                again = _RAISED_TO.match(self.text, end)
                if again is None:
                    break
                end = again.end()
            if after is not None:
                self.text = f"{self.text[: power.start()]}exp({self.text[start:end]}){self.text[end:]}"

    def _operand_end(self, place: int) -> int | None:
        """Where a bracket, number, call or quantity that starts here ends; None where there is none."""
        token = _TOKEN.match(self.text, place)
        if token is not None:
            place, name = token.end(), token["name"]
            called = _CALLED.match(self.text, place)
            if name is None:
                return place
            if not called or (name not in CALLABLE and name != "ln"):
                return self._quantity(name, place)[1]
            place = called.end() - 1
        depth = 0
        for bracket in _BRACKET.finditer(self.text, place):
            if not depth and bracket.start() != place:
                return None
            depth += 1 if bracket[0] == "(" else -1
            if depth <= 0:
                return None if depth else bracket.end()
        return None

    def as_typed(self, message: str) -> str:
        """A message of the parser with what was typed for the words that stand for it."""
        return re.sub(r"_\d+_*", lambda word: self.typed.get(word[0], word[0]), message)

    def _quantity(self, name: str, place: int) -> tuple[str, int]:
        """The id that a name and what follows it stand for, and where that ends; known quotients win."""
        under = _UNDER.match(self.text, place)
        quotient = None
        if under and name[0] in "d\N{PARTIAL DIFFERENTIAL}e" and under[1][0] in "d\N{PARTIAL DIFFERENTIAL}":
            quotient = f"{name}/{under[1]}"
            for after, index in self._ends(under.end()):
                if id_ := self._known(quotient + index):
                    return id_, after
        for after, index in self._ends(place):
            if id_ := self._known(name + index):
                return id_, after
        raise UnreadableError(self._why_unknown(quotient or name))

    def _ends(self, place: int) -> list[tuple[int, str]]:
        """Where a name may end: after its index, or before it."""
        index = _INDEX.match(self.text, place)
        return [*([(index.end(), f"[{index[1]}]")] if index else []), (place, "")]

    def _is_own(self, name: str) -> bool:
        """Whether a letter is a quantity of this very problem, and so no number e."""
        try:
            return bool(self.names.own(name))
        except UnknownQuantityError:
            return False

    def _known(self, name: str) -> str | None:
        if name not in self.resolved:
            self.resolved[name] = self._resolve(name)
        return self.resolved[name]

    def _resolve(self, name: str) -> str | None:
        if name in self.derivation.ids:
            return name
        try:
            return self.names.known(name)
        except UnknownQuantityError:
            pass
        if name.lower() in _RATES and "eta" in self.derivation.ids:
            return "eta"
        return self.derivation.objective if name == "E" else None

    def _why_unknown(self, name: str) -> str:
        try:
            self.names.known(name[:_MOST_SHOWN])
        except UnknownQuantityError as error:
            return str(error)
        return f"{name[:_MOST_SHOWN]!r} is no quantity of this problem"

    def _word(self, id_: str, typed: str) -> str:
        """The id itself where the parser takes it for a name, else a word as long as what was typed."""
        word = id_
        if id_ != typed or not id_.isidentifier() or keyword.iskeyword(id_) or id_ in CALLABLE:
            word = next((each for each, typed_ in self.typed.items() if typed_ == typed), "")
            word = word or f"_{len(self.typed)}_".ljust(len(typed), "_")
            self.typed[word] = typed
        self.ids[word] = id_
        return word
