"""Every figure by independent routes: proved balls, compiled formulas, matrices in NumPy, complex step.

The only module that sees both cores. What is compared are full-precision figures; where hidden figures of a sequential
update are no derivatives, the complex step is held against the derivation with frozen weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

from derive.balls import as_float
from derive.checks import ORDERINGS, OUT_OF_RANGE, RELATIVE_TOLERANCE, Check, Witness, compared, distance
from derive.compiled import FLOATS
from derive.condition import magnification, spread, spread_after, spread_as_typed, two_rounds
from derive.derivation import Derivation, frozen_twin
from derive.errors import CrosscheckError, ProblemError
from derive.formula_problem import AnyProblem, FormulaProblem
from derive.formulas.trial import CannotError, worked
from derive.naming import sample_indices, with_sample
from derive.numeric import formulas
from derive.numeric.activations import KINKED
from derive.numeric.derivatives import SIZE
from derive.numeric.network import Network
from derive.numeric.quantities import frozen_gradient, numeric_gradient
from derive.numeric.quantities import values as matrix_values
from derive.numeric.training import train
from derive.problem import Loss, Number, Problem
from derive.symbolic.backward import Products, derive_structure
from derive.symbolic.chain import derive_chain
from derive.trajectory import Proved, error_curve, givens_of

#: What rounding may leave of terms that cancel, as a share of their size, in a derivative by complex step.
_CANCELLED = 1e-14
#: The same relative difference for figures after many rounds.
_TRAINING_TOLERANCE = 1e-9
#: By how much the learning rate is nudged to see what a training run does to a small difference.
_NUDGE = Fraction(1, 2 * 10**13)
#: A training that explodes magnifies rounding beyond what a float holds.
_LARGEST_TOLERANCE = 1e300
#: What is lost of figures below the smallest float, in so many operations one after the other.
_SMALLEST_FLOAT, _OPERATIONS = 5e-324, 256
#: A route that may be off by more than this share of a figure cannot tell it.
_WORTHLESS = 1e-3
#: Beyond this a product of two figures may be larger than any float.
_FAR = 1e150
_BY_DELTAS = "formulas by deltas"
#: Rounds that the matrix core trains along: it takes 0.1 ms for each.
_MATRIX_ROUNDS = 100


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
    return _formula_checks(problem) if isinstance(problem, FormulaProblem) else _network_checks(problem)


def derivations(problem: AnyProblem, products: Products = "chain") -> Callable[[int], Derivation]:
    """The derivation for each sample's turn, made when first asked for."""
    if isinstance(problem, FormulaProblem):
        chain = problem.structure
        return cache(lambda turn: derive_chain(chain))
    structure = problem.structure
    shares = all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
    return cache(lambda turn: derive_structure(structure, products=products, turn=turn, shares=shares))


def _formula_checks(problem: FormulaProblem) -> tuple[Check, ...]:
    full = replace(problem, display=replace(problem.display, carry="full"))
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


def _off(slope: formulas.Slope) -> float:
    """How far a derivative by complex step may be off; infinite where the step is no small one."""
    rounding = _CANCELLED * slope.size
    if not slope.bent <= max(rounding, _WORTHLESS * abs(slope.value), SIZE):
        return math.inf
    return _finite(rounding + ORDERINGS * slope.bent)


def require_values(problem: FormulaProblem, derivation: Derivation) -> None:
    """Raise `ProblemError` where a derivative, or a formula after the update, has no value at the given numbers."""
    given = {name: number.value for name, number in problem.givens}
    rate = {} if problem.learning_rate is None else {"eta": problem.learning_rate.value}
    try:
        found = worked(((q.id, q.expression) for q in derivation.quantities), given | rate, strict=False)
    except CannotError as error:
        upper = error.quantity.partition("/")[0]
        owner = upper.removeprefix("edge_") if upper.startswith("edge_") else upper.removeprefix("d")
        key = f"define.{owner}" if "/" in error.quantity else "learning_rate"
        message = f"{error.quantity} has no value at the given numbers: {error.reason}"
        raise ProblemError(message, key=key) from None
    if derivation.trained:
        after = {name: found.get(f"{name}_new", value) for name, value in given.items()}
        try:
            worked(problem.structure.definitions, after, strict=False)
        except CannotError as error:
            raise ProblemError(
                f"after the update {error.quantity} has no value: {error.reason}; a smaller learning rate may help",
                key="learning_rate",
            ) from None


def _network_checks(problem: Problem) -> tuple[Check, ...]:
    full = replace(problem, display=replace(problem.display, carry="full"))
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
    proved = Proved(problem, derivations(problem))
    nets = (
        with_sample(f"net_{unit}", sample)
        for layer in problem.layers
        if layer.activation in KINKED
        for unit in layer.units
        for sample in sample_indices(problem.structure)
    )
    return any(abs(figures[net]) <= grain and proved.value(net) != 0 for net in nets)


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
    full = replace(problem, display=replace(problem.display, carry="full"))
    twin = replace(full, conventions=frozen_twin(full.structure).conventions)
    routes = {frozen: Proved(each, derivations(each, "delta")) for frozen, each in ((False, full), (True, twin))}
    found = []
    for check in checks:
        first, value = check.values[0], routes[check.frozen].within_floats(check.quantity)
        apart = 0.0 if first is None and value is None else math.inf
        found.append(
            replace(
                check,
                routes=(*check.routes, _BY_DELTAS),
                values=(*check.values, value),
                error=max(check.error, apart if first is None or value is None else distance(first, value)),
                left_out=check.left_out if value is not None else (*check.left_out, (_BY_DELTAS, OUT_OF_RANGE)),
            )
        )
    return tuple(found)


def crosscheck_training(
    problem: Problem, proved: Proved, rounds: Sequence[int], errors: Sequence[float], first: Sequence[Check] = ()
) -> tuple[Check, ...]:
    """Compare the total error after so many rounds: proved, by compiled formulas, and by matrices where that is quick.

    A training run can magnify rounding; how much is seen from a second run whose learning rate differs in its
    thirteenth digit.

    Parameters
    ----------
    problem : Problem
    proved : Proved
        Its figures in full, not carried rounded.
    rounds : sequence of int
        In rising order, 1 or more each.
    errors : sequence of float
        The total error of every round by compiled formulas, up to the last of ``rounds``.
    first : sequence of Check
        Those of rounds 0 and 1: what a route cannot know there it cannot know later, and what rounding does there it
        does later.
    """
    slower, faster = (_nudged_curve(problem, proved, sign * _NUDGE, rounds[-1]) for sign in (-1, 1))
    quick = min(rounds[-1], _MATRIX_ROUNDS)
    matrix = train(Network.of(problem), quick).errors
    far = magnification(problem, {}) > _FAR
    totals = [check for check in first if check.quantity in ("E_total", "E_total@1")]
    unknown = dict(pair for check in totals for pair in check.left_out)
    sizes = (check.tolerance for check in totals if check.tolerance > _TRAINING_TOLERANCE * abs(check.values[0] or 0.0))
    rounding = max(sizes, default=0.0)
    checks = []
    for number in rounds:
        value = proved.number(f"E_total@{number}")
        found: dict[str, float | None] = {"proved": value, "compiled formulas": errors[number]}
        if number <= quick:
            found["NumPy matrices"] = float(matrix[number])
        left_out = {route: reason for route, reason in unknown.items() if route in found}
        if far and not math.isfinite(found.get("NumPy matrices") or 0.0):
            left_out.setdefault("NumPy matrices", OUT_OF_RANGE)
        found |= dict.fromkeys(left_out)
        known = number < min(len(slower), len(faster))
        drift = abs(faster[number] - slower[number]) if known else abs(value)
        checks.append(
            Check(
                quantity=f"E_total@{number}",
                routes=tuple(found),
                values=tuple(found.values()),
                left_out=tuple(left_out.items()),
                error=max(distance(value, figure) for figure in found.values() if figure is not None),
                tolerance=min(
                    _TRAINING_TOLERANCE * abs(value)
                    + ORDERINGS * drift
                    + rounding
                    + _lost(problem.loss, value, errors[0]),
                    _LARGEST_TOLERANCE,
                ),
            )
        )
    return tuple(checks)


def _nudged_curve(problem: Problem, proved: Proved, nudge: Fraction, rounds: int) -> list[float]:
    """The error curve of the same problem with another learning rate, by so little."""
    rate = Number.of(problem.learning_rate.value * (1 + nudge))
    return error_curve(replace(problem, learning_rate=rate), proved.rounds.derivation_of_turn, rounds)


def _lost(loss: Loss, error: float, first: float) -> float:
    """What float64 may lose of an error near its minimum, where outputs are known to so many places and no more.

    A squared error is then off by the difference times 1e-13 or so, and stalls where updates fall below the last bit
    of a weight; a cross-entropy, the logarithm of an output near 1, by the output's own last places.
    """
    if "squared" in loss:
        return 1e-13 * math.sqrt(abs(error) * abs(first)) + 1e-24 * abs(first)
    return 1e-14 * max(abs(first), 1.0)


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
) -> list[Check]:
    """The checks of a problem; of the ``unknown`` quantities no route but the proved one is asked."""
    derivation_of_turn = derivations(problem)
    proved = Proved(problem, derivation_of_turn)
    derivation = derivation_of_turn(1)
    names = [quantity.id for quantity in derivation.quantities if only is None or quantity.id in only]
    if only is None and derivation.trained:
        names += [f"{quantity.id}@1" for quantity in derivation.quantities if _is_ahead(quantity.rule)]
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


def _is_ahead(rule: str) -> bool:
    return rule in ("net_input", "activation", "output_error", "total_error", "batch_error", "definition")


def _finite(bound: float) -> float:
    return bound if math.isfinite(bound) else math.inf


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
