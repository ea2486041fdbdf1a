"""The values of a problem's quantities after any number of rounds: proved with balls, or fast with floats."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from derive.arithmetic.beyond import beyond
from derive.arithmetic.code import FLOATS, evaluate
from derive.arithmetic.exact import (
    BALLS,
    BALLS_ALONE,
    BEYOND,
    PRECISIONS,
    Cut,
    UndecidedError,
    as_float,
    bits_needed,
    exact,
    figure,
    is_finite,
    is_negligible,
    nearest,
    precision,
    rounding,
    shortened,
    tie,
)
from derive.errors import BeyondRangeError, PrecisionError, UnknownQuantityError
from derive.formula.figures import Figure
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId, given_ids, updated_id
from derive.given.problem import Number, Problem
from derive.network.derivation import Derivation
from derive.proof.foresight import (
    ENDLESS,
    EXACT_ROUNDS,
    FIRST,
    Width,
    before,
    beyond_all,
    foreseen,
    width,
    worthwhile,
)  # fmt: skip
from derive.proof.rounds import Rounds

#: Quantity-evaluations that one request may cost in ball arithmetic, about a minute's work.
LARGEST_WORK = 60_000_000
#: Rounds after which the bits are counted that are worth working with.
_STRETCH = 50


def given_numbers(problem: AnyProblem) -> Mapping[str, Number]:
    """Everything the problem states, by quantity id."""
    if isinstance(problem, FormulaProblem):
        return problem.numbers
    return _network_numbers(problem)


def _network_numbers(problem: Problem) -> dict[str, Number]:
    numbers = [number for sample in problem.samples for number in (*sample.inputs, *sample.targets)]
    for layer in problem.layers:
        numbers += [number for row in layer.weights for number in row]
        if layer.bias is not None:
            numbers += layer.bias if isinstance(layer.bias, tuple) else (layer.bias,) * len(layer.units)
    return dict(zip(given_ids(problem.structure), (*numbers, problem.learning_rate), strict=True))


def givens_of(problem: AnyProblem) -> dict[str, Any]:
    """Exact values of everything the problem states, by quantity id."""
    return {name: exact(number.value) for name, number in given_numbers(problem).items()}


def givens_as_typed(problem: AnyProblem) -> dict[str, Figure]:
    """Figures of everything the problem states, digit for digit as typed."""
    return {
        name: Figure(negative=number.text.startswith("-"), digits=number.text.removeprefix("-"))
        for name, number in given_numbers(problem).items()
    }


class Proved:
    """Quantities of a problem at any round, exact or as balls wide enough to be sure and narrow enough to print.

    Parameters
    ----------
    problem : Problem
    derivation_of_turn : callable
        As for `Rounds`.
    """

    def __init__(self, problem: AnyProblem, derivation_of_turn: Callable[[int], Derivation]) -> None:
        self.problem = problem
        self.cut = Cut(digits=problem.display.digits, decimals=problem.display.decimals)
        arithmetic = BALLS
        self.carries_rounded = False
        if problem.display.carry == "rounded":
            arithmetic = replace(BALLS, wrap=rounding(self.cut))
            self.carries_rounded = True
        elif isinstance(problem, FormulaProblem):
            # Powers of powers grow too long for a rational within a single round.
            arithmetic = replace(BALLS, wrap=partial(shortened, keep=True))
        self.rounds = Rounds(derivation_of_turn, givens_of(problem), arithmetic)
        self._wanted: set[int] = {0}
        self._states: dict[int, dict[int, tuple[Any, ...]]] = {}
        self._values: dict[int, dict[int, dict[str, Any]]] = {}
        self._settled: dict[int, int] = {}
        self._later: dict[int, Rounds] = {}
        self._widths: dict[str, Width | None] = {}
        self._finite_to = 0

    def prepare(self, numbers: Iterable[int]) -> None:
        """Announce rounds that will be asked for, so that one pass over the rounds serves them all."""
        self._wanted.update(numbers)

    def value(self, quantity: str, *, bits: int = PRECISIONS[0]) -> Any:
        """A quantity, exact or as a ball computed with this many bits or more.

        Raises
        ------
        UnknownQuantityError
        PrecisionError
            If a branch (such as a relu's) cannot be decided with the largest precision.
        """
        return self._known(self._parsed(quantity), bits)[0]

    def _parsed(self, quantity: str) -> QuantityId:
        name = QuantityId.parse(quantity, aliases=False)
        if name is None:
            raise UnknownQuantityError(f"{quantity!r} is no quantity id")
        return name

    def _known(self, name: QuantityId, bits: int) -> tuple[Any, int]:
        """A quantity with so many bits or more, and with how many."""
        used, values = self._at(name.round, bits)
        base = str(replace(name, round=0))
        if base not in values:
            raise UnknownQuantityError(f"{str(name)!r} is no quantity of this problem")
        return values[base], used

    def figure(self, quantity: str, cut: Cut | None = None) -> Figure:
        """The printed figure of a quantity, every digit proved.

        A ball around 0 that no precision parts from 0 is printed as 0.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        cut = cut or self.cut
        for value, last in self._narrowing(quantity, cut.digits):
            try:
                return figure(value, cut)
            except BeyondRangeError:
                raise BeyondRangeError(beyond(self.problem, quantity)) from None
            except UndecidedError:
                if last and is_negligible(value):
                    return Figure(negative=False, digits="0", exact=False)
                if last and (middle := tie(value, cut)):
                    return middle
        raise self._unsettled(quantity, value, "its digits")

    def errors(self, rounds: int) -> list[float]:
        """The total error before each of ``rounds`` rounds and after the last, by balls.

        It ends early where a round has no figure: a rounded output of 0 or 1 has no logarithm.
        """
        best: list[float] = []
        for bits in PRECISIONS:
            found: list[float] = []
            with precision(bits), contextlib.suppress(UndecidedError, PrecisionError, ArithmeticError):
                self.rounds.run(self.rounds.start(), 0, rounds + 1, _noting(found))
            best = max(best, list(itertools.takewhile(math.isfinite, found)), key=len)
            if len(best) > rounds:
                break
        return best

    def number(self, quantity: str) -> float:
        """The float64 nearest to a quantity's exact value.

        Raises
        ------
        UnknownQuantityError, PrecisionError
        """
        for value, last in self._narrowing(quantity):
            found = nearest(value, last=last)
            if found is not None and math.isinf(found):
                raise BeyondRangeError(beyond(self.problem, quantity))
            if found is not None:
                return found
        raise self._unsettled(quantity, value, "it as a 64-bit float")

    def within_floats(self, quantity: str) -> float | None:
        """The same; None where the value is beyond every float, or nothing says that it is not."""
        try:
            return self.number(quantity)
        except BeyondRangeError:
            return None

    def _unsettled(self, quantity: str, value: Any, what: str) -> PrecisionError:
        if is_finite(value):
            return PrecisionError(f"{quantity}: {PRECISIONS[-1]} bits do not settle {what}")
        # A ball without end: of an exponential of more than 10**77, or of a quotient by one that may be 0.
        return BeyondRangeError(f"{beyond(self.problem, quantity)}, or a figure that it is made from does")

    def _narrowing(self, quantity: str, digits: int = 0) -> Iterator[tuple[Any, bool]]:
        """The quantity with more and more bits, each within its precision, and whether it is the last."""
        for value, bits in self._narrowed(self._parsed(quantity), digits):
            with precision(bits):
                yield value, bits >= PRECISIONS[-1]

    def _narrowed(self, name: QuantityId, digits: int) -> Iterator[tuple[Any, int]]:
        """The quantity with more and more bits, and how many: what is known, then as many as are foreseen to do."""
        known = max(self._values.get(name.round, ()), default=0)
        if known:
            yield self._known(name, known)
        bits = self._foreseen(name, digits)
        if known:
            bits = max(bits, next((more for more in PRECISIONS if more > known), PRECISIONS[-1]))
        while known < PRECISIONS[-1]:
            value, known = self._known(name, bits)
            yield value, known
            least = max(bits_needed(value, known), known + 1)
            bits = next((more for more in PRECISIONS if more >= least), PRECISIONS[-1])

    def _foreseen(self, name: QuantityId, digits: int) -> int:
        number = name.round
        if number < FIRST or self.carries_rounded:
            return PRECISIONS[0]
        self._check_work(number)
        earlier, first = (self._width(replace(name, round=each)) for each in before(number))
        if earlier is None or first is None:
            return PRECISIONS[0]
        if least := beyond_all(number, earlier, first):
            self._widths[str(name)] = Width(lost=least, size=0)
            raise PrecisionError(f"{name}: {PRECISIONS[-1]} bits do not settle its digits; it takes more than {least}")
        return min(foreseen(number, earlier, first, digits), PRECISIONS[-1])

    def _width(self, name: QuantityId) -> Width | None:
        """How wide a ball of an earlier round is; None where nothing can be said of it."""
        if str(name) not in self._widths:
            self._widths[str(name)] = None
            with contextlib.suppress(PrecisionError):
                for value, bits in self._narrowed(name, 1):
                    self._widths[str(name)] = found = width(value, bits)
                    if found is not None:
                        break
                    if bits == PRECISIONS[-1] and not is_finite(value):
                        self._widths[str(name)] = ENDLESS
        return self._widths[str(name)]

    def _at(self, number: int, bits: int) -> tuple[int, dict[str, Any]]:
        """All quantities of a round with so many bits or more, and with how many."""
        known = self._values.setdefault(number, {})
        if enough := [more for more in known if more >= max(bits, self._settled.get(number, 0))]:
            return min(enough), known[min(enough)]
        for more in sorted({bits, *PRECISIONS}):
            if more < max(bits, self._settled.get(number, 0)):
                continue
            with precision(more):
                try:
                    known[more] = self.rounds.everything(self._state(number, more), number)
                except UndecidedError:
                    self._settled[number] = more + 1
                    continue
                except BeyondRangeError:
                    raise BeyondRangeError(self._first_beyond(number, more)) from None
                except ZeroDivisionError:
                    raise PrecisionError(f"round {number}: a formula divides by 0 at the figures carried") from None
            return more, known[more]
        raise PrecisionError(f"round {number}: {PRECISIONS[-1]} bits do not settle a digit or a branch")

    def _first_beyond(self, number: int, bits: int) -> str:
        """What is said of the first figure, of those that are carried rounded, that is beyond every float."""
        state = self._states[bits].get(number)
        if state is None:
            return f"a figure before round {number} {BEYOND}; scale the inputs or take a smaller learning rate"
        arithmetic = self.rounds.arithmetic
        values = dict(self.rounds.givens) | dict(zip(self.rounds.trained, state, strict=True))
        for quantity in self.rounds.derivation_of_turn(self.rounds.turn(number)).quantities:
            value = evaluate(quantity.expression, values, arithmetic)
            try:
                values[quantity.id] = value if arithmetic.wrap is None else arithmetic.wrap(value)
            except BeyondRangeError:
                return beyond(self.problem, f"{quantity.id}@{number}" if number else quantity.id)
        return f"a figure of round {number} {BEYOND}; scale the inputs"

    def _state(self, number: int, bits: int) -> tuple[Any, ...]:
        """Parameters at the start of a round; passes through all announced rounds on the way."""
        known = self._states.setdefault(bits, {0: self.rounds.start()})
        if number in known:
            return known[number]
        self._check_work(number)
        if number > 1:
            self._check_finite(number)
        reached = max(past for past in known if past <= number)
        stops = sorted({number, *(wanted for wanted in self._wanted if reached < wanted < number)})
        state = known[reached]
        for stop in stops:
            if reached == 0 and bits in self._values.get(0, ()):
                # Worked out already: no need to compile a round for it.
                state = tuple(self._values[0][bits][updated_id(name)] for name in self.rounds.trained)
                reached = 1
                if self.rounds.arithmetic.wrap is None:
                    state = tuple(shortened(value, keep=True) for value in state)
            while reached < stop:
                # A rational grows longer with every round: it is kept for the first few, then becomes a ball.
                early = reached < EXACT_ROUNDS
                after = min(stop, reached + (1 if early else _STRETCH))
                rounds = self.rounds if early else self._rounds_of_balls(bits)
                with precision(bits if early else worthwhile(state, bits)):
                    state = rounds.run(state, reached, after, goal=stop)
                reached = after
                if self.rounds.arithmetic.wrap is None:
                    state = tuple(shortened(value, keep=reached < EXACT_ROUNDS) for value in state)
            known[stop] = state
        return state

    def _check_work(self, number: int) -> None:
        count = len(self.rounds.derivation_of_turn(1).quantities)
        if number * count > LARGEST_WORK:
            raise PrecisionError(f"{number} rounds of {count} quantities are too many to prove digit by digit")

    def _rounds_of_balls(self, bits: int) -> Rounds:
        """What runs once the parameters are balls: there no given number needs to stay a rational."""
        if self.rounds.arithmetic.wrap is not None:
            return self.rounds
        if bits not in self._later:
            givens = {name: shortened(value, keep=False) for name, value in self.rounds.givens.items()}
            self._later[bits] = Rounds(self.rounds.derivation_of_turn, givens, BALLS_ALONE)
        return self._later[bits]

    def error_curve(self, rounds: int) -> list[float]:
        """The total error before each of ``rounds`` rounds and after the last, in floats; see `error_curve`."""
        errors, ends_finite = _in_floats(self._floats(), rounds + 1)
        if ends_finite:
            self._finite_to = max(self._finite_to, rounds)
        if ends_finite and len(errors) <= rounds:
            # A saturated unit: floats lose its error (0 · ln 0) though its parameters are at hand.
            errors = max(errors, self.errors(rounds), key=len)
        return errors or [self.number(self.rounds.derivation_of_turn(1).objective)]

    def _floats(self) -> Rounds:
        givens = {name: as_float(value) for name, value in self.rounds.givens.items()}
        return Rounds(self.rounds.derivation_of_turn, givens, FLOATS)

    def _check_finite(self, number: int) -> None:
        """Balls of a training run that diverges grow without bound: floats say so first, and cheaply."""
        if number <= self._finite_to:
            return
        errors, ends_finite = _in_floats(self._floats(), number)
        if not ends_finite:
            raise PrecisionError(
                f"the training leaves the range of 64-bit floats in round {len(errors)}: no figure after it; "
                "a smaller learning rate or scaled inputs may help"
            )
        self._finite_to = number


def error_curve(problem: AnyProblem, derivation_of_turn: Callable[[int], Derivation], rounds: int) -> list[float]:
    """The total error before each of ``rounds`` rounds and after the last, in floats.

    Returns
    -------
    list of float, length rounds + 1 or less
        It ends early where the training leaves the range of float64.
    """
    givens = {name: as_float(value) for name, value in givens_of(problem).items()}
    return _in_floats(Rounds(derivation_of_turn, givens, FLOATS), rounds + 1)[0]


def _in_floats(rounds: Rounds, count: int) -> tuple[list[float], bool]:
    """The finite total errors of so many rounds, and whether all parameters are finite after them."""
    errors: list[float] = []
    state: tuple[float, ...] = (math.nan,)
    try:
        state = rounds.run(rounds.start(), 0, count, errors.append)
    except ZeroDivisionError:
        # A saturated unit: floats cannot say whether the training diverges.
        state = ()
    except ArithmeticError:
        pass
    return list(itertools.takewhile(math.isfinite, errors)), all(map(math.isfinite, state))


def _noting(found: list[float]) -> Callable[[Any], None]:
    return lambda error: found.append(as_float(error))
