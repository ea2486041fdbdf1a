"""Values at any round: against plain loops in other number types, with as many bits as it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.arithmetic.exact import PRECISIONS, Cut, radius
from derive.errors import BeyondRangeError, PrecisionError, UnknownQuantityError
from derive.given.loading import load
from derive.given.naming import bias_ids, weight_ids
from derive.given.problem import Problem
from derive.proof.crosscheck import derivations
from derive.proof.rounding_bounds import spread
from derive.proof.values import Proved, error_curve, given_numbers, givens_as_typed, givens_of
from tests.core.networks import problems, proved
from tests.numeric.problems import layer, mazur, problem


def line(inputs: Sequence[str], targets: Sequence[str], *, rate: str = "0.1", **conventions: Any) -> Problem:
    """One identity unit with the weight 0.5 and no bias: every figure is rational."""
    return problem(
        [layer("y", "identity", [["0.5"]])],
        [[each] for each in inputs],
        [[each] for each in targets],
        loss="half_squared_error",
        rate=rate,
        **conventions,
    )


INPUTS, TARGETS = ("1.5", "-0.5", "2"), ("1", "0.25", "-1")


def by_hand(batch: str, rounds: int) -> tuple[list[Fraction], list[Fraction]]:
    """Weight and total error before each round, in fractions."""
    pairs = [(Fraction(x), Fraction(t)) for x, t in zip(INPUTS, TARGETS, strict=True)]
    weight, weights, errors = Fraction("0.5"), [], []
    for number in range(rounds + 1):
        each = [(t - weight * x) ** 2 / 2 for x, t in pairs]
        slopes = [(weight * x - t) * x for x, t in pairs]
        weights.append(weight)
        errors.append(sum(each, Fraction(0)) / (len(each) if batch == "mean" else 1))
        match batch:
            case "sum":
                slope = sum(slopes, Fraction(0))
            case "mean":
                slope = sum(slopes, Fraction(0)) / len(slopes)
            case _:
                slope = slopes[number % len(slopes)]
        weight -= Fraction("0.1") * slope
    return weights, errors


@pytest.mark.parametrize("batch", ["sum", "mean", "online"])
def test_samples_together_or_in_turn(batch: str) -> None:
    """Every round's weight and error are those of a loop in fractions: sample k mod S in round k, or all at once."""
    values = proved(line(INPUTS, TARGETS, batch=batch))
    weights, errors = by_hand(batch, 7)
    for number in range(8):
        assert values.number(f"w1@{number}") == float(weights[number])
        assert values.number(f"E_total@{number}") == float(errors[number])
        assert values.number(f"w1_new@{number}") == float(by_hand(batch, 8)[0][number + 1])
        for sample, (x, t) in enumerate(zip(INPUTS, TARGETS, strict=True), start=1):
            error = weights[number] * Fraction(x) - Fraction(t)
            assert values.number(f"delta_y[{sample}]@{number}") == float(error)


def test_the_first_rounds_stay_exact() -> None:
    """Rational figures are exact in the first rounds, and proved after many."""
    values = proved(line(INPUTS, TARGETS))
    assert [radius(values.value(f"w1@{number}")) for number in (0, 1, 2)] == [0.0, 0.0, 0.0]
    weights, _ = by_hand("sum", 200)
    assert values.number("w1@200") == float(weights[200])


def wide_mazur(rounds: int) -> dict[str, list[Any]]:
    """Weights and figures of Mazur's network before each round, in a plain loop of mpmath's numbers."""
    number = mpmath.mpf
    w1, w2, w3, w4, w5, w6, w7, w8 = (number(n) / 100 for n in range(15, 60, 5) if n != 35)
    x1, x2, t1, t2 = number(5) / 100, number(10) / 100, number(1) / 100, number(99) / 100
    found: dict[str, list[Any]] = {"E_total": [], "out_y1": [], "w1": [], "w8": [], "dE_total/dw4": []}
    for _ in range(rounds + 1):
        h1, h2 = (1 / (1 + mpmath.exp(-(a * x1 + b * x2 + number(35) / 100))) for a, b in ((w1, w2), (w3, w4)))
        y1, y2 = (1 / (1 + mpmath.exp(-(a * h1 + b * h2 + number(60) / 100))) for a, b in ((w5, w6), (w7, w8)))
        d1, d2 = (y1 - t1) * y1 * (1 - y1), (y2 - t2) * y2 * (1 - y2)
        e1, e2 = (d1 * w5 + d2 * w7) * h1 * (1 - h1), (d1 * w6 + d2 * w8) * h2 * (1 - h2)
        row = {
            "E_total": ((t1 - y1) ** 2 + (t2 - y2) ** 2) / 2,
            "out_y1": y1,
            "w1": w1,
            "w8": w8,
            "dE_total/dw4": e2 * x2,
        }
        for name, value in row.items():
            found[name].append(value)
        w5, w6, w7, w8 = w5 - d1 * h1 / 2, w6 - d1 * h2 / 2, w7 - d2 * h1 / 2, w8 - d2 * h2 / 2
        w1, w2, w3, w4 = w1 - e1 * x1 / 2, w2 - e1 * x2 / 2, w3 - e2 * x1 / 2, w4 - e2 * x2 / 2
    return found


def test_many_rounds_to_twenty_five_digits() -> None:
    """After 1, 2, 40 and 300 rounds 25 digits are those of a plain loop in 60 digits, asked for in any order."""
    with mpmath.workdps(60):
        expected = wide_mazur(300)
        values = proved(mazur())
        for number in (300, 1, 40, 2, 0):
            for name, figures in expected.items():
                shown = values.figure(f"{name}@{number}", Cut(digits=25)).value
                assert mpmath.almosteq(mpmath.mpf(shown.numerator) / shown.denominator, figures[number], 1e-24), name


def test_announced_rounds_change_no_value() -> None:
    """Rounds that were announced have the same values as those that were not."""
    announced, plain = proved(mazur()), proved(mazur())
    announced.prepare([5, 20, 50])
    for number in (50, 5, 20, 30):
        assert announced.number(f"E_total@{number}") == plain.number(f"E_total@{number}")


def test_the_order_of_questions_changes_no_value() -> None:
    """A round asked for after later ones has its own values, also with more bits than it was worked with before."""
    values = proved(mazur())
    for number in (1, 2, 7, 3):
        values.number(f"E_total@{number}")
    for number in (3, 0, 2, 1):
        for digits in (9, 40, 100):
            assert float(values.figure(f"E_total@{number}", Cut(digits=digits)).value) == pytest.approx(
                proved(mazur()).number(f"E_total@{number}"), rel=1e-8
            )


def test_the_error_curve() -> None:
    """The curve in floats, the proved curve and single figures are the same."""
    given_problem = mazur()
    values = proved(given_problem)
    curve = error_curve(given_problem, derivations(given_problem), 60)
    assert len(curve) == 61
    assert curve == pytest.approx(values.errors(60), rel=1e-12)
    assert values.errors(60)[::20] == [values.number(f"E_total@{number}") for number in (0, 20, 40, 60)]


def test_divergence_is_told_in_words() -> None:
    """A learning rate of a million: figures as long as there are some, then an error that names the round."""
    wild = line(("2",), ("1",), rate="1e6")
    values = proved(wild)
    assert values.number("w1@1") == 0.5
    wilder = line(("2",), ("3",), rate="1e6")
    values = proved(wilder)
    assert values.number("w1@1") == 0.5 + 4e6
    for quantity in ("E_total@1000", "w1@200000"):
        with pytest.raises(PrecisionError, match=r"leaves the range of 64-bit floats in round \d+|too many to prove"):
            values.number(quantity)
        with pytest.raises(PrecisionError):
            values.figure(quantity)
    curve = error_curve(wilder, derivations(wilder), 1000)
    assert 10 < len(curve) < 100
    assert all(map(math.isfinite, curve))


def test_saturation_is_no_divergence() -> None:
    """A saturated unit under cross-entropy hardly moves: its figures are provable round after round."""
    still = problem([layer("y", "sigmoid", [["40"]])], [["1"]], [["0.5"]], loss="binary_cross_entropy")
    assert proved(still).number("out_y") == 1.0
    assert proved(still).number("w1@2") == pytest.approx(39.5, rel=1e-12)


def test_too_many_rounds_are_refused() -> None:
    """More rounds than can be proved in about a minute are refused at once, with the reason."""
    with pytest.raises(PrecisionError, match="too many to prove"):
        proved(mazur()).figure("E_total@9999999")


def unit(net: str, target: str, activation: Any = "sigmoid", **display: Any) -> Proved:
    """One unit with one weight, whose net input is typed."""
    return proved(problem([layer("y", activation, [[net]])], [["1"]], [[target]], loss="half_squared_error"), **display)


@pytest.mark.parametrize("net", ["40", "-40", "200", "-300", "700"])
def test_saturated_slopes_take_the_bits_they_need(net: str) -> None:
    """out·(1 − out) has all its digits, however near 1 the unit is."""
    with mpmath.workdps(700):
        decay = mpmath.exp(-abs(int(net)))
        slope = decay / (1 + decay) ** 2
        found = unit(net, "0.5").figure("dout_y/dnet_y", Cut(digits=20)).value
        assert mpmath.almosteq(mpmath.mpf(found.numerator) / found.denominator, slope, 1e-19)
        assert unit(net, "0.5").number("dout_y/dnet_y") == pytest.approx(float(slope), rel=2e-16)


def test_figures_below_all_floats_are_shown_as_zero() -> None:
    """At a net input of 800 the slope is 1e-348, which no float64 tells from 0."""
    values = unit("800", "0.5")
    shown = values.figure("dout_y/dnet_y")
    assert (shown.ascii, shown.exact) == ("0", False)
    assert values.number("dout_y/dnet_y") == 0.0
    assert values.figure("out_y", Cut(digits=9)).ascii == "1.00000000"


@pytest.mark.parametrize(("last", "expected"), [("7", "0.000"), ("9", "0.001")])
def test_near_ties_take_the_bits_they_need(last: str, expected: str) -> None:
    """A figure 1e-70 from a tie is rounded to the right side, which 128 bits do not settle."""
    with mpmath.workdps(90):
        out = mpmath.nstr(1 / (1 + mpmath.exp(-mpmath.mpf(3775) / 10000)), 80)
        tie = Context(prec=90).subtract(Decimal(out[:72]), Decimal("0.0005"))
    step = Decimal(1).scaleb(-69) if last == "7" else -Decimal(1).scaleb(-69)
    with_target = format(Context(prec=90).add(tie, step), "f")
    values = unit("0.3775", with_target)
    assert values.figure("dE_total/dout_y", Cut(decimals=3)).ascii == expected
    assert PRECISIONS[0] < 70 * math.log2(10)


def test_exact_ties_are_rounded_away_from_zero() -> None:
    """Rational figures that end in 5 behind the last place are rounded as by hand, up and down."""
    values = proved(line(("0.25",), ("1",)), decimals=3)
    assert values.figure("E_total", Cut(decimals=2)).ascii == "0.38"  # 0.3828125
    assert values.figure("net_y", Cut(decimals=2)).ascii == "0.13"  # 0.125, where Python's round gives 0.12
    assert values.figure("delta_y", Cut(decimals=2)).ascii == "-0.88"  # -0.875


def cancelled(activation: Any) -> Problem:
    """Two equal sigmoid units with opposite weights: what reaches the unit above is 0, but no ball can tell."""
    layers = [
        layer("a b", "sigmoid", [["0.3"], ["0.3"]]),
        layer("c", activation, [["1", "-1"]]),
        layer("y", "identity", [["2"]]),
    ]
    return problem(layers, [["1"]], [["0.5"]], loss="half_squared_error")


def test_a_ball_that_stays_around_zero_is_zero() -> None:
    """A figure that no precision parts from 0 is shown as 0."""
    values = proved(cancelled("identity"))
    assert values.figure("net_c").ascii == "0"
    assert values.number("net_c") == 0.0
    assert values.number("E_total") == 0.125


def test_a_branch_at_a_zero_that_no_ball_shows() -> None:
    """A relu's net input that no precision parts from 0 stands for 0, as it would by hand."""
    assert proved(cancelled("relu")).number("out_c") == 0.0


@pytest.mark.parametrize("quantity", ["net_H9", "w5 w6", "", "E_total@x", "__import__", "w99@3", "net_H1[2]"])
def test_unknown_ids(quantity: str) -> None:
    """What is no id, or none of this problem, is refused."""
    with pytest.raises(UnknownQuantityError):
        proved(mazur()).number(quantity)


def test_givens() -> None:
    """What a problem states is there under its ids: exact as values, digit for digit as figures."""
    given_problem = load("2-2-2")
    assert givens_as_typed(given_problem)["x2"].ascii == "0.10"
    assert givens_as_typed(load("han-kamber-3-2-1"))["w34"].ascii == "-0.5"
    assert givens_of(given_problem)["b1"] == givens_of(given_problem)["x1"] * 7
    for built_in in ("2-2-2", "deeplearning-ai-2-4-1", "primelearnpoint-2-2-2"):
        assert set(given_numbers(load(built_in))) == set(derivations(load(built_in))(1).givens)
    assert {f"y{k}" for k in (1, 2)} == {name.removeprefix("t_") for name in givens_of(given_problem) if name[0] == "t"}


def test_how_far_rounding_may_lead() -> None:
    """The bound on float64 rounding is a few units of the last place, also for figures that are exact as decimals."""
    bound = spread(derivations(mazur()), givens_of(mazur())).along_formulas
    for name, size in (("net_H1", 0.3775), ("out_y1", 0.75), ("E_total", 0.3), ("dE_total/dw1", 4e-4)):
        assert 1e-17 * size < bound[name] < 1e-14 * size


def rounded(value: Any, cut: Cut) -> Decimal:
    """A figure of mpmath's, or an exact decimal, cut half away from zero by the decimal module."""
    exact = (
        value
        if isinstance(value, Decimal)
        else Decimal(mpmath.nstr(value, 60, min_fixed=-math.inf, max_fixed=math.inf))
    )
    if cut.decimals is not None:
        return exact.quantize(Decimal(1).scaleb(-cut.decimals), rounding=ROUND_HALF_UP, context=Context(prec=200))
    return Context(prec=cut.digits, rounding=ROUND_HALF_UP).create_decimal(exact)


def hand_round(given_problem: Problem, cut: Cut, rounds: int) -> dict[str, Decimal]:
    """A 2-2-1 sigmoid network worked as with pencil and paper: every figure is written down, rounded, and used so."""
    wide = Context(prec=200)

    def cut_down(value: Decimal) -> Decimal:
        return rounded(value, cut)

    def total(terms: Sequence[Decimal]) -> Decimal:
        result = Decimal(0)
        for term in terms:
            result = wide.add(result, term)
        return result

    def product(*factors: Decimal) -> Decimal:
        result = Decimal(1)
        for factor in factors:
            result = wide.multiply(result, factor)
        return result

    def sigmoid(net: Decimal) -> Decimal:
        with mpmath.workdps(80):
            return rounded(1 / (1 + mpmath.exp(-mpmath.mpf(str(net)))), cut)

    found: dict[str, Decimal] = {name: Decimal(number.text) for name, number in given_numbers(given_problem).items()}
    tables, biases = weight_ids(given_problem.structure), bias_ids(given_problem.structure)
    assert biases[0] is not None
    assert biases[1] is not None
    for number in range(rounds + 1):
        if number:
            found |= {
                name: found[f"{name}_new"]
                for name in (*tables[0][0], *tables[0][1], *tables[1][0], *biases[0], *biases[1])
            }
        for unit_, row, bias in zip(("H1", "H2"), tables[0], biases[0], strict=True):
            terms = [product(found[w], found[x]) for w, x in zip(row, ("x1", "x2"), strict=True)]
            found[f"net_{unit_}"] = cut_down(total([*terms, found[bias]]))
            found[f"out_{unit_}"] = sigmoid(found[f"net_{unit_}"])
        (last,), (bias,) = tables[1], biases[1]
        terms = [product(found[w], found[f"out_{h}"]) for w, h in zip(last, ("H1", "H2"), strict=True)]
        found["net_y"] = cut_down(total([*terms, found[bias]]))
        out = found["out_y"] = sigmoid(found["net_y"])
        miss = total([found["t_y"], -out])
        found["E_y"] = cut_down(product(Decimal("0.5"), miss, miss))
        found["E_total"] = cut_down(found["E_y"])
        slopes = {"y": cut_down(total([out, -found["t_y"]]))}
        found["dE_y/dout_y"] = found["dE_total/dout_y"] = slopes["y"]
        for unit_ in ("y", "H1", "H2"):
            here = found[f"out_{unit_}"]
            local = found[f"dout_{unit_}/dnet_{unit_}"] = cut_down(product(here, total([Decimal(1), -here])))
            if unit_ != "y":
                weight = last[("H1", "H2").index(unit_)]
                slopes[unit_] = found[f"dE_total/dout_{unit_}"] = cut_down(product(found["delta_y"], found[weight]))
            found[f"delta_{unit_}"] = cut_down(product(slopes[unit_], local))
            row, sources = (
                (last, ("out_H1", "out_H2")) if unit_ == "y" else (tables[0][int(unit_[1]) - 1], ("x1", "x2"))
            )
            for weight, source in zip(row, sources, strict=True):
                factor = found[source]  # dnet/dw is another name for it, and no name is rounded
                # The first gradient of a layer is the product of the chain rule, the others take the delta.
                opens = weight in (last[0], tables[0][0][0])
                before = (slopes[unit_], local) if opens else (found[f"delta_{unit_}"],)
                found[f"dE_total/d{weight}"] = cut_down(product(*before, factor))
            found[f"dE_total/db_{unit_}"] = found[f"delta_{unit_}"]
        for name in (*tables[0][0], *tables[0][1], *last, "b_H1", "b_H2", "b_y"):
            step = product(found["eta"], found[f"dE_total/d{name}"])
            found[f"step_{name}"] = cut_down(-step)
            found[f"{name}_new"] = cut_down(total([found[name], -step]))
    return found


HUNDREDTHS = st.integers(-150, 150).map(lambda whole: str(Decimal(whole).scaleb(-2)))
CUTS = st.one_of(st.builds(Cut, digits=st.integers(2, 9)), st.builds(Cut, decimals=st.integers(1, 9)))


@settings(max_examples=25)
@given(figures=st.lists(HUNDREDTHS, min_size=11, max_size=11), target=st.sampled_from(["0", "1", "0.25"]), cut=CUTS)
def test_carrying_rounded_figures(figures: list[str], target: str, cut: Cut) -> None:
    """With carried rounding every figure of three rounds is that of an independent calculation by hand."""
    layers = [
        layer("H1 H2", "sigmoid", [figures[0:2], figures[2:4]], figures[4:6]),
        layer("y", "sigmoid", [figures[6:8]], [figures[8]]),
    ]
    given_problem = problem(layers, [figures[9:11]], [[target]], loss="half_squared_error", rate="0.9")
    values = proved(given_problem, digits=cut.digits, decimals=cut.decimals, carry="rounded")
    for number in (0, 2):
        for name, expected in hand_round(given_problem, cut, number).items():
            assert values.figure(f"{name}@{number}", Cut(digits=30)).value == Fraction(expected), f"{name}@{number}"


def test_han_kamber_by_hand() -> None:
    """With three decimals carried, the textbook's outputs and its new weights come out."""
    given_problem = load("han-kamber-3-2-1")
    values = proved(given_problem, decimals=3, carry="rounded")
    for quantity, text in {
        "out_u4": "0.332", "out_u5": "0.525", "net_u6": "-0.105", "out_u6": "0.474", "w14_new": "0.192",
        "w46_new": "-0.261", "w56_new": "-0.138", "b_u6_new": "0.218",
    }.items():  # fmt: skip
        assert values.figure(quantity).ascii == text, quantity


@settings(max_examples=10)
@given(problems(widest=2, deepest=2), st.integers(0, 4))
def test_every_figure_of_a_round_exists(given_problem: Problem, number: int) -> None:
    """Any quantity of any round has a figure whose digits begin its number."""
    values = proved(given_problem)
    for quantity in derivations(given_problem)(1).by_id:
        name = f"{quantity}@{number}"
        if given_problem.conventions.batch == "online" and quantity.startswith("step_"):
            continue
        try:
            found = values.number(name)
        except BeyondRangeError:
            assume(False)  # a training that diverges has no such figure
        assert float(values.figure(name, Cut(digits=20)).value) == pytest.approx(found, rel=1e-15, abs=1e-300)
