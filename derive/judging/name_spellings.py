"""How people spell the names of quantities: Greek, LaTeX, primes, positions in a layer, PyTorch's parameters.

Spellings are compared by a key without blanks, underscores, case and typesetting. A key that several quantities share
stands for none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.formula.expression import Product, Ref, Sum
from derive.network.derivation import Derivation

_COMMANDS = {"partial": "d", "nabla": "grad", "Delta": "Δ", "delta": "δ", "sigma": "σ", "eta": "η", "alpha": "α"}
_SYMBOLS = str.maketrans(
    {"∂": "d", "δ": "delta", "Δ": "delta", "∆": "delta", "η": "eta", "α": "alpha", "σ": "sigma", "∇": "grad",
     "ŷ": "yhat", "′": "'", "’": "'", "·": "*", "−": "-"}
)  # fmt: skip
_FRACTION = re.compile(r"\\[dt]?frac\s*\{(.*?)\}\s*\{(.*)\}")
_COMMAND = re.compile(r"\\(" + "|".join(_COMMANDS) + r")(?![A-Za-z])")

_NETS = ("net", "z", "in", "input", "s", "v", "i", "sum", "x")
_OUTS = ("out", "a", "o", "y", "activation")
_DELTAS = ("delta", "err", "d", "dz")
_TOTALS = (
    "e",
    "etotal",
    "etot",
    "error",
    "errortotal",
    "totalerror",
    "loss",
    "totalloss",
    "l",
    "j",
    "c",
    "cost",
    "mse",
    "sse",
)
_NEW = (
    "{}new",
    "new{}",
    "{}+",
    "{}^+",
    "{}*",
    "{}'",
    "{}(new)",
    "{}^new",
    "{}(1)",
    "{}(t+1)",
    "{}updated",
    "updated{}",
    "{}1",
)
_GRADIENTS = ("grad{}", "gradient{}", "{}.grad", "de{}", "g{}", "d{}")
_STEPS = ("delta{}", "change{}", "step{}", "d{}", "-eta*de/d{}", "-eta*detotal/d{}")
_RATES = ("eta", "lr", "alpha", "learningrate")
_ESTIMATES = ("yhat{}", "y{}pred", "ypred{}", "o{}")


def key_of(text: str) -> str:
    """A spelling as it is compared."""
    plain = _FRACTION.sub(r"\1/\2", text)
    plain = _COMMAND.sub(lambda match: _COMMANDS[match[1]], plain)
    plain = unicodedata.normalize("NFKC", plain).translate(_SYMBOLS).lower()
    return re.sub(r"[\s_{}$\\]", "", plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """The units of one layer, and the weights that lead into each."""

    units: tuple[str, ...]
    weights: tuple[tuple[str, ...], ...]
    biases: tuple[str | None, ...]


class Spellings:
    """What the quantities of a derivation are called, by key.

    Parameters
    ----------
    derivation : Derivation
    """

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.bases = dict.fromkeys(name.partition("[")[0] for name in (*derivation.givens, *derivation.by_id))

    @cached_property
    def meanings(self) -> Mapping[str, frozenset[str]]:
        """All that each key may stand for."""
        found: dict[str, set[str]] = {}
        for spelling, base in (*self._of_parameters(), *self._of_units(), *self._of_errors()):
            if base in self.bases:
                found.setdefault(key_of(spelling), set()).add(base)
        return {key: frozenset(bases) for key, bases in found.items()}

    @cached_property
    def layers(self) -> tuple[_Layer, ...]:
        """The layers, as the formulas of net inputs tell them; none in a chain of formulas."""
        found: dict[tuple[str, ...], list[tuple[str, tuple[str, ...], str | None]]] = {}
        for name, quantity in self.derivation.by_id.items():
            if quantity.rule != "net_input" or (name.endswith("]") and not name.endswith("[1]")):
                continue
            terms = quantity.expression.terms if isinstance(quantity.expression, Sum) else (quantity.expression,)
            pairs = [term.factors for term in terms if isinstance(term, Product)]
            weights = tuple(pair[0].id for pair in pairs if isinstance(pair[0], Ref))
            sources = tuple(pair[1].id for pair in pairs if isinstance(pair[1], Ref))
            bias = next((term.id for term in terms if isinstance(term, Ref)), None)
            found.setdefault(sources, []).append((name.partition("[")[0].removeprefix("net_"), weights, bias))
        return tuple(
            _Layer(
                units=tuple(unit for unit, _, _ in rows),
                weights=tuple(weights for _, weights, _ in rows),
                biases=tuple(bias for _, _, bias in rows),
            )
            for rows in found.values()
        )

    @property
    def _objective(self) -> str:
        return self.derivation.objective

    def _of_parameters(self) -> Iterator[tuple[str, str]]:
        for spelling in _RATES:
            yield spelling, "eta"
        for name in [base for base in self.bases if f"d{self._objective}/d{base}" in self.bases]:
            gradient = f"d{self._objective}/d{name}"
            yield from ((spelling.format(name), f"{name}_new") for spelling in _NEW)
            yield from ((spelling.format(name), f"step_{name}") for spelling in _STEPS)
            yield from ((spelling.format(name), gradient) for spelling in _GRADIENTS)
            yield f"de_d{name}", gradient
        for depth, layer in enumerate(self.layers, start=1):
            for row, weights in enumerate(layer.weights):
                for column, weight in enumerate(weights):
                    for place in (f"[{row}][{column}]", f"[{row},{column}]"):
                        yield from self._of_torch(depth, "weight", place, weight)
            for row, bias in enumerate(layer.biases):
                if bias is not None and len(set(layer.biases)) == len(layer.biases):
                    yield from self._of_torch(depth, "bias", f"[{row}]", bias)

    def _of_torch(self, depth: int, kind: str, place: str, name: str) -> Iterator[tuple[str, str]]:
        for head in (f"fc{depth}.{kind}", f"layer{depth}.{kind}", f"l{depth}.{kind}"):
            yield f"{head}{place}", name
            yield f"{head}.grad{place}", f"d{self._objective}/d{name}"

    def _of_units(self) -> Iterator[tuple[str, str]]:
        for depth, layer in enumerate(self.layers, start=1):
            last = depth == len(self.layers)
            for position, unit in enumerate(layer.units, start=1):
                called = [unit, *([f"o{position}"] if last else [f"h{position}"] if len(self.layers) == 2 else [])]
                net, out, delta = f"net_{unit}", f"out_{unit}", f"delta_{unit}"
                for name in called:
                    yield from ((spelling, net) for spelling in _spelled(_NETS, name))
                    yield f"a_{name} (pre)", net
                    yield from ((spelling, out) for spelling in _spelled(_OUTS, name))
                    yield from ((f"{name}{end}", out) for end in ("", "out", "final"))
                    yield from ((f"{f}(net_{name})", out) for f in ("sigma", "f"))
                    yield from ((spelling, delta) for spelling in _spelled(_DELTAS, name))
                    yield from ((f"{f}'(net_{name})", f"dout_{unit}/dnet_{unit}") for f in ("f", "sigma"))
                if last:
                    yield from ((spelling.format(position), out) for spelling in _ESTIMATES)
                    yield from ((f"{head}{position}", delta) for head in ("delta", "deltak"))
                elif len(self.layers) == 2:
                    yield f"deltaj{position}", delta
                if depth == 1:
                    yield from ((f"{head}{position}", net) for head in ("z", "net", "yin", "zin"))
                    yield f"a{position}", out
                yield from self._of_arrays(depth, position, net, out, delta)

    def _of_arrays(self, depth: int, position: int, net: str, out: str, delta: str) -> Iterator[tuple[str, str]]:
        """By layer and position: z^(1)_1, and Z1[0] as arrays count; Z1[1] may be the first or the second."""
        for head, meant in (("z", net), ("a", out), ("delta", delta), ("dz", delta)):
            yield f"{head}^({depth}){position}", meant
            yield f"{head}{position}^({depth})", meant
            if self.derivation.samples == 1:
                yield from ((f"{head}{depth}[{place}]", meant) for place in (position - 1, position))

    def _of_errors(self) -> Iterator[tuple[str, str]]:
        yield from ((spelling, self._objective) for spelling in _TOTALS)
        for unit in self.layers[-1].units if self.layers else ():
            position = self.layers[-1].units.index(unit) + 1
            for name in (unit, f"o{position}", str(position)):
                yield from ((f"{head}{name}", f"E_{unit}") for head in ("e", "error", "loss"))
                yield f"e({name})", f"E_{unit}"

    def quotient(self, text: str) -> str | None:
        """``∂L/∂w_5`` and the like: a quotient of two names, each after a d."""
        sides = text.split("/")
        if len(sides) != 2 or not all(side.startswith("d") and len(side) > 1 for side in sides):
            return None
        upper, lower = (self._names(side[1:]) for side in sides)
        found = {
            base for above in upper for below in lower for base in self._derivatives(above, below) if base in self.bases
        }
        return next(iter(found)) if len(found) == 1 else None

    def _derivatives(self, above: str, below: str) -> Iterator[str]:
        yield f"d{above}/d{below}"
        if above == self._objective and below.startswith("net_"):
            yield "delta_" + below.removeprefix("net_")

    def _names(self, key: str) -> Sequence[str]:
        """What one side of a quotient may name, itself first."""
        own = [base for base in self.bases if key_of(base) == key]
        return [*own, *self.meanings.get(key, ())]


def _spelled(heads: Sequence[str], name: str) -> Iterator[str]:
    for head in heads:
        yield f"{head}{name}"
        yield f"{head}({name})"
