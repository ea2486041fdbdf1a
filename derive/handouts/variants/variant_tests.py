"""Whether numbers make a fair sheet: nothing saturates, cancels or vanishes. For many candidates at once.

Limits are never met exactly: what is within a millionth of one is refused. A tie, which numbers of two decimals do
make, is thus decided alike by every version of NumPy, whatever the last bit of its figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from derive.arithmetic.code import ARRAYS, compile_quantities
from derive.formula.expression import Expression, Neg, Product, Sum
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.given.naming import parameter_ids, sample_indices, with_sample
from derive.given.problem import Structure
from derive.network.derivation import Derivation
from derive.network.graph import Quantity

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
GUARD = 1e-6

_SMALLEST_MISS = 0.05
_SMALLEST_DELTA = 1e-4
_SUMS = ("net_input", "sum_over_paths", "batch_gradient", "shared_bias_gradient", "softmax_delta")


def over(values: Floats, limits: Floats | float) -> Truths:
    """Where values stand clearly above their limits."""
    return np.asarray(values > limits * (1 + GUARD))


def under(values: Floats, limits: Floats | float) -> Truths:
    """Where values stand clearly below their limits."""
    return np.asarray(values < limits * (1 - GUARD))


def vanishing_ids(structure: Structure) -> frozenset[str]:
    """Figures that show nothing whatever the numbers: a bias that all units of a softmax share has the gradient 0."""
    last = structure.layers[-1]
    if last.activation != "softmax" or last.bias_kind != "shared":
        return frozenset()
    bias = f"b{len(structure.layers)}"
    gradients = (with_sample(f"dE_total/d{bias}", sample) for sample in (None, *sample_indices(structure)))
    return frozenset((*gradients, f"step_{bias}", f"{bias}_new"))


class Fairness:
    """The tests of one structure, compiled.

    Parameters
    ----------
    structure : Structure
    derivation : Derivation
        Its quantities by any route.
    """

    def __init__(self, structure: Structure, derivation: Derivation) -> None:
        self.structure = structure
        self.derivation = derivation
        self._terms: dict[str, tuple[str, ...]] = {}
        quantities: list[Quantity] = []
        vanishing = vanishing_ids(structure)
        for quantity in derivation.quantities:
            terms = _terms(quantity.expression) if quantity.rule in _SUMS and quantity.id not in vanishing else ()
            named = tuple(f"{quantity.id}#{place}" for place in range(len(terms)))
            quantities += [Quantity(name, "term", term) for name, term in zip(named, terms, strict=True)]
            quantities.append(quantity)
            if len(terms) > 1:
                self._terms[quantity.id] = named
        wanted = [*self._watched(), *(name for names in self._terms.values() for name in names)]
        self._names = list(dict.fromkeys(wanted))
        self._work = compile_quantities(quantities, inputs=derivation.givens, outputs=self._names, arithmetic=ARRAYS)

    def passed(self, givens: Mapping[str, Floats]) -> Truths:
        """Which candidates are fair.

        Parameters
        ----------
        givens : mapping of str to array of shape (candidates,)

        Returns
        -------
        array of bool, shape (candidates,)
        """
        count = len(next(iter(givens.values())))
        with np.errstate(all="ignore"):
            figures = self._work([givens[name] for name in self.derivation.givens])
            values = {
                name: np.broadcast_to(np.asarray(figure, dtype=np.float64), (count,))
                for name, figure in zip(self._names, figures, strict=True)
            }
            fair = np.ones(count, dtype=np.bool_)
            for test in (
                self._active(values),
                self._alive(values),
                self._missing(values, givens),
                self._uncancelled(values),
                self._unlike(givens),
            ):
                for each in test:
                    fair &= each
        return fair

    def _watched(self) -> Iterator[str]:
        for sample in sample_indices(self.structure):
            for layer in self.structure.layers:
                for unit in layer.units:
                    yield from (with_sample(f"{kind}_{unit}", sample) for kind in ("net", "out", "delta"))

    def _active(self, values: Mapping[str, Floats]) -> Iterator[Truths]:
        """No activation saturates or vanishes, and no relu is near its kink."""
        for sample in sample_indices(self.structure):
            for layer in self.structure.layers:
                count = len(layer.units)
                if layer.activation == "softmax" and count == 1:
                    continue
                record, (low, high) = FUNCTIONS[layer.activation], ACTIVATIONS[layer.activation].outs
                if record.arity is None:  # shares of a layer: the more units, the smaller
                    low = min(low, 0.3 / count)
                kind = "net" if record.kinked else "out"
                for unit in layer.units:
                    size = np.abs(values[with_sample(f"{kind}_{unit}", sample)])
                    yield over(size, low) & under(size, high)

    def _alive(self, values: Mapping[str, Floats]) -> Iterator[Truths]:
        """Of hidden relus one at least is below 0 and, in each layer, one above; outputs are all above."""
        below: list[Truths] = []
        for number, layer in enumerate(self.structure.layers, start=1):
            if not FUNCTIONS[layer.activation].kinked:
                continue
            for sample in sample_indices(self.structure):
                signs = [values[with_sample(f"net_{unit}", sample)] > 0 for unit in layer.units]
                last = number == len(self.structure.layers)
                yield np.logical_and.reduce(signs) if last else np.logical_or.reduce(signs)
                if layer.activation == "relu" and not last and len(signs) > 1:
                    below += [~sign for sign in signs]
        if below:
            yield np.logical_or.reduce(below)

    def _missing(self, values: Mapping[str, Floats], givens: Mapping[str, Floats]) -> Iterator[Truths]:
        """Every output misses its target, and no delta is tiny but those that a relu puts out."""
        for sample in sample_indices(self.structure):
            for unit in self.structure.outputs:
                out = values[with_sample(f"out_{unit}", sample)]
                yield over(np.abs(out - givens[with_sample(f"t_{unit}", sample)]), _SMALLEST_MISS)
            for layer in self.structure.layers:
                for unit in layer.units:
                    delta = np.abs(values[with_sample(f"delta_{unit}", sample)])
                    seen = over(delta, _SMALLEST_DELTA)
                    yield seen | (delta == 0) if layer.activation == "relu" else seen

    def _uncancelled(self, values: Mapping[str, Floats]) -> Iterator[Truths]:
        """No sum loses digits: it is at least a fifth of its two terms' sizes (less, for more terms)."""
        for names in self._terms.values():
            terms = [values[name] for name in names]
            total, sizes = np.abs(np.add.reduce(terms)), np.add.reduce(np.abs(terms))
            yield over(total, 0.4 / len(terms) * sizes) | (sizes == 0)

    def _unlike(self, givens: Mapping[str, Floats]) -> Iterator[Truths]:
        """Beside a relu no input has a weight's size: an accident would pass for what the relu makes alike."""
        if any(FUNCTIONS[layer.activation].kinked for layer in self.structure.layers):
            parameters = [np.abs(givens[name]) for name in parameter_ids(self.structure)]
            for sample in sample_indices(self.structure):
                for name in self.structure.inputs:
                    size = np.abs(givens[with_sample(name, sample)])
                    yield np.logical_and.reduce([size != parameter for parameter in parameters])


def _terms(expression: Expression) -> tuple[Expression, ...]:
    """The terms of a sum, or of the sum that a mean or a sign is taken of."""
    while isinstance(expression, Neg | Product):
        expression = expression.operand if isinstance(expression, Neg) else expression.factors[-1]
    return expression.terms if isinstance(expression, Sum) else ()
