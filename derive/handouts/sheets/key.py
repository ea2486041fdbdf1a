"""The key: each value with its accepted band, and the likeliest wrong values with their causes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derive.arithmetic.code import evaluate
from derive.arithmetic.exact import BALLS, PRECISIONS, Cut, UndecidedError, exact, figure, precision
from derive.display import numerals
from derive.errors import PrecisionError
from derive.formula.expression import references
from derive.formula.figures import Figure, rounded
from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round
from derive.handouts.sheets.asking import sheet_routes
from derive.handouts.sheets.honest import Spread, honest_spreads
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes, proved_by
from derive.proof.values import Proved

#: Wrong values beside each figure.
_MOST_WRONG = 2
#: Names of causes whose id says too little beside a figure.
_SHORT = {
    "sign": "wrong sign",
    "exp-sign": "e to the plus net",
    "exp-only": "e to the minus net only",
    "forgot-one": "1 left out below",
    "base-ten": "10 for e",
    "no-half": "½ left out",
    "extra-half": "½ too many",
    "factor-two": "2 too many",
    "one-term": "first term only",
    "one-path": "one path only",
    "difference": "subtracted, not added",
    "subtracted": "subtracted, not added",
    "ascent": "added, not subtracted",
    "step-only": "step alone",
    "multiplied": "old value as a factor",
    "mean-not-sum": "mean, not sum",
    "updated-weights": "weights already updated",
    "wrong-hidden": "another unit’s activation",
    "log-ten": "log to base 10",
}
#: More than floats lose on the way through a network, relative to the largest of 1 and the figure.
_FLOAT_ERROR = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The figures that honest work may end with, in the digits asked.

    Attributes
    ----------
    low, high : Figure
        The smallest and the largest; one figure where there is no other.
    """

    low: Figure
    high: Figure

    @property
    def text(self) -> str:
        """Plain text, such as ``0.06474 to 0.06480``."""
        if self.low == self.high:
            return numerals.plain(self.low)
        power = self.low.exponent
        if power is None or power != self.high.exponent:
            return f"{numerals.plain(self.low)} to {numerals.plain(self.high)}"
        bare = [numerals.plain(replace(end, exponent=None)) for end in (self.low, self.high)]
        ten = numerals.plain(replace(self.low, negative=False, digits="1")).removeprefix("1")
        return f"({bare[0]} to {bare[1]}){ten}"

    def meets(self, other: Band) -> bool:
        """Whether a figure may lie in both."""
        return self.low.value <= other.high.value and other.low.value <= self.high.value


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongValue:
    """What comes out of a misconception in otherwise honest work, and its short name."""

    band: Band
    cause: str
    mistake: Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One figure of a key.

    Attributes
    ----------
    quantity : str
    value : Figure
        Every digit proved.
    band : Band or None
        What is accepted; None for an exact 0, beside which nothing is.
    wrong : tuple of WrongValue
        The likeliest first, none of which meets the band.
    """

    quantity: str
    value: Figure
    band: Band | None
    wrong: tuple[WrongValue, ...]

    @property
    def accepted(self) -> str:
        """The band as text; empty where there is none."""
        return "" if self.band is None else self.band.text


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKey:
    """The key to one student's numbers."""

    digits: int
    lines: tuple[KeyLine, ...]


def answer_key(
    problem: AnyProblem,
    asked: Sequence[str],
    *,
    digits: int = 4,
    started: Collection[str] = (),
    most_wrong: int = _MOST_WRONG,
) -> AnswerKey:
    """The key to a problem's numbers.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    asked : sequence of str
        Canonical ids.
    digits : int
    started : collection of str
        Ids of figures that the sheet prints as given.
    most_wrong : int
        Wrong values beside each figure.

    Raises
    ------
    PrecisionError
        If some digit cannot be proved.
    """
    cut, routes = Cut(digits=digits), sheet_routes(problem)
    proved = proved_by(problem, routes)
    proved.prepare(number for _, number in map(at_round, asked) if number)
    mistakes = _mistakes(routes, tuple(asked))
    wrong = {key: mistake.expression for some in mistakes.values() for key, mistake in some}
    spreads = honest_spreads(problem, routes, asked, digits=digits, started=started, wrong=wrong)
    lines: list[KeyLine] = []
    for name in asked:
        value = proved.figure(name, cut)
        reach = _reach(value, spreads.get(name), digits)
        made = [(mistake, spreads[key]) for key, mistake in mistakes.get(name, ()) if key in spreads]
        found = _wrong_values(made, reach, proved, cut, most_wrong)
        band = _band(*reach, digits) if any(reach) else None
        if problem.counts:
            band = Band(low=value, high=value)  # a count is right or wrong
        lines.append(KeyLine(quantity=name, value=value, band=band, wrong=found))
    key = AnswerKey(digits=digits, lines=tuple(lines))
    return _with_commas(key) if problem.display.decimal_mark == "comma" else key


def _with_commas(key: AnswerKey) -> AnswerKey:
    def figure(own: Figure) -> Figure:
        return replace(own, mark=",")

    def band(own: Band) -> Band:
        return Band(low=figure(own.low), high=figure(own.high))

    lines = [
        replace(
            line,
            value=figure(line.value),
            band=None if line.band is None else band(line.band),
            wrong=tuple(replace(each, band=band(each.band)) for each in line.wrong),
        )
        for line in key.lines
    ]
    return replace(key, lines=tuple(lines))


#: Where figures may lie before they are rounded.
_Reach = tuple[float, float]


def _reach(value: Figure, spread: Spread | None, digits: int) -> _Reach:
    """Where honest work may lead, the right figure within it."""
    right = float(value.ascii)
    if not right:
        return 0.0, 0.0
    if spread is None:  # of a late round, which nobody works by hand: the neighbours
        unit = _unit(right, digits)
        return right - unit, right + unit
    # Figures that are carried rounded are not those of floats.
    return min(spread.value - spread.before, right), max(spread.value + spread.before, right)


def _band(low: float, high: float, digits: int) -> Band:
    first, last = (rounded(*end.as_integer_ratio(), digits=digits, decimals=None, whole=False) for end in (low, high))
    return Band(low=first, high=last)


def _meet(one: _Reach, other: _Reach, digits: int) -> bool:
    """Whether a figure, once rounded, may lie in both."""
    gap = max(one[0], other[0]) - min(one[1], other[1])
    if gap <= 0:
        return True
    if gap > max(_unit(end, digits) for end in (*one, *other)):
        return False
    return _band(*one, digits).meets(_band(*other, digits))


def _unit(value: float, digits: int) -> float:
    return float(10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)) if value else 0.0


def likely_mistakes(routes: Routes, quantity: str) -> tuple[Mistake, ...]:
    """Single misconceptions at a quantity of the first round, the likeliest first."""
    return tuple(mistake for mistake in mistakes_at(routes, quantity) if len(mistake.ids) == 1)


def _mistakes(routes: Routes, asked: tuple[str, ...]) -> Mapping[str, tuple[tuple[str, Mistake], ...]]:
    """The likely mistakes at every asked figure of the first round, each under a name of its own."""
    kept = routes.nearest.code  # kept with the derivation, which costs more to hash than a key may take
    key = ("mistaken", asked)
    if key not in kept:
        kept[key] = {
            name: tuple((f"!{place} {name}", mistake) for place, mistake in enumerate(likely_mistakes(routes, name)))
            for name in asked
            if "@" not in name
        }
    found: Mapping[str, tuple[tuple[str, Mistake], ...]] = kept[key]
    return found


def cause_name(mistake: Mistake) -> str:
    """The short name of a cause, such as ``missing bias``."""
    return " and ".join(_SHORT.get(name, name.replace("-", " ")) for name in mistake.ids)


def _wrong_values(
    mistakes: Sequence[tuple[Mistake, Spread]], right: _Reach, proved: Proved, cut: Cut, most: int
) -> tuple[WrongValue, ...]:
    found: list[WrongValue] = []
    seen = [right]
    for mistake, spread in mistakes:
        if not any(right) and abs(spread.value) < _FLOAT_ERROR:
            continue
        reach = (spread.value - spread.before, spread.value + spread.before)
        if any(_meet(reach, other, cut.digits) for other in seen):
            continue
        if spread.before:
            band = _band(*reach, cut.digits)
        else:
            value = _settled(spread.value, cut) or _wrong_figure(mistake, proved, cut)
            if value is None:
                continue
            band = _band(*(float(value.ascii),) * 2, cut.digits)
        seen.append(reach)
        found.append(WrongValue(band=band, cause=cause_name(mistake), mistake=mistake))
        if len(found) == most:
            break
    return tuple(found)


def _settled(number: float, cut: Cut) -> Figure | None:
    """A float's figure, where no error that floats may have made could change it."""
    if not math.isfinite(number):
        return None
    error = _FLOAT_ERROR * max(1.0, abs(number))
    low, high = (format(end, f".{cut.digits - 1}e") for end in (number - error, number + error))
    return replace(figure(exact(Fraction(number)), cut), exact=False) if low == high else None


def _wrong_figure(mistake: Mistake, proved: Proved, cut: Cut) -> Figure | None:
    """What a wrong formula gives with the right figures, by balls; None where that is no number."""
    used = tuple(references(mistake.expression))
    for bits in PRECISIONS[:3]:
        try:
            values: dict[str, Any] = {name: proved.value(name, bits=bits) for name in used}
            with precision(bits):
                return figure(evaluate(mistake.expression, values, BALLS), cut)
        except UndecidedError:
            continue
        except (PrecisionError, ArithmeticError, ValueError):
            return None
    return None
