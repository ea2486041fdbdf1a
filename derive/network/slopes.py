"""Local derivatives: one edge of the graph at a time, in terms of named values.

Those of functions and losses stand in their records, those of sums and shares here. All are formulas that SymPy derived
once; the tests derive every one anew and compare. So figures are worked without SymPy, which takes longer to load than
a network takes to be worked.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from derive.formula.expression import ONE, Const, Expression, Neg, Product, Quotient, Ref, number, renamed
from derive.formula.functions import FUNCTIONS, minus
from derive.formula.losses import LOSSES
from derive.given.problem import Activation, Loss

_OUT, _OTHER, _TARGET = Ref("out"), Ref("other"), Ref("target")


def activation_slope(activation: Activation) -> Expression:
    """∂out/∂net of an elementwise activation function, in terms of ``Ref("out")`` where that is possible."""
    return with_names(FUNCTIONS[activation].slope, x="net", value="out")


@cache
def softmax_slope(same: bool) -> Expression:
    """∂out_i/∂net_j of softmax in terms of ``Ref("out")`` (i) and ``Ref("other")`` (j), for i = j or i ≠ j."""
    return Product((_OUT, minus(ONE, _OUT))) if same else Neg(Product((_OUT, _OTHER)))


@cache
def error_slope(loss: Loss) -> Expression:
    """∂E_k/∂out_k in terms of ``Ref("out")`` and ``Ref("target")``."""
    return LOSSES[loss].slope(_TARGET, _OUT)


@cache
def output_delta(loss: Loss, activation: Activation, outputs: int) -> Expression:
    """∂E_total/∂net of an output, loss and slope in one formula of ``Ref("out")``, ``Ref("target")``, ``Ref("net")``.

    The difference out - target comes first; what cancels against the slope is gone: of cross-entropy with the sigmoid
    the difference alone is left. For softmax with cross-entropy (targets that sum to 1) it is the sum over all pairs
    ∂out_i/∂net_j, which comes to the difference as well.
    """
    difference = minus(_OUT, _TARGET)
    record, slope = LOSSES[loss], error_slope(loss)
    if activation == "softmax" or (isinstance(slope, Quotient) and slope.denominator == activation_slope(activation)):
        return difference
    if record.square is None:
        return times_slope(slope, activation_slope(activation))
    product = times_slope(difference, activation_slope(activation))
    factor = 2 * record.square / (outputs if record.averages(outputs) else 1)
    if factor == 1:
        return product
    return Product((number(factor), *(product.factors if isinstance(product, Product) else (product,))))


def times_slope(arriving: Expression, slope: Expression) -> Expression:
    """What arrives at a unit times its slope, as one product; a slope of 1 is left out."""
    if is_one(slope):
        return arriving
    before = arriving.factors if isinstance(arriving, Product) else (arriving,)
    after = slope.factors if isinstance(slope, Product) else (slope,)
    return Product((*before, *after))


@cache
def share_of_total(loss: Loss, outputs: int) -> Expression:
    """∂E_total/∂E_k: 1, or one over the number of outputs for a mean."""
    return LOSSES[loss].share(outputs)


@cache
def net_slopes(sources: int, bias: bool, added: bool) -> tuple[tuple[Expression, ...], tuple[Expression, ...], Any]:
    """Derivatives of a net input by its weights, by the activations it weighs, and by its bias.

    Returns
    -------
    by_weight, by_source : tuples of Expression, length ``sources``
        In terms of ``Ref("source0")`` and ``Ref("weight0")``, and so on.
    by_bias : Expression or None
    """
    by_weight, by_source = (tuple(Ref(f"{kind}{i}") for i in range(sources)) for kind in ("source", "weight"))
    if not bias:
        return by_weight, by_source, None
    return by_weight, by_source, ONE if added else Neg(ONE)


def with_names(expression: Expression, **names: str) -> Expression:
    """A local derivative with its placeholders replaced by quantity ids."""
    return renamed(expression, lambda placeholder: Ref(names[placeholder]))


def is_one(expression: Expression) -> bool:
    """Whether a factor is the constant 1, which a product leaves out."""
    return isinstance(expression, Const) and expression.value == 1
