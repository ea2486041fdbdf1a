"""The conventions of a problem in the few words that a sheet has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.problem import Problem
from derive.telling.given import slope_conventions
from derive.telling.program_given import convention_rows


def sheet_conventions(problem: AnyProblem) -> tuple[tuple[str, str], ...]:
    """What a reader of a sheet needs to know beside the numbers: names and what is said of them, short."""
    if isinstance(problem, FormulaProblem):
        if problem.counts:
            return (("Layers", "; ".join(_layers(problem))), ("Figures", "whole numbers, written whole"))
        of = "the total error" if problem.objective == "E_total" else problem.objective
        rows = [("Derivatives", f"of {of}, along all paths")] if of else []
        if problem.program is not None:
            # Who found a rule stands in the worked solution.
            rows += [(name, text.partition(":")[0] if name == "Update rule" else text)
                     for name, text in convention_rows(problem)]  # fmt: skip
        return tuple(rows)
    rows = [("Loss", LOSSES[problem.loss].title)]
    kinds: dict[str, list[str]] = {}
    for layer in problem.layers:
        kinds.setdefault(ACTIVATIONS[layer.activation].title, []).extend(layer.units)
    rows += [("Activation", "; ".join(_of_units(name, units, len(kinds)) for name, units in kinds.items()))]
    rows += slope_conventions(problem)
    rows += _biases(problem)
    old = "all gradients with the old weights"
    if problem.conventions.update == "sequential":
        old = "hidden gradients with the weights above them already updated"
    rows.append(("Update", old))
    if len(problem.samples) > 1:
        batch = {"sum": "errors summed over the samples", "mean": "errors averaged over the samples",
                 "online": "the samples take turns, one update each, sample 1 first"}  # fmt: skip
        rows.append(("Samples", batch[problem.conventions.batch]))
    return tuple(rows)


def _layers(problem: FormulaProblem) -> Iterator[str]:
    """The layers of which only sizes are known, each with its type."""
    entries = problem.origin["layers"]
    names = [row.layer for row in problem.program.shapes if row.parameters and row.layer] if problem.program else []
    for name, entry in zip(names, entries, strict=True):  # type: ignore[call-overload]
        yield f"{name}: {entry.get('type', 'dense').replace('_', ' ')}"


def _of_units(name: str, units: Sequence[str], kinds: int) -> str:
    if kinds == 1:
        return name
    return f"{name} for {', '.join(units) if len(units) <= 4 else f'{units[0]} to {units[-1]}'}"


def _biases(problem: Problem) -> list[tuple[str, str]]:
    if all(layer.bias_kind == "none" for layer in problem.layers):
        return [("Biases", "none")]
    sign = "subtracted, as a threshold" if problem.conventions.bias_sign == "subtracted" else "added"
    trained = "trained" if problem.conventions.train_biases else "not trained"
    return [("Biases", f"{sign}; {trained}")]
