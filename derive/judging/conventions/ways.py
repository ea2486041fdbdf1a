"""Conventions that are no errors: the same network worked in another author's way, as derivations of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem, FormulaProblem, FormulaStructure, in_full_figures
from derive.given.naming import weight_ids
from derive.given.problem import Conventions, Loss, Problem, Structure
from derive.judging.conventions.negation import negated_where
from derive.judging.misconceptions.mistakes import mistakes_at, pairs_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.routes import Routes, routes_of
from derive.network.derivation import Derivation, check_derivation
from derive.network.graph import Quantity

_HALVES = frozenset({"no-half", "factor-two"})
Mistakes = Callable[[Routes, str], tuple[Mistake, ...]]


@dataclass(frozen=True, kw_only=True)
class Convention:
    """Another author's way of working the same network.

    Attributes
    ----------
    id : str
    sentence : str
        Said once, to the student.
    routes : Routes
        The ids and givens (by name) of those under the problem's own conventions, other formulas.
    problem_of : callable
        The problem whose values these are, with every given the same by name.
    mistakes, pairs : callables
        As `mistakes_at` and `pairs_at`, for the formulas of this convention.
    hints : frozenset of str
        Misconceptions that a single figure under this convention looks like.
    lone : str or None
        What is said where one figure alone shows it; None where one is not enough.
    """

    id: str
    sentence: str
    routes: Routes
    problem_of: Callable[[AnyProblem], AnyProblem]
    mistakes: Mistakes = mistakes_at
    pairs: Mistakes = pairs_at
    hints: frozenset[str] = frozenset()
    lone: str | None = None

    def seen_by(self, witnesses: int) -> Convention:
        """As it is said where so many figures bear it out."""
        return self if witnesses > 1 or self.lone is None else replace(self, sentence=self.lone)


@lru_cache(maxsize=32)
def conventions_of(structure: Structure | FormulaStructure, shares: bool = True) -> tuple[Convention, ...]:
    """The conventions under which a network's figures may be right as well; a chain of formulas has none.

    Parameters
    ----------
    structure : Structure or FormulaStructure
    shares : bool
        Whether the targets of every sample sum to exactly 1; see `derive.network.backward.derive_structure`.
    """
    if isinstance(structure, FormulaStructure):
        return ()
    return (
        *_numberings(structure, shares),
        *_delta_signs(structure, shares),
        *_without_half(structure, shares),
        *_sums_for_means(structure, shares),
    )


def _numberings(structure: Structure, shares: bool) -> Iterator[Convention]:
    own = structure.conventions.weight_names
    if not isinstance(own, str):
        return
    other = "source-major" if own == "target-major" else "target-major"
    numbered = replace(structure, conventions=replace(structure.conventions, weight_names=other))  # type: ignore[arg-type]
    tables, others = weight_ids(structure), weight_ids(numbered)
    if tables == others:
        return
    first = structure.layers[0].units[0]
    into = " and ".join(others[0][0]) if len(others[0][0]) < 4 else ", ".join(others[0][0])
    where = "come from" if other == "source-major" else "lead into"
    yield Convention(
        id=other,
        sentence=f"Weights are numbered by the unit they {where} ({into} into {first}); "
        "taken so, these figures are right.",
        routes=_with_all_edges(routes_of(numbered, shares), routes_of(structure, shares)),
        problem_of=lambda problem: _renumbered(problem, numbered.conventions),
    )


def _with_all_edges(numbered: Routes, plain: Routes) -> Routes:
    """Also the slopes dnet/dw of edges that bear other names here: somebody may have written them all the same."""
    ways: list[Derivation] = []
    for way, own in zip(numbered.ways, plain.ways, strict=True):
        missing = tuple(quantity for quantity in own.quantities if quantity.id not in way.by_id)
        changed = replace(way, quantities=(*way.quantities, *missing))
        check_derivation(changed)
        ways.append(changed)
    return replace(numbered, ways=tuple(ways))


def _renumbered(problem: AnyProblem, conventions: Conventions) -> AnyProblem:
    """The weights laid out anew, so that each keeps its value by name."""
    if isinstance(problem, FormulaProblem):
        return problem
    numbered = replace(problem, conventions=conventions)
    values = {
        name: value
        for table, layer in zip(weight_ids(problem.structure), problem.layers, strict=True)
        for names, row in zip(table, layer.weights, strict=True)
        for name, value in zip(names, row, strict=True)
    }
    layers = tuple(
        replace(layer, weights=tuple(tuple(values[name] for name in names) for names in table))
        for table, layer in zip(weight_ids(numbered.structure), problem.layers, strict=True)
    )
    return replace(numbered, layers=layers)


def _delta_signs(structure: Structure, shares: bool) -> Iterator[Convention]:
    plain = routes_of(structure, shares)
    outputs = {f"dE_total/dout_{unit}" for unit in structure.outputs}
    deltas, gradients = set(), set()
    for quantity in plain.nearest.quantities:
        base = quantity.id.partition("[")[0]
        if quantity.rule in ("delta", "softmax_delta", "path", "sum_over_paths") and base not in outputs:
            deltas.add(quantity.id)
        if quantity.rule in ("weight_gradient", "bias_gradient", "shared_bias_gradient", "batch_gradient"):
            gradients.add(quantity.id)
    yield _negated(
        plain,
        frozenset(deltas),
        "Deltas are taken with target − output, so their sign is the opposite of ∂E/∂net; "
        "taken so, these figures are right.",
    )
    yield _negated(
        plain,
        frozenset(deltas | gradients),
        "Deltas and gradients are taken with target − output and added in the update (w + η·δ·x); "
        "taken so, these figures are right.",
    )


def _negated(plain: Routes, ids: frozenset[str], sentence: str) -> Convention:
    def way(derivation: Derivation) -> Derivation:
        changed = [
            Quantity(quantity.id, quantity.rule, negated_where(quantity.expression, ids, whole=quantity.id in ids))
            for quantity in derivation.quantities
        ]
        return replace(derivation, quantities=tuple(changed))

    def under(found: Mistakes) -> Mistakes:
        return lambda routes, name: tuple(
            replace(mistake, expression=negated_where(mistake.expression, ids, whole=name in ids))
            for mistake in found(plain, name)
        )

    routes = Routes(structure=plain.structure, ways=tuple(map(way, plain.ways)))
    return Convention(
        id="delta-sign",
        sentence=sentence,
        routes=routes,
        # What is carried rounded is worked by the problem's own formulas, whose signs are others.
        problem_of=in_full_figures,
        mistakes=_kept(under(mistakes_at), routes, "mistakes under"),
        pairs=_kept(under(pairs_at), routes, "pairs under"),
        hints=frozenset({"sign"}),
        lone="This is right if the delta is meant with target − output, which no other figure here shows either way.",
    )


def _kept(found: Mistakes, routes: Routes, what: str) -> Mistakes:
    """The same mistakes each time they are asked for, kept with the routes."""

    def looked_up(_: Routes, name: str) -> tuple[Mistake, ...]:
        kept = routes.nearest.code
        if (what, name) not in kept:
            kept[what, name] = found(routes, name)
        mistakes: tuple[Mistake, ...] = kept[what, name]
        return mistakes

    return looked_up


def _without_half(structure: Structure, shares: bool) -> Iterator[Convention]:
    if LOSSES[structure.loss].square != Fraction(1, 2):
        return
    plain, squared = routes_of(structure, shares), routes_of(replace(structure, loss="squared_error"), shares)
    ways = tuple(_errors_of(way, other) for way, other in zip(plain.ways, squared.ways, strict=True))
    errors = frozenset(quantity.id for quantity in plain.nearest.quantities if quantity.rule == "output_error")

    def under(found: Mistakes) -> Mistakes:
        return lambda routes, name: found(squared if name in errors else plain, name)

    yield Convention(
        id="no-half",
        sentence="The errors are taken without the factor ½, and the derivatives with it; "
        "taken so, these figures are right.",
        routes=Routes(structure=structure, ways=ways),
        problem_of=in_full_figures,
        mistakes=under(mistakes_at),
        pairs=under(pairs_at),
        hints=_HALVES,
    )
    yield Convention(
        id="no-half",
        sentence="The loss is taken without the factor ½ throughout, in its derivatives as well; "
        "taken so, these figures are right.",
        routes=squared,
        problem_of=_with_loss("squared_error"),
        hints=_HALVES,
    )


def _errors_of(way: Derivation, other: Derivation) -> Derivation:
    """A derivation with another's formulas for the errors of the outputs."""
    quantities = tuple(
        other.by_id[quantity.id] if quantity.rule == "output_error" else quantity for quantity in way.quantities
    )
    changed = replace(way, quantities=quantities)
    check_derivation(changed)
    return changed


def _sums_for_means(structure: Structure, shares: bool) -> Iterator[Convention]:
    if LOSSES[structure.loss].averages(len(structure.outputs)):
        yield Convention(
            id="sum-for-mean",
            sentence="The squared errors of the outputs are added rather than averaged; "
            "taken so, these figures are right.",
            routes=routes_of(replace(structure, loss="squared_error"), shares),
            problem_of=_with_loss("squared_error"),
            hints=frozenset({"summed-for-mean"}),
        )
    if structure.sample_count > 1 and structure.conventions.batch == "mean":
        summed = replace(structure.conventions, batch="sum")
        yield Convention(
            id="sum-for-mean",
            sentence="Errors and gradients are added over the samples rather than averaged; "
            "taken so, these figures are right.",
            routes=routes_of(replace(structure, conventions=summed), shares),
            problem_of=lambda problem: (
                replace(problem, conventions=summed) if isinstance(problem, Problem) else problem
            ),
            hints=frozenset({"summed-for-mean"}),
        )


def _with_loss(loss: Loss) -> Callable[[AnyProblem], AnyProblem]:
    return lambda problem: replace(problem, loss=loss) if isinstance(problem, Problem) else problem
