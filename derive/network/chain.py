"""Derivatives of a chain of formulas: local ones, then sums over paths from the objective back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.formula.expression import Expression, Ref
from derive.given.formula_problem import FormulaStructure
from derive.network.derivation import Derivation, check_derivation
from derive.network.graph import Quantity
from derive.network.local_slopes import local_derivative
from derive.network.reverse import Edge, Total, consumers_of, worked_back
from derive.network.updates import updates


def derive_chain(structure: FormulaStructure) -> Derivation:
    """Derive everything a round needs, once for all numbers.

    Parameters
    ----------
    structure : FormulaStructure

    Returns
    -------
    Derivation
        The definitions; for each name that is traced its local derivatives, then the sum over its paths; then the
        updates.
    """
    forward = [Quantity(name, "definition", formula) for name, formula in structure.definitions]
    consumers = consumers_of(quantity for quantity in forward if quantity.id in structure.behind)
    back = worked_back(structure.traced(), consumers, _ByPaths(structure))
    derivation = Derivation(
        givens=(*structure.givens, *(("eta",) if structure.updated else ())),
        quantities=(*forward, *back, *updates(structure.updated, structure.objective)),
        trained=structure.updated,
        objective=structure.objective,
        wrt=structure.wrt,
    )
    check_derivation(derivation)
    return derivation


@dataclass(frozen=True, slots=True)
class _ByPaths:
    """Every local derivative has a line of its own; what comes back along each is added up."""

    structure: FormulaStructure

    def total(self, name: str, consumers: Sequence[Quantity]) -> Total:
        direct = [consumer.id for consumer in consumers] == [self.structure.objective]
        rules = {0: "no_path", 1: "direct_derivative" if direct else "chain_rule"}
        return Total(id=f"d{self.structure.objective}/d{name}", rule=rules.get(len(consumers), "sum_over_paths"))

    def edge(self, name: str, consumer: Quantity) -> Edge:
        slope = local_derivative(consumer.id, consumer.expression, name)
        return Edge(slope=slope, id=self.structure.edge_id(name, consumer.id), rule="local_derivative")

    def arriving(self, name: str, consumer: Quantity) -> tuple[Expression, ...]:
        objective = self.structure.objective
        return () if consumer.id == objective else (Ref(f"d{objective}/d{consumer.id}"),)
