"""Formulas worked out as they stand: what runs once or twice is done before its code would be compiled."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, cast

from derive.arithmetic.number import N
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum
from derive.network.graph import Quantity

if TYPE_CHECKING:
    from derive.arithmetic.code import Arithmetic


def evaluate(expression: Expression, values: Mapping[str, N], arithmetic: Arithmetic[N]) -> N:
    """One formula worked out at the given values, without compiling it: for single lines."""
    return working(values, arithmetic)(expression)


def worked_out(quantities: Iterable[Quantity], given: Mapping[str, N], arithmetic: Arithmetic[N]) -> dict[str, N]:
    """All quantities, in working order, with what is given: the very figures of `derive.arithmetic.code`.

    Parameters
    ----------
    quantities : iterable of Quantity
        Each formula uses what is given and quantities before it.
    given : mapping of str to number
    arithmetic : Arithmetic
    """
    values = dict(given)
    work, wrap = working(values, arithmetic), arithmetic.wrap
    for quantity in quantities:
        value = work(quantity.expression)
        plain = wrap is None or isinstance(quantity.expression, Ref | Const)
        values[quantity.id] = value if plain else cast(Callable[[N], N], wrap)(value)
    return values


def working(values: Mapping[str, N], arithmetic: Arithmetic[N]) -> Callable[[Expression], N]:
    """What works one formula out; ``values`` may grow between formulas."""
    functions = arithmetic.functions
    constants: dict[object, N] = {}
    times: Callable[..., N] = functions.get("product", _product)
    over: Callable[..., N] = functions.get("quotient", operator.truediv)
    raised: Callable[..., N] = functions.get("power", operator.pow)

    def constant(part: Const) -> N:
        if part.value not in constants:
            constants[part.value] = arithmetic.constant(part.value)
        return constants[part.value]

    def work(part: Expression) -> N:
        return how[type(part)](part)

    how: Mapping[type, Callable[..., N]] = {
        Ref: lambda part: values[part.id],
        Const: constant,
        Neg: lambda part: -work(part.operand),
        Sum: lambda part: reduce(operator.add, map(work, part.terms)),
        Product: lambda part: times(*map(work, part.factors)),
        Quotient: lambda part: over(work(part.numerator), work(part.denominator)),
        Power: lambda part: raised(work(part.base), part.exponent),
        Call: lambda part: functions[part.function](*map(work, part.arguments)),
    }
    return work


def _product(*factors: N) -> N:
    return reduce(operator.mul, factors)
