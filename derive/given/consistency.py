"""Checks across the parts of a problem: names that would give an id twice, and targets that a loss cannot take."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.errors import ProblemError
from derive.given import fields
from derive.given.naming import structural_names
from derive.given.problem import Problem

_SUM_TOLERANCE = Fraction(1, 10**9)


def check_names(problem: Problem, inputs_path: str) -> None:
    """Refuse names that stand for two things, in themselves or through the ids made from them.

    Parameters
    ----------
    problem : Problem
    inputs_path : str
        Where the inputs are named in the file.

    Raises
    ------
    ProblemError
        If inputs and units share a name, or two quantities would have one id, such as ``E_total`` for the error of
        an output unit ``total`` and for the sum of all errors.
    """
    seen: dict[str, str] = dict.fromkeys(problem.inputs, "an input")
    for position, layer in enumerate(problem.layers):
        for place, unit in enumerate(layer.units):
            seen[fields.unit_name(unit, seen, f"layers[{position}].units[{place}]")] = "another unit"
    given: set[str] = set()
    for quantity in structural_names(problem.structure):
        if quantity in given:
            raise ProblemError(
                f"two quantities would be called {quantity}: rename this one",
                key=_owner(problem, quantity, inputs_path),
            )
        given.add(quantity)


def _owner(problem: Problem, quantity: str, inputs_path: str) -> str:
    """Key of the name that a reader can change to free an id."""
    if quantity in problem.inputs:
        return f"{inputs_path}.{quantity}"
    naming = problem.conventions.weight_names
    if not isinstance(naming, str) and any(quantity in row for table in naming for row in table):
        return "conventions.weight_names"
    for position, layer in enumerate(problem.layers):
        for place, unit in enumerate(layer.units):
            if quantity.removeprefix(quantity.partition("_")[0] + "_") == unit:
                return f"layers[{position}].units[{place}]"
    return "conventions.weight_names"


def check_outputs(problem: Problem, target_paths: Sequence[str]) -> None:
    """Refuse outputs or targets for which the loss is not defined.

    Parameters
    ----------
    problem : Problem
    target_paths : sequence of str
        Where the targets of each sample stand in the file.

    Raises
    ------
    ProblemError
        If cross entropy has no softmax outputs or targets that are no distribution, or binary cross entropy has
        outputs or targets beyond 0 and 1.
    """
    output = problem.layers[-1]
    at = f"layers[{len(problem.layers) - 1}].activation"
    if problem.loss == "cross_entropy" and output.activation != "softmax":
        raise ProblemError(
            f"cross_entropy needs softmax on the last layer; here is {output.activation} "
            "(for sigmoid there is binary_cross_entropy)",
            key=at,
        )
    if problem.loss == "binary_cross_entropy":
        if output.activation not in ("sigmoid", "softmax"):
            raise ProblemError(
                f"binary_cross_entropy needs outputs between 0 and 1: sigmoid or softmax on the last layer; here is "
                f"{output.activation}",
                key=at,
            )
        if output.activation == "softmax" and len(output.units) == 1:
            raise ProblemError(
                "softmax of a single unit is always 1, where binary_cross_entropy is infinite; use sigmoid", key=at
            )
    for sample, path in zip(problem.samples, target_paths, strict=True):
        targets = [target.value for target in sample.targets]
        if problem.loss == "binary_cross_entropy":
            for unit, target in zip(output.units, targets, strict=True):
                if not 0 <= target <= 1:
                    raise ProblemError("binary_cross_entropy needs targets from 0 to 1", key=f"{path}.{unit}")
        if problem.loss == "cross_entropy":
            for unit, target in zip(output.units, targets, strict=True):
                if target < 0:
                    raise ProblemError("cross_entropy needs targets of 0 or more", key=f"{path}.{unit}")
            total = sum(targets, Fraction(0))
            if abs(total - 1) > _SUM_TOLERANCE:
                here = f"; these sum to about {float(total):.10g}" if total < 10**9 else ""
                raise ProblemError(f"cross_entropy needs targets that sum to 1{here}", key=path)
