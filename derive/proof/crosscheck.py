"""Every figure by independent routes: proved balls, compiled formulas, matrices in NumPy, complex step.

The only module that sees both cores. What is compared are full-precision figures; where hidden figures of a sequential
update are no derivatives, the complex step is held against the derivation with frozen weights.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial

from derive.arithmetic.code import FLOATS
from derive.arithmetic.exact import as_float
from derive.errors import CrosscheckError, ProblemError
from derive.given.domain import CannotError, worked
from derive.given.formula_problem import AnyProblem, FormulaProblem, in_full_figures
from derive.given.naming import sample_indices, updated_id, with_sample
from derive.given.problem import Problem, Structure
from derive.network.backward import Products, derive_structure
from derive.network.derivation import Derivation, frozen_twin
from derive.network.deriving import derive_formulas
from derive.network.graph import Quantity
from derive.numeric import formulas
from derive.numeric.activations import TWINS
from derive.numeric.derivatives import SIZE
from derive.numeric.quantities import frozen_gradient, numeric_gradient
from derive.numeric.quantities import values as matrix_values
from derive.proof.checks import ORDERINGS, OUT_OF_RANGE, RELATIVE_TOLERANCE, UNKNOWN, Check, Witness, compared, distance
from derive.proof.crosscheck_programs import Twin, twin_of
from derive.proof.rounding_bounds import magnification, spread, spread_after, spread_as_typed, two_rounds
from derive.proof.values import Proved, givens_of

#: What rounding may leave of terms that cancel, as a share of their size, in a derivative by complex step.
_CANCELLED = 1e-14
#: What is lost of figures below the smallest float, in so many operations one after the other.
_SMALLEST_FLOAT, _OPERATIONS = 5e-324, 256
#: A route that may be off by more than this share of a figure cannot tell it.
_WORTHLESS = 1e-3
_BY_DELTAS = "formulas by deltas"
_WHOLE = "SymPy on the whole error"


_DERIVING = threading.RLock()


def crosscheck(problem: AnyProblem) -> tuple[Check, ...]:
    """Compare all routes for every quantity of the first round, and the forward pass after it.

    Parameters
    ----------
    problem : Problem or FormulaProblem

    Returns
    -------
    tuple of Check
        In working order. Use `require_agreement` to turn a disagreement into an error.
    """
    if isinstance(problem, FormulaProblem):
        return _program_checks(problem) if problem.program is not None else _formula_checks(problem)
    return _network_checks(problem)


def derivations(problem: AnyProblem, products: Products = "chain") -> Callable[[int], Derivation]:
    """The derivation for each sample's turn, made when first asked for; by one thread at a time, as SymPy wants it."""
    if isinstance(problem, FormulaProblem):
        derive: Callable[[int], Derivation] = partial(derive_formulas, problem.structure)
    else:
        structure = problem.structure
        shares = all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
        derive = partial(_derived, structure, products, shares)

    @cache
    def of_turn(turn: int) -> Derivation:
        with _DERIVING:
            return derive(turn)

    return of_turn


@lru_cache(maxsize=8)
def _derived(structure: Structure, products: Products, shares: bool, turn: int) -> Derivation:
    return derive_structure(structure, products=products, turn=turn, shares=shares)


def _formula_checks(problem: FormulaProblem) -> tuple[Check, ...]:
    full = in_full_figures(problem)
    require_values(full, derivations(full)(1))
    givens = {name: float(number.value) for name, number in full.givens}
    texts = [(name, text) for name, text, _ in full.definitions]
    rate = None if full.learning_rate is None else float(full.learning_rate.value)
    structure = full.structure
    names = structure.traced()
    edges = [(name, consumer) for name in names for consumer in structure.consumers(name)]
    local = formulas.local_derivatives(givens, texts, edges)
    slopes = {structure.edge_id(*edge): slope for edge, slope in local.items()}
    whole = formulas.derivatives(givens, texts, full.objective, names)
    slopes |= {f"d{full.objective}/d{name}": slope for name, slope in whole.items()}
    stepped = {name: None if slope is None else slope.value for name, slope in slopes.items()}
    # Terms that cancel leave their rounding behind: a/b/a has the derivative 0, and the step finds 1e-17.
    own = {name: _off(slope) for name, slope in slopes.items() if slope is not None}
    for name in structure.updated:
        slope, key = whole[name], f"d{full.objective}/d{name}"
        assert rate is not None
        stepped[f"step_{name}"] = None if slope is None else -rate * slope.value
        stepped[f"{name}_new"] = None if slope is None else givens[name] - rate * slope.value
        own |= {f"step_{name}": rate * own.get(key, 0.0), f"{name}_new": rate * own.get(key, 0.0)}
    plain: dict[str, float | None] = dict(formulas.values(givens, texts))
    moved = {name: value for name in structure.updated if (value := stepped[f"{name}_new"]) is not None}
    ahead: dict[str, float] = {}
    if moved and len(moved) == len(structure.updated):
        after = formulas.values(givens | moved, texts)
        plain |= {f"{name}@1": value for name, value in after.items()}
        reach = {name: (value, own[f"{name}_new"]) for name, value in moved.items()}
        ahead = spread_after(derivations(full), givens_of(full), reach)
    # Where float64 cannot tell on which side of a kink it is, its slope by formula is no witness either.
    unknown = frozenset(name for name, value in stepped.items() if value is None)
    typed = _Route(values=plain, own=ahead)
    return tuple(
        _compare(full, {"NumPy on the formulas as typed": typed, "complex step": _Route(stepped, own)}, unknown=unknown)
    )


def _program_checks(problem: FormulaProblem) -> tuple[Check, ...]:
    full = in_full_figures(problem)
    derivation_of_turn = derivations(full)
    derivation = derivation_of_turn(1)
    require_values(full, derivation)
    found = twin_of(full, derivation, _off)
    checks = _checks_by_twin(full, derivation_of_turn, found)
    if found.once and not all(check.ok for check in checks):
        return _checks_by_twin(full, derivation_of_turn, twin_of(full, derivation, _off, twice=True))
    return checks


def _checks_by_twin(
    full: FormulaProblem, derivation_of_turn: Callable[[int], Derivation], found: Twin
) -> tuple[Check, ...]:
    ahead: dict[str, float] = {}
    if found.moved and len(found.moved) == len(full.structure.updated):
        ahead = spread_after(derivation_of_turn, givens_of(full), found.moved)
    else:
        found.values = {name: value for name, value in found.values.items() if "@" not in name}
    unknown = frozenset(name for name, value in found.stepped.items() if value is None)
    routes = {
        "NumPy on the arrays as typed": _Route(values=found.values, own=ahead),
        "complex step": _Route(found.stepped, found.off),
    }
    return tuple(_compare(full, routes, unknown=unknown))


def _off(slope: formulas.Slope) -> float:
    """How far a derivative by complex step may be off; infinite where the step is no small one."""
    rounding = _CANCELLED * slope.size
    if not slope.bent <= max(rounding, _WORTHLESS * abs(slope.value), SIZE):
        return math.inf
    return _finite(rounding + ORDERINGS * slope.bent)


def require_values(problem: FormulaProblem, derivation: Derivation) -> None:
    """Raise `ProblemError` where a derivative, or a formula after the update, has no value at the given numbers."""
    given = {name: number.value for name, number in problem.numbers.items()}
    try:
        found = worked(((q.id, q.expression) for q in derivation.quantities), given, strict=False)
    except CannotError as error:
        upper = error.quantity.partition("/")[0]
        owner = upper.removeprefix("edge_") if upper.startswith("edge_") else upper.removeprefix("d")
        key = f"define.{owner}" if "/" in error.quantity else "learning_rate"
        message = f"{error.quantity} has no value at the given numbers: {error.reason}"
        raise ProblemError(message, key=key) from None
    if derivation.trained:
        after = {name: found.get(updated_id(name), value) for name, value in given.items()}
        try:
            worked(problem.structure.definitions, after, strict=False)
        except CannotError as error:
            raise ProblemError(
                f"after the update {error.quantity} has no value: {error.reason}; a smaller learning rate may help",
                key="learning_rate",
            ) from None


def _network_checks(problem: Problem) -> tuple[Check, ...]:
    full = in_full_figures(problem)
    sequential = full.conventions.update == "sequential" and len(full.layers) > 1
    stepped = {} if sequential else numeric_gradient(full)
    figures = matrix_values(full)
    checks = _compare(full, _matrix_routes(full, figures, figures, stepped))
    if sequential:
        twin = replace(full, conventions=frozen_twin(full.structure).conventions)
        true = frozen_gradient(full)
        frozen = _compare(twin, _matrix_routes(twin, figures, true, numeric_gradient(twin)), only=frozenset(true))
        checks += [replace(check, frozen=True) for check in frozen]
    return tuple(checks)


def crosscheck_ahead(problem: Problem, derivation: Derivation) -> tuple[Check, ...]:
    """The same for some figures of the forward pass alone.

    Parameters
    ----------
    problem : Problem
    derivation : Derivation
        What is wanted and what it rests on, without anything that is trained.
    """
    full = in_full_figures(problem)
    figures = matrix_values(full)
    return tuple(_compare(full, _matrix_routes(full, figures, figures, {}), derivation_of_turn=lambda _: derivation))


def _matrix_routes(
    problem: Problem,
    figures: Mapping[str, float],
    matrices: Mapping[str, float],
    stepped: Mapping[str, float | None],
) -> dict[str, _Route]:
    """The two routes of the NumPy core, with what each may lose at the ends of the range of floats."""
    # Below the smallest float a figure is lost; what stands above it in the network magnifies what is lost.
    grain = _SMALLEST_FLOAT * _OPERATIONS
    once = magnification(problem, figures)
    twice = once * once
    ahead = {name: grain * (once if _is_forward(name) else twice) for name in matrices}
    if _hangs_on_the_smallest(problem, figures, grain * once):
        ahead = {name: size if _is_forward(name) and "@" not in name else math.inf for name, size in ahead.items()}
    # The parts of a complex step are so much smaller; and a step is small only beside nets that it hardly moves.
    reach = SIZE * once
    lost = grain / SIZE * twice if reach * reach < RELATIVE_TOLERANCE * RELATIVE_TOLERANCE else math.inf
    own = dict.fromkeys(stepped, lost)
    if "cross_entropy" in problem.loss:
        # 1/out near out = 0, and 1/(1 - out) near 1, bend within a step that is not small beside out or 1 - out.
        for unit in problem.outputs:
            for sample in sample_indices(problem.structure):
                name = with_sample(f"dE_total/dout_{unit}", sample)
                if name not in stepped:
                    continue
                room = figures[with_sample(f"dout_{unit}/dnet_{unit}", sample)]  # less than either
                bend = SIZE / room * (SIZE / room) if room else math.inf
                own[name] = lost + (abs(stepped[name] or 0.0) * bend if bend < 1.0 else math.inf)
    return {"NumPy matrices": _Route(matrices, ahead), "complex step": _Route(stepped, own)}


def _hangs_on_the_smallest(problem: Problem, figures: Mapping[str, float], grain: float) -> bool:
    """Whether a net input is so near to a kink that its side is below the smallest float, and not exactly on it."""
    nets = [
        with_sample(f"net_{unit}", sample)
        for layer in problem.layers
        if TWINS[layer.activation].kinked
        for unit in layer.units
        for sample in sample_indices(problem.structure)
    ]
    near = [net for net in nets if abs(figures[net]) <= grain]
    if not near:
        return False
    proved = Proved(problem, derivations(problem))
    return any(proved.value(net) != 0 for net in near)


def _is_forward(name: str) -> bool:
    return name.startswith(("net_", "out_"))


def crosscheck_deltas(problem: Problem, checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks of `crosscheck` with one more route each: the formulas of the derivation by deltas, proved.

    Parameters
    ----------
    problem : Problem
    checks : sequence of Check
        What `crosscheck` gave for it.
    """
    full, twin = _both(problem)
    routes = {frozen: Proved(each, derivations(each, "delta")) for frozen, each in ((False, full), (True, twin))}
    return tuple(_with_route(check, _BY_DELTAS, routes[check.frozen].within_floats(check.quantity)) for check in checks)


def crosscheck_whole(problem: AnyProblem, checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks of `crosscheck`, those of the gradient with one more route: SymPy on the whole error at once.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    checks : sequence of Check
        What `crosscheck` gave for it.
    """
    from derive.proof.whole_expression import whole_gradient  # imports SymPy

    full, twin = (problem, problem) if isinstance(problem, FormulaProblem) else _both(problem)
    frozen = any(check.frozen for check in checks)  # then the others mix old and new weights
    found = whole_gradient(derivations(twin if frozen else full)(1), givens_of(full))
    return tuple(
        _with_route(check, _WHOLE, found[check.quantity], missing=UNKNOWN)
        if check.quantity in found and check.frozen == frozen
        else check
        for check in checks
    )


def _both(problem: Problem) -> tuple[Problem, Problem]:
    """The problem with full figures, and the same with frozen weights."""
    full = in_full_figures(problem)
    return full, replace(full, conventions=frozen_twin(full.structure).conventions)


def _with_route(check: Check, route: str, value: float | None, *, missing: str = "") -> Check:
    """The check with one more route, whose figures are proved; ``missing`` says why it may have none."""
    first, left_out = check.values[0], check.left_out
    if first is None or value is None:
        apart = 0.0 if missing or first is value else math.inf
        left_out = (*left_out, (route, OUT_OF_RANGE if first is None else missing or OUT_OF_RANGE))
    else:
        apart = distance(first, value)
    return replace(
        check,
        routes=(*check.routes, route),
        values=(*check.values, value),
        error=max(check.error, apart),
        left_out=left_out,
    )


def require_agreement(checks: Sequence[Check]) -> None:
    """Raise `CrosscheckError` with quantity, routes and values where two routes disagree."""
    for check in checks:
        if not check.ok:
            shown = ", ".join(f"{route} {value!r}" for route, value in zip(check.routes, check.values, strict=True))
            raise CrosscheckError(
                f"the routes to {check.quantity} disagree: {shown}; "
                f"they differ by {check.error:.3g}, and {check.tolerance:.3g} is allowed. No document is written."
            )


@dataclass(frozen=True, slots=True)
class _Route:
    """What a route gives, and how far it may be off by itself, beside what rounding does to the problem."""

    values: Mapping[str, float | None]
    own: Mapping[str, float] = field(default_factory=dict)


def _compare(
    problem: AnyProblem,
    routes: Mapping[str, _Route],
    only: frozenset[str] | None = None,
    unknown: frozenset[str] = frozenset(),
    derivation_of_turn: Callable[[int], Derivation] | None = None,
) -> list[Check]:
    """The checks of a problem; of the ``unknown`` quantities no route but the proved one is asked."""
    derivation_of_turn = derivation_of_turn or derivations(problem)
    proved = Proved(problem, derivation_of_turn)
    derivation = derivation_of_turn(1)
    names = [quantity.id for quantity in derivation.quantities if only is None or quantity.id in only]
    if only is None and derivation.trained:
        names += [f"{quantity.id}@1" for quantity in derivation.quantities if is_ahead(quantity)]
    bounding = spread_as_typed if isinstance(problem, FormulaProblem) else spread
    bounds = bounding(derivation_of_turn, proved.rounds.givens)
    floats = {name: as_float(value) for name, value in proved.rounds.givens.items()}
    compiled = two_rounds(derivation_of_turn, floats, FLOATS)
    checks = []
    for name in names:
        value = proved.within_floats(name)
        along = bounds.along_formulas[name]
        # 0 · ln 0 and the like: floats lose the figure where its factors leave their range.
        lost = not _is_number(compiled[name])
        found = {"compiled formulas": Witness(compiled[name], along, lost=lost)}
        # Where everything cancels, changing the givens in proportion changes nothing, but rounding the terms does.
        bound = max(bounds.of_problem[name], along if value == 0.0 else 0.0)
        for route, given in routes.items():
            if name in given.values:
                own = given.own.get(name, 0.0)
                if value and own > _WORTHLESS * abs(value):
                    own = math.inf
                # A route without a figure stands at a kink, unless floats are lost; one that is no number never does.
                far = lost or (given.values[name] is not None and not math.isfinite(along))
                found[route] = Witness(given.values[name], bound, own, lost=far)
        checks.append(compared(name, value, found, known=name not in unknown))
    return checks


def is_ahead(quantity: Quantity) -> bool:
    """Whether a quantity belongs to the forward pass."""
    return quantity.rule in ("net_input", "activation", "output_error", "total_error", "batch_error", "definition")


def _finite(bound: float) -> float:
    return bound if math.isfinite(bound) else math.inf


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
