"""When a training stops by the condition of its problem file, looked at after each epoch."""

from __future__ import annotations

from derive.errors import PrecisionError
from derive.given.formula_problem import FormulaProblem
from derive.given.program.places import Place
from derive.given.program.stops import NO_ERROR, condition
from derive.proof.values import Proved

#: Epochs after which a training without an end of its own is taken to have none.
MOST_EPOCHS = 1_000


def updates_until_stop(problem: FormulaProblem, proved: Proved) -> int | None:
    """How many updates are made before the condition holds; None where the file has none, or it is never met.

    Parameters
    ----------
    problem : FormulaProblem
    proved : Proved

    Raises
    ------
    PrecisionError
        If a figure that the condition hangs on cannot be proved.
    """
    plan = problem.plan
    if not plan.stop or not problem.structure.updated:
        return None
    most = -(-plan.rounds // plan.turns) if plan.rounds else MOST_EPOCHS
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
