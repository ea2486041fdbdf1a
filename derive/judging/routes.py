"""The ways by which each quantity may be worked out from those before it: by all factors, by deltas, by steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from derive.formula.expression import Expression, Product, Ref, Sum, renamed
from derive.given.formula_problem import AnyProblem, FormulaProblem, FormulaStructure
from derive.given.naming import before_update
from derive.given.problem import Structure
from derive.network.backward import derive_structure
from derive.network.derivation import Derivation
from derive.network.deriving import derive_formulas
from derive.network.graph import Quantity
from derive.proof.crosscheck import derivations
from derive.proof.values import Proved


@dataclass(frozen=True, kw_only=True)
class Routes:
    """Derivations of one structure with the same ids, givens and values, and other formulas.

    Attributes
    ----------
    structure : Structure or FormulaStructure
    ways : tuple of Derivation
        The first is the one whose formulas use the nearest figures: a gradient is its delta times what the weight
        weighs, an updated weight is the old one plus its step. Figures may follow by any of them.
    turn : int
        Whose turn it is, where samples take turns.
    """

    structure: Structure | FormulaStructure
    ways: tuple[Derivation, ...]
    turn: int = 1

    @property
    def nearest(self) -> Derivation:
        """The first way."""
        return self.ways[0]

    def of_round(self, number: int) -> Derivation:
        """The first way of a round: where samples take turns, that of the sample whose turn it is."""
        turn = number % self.nearest.turns + 1
        return self.nearest if turn == self.turn else routes_of(self.structure, turn=turn).nearest


@lru_cache(maxsize=32)
def routes_of(structure: Structure | FormulaStructure, shares: bool = True, turn: int = 1) -> Routes:
    """All ways of working out a structure.

    Parameters
    ----------
    structure : Structure or FormulaStructure
    shares : bool
        Whether the targets of every sample sum to exactly 1; see `derive_structure`.
    turn : int
        Whose turn it is, where samples take turns.
    """
    if isinstance(structure, FormulaStructure):
        return Routes(structure=structure, ways=(derive_formulas(structure, turn),), turn=turn)
    chain = derive_structure(structure, products="chain", shares=shares, turn=turn)
    delta = derive_structure(structure, products="delta", shares=shares, turn=turn)
    return Routes(structure=structure, ways=(_nearest(chain), chain, delta, *_by_factors(chain)))


def routes_for(problems: Sequence[AnyProblem], turn: int = 1) -> Routes:
    """The routes that problems of one structure share.

    Parameters
    ----------
    problems : sequence of Problem or FormulaProblem
        One at least.
    turn : int
        Whose turn it is, where samples take turns.
    """
    shares = all(
        isinstance(problem, FormulaProblem)
        or all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
        for problem in problems
    )
    return routes_of(problems[0].structure, shares, turn)


def proved_by(problem: AnyProblem, routes: Routes) -> Proved:
    """The right figures of a problem; all students of a structure share its compiled code.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    routes : Routes
        Of its structure.
    """
    way = routes.ways[min(2, len(routes.ways) - 1)]  # by deltas: the fewest quantities
    # Rounded figures that are carried depend on the way; so do turns on whose it is.
    if way.turns > 1 or problem.display.carry == "rounded":
        return Proved(problem, derivations(problem))
    return Proved(problem, lambda turn: way)


def _nearest(chain: Derivation) -> Derivation:
    """The chain rule's derivation with gradients from deltas and updated weights from steps."""
    return replace(chain, quantities=tuple(_from_nearest(quantity, chain) for quantity in chain.quantities))


def _from_nearest(quantity: Quantity, chain: Derivation) -> Quantity:
    expression: Expression = quantity.expression
    match quantity.rule, expression:
        case (("weight_gradient" | "bias_gradient"), Product(factors)) if len(factors) == 3:
            slope = factors[1]
            assert isinstance(slope, Ref)
            net = slope.id.partition("/dnet_")[2]
            expression = Product((Ref(f"delta_{net}"), factors[2]))
        case "update", Sum((old, _)):
            expression = Sum((old, Ref(f"step_{before_update(quantity.id)}")))
    return replace(quantity, expression=expression)


def _by_factors(chain: Derivation) -> tuple[Derivation, ...]:
    """The chain rule's derivation with the factors of a delta wherever the delta stands; none where that is the same.

    Somebody may send back (o − t)·o·(1 − o)·w, worked anew, beside a delta that is written down.
    """
    deltas = {each.id: each.expression for each in chain.quantities if each.rule == "delta"}
    changed = tuple(
        each
        if each.id in deltas
        else replace(each, expression=renamed(each.expression, lambda name: deltas.get(name, Ref(name))))
        for each in chain.quantities
    )
    return () if changed == chain.quantities else (replace(chain, quantities=changed),)
