"""What is said of a figure that no 64-bit float holds: which it is, whose it is, and what helps."""

from __future__ import annotations

from derive.arithmetic.exact import BEYOND
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId, bias_ids, weight_ids
from derive.given.problem import Problem


def beyond(problem: AnyProblem, quantity: str) -> str:
    """One sentence about a quantity that leaves the range of floats.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    quantity : str
        Its id, of any round.
    """
    parsed = QuantityId.parse(quantity, aliases=False)
    later = " or take a smaller learning rate" if parsed is not None and parsed.round else ""
    if isinstance(problem, FormulaProblem):
        return f"{quantity} {BEYOND}; scale the given numbers (to about 1 in size){later}"
    unit = None if parsed is None else _unit(problem, parsed.base)
    whose = "" if unit is None else f" of unit {unit}"
    return f"{quantity}{whose} {BEYOND}; scale the inputs (to between −1 and 1, or about that){later}"


def _unit(problem: Problem, base: str) -> str | None:
    """The unit that a quantity belongs to: for a derivative, the unit of what it is taken with respect to."""
    owners = {unit: unit for layer in problem.layers for unit in layer.units}
    structure = problem.structure
    for layer, table, biases in zip(problem.layers, weight_ids(structure), bias_ids(structure), strict=True):
        owners |= {weight: unit for unit, row in zip(layer.units, table, strict=True) for weight in row}
        if layer.bias_kind == "per-unit" and biases is not None:
            owners |= dict(zip(biases, layer.units, strict=True))
    for part in reversed(base.split("/")):
        for head in ("", "d", "dnet_", "dout_", "net_", "out_", "delta_", "E_", "step_"):
            name = part.removeprefix(head).removesuffix("_new")
            if part.startswith(head) and name in owners:
                return owners[name]
    return None
