"""Update rules from their texts: a formula for every state and every parameter, for each round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from derive.formula.expression import (
    ONE,
    Call,
    Const,
    Expression,
    Neg,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    mapped,
    mean_of,
    product_of,
    sum_of,
)
from derive.given.formula_problem import FormulaStructure
from derive.network.graph import Quantity
from derive.network.updates import updates

_ZERO = Const(Fraction(0))


def _read(text: str, names: Mapping[str, Expression], earlier: Mapping[str, Expression] | None = None) -> Expression:
    from derive.given.program.rule_formulas import rule_formula  # it keeps formulas in NumPy's arrays

    return rule_formula(text, names, earlier or {})


def _shared(structure: FormulaStructure) -> dict[str, Expression]:
    """The names that mean the same for every parameter."""
    options = {name: Ref(option) for option, name in structure.options.items()}
    return {"eta": Ref("eta"), "k": Ref("k"), "epoch": Ref("epoch"), **options}


def ahead_of(structure: FormulaStructure, name: str) -> Quantity:
    """Where the gradient by a parameter is taken."""
    place = structure.places[name]
    states = {state: Ref(str(place.called(prefix=f"{state}_"))) for state, _ in structure.plan.rule.states}
    formula = _read(structure.plan.rule.ahead, {**_shared(structure), **states, "parameter": Ref(name)})
    return Quantity(str(place.called(prefix="ahead_")), "ahead", formula)


def ids_ahead(structure: FormulaStructure) -> dict[str, str]:
    """Of each parameter the point where its gradient is taken, for a rule that looks ahead."""
    if not structure.plan.rule.ahead:
        return {}
    return {name: str(structure.places[name].called(prefix="ahead_")) for name in structure.updated}


def rule_updates(structure: FormulaStructure, gradients: Mapping[str, Expression], turn: int) -> Iterator[Quantity]:
    """The formulas of an update: states, then each parameter and its step."""
    plan = structure.plan
    if plan.schedule:
        yield Quantity("eta", "rate", _read(plan.schedule, {"k": Ref("k"), "epoch": Ref("epoch")}))
    if plan.rule.plain and not plan.climb:
        for name in structure.updated:
            yield from updates((name,), gradients[name], place=structure.places[name])
        return
    for name in structure.updated:
        if plan.rule.gradient:
            gradient = Neg(gradients[name]) if plan.climb else gradients[name]
            yield from _by_gradient(structure, name, gradient)
        else:
            yield from _by_what_it_weighs(structure, name, turn)


def _by_gradient(structure: FormulaStructure, name: str, gradient: Expression) -> Iterator[Quantity]:
    place = structure.places[name]
    states = dict(structure.plan.rule.states)
    names = {**_shared(structure), "parameter": Ref(name), "g": gradient}
    earlier: dict[str, Expression] = {state: Ref(str(place.called(prefix=f"{state}_"))) for state in states}
    names |= earlier
    for key, text in structure.plan.rule.steps:
        formula = _signed(_read(text, names, earlier))
        if key == "parameter":
            new = place.called(suffix="_new")
        else:
            new = place.called(prefix=f"{key}_", suffix="_new" if key in states else "")
        yield Quantity(str(new), "update" if key == "parameter" else "state", formula)
        names[key] = Ref(str(new))
    step = Sum((Ref(str(place.called(suffix="_new"))), Neg(Ref(name))))
    yield Quantity(str(place.called(prefix="step_")), "update_step", step)


def _by_what_it_weighs(structure: FormulaStructure, name: str, turn: int) -> Iterator[Quantity]:
    """A rule without gradient: one step for each sample on turn."""
    plan, place = structure.plan, structure.places[name]
    on_turn = plan.on_turn(turn) if plan.samples > 1 else (None,)
    uses = [each for each in plan.weighed if each.parameter == name and each.sample in on_turn]
    text = dict(plan.rule.steps)["parameter"]
    new, step = str(place.called(suffix="_new")), str(place.called(prefix="step_"))
    found: list[Expression] = []
    for use in uses:
        number = Const(Fraction(use.x)) if use.x.lstrip("-").isdigit() else Ref(use.x)
        names = {**_shared(structure), "x": number, "t": Ref(use.t), "out": Ref(use.out), "net": Ref(use.net)}
        if len(uses) == 1:
            yield Quantity(new, "update", _signed(_read(text, {**names, "parameter": Ref(name)})))
            break
        formula = _signed(_without_zero(_read(text, {**names, "parameter": _ZERO})))
        own = str(place.called(prefix="step_").of_sample(use.sample))
        yield Quantity(own, "update_step", formula, sample=use.sample)
        found.append(Ref(own))
    else:
        yield Quantity(new, "update", Sum((Ref(name), mean_of(found) if plan.mean else sum_of(found))))
    yield Quantity(step, "update_step", Sum((Ref(new), Neg(Ref(name)))))


def _signed(formula: Expression) -> Expression:
    """A formula in which a factor of 1 is left out and one of −1 is a sign."""

    def change(part: Expression) -> Expression:
        if isinstance(part, Product) and Const(Fraction(-1)) in part.factors:
            rest = tuple(factor for factor in part.factors if factor != Const(Fraction(-1)))
            return Neg(product_of(rest))
        return part

    return mapped(formula, change)


def _without_zero(formula: Expression) -> Expression:
    if not isinstance(formula, Sum):
        return formula
    return sum_of([term for term in formula.terms if term != _ZERO])


def gradient_norm(structure: FormulaStructure, gradients: Mapping[str, Expression]) -> Iterator[Quantity]:
    """The length of the gradient, where the training stops by it."""
    if structure.plan.stop.startswith("norm_gradient") and gradients:
        yield Quantity("norm_gradient", "norm", Call("sqrt", (sum_of([Power(g, 2) for g in gradients.values()]),)))


def count_updates(structure: FormulaStructure, turn: int) -> Iterator[Quantity]:
    """The number of updates and of epochs, where a formula hangs on them."""
    if not structure.plan.needs_count:
        return
    yield Quantity("k_new", "count", Sum((Ref("k"), ONE)))
    last = turn == structure.plan.turns
    yield Quantity("epoch_new", "count", Sum((Ref("epoch"), ONE)) if last else Ref("epoch"))


def penalties(
    structure: FormulaStructure, gradients: Mapping[str, Expression], objective: str
) -> tuple[list[Quantity], dict[str, Expression]]:
    """The penalty, the cost, and what the gradient becomes by them."""
    plan = structure.plan
    found = dict(gradients)
    if not (plan.l1 or plan.l2):
        return [], found
    where = ids_ahead(structure)
    names = [Ref(where.get(name, name)) for name in plan.penalised]
    terms: list[Expression] = []
    if plan.l2:
        squares = sum_of([Power(name, 2) for name in names])
        terms.append(Product((Quotient(Ref("l2"), Const(Fraction(2))), squares)))
    if plan.l1:
        sizes = sum_of([Call("abs", (name,)) for name in names])
        terms.append(Product((Ref("l1"), sizes)))
    quantities = [
        Quantity("penalty", "penalty", sum_of(terms)),
        Quantity("cost", "cost", Sum((Ref(objective), Ref("penalty")))),
    ]
    for name in plan.penalised:
        if name not in found:
            continue
        more: list[Expression] = []
        if plan.l2:
            more.append(Product((Ref("l2"), Ref(where.get(name, name)))))
        if plan.l1:
            more.append(Product((Ref("l1"), Call("sign", (Ref(where.get(name, name)),)))))
        place = structure.places[name].derivative("cost")
        quantities.append(Quantity(str(place), "cost_gradient", Sum((found[name], *more)), of="cost", by=name))
        found[name] = Ref(str(place))
    return quantities, found
