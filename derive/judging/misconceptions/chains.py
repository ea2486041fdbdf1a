"""Wrong rules in a chain of formulas: at local derivatives, products of the chain rule, and sums over paths."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.formula.expression import Const, Expression, Neg, Product, Sum, product_of, references
from derive.given.formula_problem import FormulaStructure
from derive.judging.misconceptions.forms import SumForm, UpdateForm, WholeForm
from derive.judging.misconceptions.further import between_of
from derive.judging.misconceptions.places import Place
from derive.judging.misconceptions.rule import Changes, Rule, Rules, always
from derive.network.derivation import Derivation
from derive.network.graph import Quantity

#: The kind of each rule of a chain's derivation; a definition is the author's own, and has no usual wrong form.
KINDS = {
    "local_derivative": "local-derivative",
    "direct_derivative": "local-derivative",
    "chain_rule": "chain-rule",
    "sum_over_paths": "chain-sum",
    "update_step": "step",
    "update": "update",
}


def chain_form(
    quantity: Quantity, structure: FormulaStructure, derivation: Derivation
) -> SumForm | UpdateForm | WholeForm | None:
    """The parts of a step of a chain of formulas; None where it has none to change."""
    kind = KINDS.get(quantity.rule)
    if kind in ("step", "update"):
        return _update_form(quantity, structure, derivation)
    match kind, quantity.expression:
        case "chain-sum", Sum(terms):
            return SumForm(terms=terms)
        case (("chain-rule" | "local-derivative"), body):
            return WholeForm(body=body, between=between_of(quantity))
        case _:
            return None


def _update_form(quantity: Quantity, structure: FormulaStructure, derivation: Derivation) -> UpdateForm | None:
    """The parts of a step of plain descent; the lines of other rules have mistakes of their own."""
    plan = structure.plan
    if not plan.rule.plain or plan.climb:
        return None
    for name in structure.updated:
        place = structure.places[name]
        new, step = str(place.called(suffix="_new")), str(place.called(prefix="step_"))
        if quantity.id in (new, step):
            used = [each for each in references(derivation.by_id[step].expression) if each != "eta"]
            whole = quantity.id == new
            return UpdateForm(
                old=name, step=step if whole else "", gradient=used[0], joining="added" if whole else "alone"
            )
    return None


def _reversed(place: Place, form: WholeForm) -> Iterator[Changes]:
    if not (isinstance(form.body, Const) and form.body.value == 0):
        yield {"negative": True}


def _one_factor(place: Place, form: WholeForm) -> Iterator[Changes]:
    if isinstance(form.body, Product):
        factors = form.body.factors
        for left_out in range(len(factors)):
            rest = (*factors[:left_out], *factors[left_out + 1 :])
            yield {"body": product_of(rest)}


def _added(place: Place, form: WholeForm) -> Iterator[Changes]:
    if isinstance(form.body, Product):
        yield {"body": Sum(form.body.factors)}


def _one_path(place: Place, form: SumForm) -> Iterator[Changes]:
    for term in form.terms:
        yield {"terms": (term,)}


def _multiplied(place: Place, form: SumForm) -> Iterator[Changes]:
    yield {"terms": (Product(form.terms),)}


def _subtracted(place: Place, form: SumForm) -> Iterator[Changes]:
    yield {"terms": (form.terms[0], *map(Neg, form.terms[1:]))}


def _without_edges(place: Place, form: SumForm) -> Iterator[Changes]:
    """Each path without its local derivative, and each without what arrives from above."""
    for kept in (0, -1):
        terms: tuple[Expression, ...] = tuple(
            term.factors[kept] if isinstance(term, Product) else term for term in form.terms
        )
        if terms != form.terms:
            yield {"terms": terms}


RULES: Rules = (
    Rule(
        kinds=("chain-rule", "local-derivative"),
        id="sign",
        done="reversing the sign",
        instead="Keep the sign of the derivative.",
        variants=_reversed,
    ),
    Rule(
        kinds=("chain-rule",),
        id="one-factor",
        done="leaving out a factor of the chain rule",
        instead="Multiply what arrives from above by the local derivative.",
        variants=_one_factor,
    ),
    Rule(
        kinds=("chain-rule",),
        id="added-for-multiplied",
        done="adding the factors of the chain rule",
        instead="Multiply along a path; add only over different paths.",
        variants=_added,
    ),
    Rule(
        kinds=("chain-sum",),
        id="one-path",
        done="following one path only",
        instead="Add one term for each way by which this name enters.",
        variants=_one_path,
    ),
    Rule(
        kinds=("chain-sum",),
        id="one-factor",
        done="leaving out a factor on each path",
        instead="On each path multiply what arrives from above by the local derivative.",
        variants=_without_edges,
    ),
    Rule(
        kinds=("chain-sum",),
        id="subtracted",
        done="subtracting one path from another",
        instead="Add the terms of all paths, each with its own sign.",
        variants=_subtracted,
    ),
    Rule(
        kinds=("chain-sum",),
        id="sign",
        done="reversing the sign",
        instead="Add the terms of all paths, each with its own sign.",
        variants=always(negative=True),
    ),
    Rule(
        kinds=("chain-sum",),
        id="averaged",
        done="averaging the paths where they are added",
        instead="Add the terms of all paths, without dividing by their number.",
        variants=lambda place, form: [{"share": Fraction(1, len(form.terms))}],
    ),
    Rule(
        kinds=("chain-sum",),
        id="multiplied-for-added",
        done="multiplying the terms of different paths",
        instead="Multiply along a path; add over different paths.",
        variants=_multiplied,
    ),
)
