"""How many later rounds of one script are judged: each costs a proof, and wrong figures a proof by each hypothesis."""

from __future__ import annotations

from collections.abc import Iterable

from derive.given.formula_problem import AnyProblem
from derive.given.naming import at_round
from derive.proof.crosscheck import derivations
from derive.proof.values import LARGEST_WORK

#: Different later rounds that one script may ask for.
MOST_ROUNDS = 60


def beyond_budget(problem: AnyProblem, quantities: Iterable[str]) -> dict[str, str]:
    """The figures of one script that are too many to judge, and why; the earliest rounds are the ones kept.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    quantities : iterable of str
        Ids such as ``E_total@10000``.

    Returns
    -------
    dict of str to str
        Empty where all can be judged. One round alone is never beyond it here: whether it can be proved shows there.
    """
    numbers = {name: at_round(name)[1] for name in quantities}
    size = len(derivations(problem)(1).quantities)
    kept: set[int] = set()
    work = 0
    for number in sorted(set(numbers.values())):
        work += number * size
        if kept and (len(kept) == MOST_ROUNDS or work > LARGEST_WORK):
            break
        kept.add(number)
    reason = (
        f"too many later rounds in one script; the {len(kept)} earliest are as many as are judged at once: "
        "verify the others in a run of their own, or ask for fewer rounds"
    )
    return {name: reason for name, number in numbers.items() if number not in kept}
