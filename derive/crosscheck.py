"""Every figure by independent routes: proved balls, compiled formulas, matrices in NumPy, complex step.

The only module that sees both cores. What is compared are full-precision figures; where hidden figures of a sequential
update are no derivatives, the complex step is held against the derivation with frozen weights.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial

from derive.balls import as_float
from derive.checks import SMALLEST, Check
from derive.compiled import FLOATS
from derive.condition import spread, spread_as_typed, two_rounds
from derive.derivation import Derivation, frozen_twin
from derive.errors import CrosscheckError, ProblemError
from derive.formula_problem import AnyProblem, FormulaProblem
from derive.formulas.trial import CannotError, worked
from derive.numeric import formulas
from derive.numeric.derivatives import SIZE
from derive.numeric.network import Network
from derive.numeric.quantities import frozen_gradient, numeric_gradient
from derive.numeric.quantities import values as matrix_values
from derive.numeric.training import train
from derive.problem import Loss, Number, Problem, Structure
from derive.symbolic.backward import Products, derive_structure
from derive.symbolic.chain import derive_chain
from derive.trajectory import Proved, error_curve, givens_of

#: Relative difference allowed between routes, before the quantity's own sensitivity to rounding is added.
RELATIVE_TOLERANCE = 1e-12
#: How many times the error bound of float64 along the formulas another order of the same sums may need.
_ORDERINGS = 16
#: What rounding may leave of terms that cancel, as a share of their size, in a derivative by complex step.
_CANCELLED = 1e-14
#: The same relative difference for figures after many rounds.
_TRAINING_TOLERANCE = 1e-9
#: By how much the learning rate is nudged to see what a training run does to a small difference.
_NUDGE = Fraction(1, 2 * 10**13)
#: A training that explodes magnifies rounding beyond what a float holds.
_LARGEST_TOLERANCE = 1e300
#: Rounds that the matrix core trains along: it takes 0.1 ms for each.
_MATRIX_ROUNDS = 100


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
    return _formula_checks(problem) if isinstance(problem, FormulaProblem) else _network_checks(problem)


def derivations(problem: AnyProblem, products: Products = "chain") -> Callable[[int], Derivation]:
    """The derivation for each sample's turn, made when first asked for; by one thread at a time, as SymPy wants it."""
    if isinstance(problem, FormulaProblem):
        derive: Callable[[int], Derivation] = lambda turn: derive_chain(problem.structure)  # noqa: E731
    else:
        structure = problem.structure
        shares = all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples)
        derive = partial(_derived, structure, products, shares)

    @cache
    def of_turn(turn: int) -> Derivation:
        with _DERIVING:
            return derive(turn)

    return of_turn


def _derived(structure: Structure, products: Products, shares: bool, turn: int) -> Derivation:
    return derive_structure(structure, products=products, turn=turn, shares=shares)


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
    spread = {name: _CANCELLED * slope.size for name, slope in slopes.items() if slope is not None}
    for name in structure.updated:
        slope, key = whole[name], f"d{full.objective}/d{name}"
        assert rate is not None
        stepped[f"step_{name}"] = None if slope is None else -rate * slope.value
        stepped[f"{name}_new"] = None if slope is None else givens[name] - rate * slope.value
        spread |= {f"step_{name}": rate * spread.get(key, 0.0), f"{name}_new": rate * spread.get(key, 0.0)}
    plain: dict[str, float | None] = dict(formulas.values(givens, texts))
    moved = {name: stepped[f"{name}_new"] for name in structure.updated}
    if moved and all(value is not None for value in moved.values()):
        after = formulas.values(givens | {name: value for name, value in moved.items() if value is not None}, texts)
        plain |= {f"{name}@1": value for name, value in after.items()}
    checks = [
        replace(check, tolerance=check.tolerance + spread.get(check.quantity, 0.0))
        for check in _compare(full, {"NumPy on the formulas as typed": plain, "complex step": stepped})
    ]
    # Where float64 cannot tell on which side of a kink it is, its slope by formula is no witness either.
    unknown = {name for name, value in stepped.items() if value is None}
    return tuple(_without_witness(check) if check.quantity in unknown else check for check in checks)


def _without_witness(check: Check) -> Check:
    return replace(check, values=(check.values[0], *(None for _ in check.values[1:])), error=0.0)


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
    checks = _compare(full, {"NumPy matrices": matrix_values(full), "complex step": stepped})
    if sequential:
        twin = replace(full, conventions=frozen_twin(full.structure).conventions)
        true = frozen_gradient(full)
        routes: dict[str, Mapping[str, float | None]] = {
            "NumPy matrices": true,
            "complex step": numeric_gradient(twin),
        }
        checks += [replace(check, frozen=True) for check in _compare(twin, routes, only=frozenset(true))]
    return tuple(checks)


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
    return tuple(
        _with_route(check, "formulas by deltas", routes[check.frozen].number(check.quantity)) for check in checks
    )


def crosscheck_whole(problem: AnyProblem, checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks of `crosscheck`, those of the gradient with one more route: SymPy on the whole error at once.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    checks : sequence of Check
        What `crosscheck` gave for it.
    """
    from derive.whole_expression import whole_gradient  # imports SymPy

    full, twin = (problem, problem) if isinstance(problem, FormulaProblem) else _both(problem)
    frozen = any(check.frozen for check in checks)  # then the others mix old and new weights
    found = whole_gradient(derivations(twin if frozen else full)(1), givens_of(full))
    return tuple(
        _with_route(check, "SymPy on the whole error", found[check.quantity])
        if check.quantity in found and check.frozen == frozen
        else check
        for check in checks
    )


def _both(problem: Problem) -> tuple[Problem, Problem]:
    """The problem with full figures, and the same with frozen weights."""
    full = replace(problem, display=replace(problem.display, carry="full"))
    return full, replace(full, conventions=frozen_twin(full.structure).conventions)


def _with_route(check: Check, route: str, value: float | None) -> Check:
    proved = check.values[0]
    assert proved is not None
    error = check.error if value is None else max(check.error, _distance(proved, value))
    return replace(check, routes=(*check.routes, route), values=(*check.values, value), error=error)


def crosscheck_training(
    problem: Problem, proved: Proved, rounds: Sequence[int], errors: Sequence[float]
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
    """
    slower, faster = (_nudged_curve(problem, proved, sign * _NUDGE, rounds[-1]) for sign in (-1, 1))
    quick = min(rounds[-1], _MATRIX_ROUNDS)
    matrix = train(Network.of(problem), quick).errors
    checks = []
    for number in rounds:
        value = proved.number(f"E_total@{number}")
        found: dict[str, float | None] = {"proved": value, "compiled formulas": errors[number]}
        if number <= quick:
            found["NumPy matrices"] = float(matrix[number])
        known = number < min(len(slower), len(faster))
        drift = abs(faster[number] - slower[number]) if known else abs(value)
        checks.append(
            Check(
                quantity=f"E_total@{number}",
                routes=tuple(found),
                values=tuple(found.values()),
                error=max(_distance(value, figure) for figure in found.values() if figure is not None),
                tolerance=min(
                    _TRAINING_TOLERANCE * abs(value) + _ORDERINGS * drift + _lost(problem.loss, value, errors[0]),
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


def _compare(
    problem: AnyProblem, routes: Mapping[str, Mapping[str, float | None]], only: frozenset[str] | None = None
) -> list[Check]:
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
        value = proved.number(name)
        along = compiled[name]
        # 0 · ln 0 and the like: floats lose the figure where its factors leave their range.
        found = {"compiled formulas": (along, bounds.along_formulas[name] if _is_number(along) else math.inf)}
        # Where everything cancels, changing the givens in proportion changes nothing, but rounding the terms does.
        cancelled = bounds.along_formulas[name] if value == 0.0 else 0.0
        bound = max(bounds.of_problem[name], cancelled)
        found |= {
            route: (figures[name], bound + (_of_step(value) if route == "complex step" else 0.0))
            for route, figures in routes.items()
            if name in figures
        }
        checks.append(_check(name, value, found))
    return checks


def _check(name: str, value: float, routes: Mapping[str, tuple[float | None, float]]) -> Check:
    """The routes beside the proved value, and the difference that comes nearest to what its route is allowed.

    A route that hangs on a branch which rounding decides, or that has no value in floats, is no witness there.
    """
    values: dict[str, float | None] = {"proved": value}
    worst = (0.0, RELATIVE_TOLERANCE * abs(value) + SMALLEST)
    for route, (figure, bound) in routes.items():
        values[route] = figure if math.isfinite(bound) else None
        if figure is None or not math.isfinite(bound):
            continue
        pair = (_distance(value, figure), RELATIVE_TOLERANCE * abs(value) + _ORDERINGS * bound + SMALLEST)
        worst = max(worst, pair, key=lambda each: each[0] / each[1])
    return Check(quantity=name, routes=tuple(values), values=tuple(values.values()), error=worst[0], tolerance=worst[1])


def _is_ahead(rule: str) -> bool:
    return rule in ("net_input", "activation", "output_error", "total_error", "batch_error", "definition")


def _of_step(slope: float) -> float:
    """What the complex step itself is off by: 1/out near out = 0 bends within a step that is not small beside out."""
    bend = (SIZE * slope) ** 2
    return abs(slope) * bend if bend < 1.0 else math.inf


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _distance(value: float, other: float) -> float:
    if value == other:
        return 0.0
    difference = abs(value - other)
    return math.inf if math.isnan(difference) else difference
