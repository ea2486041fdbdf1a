"""A student's own figures, as written, and what follows from them: the numbers that feedback puts into formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derive.arithmetic.code import evaluate
from derive.arithmetic.exact import BALLS, PRECISIONS, Cut, UndecidedError, exact, figure, precision
from derive.display.numerals import plain
from derive.errors import PrecisionError
from derive.formula.expression import Expression, references
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem
from derive.network.derivation import Derivation
from derive.proof.values import givens_as_typed

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<digits>[0-9]{1,60}(?:[.,][0-9]{0,60})?|[.,][0-9]{1,60})"
    r"(?:\s*(?:[eE]|[×x*·]\s*10\s*\^?)\s*[({]?\s*(?P<exponent>[+-]?[0-9]{1,4})\s*[)}]?)?"
)
_RATIO = re.compile(r"(?P<sign>[+-]?)\s*(?P<digits>[0-9]{1,30}/[0-9]{1,30})")
_LARGEST_EXPONENT = 400
#: Digits beyond those written that a figure shows which the student did not write.
_GUARD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFigure:
    """A number somebody wrote: how it is printed, character for character but for the typography, and its value."""

    figure: Figure
    value: Fraction

    @property
    def digits(self) -> int:
        """Significant digits."""
        return len(re.sub(r"[.,]", "", self.figure.digits.partition("/")[0]).lstrip("0"))

    def is_near(self, value: Fraction) -> bool:
        """Whether a value may stand behind the figure, rounding on the way allowed for: within 5 units or 2 %."""
        places = len(self.figure.digits.replace(",", ".").partition(".")[2])
        unit = Fraction(10) ** ((self.figure.exponent or 0) - places)
        return abs(value - self.value) <= max(5 * unit, abs(value) / 50)


@lru_cache(maxsize=8192)
def read_figure(text: str) -> WrittenFigure | None:
    """The number a text spells, or None where it spells none or one beyond every float's range."""
    text = text.strip()
    if len(text) > 160:
        return None
    text = text.translate(_RAISED)
    found = _NUMBER.fullmatch(text) or _RATIO.fullmatch(text)
    if found is None:
        return None
    digits, exponent = found["digits"], found.groupdict().get("exponent")
    power = None if exponent is None else int(exponent)
    if abs(power or 0) > _LARGEST_EXPONENT or re.search(r"/0*\Z", digits):
        return None
    size = Fraction(digits.replace(",", ".")) * Fraction(10) ** (power or 0)
    negative = found["sign"] == "-"
    return WrittenFigure(
        figure=Figure(negative=negative, digits=digits, exponent=power), value=-size if negative else size
    )


def shown_text(text: str, longest: int = 120) -> str:
    """What was written, on one line: numbers with a proper minus sign, all else as it stands, shortened."""
    found = read_figure(text)
    if found is not None:
        return plain(found.figure)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


class OwnFigures:
    """What one student works with: given numbers, written figures, and for the rest what follows from those.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    derivation : Derivation
        By which a figure that was not written follows from those above it.
    written : mapping of str to str
        By id of this round; what is no number counts as not written.
    digits : int
        Significant digits of figures that were not written, before guard digits.
    """

    def __init__(self, problem: AnyProblem, derivation: Derivation, written: Mapping[str, str], digits: int) -> None:
        self._derivation = derivation
        self._typed = givens_as_typed(problem)
        read = {name: read_figure(text) for name, text in written.items()}
        self.written = {name: found for name, found in read.items() if found is not None}
        self._cut = Cut(digits=min(digits + _GUARD, 18))
        self._values: dict[int, dict[str, Any]] = {}

    def figure(self, quantity: str) -> Figure | None:
        """As written, as given, or worked out; None where that gives no number."""
        if quantity in self.written:
            return self.written[quantity].figure
        if quantity in self._typed:
            return self._typed[quantity]
        if quantity not in self._derivation.by_id:
            return None
        return self._settled(lambda bits: self._value(quantity, bits), self._cut)

    def result(self, expression: Expression, digits: int) -> Figure | None:
        """What a formula gives from the student's figures, every digit proved; None where it gives no number."""
        used = tuple(dict.fromkeys(references(expression)))

        def value(bits: int) -> Any:
            return evaluate(expression, {name: self._value(name, bits) for name in used}, BALLS)

        return self._settled(value, Cut(digits=min(max(digits, 2), 18)))

    def _settled(self, value: Callable[[int], Any], cut: Cut) -> Figure | None:
        for bits in PRECISIONS[:4]:
            with precision(bits):
                try:
                    return figure(value(bits), cut)
                except UndecidedError:
                    continue
                except (PrecisionError, ZeroDivisionError, KeyError, ValueError, OverflowError):
                    return None
        return None

    def _value(self, quantity: str, bits: int) -> Any:
        """The value, with what it needs worked out first; a loop, for chains may be deep."""
        known = self._values.setdefault(bits, {})
        waiting = [quantity]
        while waiting:
            name = waiting[-1]
            if name in known:
                waiting.pop()
            elif name in self.written:
                known[name] = exact(self.written[name].value)
            elif name in self._typed:
                known[name] = exact(self._typed[name].value)
            else:
                formula = self._derivation.by_id[name].expression
                missing = [used for used in references(formula) if used not in known]
                if missing:
                    waiting += missing
                else:
                    known[name] = evaluate(formula, known, BALLS)
        return known[quantity]
