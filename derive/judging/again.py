"""What to do about a figure that no known mistake explains: from what to work it out again, and what to mind."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from derive.formula.expression import Call, Power, Product, Ref, Sum, parts, references
from derive.given.naming import worked_in
from derive.judging.routes import Routes
from derive.judging.wording import all_of, listed
from derive.network.derivation import Derivation
from derive.network.graph import Quantity

#: By rule of the step; the others are looked at by what their formulas are made of.
_LOOK_AT: Mapping[str, str] = {
    "total_error": "each term of the sum",
    "batch_error": "the error of each sample",
    "batch_gradient": "the gradient of each sample",
    "error_slope": "the difference and its sign",
    "total_error_slope": "the difference and its sign",
    "activation_slope": "what the slope is taken at",
    "softmax_delta": "the difference and its sign",
    "sum_over_paths": "each product along a path",
    "path": "both factors",
    "weight_gradient": "both factors",
    "bias_gradient": "the delta and its sign",
    "shared_bias_gradient": "each delta of the layer",
    "update_step": "the learning rate and the sign",
    "update": "the learning rate, the gradient and the sign before them",
}
#: Steps that are worth a line of their own on the way.
_ON_THE_WAY = frozenset({
    "net_input", "activation", "output_error", "delta", "softmax_delta", "sum_over_paths", "weight_gradient",
    "bias_gradient", "shared_bias_gradient", "batch_gradient", "definition",
})  # fmt: skip
_MOST_ON_THE_WAY = 3


def again(name: str, routes: Routes, written: Collection[str]) -> str:
    """A sentence: work it out again from these figures, by way of those, and look at what goes wrong most easily.

    Parameters
    ----------
    name : str
        Of any round.
    routes : Routes
    written : collection of str
        What the script has.
    """
    base, round_ = worked_in(name, routes.nearest.trained)
    derivation = routes.of_round(round_)
    step = derivation.by_id.get(base)
    if step is None:
        return "Look it up again in what is given."
    sources, between = _above(step, derivation, written, round_)
    start = f"Work it out again from {listed(sources) if sources else 'the given numbers'}"
    way = [f"{each}@{round_}" if round_ else each for each in between]
    if way:
        start += f", and write down {all_of(way[-_MOST_ON_THE_WAY:])} on the way"
    return f"{start}; look at {_to_look_at(step)}."


def _above(
    step: Quantity, derivation: Derivation, written: Collection[str], round_: int
) -> tuple[list[str], list[str]]:
    """The nearest figures that are written, and the steps between."""
    sources, between, seen = list[str](), list[str](), set[str]()
    waiting = list(references(step.expression))[::-1]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        own = f"{name}@{round_}" if round_ else name
        if own in written:
            sources.append(own)
        elif name in derivation.by_id:
            above = derivation.by_id[name]
            if above.rule in _ON_THE_WAY:
                between.insert(0, name)
            waiting += list(references(above.expression))[::-1]
    places = {name: place for place, name in enumerate(written)}
    return sorted(sources, key=places.__getitem__), between


def _to_look_at(step: Quantity) -> str:
    if step.rule == "net_input":
        return _of_net_input(step)
    if step.rule == "activation":
        called = {part.function for part in parts(step.expression) if isinstance(part, Call)}
        if "softmax" in called:
            return "each exponential and their sum"
        return "the sign of the exponent and the division" if "sigmoid" in called else "the activation function"
    if step.rule == "output_error":
        squared = any(isinstance(part, Power) for part in parts(step.expression))
        return "the difference, its square and the factor before it" if squared else "each logarithm and its sign"
    if step.rule == "delta":
        return "both factors" if isinstance(step.expression, Product) else "the difference and its sign"
    if step.rule in _LOOK_AT:
        return _LOOK_AT[step.rule]
    made_of = [
        said
        for kind, said in ((Product, "each product"), (Sum, "each sum"), (Call, "each function"))
        if any(isinstance(part, kind) for part in parts(step.expression))
    ]
    return all_of(made_of) if made_of else "each operation"


def _of_net_input(step: Quantity) -> str:
    terms = step.expression.terms if isinstance(step.expression, Sum) else (step.expression,)
    products = sum(isinstance(term, Product) for term in terms)
    bias = any(isinstance(part, Ref) for term in terms if not isinstance(term, Product) for part in parts(term))
    said = "each product" if products > 1 else "the product"
    return f"{said} and the bias" if bias else said
