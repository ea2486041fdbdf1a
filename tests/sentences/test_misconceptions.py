"""What is said of a mistake fits it: what was done gives the wrong figure, and what to do instead the right one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from derive.arithmetic.code import FLOATS, evaluate
from derive.formula.expression import Product, Sum
from derive.formula.losses import LOSSES
from derive.given.naming import bias_ids, parameter_ids, weight_ids, with_sample
from derive.judging.misconceptions.mistakes import MISCONCEPTIONS, mistakes_at, pairs_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.misconceptions.places import Place, places_of
from derive.judging.misconceptions.said import said_of
from tests.sentences import counted
from tests.sentences.phrases import OPERATION
from tests.verification.misconceptions.networks import NETWORKS, routes, values

#: What must be read beside the words of operations.
CLAIM = re.compile(rf"{OPERATION.pattern}|leaving out|reversing", re.IGNORECASE)


@dataclass
class Case:
    """A mistake in one of the small networks, with every right figure."""

    network: str
    mistake: Mistake

    @cached_property
    def v(self) -> Any:
        return values(self.network)

    @cached_property
    def right(self) -> float:
        return float(self.v[self.mistake.at])

    @cached_property
    def wrong(self) -> float:
        return float(evaluate(self.mistake.expression, self.v, FLOATS))

    @cached_property
    def place(self) -> Place:
        return places_of(routes(self.network).structure)[self.mistake.at]  # type: ignore[arg-type]

    @property
    def structure(self) -> Any:
        return routes(self.network).structure

    def own(self, head: str) -> float:
        return float(self.v[self.place.own(head)])

    def of(self, base: str) -> float:
        return float(self.v[self.place.of_sample(base)])

    @property
    def sources(self) -> list[float]:
        return [float(self.v[name]) for name in self.place.outs_below()]

    @property
    def source(self) -> float:
        return self.sources[self.place.other]

    @property
    def weights(self) -> list[float]:
        return [float(self.v[name]) for name in weight_ids(self.structure)[self.place.depth][self.place.position]]

    @property
    def bias(self) -> float:
        row = bias_ids(self.structure)[self.place.depth]
        return float(self.v[row[self.place.position]]) if row else 0.0

    @property
    def sign(self) -> int:
        return 1 if self.structure.conventions.bias_sign == "added" else -1

    @property
    def above(self) -> list[tuple[str, float]]:
        """Units above, with the weights to them."""
        new = "_new" if self.structure.conventions.update == "sequential" else ""
        rows = weight_ids(self.structure)[self.place.depth + 1]
        units = self.structure.layers[self.place.depth + 1].units
        pairs = [(unit, float(self.v[row[self.place.position] + new])) for unit, row in zip(units, rows, strict=True)]
        return [pairs[self.place.other]] if self.mistake.kind == "path" else pairs

    @property
    def paths(self) -> list[float]:
        return [self.of(f"delta_{unit}") * weight for unit, weight in self.above]

    @property
    def parts(self) -> list[float]:
        """What is added up at this step: errors, samples, deltas or paths."""
        kind = self.mistake.kind
        if kind == "total":
            return [self.of(f"E_{unit}") for unit in self.structure.outputs]
        if kind in ("batch-error", "batch-gradient"):
            return [float(self.v[with_sample(self.mistake.at, k)]) for k in range(1, self.structure.sample_count + 1)]
        if kind == "shared-bias-gradient":
            return [self.of(f"delta_{unit}") for unit in self.place.layer.units]
        return self.terms if kind == "chain-sum" else self.paths

    @property
    def name(self) -> str:
        """The parameter that is updated."""
        return self.mistake.at.removesuffix("_new").removeprefix("step_")

    @property
    def gradient(self) -> float:
        return float(self.v[f"d{routes(self.network).nearest.objective}/d{self.name}"])

    @property
    def old(self) -> float:
        """The value that is updated; 0 for a step alone."""
        return self.parameter if self.mistake.at.endswith("_new") else 0.0

    @property
    def parameter(self) -> float:
        return float(self.v[self.name])

    @property
    def rate(self) -> float:
        return float(self.v["eta"])

    @property
    def outputs(self) -> int:
        return len(self.structure.outputs)

    @property
    def difference(self) -> float:
        return self.own("t") - self.own("out")

    # A chain of formulas: its one product and its one sum.

    @property
    def terms(self) -> list[float]:
        expression = routes(self.network).nearest.by_id[self.mistake.at].expression
        parts = expression.terms if isinstance(expression, Sum) else ()
        return [float(evaluate(part, self.v, FLOATS)) for part in parts]

    @property
    def factors(self) -> list[float]:
        expression = routes(self.network).nearest.by_id[self.mistake.at].expression
        parts = expression.factors if isinstance(expression, Product) else (expression,)
        return [float(evaluate(part, self.v, FLOATS)) for part in parts]


def number(text: str) -> float:
    return 0.5 if text == "½" else float(text)


def spread(case: Case) -> list[float]:
    """exp of every net input of the layer."""
    return [math.exp(case.of(f"net_{unit}")) for unit in case.place.layer.units]


def averages(case: Case) -> bool:
    if case.mistake.kind.startswith("batch"):
        return bool(case.structure.conventions.batch == "mean")
    return LOSSES[case.structure.loss].averages(case.outputs)


def slope_of_net(case: Case) -> float:
    return case.of(f"dout_{case.place.unit}/dnet_{case.place.unit}")


#: What a sentence asks for: figures that must be the wrong one (of what was done) or the right one (of what to do);
#: several where a sentence leaves a choice. None where it says nothing that has a figure of its own.
Reading = tuple[str, Callable[[Case, "re.Match[str]"], list[float] | None]]

DONE: tuple[Reading, ...] = (
    (r"leaving out one product", lambda c, m: [c.right - w * s for w, s in zip(c.weights, c.sources, strict=True)]),
    (r"reversing the sign of one product, .+",
     lambda c, m: [c.right - 2 * w * s for w, s in zip(c.weights, c.sources, strict=True)]),
    (r"adding the bias more than once",
     lambda c, m: [c.right + c.sign * (times - 1) * c.bias for times in (2, len(c.weights))]),
    (r"stopping at 1 \+ e to the minus net input", lambda c, m: [1 + math.exp(-c.own("net"))]),
    (r"halving the difference before it is squared", lambda c, m: [(c.difference / 2) ** 2]),
    (r"writing out − t for the slope of the error, .+", lambda c, m: [-c.difference]),
    (r"multiplying the gradient by the learning rate already", lambda c, m: [c.rate * c.right]),
    (r"multiplying each delta by the weight of another path", lambda c, m: crossed(c)),
    (r"leaving out what the name is multiplied by", lambda c, m: [1.0]),
    (r"using the delta where the gradient belongs",
     lambda c, m: [c.old - c.rate * float(c.v[f"delta_{unit}"])
                   for layer in c.structure.layers for unit in layer.units]),
    (r"starting from another parameter's value",
     lambda c, m: [float(c.v[other]) + c.right - c.parameter for other in parameter_ids(c.structure)]),
    (r"a factor (\d|½) that .+", lambda c, m: [number(m[1]) * c.right]),
    (r"halving .+", lambda c, m: [c.right / 2]),
    (r"averaging .+ where they are added", lambda c, m: [c.right / len(c.parts)]),
    (r"adding .+ where (?:they are averaged|the mean is asked for)", lambda c, m: [c.right * len(c.parts)]),
    (r"dividing by the number of outputs, though this loss adds them", lambda c, m: [c.right / c.outputs]),
    (r"leaving out the division by the number of outputs", lambda c, m: [c.right * c.outputs]),
    (r"dividing by the number of samples twice", lambda c, m: [c.right / len(c.parts)]),
    (r"adding the bias of another layer or unit",
     lambda c, m: [c.right + c.sign * (float(c.v[b]) - c.bias) for row in bias_ids(c.structure) for b in row or ()]),
    (r"leaving out the bias", lambda c, m: [c.right - c.sign * c.bias]),
    (r"adding the factors of the chain rule", lambda c, m: [sum(c.factors)]),
    (r"multiplying the terms of different paths", lambda c, m: [math.prod(c.terms)]),
    (r"leaving out a factor of the chain rule", lambda c, m: [c.right / factor for factor in c.factors]),
    (r"leaving out a factor on each path", lambda c, m: None),
    (r"going up the gradient: adding η times the gradient", lambda c, m: [c.old + c.rate * c.gradient]),
    (r"leaving out the learning rate", lambda c, m: [c.old - c.gradient]),
    (r"multiplying by the learning rate twice", lambda c, m: [c.old - c.rate**2 * c.gradient]),
    (r"multiplying the old value by the step as well", lambda c, m: [c.old * (1 - c.rate * c.gradient)]),
    (r"multiplying by the old value as well", lambda c, m: [c.right * c.parameter]),
    (r"(?:reversing the sign.*|taking target minus output, so that the sign is reversed|leaving out the minus sign "
     r"before the logarithms)", lambda c, m: [-c.right]),
    (r"leaving out the factor ½", lambda c, m: [2 * c.right]),
    (r"leaving out the value that the weight multiplies", lambda c, m: [without_source(c)]),
    (r"leaving out the weights between the layers", lambda c, m: [sum(c.of(f"delta_{u}") for u, _ in c.above)]),
    (r"leaving out the slope of the hidden unit's activation function", lambda c, m: [sum(c.paths)]),
    (r"leaving out the slope of the activation function",
     lambda c, m: [c.of(f"dE_total/dout_{c.place.unit}")]),
    (r"leaving out the 1 in the denominator", lambda c, m: [1 / math.exp(-c.own("net"))]),
    (r"leaving out the term with 1 − t", lambda c, m: [-c.own("t") * math.log(c.own("out"))]),
    (r"multiplying by an input or activation, as for a weight",
     lambda c, m: [c.own("delta") * source for source in c.sources]),
    (r"multiplying by the bias itself", lambda c, m: [c.own("delta") * float(c.v[c.place.name])]),
    (r"using the weight itself where the value that it multiplies belongs",
     lambda c, m: [without_source(c) * float(c.v[c.place.name])]),
    (r"subtracting one (?:output's error from another's|path from another)",
     lambda c, m: [sign * (c.parts[0] - sum(c.parts[1:])) * c.right / sum(c.parts) for sign in (1, -1)]),
    (r"not squaring the difference", lambda c, m: [c.right / c.difference, -c.right / c.difference]),
    (r"taking the absolute difference between target and output", lambda c, m: [abs(c.difference)]),
    (r"stopping at e to the minus net input", lambda c, m: [math.exp(-c.own("net"))]),
    (r"stopping at e to the net input, without dividing by the sum over the layer",
     lambda c, m: [math.exp(c.own("net"))]),
    (r"multiplying out − t by a slope that the cross-entropy has already cancelled",
     lambda c, m: [-c.difference * c.own("out") * (1 - c.own("out"))]),
    (r"sending back the slope of the error before it was multiplied by the slope of the unit above",
     lambda c, m: [sum(c.of(f"dE_total/dout_{unit}") * weight for unit, weight in c.above)]),
    (r"swapping two of the values that the weights multiply", lambda c, m: swapped(c)),
    (r"raising 10 rather than e to the power", lambda c, m: None),  # its examples are worked in test_mistakes
    (r"a plus sign in the exponent where a minus sign belongs, or the other way round", lambda c, m: None),
    (r"using the squared difference where .+", lambda c, m: None),
    *counted.DONE,
)  # fmt: skip

INSTEAD: tuple[Reading, ...] = (
    (r"(?:Add a product for each connection that leads into this unit|Give each product the sign of its weight and of "
     r"its input|Add the bias once after the products|Multiply each weight by the (?:activation of the unit|value of "
     r"the unit or input) it comes from)\.",
     lambda c, m: [sum(w * s for w, s in zip(c.weights, c.sources, strict=True)) + c.sign * c.bias]),
    (r"Take one over the sum\.", lambda c, m: [1 / c.wrong]),
    (r"Square the difference first, then halve the square\.", lambda c, m: [c.difference**2 / 2]),
    (r"Multiply by the learning rate in the update only\.", lambda c, m: [c.wrong / c.rate]),
    (r"Multiply each delta by the weight on its own connection\.", lambda c, m: [sum(c.paths)]),
    (r"Multiply the delta by what the weight multiplies before you take the step\.",
     lambda c, m: [c.old - c.rate * c.gradient]),
    (r"Add the step to the old value of this very parameter\.", lambda c, m: [c.old + float(c.v[f"step_{c.name}"])]),
    (r"The derivative of a product by one factor is the other factor\.",
     lambda c, m: [float(evaluate(routes(c.network).nearest.by_id[c.mistake.at].expression, c.v, FLOATS))]),
    (r"Subtract η times the gradient.*", lambda c, m: [c.old - c.rate * c.gradient]),
    (r"Multiply the gradient by the learning rate(?: once)?\.", lambda c, m: [c.old - c.rate * c.gradient]),
    (r"Add the step to the old value\.", lambda c, m: [c.old + float(c.v[f"step_{c.name}"])]),
    (r"The step is −η times the gradient, without the old value\.", lambda c, m: [-c.rate * c.gradient]),
    (r"(?:Take the errors of all outputs into the total|Errors of several outputs go into the total with a plus sign, "
     r"each of them)\.", lambda c, m: [sum(c.parts) / (len(c.parts) if averages(c) else 1)]),
    (r"Add (?:the errors of the outputs|over the samples|the deltas of all units that share this bias)"
     r"(?:, without dividing by their number)?\.", lambda c, m: [signed_sum(c)]),
    (r"Add (?:one term for each .+|the terms of all paths.*)\.", lambda c, m: [sum(c.parts)]),
    (r"Divide the sum (?:of the errors by the number of outputs|over the samples by their number(?: once)?)\.",
     lambda c, m: [sum(c.parts) / len(c.parts)]),
    (r"Divide by the number of outputs, as the loss is their mean\.", lambda c, m: [c.wrong / c.outputs]),
    (r"Take every sample into the sum\.", lambda c, m: [sum(c.parts) / (len(c.parts) if averages(c) else 1)]),
    (r"Halve the square, .+", lambda c, m: [c.difference**2 / 2]),
    (r"Take the square whole, .+", lambda c, m: [c.difference**2]),
    (r"Square the difference between target and output\.",
     lambda c, m: [c.difference**2, c.difference**2 / 2]),
    (r"Put a minus sign before the sum, .+", lambda c, m: [-c.wrong]),
    (r"Add \(1 − t\)·ln\(1 − out\) to t·ln\(out\) before you change the sign\.",
     lambda c, m: [-(c.own("t") * math.log(c.own("out")) + (1 - c.own("t")) * math.log(1 - c.own("out")))]),
    (r"Add 1 to the exponential(?: before you take one over it|, then take one over the sum)\.",
     lambda c, m: [1 / (1 + math.exp(-c.own("net")))]),
    (r"Divide (?:by|the exponential of this net input by) the sum of the exponentials of .+",
     lambda c, m: [math.exp(c.own("net")) / sum(spread(c))]),
    (r"Multiply each (?:delta by the weight on its connection|weight by the delta of the unit above.*)\.",
     lambda c, m: [sum(c.paths)]),
    (r"Multiply the delta by the weight, each with its own sign\.", lambda c, m: [sum(c.paths)]),
    (r"(?:Multiply the delta by the activation or input that this weight multiplies|The gradient is the delta times "
     r"what the weight multiplies, with no change of sign|Use the activation or input that this weight multiplies|"
     r"Use the input that this weight multiplies)\.",
     lambda c, m: [c.source if c.mistake.kind == "net-slope" else c.own("delta") * c.source]),
    (r"A bias multiplies nothing: its gradient is the delta, with the bias's sign\.",
     lambda c, m: [c.sign * c.own("delta")]),
    (r"Multiply what arrives at the unit by the slope of its activation function\.",
     lambda c, m: None if c.place.layer.activation == "softmax"
     else [c.of(f"dE_total/dout_{c.place.unit}") * slope_of_net(c)]),
    (r"(?:Multiply the sum over the paths by the slope of this unit's activation function|The hidden delta is the "
     r"sum over the paths times the slope, with no constant before it|Keep the sign of the sum over the paths; the "
     r"slope does not change it)\.", lambda c, m: [sum(c.paths) * slope_of_net(c)]),
    (r"Add over all outputs of the softmax layer\.",
     lambda c, m: [sum(c.of(f"dE_total/dout_{k}") * c.of(f"dout_{k}/dnet_{c.place.unit}")
                       for k in c.structure.outputs)]),
    (r"Use out·\(1 − out\) for a unit with itself, and minus the product of both activations for two units\.",
     lambda c, m: [pair(c)]),
    (r"Multiply what arrives from above by the local derivative\.", lambda c, m: [math.prod(c.factors)]),
    (r"(?:Multiply along a path; add (?:only )?over different paths|On each path multiply what arrives from above by "
     r"the local derivative)\.",
     lambda c, m: [math.prod(c.factors) if c.mistake.kind == "chain-rule" else sum(c.terms)]),
    (r"Take output minus target: .+", lambda c, m: toward(c)),
    (r"Take each output's error whole, as the loss is their sum\.", lambda c, m: [c.wrong * c.outputs]),
    (r"Multiply by the slope of the activation function at this net input, and at or below 0 that is ([\d.]+)\.",
     lambda c, m: [c.right if c.own("net") > 0 or slope_of_net(c) == float(m[1]) else math.nan]),
    (r"(?:Differentiate the (?:loss|square)|Use the derivative of the error).+", lambda c, m: None),
    *counted.INSTEAD,
)  # fmt: skip


def toward(case: Case) -> list[float] | None:
    """The right figure with the sign of output minus target, which the slope of a logarithm alone need not have."""
    if LOSSES[case.structure.loss].square is None and case.mistake.kind != "output-delta":
        return None
    return [math.copysign(case.right, -case.difference)]


def crossed(case: Case) -> list[float]:
    """Two neighbouring deltas for each other."""
    deltas, weights = [case.of(f"delta_{unit}") for unit, _ in case.above], [weight for _, weight in case.above]
    found = []
    for first in range(len(deltas) - 1):
        moved = [*deltas[:first], deltas[first + 1], deltas[first], *deltas[first + 2 :]]
        found.append(sum(delta * weight for delta, weight in zip(moved, weights, strict=True)))
    return found


def signed_sum(case: Case) -> float:
    return sum(case.parts) * (case.sign if case.mistake.kind == "shared-bias-gradient" else 1)


def without_source(case: Case) -> float:
    """A gradient before the value that the weight multiplies."""
    return 1.0 if case.mistake.kind == "net-slope" else case.own("delta")


def pair(case: Case) -> float:
    upper, lower = case.place.layer.units[case.place.other], case.place.unit
    out = case.own("out")
    return out * (1 - out) if upper == lower else -out * case.of(f"out_{upper}")


def swapped(case: Case) -> list[float]:
    """The net input with two of its sources for each other."""
    found = []
    for first in range(len(case.sources)):
        for second in range(first):
            moved = list(case.sources)
            moved[first], moved[second] = moved[second], moved[first]
            products = sum(w * s for w, s in zip(case.weights, moved, strict=True))
            found.append(products + case.sign * case.bias)
    return found


def cases(network: str) -> Iterator[Case]:
    for quantity in routes(network).nearest.quantities:
        for mistake in mistakes_at(routes(network), quantity.id):
            if mistake.kind == "count" or "counted" not in network:  # whose nets are those of any layer
                yield Case(network, mistake)


def complaint(case: Case, text: str, readings: tuple[Reading, ...], figure: Callable[[Case], float]) -> str:
    for form, worth in readings:
        match = re.fullmatch(form, text)
        if match is not None:
            found = worth(case, match)
            if found is None or any(math.isclose(each, figure(case), rel_tol=1e-9, abs_tol=1e-15) for each in found):
                return ""
            return f"{case.network}, {case.mistake.at}: “{text}” comes to {found}, and that is {figure(case)}"
    return f"no test reads “{text}”" if CLAIM.search(text) else ""


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_said_of_mistakes_fits_them(network: str) -> None:
    """In each small network, at each of its steps, for every mistake."""
    found = []
    for case in cases(network):
        said = said_of(case.mistake, case.mistake.ids[0])
        assert said is not None
        found.append(complaint(case, said[0], DONE, lambda each: each.wrong))
        found.append(complaint(case, said[1], INSTEAD, lambda each: each.right))
    assert [each for each in dict.fromkeys(found) if each] == []


@pytest.mark.parametrize("key", sorted(MISCONCEPTIONS), ids="-".join)
def test_every_claim_is_read(key: tuple[str, str]) -> None:
    """No sentence that names an operation goes unread, whether or not a small network shows its mistake."""
    said = MISCONCEPTIONS[key]
    instead = said.instead.format(slope=", out·(1 − out)", below=", and at or below 0 that is 0.01")
    for text, readings in ((said.done, DONE), (instead, INSTEAD)):
        assert not CLAIM.search(text) or any(re.fullmatch(form, text) for form, _ in readings), text


@pytest.mark.parametrize("network", ["default", "mean", "chain"])
def test_pairs_are_made_of_mistakes_at_different_parts(network: str) -> None:
    """Each pair is two single mistakes that change no part in common, so that neither undoes the other."""
    for quantity in routes(network).nearest.quantities:
        singles = mistakes_at(routes(network), quantity.id)
        for pair_ in pairs_at(routes(network), quantity.id):
            first, second = ([each.parts for each in singles if each.ids == (name,)] for name in pair_.ids)
            assert any(one.isdisjoint(other) and one | other == pair_.parts for one in first for other in second), pair_
