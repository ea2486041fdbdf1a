"""The chain rule over a chain of formulas: local derivatives, then sums over paths from the objective back.

Reverse accumulation (Linnainmaa, 1970): the work grows with the number of edges, never with the number of paths.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from derive.formula.expression import Call, Const, Expression, Neg, Product, Quotient, Ref, Sum, parts, references
from derive.formula.functions import FUNCTIONS
from derive.given.formula_problem import FormulaStructure
from derive.network.derivation import Derivation, check_derivation
from derive.network.from_sympy import from_sympy
from derive.network.graph import Quantity
from derive.network.to_sympy import opaque, to_sympy


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
    quantities = [Quantity(name, "definition", formula) for name, formula in structure.definitions]
    formulas = dict(structure.definitions)
    for name in structure.traced():
        paths: list[Expression] = []
        for consumer in structure.consumers(name):
            edge = structure.edge_id(name, consumer)
            slope = local_derivative(consumer, formulas[consumer], name)
            if edge == f"d{structure.objective}/d{name}":
                quantities.append(Quantity(edge, "direct_derivative", slope))
                continue
            quantities.append(Quantity(edge, "local_derivative", slope))
            direct = consumer == structure.objective
            paths.append(Ref(edge) if direct else Product((Ref(f"d{structure.objective}/d{consumer}"), Ref(edge))))
        if paths:
            rule = "chain_rule" if len(paths) == 1 else "sum_over_paths"
            whole = paths[0] if len(paths) == 1 else Sum(tuple(paths))
            quantities.append(Quantity(f"d{structure.objective}/d{name}", rule, whole))
        elif not structure.consumers(name):
            quantities.append(Quantity(f"d{structure.objective}/d{name}", "no_path", Const(Fraction(0))))
    for name in structure.updated:
        step = Product((Ref("eta"), Ref(f"d{structure.objective}/d{name}")))
        quantities.append(Quantity(f"step_{name}", "update_step", Neg(step)))
        quantities.append(Quantity(f"{name}_new", "update", Sum((Ref(name), Neg(step)))))
    derivation = Derivation(
        givens=(*structure.givens, *(("eta",) if structure.updated else ())),
        quantities=tuple(quantities),
        trained=structure.updated,
        objective=structure.objective,
        wrt=structure.wrt,
    )
    check_derivation(derivation)
    return derivation


def local_derivative(name: str, formula: Expression, by: str) -> Expression:
    """The derivative of one definition by one name in it, all others held, in terms of named values.

    Parameters
    ----------
    name : str
        What the definition defines; where that is shorter, the derivative is in terms of it.
    formula : Expression
    by : str
    """
    used = dict.fromkeys(references(formula))
    symbols = {each: sympy.Symbol(each, real=True) for each in (*used, name)}
    whole = to_sympy(formula, symbols, calls=opaque)
    slope = sympy.diff(whole, symbols[by])
    own = formula
    while isinstance(own, Neg):
        own = own.operand
    if isinstance(own, Call) and FUNCTIONS[own.function].in_own_value:
        value = symbols[name] if own is formula else -symbols[name]
        slope = slope.subs(to_sympy(own, symbols, calls=opaque), value)
    if slope.is_Add and not whole.is_Add:
        slope = _shortest(slope)
    return from_sympy(slope, {symbol: each for each, symbol in symbols.items()}, decimals=_has_decimals(formula))


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
