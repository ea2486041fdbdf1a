"""The hand-written backward pass against numeric derivatives, which know nothing of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from derive.given.problem import Layer, Number, Problem
from derive.numeric import Network, backward, central_differences, complex_step, forward, frozen_gradient, values
from derive.numeric.activations import TWINS
from derive.numeric.quantities import numeric_gradient
from tests.numeric.problems import layer, mazur, problem

TOLERANCE = 1e-12
HIDDEN = ("sigmoid", "tanh", "relu", "leaky_relu", "identity", "softplus")
HEADS = [
    *[(loss, last) for loss in ("half_squared_error", "squared_error", "mean_squared_error")
      for last in (*HIDDEN, "softmax")],
    ("binary_cross_entropy", "sigmoid"), ("binary_cross_entropy", "softmax"), ("cross_entropy", "softmax"),
]  # fmt: skip


@st.composite
def problems(draw: st.DrawFn, update: str = "simultaneous") -> Problem:
    """Networks of one to four layers, every activation, loss and convention, one to three samples."""
    loss, last = draw(st.sampled_from(HEADS))
    depth = draw(st.integers(1, 4))
    sizes = [draw(st.integers(1, 4)) for _ in range(depth)]
    sizes.append(draw(st.integers(2 if last == "softmax" else 1, 3)))
    figure = st.integers(-200, 200).map(lambda whole: Fraction(whole, 100))
    layers = []
    for number, (below, units) in enumerate(pairwise(sizes), start=1):
        activation = last if number == depth else draw(st.sampled_from(HIDDEN))
        kind = draw(st.sampled_from(["none", "shared", "per-unit"]))
        bias = {"none": None, "shared": draw(figure), "per-unit": [draw(figure) for _ in range(units)]}[kind]
        rows = [[draw(figure) for _ in range(below)] for _ in range(units)]
        names = " ".join(f"{'y' if number == depth else f'h{number}_'}{unit}" for unit in range(1, units + 1))
        layers.append(layer(names, activation, rows, bias))
    count = draw(st.integers(1, 3))
    inputs = [[draw(figure) for _ in range(sizes[0])] for _ in range(count)]
    targets = []
    for _ in range(count):
        goal = [Fraction(draw(st.integers(0, 10)), 10) for _ in range(sizes[-1])]
        if loss == "cross_entropy":
            goal = [(share + 1) / (sum(goal) + len(goal)) for share in goal]
        targets.append(goal)
    return problem(
        layers, inputs, targets, loss=loss, rate="0.1", update=update,
        bias_sign=draw(st.sampled_from(["added", "subtracted"])),
        batch=draw(st.sampled_from(["sum", "mean", "online"])),
    )  # fmt: skip


def disagreements(found: dict[str, float], numeric: dict[str, float | None]) -> list[str]:
    """Ids at which the two differ by more than the tolerance, scaled by the size of the largest figure."""
    assert set(found) == set(numeric)
    scale = max([abs(figure) for figure in found.values()] + [1e-300])
    return [
        name
        for name, figure in found.items()
        if (other := numeric[name]) is not None and not abs(figure - other) <= TOLERANCE * scale
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_backward_is_the_complex_step(given_problem: Problem) -> None:
    """Deltas, ∂E/∂out and gradients of any network agree with the complex step."""
    assert disagreements(frozen_gradient(given_problem), numeric_gradient(given_problem)) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(update="sequential"))
def test_frozen_gradient_of_a_sequential_update(given_problem: Problem) -> None:
    """The true derivatives do not depend on the kind of update."""
    simultaneous = replace(given_problem, conventions=replace(given_problem.conventions, update="simultaneous"))
    frozen = frozen_gradient(given_problem)
    assert frozen == frozen_gradient(simultaneous)
    worked = values(simultaneous)
    assert {name: worked[name] for name in frozen} == frozen


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.integers(0, 5))
def test_central_differences(given_problem: Problem, turn: int) -> None:
    """A third route, without complex numbers, to fewer digits."""
    network = Network.of(given_problem)
    step, difference = complex_step(network, turn), central_differences(network, turn)
    compared = ~np.isnan(step.batch) & ~np.isnan(difference.batch)
    scale = 1.0 + np.nanmax(np.abs(step.batch), initial=0.0) + abs(forward(network).total)
    assert step.batch[compared] == pytest.approx(difference.batch[compared], abs=1e-6 * scale)


def test_mazur_digits() -> None:
    """On the default network the two routes agree to float64's last digits, in every sum and mean of samples."""
    for batch in ("sum", "mean", "online"):
        frozen, numeric = frozen_gradient(mazur(batch=batch)), numeric_gradient(mazur(batch=batch))
        for name, figure in frozen.items():
            assert numeric[name] == pytest.approx(figure, rel=2e-15), name


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_kink(activation: str) -> None:
    """With 0.1 + 0.2 - 0.3 as net input the derivatives that move it are left out, and no others."""
    first = layer("H1 H2", activation, [["0.1", "0.2"], ["0.5", "0.6"]], ["-0.3", 0])  # type: ignore[arg-type]
    last = layer("y1", "identity", [["0.7", "0.8"]], [0])
    given_problem = problem([first, last], [[1, 1]], [["0.4"]], loss="half_squared_error")
    numeric, frozen, found = numeric_gradient(given_problem), frozen_gradient(given_problem), values(given_problem)
    assert found["net_H1"] == 0.0
    assert found["dout_H1/dnet_H1"] == (0.0 if activation == "relu" else 0.01)
    missing = {name for name, figure in numeric.items() if figure is None}
    assert missing == {"dE_total/dw1", "dE_total/dw2", "dE_total/db_H1", "delta_H1"}
    assert frozen["dE_total/dout_H1"] == pytest.approx(0.7 * (0.88 - 0.4))
    assert disagreements(frozen, numeric) == []
    differences = central_differences(Network.of(given_problem))
    assert {name for name, slope in zip(differences.ids, differences.batch, strict=True) if np.isnan(slope)} == {
        "w1", "w2", "b_H1",
    }  # fmt: skip


def changed(given_problem: Problem, number: int, **changes: object) -> Problem:
    layers = list(given_problem.layers)
    layers[number] = replace(layers[number], **changes)  # type: ignore[arg-type]
    return replace(given_problem, layers=tuple(layers))


def transposed(old: Layer) -> tuple[tuple[Number, ...], ...]:
    return tuple(zip(*old.weights, strict=True))


def test_planted_errors_are_seen() -> None:
    """A flipped sign, transposed weights, another figure or a dropped path makes the comparison fail."""
    right = mazur(train_biases=True)
    numeric = numeric_gradient(right)
    frozen = frozen_gradient(right)
    assert disagreements(frozen, numeric) == []
    assert disagreements({**frozen, "dE_total/dw1": -frozen["dE_total/dw1"]}, numeric) == ["dE_total/dw1"]
    assert "delta_H1" in disagreements(frozen_gradient(changed(right, 1, weights=transposed(right.layers[1]))), numeric)
    off = changed(right, 0, weights=(right.layers[0].weights[0], (Number.of("0.25"), Number.of("0.31"))))
    assert "delta_H2" in disagreements(frozen_gradient(off), numeric)
    minus = replace(right, conventions=replace(right.conventions, bias_sign="subtracted"))
    assert "dE_total/db1" in disagreements(frozen_gradient(minus), numeric)
    sequential = mazur(update="sequential", train_biases=True)
    worked = {name: values(sequential)[name] for name in numeric}
    assert set(disagreements(worked, numeric)) >= {"delta_H1", "dE_total/dw1", "dE_total/dout_H2", "dE_total/db1"}


def test_planted_error_in_a_slope_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong slope in the backward pass does not reach the complex step, which therefore tells."""
    numeric = numeric_gradient(mazur())
    wrong = replace(TWINS["sigmoid"], slope=lambda net, out: np.ones_like(net))
    monkeypatch.setitem(TWINS, "sigmoid", wrong)
    assert "dE_total/dw5" in disagreements(frozen_gradient(mazur()), numeric)
    assert numeric_gradient(mazur()) == numeric


def test_turn_chooses_the_sample() -> None:
    """Online, round k descends the total of sample k mod S."""
    layers = [layer("y1", "tanh", [["0.3", "-0.4"]], ["0.2"])]
    network = Network.of(problem(layers, [[1, 2], [3, "0.1"]], [[0], [1]], loss="squared_error", batch="online"))
    ahead = forward(network)
    for turn in (0, 1, 2, 5):
        slopes = complex_step(network, turn)
        assert slopes.batch == pytest.approx(slopes.samples[:, turn % 2], rel=0)
        weights = backward(network, ahead, turn).batch.weights[0].ravel()
        assert weights == pytest.approx(slopes.batch[:2], rel=1e-14)
