"""Errors from the writer's own difference between output and target, where a delta that went wrong shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.judging.conventions.choosing import AT_FAULT
from derive.judging.findings import Finding
from derive.judging.model import Written


def with_own_differences(
    problem: AnyProblem, findings: Mapping[str, Finding], figures: Mapping[str, Written]
) -> dict[str, Finding]:
    """The findings, with errors that follow from a delta at fault carried from it.

    The delta of a unit without an activation function is its difference but for a factor, so that the error is known
    from it; with or without the ½, of which the delta beside it shows what is meant.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    findings : mapping of str to Finding
        Of any round.
    figures : mapping of str to Written
        By the same names.
    """
    found = dict(findings)
    if isinstance(problem, FormulaProblem):
        return found
    layer, loss = problem.structure.layers[-1], LOSSES[problem.structure.loss]
    if layer.activation != "identity" or loss.square is None:
        return found
    share = loss.square / (len(layer.units) if loss.averages(len(layer.units)) else 1)
    for name, finding in findings.items():
        delta = f"delta_{name.removeprefix('E_')}"
        if not name.startswith("E_") or finding.verdict not in AT_FAULT or delta not in findings:
            continue
        if findings[delta].verdict not in AT_FAULT or figures[delta].kind != "number":
            continue
        if any(_is_square(figures[name], figures[delta], 2 * share, factor) for factor in (share, Fraction(1))):
            found[name] = replace(finding, verdict="carried", causes=(), follows_from=(delta,))
    return found


def _is_square(error: Written, delta: Written, per_difference: Fraction, factor: Fraction) -> bool:
    """Whether an error is the factor times the square of the difference behind a delta, within both last digits."""
    half = delta.unit / 2
    ends = [((abs(delta.value) + sign * half) / per_difference) ** 2 * factor for sign in (-1, 1)]
    return error.kind == "number" and ends[0] - error.unit / 2 <= error.value <= ends[1] + error.unit / 2
