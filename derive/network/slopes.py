"""Local derivatives: one edge of the graph at a time, differentiated by SymPy and put in terms of named values.

Each is derived once for a rule and a shape, with placeholders for the quantities, and then only renamed: the cost
grows with the number of kinds of unit, not with the number of weights.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy

from derive.errors import MalformedError
from derive.formula.expression import Const, Expression, Neg, Product, Ref, Sum, renamed
from derive.formula.functions import FUNCTIONS
from derive.formula.losses import LOSSES
from derive.given.problem import Activation, Loss
from derive.network.from_sympy import from_sympy
from derive.network.graph import net_expression
from derive.network.to_sympy import to_sympy

_NET, _OUT, _TARGET = sympy.symbols("net out target", real=True)


def activation_slope(activation: Activation) -> Expression:
    """∂out/∂net of an elementwise activation function, in terms of ``Ref("out")`` where that is possible.

    It is the one that stands in the function's record; the tests derive it anew with SymPy.
    """
    return with_names(FUNCTIONS[activation].slope, x="net", value="out")


@cache
def softmax_slope(same: bool) -> Expression:
    """∂out_i/∂net_j of softmax in terms of ``Ref("out")`` (i) and ``Ref("other")`` (j), for i = j or i ≠ j.

    All other units of the layer enter through the sum of their exponentials alone, which stays constant.
    """
    net_i, net_j, rest, total, out, other = sympy.symbols("net_i net_j rest total out other", positive=True)
    scores = sympy.exp(net_i) + (0 if same else sympy.exp(net_j)) + rest
    slope = sympy.diff(sympy.exp(net_i) / scores, net_i if same else net_j)
    slope = slope.subs(rest, total - (scores - rest))
    slope = slope.subs({sympy.exp(net_i): out * total, sympy.exp(net_j): other * total})
    return from_sympy(sympy.factor(sympy.cancel(slope)), {out: "out", other: "other"})


@cache
def error_slope(loss: Loss) -> Expression:
    """∂E_k/∂out_k in terms of ``Ref("out")`` and ``Ref("target")``."""
    definition = to_sympy(LOSSES[loss].error(Ref("target"), Ref("out")), {"target": _TARGET, "out": _OUT})
    slope = sympy.factor(sympy.together(sympy.diff(definition, _OUT)))
    return from_sympy(slope, {_OUT: "out", _TARGET: "target"})


@cache
def output_delta(loss: Loss, activation: Activation, outputs: int) -> Expression:
    """∂E_total/∂net of an output, loss and slope in one formula of ``Ref("out")``, ``Ref("target")``, ``Ref("net")``.

    The difference out - target comes first; what SymPy cancels against the slope is gone: of cross-entropy with the
    sigmoid the difference alone is left. For softmax with cross-entropy (targets that sum to 1) it is the sum over all
    pairs ∂out_i/∂net_j.
    """
    difference = Sum((Ref("out"), Neg(Ref("target"))))
    if activation == "softmax":
        _check_softmax_delta()
        return difference
    names = {"target": _TARGET, "out": _OUT, "net": _NET}
    share = to_sympy(share_of_total(loss, outputs), {})
    factor = sympy.cancel(share * to_sympy(error_slope(loss), names) / (_OUT - _TARGET))
    if factor.is_number:
        product = times_slope(difference, activation_slope(activation))
        if factor == 1:
            return product
        factors = product.factors if isinstance(product, Product) else (product,)
        return Product((from_sympy(factor, {}), *factors))
    rest = sympy.cancel(factor * to_sympy(activation_slope(activation), names))
    return difference if rest == 1 else times_slope(difference, from_sympy(rest, {_OUT: "out", _TARGET: "target"}))


def times_slope(arriving: Expression, slope: Expression) -> Expression:
    """What arrives at a unit times its slope, as one product; a slope of 1 is left out."""
    if is_one(slope):
        return arriving
    before = arriving.factors if isinstance(arriving, Product) else (arriving,)
    after = slope.factors if isinstance(slope, Product) else (slope,)
    return Product((*before, *after))


@cache
def _check_softmax_delta() -> None:
    """Prove with SymPy, for three outputs, that the sum over all pairs comes to out - target.

    All further outputs enter like the third: through their share of the targets and of the activations.
    """
    outs, targets = sympy.symbols("o1:4", positive=True), sympy.symbols("t1:3")
    shares = (*targets, 1 - sum(targets))
    pairs = [to_sympy(softmax_slope(k == 0), {"out": out, "other": outs[0]}) for k, out in enumerate(outs)]
    slope = error_slope("cross_entropy")
    slopes = [to_sympy(slope, {"out": out, "target": target}) for out, target in zip(outs, shares, strict=True)]
    total = sum(upper * lower for upper, lower in zip(slopes, pairs, strict=True))
    if sympy.cancel(total - (outs[0] - shares[0])) != 0:
        raise MalformedError("the delta of softmax with cross-entropy is not out - target")


@cache
def share_of_total(loss: Loss, outputs: int) -> Expression:
    """∂E_total/∂E_k: 1, or one over the number of outputs for a mean."""
    errors = sympy.symbols(f"E1:{outputs + 1}")
    symbols = {f"E{k}": error for k, error in enumerate(errors)}
    total = to_sympy(LOSSES[loss].total(tuple(map(Ref, symbols))), symbols)
    return from_sympy(sympy.diff(total, errors[0]), {})


@cache
def net_slopes(sources: int, bias: bool, added: bool) -> tuple[tuple[Expression, ...], tuple[Expression, ...], Any]:
    """Derivatives of a net input by its weights, by the activations it weighs, and by its bias.

    All terms are alike: the first, with another beside it, stands for each of them.

    Returns
    -------
    by_weight, by_source : tuples of Expression, length ``sources``
        In terms of ``Ref("source0")`` and ``Ref("weight0")``, and so on.
    by_bias : Expression or None
    """
    weights, inputs = ("weight0", "weight1")[:sources], ("source0", "source1")[:sources]
    symbols = {name: sympy.Symbol(name, real=True) for name in (*weights, *inputs, "bias")}
    names = {symbol: name for name, symbol in symbols.items()}
    net = to_sympy(net_expression(weights, inputs, "bias" if bias else None, added=added), symbols)
    slopes = [from_sympy(sympy.diff(net, symbols[name]), names) for name in ("weight0", "source0")]
    by_weight, by_source = (
        tuple(
            renamed(slope, {"source0": Ref(f"source{i}"), "weight0": Ref(f"weight{i}")}.__getitem__)
            for i in range(sources)
        )
        for slope in slopes
    )
    return by_weight, by_source, from_sympy(sympy.diff(net, symbols["bias"]), names) if bias else None


def with_names(expression: Expression, **names: str) -> Expression:
    """A local derivative with its placeholders replaced by quantity ids."""
    return renamed(expression, lambda placeholder: Ref(names[placeholder]))


def is_one(expression: Expression) -> bool:
    """Whether a factor is the constant 1, which a product leaves out."""
    return isinstance(expression, Const) and expression.value == 1
