"""The derivative of any formula by a name in it, as SymPy derives it, in textbook form."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy

from derive.formula.expression import Call, Expression, Ref, references, renamed
from derive.formula.functions import FUNCTIONS
from derive.network.from_sympy import from_sympy
from derive.network.local_slopes import has_decimals, without_signs
from derive.network.to_sympy import OPAQUE, opaque, to_sympy


def derived_by_sympy(name: str, formula: Expression, by: str) -> Expression:
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
    sign, own = without_signs(formula)
    if isinstance(own, Call) and FUNCTIONS[own.function].in_own_value:
        slope = slope.subs(to_sympy(own, symbols, calls=_call), sign * symbols[name])
    if slope.is_Add and not whole.is_Add:
        slope = _shortest(slope)
    return from_sympy(slope, {symbol: each for each, symbol in symbols.items()}, decimals=has_decimals(formula))


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
