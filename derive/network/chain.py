"""The chain rule over a chain of formulas: local derivatives, then sums over paths from the objective back.

Reverse accumulation (Linnainmaa, 1970): the work grows with the number of edges, never with the number of paths.
"""

from __future__ import annotations

from fractions import Fraction

from derive.formula.expression import Const, Expression, Neg, Product, Ref, Sum
from derive.given.formula_problem import FormulaStructure
from derive.network.derivation import Derivation, check_derivation
from derive.network.graph import Quantity
from derive.network.local_slopes import local_derivative


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
