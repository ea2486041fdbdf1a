"""The formulas of sizes and counts, taken apart: which of their names say what is counted, and changes of one part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.formula.expression import (
    ONE,
    Const,
    Expression,
    Neg,
    Product,
    Ref,
    Sum,
    children,
    number,
    product_of,
    rebuilt,
    references,
)
from derive.given.formula_problem import FormulaStructure
from derive.given.program.model import ShapeRow
from derive.network.derivation import Derivation
from derive.network.graph import Quantity

#: A part of a formula, and how many names are multiplied by it, to what may wrongly stand in its place.
Change = Callable[[Expression, int], Iterable[Expression]]


@dataclass(frozen=True, kw_only=True)
class CountForm:
    """The formula of a size or a count, with what is counted beside it.

    Attributes
    ----------
    body : Expression
    what : str
        ``size``, ``parameters`` or ``multiplications`` of a layer, or the ``total`` of a column.
    row : ShapeRow
    rows : tuple of ShapeRow
    formulas : mapping of str to Expression
        All that is worked; what is given is not in it.
    steps : bool
        Whether the steps of time are counted.
    """

    body: Expression
    what: str
    row: ShapeRow
    rows: tuple[ShapeRow, ...]
    formulas: Mapping[str, Expression]
    steps: bool

    def expression(self) -> Expression:
        """The formula."""
        return self.body

    def once(self, change: Change) -> Iterator[Expression]:
        """The formula with one of its parts changed, for every part that the change is about."""
        return _once(self.body, change, 0)

    @property
    def factors(self) -> tuple[Expression, ...]:
        """What is multiplied."""
        return self.body.factors if isinstance(self.body, Product) else (self.body,)

    @cached_property
    def channels(self) -> frozenset[str]:
        """How many channels any picture has."""
        return frozenset(row.sizes[2] for row in self.rows if len(row.sizes) == 3)

    @cached_property
    def how_many(self) -> frozenset[str]:
        """How many units, kernels or columns the layer has."""
        own = self.row.sizes[-1]
        named = self.formulas.get(own)
        return frozenset((own, named.id) if isinstance(named, Ref) else (own,))

    @cached_property
    def repeated(self) -> tuple[str, ...]:
        """What parameters are used again and again by: places, rows, steps."""
        shared = set(references(self.formulas[self.row.parameters]))
        return tuple(name for name in dict.fromkeys(references(self.body)) if name not in shared)

    @cached_property
    def of_state(self) -> frozenset[str]:
        """The units of a cell, which its own state goes into as well."""
        outer = {factor for factor in self.factors if isinstance(factor, Ref)}
        inner = {term for factor in self.factors if isinstance(factor, Sum) for term in factor.terms}
        return frozenset(each.id for each in outer & inner)


def count_form(quantity: Quantity, structure: FormulaStructure, derivation: Derivation) -> CountForm | None:
    """The form of a size or a count; None of anything else."""
    rows = structure.program.shapes if structure.program is not None else ()
    for row in rows:
        kinds = {row.parameters: "parameters", row.multiplications: "multiplications"}
        what = "size" if quantity.id in row.sizes else kinds.get(quantity.id)
        if what is not None:
            return CountForm(
                body=quantity.expression,
                what=what if row.layer else "total",
                row=row,
                rows=rows,
                formulas={each.id: each.expression for each in derivation.quantities},
                steps="steps" in derivation.givens,
            )
    return None


def _once(whole: Expression, change: Change, by: int) -> Iterator[Expression]:
    yield from change(whole, by)
    parts = children(whole)
    for place, part in enumerate(parts):
        others = (*parts[:place], *parts[place + 1 :]) if isinstance(whole, Product) else ()
        for other in _once(part, change, by + sum(map(degree, others))):
            yield rebuilt(whole, (*parts[:place], other, *parts[place + 1 :]))


def degree(part: Expression) -> int:
    """How many names are multiplied in it."""
    match part:
        case Ref():
            return 1
        case Product(factors):
            return sum(map(degree, factors))
        case Neg(inner):
            return degree(inner)
        case Sum(terms):
            return max(map(degree, terms))
        case _:
            return 0


def without(form: CountForm, names: Iterable[str]) -> Iterator[Expression]:
    """A product without the factors of these names; something must be left to count."""
    gone = {Ref(name) for name in names}

    def change(part: Expression, _: int) -> Iterator[Expression]:
        if isinstance(part, Product) and gone & set(part.factors):
            left = [factor for factor in part.factors if factor not in gone]
            if any(map(degree, left)):
                yield product_of(left)

    return form.once(change)


def times_of(term: Expression) -> int:
    """The number that a term begins with; 1 without."""
    first = term.factors[0] if isinstance(term, Product) else term
    return int(first.value) if isinstance(first, Const) else 1


def so_many(term: Expression, times: int) -> Expression:
    """A term that begins with another number."""
    factors = term.factors if isinstance(term, Product) else (term,)
    rest = factors[1:] if isinstance(factors[0], Const) else factors
    return product_of(((number(ONE.value * times),) if times > 1 or not rest else ()) + rest)
