"""Own architectures by independent routes: NumPy on the arrays as typed, complex step, and update rules by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from derive.given.formula_problem import FormulaProblem
from derive.given.program.model import Program
from derive.given.program.places import Place
from derive.network.derivation import Derivation
from derive.network.graph import Quantity
from derive.numeric import programs
from derive.numeric.formulas import Slope
from derive.numeric.updating import RULES, UNGRADED

#: Derivatives that are worked by complex step; of more, those of what is trained.
_MOST_STEPS = 400


@dataclass(kw_only=True)
class Twin:
    """What NumPy finds for a round of a problem, and how far each derivative may be off.

    Attributes
    ----------
    values, stepped : mapping of str to float or None
        By array operations, and by complex step; None at a kink.
    off : mapping of str to float
        How far a figure may be off by itself.
    moved : mapping of str to (float, float)
        Parameters after the round, and how far they may be off.
    once : bool
        Whether the derivatives are those of one step each, which prove what agrees with them and refute nothing.
    """

    values: dict[str, float | None] = field(default_factory=dict)
    stepped: dict[str, float | None] = field(default_factory=dict)
    off: dict[str, float] = field(default_factory=dict)
    moved: dict[str, tuple[float, float]] = field(default_factory=dict)
    once: bool = False


def twin_of(
    problem: FormulaProblem, derivation: Derivation, off: Callable[[Slope], float], *, twice: bool = False
) -> Twin:
    """The first round of a problem by NumPy alone.

    Parameters
    ----------
    problem : FormulaProblem
        With a program.
    derivation : Derivation
        Of its first round; only the names of its quantities are used, never a formula.
    off : callable
        How far a derivative by complex step may be off.
    twice : bool
        Whether each of many derivatives has its second step as well, as each of few has.
    """
    program = problem.program
    assert program is not None
    numbers = {name: float(number.value) for name, number in problem.numbers.items()}
    found = Twin()
    at = _at(problem, numbers)
    plain = programs.values(at, program)
    found.values |= plain
    _derivatives(problem, derivation, program, at, found, off, twice=twice)
    if problem.plan.rule.ahead and problem.structure.updated:
        places = problem.structure.places
        found.values |= {str(places[name].called(prefix="ahead_")): at[name] for name in problem.structure.updated}
    if problem.structure.updated:
        _update(problem, numbers, at, plain, found, 0)
        after = numbers | {name: value for name, (value, _) in found.moved.items()}
        after |= {name: value for name, value in _states(found).items() if name in numbers}
        again = programs.values(_at(problem, after), program)
        found.values |= {f"{name}@1": value for name, value in again.items()}
        plan = problem.plan
        if plan.turns > 1 and problem.objective:
            found.values["E_batch@1"] = _batch_error(problem, again, 2)
    return found


def _batch_error(problem: FormulaProblem, values: Mapping[str, float], turn: int) -> float:
    """The error of the samples on turn, from that of each."""
    parts = [values[str(Place(name=problem.objective, sample=sample))] for sample in problem.plan.on_turn(turn)]
    return math.fsum(parts) / (len(parts) if problem.plan.mean else 1)


def _states(found: Twin) -> dict[str, float]:
    new = {name: value for name, value in found.stepped.items() if "_new" in name and value is not None}
    return {name.replace("_new", ""): value for name, value in new.items()}


def _at(problem: FormulaProblem, numbers: Mapping[str, float]) -> dict[str, float]:
    """The numbers where the round is worked: of a rule that looks ahead, a part of the last step on."""
    if not problem.plan.rule.ahead:
        return dict(numbers)
    structure = problem.structure
    options = {name: numbers[key] for key, name in structure.options.items()}
    found = dict(numbers)
    for name in structure.updated:
        place = structure.places[name]
        states = {state: numbers[str(place.called(prefix=f"{state}_"))] for state, _ in problem.plan.rule.states}
        found[name] = programs.worked(problem.plan.rule.ahead, {"parameter": numbers[name], **options, **states})
    return found


def _derivatives(
    problem: FormulaProblem,
    derivation: Derivation,
    program: Program,
    at: Mapping[str, float],
    found: Twin,
    off: Callable[[Slope], float],
    *,
    twice: bool,
) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for quantity in derivation.quantities:
        if quantity.rule == "share":
            _share(problem, quantity, program, at, found, off)
        elif quantity.by and quantity.of in program.blocks:
            wanted.setdefault(quantity.of, {})[quantity.by] = quantity.id
    many = sum(map(len, wanted.values())) > _MOST_STEPS
    trained = frozenset(problem.structure.updated)
    for objective, names in wanted.items():
        chosen = [name for name in names if not many or name in trained]
        found.once = many and not twice
        for name, slope in programs.derivatives(at, program, objective, chosen, once=found.once).items():
            found.stepped[names[name]] = None if slope is None else slope.value
            if slope is not None:
                found.off[names[name]] = off(slope)


def _share(
    problem: FormulaProblem,
    quantity: Quantity,
    program: Program,
    at: Mapping[str, float],
    found: Twin,
    off: Callable[[Slope], float],
) -> None:
    """The part of a derivative that one step of time has; over the samples, what was found of each."""
    time = int(quantity.id.rpartition(":")[2].partition("#")[0])
    if quantity.by:
        slope = programs.share(at, program, quantity.of, quantity.by, time)
        found.stepped[quantity.id] = None if slope is None else slope.value
        if slope is not None:
            found.off[quantity.id] = off(slope)
    else:
        ids = [f"{quantity.id}#{sample}" for sample in range(1, problem.plan.samples + 1)]
        parts = [found.stepped.get(each) for each in ids]
        if None not in parts:
            total = math.fsum(part for part in parts if part is not None)
            found.stepped[quantity.id] = total / len(parts) if problem.plan.mean else total
            found.off[quantity.id] = sum(found.off.get(each, 0.0) for each in ids)


def _update(
    problem: FormulaProblem,
    numbers: Mapping[str, float],
    at: Mapping[str, float],
    plain: Mapping[str, float],
    found: Twin,
    number: int,
) -> None:
    plan, structure = problem.plan, problem.structure
    rate = numbers.get("eta", 0.0)
    if plan.schedule:
        rate = programs.worked(plan.schedule, {"k": float(number), "epoch": float(number // plan.turns)})
        found.values["eta"] = rate
    turn = number % plan.turns + 1
    if plan.turns > 1 and problem.objective:
        found.values["E_batch"] = _batch_error(problem, plain, turn)
    if problem.penalties:
        squares = math.fsum(at[name] ** 2 for name in plan.penalised)
        sizes = math.fsum(abs(at[name]) for name in plan.penalised)
        penalty = numbers.get("l2", 0.0) / 2.0 * squares + numbers.get("l1", 0.0) * sizes
        error = found.values["E_batch"] if plan.turns > 1 else plain[problem.objective]
        found.values |= {"penalty": penalty, "cost": (error or 0.0) + penalty}
    squares_of_gradient: list[float] = []
    for name in structure.updated:
        place = structure.places[name]
        if plan.rule.gradient:
            gradient, own = _gradient(problem, place, name, at, found, turn)
            if gradient is None:
                continue
            squares_of_gradient.append(gradient**2)
            new = _by_rule(problem, place, name, numbers, -gradient if plan.climb else gradient, rate, found, number)
        else:
            new, own = _by_hand(problem, name, numbers, plain, rate, turn), 0.0
        found.moved[name] = (new, own)
        after, step = str(place.called(suffix="_new")), str(place.called(prefix="step_"))
        found.stepped |= {after: new, step: new - numbers[name]}
        found.off[after] = 16.0 * abs(rate) * own + (1e-12 * abs(new) if plan.rule.states else 0.0)
        found.off[step] = found.off[after] + 4e-16 * (abs(new) + abs(numbers[name]))
    if plan.stop.startswith("norm_gradient") and len(squares_of_gradient) == len(structure.updated):
        length = math.sqrt(math.fsum(squares_of_gradient))
        found.stepped["norm_gradient"], found.off["norm_gradient"] = length, 1e-12 * length


def _gradient(
    problem: FormulaProblem, place: Place, name: str, at: Mapping[str, float], found: Twin, turn: int
) -> tuple[float | None, float]:
    """The gradient that the update uses, and how far it may be off."""
    plan, objective = problem.plan, problem.objective
    if plan.samples == 1 or plan.coupled:
        ids = [str(place.derivative(objective))]
    else:
        ids = [str(place.derivative(objective, sample=sample)) for sample in plan.on_turn(turn)]
    parts = [found.stepped.get(each) for each in ids]
    if any(part is None for part in parts):
        return None, 0.0
    total = math.fsum(part for part in parts if part is not None)
    own = sum(found.off.get(each, 0.0) for each in ids)
    if plan.mean and len(ids) > 1:
        total, own = total / len(ids), own / len(ids)
    if len(ids) > 1 or plan.samples > 1:
        base = objective if plan.turns == 1 else "E_batch"
        key = str(place.derivative(base))
        found.stepped[key], found.off[key] = total, own
    if name in plan.penalised:
        total += at.get("l2", 0.0) * at[name]
        total += at.get("l1", 0.0) * (math.copysign(1.0, at[name]) if at[name] else 0.0)
        key = str(place.derivative("cost"))
        found.stepped[key], found.off[key] = total, own
    return total, own


def _by_rule(
    problem: FormulaProblem,
    place: Place,
    name: str,
    numbers: Mapping[str, float],
    gradient: float,
    rate: float,
    found: Twin,
    number: int,
) -> float:
    rule, structure = problem.plan.rule, problem.structure
    options = {option: numbers[key] for key, option in structure.options.items()}
    state = {key: numbers[str(place.called(prefix=f"{key}_"))] for key, _ in rule.states}
    if rule.name in RULES:
        new = RULES[rule.name](numbers[name], gradient, rate, state, number, options)
    else:
        names = {"parameter": numbers[name], "g": gradient, "eta": rate, **options, **state}
        names |= {"k": float(number), "epoch": float(number // problem.plan.turns)}
        for key, text in rule.steps:
            names[key] = programs.worked(text, names)
        new, state = names["parameter"], {key: names[key] for key in state}
    for key, value in state.items():
        after = str(place.called(prefix=f"{key}_", suffix="_new"))
        found.stepped[after], found.off[after] = value, 1e-12 * abs(value)
    for key, moment, share in (("m_hat", "m", "beta1"), ("v_hat", "v", "beta2")):
        if key in dict(rule.steps) and rule.name in RULES:
            whole = state[moment] / (1.0 - options[share] ** (number + 1))
            corrected = str(place.called(prefix=f"{key}_"))
            found.stepped[corrected], found.off[corrected] = whole, 1e-12 * abs(whole)
    return new


def _by_hand(
    problem: FormulaProblem, name: str, numbers: Mapping[str, float], plain: Mapping[str, float], rate: float, turn: int
) -> float:
    plan = problem.plan
    on_turn = plan.on_turn(turn) if plan.samples > 1 else (None,)
    steps = []
    for use in plan.weighed:
        if use.parameter != name or use.sample not in on_turn:
            continue
        x = float(use.x) if use.x.lstrip("-").isdigit() else numbers[use.x]
        t = numbers[use.t] if use.t else plain[use.out]
        if plan.rule.name in UNGRADED:
            steps.append(UNGRADED[plan.rule.name](rate, x, t, plain[use.out], plain[use.net]))
        else:
            names = {
                "parameter": numbers[name],
                "eta": rate,
                "x": x,
                "t": t,
                "out": plain[use.out],
                "net": plain[use.net],
            }
            steps.append(programs.worked(dict(plan.rule.steps)["parameter"], names) - numbers[name])
    total = math.fsum(steps)
    return numbers[name] + (total / len(steps) if plan.mean and len(steps) > 1 else total)


def twin_objectives(problem: FormulaProblem, rounds: int) -> list[float]:
    """The objective before each of so many rounds and after the last, by NumPy alone; it ends early at a kink."""
    program = problem.program
    assert program is not None
    numbers = {name: float(number.value) for name, number in problem.numbers.items()}
    plan, structure = problem.plan, problem.structure
    objectives = [problem.objective] if plan.samples == 1 or plan.coupled else []
    curve: list[float] = []
    for number in range(rounds + 1):
        at, found = _at(problem, numbers), Twin()
        plain = programs.values(at, program)
        curve.append(plain[problem.objective])
        if number == rounds:
            break
        for sample in plan.on_turn(number % plan.turns + 1) if not objectives else (None,):
            objective = problem.objective if sample is None else str(Place(name=problem.objective, sample=sample))
            slopes = programs.derivatives(at, program, objective, structure.updated)
            for name, slope in slopes.items():
                key = str(structure.places[name].derivative(problem.objective, sample=sample))
                found.stepped[key] = None if slope is None else slope.value
        _update(problem, numbers, at, plain, found, number)
        if len(found.moved) < len(structure.updated):
            break
        numbers |= {name: value for name, (value, _) in found.moved.items()}
        numbers |= {name: value for name, value in _states(found).items() if name in numbers}
    return curve
