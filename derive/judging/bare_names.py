"""Names of units alone, such as H1, which are net inputs to some and activations to others: told by the figures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from derive.errors import DeriveError
from derive.given.formula_problem import AnyProblem
from derive.judging.model import Answer
from derive.judging.quantity_names import QuantityNames
from derive.judging.routes import proved_by, routes_for

#: A figure as near to a value as this part of it is a figure of it.
_NEAR = 0.02


def bare_names(problem: AnyProblem, names: QuantityNames, answers: Sequence[tuple[str, Answer]]) -> dict[str, str]:
    """What names of units alone are read as in one script: each as its figure tells, or else as most of the others.

    One whose other reading is answered under a name of its own is what is left.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    names : QuantityNames
    answers : sequence of (str, Answer)
        With the ids they are known by.
    """
    both = {answer.quantity: (net, out) for net, answer in answers if (out := names.activation(answer.quantity))}
    if not both:
        return {}
    proved = proved_by(problem, routes_for([problem]))
    told = {known for known, answer in answers if answer.quantity not in both and answer.written.kind != "blank"}
    sure: dict[str, int] = {name: net in told for name, (net, out) in both.items() if net in told or out in told}
    nearer: dict[str, int] = dict.fromkeys(both, 0)
    for _, answer in answers:
        name, value = answer.quantity, float(answer.written.value)
        if name in both and name not in sure and answer.written.kind == "number":
            with suppress(DeriveError, ArithmeticError):
                far = [abs(value - proved.number(each)) for each in both[name]]
                nearer[name] = int(far[1] < far[0])
                if min(far) <= _NEAR * abs(value):
                    sure[name] = nearer[name]
    votes = 2 * sum(sure.values()) - len(sure)
    return {
        name: pair[sure[name] if name in sure else votes > 0 if abs(votes) > 1 else nearer[name]]
        for name, pair in both.items()
    }
