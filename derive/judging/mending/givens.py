"""A problem with other numbers for some of its givens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import given_ids
from derive.given.problem import Layer, Number, Problem


def with_givens(problem: AnyProblem, numbers: Mapping[str, Number]) -> AnyProblem:
    """The same problem with other numbers.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    numbers : mapping of str to Number
        By ids such as ``eta``, ``x1``, ``w5`` or ``t_y1[2]``.
    """
    if isinstance(problem, FormulaProblem):
        givens = tuple((name, numbers.get(name, own)) for name, own in problem.givens)
        rate = None if problem.learning_rate is None else numbers.get("eta", problem.learning_rate)
        kept = dict.fromkeys((*problem.structure.states, "k", "epoch"))
        begun = {name: number for name, number in numbers.items() if name in kept and name in problem.numbers}
        begun = {**dict(problem.begun_with), **begun}
        return replace(problem, givens=givens, learning_rate=rate, begun_with=tuple(begun.items()))
    return _network_with(problem, numbers)


def _network_with(problem: Problem, numbers: Mapping[str, Number]) -> Problem:
    ids = iter(given_ids(problem.structure))

    def own(old: Number) -> Number:
        return numbers.get(next(ids), old)

    samples = tuple(
        replace(sample, inputs=tuple(map(own, sample.inputs)), targets=tuple(map(own, sample.targets)))
        for sample in problem.samples
    )
    layers = tuple(_layer_with(layer, own) for layer in problem.layers)
    return replace(problem, samples=samples, layers=layers, learning_rate=own(problem.learning_rate))


def _layer_with(layer: Layer, own: Callable[[Number], Number]) -> Layer:
    weights = tuple(tuple(map(own, row)) for row in layer.weights)
    if layer.bias is None:
        return replace(layer, weights=weights)
    if isinstance(layer.bias, tuple):
        return replace(layer, weights=weights, bias=tuple(map(own, layer.bias)))
    biases = [own(layer.bias) for _ in layer.units]
    return replace(layer, weights=weights, bias=biases[0])
