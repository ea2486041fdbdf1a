"""When a training stops by the condition of its problem file, looked at after each epoch."""

from __future__ import annotations

from derive.errors import PrecisionError
from derive.given.formula_problem import FormulaProblem
from derive.given.program.places import Place
from derive.given.program.stops import MOST_EPOCHS, NO_ERROR, condition
from derive.proof.values import Proved

#: Ids of how many updates and epochs a training takes that stops by a condition.
DONE = ("updates_done", "epochs_done")


def updates_done(problem: FormulaProblem, proved: Proved) -> int:
    """How many updates a training with a condition makes: until it holds, or as many as there are at most."""
    stopped = updates_until_stop(problem, proved)
    return problem.plan.rounds or MOST_EPOCHS * problem.plan.turns if stopped is None else stopped


def has_stop(problem: object) -> bool:
    """Whether the training of a problem stops by a condition."""
    return isinstance(problem, FormulaProblem) and bool(problem.plan.stop) and bool(problem.structure.updated)


def updates_until_stop(problem: FormulaProblem, proved: Proved, *, within: int | None = None) -> int | None:
    """How many updates are made before the condition holds; None where the file has none, or it is never met.

    Parameters
    ----------
    problem : FormulaProblem
    proved : Proved
    within : int or None
        Updates after which it does not matter.

    Raises
    ------
    PrecisionError
        If a figure that the condition hangs on cannot be proved.
    """
    plan = problem.plan
    if not plan.stop or not problem.structure.updated:
        return None
    most = -(-plan.rounds // plan.turns) if plan.rounds else MOST_EPOCHS
    if within is not None:
        most = min(most, within // plan.turns)
    for epoch in range(1, most + 1):
        done = epoch * plan.turns
        if plan.stop == NO_ERROR:
            first = done - plan.turns
            met = all(_right(problem, proved, first + turn) for turn in range(plan.turns))
        else:
            name, limit = condition(plan.stop)
            met = proved.number(f"{name}@{done}") < float(limit.value)
        if met:
            return done
    return None


def _right(problem: FormulaProblem, proved: Proved, number: int) -> bool:
    """Whether every output of the samples on turn is its target."""
    plan, places = problem.plan, problem.structure.places
    on_turn = plan.on_turn(number % plan.turns + 1) if plan.samples > 1 else (None,)
    given = dict(problem.givens)
    for name, place in places.items():
        if place.sample in on_turn and place.name.startswith("out_"):
            target = str(Place(name="t_" + place.name.removeprefix("out_"), index=place.index, time=place.time,
                               sample=place.sample))  # fmt: skip
            if target not in given:
                continue
            try:
                out = proved.figure(f"{name}@{number}" if number else name)
            except PrecisionError:
                return False
            if not out.exact or out.value != given[target].value:
                return False
    return True
