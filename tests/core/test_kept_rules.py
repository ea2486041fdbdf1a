"""Local rules that stand in the package as formulas: each derived anew by SymPy, in the same form."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from derive.formula.expression import Expression, Neg, Product, Ref, Sum
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES as LOSS_RECORDS
from derive.given.problem import Activation, Loss
from derive.network.from_sympy import from_sympy
from derive.network.graph import net_expression
from derive.network.slopes import (
    activation_slope,
    error_slope,
    net_slopes,
    output_delta,
    share_of_total,
    softmax_slope,
    times_slope,
)
from derive.network.to_sympy import to_sympy

NET, OUT, TARGET = sympy.symbols("net out target", real=True)
NAMES = {"net": NET, "out": OUT, "target": TARGET}
MISS = Sum((Ref("out"), Neg(Ref("target"))))
LOSSES: tuple[Any, ...] = tuple(LOSS_RECORDS)
ELEMENTWISE: tuple[Any, ...] = tuple(name for name in ACTIVATIONS if name != "softmax")


def derived_error_slope(loss: Loss) -> Any:
    """∂E/∂out as SymPy has it."""
    return sympy.factor(
        sympy.together(sympy.diff(to_sympy(LOSS_RECORDS[loss].error(*map(Ref, ("target", "out"))), NAMES), OUT))
    )


def derived_share(loss: Loss, outputs: int) -> Any:
    """∂E_total/∂E_1 as SymPy has it."""
    errors = {f"E{k}": sympy.Symbol(f"E{k}") for k in range(1, outputs + 1)}
    total = to_sympy(LOSS_RECORDS[loss].total(tuple(map(Ref, errors))), errors)
    return sympy.diff(total, errors["E1"])


@pytest.mark.parametrize("same", [True, False])
def test_softmax_slopes_are_derived(same: bool) -> None:
    """All other units of the layer enter through the sum of their exponentials alone, which stays constant."""
    net_i, net_j, rest, total, out, other = sympy.symbols("net_i net_j rest total out other", positive=True)
    scores = sympy.exp(net_i) + (0 if same else sympy.exp(net_j)) + rest
    slope = sympy.diff(sympy.exp(net_i) / scores, net_i if same else net_j)
    slope = slope.subs(rest, total - (scores - rest))
    slope = slope.subs({sympy.exp(net_i): out * total, sympy.exp(net_j): other * total})
    assert softmax_slope(same) == from_sympy(sympy.factor(sympy.cancel(slope)), {out: "out", other: "other"})


@pytest.mark.parametrize("loss", LOSSES)
def test_error_slopes_are_derived(loss: Loss) -> None:
    """SymPy's derivative of each loss, in its factored form."""
    assert error_slope(loss) == from_sympy(derived_error_slope(loss), {OUT: "out", TARGET: "target"})


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("outputs", [1, 2, 3, 7])
def test_shares_are_derived(loss: Loss, outputs: int) -> None:
    """SymPy's derivative of the total by one of its errors."""
    assert share_of_total(loss, outputs) == from_sympy(derived_share(loss, outputs), {})


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ELEMENTWISE)
@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_output_deltas_are_derived(loss: Loss, activation: Activation, outputs: int) -> None:
    """The product of SymPy's derivatives; where a file may have the pair, in the form that SymPy cancels it to."""
    kept, slope = output_delta(loss, activation, outputs), to_sympy(activation_slope(activation), NAMES)
    whole = derived_share(loss, outputs) * derived_error_slope(loss) * slope
    assert sympy.simplify(to_sympy(kept, NAMES) - whole) == 0
    if LOSS_RECORDS[loss].square is not None or (loss, activation) == ("binary_cross_entropy", "sigmoid"):
        assert kept == in_order(whole / (OUT - TARGET), slope, activation_slope(activation))


def in_order(without_miss: Any, slope: Any, written: Expression) -> Expression:
    """A delta as it is printed: its number, then out - target, then the slope as its record has it."""
    rest = sympy.cancel(without_miss)
    if rest == 1:
        return MISS
    number = sympy.cancel(rest / slope)
    assert number.is_number
    product = times_slope(MISS, written)
    if number == 1:
        return product
    return Product((from_sympy(number, {}), *(product.factors if isinstance(product, Product) else (product,))))


def test_the_delta_of_softmax_with_cross_entropy_is_derived() -> None:
    """For three outputs the sum over all pairs comes to out - target where the targets sum to 1.

    All further outputs enter like the third: through their share of the targets and of the activations.
    """
    outs, targets = sympy.symbols("o1:4", positive=True), sympy.symbols("t1:3")
    shares = (*targets, 1 - sum(targets))
    pairs = [to_sympy(softmax_slope(k == 0), {"out": out, "other": outs[0]}) for k, out in enumerate(outs)]
    slopes = [derived_error_slope("cross_entropy").subs({OUT: o, TARGET: t}) for o, t in zip(outs, shares, strict=True)]
    total = sum(upper * lower for upper, lower in zip(slopes, pairs, strict=True))
    kept = output_delta("cross_entropy", "softmax", 3)
    assert sympy.cancel(total - to_sympy(kept, {"out": outs[0], "target": shares[0]})) == 0
    assert kept == MISS


@pytest.mark.parametrize("sources", [1, 2, 5])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("added", [True, False])
def test_net_slopes_are_derived(sources: int, bias: bool, added: bool) -> None:
    """SymPy's derivatives of a net input by every weight, source and the bias."""
    weights, inputs = (tuple(f"{kind}{i}" for i in range(sources)) for kind in ("weight", "source"))
    symbols = {name: sympy.Symbol(name, real=True) for name in (*weights, *inputs, "bias")}
    names = {symbol: name for name, symbol in symbols.items()}
    net = to_sympy(net_expression(weights, inputs, "bias" if bias else None, added=added), symbols)
    by_weight, by_source, by_bias = net_slopes(sources, bias, added)
    assert by_weight == tuple(from_sympy(sympy.diff(net, symbols[name]), names) for name in weights)
    assert by_source == tuple(from_sympy(sympy.diff(net, symbols[name]), names) for name in inputs)
    assert by_bias == (from_sympy(sympy.diff(net, symbols["bias"]), names) if bias else None)
