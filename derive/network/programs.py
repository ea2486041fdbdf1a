"""Everything a round of an own architecture needs: forward, back through any graph, and the update rule's formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.errors import UnsupportedError
from derive.formula.expression import ONE, Call, Const, Expression, Quotient, Ref, mean_of, references, renamed, sum_of
from derive.given.formula_problem import FormulaStructure
from derive.given.naming import QuantityId
from derive.given.program.places import Place
from derive.network.derivation import Derivation, check_derivation
from derive.network.graph import Quantity, needed_for
from derive.network.local_slopes import local_derivative
from derive.network.reverse import Edge, Total, consumers_of, worked_back
from derive.network.rules import ahead_of, count_updates, gradient_norm, ids_ahead, penalties, rule_updates
from derive.network.slopes import softmax_slope, with_names


def derive_program(structure: FormulaStructure, turn: int = 1) -> Derivation:
    """Derive everything a round needs, once for all numbers.

    Parameters
    ----------
    structure : FormulaStructure
        With a program.
    turn : int
        From 1: which of an epoch's updates the round makes.
    """
    plan = structure.plan
    forward = [
        Quantity(name, "definition", formula, sample=structure.places[name].sample)
        for name, formula in structure.definitions
    ]
    quantities: list[Quantity] = []
    gradients: dict[str, Expression] = {}
    if plan.rule.ahead and structure.updated:
        quantities += [ahead_of(structure, name) for name in structure.updated]
        forward = _moved(structure, forward)
    quantities += forward
    gradient_of = structure.objective
    if structure.objective and structure.wrt:
        back, gradient_of = _backward(structure, forward, turn)
        quantities += back
    quantities += _asked(structure, forward, {each.id for each in quantities})
    if structure.updated:
        added, gradients = _gradients(structure, gradient_of)
        quantities += added
        quantities += gradient_norm(structure, gradients)
        quantities += rule_updates(structure, gradients, turn)
        quantities += count_updates(structure, turn)
    derivation = Derivation(
        givens=_givens(structure),
        quantities=tuple(quantities),
        trained=(*structure.updated, *_kept(structure)),
        objective=structure.objective or (structure.definitions[-1][0] if structure.definitions else ""),
        wrt=structure.wrt,
        samples=plan.samples,
        turns=plan.turns,
        batch=plan.batch,
        states=frozenset(_kept(structure)),
        named_by_units=True,
    )
    check_derivation(derivation)
    return derivation


def _gradients(structure: FormulaStructure, objective: str) -> tuple[list[Quantity], dict[str, Expression]]:
    """What each parameter moves against, and what a penalty works for it."""
    names = structure.updated if structure.plan.rule.gradient else ()
    slopes: dict[str, Expression] = {name: Ref(str(structure.places[name].derivative(objective))) for name in names}
    return penalties(structure, slopes, objective)


def updates_as_if(structure: FormulaStructure, turn: int, line: str, text: str) -> dict[str, Expression]:
    """The formulas of an update, by id, where one line of its rule is another.

    Parameters
    ----------
    structure : FormulaStructure
    turn : int
    line, text : str
        A name that the rule sets, or ``ahead``; and its formula.
    """
    plan = structure.plan
    if line == "ahead":
        other = replace(structure, plan=replace(plan, rule=replace(plan.rule, ahead=text)))
        return {each.id: each.expression for each in (ahead_of(other, name) for name in structure.updated)}
    steps = tuple((name, text if name == line else own) for name, own in plan.rule.steps)
    other = replace(structure, plan=replace(plan, rule=replace(plan.rule, steps=steps)))
    _, gradients = _gradients(structure, _differentiated(structure))
    found = rule_updates(other, gradients, turn)
    # A step that is the difference of two values is right whatever these are.
    return {each.id: each.expression for each in found if each.rule != "update_step" or each.sample is not None}


def _differentiated(structure: FormulaStructure) -> str:
    """What the gradient is one of: the objective, or the error of the samples on turn."""
    plan = structure.plan
    return structure.objective if plan.samples == 1 or plan.coupled or plan.turns == 1 else "E_batch"


def _kept(structure: FormulaStructure) -> tuple[str, ...]:
    """What is replaced every round beside the parameters."""
    if not structure.updated:
        return ()
    return (*structure.states, *(("k", "epoch") if structure.plan.needs_count else ()))


def _givens(structure: FormulaStructure) -> tuple[str, ...]:
    plan = structure.plan
    found = [*structure.givens]
    if structure.updated:
        found += [] if plan.schedule else ["eta"]
        found += [name for name, there in (("l1", plan.l1), ("l2", plan.l2)) if there]
        found += [*structure.options, *_kept(structure)]
    return tuple(found)


def _backward(structure: FormulaStructure, forward: Sequence[Quantity], turn: int) -> tuple[list[Quantity], str]:
    """The derivatives of the objective, and what the gradient is one of."""
    plan, objective = structure.plan, structure.objective
    if plan.samples == 1 or plan.coupled:
        return list(_by(structure, forward, objective, None, structure.wrt)), objective
    found: list[Quantity] = []
    for sample in range(1, plan.samples + 1):
        found += _by(structure, forward, str(Place(name=objective, sample=sample)), sample, structure.wrt)
    on_turn = plan.on_turn(turn)
    together = mean_of if plan.mean else sum_of
    base = _differentiated(structure)
    if plan.turns > 1:
        errors = [Ref(str(Place(name=objective, sample=sample))) for sample in on_turn]
        found.append(Quantity(base, "batch_error", together(errors)))
    for name in structure.wrt:
        place = structure.places[name]
        if place.sample is not None:
            continue
        shares = [Ref(str(place.derivative(objective, sample=sample))) for sample in on_turn]
        whole = together(shares)
        found.append(Quantity(str(place.derivative(base)), "batch_gradient", whole, of=base, by=name))
    return found, base


def _by(
    structure: FormulaStructure,
    forward: Sequence[Quantity],
    objective: str,
    sample: int | None,
    wrt: Iterable[str],
    known: frozenset[str] = frozenset(),
) -> Iterator[Quantity]:
    """The derivatives of one objective by names, and by all that lie between them and it."""
    wanted = set(wrt)
    back = PassBack(structure, forward, objective, sample)
    ahead = {*wanted, *back.moved.values()}
    for quantity in forward:
        if ahead.intersection(references(quantity.expression)):
            ahead.add(quantity.id)
    on_the_way = (back.behind & ahead) | {name for name in wanted if structure.places[name].sample in (None, sample)}
    names = [
        name
        for name in (*(each.id for each in reversed(forward)), *structure.givens)
        if name in on_the_way and name != objective and (name not in back.manner.plain or name in wanted)
    ]
    by = {back.manner.id(name): name for name in names}
    wanted_ones = (name for name in names if back.manner.id(name) not in known)
    for quantity in worked_back(wanted_ones, back.consumers, back.manner):
        yield replace(quantity, of=objective, by=by.get(quantity.id, ""), sample=sample)


class PassBack:
    """The pass back from one objective.

    Parameters
    ----------
    structure : FormulaStructure
    forward : sequence of Quantity
    objective : str
    sample : int or None
        The sample that it belongs to.
    """

    def __init__(
        self, structure: FormulaStructure, forward: Sequence[Quantity], objective: str, sample: int | None
    ) -> None:
        self.forward = {quantity.id: quantity for quantity in forward}
        self.behind = needed_for((objective,), forward)
        self.moved = ids_ahead(structure)
        consumers = consumers_of(quantity for quantity in forward if quantity.id in self.behind)
        consumers |= {name: consumers.get(other, []) for name, other in self.moved.items()}
        self.consumers = consumers
        plain = _constants(forward, objective, consumers)
        self.manner = _Inline(structure.places, objective, sample, self.moved, plain, _shares(forward))

    def as_if(self, name: str, formulas: Mapping[str, Expression]) -> Expression:
        """The derivative by a name where the local slopes of some quantities are those of other formulas.

        Parameters
        ----------
        name : str
        formulas : mapping of str to Expression
            The other formulas, by the ids of the quantities.
        """
        by = self.moved.get(name, name)
        found = [quantity for quantity in self.consumers.get(name, ()) if quantity.id not in formulas]
        found += [
            replace(self.forward[each], expression=formula)
            for each, formula in formulas.items()
            if each in self.behind and by in references(formula)
        ]
        *_, last = worked_back((name,), {name: found}, self.manner)
        return last.expression


def _constants(
    forward: Sequence[Quantity], objective: str, consumers: Mapping[str, Sequence[Quantity]]
) -> dict[str, Expression]:
    """Parts of the objective whose share in it is a plain number, as the errors that it is the sum of."""
    found: dict[str, Expression] = {}
    for quantity in forward:
        users = consumers.get(quantity.id, ())
        if [user.id for user in users] == [objective]:
            slope = local_derivative(objective, users[0].expression, quantity.id)
            if isinstance(slope, Const | Quotient) and not [*references(slope)]:
                found[quantity.id] = slope
    return found


def _shares(forward: Sequence[Quantity]) -> dict[tuple[Expression, ...], str]:
    """The ids of softmax shares by their arguments."""
    calls = ((quantity.id, quantity.expression) for quantity in forward)
    return {call.arguments: name for name, call in calls if isinstance(call, Call) and call.function == "softmax"}


@dataclass(frozen=True)
class _Inline:
    """One line for each derivative: what comes back from every formula that uses the name, times its local slope."""

    places: Mapping[str, Place]
    objective: str
    sample: int | None
    moved: Mapping[str, str]
    plain: Mapping[str, Expression]
    shares: Mapping[tuple[Expression, ...], str]
    known: dict[str, str] = field(default_factory=dict, kw_only=True)

    def id(self, name: str) -> str:
        """The id of the objective's derivative by a name; by a net input it is the unit's delta."""
        if name not in self.known:
            self.known[name] = self._id(name)
        return self.known[name]

    def _id(self, name: str) -> str:
        of = self.places[self.objective].name
        place = self.places[name]
        if of == "E_total" and place.name.startswith("net_"):
            return str(replace(place.of_sample(self.sample), name="delta_" + place.name.removeprefix("net_")))
        return str(self._derivative(place))

    def _derivative(self, place: Place) -> Place:
        upper = self.places[self.objective]
        head = replace(upper, sample=None)
        return place.derivative(str(head), sample=self.sample)

    def total(self, name: str, consumers: Sequence[Quantity]) -> Total:
        direct = len(consumers) == 1 and not self.arriving(name, consumers[0])
        rules = {0: "no_path", 1: "direct_derivative" if direct else "chain_rule"}
        return Total(id=self.id(name), rule=rules.get(len(consumers), "sum_over_paths"))

    def edge(self, name: str, consumer: Quantity) -> Edge:
        formula, by = consumer.expression, self.moved.get(name, name)
        if isinstance(formula, Call) and formula.function == "softmax":
            other = self.shares.get((Ref(by), *formula.arguments[1:]))
            if other is not None:
                same = formula.arguments[0] == Ref(by)
                return Edge(slope=with_names(softmax_slope(same), out=consumer.id, other=other))
        return Edge(slope=local_derivative(consumer.id, formula, by))

    def arriving(self, name: str, consumer: Quantity) -> tuple[Expression, ...]:
        if consumer.id in self.plain:
            share = self.plain[consumer.id]
            return () if share == ONE else (share,)
        return () if consumer.id == self.objective else (Ref(self.id(consumer.id)),)


def _asked(structure: FormulaStructure, forward: Sequence[Quantity], known: set[str]) -> list[Quantity]:
    """The derivatives that are asked for beside those of the objective."""
    found: list[Quantity] = []
    for asked in structure.ask:
        if asked in known:
            continue
        upper, lower, time = taken_apart(structure, asked)
        quantities = [*_derivatives_asked(structure, forward, upper, lower, time)]
        for quantity in quantities:
            if quantity.id not in known:
                known.add(quantity.id)
                found.append(quantity)
    return found


def _derivatives_asked(
    structure: FormulaStructure, forward: Sequence[Quantity], upper: str, lower: str, time: int | None
) -> Iterator[Quantity]:
    """One derivative, or the share in it of one step of time, with all that leads there."""
    plan, place = structure.plan, structure.places[lower]
    several = time is not None and upper == structure.objective and plan.samples > 1 and not plan.coupled
    uppers = [str(Place(name=upper, sample=sample)) for sample in range(1, plan.samples + 1)] if several else [upper]
    shares: list[Ref] = []
    for each in uppers:
        sample = structure.places[each].sample
        yield from _by(structure, forward, each, sample, (lower,))
        if time is not None:
            share = _share_of_step(structure, forward, each, lower, time)
            shares.append(Ref(share.id))
            yield share
    if several:
        whole = str(replace(place, time=time).derivative(upper))
        yield Quantity(whole, "share", (mean_of if plan.mean else sum_of)(shares), of=upper)


def _share_of_step(
    structure: FormulaStructure, forward: Sequence[Quantity], upper: str, lower: str, time: int
) -> Quantity:
    """What the uses of a parameter at one step of time add to its derivative."""
    behind = needed_for((upper,), forward)
    moved = ids_ahead(structure)
    consumers = consumers_of(quantity for quantity in forward if quantity.id in behind)
    used = [each for each in consumers.get(moved.get(lower, lower), ()) if structure.places[each.id].time == time]
    plain = _constants(forward, upper, consumers)
    sample = structure.places[upper].sample
    manner = _OfStep(structure.places, upper, sample, moved, plain, _shares(forward), time)
    *_, share = worked_back((lower,), {lower: used}, manner)
    return replace(share, rule="share", of=upper, by=lower, sample=sample)


@dataclass(frozen=True)
class _OfStep(_Inline):
    """The same for one step of time."""

    time: int

    def total(self, name: str, consumers: Sequence[Quantity]) -> Total:
        return Total(id=str(self._derivative(replace(self.places[name], time=self.time))), rule="share")


def taken_apart(structure: FormulaStructure, asked: str) -> tuple[str, str, int | None]:
    """The two names of a derivative such as ``dy/da``, and the step of time whose share in it is meant.

    Raises
    ------
    UnsupportedError
        If it is none of two names of the problem, the first of which depends on the second.
    """
    parsed = QuantityId.parse(asked.partition("@")[0], aliases=False)
    base, sample = (asked, None) if parsed is None else (parsed.base, parsed.sample)
    upper, _, lower = base.partition("/")
    first = _named(structure, upper, sample)
    second = _named(structure, lower, sample)
    time: int | None = None
    if second is None and (found := re.fullmatch(r"(.+):(\d+)", lower)):
        second, time = _named(structure, found[1], sample), int(found[2])
        users = [name for name, used in structure.uses.items() if second in used]
        if time not in {structure.places[name].time for name in users}:
            raise UnsupportedError(f"{asked!r}: {found[1].removeprefix('d')} is not used at a step {time} of time")
    if first is None or second is None or not upper.startswith("d") or not lower.startswith("d"):
        raise UnsupportedError(f"{asked!r} is no derivative of a name by a name before it")
    return first, second, time


def _named(structure: FormulaStructure, part: str, sample: int | None) -> str | None:
    name = part.removeprefix("d")
    for each in (name, f"out_{name}"):
        for found in dict.fromkeys((str(QuantityId(base=each, sample=sample)), each)):
            if found in structure.places:
                return found
    return None


def _moved(structure: FormulaStructure, forward: Sequence[Quantity]) -> list[Quantity]:
    """The forward pass at the point ahead."""
    ahead = ids_ahead(structure)
    return [
        replace(quantity, expression=renamed(quantity.expression, lambda name: Ref(ahead.get(name, name))))
        for quantity in forward
    ]
