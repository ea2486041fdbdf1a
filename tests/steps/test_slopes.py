"""The worked derivations of slopes: every right-hand side has the value of the true derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.display.tree import Fraction, Name, Parentheses, Product, Tree
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.naming import Symbol
from derive.telling.slopes import activation_definition, activation_slope_lines, error_slope_rows
from tests.steps.trees import spelled, value

DEFINITIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda n: 1 / (1 + mpmath.exp(-n)),
    "tanh": mpmath.tanh,
    "relu": lambda n: n if n > 0 else mpmath.mpf(0),
    "leaky_relu": lambda n: n if n > 0 else n / 100,
    "identity": lambda n: n,
    "softplus": lambda n: mpmath.log(1 + mpmath.exp(n)),
    "softsign": lambda n: n / (1 + abs(n)),
}
LOSS_DEFINITIONS: dict[str, Callable[[Any, Any], Any]] = {
    "half_squared_error": lambda t, o: (t - o) ** 2 / 2,
    "squared_error": lambda t, o: (t - o) ** 2,
    "mean_squared_error": lambda t, o: (t - o) ** 2,  # the mean enters in a step of its own
    "binary_cross_entropy": lambda t, o: -(t * mpmath.log(o) + (1 - t) * mpmath.log(1 - o)),
    "cross_entropy": lambda t, o: -t * mpmath.log(o),
}
TARGET, OUT = Name(Symbol(letters="t")), Name(Symbol(letters="o"))
CLOSE = mpmath.mpf("1e-15")
NETS = st.floats(-6, 6).filter(lambda n: abs(n) > 1e-6).map(mpmath.mpf)
SHARES = st.floats(0.02, 0.98).map(mpmath.mpf)


def slope_rows(activation: str) -> list[Tree]:
    return [row.tree for line in activation_slope_lines(activation) for row in line.rows]  # type: ignore[arg-type]


def own_rows(activation: str) -> list[Tree]:
    """The rows of a slope's derivation that are about the slope; the others restate the function."""
    lines = activation_slope_lines(activation)  # type: ignore[arg-type]
    return [row.tree for line in lines if "′" in spelled(line.left) for row in line.rows]


@pytest.mark.parametrize("activation", DEFINITIONS)
@given(net=NETS)
def test_every_row_is_the_slope(activation: str, net: Any) -> None:
    """Each row of an activation's slope is the derivative of its definition."""
    expected = mpmath.diff(DEFINITIONS[activation], net, h=mpmath.mpf("1e-20"))
    rows = own_rows(activation)
    assert rows
    for row in rows:
        assert abs(value(row, {"n": net}) - expected) < CLOSE, spelled(row)


@pytest.mark.parametrize("activation", DEFINITIONS)
@given(net=NETS)
def test_definitions_are_printed_as_they_are(activation: str, net: Any) -> None:
    """The printed definition of an activation, and every restatement of it, has the value of the function."""
    expected = DEFINITIONS[activation](net)
    printed = activation_definition(activation)[1]  # type: ignore[arg-type]
    restated = [row for row in slope_rows(activation) if row not in own_rows(activation)]
    for row in (printed, *restated):
        assert abs(value(row, {"n": net}) - expected) < CLOSE, spelled(row)


@pytest.mark.parametrize(("activation", "below"), [("relu", "0"), ("leaky_relu", "0.01")])
def test_slope_at_the_kink_is_that_of_the_left(activation: str, below: str) -> None:
    """The slope of relu at 0 is printed as 0, that of leaky relu as 0.01."""
    (row,) = own_rows(activation)
    assert value(row, {"n": mpmath.mpf(0)}) == mpmath.mpf(below)


@given(nets=st.lists(NETS, min_size=3, max_size=3))
def test_softmax_rows(nets: list[Any]) -> None:
    """Every row of the two softmax derivations is the derivative by the own, and by another, net input."""
    own, other = nets[0], nets[1]
    total = sum(mpmath.exp(net) for net in nets)
    out_i, out_j = mpmath.exp(own) / total, mpmath.exp(other) / total
    known = {"n_i": own, "n_j": other, "out_i": out_i, "out_j": out_j, "S": total}
    same, crossed = activation_slope_lines("softmax")

    def by_own(net: Any) -> Any:
        return mpmath.exp(net) / (total - mpmath.exp(own) + mpmath.exp(net))

    def by_other(net: Any) -> Any:
        return mpmath.exp(own) / (total - mpmath.exp(other) + mpmath.exp(net))

    for line, function, at in ((same, by_own, own), (crossed, by_other, other)):
        expected = mpmath.diff(function, at, h=mpmath.mpf("1e-20"))
        for row in line.rows:
            assert abs(value(row.tree, known) - expected) < CLOSE, spelled(row.tree)
    definition = value(activation_definition("softmax")[1], {"n_i": own, "all n": nets})
    assert abs(definition - out_i) < CLOSE


@pytest.mark.parametrize("loss", LOSSES)
@given(target=SHARES, out=SHARES)
def test_every_row_is_the_slope_of_the_error(loss: str, target: Any, out: Any) -> None:
    """Each row of an error's slope is the derivative of one output's error."""
    expected = mpmath.diff(lambda o: LOSS_DEFINITIONS[loss](target, o), out, h=mpmath.mpf("1e-20"))
    rows = error_slope_rows(loss, TARGET, OUT)  # type: ignore[arg-type]
    assert rows
    for row in rows:
        assert abs(value(row, {"t": target, "o": out}) - expected) < CLOSE * (1 + abs(expected)), spelled(row)


def test_every_activation_is_covered() -> None:
    """No activation goes without a test of its slope."""
    assert {*DEFINITIONS, "softmax"} == set(ACTIVATIONS)
    assert set(LOSS_DEFINITIONS) == set(LOSSES)


def test_a_wrong_row_is_seen() -> None:
    """The arithmetic of these tests tells out·(1 − out) from out·out."""
    net = mpmath.mpf("0.4")
    right = own_rows("sigmoid")[-1]
    assert isinstance(right, Product)
    wrong = Product((right.factors[0], right.factors[0]))
    assert abs(value(wrong, {"n": net}) - value(right, {"n": net})) > 0.01
    assert value(Fraction(Parentheses(NET), NET), {"n": net}) == 1


NET = Name(Symbol(letters="n"))
