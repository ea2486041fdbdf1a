"""The formula that a sheet prints for a figure: of all ways to work it out, the one that uses what is asked."""

from __future__ import annotations

from derive.formula.expression import ONE, Expression, Product, Ref, references, renamed
from derive.judging.routes import Routes
from derive.network.derivation import Derivation

#: Steps on the way that are written out where they are not asked themselves.
_ON_THE_WAY = frozenset(
    {"error_slope", "total_error_slope", "activation_slope", "net_slope", "path", "update_step", "softmax_slope",
     "local_derivative", "direct_derivative"}
)  # fmt: skip
_MOST_EXPANSIONS = 8


def sheet_formula(routes: Routes, quantity: str, asked: frozenset[str]) -> Expression:
    """The formula of a quantity in terms of givens and, as far as there is one, of asked figures.

    Parameters
    ----------
    routes : Routes
    quantity : str
        Of the first round, given by every way.
    asked : frozenset of str
    """
    forms = [_expanded(way.by_id[quantity].expression, way, asked) for way in reversed(routes.ways)]
    known = asked | frozenset(routes.nearest.givens)

    def cost(form: Expression) -> tuple[int, int]:
        used = frozenset(references(form))
        return len(used - known), len(used)

    return min(forms, key=cost)


def same_values(routes: Routes) -> dict[str, str]:
    """For every quantity the first one that has its value by some way's formulas: itself, where there is none."""
    root: dict[str, str] = {name: name for name in routes.nearest.ids}

    def first(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for way in routes.ways:
        known: dict[Expression, str] = {}
        for quantity in way.quantities:
            form = renamed(quantity.expression, lambda name: Ref(first(name)))
            same = form.id if isinstance(form, Ref) else known.setdefault(form, quantity.id)
            root[first(quantity.id)] = first(same)
    return {name: first(name) for name in root}


def _expanded(form: Expression, way: Derivation, asked: frozenset[str]) -> Expression:
    def opened(name: str) -> Expression:
        found = way.by_id.get(name)
        if name in asked or found is None or (found.rule not in _ON_THE_WAY and not isinstance(found.expression, Ref)):
            return Ref(name)
        return found.expression

    if isinstance(form, Ref) and form.id not in asked and form.id in way.by_id:
        form = way.by_id[form.id].expression  # nobody learns from a mere other name
    for _ in range(_MOST_EXPANSIONS):
        wider = _flat(renamed(form, opened))
        if wider == form:
            break
        form = wider
    return form


def _flat(form: Expression) -> Expression:
    """A product of products as one product, without ones."""
    if not isinstance(form, Product):
        return form
    factors: list[Expression] = []
    for factor in form.factors:
        factors += factor.factors if isinstance(factor, Product) else (factor,)
    kept = tuple(factor for factor in factors if factor != ONE) or (ONE,)
    return Product(kept) if len(kept) > 1 else kept[0]
