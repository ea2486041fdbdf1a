"""One pass back over a graph of formulas: local derivatives, then for each name the sum over the ways it is used.

Reverse accumulation (Linnainmaa, 1970): the work grows with the number of edges, never with the number of paths. What a
derivative is called, and which of its parts have a line of their own, is the manner of who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from derive.formula.expression import ONE, Const, Expression, Neg, Product, Ref, product_of, references, sum_of
from derive.network.graph import Quantity

_NOTHING = Const(Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One use of a name in a formula.

    Attributes
    ----------
    slope : Expression
        The derivative of the formula by the name, all else in it held.
    id, rule : str
        Of the line that works it out; empty where it stands within the sum alone.
    path : str
        Id of the line for what comes back along this edge; empty where that stands within the sum.
    """

    slope: Expression
    id: str = ""
    rule: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The derivative of the objective by a name.

    Attributes
    ----------
    id, rule : str
    written_out : bool
        Whether its formula holds the local derivatives themselves, not the names of their lines.
    whole : Expression or None
        Its formula where that is known in a shorter form.
    """

    id: str
    rule: str
    written_out: bool = False
    whole: Expression | None = None


class Manner(Protocol):
    """How derivatives are called and multiplied out."""

    def total(self, name: str, consumers: Sequence[Quantity]) -> Total:
        """What the derivative by a name is called."""

    def edge(self, name: str, consumer: Quantity) -> Edge:
        """The use of a name in one formula."""

    def arriving(self, name: str, consumer: Quantity) -> tuple[Expression, ...]:
        """The factors of the objective's derivative by that formula; none where it is the objective itself."""


def consumers_of(quantities: Iterable[Quantity]) -> dict[str, list[Quantity]]:
    """For each name the quantities whose formulas use it, in working order."""
    found: dict[str, list[Quantity]] = {}
    for quantity in quantities:
        for name in dict.fromkeys(references(quantity.expression)):
            found.setdefault(name, []).append(quantity)
    return found


def worked_back(
    names: Iterable[str], consumers: Mapping[str, Sequence[Quantity]], manner: Manner
) -> Iterator[Quantity]:
    """The derivatives of an objective by names, each with its local derivatives before it.

    Parameters
    ----------
    names : iterable of str
        Each after all that use it.
    consumers : mapping of str to sequence of Quantity
        As of `consumers_of`, but those alone through which the objective depends on the name.
    manner : Manner
    """
    for name in names:
        yield from _by_name(name, consumers.get(name, ()), manner)


def _by_name(name: str, consumers: Sequence[Quantity], manner: Manner) -> Iterator[Quantity]:
    total = manner.total(name, consumers)
    uses = [(manner.edge(name, consumer), manner.arriving(name, consumer)) for consumer in consumers]
    uses = [(edge, before) for edge, before in uses if edge.id or edge.slope != _NOTHING]
    factors: list[Expression] = []
    for edge, before in uses:
        named = edge.id and not total.written_out and (before or len(uses) > 1)
        factors.append(Ref(edge.id) if named else edge.slope)
    sign = _common_sign(factors) if all(before for _, before in uses) else 0
    terms: list[Expression] = []
    for (edge, before), factor in zip(uses, factors, strict=True):
        if edge.id and edge.id != total.id:
            yield Quantity(edge.id, edge.rule, edge.slope)
        term = product_of(before) if sign else _times(before, factor)
        if edge.path:
            yield Quantity(edge.path, "path", term)
            term = Ref(edge.path)
        terms.append(term)
    whole = total.whole or sum_of(terms)
    yield Quantity(total.id, total.rule, Neg(whole) if sign < 0 else whole)


def _common_sign(factors: Sequence[Expression]) -> int:
    """1 or −1 where every factor is just that, which no product writes; else 0."""
    return {frozenset({ONE}): 1, frozenset({Neg(ONE)}): -1}.get(frozenset(factors), 0)


def _times(before: tuple[Expression, ...], factor: Expression) -> Expression:
    """What comes back along an edge; a factor of 1 is left out, and that of −1 is a sign."""
    if not before or isinstance(factor, Ref):
        return product_of((*before, factor))
    if factor == ONE:
        return product_of(before)
    if isinstance(factor, Neg):
        return Neg(_times(before, factor.operand))
    return product_of((*before, *(factor.factors if isinstance(factor, Product) else (factor,))))
