"""Exact and ball arithmetic: every printed digit against other implementations of rounding and of the functions."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from flint import arb, fmpq
from hypothesis import example, given
from hypothesis import strategies as st

from derive.arithmetic.exact import (
    BALLS,
    PRECISIONS,
    Cut,
    UndecidedError,
    as_float,
    exact,
    figure,
    is_negligible,
    precision,
    radius,
    rounding,
    shortened,
)
from derive.errors import PrecisionError
from derive.formula.figures import Figure
from derive.formula.functions import FUNCTIONS
from tests.core.networks import DEFINITIONS

FRACTIONS = st.one_of(
    st.fractions(max_denominator=10**12),
    st.builds(lambda whole, power: Fraction(whole) * Fraction(10) ** power, st.integers(), st.integers(-40, 40)),
    st.builds(lambda sign, power: sign * Fraction(10) ** power, st.sampled_from([1, -1]), st.integers(-40, 40)),
)
#: One digit too many, and that digit a 5: every one is a tie at some cut.
TIES = st.builds(
    lambda whole, power: Fraction(10 * whole + 5) / 10**power, st.integers(-(10**6), 10**6), st.integers(0, 9)
)

#: Just below or above a power of ten, where a figure may start a place lower than it seems to.
NEAR_POWERS = st.builds(
    lambda power, part, places: Fraction(10) ** power * (1 + Fraction(part, 10**places)),
    st.integers(-12, 12),
    st.integers(-99, 99),
    st.integers(2, 12),
)


def hand_decimals(value: Fraction, places: int) -> Fraction:
    """Half away from zero by the decimal module; ROUND_HALF_UP is its name for half away from zero."""
    wide = Context(prec=400)
    quotient = wide.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(quotient.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=wide))


def hand_digits(value: Fraction, digits: int) -> Fraction:
    """Significant digits, half away from zero, by the decimal module's correctly rounded division."""
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP, Emax=10**6, Emin=-(10**6))
    return Fraction(rounded.divide(Decimal(value.numerator), Decimal(value.denominator)))


@given(value=st.one_of(FRACTIONS, TIES, NEAR_POWERS), digits=st.integers(1, 30))
@example(value=Fraction("0.9996"), digits=3)
@example(value=Fraction("-0.097"), digits=2)
@example(value=Fraction("0.9994"), digits=4)
@example(value=Fraction("-2.5"), digits=1)
@example(value=Fraction("9.95"), digits=2)
@example(value=Fraction("999.5"), digits=3)
@example(value=Fraction("0.0995"), digits=2)
@example(value=Fraction(1, 10**400), digits=9)
def test_significant_digits_are_those_of_decimal(value: Fraction, digits: int) -> None:
    """Rationals round half away from zero to significant digits, as the decimal module does."""
    shown = figure(exact(value), Cut(digits=digits))
    assert shown.value == hand_digits(value, digits)
    assert shown.exact == (shown.value == value)
    assert shown.negative == (shown.value < 0)


@given(value=st.one_of(FRACTIONS, TIES), decimals=st.integers(0, 30))
@example(value=Fraction("0.5"), decimals=0)
@example(value=Fraction("-1.005"), decimals=2)
@example(value=Fraction("-0.004"), decimals=2)
@example(value=Fraction("99.995"), decimals=2)
def test_decimals_are_those_of_decimal(value: Fraction, decimals: int) -> None:
    """Rationals round half away from zero to decimals, never with a power of ten and never as minus zero."""
    shown = figure(exact(value), Cut(decimals=decimals))
    assert shown.value == hand_decimals(value, decimals)
    assert shown.exact == (shown.value == value)
    assert shown.exponent is None
    assert shown.negative == (shown.value < 0)
    places = len(shown.digits.partition(".")[2])
    assert places <= decimals if shown.exact else places == decimals


@given(value=st.one_of(FRACTIONS, TIES), digits=st.integers(2, 20))
def test_balls_round_as_their_rationals(value: Fraction, digits: int) -> None:
    """A narrow ball settles on the digits of the rational inside it, or is undecided; it never settles on others."""
    with precision(256):
        ball = arb(exact(value)) * arb(1, "1e-70")
        try:
            shown = figure(ball, Cut(digits=digits))
        except UndecidedError:
            unit = abs(value) * Fraction(1, 10**60)
            assert hand_digits(value - unit, digits) != hand_digits(value + unit, digits)
        else:
            assert shown.value == hand_digits(value, digits) or is_negligible(ball)


@pytest.mark.parametrize(
    ("value", "cut", "text"),
    [
        ("0.125", Cut(digits=2), "0.13"),
        ("-0.125", Cut(digits=2), "-0.13"),
        ("2.5", Cut(decimals=0), "3"),
        ("0.5", Cut(decimals=0), "1"),
        ("-0.5", Cut(decimals=0), "-1"),
        ("0.0005", Cut(decimals=3), "0.001"),
        ("0.0004", Cut(decimals=3), "0.000"),
        ("-0.0004", Cut(decimals=3), "0.000"),
        ("0.50", Cut(digits=9), "0.5"),
        ("1/3", Cut(digits=4), "0.3333"),
        ("2/3", Cut(decimals=4), "0.6667"),
        ("0.99996", Cut(digits=4), "1.000"),
        ("0", Cut(digits=9), "0"),
        ("0", Cut(decimals=3), "0"),
        ("1500", Cut(digits=9), "1500"),
        ("123456", Cut(digits=3), "1.23e5"),
        ("123456", Cut(decimals=1), "123456"),
        ("0.0001", Cut(digits=3), "0.0001"),
        ("0.00012344", Cut(digits=3), "0.000123"),
        ("0.000099996", Cut(digits=3), "0.000100"),
        ("0.00009", Cut(digits=3), "9e-5"),
        ("0.0000438567734", Cut(digits=3), "4.39e-5"),
        ("-0.0000438567734", Cut(digits=3), "-4.39e-5"),
        ("0.0000438567734", Cut(decimals=7), "0.0000439"),
    ],
)
def test_printed_forms(value: str, cut: Cut, text: str) -> None:
    """Exact figures are stripped, cut ones keep their zeros, and only sizes below 1e-4 get a power of ten."""
    assert figure(exact(Fraction(value)), cut).ascii == text


def test_a_ball_across_a_tie_is_undecided() -> None:
    """A ball with a tie inside settles nothing, however narrow; the exact tie, and balls beside it, are settled."""
    with precision(256):
        for cut in (Cut(digits=2), Cut(decimals=2)):
            assert figure(fmpq(1, 8), cut).ascii == "0.13"
            assert figure(arb("0.12501", 1e-6), cut).ascii == "0.13"
            assert figure(arb("0.12499", 1e-6), cut).ascii == "0.12"
            for width in (1e-3, 1e-12, 1e-60):
                with pytest.raises(UndecidedError):
                    figure(arb(0.125, width), cut)


def test_a_ball_without_bounds_is_undecided() -> None:
    """An infinite or empty ball is a matter of more bits, never a figure."""
    for ball in (arb("nan"), arb(1, math.inf)):
        with pytest.raises(UndecidedError):
            figure(ball, Cut())
        assert math.isnan(as_float(ball))


@pytest.mark.parametrize("net", [-921, -(10**6), -(10**30)])
def test_figures_below_all_floats_are_zero_and_not_exact(net: int) -> None:
    """1e-400 and far below are printed as a 0 that is not exact, without writing out a long rational."""
    with precision(128):
        tiny = BALLS.functions["exp"](fmpq(net))
        assert is_negligible(tiny)
        assert as_float(tiny) == 0.0
        assert figure(tiny, Cut()) == Figure(negative=False, digits="0", exact=False)


@pytest.mark.parametrize("net", [921, 10**6, 10**30])
def test_figures_beyond_all_floats_are_refused(net: int) -> None:
    """1e400 and far above is an error in words, without writing out a long integer."""
    with precision(128):
        huge = BALLS.functions["exp"](fmpq(net))
        assert as_float(huge) == math.inf
        assert as_float(-huge) == -math.inf
        with pytest.raises(PrecisionError, match="range of 64-bit floats"):
            figure(huge, Cut())


@given(value=st.fractions())
@example(value=Fraction(2**1024 - 2**971))
@example(value=Fraction(1, 2**1074))
@example(value=Fraction(3, 2**1076))
@example(value=-(Fraction(10) ** 308))
def test_as_float_is_the_nearest_float(value: Fraction) -> None:
    """A rational as float64 is correctly rounded, also where numerator and denominator leave the range."""
    assert as_float(exact(value)) == value.numerator / value.denominator
    assert radius(exact(value)) == 0.0


def test_as_float_beyond_the_range() -> None:
    """A rational that rounds past the largest float64 is infinite, with its sign."""
    for size in (2**1024 - 2**970, 10**400):
        assert as_float(fmpq(size)) == math.inf
        assert as_float(fmpq(-size)) == -math.inf


NETS = [Fraction(n) for n in (-800, -40, 0, 40, 800)] + [Fraction("0.3775"), Fraction(-1, 3), Fraction(1, 10**12)]


OF_ANY_NUMBER = sorted(name for name, record in FUNCTIONS.items() if record.arity == 1 and name not in ("ln", "sqrt"))


def assert_holds(value: Any, expected: Any) -> None:
    """The value is within 1e-58 of what mpmath gives at 70 digits, and as narrow as 256 bits allow."""
    if isinstance(value, fmpq):
        middle = mpmath.mpf(int(value.p)) / int(value.q)
    else:
        middle = mpmath.mpf(value.mid().str(75, radius=False))
    assert abs(middle - expected) <= mpmath.mpf(10) ** -58 * abs(expected)
    assert isinstance(value, fmpq) or value.rel_accuracy_bits() > 200


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("name", OF_ANY_NUMBER)
def test_functions_of_nets(name: str, net: Fraction) -> None:
    """Every function of one net input holds mpmath's value, saturated or not, given an exact net or a ball."""
    with mpmath.workdps(70), precision(256):
        expected = DEFINITIONS[name](mpmath.mpf(net.numerator) / net.denominator)
        assert_holds(BALLS.functions[name](exact(net)), expected)
        if net:
            assert_holds(BALLS.functions[name](arb(exact(net))), expected)


@pytest.mark.parametrize("nets", [(0,), (1, 2, 3), (-800, 800), (40, -40, 0), (Fraction(1, 3), Fraction(1, 7))])
def test_softmax(nets: tuple[Any, ...]) -> None:
    """Every softmax output holds mpmath's value, also 1e-695 beside 1."""
    given_nets = [exact(Fraction(net)) for net in nets]
    with mpmath.workdps(70), precision(256):
        wide = [mpmath.mpf(Fraction(net).numerator) / Fraction(net).denominator for net in nets]
        for net, figure_ in zip(given_nets, wide, strict=True):
            assert_holds(BALLS.functions["softmax"](net, *given_nets), DEFINITIONS["softmax"](figure_, *wide))


def test_logarithm() -> None:
    """Logarithms hold mpmath's, ln 1 is exactly 0, and no figure comes from ln 0 or below."""
    with mpmath.workdps(70), precision(256):
        for number in (Fraction(1, 3), Fraction("0.999999"), Fraction(10) ** 50):
            assert_holds(
                BALLS.functions["ln"](exact(number)), mpmath.log(mpmath.mpf(number.numerator) / number.denominator)
            )
        assert BALLS.functions["ln"](fmpq(1)) == 0
        assert isinstance(BALLS.functions["ln"](fmpq(1)), fmpq)
        for number in (0, -1):
            with pytest.raises(PrecisionError, match="no logarithm"):
                BALLS.functions["ln"](fmpq(number))


def test_roots() -> None:
    """Roots hold mpmath's, and the root of a rational square is rational."""
    with mpmath.workdps(70), precision(256):
        for number in (Fraction(2), Fraction(1, 3), Fraction(10) ** 50 / 7):
            wide = mpmath.mpf(number.numerator) / number.denominator
            assert_holds(BALLS.functions["sqrt"](exact(number)), mpmath.sqrt(wide))
        for root in (Fraction(0), Fraction(3, 7)):
            assert BALLS.functions["sqrt"](exact(root**2)) == exact(root)
            assert isinstance(BALLS.functions["sqrt"](exact(root**2)), fmpq)


@pytest.mark.parametrize("name", ["max", "min", "at_least", "above"])
@pytest.mark.parametrize("pair", [(1, 2), (2, 1), (Fraction(1, 3), Fraction(1, 3)), (-1, 0)])
def test_comparisons(name: str, pair: tuple[Any, Any]) -> None:
    """Comparisons of rationals are exact, equal ones included, and those of apart balls are certain."""
    numbers = [Fraction(number) for number in pair]
    with mpmath.workdps(70), precision(256):
        expected = DEFINITIONS[name](*(mpmath.mpf(n.numerator) / n.denominator for n in numbers))
        assert_holds(BALLS.functions[name](*map(exact, numbers)), expected)
        if numbers[0] != numbers[1]:
            assert_holds(BALLS.functions[name](*(arb(exact(n)) for n in numbers)), expected)


def test_kinks_at_exactly_zero() -> None:
    """At exactly 0 the slopes are those the convention states, and a ball around 0 is undecided, not guessed."""
    functions = BALLS.functions
    assert functions["relu"](fmpq(0)) == 0
    assert functions["relu_slope"](fmpq(0)) == 0
    assert functions["leaky_relu"](fmpq(0)) == 0
    assert functions["leaky_relu_slope"](fmpq(0)) == fmpq(1, 100)
    for name in ("relu", "relu_slope", "leaky_relu", "leaky_relu_slope"):
        with pytest.raises(UndecidedError):
            functions[name](arb(0, 1e-30))


def test_exact_results_stay_exact() -> None:
    """What is rational by formula is kept rational, so that ties can be settled."""
    for name in ("relu", "leaky_relu"):
        for net in (fmpq(1, 3), fmpq(-1, 3)):
            assert isinstance(BALLS.functions[name](net), fmpq)
    assert BALLS.functions["sigmoid"](fmpq(0)) == fmpq(1, 2)
    assert BALLS.functions["tanh"](fmpq(0)) == 0
    assert BALLS.functions["softmax"](fmpq(7), fmpq(7), fmpq(7)) == fmpq(1, 2)
    assert isinstance(BALLS.functions["softmax"](fmpq(7), fmpq(7), fmpq(7)), fmpq)


def test_every_function_has_balls() -> None:
    """No function that a formula may call is missing here."""
    assert set(BALLS.functions) - {"product", "quotient", "power"} == set(FUNCTIONS) == set(DEFINITIONS)


def test_long_rationals_become_balls() -> None:
    """A rational whose denominator has grown past use is shortened to a ball around it; a short one is left alone."""
    assert isinstance(shortened(fmpq(1, 3), keep=True), fmpq)
    with precision(PRECISIONS[0]):
        for ball, inside in (
            (shortened(fmpq(1, 3**2000), keep=True), fmpq(1, 3**2000)),
            (shortened(fmpq(1, 3), keep=False), fmpq(1, 3)),
        ):
            assert isinstance(ball, arb)
            assert ball.contains(inside)


def test_carried_figures_are_the_printed_ones() -> None:
    """Rounding a value replaces it by exactly what is printed."""
    carried = rounding(Cut(digits=3))
    assert carried(fmpq(2, 3)) == fmpq(667, 1000)
    with precision(128):
        assert carried(arb("0.0000438567")) == fmpq(439, 10**7)


@given(st.integers(1, 20), st.one_of(st.none(), st.integers(0, 20)), st.integers(1, 5))
def test_guard_digits_are_more_digits(digits: int, decimals: int | None, extra: int) -> None:
    """A guarded cut shows so many digits more."""
    value = exact(Fraction(1, 7))
    cut = Cut(digits=digits, decimals=decimals)
    more = figure(value, cut.guarded(extra)).digits
    assert len(more) == len(figure(value, cut).digits) + extra + (decimals == 0)
