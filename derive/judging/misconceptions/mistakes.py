"""The mistakes that people may make at one step: every rule of the tables applied to the parts of its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Never

from derive.formula.expression import Expression, references
from derive.given.formula_problem import FormulaStructure
from derive.given.naming import with_sample
from derive.given.problem import Structure
from derive.judging.misconceptions import backward, chains, counting, errors, forward, further, gradients, paths
from derive.judging.misconceptions.count_forms import count_form
from derive.judging.misconceptions.forms import Form
from derive.judging.misconceptions.model import Misconception, Mistake
from derive.judging.misconceptions.places import Place, places_of
from derive.judging.misconceptions.programs import Catalogue
from derive.judging.misconceptions.rule import Changes, Rule, Rules
from derive.judging.routes import Routes
from derive.network.graph import Quantity

_TABLES: Rules = (
    *forward.RULES,
    *errors.RULES,
    *backward.RULES,
    *paths.RULES,
    *gradients.RULES,
    *chains.RULES,
    *counting.RULES,
    *further.RULES,
)
_MOST_PAIRS = 40


def _by_kind() -> dict[str, Rules]:
    kinds = dict.fromkeys(kind for rule in _TABLES for kind in rule.kinds)
    return {kind: tuple(rule for rule in _TABLES if kind in rule.kinds) for kind in kinds}


_RULES: Mapping[str, Rules] = _by_kind()

#: What is said about each misconception, by kind of step and id.
MISCONCEPTIONS: Mapping[tuple[str, str], Misconception] = {
    (kind, rule.id): Misconception(
        kind=kind, id=rule.id, done=rule.done, instead=rule.instead, drawn_apart=rule.drawn_apart
    )
    for kind, rules in _RULES.items()
    for rule in rules
}


def kind_of(routes: Routes, quantity_id: str) -> str | None:
    """The kind of step that works out a quantity; None for a given, or where no wrong rule is known.

    Parameters
    ----------
    routes : Routes
    quantity_id : str
        Of round 0, as the derivation spells it.
    """
    quantity = routes.nearest.by_id.get(quantity_id)
    if quantity is None:
        return None
    if isinstance(routes.structure, FormulaStructure):
        program = routes.structure.program
        counted = program is not None and quantity_id in program.counted
        return "count" if counted else chains.KINDS.get(quantity.rule)
    place = places_of(routes.structure).get(quantity_id)
    return None if place is None else place.kind


def mistakes_at(routes: Routes, quantity_id: str) -> tuple[Mistake, ...]:
    """Every single misconception at one step, the likeliest first.

    One id may come several times, such as ``wrong-hidden`` with each other unit.

    Parameters
    ----------
    routes : Routes
    quantity_id : str
        Of round 0, as the derivation spells it.
    """
    return _found(routes, quantity_id)[0]


def drawn_apart(mistake: Mistake) -> bool:
    """Whether the numbers of a drawn sheet have to tell a single mistake from the right rule."""
    known = mistake.said[0] if mistake.said else MISCONCEPTIONS[mistake.kind, mistake.ids[0]]
    return known.drawn_apart


def pairs_at(routes: Routes, quantity_id: str) -> tuple[Mistake, ...]:
    """Two misconceptions at one step that change different parts of its formula, the likeliest first; 40 at most."""
    return _found(routes, quantity_id)[1]


def _found(routes: Routes, quantity_id: str) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    kept = routes.nearest.code  # kept with the derivation, which costs more to hash than a lookup may take
    key = ("mistakes", quantity_id)
    if key not in kept:
        kept[key] = _work_out(routes, quantity_id)
    found: tuple[tuple[Mistake, ...], tuple[Mistake, ...]] = kept[key]
    return found


def _work_out(routes: Routes, quantity_id: str) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
    known = routes.nearest.ids
    named = list(_named(routes, quantity_id, known))
    kind = kind_of(routes, quantity_id)
    place, form = (None, None) if kind is None else _place_and_form(routes, quantity_id, kind)
    if kind is None or kind not in _RULES or form is None:
        return tuple(named), ()
    right: set[Expression] = {form.expression(), *(way.by_id[quantity_id].expression for way in routes.ways)}
    right |= {mistake.expression for mistake in named}  # what a recipe says of a formula is all that is said of it
    singles: list[tuple[Mistake, Changes]] = []
    for rule, changes in _variants(kind, place, form):
        mistake = _mistake((rule.id,), kind, quantity_id, form, changes)
        if mistake.expression in right or not _refers_well(mistake, known):
            continue
        if any(mistake.expression == other.expression and mistake.ids == other.ids for other, _ in singles):
            continue
        singles.append((mistake, changes))  # under another id the same formula stays: both are said
    seen = right | {mistake.expression for mistake, _ in singles}
    found = tuple(mistake for mistake, _ in singles), tuple(_pairs(kind, quantity_id, form, singles, seen))
    if place is None or kind in ("step", "update"):
        return (*named, *found[0]), found[1]
    ones, twos = (tuple(replace(each, activation=place.layer.activation) for each in some) for some in found)
    return ones, twos


def mistakes_again(routes: Routes, quantity_id: str) -> tuple[Mistake, ...]:
    """What a mistake at an earlier line leads to here if its wrong formula is gone on with: for whoever made it."""
    kept, key = routes.nearest.code, ("again", quantity_id)
    if key not in kept:
        kept[key] = tuple(_named(routes, quantity_id, routes.nearest.ids, again=True))
    found: tuple[Mistake, ...] = kept[key]
    return found


def _named(routes: Routes, quantity_id: str, known: frozenset[str], *, again: bool = False) -> Iterator[Mistake]:
    """The mistakes that the recipes of an own architecture name at one of its steps."""
    structure, quantity = routes.structure, routes.nearest.by_id.get(quantity_id)
    if quantity is None or not isinstance(structure, FormulaStructure) or structure.program is None:
        return
    kept = routes.nearest.code
    if "catalogue" not in kept:
        kept["catalogue"] = Catalogue(structure, routes.nearest, routes.turn, MISCONCEPTIONS)
    catalogue: Catalogue = kept["catalogue"]
    seen = {quantity.expression}
    for mistake in catalogue.again(quantity) if again else catalogue.at(quantity):
        if mistake.expression not in seen and _refers_well(mistake, known):
            seen.add(mistake.expression)
            yield mistake


def _variants(kind: str, place: Place | None, form: Form) -> Iterator[tuple[Rule[Never], Changes]]:
    for rule in _RULES[kind]:
        for changes in rule.at(place, form):
            yield rule, changes


def _pairs(
    kind: str, quantity_id: str, form: Form, singles: list[tuple[Mistake, Changes]], seen: set[Expression]
) -> Iterator[Mistake]:
    """Disjoint pairs by the sum of their ranks."""
    ranked = sorted(combinations(range(len(singles)), 2), key=lambda pair: (sum(pair), pair))
    count = 0
    for first, second in ranked:
        one, other = singles[first], singles[second]
        if one[0].parts & other[0].parts or one[0].ids == other[0].ids:
            continue
        pair = _mistake((*one[0].ids, *other[0].ids), kind, quantity_id, form, {**one[1], **other[1]})
        if pair.expression in seen:
            continue
        seen.add(pair.expression)
        yield pair
        count += 1
        if count == _MOST_PAIRS:
            return


def _mistake(ids: tuple[str, ...], kind: str, at: str, form: Form, changes: Changes) -> Mistake:
    changed: Form = replace(form, **changes)  # type: ignore[type-var]
    return Mistake(ids=ids, kind=kind, at=at, expression=changed.expression(), parts=frozenset(changes))


def _refers_well(mistake: Mistake, known: frozenset[str]) -> bool:
    used = set(references(mistake.expression))
    return used <= known and mistake.at not in used


def _place_and_form(routes: Routes, quantity_id: str, kind: str) -> tuple[Place | None, Form | None]:
    quantity: Quantity = routes.nearest.by_id[quantity_id]
    structure = routes.structure
    if isinstance(structure, FormulaStructure):
        made = count_form if kind == "count" else chains.chain_form
        return None, made(quantity, structure, routes.nearest)
    place = places_of(structure)[quantity_id]
    return place, _form(place, structure)


def _form(place: Place, structure: Structure) -> Form | None:
    if place.kind in ("step", "update"):
        online = structure.conventions.batch == "online" and structure.sample_count > 1
        # Samples take turns: round 0 is the first one's.
        return gradients.update_form(place, with_sample(f"dE_total/d{place.name}", 1 if online else None))
    builder = _FORMS.get(place.kind)
    return None if builder is None else builder(place)


_FORMS: Mapping[str, Callable[[Place], Form]] = {
    "net": forward.net_form,
    "out": forward.out_form,
    "error": errors.error_form,
    "total": errors.total_form,
    "batch-error": errors.batch_form,
    "batch-gradient": errors.batch_form,
    "error-slope": backward.error_slope_form,
    "total-error-slope": backward.error_slope_form,
    "slope": backward.slope_form,
    "softmax-slope": backward.slope_form,
    "output-delta": backward.delta_form,
    "hidden-delta": backward.delta_form,
    "path": paths.paths_form,
    "sum-over-paths": paths.paths_form,
    "net-slope": gradients.edge_form,
    "bias-slope": gradients.edge_form,
    "output-gradient": gradients.gradient_form,
    "hidden-gradient": gradients.gradient_form,
    "bias-gradient": gradients.gradient_form,
    "shared-bias-gradient": gradients.shared_bias_form,
}
