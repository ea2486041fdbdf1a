"""The key: each value with its accepted band, and the likeliest wrong values with their causes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from derive.arithmetic.code import FLOATS, compile_quantities, evaluate
from derive.arithmetic.exact import BALLS, PRECISIONS, Cut, UndecidedError, exact, figure, precision
from derive.display.plain import RAISED
from derive.errors import PrecisionError
from derive.formula.expression import references
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem
from derive.handouts.sheets.asking import sheet_routes
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes, proved_by
from derive.network.graph import Quantity
from derive.proof.values import Proved, given_numbers

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
_EXACT = Context(prec=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongValue:
    """What comes out of a misconception, and its short name."""

    value: Figure
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One figure of a key.

    Attributes
    ----------
    quantity : str
    value : Figure
        Every digit proved.
    low, high : Decimal
        Ends of the band: half a unit of the last place below and above.
    band : str
        The same as text; empty for an exact 0, which has none.
    wrong : tuple of WrongValue
        The likeliest first, each another figure than the right one.
    """

    quantity: str
    value: Figure
    low: Decimal
    high: Decimal
    band: str
    wrong: tuple[WrongValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKey:
    """The key to one student's numbers."""

    digits: int
    lines: tuple[KeyLine, ...]


def answer_key(problem: AnyProblem, asked: Sequence[str], *, digits: int = 4) -> AnswerKey:
    """The key to a problem's numbers.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    asked : sequence of str
        Canonical ids.
    digits : int

    Raises
    ------
    PrecisionError
        If some digit cannot be proved.
    """
    cut, routes = Cut(digits=digits), sheet_routes(problem)
    proved = proved_by(problem, routes)
    proved.prepare(int(name.partition("@")[2]) for name in asked if "@" in name)
    wrong = _wrong_numbers(problem, _mistaken(routes, tuple(asked)))
    lines: list[KeyLine] = []
    for name in asked:
        value = proved.figure(name, cut)
        low, high, band = accepted_band(value, proved.figure(name, cut.guarded(2)), digits)
        found = _wrong_values(wrong.get(name, ()), value, proved, cut)
        lines.append(KeyLine(quantity=name, value=value, low=low, high=high, band=band, wrong=found))
    return AnswerKey(digits=digits, lines=tuple(lines))


def accepted_band(value: Figure, finer: Figure, digits: int) -> tuple[Decimal, Decimal, str]:
    """Half a unit of the last asked place below and above the right value, and the same as text.

    Parameters
    ----------
    value : Figure
        A decimal with this many significant digits, or fewer where they are exact.
    finer : Figure
        The same with two more: the band lies about the value, not about its rounding.
    digits : int
    """
    rounded = Decimal(value.digits).copy_sign(-1 if value.negative else 1)
    if not rounded:
        return rounded, rounded, ""
    half = Decimal(5).scaleb(rounded.adjusted() - digits)
    size = Decimal(finer.digits).copy_sign(-1 if finer.negative else 1)
    size = size.scaleb((finer.exponent or 0) - (value.exponent or 0)).normalize(_EXACT)
    low, high = _EXACT.subtract(size, half), _EXACT.add(size, half)
    text = " to ".join(format(end, "f").replace("-", "\N{MINUS SIGN}") for end in (low, high))
    if value.exponent is None:
        return low, high, text
    power = str(value.exponent).replace("-", "\N{MINUS SIGN}").translate(RAISED)
    return low.scaleb(value.exponent), high.scaleb(value.exponent), f"({text}) × 10{power}"


def likely_mistakes(routes: Routes, quantity: str) -> tuple[Mistake, ...]:
    """Single misconceptions at a quantity of the first round, the likeliest first."""
    return tuple(mistake for mistake in mistakes_at(routes, quantity) if len(mistake.ids) == 1)


@dataclass(frozen=True, kw_only=True)
class _Mistaken:
    """The likely mistakes at every asked quantity, and all they give at once from the given numbers."""

    at: Mapping[str, tuple[Mistake, ...]]
    inputs: tuple[str, ...]
    work: Callable[[Sequence[float]], Sequence[float]]


def _mistaken(routes: Routes, asked: tuple[str, ...]) -> _Mistaken:
    kept = routes.nearest.code  # kept with the derivation, which costs more to hash than a key may take
    key = ("mistaken", asked)
    if key not in kept:
        kept[key] = _all_mistaken(routes, asked)
    found: _Mistaken = kept[key]
    return found


def _all_mistaken(routes: Routes, asked: tuple[str, ...]) -> _Mistaken:
    at = {name: likely_mistakes(routes, name) for name in asked if "@" not in name}
    wrong = [mistake.expression for mistakes in at.values() for mistake in mistakes]
    extra = [Quantity(f"mistake_{number}", "mistake", form) for number, form in enumerate(wrong)]
    way = routes.nearest
    work = compile_quantities(
        [*way.quantities, *extra],
        inputs=way.givens,
        outputs=[quantity.id for quantity in extra],
        arithmetic=FLOATS,
    )
    return _Mistaken(at=at, inputs=way.givens, work=work)


def _wrong_numbers(problem: AnyProblem, mistaken: _Mistaken) -> dict[str, list[tuple[Mistake, float]]]:
    """The float that each mistake gives; nan for all where one of them has no value in floats."""
    given = given_numbers(problem)
    try:
        numbers = iter(mistaken.work([float(given[name].value) for name in mistaken.inputs]))
    except ArithmeticError:
        numbers = itertools.repeat(math.nan)
    return {name: [(mistake, next(numbers)) for mistake in mistakes] for name, mistakes in mistaken.at.items()}


def cause_name(mistake: Mistake) -> str:
    """The short name of a cause, such as ``missing bias``."""
    return " and ".join(_SHORT.get(name, name.replace("-", " ")) for name in mistake.ids)


def _wrong_values(
    mistakes: Sequence[tuple[Mistake, float]], right: Figure, proved: Proved, cut: Cut
) -> tuple[WrongValue, ...]:
    found: list[WrongValue] = []
    shown = _shown(right)
    is_zero, seen = not shown[0], {shown}
    for mistake, number in mistakes:
        if is_zero and abs(number) < _FLOAT_ERROR:
            continue
        value = _settled(number, cut) or _wrong_figure(mistake, proved, cut)
        if value is None or (shown := _shown(value)) in seen:
            continue
        seen.add(shown)
        found.append(WrongValue(value=value, cause=cause_name(mistake)))
        if len(found) == _MOST_WRONG:
            break
    return tuple(found)


def _shown(value: Figure) -> tuple[Decimal, int]:
    """What tells figures apart: 0.4 and 0.4000 are one."""
    size = Decimal(value.digits)
    return (size.copy_sign(-1 if value.negative else 1), value.exponent or 0) if size else (size, 0)


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
