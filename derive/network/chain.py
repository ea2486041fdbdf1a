"""Derivatives of a chain of formulas: local ones, then sums over paths from the objective back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy

from derive.formula.expression import Call, Const, Expression, Neg, Quotient, Ref, parts, references, renamed
from derive.formula.functions import FUNCTIONS
from derive.given.formula_problem import FormulaStructure
from derive.network.derivation import Derivation, check_derivation
from derive.network.from_sympy import from_sympy
from derive.network.graph import Quantity
from derive.network.reverse import Edge, Total, consumers_of, worked_back
from derive.network.to_sympy import OPAQUE, opaque, to_sympy
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


def local_derivative(name: str, formula: Expression, by: str) -> Expression:
    """The derivative of one definition by one name in it, all others held, in terms of named values.

    Parameters
    ----------
    name : str
        What the definition defines; where that is shorter, the derivative is in terms of it.
    formula : Expression
    by : str
    """
    ids = list(dict.fromkeys((*references(formula), name)))
    stand_in = {each: f"n{place}" for place, each in enumerate(ids)}
    shape = renamed(formula, lambda each: Ref(stand_in[each]))
    return renamed(_by_shape(stand_in[name], shape, stand_in[by]), lambda each: Ref(ids[int(each[1:])]))


@lru_cache(maxsize=4096)
def _by_shape(name: str, formula: Expression, by: str) -> Expression:
    """The same for a formula whose names are n0, n1, ... in the order in which they stand: derived once for a shape."""
    used = dict.fromkeys(references(formula))
    symbols = {each: sympy.Symbol(each, real=True) for each in (*used, name)}
    whole = to_sympy(formula, symbols, calls=_call)
    slope = sympy.diff(whole, symbols[by])
    own = formula
    while isinstance(own, Neg):
        own = own.operand
    if isinstance(own, Call) and FUNCTIONS[own.function].in_own_value:
        value = symbols[name] if own is formula else -symbols[name]
        slope = slope.subs(to_sympy(own, symbols, calls=_call), value)
    if slope.is_Add and not whole.is_Add:
        slope = _shortest(slope)
    return from_sympy(slope, {symbol: each for each, symbol in symbols.items()}, decimals=_has_decimals(formula))


def _call(function: str, arguments: list[Any]) -> Any:
    """A function opaque to SymPy; one without slopes of its own by its definition."""
    definition = FUNCTIONS[function].definition
    if function in OPAQUE or definition is None:
        return opaque(function, arguments)
    names = [f"x{place}" for place in range(len(arguments))]
    symbols = dict(zip(names, arguments, strict=True))
    return to_sympy(definition(*map(Ref, names)), symbols, calls=_call)


def _shortest(slope: Any) -> Any:
    """A product rule's sum or its factored form, whichever is shorter."""
    factored = sympy.factor_terms(slope)
    return factored if sympy.count_ops(factored) < sympy.count_ops(slope) else slope


def _has_decimals(formula: Expression) -> bool:
    """Whether the author writes decimals, so that a derivative may as well: 0.3·a rather than 3a/10."""
    return any(
        (isinstance(part, Const) and part.value.denominator != 1)
        or (isinstance(part, Quotient) and isinstance(part.denominator, Const) and part.denominator.value == 10)
        for part in parts(formula)
    )
