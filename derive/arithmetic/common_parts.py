"""Formulas rewritten so that nothing is worked out twice; every figure stays the same to its last bit.

Products are worked out from the left, so the first factors of several products are shared as they stand: all gradients
of a unit share its delta. A formula that merely names another quantity vanishes. Only a square becomes a product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from derive.formula.expression import (
    Call,
    Const,
    Expression,
    Neg,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    children,
    references,
    renamed,
)
from derive.network.graph import Quantity

_DEEPEST = 6  # formulas within one another: a parser nests only so far


def without_repeats(
    quantities: Sequence[Quantity], *, squares: bool = False
) -> tuple[list[Quantity], Mapping[str, str]]:
    """The same quantities with every repeated part worked out once.

    Parameters
    ----------
    quantities : sequence of Quantity
        In working order.
    squares : bool
        Whether x² is worked out as x·x, which may round the last bit differently.

    Returns
    -------
    quantities : list of Quantity
        Some of the given ones, and repeated parts with ids such as ``~1`` that no problem can have.
    names : mapping of str to str
        For quantities that are no longer there, the id of the one that has their value.
    """
    names: dict[str, str] = {}
    forms = _distinct(quantities, names, squares)
    uses = _uses(form for _, form in forms)
    written: list[Quantity] = []
    known: dict[Expression, str] = {}

    def shared(form: Expression) -> Expression:
        """A part of a formula: a reference where it is worked out already or will be needed again."""
        if isinstance(form, Ref | Const):
            return Ref(names.get(form.id, form.id)) if isinstance(form, Ref) else form
        if form not in known:
            if uses[form] < 2 or isinstance(form, Neg) or all(isinstance(part, Const) for part in children(form)):
                return _rebuilt(form, shared)
            inner = _rebuilt(form, shared)  # first: it may number parts of its own
            part = f"~{len(known) + 1}"
            written.append(Quantity(part, "part", inner))
            known[form] = part
        return Ref(known[form])

    for name, form in forms:
        if form in known:
            names[name] = known[form]
            continue
        written.append(Quantity(name, "part", _rebuilt(form, shared)))
        known[form] = name
    return written, {name: _last(name, names) for name in names}


def _distinct(quantities: Sequence[Quantity], names: dict[str, str], squares: bool) -> list[tuple[str, Expression]]:
    """Formulas in a form in which equal parts are equal, without those that only name another quantity."""
    forms: list[tuple[str, Expression]] = []
    first: dict[Expression, str] = {}
    for quantity in quantities:
        form = _nested(renamed(quantity.expression, lambda name: Ref(names.get(name, name))), squares)
        same = form.id if isinstance(form, Ref) else first.setdefault(form, quantity.id)
        if same != quantity.id:
            names[quantity.id] = same
        else:
            forms.append((quantity.id, form))
    return forms


def _uses(forms: Iterable[Expression]) -> Counter[Expression]:
    """How often each part is needed when repeated parts are worked out once."""
    uses: Counter[Expression] = Counter()
    waiting = list(forms)
    while waiting:
        form = waiting.pop()
        if isinstance(form, Ref | Const):
            continue
        uses[form] += 1
        if uses[form] == 1:
            waiting.extend(children(form))
    return uses


def _nested(expression: Expression, squares: bool) -> Expression:
    """Products as products of two, from the left, as they are worked out."""

    def nested(part: Expression) -> Expression:
        return _nested(part, squares)

    if squares and isinstance(expression, Power) and expression.exponent == 2:
        base = nested(expression.base)
        return Product((base, base))
    rebuilt = _rebuilt(expression, nested)
    if isinstance(rebuilt, Product) and len(rebuilt.factors) > 2:
        whole: Expression = rebuilt.factors[0]
        for factor in rebuilt.factors[1:]:
            whole = Product((whole, factor))
        return whole
    return rebuilt


def _rebuilt(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The same expression with its direct parts changed."""
    parts = tuple(map(change, children(expression)))
    match expression:
        case Ref() | Const():
            return expression
        case Neg():
            return Neg(*parts)
        case Sum():
            return Sum(parts)
        case Product():
            return Product(parts)
        case Call(function, _):
            return Call(function, parts)
        case Quotient():
            return Quotient(*parts)
        case Power(_, exponent):
            return Power(parts[0], exponent)


def _last(name: str, names: Mapping[str, str]) -> str:
    while name in names:
        name = names[name]
    return name


def folded(quantities: Sequence[Quantity], kept: Iterable[str]) -> list[Quantity]:
    """The same quantities, each that is used once written into the formula that uses it.

    Parameters
    ----------
    quantities : sequence of Quantity
        In working order.
    kept : iterable of str
        Ids that stay.
    """
    uses = Counter(name for quantity in quantities for name in references(quantity.expression))
    uses.update(dict.fromkeys(kept, 2))
    inside: dict[str, Expression] = {}
    depths: dict[str, int] = {}
    written: list[Quantity] = []
    for quantity in quantities:
        used = tuple(references(quantity.expression))
        depth = 1 + max((depths.get(name, 0) for name in used), default=0)
        expression = renamed(quantity.expression, lambda name: inside.get(name, Ref(name)))
        if uses[quantity.id] == 1 and depth <= _DEEPEST:
            inside[quantity.id], depths[quantity.id] = expression, depth
        else:
            written.append(Quantity(quantity.id, quantity.rule, expression))
    return written
