"""Training from many starts at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import derive
from derive.errors import UnknownQuantityError, UnsupportedError
from derive.given.problem import Display, Number, Problem
from derive.numeric.network import Network
from derive.numeric.training import train as matrix_train
from derive.solved import starts
from tests.numeric.problems import layer, mazur, problem


def moved(given: Problem, weights: np.ndarray) -> Problem:
    """The 2-2-2 network with other weights."""
    tables = weights.reshape(2, 2, 2)
    layers = tuple(
        replace(each, weights=tuple(tuple(Number.of(float(weight)) for weight in row) for row in table))
        for each, table in zip(given.layers, tables, strict=True)
    )
    return replace(given, layers=layers)


def test_each_variant_trains_as_it_does_alone() -> None:
    """Parameters and errors of every start are those of the NumPy core from that start."""
    given = mazur()
    begin = np.random.default_rng(7).uniform(-2, 2, (5, 8))
    before = begin.copy()
    many = derive.train_many(given, begin, rounds=50, recorded=(0, 7, 50))
    assert (begin == before).all()
    assert many.names == tuple(f"w{number}" for number in range(1, 9))
    assert many.recorded == (0, 7, 50)
    assert many.parameters.shape == (5, 8)
    for variant in range(5):
        alone = matrix_train(Network.of(moved(given, begin[variant])), 50)
        np.testing.assert_allclose(many.errors[variant], alone.errors[[0, 7, 50]], rtol=1e-12)
        weights = np.concatenate([each.weights.real.ravel() for each in alone.network.layers])
        np.testing.assert_allclose(many.parameters[variant], weights, rtol=1e-12)


def test_the_last_variants_of_an_odd_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where variants are cut into chunks makes no difference."""
    begin = np.random.default_rng(8).uniform(-2, 2, (7, 8))
    whole = derive.train_many(mazur(), begin, rounds=20)
    monkeypatch.setattr(starts, "CHUNK", 3)
    cut = derive.train_many(mazur(), begin, rounds=20)
    np.testing.assert_array_equal(cut.parameters, whole.parameters)
    np.testing.assert_array_equal(cut.errors, whole.errors)


def test_starts_by_id_leave_the_others_as_given() -> None:
    """Only w5 differs; the variant with the given w5 trains as the problem does."""
    many = derive.train_many(mazur(), {"w5": [0.40, 3.0]}, rounds=10)
    assert many.recorded == (0, 1, 10)
    alone = derive.train(mazur(), rounds=10).errors
    np.testing.assert_allclose(many.errors[0], [alone[0], alone[1], alone[10]], rtol=1e-12)
    assert abs(many.errors[1, 0] - many.errors[0, 0]) > 0.01


def test_samples_take_turns_in_arrays_too() -> None:
    """With one update a sample the order is that of the NumPy core."""
    given = problem(
        [layer("y", "tanh", [["0.3", "-0.2"]], "0.1")],
        [["0.5", "1"], ["1", "-0.5"], ["0", "1"]],
        [["1"], ["0"], ["0.5"]],
        loss="squared_error",
        batch="online",
    )
    many = derive.train_many(given, {"w1": [0.3]}, rounds=8, recorded=tuple(range(9)))
    np.testing.assert_allclose(many.errors[0], matrix_train(Network.of(given), 8).errors, rtol=1e-12)


def test_a_variant_that_diverges_leaves_the_others_alone() -> None:
    """One start blows up to nan or inf, silently; the one at the minimum stays there."""
    given = problem([layer("y", "identity", [["1"]])], [["1"]], [["0"]], loss="half_squared_error", rate="50")
    many = derive.train_many(given, [[0.0], [1.0]], rounds=500)
    assert many.parameters[0, 0] == 0
    assert not np.isfinite(many.parameters[1, 0])


def test_what_does_not_fit_is_refused() -> None:
    """Wrong shapes, ids, rounds, and figures that are carried rounded."""
    with pytest.raises(UnsupportedError, match=r"\(variants, 8\) is needed"):
        derive.train_many(mazur(), np.zeros((3, 7)), rounds=1)
    with pytest.raises(UnknownQuantityError, match="w9"):
        derive.train_many(mazur(), {"w9": [1.0]}, rounds=1)
    with pytest.raises(UnsupportedError, match="all of one length"):
        derive.train_many(mazur(), {"w1": [1.0], "w2": [1.0, 2.0]}, rounds=1)
    with pytest.raises(UnsupportedError, match="0 or more"):
        derive.train_many(mazur(), np.zeros((3, 8)), rounds=-1)
    with pytest.raises(UnsupportedError, match="recorded rounds"):
        derive.train_many(mazur(), np.zeros((3, 8)), rounds=5, recorded=(6,))
    with pytest.raises(UnsupportedError, match="carry"):
        derive.train_many(replace(mazur(), display=Display(carry="rounded")), np.zeros((3, 8)), rounds=1)
