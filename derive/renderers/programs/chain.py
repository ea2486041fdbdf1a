"""A chain of formulas as a program: both traces in NumPy, or the forward one with PyTorch's autograd."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from derive.errors import UnsupportedError
from derive.formula.expression import references
from derive.formula.numpy_source import Library, source
from derive.given.formula_problem import FormulaProblem
from derive.given.naming import updated_id
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.renderers.environment import markdown_environment
from derive.renderers.programs.literals import listed, literal, shown_line, variables
from derive.telling.training import milestones

#: What an update rule works, and what no derivative is of what stands between it and the forward pass.
_UPDATES = frozenset({"update_step", "update", "state", "rate", "count"})
_WITHOUT_DERIVATIVES = frozenset({"batch_error", "penalty", "cost", "cost_gradient"})
#: Updates of numbers that a program writes out for an epoch.
_MOST_UPDATES = 1_000


def chain_program(
    problem: FormulaProblem, derivation_of_turn: Callable[[int], Derivation], rounds: int, library: Library
) -> str:
    """A program that works a chain of formulas and its derivatives and, with a learning rate, trains it.

    Parameters
    ----------
    problem : FormulaProblem
    derivation_of_turn : callable
        The derivation of each of an epoch's updates, from 1.
    rounds : int
        0 without a learning rate, else 1 or more.
    library : "np" or "torch"

    Raises
    ------
    UnsupportedError
        If its epoch has too many updates to be written one by one.
    """
    structure, plan, torch = problem.structure, problem.plan, library == "torch"
    derivation = derivation_of_turn(1)
    turns = _turns(problem, derivation, derivation_of_turn)
    names = variables(
        (*structure.givens, *(name for name, _ in structure.definitions)),
        (*derivation.givens, *(quantity.id for each in turns for quantity in each.quantities)),
    )

    def line(each: Quantity) -> str:
        text = source(each.expression, names, library=library)
        if torch and not any(references(each.expression)):  # a number alone has no gradient to be asked for
            text = f"torch.tensor(1.0 * ({text}), requires_grad=True)"
        told = "" if names[each.id] == each.id else f"  # {each.id}"
        return f"{names[each.id]} = {text}{told}"

    defined = {name for name, _ in structure.definitions}
    parts = [_parts(each, defined) for each in turns]
    shared = _shared(parts)
    objective = problem.objective
    told = [each.id for each in parts[0].forward if each.id in defined]
    told += [name for _, name in _slopes(problem, derivation)] if torch else [each.id for each in parts[0].backward]
    lines = []
    for each, part in zip(turns, parts, strict=True):
        own = [more for more in part.backward if (more.rule in _WITHOUT_DERIVATIVES if torch else more not in shared)]
        first = [more for more in own if more.rule == "batch_error"]
        autograd = _autograd(problem, each, names) if torch else []
        lines.append([*map(line, first), *autograd, *(line(more) for more in own if more not in first)])
    backward = [] if torch else [line(each) for each in shared]
    if len(turns) == 1:
        backward, lines = backward + lines[0], [[]]
    shown = {derivation.spelled(name): names[name] for name in told}
    new = {name: names[updated_id(name)] for name in derivation.trained}
    shown |= {f"{name}@1": variable for name, variable in new.items()}
    numbers = problem.numbers
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
            givens=[(names[name], literal(numbers[name])) for name in derivation.givens if name != "eta"],
            rate=literal(numbers["eta"]) if "eta" in derivation.givens else "",
            rounds=rounds,
            milestones=milestones(rounds),
            forward=[line(each) for each in parts[0].forward],
            backward=backward,
            turns=[[*own, *map(line, part.updates)] for own, part in zip(lines, parts, strict=True)],
            rule="each minus the learning rate times its derivative" if plan.rule.plain else plan.rule.title,
            objective=objective,
            objective_name=names.get(objective, ""),  # there is none where nothing is compared
            first=[f'"{name}": {variable},' for name, variable in shown.items()],
            carried=_carried([(names[name], variable) for name, variable in new.items()], torch=torch),
            shown=shown_line(problem.display, max(map(len, (*shown, f"{objective}@{rounds}")))),
        )
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The quantities of a round: forward, back, and what the update rule works."""

    forward: list[Quantity]
    backward: list[Quantity]
    updates: list[Quantity]


def _parts(derivation: Derivation, defined: set[str]) -> _Parts:
    parts = _Parts([], [], [])
    for each in derivation.quantities:
        place = parts.updates if each.rule in _UPDATES else parts.backward
        (parts.forward if each.id in defined or each.rule == "ahead" else place).append(each)
    return parts


def _shared(parts: list[_Parts]) -> list[Quantity]:
    """What is worked backward in every one of an epoch's updates, from nothing that differs between them."""
    found: list[Quantity] = []
    others: set[str] = set()
    sets = [set(part.backward) for part in parts[1:]]
    for each in parts[0].backward:
        if others.isdisjoint(references(each.expression)) and all(each in one for one in sets):
            found.append(each)
        else:
            others.add(each.id)
    return found


def _turns(
    problem: FormulaProblem, derivation: Derivation, derivation_of_turn: Callable[[int], Derivation]
) -> list[Derivation]:
    """The derivations of an epoch's updates; they stand one after the other in the program."""
    turns = derivation.turns if derivation.trained else 1
    each = len(derivation.trained)
    if turns * each > _MOST_UPDATES:
        raise UnsupportedError(
            f"{problem.name}: an epoch of {turns} updates of {each} parameters and states is too long for a program, "
            f"which writes each of at most {_MOST_UPDATES} out; take larger batches"
        )
    return [derivation, *(derivation_of_turn(turn) for turn in range(2, turns + 1))]


def _slopes(problem: FormulaProblem, derivation: Derivation) -> list[tuple[str, str]]:
    """By what the objective, or the error of a batch, is differentiated, and what the derivative is called."""
    structure, plan = problem.structure, problem.plan
    if not structure.objective or (not plan.rule.gradient and structure.updated):
        return []
    whole = plan.samples == 1 or plan.coupled
    base = structure.objective if plan.turns == 1 or whole else "E_batch"
    if structure.program is None:
        return [(name, f"d{base}/d{name}") for name in structure.wrt if name != base]
    found = {each.by: each.id for each in derivation.quantities
             if each.of == base and each.rule != "path" and (whole or each.rule == "batch_gradient")}  # fmt: skip
    return [(name, found[name]) for name in structure.wrt if name in found]


def _autograd(problem: FormulaProblem, derivation: Derivation, names: Mapping[str, str]) -> list[str]:
    """The line that asks PyTorch for the derivatives."""
    slopes = _slopes(problem, derivation)
    if not slopes:
        return []
    batch = any(each.rule == "batch_error" for each in derivation.quantities)
    ahead = {str(problem.structure.places[name].called(prefix="ahead_")): name for name, _ in slopes}
    moved = {name: point for point, name in ahead.items() if point in derivation.by_id}
    by = [names[moved.get(name, name)] for name, _ in slopes]
    return [
        f"{', '.join(names[slope] for _, slope in slopes)}{',' * (len(slopes) == 1)} = torch.autograd.grad(",
        f"    {names['E_batch' if batch else problem.objective]}, [{', '.join(by)}], allow_unused=True, "
        f"materialize_grads=True{', retain_graph=True' * (derivation.turns > 1)}",
        ")  # " + listed([slope for _, slope in slopes]),
    ]


def _carried(pairs: list[tuple[str, str]], *, torch: bool) -> list[str]:
    """The lines that put the new values in the place of the old."""
    return [f"{old} = {new}{'.detach().requires_grad_()' if torch else ''}" for old, new in pairs]
