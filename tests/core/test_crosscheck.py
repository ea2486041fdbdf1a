"""The comparison of independent routes: it passes where all is well, and each planted error is caught and named."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from derive.errors import CrosscheckError
from derive.formula.expression import Const, Expression, Neg, Product, Ref, Sum, renamed
from derive.given.loading import load
from derive.given.problem import Number, Problem
from derive.network.backward import derive_structure
from derive.network.derivation import Derivation
from derive.numeric import activations
from derive.proof import crosscheck as module
from derive.proof.checks import Check
from derive.proof.crosscheck import crosscheck, require_agreement
from tests.core.networks import problems
from tests.numeric.problems import layer, mazur, problem

Change = Callable[[Expression], Expression]


@settings(max_examples=25)
@given(problems())
def test_sound_networks_pass(given_problem: Problem) -> None:
    """Random networks of every kind pass, and every quantity is seen by the matrix core as well."""
    checks = crosscheck(given_problem)
    require_agreement(checks)
    for check in checks:
        assert check.routes[:3] == ("proved", "compiled formulas", "NumPy matrices")
        assert math.isfinite(check.error)
    quantities = derive_structure(given_problem.structure).quantities
    assert {quantity.id for quantity in quantities} <= {check.quantity for check in checks}


@pytest.mark.parametrize("name", ["2-2-2", "cs231n-2-2-3", "deeplearning-ai-2-4-1", "2-3-2-2"])
def test_gradients_are_seen_by_the_complex_step(name: str) -> None:
    """Every gradient and every delta has a numeric derivative among its routes."""
    for check in crosscheck(load(name)):
        if check.quantity.startswith(("dE_total/dw", "delta_")) and "@" not in check.quantity:
            assert check.routes[-1] == "complex step"
            assert check.values[-1] == pytest.approx(check.values[0], rel=1e-12)


def test_the_forward_pass_after_the_update_is_checked() -> None:
    """What stands in the document after the update is compared, too."""
    names = {check.quantity for check in crosscheck(mazur())}
    assert {"E_total@1", "out_y1@1", "net_H2@1", "E_y2@1"} <= names


def tampered(monkeypatch: pytest.MonkeyPatch, quantity: str, change: Change) -> None:
    """Spoil one formula of every derivation that crosscheck makes from here on."""

    def spoilt(*arguments: Any, **options: Any) -> Derivation:
        derivation = derive_structure(*arguments, **options)
        return replace(
            derivation,
            quantities=tuple(
                replace(each, expression=change(each.expression)) if each.id == quantity else each
                for each in derivation.quantities
            ),
        )

    monkeypatch.setattr(module, "derive_structure", spoilt)
    monkeypatch.setattr(module, "_derived", module._derived.__wrapped__)  # past what keeps the right one


def first_failure(given_problem: Problem) -> Check:
    """The first disagreement; the error names it, its routes and all its values."""
    checks = crosscheck(given_problem)
    with pytest.raises(CrosscheckError) as caught:
        require_agreement(checks)
    found = next(check for check in checks if not check.ok)
    message = str(caught.value)
    assert f"the routes to {found.quantity} disagree" in message
    for route, value in zip(found.routes, found.values, strict=True):
        assert f"{route} {value!r}" in message
    assert "No document is written" in message
    return found


def quantities_of(given_problem: Problem) -> tuple[str, ...]:
    return tuple(quantity.id for quantity in derive_structure(given_problem.structure).quantities)


SOFTMAX = replace(load("cs231n-2-2-3"), name="softmax")
#: A network in which no figure is 0 or balances another.
SAMPLES = problem(
    [
        layer("H1 H2", "tanh", [["0.3", "-0.2"], ["0.7", "0.4"]], "0.1"),
        layer("y1", "sigmoid", [["0.5", "-0.6"]], ["0.2"]),
    ],
    [["0.7", "0.1"], ["-0.4", "0.9"]], [["0.8"], ["0.3"]], loss="binary_cross_entropy", batch="mean",
)  # fmt: skip


@pytest.mark.parametrize("quantity", quantities_of(mazur()))
def test_a_flipped_sign_is_caught_in_every_quantity(quantity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever formula has its sign flipped, the first disagreement is about that very quantity."""
    tampered(monkeypatch, quantity, Neg)
    assert first_failure(mazur()).quantity == quantity


@pytest.mark.parametrize("quantity", quantities_of(SAMPLES))
def test_a_small_error_is_caught_in_every_quantity(quantity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of one part in 10^10 in any formula of a batch is caught where it stands."""
    slightly = Const(1 + Fraction(1, 10**10))
    tampered(monkeypatch, quantity, lambda expression: Product((slightly, expression)))
    assert first_failure(SAMPLES).quantity == quantity


def first_term(expression: Expression) -> Expression:
    assert isinstance(expression, Sum)
    return expression.terms[0]


def swapped(first: str, second: str) -> Change:
    pair = {first: second, second: first}
    return lambda expression: renamed(expression, lambda used: Ref(pair.get(used, used)))


def instead(name: str, other: str) -> Change:
    """The first id replaced by the second, and not the other way round."""
    return lambda expression: renamed(expression, lambda used: Ref(other if used == name else used))


@pytest.mark.parametrize(
    ("given_problem", "quantity", "change"),
    [
        pytest.param(mazur(), "dE_total/dout_H1", first_term, id="a path dropped"),
        pytest.param(mazur(train_biases=True), "dE_total/db1", first_term, id="a shared bias' unit dropped"),
        pytest.param(SAMPLES, "dE_total/dw1", lambda _: Ref("dE_total/dw1[1]"), id="a sample dropped"),
        pytest.param(SAMPLES, "E_total", lambda e: e.factors[1], id="a sum for a mean"),
        pytest.param(SOFTMAX, "delta_s1", first_term, id="softmax: only the own output"),
        pytest.param(SOFTMAX, "dout_s1/dnet_s2", Neg, id="softmax: sign beside the diagonal"),
        pytest.param(mazur(), "net_H1", swapped("w1", "w2"), id="weights swapped"),
        pytest.param(mazur(), "dE_y2/dout_H1", swapped("w7", "w6"), id="a transposed weight"),
        pytest.param(mazur(), "delta_H2", swapped("dout_H2/dnet_H2", "dout_H1/dnet_H1"), id="another unit's slope"),
        pytest.param(mazur(), "dE_y1/dout_y1", lambda e: Product((Const(Fraction(2)), e)), id="the half forgotten"),
        pytest.param(mazur(), "dout_y1/dnet_y1", lambda e: e.factors[0], id="out for out(1 - out)"),
        pytest.param(mazur(), "w5_new", lambda _: Ref("w5"), id="an update left out"),
        pytest.param(mazur(update="sequential"), "dE_y1/dout_H1", instead("w5_new", "w5"), id="old for new weights"),
    ],
)
def test_planted_errors(given_problem: Problem, quantity: str, change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the classical mistakes in a derivation is caught where it was made."""
    tampered(monkeypatch, quantity, change)
    assert first_failure(given_problem).quantity == quantity


def mistyped(given_problem: Problem, wrong: str) -> Problem:
    """The problem with another first input in its first sample."""
    first, *others = given_problem.samples
    inputs = (Number.of(wrong), *first.inputs[1:])
    return replace(given_problem, samples=(replace(first, inputs=inputs), *others))


@pytest.mark.parametrize("route", ["matrix_values", "Proved", "two_rounds"])
def test_another_number_in_one_route(route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.6 for 0.7 in the numbers of any one route shows at the first quantity that uses it."""
    genuine = getattr(module, route)
    if route == "two_rounds":
        wrong: Any = lambda derivation, givens, arithmetic: genuine(  # noqa: E731
            derivation, givens | {"x1[1]": 0.6}, arithmetic
        )
    else:
        wrong = lambda given_problem, *rest: genuine(mistyped(given_problem, "0.6"), *rest)  # noqa: E731
    monkeypatch.setattr(module, route, wrong)
    found = first_failure(SAMPLES)
    assert found.quantity == "net_H1[1]"
    assert found.error == pytest.approx(0.1 * 0.3)


def test_another_number_in_the_complex_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numeric derivative of another network shows at the first derivative it is held against."""
    genuine = module.numeric_gradient
    monkeypatch.setattr(module, "numeric_gradient", lambda given_problem: genuine(mistyped(given_problem, "0.6")))
    found = first_failure(SAMPLES)
    assert found.quantity == "dE_total/dout_y1[1]"
    assert found.routes[-1] == "complex step"


def test_a_wrong_slope_in_the_matrix_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """out for out·(1 − out) in the hand-written slopes shows at the slope itself, and in that route alone."""
    wrong = replace(activations.TWINS["sigmoid"], slope=lambda net, out: out)
    monkeypatch.setitem(activations.TWINS, "sigmoid", wrong)
    found = first_failure(mazur())
    assert found.quantity == "dout_y1/dnet_y1"
    by_route = dict(zip(found.routes, found.values, strict=True))
    assert by_route["proved"] == pytest.approx(by_route["compiled formulas"])
    assert by_route["NumPy matrices"] != pytest.approx(by_route["proved"])


def test_a_wrong_slope_of_softmax_in_the_matrix_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign beside the diagonal of softmax's slopes in the hand-written core is found there."""
    genuine = activations.TWINS["softmax"]
    wrong = replace(genuine, slope=lambda net, out: abs(genuine.slope(net, out)))
    monkeypatch.setitem(activations.TWINS, "softmax", wrong)
    assert first_failure(SOFTMAX).quantity == "dout_s2/dnet_s1"


def saturated(net: str) -> Problem:
    """One hidden and one output unit, each with this net input or its opposite."""
    layers = [layer("h", "sigmoid", [[net]]), layer("y", "sigmoid", [["0.25"]], [net])]
    return problem(layers, [["1"]], [["0.5"]], loss="half_squared_error")


@pytest.mark.parametrize("net", ["-30", "-29.5"])
@pytest.mark.parametrize(
    "quantity", ["out_h", "dout_h/dnet_h", "out_y", "dout_y/dnet_y", "delta_y", "delta_h", "dE_total/dw1"]
)
def test_errors_of_a_millionth_in_saturated_units(net: str, quantity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a unit is near 0 and float64 keeps its digits, one part in a million is still caught."""
    require_agreement(crosscheck(saturated(net)))
    tampered(monkeypatch, quantity, lambda expression: Product((Const(1 + Fraction(1, 10**6)), expression)))
    assert first_failure(saturated(net)).quantity == quantity


@pytest.mark.parametrize("net", ["30", "40", "-800", "800"])
@pytest.mark.parametrize("quantity", ["out_h", "dE_y/dout_y", "E_total"])
def test_errors_in_units_near_one(net: str, quantity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where 1 − out loses its digits in float64 the network still passes, and figures that keep theirs are checked."""
    require_agreement(crosscheck(saturated(net)))
    if (net, quantity) == ("-800", "out_h"):
        return  # 1e-348: no float64 holds it
    tampered(monkeypatch, quantity, lambda expression: Product((Const(1 + Fraction(1, 10**6)), expression)))
    assert first_failure(saturated(net)).quantity == quantity


def test_no_tolerance_is_unbounded() -> None:
    """A check that could pass anything is no check."""
    for given_problem in (saturated("30"), saturated("800"), saturated("-800"), mazur(), SAMPLES, SOFTMAX):
        for check in crosscheck(given_problem):
            assert math.isfinite(check.tolerance), check.quantity


#: out_a and out_b differ by 1e-18: at 53 bits the relu above them cannot tell on which side of 0 it is.
CLOSE = problem(
    [
        layer("a b", "sigmoid", [["1"], ["1.00000000000000001"]]),
        layer("c", "relu", [["1", "-1"]]),
        layer("y", "identity", [["2"]]),
    ],
    [["1"]], [["0.5"]], loss="half_squared_error",
)  # fmt: skip


def test_an_undecided_branch_leaves_the_rest_checked() -> None:
    """What stands before a relu on the brink of 0 is checked as ever."""
    checks = {check.quantity: check for check in crosscheck(CLOSE)}
    assert math.isfinite(checks["net_a"].tolerance)
    assert math.isfinite(checks["out_b"].tolerance)


def balanced(activation: Any) -> Problem:
    """A net input that is exactly 0, and 5.6e-17 in floats: 0.1 + 0.2 - 0.3."""
    layers = [layer("y", activation, [["0.1", "0.2", "-0.3"]])]
    return problem(layers, [["1", "1", "1"]], [["0.5"]], loss="half_squared_error")


@pytest.mark.parametrize(
    "activation",
    [
        "sigmoid",
        "identity",
        "tanh",
        "relu",
    ],
)
def test_what_cancels_to_zero_is_no_disagreement(activation: Any) -> None:
    """Rounding that is left where decimals cancel exactly is rounding, not an error."""
    require_agreement(crosscheck(balanced(activation)))


def test_a_target_that_is_met_is_no_disagreement() -> None:
    """The error of a met target is 0, and 1.5e-33 in floats."""
    met = problem([layer("y", "identity", [["0.1", "0.2"]])], [["1", "1"]], [["0.3"]], loss="half_squared_error")
    require_agreement(crosscheck(met))


def entropy(net: str) -> Problem:
    """One sigmoid unit under binary cross-entropy."""
    return problem([layer("y", "sigmoid", [[net]])], [["1"]], [["0.5"]], loss="binary_cross_entropy")


def classes(net: str) -> Problem:
    """Two softmax units under cross-entropy."""
    return problem([layer("y1 y2", "softmax", [[net], ["0"]])], [["1"]], [["0", "1"]], loss="cross_entropy")


@pytest.mark.parametrize("given_problem", [entropy("40"), classes("-40"), classes("-800")], ids=["bce", "ce", "ce far"])
def test_provable_networks_are_not_refused(given_problem: Problem) -> None:
    """Where floats along the formulas lose a figure, the other routes still confirm it."""
    require_agreement(crosscheck(given_problem))


@pytest.mark.parametrize("net", ["30", "36"])
def test_errors_of_a_millionth_near_one(net: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Near 1 floats along the formulas settle nothing, but the matrix core and the complex step do."""
    tampered(monkeypatch, "delta_y", lambda expression: Product((Const(1 + Fraction(1, 10**6)), expression)))
    assert first_failure(entropy(net)).quantity == "delta_y"


def test_sequential_problems_are_checked_twice() -> None:
    """Their own figures, which are no derivatives, and the frozen derivatives, which the complex step confirms."""
    checks = crosscheck(mazur(update="sequential"))
    own = {check.quantity: check for check in checks if not check.frozen}
    frozen = {check.quantity: check for check in checks if check.frozen}
    assert {"dE_total/dw1", "delta_H1", "dE_total/dout_H2", "dE_total/dw5"} <= frozen.keys() <= own.keys()
    assert all("complex step" in check.routes for check in frozen.values())
    assert not any("complex step" in check.routes for check in own.values())
    assert own["dE_total/dw5"].values[0] == frozen["dE_total/dw5"].values[0]
    assert own["dE_total/dw1"].values[0] != pytest.approx(frozen["dE_total/dw1"].values[0], rel=1e-3)
    assert frozen["dE_total/dw1"].values[0] == pytest.approx(0.000438567734474, rel=1e-11)
    assert not any(check.frozen for check in crosscheck(mazur()))


def test_a_kink_is_left_out() -> None:
    """At a net input of exactly 0 the complex step gives no figure for relu, and the other routes agree on slope 0."""
    layers = [layer("h", "relu", [["1", "-1"]]), layer("y", "identity", [["2"]])]
    checks = {
        check.quantity: check for check in crosscheck(problem(layers, [["1", "1"]], [["1"]], loss="squared_error"))
    }
    require_agreement(tuple(checks.values()))
    check = checks["dE_total/dw1"]
    assert dict(zip(check.routes, check.values, strict=True))["complex step"] is None
    assert check.values[0] == 0.0


def test_carried_figures_are_compared_in_full() -> None:
    """A problem that carries rounded figures is checked by its full ones."""
    full = mazur()
    rounded = replace(full, display=replace(full.display, carry="rounded", digits=3))
    assert crosscheck(rounded) == crosscheck(full)


def check(error: float, tolerance: float) -> Check:
    return Check(
        quantity="E_total", routes=("proved", "NumPy"), values=(1.0, 1.0 + error), error=error, tolerance=tolerance
    )


@pytest.mark.parametrize(("error", "ok"), [(0.0, True), (1e-12, True), (1.1e-12, False), (math.inf, False)])
def test_when_a_check_is_ok(error: float, ok: bool) -> None:
    """A check passes up to its tolerance and not beyond; a route without a number never passes."""
    assert check(error, 1e-12).ok == ok
    if ok:
        require_agreement([check(error, 1e-12)])
    else:
        with pytest.raises(CrosscheckError, match="E_total"):
            require_agreement([check(0.0, 1.0), check(error, 1e-12)])


def test_a_figure_that_is_no_number_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """nan from one route differs from everything."""
    genuine = module.matrix_values
    monkeypatch.setattr(module, "matrix_values", lambda given_problem: genuine(given_problem) | {"E_total": math.nan})
    found = first_failure(mazur())
    assert (found.quantity, found.error) == ("E_total", math.inf)
