"""Losses of one output layer, their slopes, and the deltas of the output units, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.errors import ProblemError
from derive.given.problem import Activation, Loss
from derive.numeric.activations import TWINS as ACTIVATIONS
from derive.numeric.activations import logarithms, residual
from derive.numeric.network import Array, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a loss looks at; each array has the shape (S, outputs).

    Attributes
    ----------
    out, complement : array
        out and 1 - out.
    residual : array
        out - target.
    log_out, log_complement : array
        ln out and ln(1 - out); zeros where the loss takes no logarithm.
    """

    out: Array
    complement: Array
    residual: Array
    log_out: Array
    log_complement: Array

    @classmethod
    def of(cls, activation: Activation, loss: Loss, net: Array, targets: Floats) -> Output:
        """The output layer seen from its net inputs.

        Raises
        ------
        ProblemError
            If the loss takes the logarithm of a figure that is not positive.
        """
        twin = ACTIVATIONS[activation]
        out = twin.value(net)
        rest = twin.rest(net, out)
        log_out = log_rest = np.zeros_like(out)
        if loss in ("binary_cross_entropy", "cross_entropy"):
            _check_domain(activation, loss, out, rest)
            log_out, log_rest = logarithms(activation, net, out)
        return cls(
            out=out,
            complement=rest,
            residual=residual(activation, net, out, rest, targets),
            log_out=log_out,
            log_complement=log_rest,
        )

    def nudged(self, by: Array) -> Output:
        """The same with the outs themselves moved; the logarithms then come from the outs, not from the nets."""
        out, rest = self.out + by, self.complement - by
        return Output(
            out=out,
            complement=rest,
            residual=self.residual + by,
            log_out=np.log(out),
            log_complement=np.log(rest),
        )


def _check_domain(activation: Activation, loss: Loss, out: Array, rest: Array) -> None:
    """Sigmoid and softmax are inside by nature, also where they round to 0 or 1."""
    if activation == "sigmoid" or (activation == "softmax" and (out.shape[1] > 1 or loss == "cross_entropy")):
        return
    inside = np.real(out) > 0.0
    if loss == "binary_cross_entropy":
        inside &= np.real(rest) > 0.0
    if not np.all(inside):
        sample, unit = (int(index) for index in np.argwhere(~inside)[0])
        figure = float(np.real(out[sample, unit]))
        allowed = "in (0, 1)" if loss == "binary_cross_entropy" else "above 0"
        raise ProblemError(
            f"{loss} needs outputs {allowed}; output {unit + 1} of sample {sample + 1} is {figure:.6g}", key="loss"
        )


def _times(factor: Floats, figures: Array) -> Array:
    """The product, 0 where the factor is 0 whatever the figure: t ln o with t = 0 is 0, also for o = 0."""
    return np.where(factor == 0.0, 0.0, factor * figures)


@dataclass(frozen=True, slots=True)
class Twin:
    """A loss as written by hand: one error for each sample and output, and its slope by the output."""

    error: Callable[[Output, Floats], Array]
    slope: Callable[[Output, Floats], Floats]


TWINS: Mapping[str, Twin] = {
    "half_squared_error": Twin(
        lambda output, targets: output.residual * output.residual / 2.0,
        lambda output, targets: output.residual,
    ),
    "squared_error": Twin(
        lambda output, targets: output.residual * output.residual,
        lambda output, targets: 2.0 * output.residual,
    ),
    "mean_squared_error": Twin(
        lambda output, targets: output.residual * output.residual,
        lambda output, targets: 2.0 * output.residual,
    ),
    "binary_cross_entropy": Twin(
        lambda output, targets: -_times(targets, output.log_out) - _times(1.0 - targets, output.log_complement),
        lambda output, targets: _times(1.0 - targets, 1.0 / output.complement) - _times(targets, 1.0 / output.out),
    ),
    "cross_entropy": Twin(
        lambda output, targets: -_times(targets, output.log_out),
        lambda output, targets: -_times(targets, 1.0 / output.out),
    ),
}
"""Every loss by its name, before any mean over outputs."""


def output_errors(loss: Loss, output: Output, targets: Floats) -> Array:
    """One error for each sample and output, shape (S, outputs), before any mean over outputs."""
    return TWINS[loss].error(output, targets)


def output_share(loss: Loss, outputs: int) -> float:
    """What each output's error counts in its sample's total: 1, or 1 / outputs where the loss is their mean."""
    return 1.0 / outputs if loss == "mean_squared_error" else 1.0


def error_slopes(loss: Loss, output: Output, targets: Floats) -> Floats:
    """dE_k/dout_k, shape (S, outputs), before any mean over outputs.

    Of the cross-entropies it is infinite where its size passes what a float64 holds (net inputs beyond ±709).
    """
    return TWINS[loss].slope(output, targets)


def output_deltas(activation: Activation, loss: Loss, output: Output, targets: Floats, slope: Floats) -> Floats:
    """∂E/∂net of one sample's total for each output unit, shape (S, outputs).

    A logarithmic loss over sigmoid or softmax is worked out as a whole, because its slope by out grows without
    bound while the slope of the activation vanishes: o - t for binary cross-entropy over sigmoid, and
    o_i Σ t_k - t_i for cross-entropy over softmax (Bishop, Pattern Recognition and Machine Learning, 2006, 5.2),
    both written with 1 - o.
    """
    out, rest = output.out, output.complement
    others: Floats = 1.0 - np.eye(out.shape[1])
    result: Floats
    if loss == "binary_cross_entropy" and activation == "sigmoid":
        result = (1.0 - targets) * out - targets * rest
    elif loss == "cross_entropy" and activation == "softmax":
        result = out * (targets @ others) - targets * rest
    elif loss == "binary_cross_entropy" and activation == "softmax":
        # Σ_k dE/dout_k out_k (1[k = i] - out_i), each quotient out_i / (1 - out_k) taken as one, since it is <= 1.
        logs = np.minimum(output.log_out[:, :, None] - output.log_complement[:, None, :], 0.0)
        quotients = np.exp(logs) * others
        crossed = np.einsum("sik,sk->si", quotients, (1.0 - targets) * out)
        result = (1.0 - targets) * out - targets * rest + out * (targets @ others) - crossed
    else:
        by_out = error_slopes(loss, output, targets) * output_share(loss, out.shape[1])
        result = np.einsum("sk,ski->si", by_out, slope) if activation == "softmax" else by_out * slope
    return result
