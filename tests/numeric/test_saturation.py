"""Figures far out: no overflow, no warning, no lost digits. Warnings are errors in this test run."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from derive.errors import ProblemError
from derive.formula.functions import ACTIVATIONS
from derive.given.problem import Activation, Loss
from derive.numeric import Network, frozen_gradient, train, values
from derive.numeric.activations import TWINS
from derive.numeric.quantities import numeric_gradient
from tests.numeric.problems import layer, problem

HEADS = [
    ("half_squared_error", "sigmoid"), ("squared_error", "tanh"), ("mean_squared_error", "softplus"),
    ("squared_error", "softmax"), ("binary_cross_entropy", "sigmoid"), ("binary_cross_entropy", "softmax"),
    ("cross_entropy", "softmax"),
]  # fmt: skip


@pytest.mark.parametrize("net", [-800, -40, 40, 800])
@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize(("loss", "activation"), HEADS)
def test_saturated_outputs_are_finite(loss: Loss, activation: Activation, target: int, net: int) -> None:
    """Nets of 40 and 800 on either side give finite figures, but for a slope by out that passes float64."""
    layers = [layer("H1", "identity", [[1]]), layer("y1 y2", activation, [[1], [-1]])]
    given = problem(layers, [[net]], [[target, 1 - target]], loss=loss)
    found = values(given)
    huge = {name for name, figure in found.items() if not math.isfinite(figure)}
    allowed = set()
    if "cross_entropy" in loss and abs(net) == 800:
        allowed = {f"dE_{above}/dout_{unit}" for unit in ("y1", "y2") for above in (unit, "total")}
    assert huge <= allowed
    for name, figure in numeric_gradient(given).items():
        if name not in allowed:
            assert figure == pytest.approx(frozen_gradient(given)[name], rel=1e-13, abs=1e-280), name


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", [np.float64, np.complex128])
def test_activations_stay_quiet(activation: Activation, kind: type) -> None:
    """No activation overflows or warns, on real or complex net inputs."""
    nets = np.array([[-1e300, -800.0, -40.0, -0.0, 0.0, 40.0, 800.0, 1e300]])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        twin = TWINS[activation]
        assert np.all(np.isfinite(twin.value(nets.astype(kind))))
        assert np.all(np.isfinite(twin.slope(nets, twin.value(nets))))


def test_saturated_slopes_keep_their_digits() -> None:
    """At a net input of 40 the slope is e^-40 to the last digits, where out (1 - out) from a rounded out is 0."""
    nets = np.array([[40.0, -40.0]])
    small = math.exp(-40.0)
    for activation, net, expected in (
        ("sigmoid", nets, [small, small]),
        ("tanh", nets / 2, [4 * small, 4 * small]),
        ("softmax", nets / 2, [small, -small, -small, small]),
    ):
        found = TWINS[activation].slope(net, TWINS[activation].value(net))
        assert found.ravel() == pytest.approx(expected, rel=1e-15)
    assert TWINS["softplus"].value(nets)[0, 1] == pytest.approx(small, rel=1e-15)


def test_saturated_errors_keep_their_digits() -> None:
    """A unit that meets its target up to e^-40 has that error, not 0; one that misses it, an error of 40."""
    small = math.exp(-40.0)
    for loss, right, wrong in (
        ("binary_cross_entropy", small, 40.0), ("half_squared_error", small**2 / 2, 0.5),
    ):  # fmt: skip
        layers = [layer("y1 y2", "sigmoid", [[1], [1]])]
        found = values(problem(layers, [[40]], [[1, 0]], loss=loss))  # type: ignore[arg-type]
        assert found["E_y1"] == pytest.approx(right, rel=1e-14)
        assert found["E_y2"] == pytest.approx(wrong, rel=1e-14)


def test_divergence_is_quiet() -> None:
    """Training that runs away past float64 ends in inf or nan, without a warning."""
    layers = [layer("H1", "identity", [[3]]), layer("y1", "identity", [[2]])]
    errors = train(Network.of(problem(layers, [[5]], [[1]], loss="squared_error", rate=10)), 30).errors
    assert errors[0] == 29.0**2
    assert not np.isfinite(errors[-1])


@pytest.mark.parametrize(("weight", "shown"), [("1.2", "1.2"), ("-0.5", "-0.5"), ("1", "1")])
def test_outputs_outside_the_loss(weight: str, shown: str) -> None:
    """Binary cross-entropy of an output outside (0, 1) is refused with its place and figure."""
    given = problem([layer("y1", "identity", [[weight]])], [[1]], [[1]], loss="binary_cross_entropy")
    with pytest.raises(ProblemError, match=rf"loss: .*in \(0, 1\); output 1 of sample 1 is {shown}\Z"):
        values(given)


def test_numeric_leaves_sympy_alone() -> None:
    """Importing the core does not import SymPy."""
    code = "import sys, derive.numeric; sys.exit(int('sympy' in sys.modules or 'derive.network.graph' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
