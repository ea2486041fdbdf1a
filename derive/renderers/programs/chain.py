"""A chain of formulas as a program: both traces in NumPy, or the forward one with PyTorch's autograd."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derive.errors import UnsupportedError
from derive.formula.expression import Expression, references
from derive.formula.numpy_source import Library, source
from derive.given.formula_problem import FormulaProblem
from derive.network.derivation import Derivation
from derive.renderers.environment import markdown_environment
from derive.renderers.programs.literals import listed, literal, shown_line
from derive.telling.training import milestones

#: Names that the program itself uses; a user's name that is one of them gets an underscore.
_TAKEN = frozenset({"np", "torch", "show", "done", "rounds", "figures", "name", "value", "print", "range", "eta"})


def chain_program(problem: FormulaProblem, derivation: Derivation, rounds: int, library: Library) -> str:
    """A program that works a chain of formulas and its derivatives and, with a learning rate, trains it.

    Parameters
    ----------
    problem : FormulaProblem
    derivation : Derivation
    rounds : int
        0 without a learning rate, else 1 or more.
    library : "np" or "torch"

    Raises
    ------
    UnsupportedError
        If its updates need more than the derivatives and one learning rate.
    """
    kept = [name for name in derivation.givens if name not in (*problem.structure.givens, "eta")]
    if kept or derivation.turns > 1 or (derivation.trained and problem.learning_rate is None):
        needs = f" ({', '.join(kept[:4])})" if kept else ""
        raise UnsupportedError(
            f"the updates of {problem.name} need more than derivatives and one learning rate{needs}, which no program "
            "is written for yet; derive train works them"
        )
    structure, torch = problem.structure, library == "torch"
    names = _names(
        (*structure.givens, *(name for name, _ in structure.definitions)),
        (quantity.id for quantity in derivation.quantities),
    )

    def line(quantity: str, formula: Expression) -> str:
        text = source(formula, names, library=library)
        if torch and not any(references(formula)):  # a number alone has no gradient to be asked for
            text = f"torch.tensor(1.0 * ({text}), requires_grad=True)"
        told = "" if names[quantity] == quantity else f"  # {quantity}"
        return f"{names[quantity]} = {text}{told}"

    defined = {name for name, _ in structure.definitions}
    objective = problem.objective
    forward = [line(name, formula) for name, formula in structure.definitions]
    others = [quantity for quantity in derivation.quantities if quantity.id not in defined]
    updates = [each for each in others if each.rule in ("update_step", "update")]
    told = [name for name, _ in structure.definitions]
    if torch:
        by = [name for name in problem.wrt if name != objective]
        slopes = {name: names[f"d{objective}/d{name}"] for name in by}
        backward = (
            []
            if not by
            else [
                f"{', '.join(slopes.values())}{',' * (len(by) == 1)} = torch.autograd.grad(",
                f"    {names[objective]}, [{', '.join(names[name] for name in by)}], allow_unused=True, "
                "materialize_grads=True",
                ")  # " + listed([f"d{objective}/d{name}" for name in by]),
            ]
        )
        told += [f"d{objective}/d{name}" for name in by]
    else:
        backward = [line(each.id, each.expression) for each in others if each not in updates]
        told += [each.id for each in others if each not in updates]
    shown = {name: names[name] for name in told}
    changed = [each.id for each in updates if each.rule == "update"]
    new = dict(zip(derivation.trained, (names[name] for name in changed), strict=True))
    shown |= {f"{name}@1": variable for name, variable in new.items()}
    return (
        markdown_environment()
        .get_template("program/chain.py.j2")
        .render(
            title=problem.title,
            head="PyTorch, written by derive: autograd works the derivatives of the worked solution."
            if torch
            else "Plain NumPy, written by derive: the forward and the reverse trace of the worked solution.",
            notes=["The solution carries rounded figures; these are full ones, and differ in the last places."]
            if problem.display.carry == "rounded"
            else [],
            torch=torch,
            givens=[(names[name], literal(number)) for name, number in problem.givens],
            rate="" if problem.learning_rate is None else literal(problem.learning_rate),
            rounds=rounds,
            milestones=milestones(rounds),
            forward=forward,
            backward=backward,
            updates=[line(each.id, each.expression) for each in updates],
            objective=objective,
            objective_name=names.get(objective, ""),  # there is none where nothing is compared
            first=[f'"{name}": {variable},' for name, variable in shown.items()],
            carried=_carried([(names[name], variable) for name, variable in new.items()], torch=torch),
            shown=shown_line(problem.display, max(map(len, (*shown, f"{objective}@{rounds}")))),
        )
    )


def _carried(pairs: list[tuple[str, str]], *, torch: bool) -> list[str]:
    """The lines that put the new values in the place of the old."""
    return [f"{old} = {new}{'.detach().requires_grad_()' if torch else ''}" for old, new in pairs]


def _names(own: Iterable[str], derived: Iterable[str]) -> dict[str, str]:
    """A variable for each quantity: the user's names as they are, ``dJ_da`` for ``dJ/da``, none of them twice."""
    found: dict[str, str] = {"eta": "eta"}
    taken = set(_TAKEN)
    for quantity in (*own, *derived):
        if quantity in found:
            continue
        variable = re.sub(r"\W", "_", quantity, flags=re.ASCII)
        while variable in taken:
            variable += "_"
        found[quantity] = variable
        taken.add(variable)
    return found
