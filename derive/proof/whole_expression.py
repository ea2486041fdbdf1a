"""The plainest proof: the whole error as one SymPy expression of the givens, differentiated as a whole.

No staged product, no sum over paths and no slope of ours is in it; SymPy's own `diff` takes one long expression. It is
never simplified: with numbers put in, it has to give the figure that the chain rule gave.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import sympy

from derive.arithmetic.exact import BALLS, PRECISIONS, UndecidedError, as_ball, as_float, exact, precision
from derive.errors import UnknownQuantityError
from derive.formula.expression import references
from derive.given.naming import with_sample
from derive.network.derivation import Derivation
from derive.network.from_sympy import NAMED
from derive.network.to_sympy import to_sympy

#: More parameters than these make an expression that takes SymPy seconds.
MOST_PARAMETERS = 40
#: So does a longer one, counted in names for each parameter, every copy of a named value with all that it stands for.
_LONGEST = 7_000
#: What SymPy's own functions are called here; the square of a root of its own becomes a size.
_NAMES = {**NAMED, sympy.Abs: "abs", sympy.sign: "sign"}
_WIDEST = 2.0**-60  # of a ball beside its middle: more than a float can tell


def sympy_expression(derivation: Derivation, quantity: str, *, expanded: bool = False) -> Any:
    """A quantity as a SymPy expression.

    Parameters
    ----------
    derivation : Derivation
    quantity : str
        Its canonical id, of the first round.
    expanded : bool
        Whether it is in terms of the givens alone, not of named values.

    Raises
    ------
    UnknownQuantityError
    """
    if quantity in derivation.givens:
        return _symbol(quantity)
    if quantity not in derivation.by_id:
        raise UnknownQuantityError(f"{quantity!r} is no quantity of the first round, which alone has an expression")
    if not expanded:
        names = {name: _symbol(name) for name in derivation.ids}
        return to_sympy(derivation.by_id[quantity].expression, names)
    return _expanded(derivation, [quantity])[quantity]


def whole_gradient(derivation: Derivation, givens: Mapping[str, Any]) -> dict[str, float | None]:
    """∂objective/∂given for every given that is trained or asked for, by SymPy's derivative of the whole expression.

    Parameters
    ----------
    derivation : Derivation
    givens : mapping of str to number
        Exact.

    Returns
    -------
    dict of str to float or None
        By id, of each sample and of the batch; None where the value hangs on a branch that no precision settles.
        Empty where there are more than `MOST_PARAMETERS`, or the expression would be very long.
    """
    parameters = [name for name in derivation.wrt or derivation.trained if name in derivation.givens]
    samples = (None, *(range(1, derivation.samples + 1) if derivation.samples > 1 else ()))
    objectives = {
        name: sample for sample in samples if (name := with_sample(derivation.objective, sample)) in derivation.by_id
    }
    if len(parameters) > MOST_PARAMETERS or len(parameters) * _length(derivation, list(objectives)) > _LONGEST:
        return {}
    found: dict[str, float | None] = {}
    for objective, whole in _expanded(derivation, list(objectives)).items():
        for name in parameters:
            key = with_sample(f"d{derivation.objective}/d{name}", objectives[objective])
            if key in derivation.by_id:
                found[key] = _worked(sympy.diff(whole, _symbol(name)), givens)
    return found


def _length(derivation: Derivation, wanted: list[str]) -> int:
    """How many names the expressions of these quantities hold in terms of the givens."""
    lengths = dict.fromkeys(derivation.givens, 1)
    for quantity in derivation.quantities:
        lengths[quantity.id] = sum(lengths[name] for name in references(quantity.expression))
    return sum(lengths[name] for name in wanted)


def _symbol(name: str) -> Any:
    return sympy.Symbol(name, real=True)


def _expanded(derivation: Derivation, wanted: list[str]) -> dict[str, Any]:
    """These quantities in terms of the givens, each formula put into those that use it."""
    known: dict[str, Any] = {name: _symbol(name) for name in derivation.givens}
    for quantity in derivation.quantities:
        known[quantity.id] = to_sympy(quantity.expression, known)
        if all(name in known for name in wanted):
            break
    return {name: known[name] for name in wanted}


def _worked(expression: Any, givens: Mapping[str, Any]) -> float | None:
    """The float64 nearest to an expression at these numbers; None where it cannot be known."""
    for bits in PRECISIONS:
        with precision(bits):
            try:
                value = _value(expression, givens)
            except UndecidedError:
                continue
            ball = as_ball(value)
            if ball.is_finite() and (ball.is_exact() or ball.rad() <= abs(ball.mid()) * _WIDEST):
                nearest = as_float(value)
                return nearest if math.isfinite(nearest) else None
    return None


def _value(whole: Any, givens: Mapping[str, Any]) -> Any:
    """A SymPy expression in exact and ball arithmetic; parts that stand in it more than once are worked once."""
    known: dict[Any, Any] = {}
    waiting = [whole]
    while waiting:
        part = waiting[-1]
        missing = [argument for argument in part.args if argument not in known]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if part not in known:
            known[part] = givens[part.name] if part.is_Symbol else _part(part, [known[each] for each in part.args])
    return known[whole]


def _part(part: Any, inner: list[Any]) -> Any:
    call = BALLS.functions
    if part.is_Rational:
        return exact(Fraction(int(part.p), int(part.q)))
    if part is sympy.E:
        return call["exp"](exact(Fraction(1)))
    if part.is_Add:
        return reduce(add, inner)
    if part.is_Mul:
        return call["product"](*inner)
    if part.is_Pow and not (2 * part.exp).is_Integer:
        # SymPy writes e to a sum that holds a logarithm as a product of powers.
        return call["exp"](call["product"](inner[1], call["ln"](inner[0])))
    if part.is_Pow:
        base = inner[0] if part.exp.is_Integer else call["sqrt"](inner[0])
        exponent = int(part.exp if part.exp.is_Integer else 2 * part.exp)
        raised = call["power"](base, abs(exponent))
        return raised if exponent >= 0 else call["quotient"](exact(Fraction(1)), raised)
    return call[_NAMES.get(type(part), type(part).__name__)](*inner)
