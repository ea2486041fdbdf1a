"""The derivative of any formula by a name in it, as SymPy derives it, in textbook form."""

from __future__ import annotations

from typing import Any

import sympy

from derive.formula.expression import Call, Expression, references
from derive.formula.functions import FUNCTIONS
from derive.network.from_sympy import from_sympy
from derive.network.local_slopes import has_decimals, without_signs
from derive.network.to_sympy import opaque, to_sympy


def derived_by_sympy(name: str, formula: Expression, by: str) -> Expression:
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
    sign, own = without_signs(formula)
    if isinstance(own, Call) and FUNCTIONS[own.function].in_own_value:
        slope = slope.subs(to_sympy(own, symbols, calls=opaque), sign * symbols[name])
    if slope.is_Add and not whole.is_Add:
        slope = _shortest(slope)
    return from_sympy(slope, {symbol: each for each, symbol in symbols.items()}, decimals=has_decimals(formula))


def _shortest(slope: Any) -> Any:
    """A product rule's sum or its factored form, whichever is shorter."""
    factored = sympy.factor_terms(slope)
    return factored if sympy.count_ops(factored) < sympy.count_ops(slope) else slope
