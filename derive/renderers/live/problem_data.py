"""What a live page knows of its problem: its numbers and names, what must hold of them, and its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from derive.display.plain import PlainPrinter
from derive.display.tree import Slot
from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import parameter_ids, place_symbol, sample_indices, symbol, with_sample
from derive.given.problem import Number
from derive.given.problem_file import marked_text, problem_text
from derive.renderers.skeleton import slot_mark
from derive.telling.terms import Terms


def given_data(problem: AnyProblem, numbers: Mapping[str, Number]) -> dict[str, Any]:
    """What is given, and how the page names it and writes it down."""
    return {
        "name": problem.name,
        # What a browser keeps of the page is kept by this.
        "key": sha256(problem_text(problem).encode()).hexdigest()[:16],
        "given": {name: number.text for name, number in numbers.items()},
        "symbols": {name: _spelled(problem, name) for name in numbers},
        "digits": problem.display.digits,
        "decimals": problem.display.decimals,
        "carry": problem.display.carry,
        "file": marked_text(problem),
        "mark": slot_mark("mathml"),
        "rules": _rules(problem),
        # Whether rounds can be stepped through: a file that says how many it wants is told with all of them.
        "steps": not (isinstance(problem, FormulaProblem) and problem.plan.rounds),
    }


def _rules(problem: AnyProblem) -> list[list[Any]]:
    """What must hold of the givens, as problem files have it: a rule's name, and whom it is about."""
    rules: list[list[Any]] = [["positive", ["eta"]]] if problem.learning_rate is not None else []
    if isinstance(problem, FormulaProblem):
        return rules
    loss, structure = LOSSES[problem.loss], problem.structure
    for sample in sample_indices(structure):
        targets = [with_sample(f"t_{unit}", sample) for unit in structure.outputs]
        if loss.both:
            rules.append(["between", targets])
        if loss.shares:
            rules.append(["shares", targets])
    return rules


def _spelled(problem: AnyProblem, name: str) -> list[str]:
    """Letters, subscript, superscript."""
    places = problem.structure.places if isinstance(problem, FormulaProblem) else {}
    notation = problem.display.notation
    shown = place_symbol(places[name], notation) if name in places else symbol(name, notation)
    return [shown.letters, shown.subscript, shown.superscript]


def spoken(terms: Terms, names: Iterable[str]) -> dict[str, str]:
    """How quantities are called in plain text, by their ids."""
    printer = PlainPrinter(slot=_no_slot)
    return {name: printer.tree(terms.inline(name)) for name in dict.fromkeys(names)}


def _no_slot(slot: Slot) -> str:
    raise AssertionError(f"a symbol with a slot: {slot}")


def lights(problem: AnyProblem) -> dict[str, list[str]]:
    """Which shapes of the network's picture a name is about: units by theirs, edges by their weights'."""
    if isinstance(problem, FormulaProblem):
        return {}
    found = {name: [name] for name in problem.inputs}
    for layer in problem.layers:
        for unit in layer.units:
            found |= {f"{kind}_{unit}": [unit] for kind in ("net", "out", "delta", "E", "t")}
    for name in parameter_ids(problem.structure):
        found |= {each: [name] for each in (name, f"{name}_new", f"step_{name}")}
    return found
