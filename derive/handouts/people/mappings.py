"""Problems as mappings with the keys of a problem file, digits as they were typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derive.formula_problem import AnyProblem, FormulaProblem
from derive.formulas.reading import formula_problem_from, is_formula_problem
from derive.problem import Display, Layer, Number, Problem, Sample
from derive.validation import problem_from


def problem_mapping(problem: AnyProblem) -> dict[str, Any]:
    """A problem as `derive.load` reads it back, with every number as text; for JSON.

    Nothing is left out that has a default, so that a later default changes no old handout; but ``digits`` where
    ``decimals`` are given, since a problem file holds either.
    """
    head: dict[str, Any] = {"title": problem.title}
    if problem.source:
        head["source"] = problem.source
    if isinstance(problem, FormulaProblem):
        rate = {} if problem.learning_rate is None else {"learning_rate": problem.learning_rate.text}
        return {
            **head,
            "objective": problem.objective,
            "wrt": list(problem.wrt),
            **rate,
            "given": {name: number.text for name, number in problem.givens},
            "define": {name: formula for name, formula, _ in problem.definitions},
            "display": _display(problem.display),  # it has no notation
        }
    samples = [_sample(sample, problem) for sample in problem.samples]
    pairs = samples[0] if len(samples) == 1 else {"samples": samples}
    names = problem.conventions.weight_names
    return {
        **head,
        "loss": problem.loss,
        "learning_rate": problem.learning_rate.text,
        **pairs,
        "layers": [_layer(layer) for layer in problem.layers],
        "conventions": {
            "weight_names": names if isinstance(names, str) else [[list(row) for row in table] for table in names],
            "train_biases": problem.conventions.train_biases,
            "bias_sign": problem.conventions.bias_sign,
            "update": problem.conventions.update,
            "batch": problem.conventions.batch,
        },
        "display": {"notation": problem.display.notation, **_display(problem.display)},
    }


def problem_named(mapping: Mapping[str, object], name: str) -> AnyProblem:
    """The problem in a mapping, called by the name it had.

    Raises
    ------
    ProblemError
        If it is no usable problem.
    """
    return formula_problem_from(mapping, name) if is_formula_problem(mapping) else problem_from(mapping, name)


def _sample(sample: Sample, problem: Problem) -> dict[str, Any]:
    return {
        "inputs": dict(zip(problem.inputs, _texts(sample.inputs), strict=True)),
        "targets": dict(zip(problem.outputs, _texts(sample.targets), strict=True)),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    mapping: dict[str, Any] = {
        "units": list(layer.units),
        "activation": layer.activation,
        "weights": [_texts(row) for row in layer.weights],
    }
    if layer.bias is not None:
        mapping["bias"] = layer.bias.text if isinstance(layer.bias, Number) else _texts(layer.bias)
    return mapping


def _display(display: Display) -> dict[str, Any]:
    size = {"digits": display.digits} if display.decimals is None else {"decimals": display.decimals}
    return {**size, "carry": display.carry}


def _texts(numbers: Sequence[Number]) -> list[str]:
    return [number.text for number in numbers]
