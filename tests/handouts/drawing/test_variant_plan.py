"""From words to numbers: the plan against a second decoding in plain Python, with hashlib for the words."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.given.loading import load
from derive.given.naming import parameter_ids
from derive.given.problem import Problem
from derive.handouts.variants.sampler import Draws
from derive.handouts.variants.variant_plan import Distinct, Labels, OneHot, Shares, plan_of
from tests.handouts.drawing.shapes import SHAPES, network

PARAMETERS = [f"w{number}" for number in range(1, 5)] + ["b1"] + [f"w{number}" for number in range(5, 9)] + ["b2"]


def words(seed: str, sheet: str, student: str, first: int, count: int) -> list[int]:
    parts = [part.encode() for part in (seed, sheet, student)]
    key = sha256(b"derive draws 1" + b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
    stream = b"".join(sha256(key + number.to_bytes(8, "big")).digest() for number in range(first, first + count))
    return [int.from_bytes(stream[start : start + 4], "big") for start in range(0, len(stream), 4)]


def pick(left: list[int], word: int, *, signed: bool) -> int:
    """One of what is left, and a sign from the lowest bit; what is first takes the place of what was taken."""
    place = word % ((2 if signed else 1) * len(left))
    sign = -1 if signed and place % 2 else 1
    place = place // 2 if signed else place
    chosen = left[place]
    left[place] = left[0]
    del left[0]
    return sign * chosen


@pytest.mark.parametrize("candidate", [0, 1, 7])
def test_the_default_problem_by_hand(candidate: int) -> None:
    """Candidates of 2-2-2, drawn with nothing but hashlib: parameters, inputs, learning rate and targets in turn."""
    stream = iter(words("s", "2-2-2", "01", 2 * candidate, 2))
    weights = list(range(5, 81))
    expected = {name: pick(weights, next(stream), signed=True) / 100 for name in PARAMETERS}
    inputs = [*range(40, 100), *range(101, 181)]
    expected |= {name: pick(inputs, next(stream), signed=False) / 100 for name in ("x1", "x2")}
    expected["eta"] = pick([30, 35, 40, 60, 65, 70, 75, 80], next(stream), signed=False) / 100
    targets = [*range(1, 21), *range(80, 100)]
    expected |= {name: pick(targets, next(stream), signed=False) / 100 for name in ("t_y1", "t_y2")}
    problem = load("2-2-2")
    assert isinstance(problem, Problem)
    plan = plan_of(problem)
    integers, fair = Draws("s", "2-2-2", "01").rows(plan.limits, candidate, 1)
    found = plan.floats(plan.units(integers))
    assert fair.all()
    assert {name: values[0] for name, values in found.items()} == expected


@given(st.integers(1, 30), st.integers(0, 40), st.booleans(), st.data())
def test_distinct(count: int, more: int, signed: bool, data: st.DataObject) -> None:
    """Numbers are of the grid, and no magnitude comes twice."""
    group = Distinct(ids=("a",) * count, grid=tuple(range(5, 5 + count + more)), decimals=2, signed=signed)
    row = [data.draw(st.integers(0, limit - 1)) for limit in group.limits]
    found = [abs(value) for value in group.values(np.array([row]))[0].tolist()]
    assert len(set(found)) == count
    assert set(found) <= set(group.grid)


@given(st.integers(2, 12), st.data())
def test_shares(count: int, data: st.DataObject) -> None:
    """Shares are positive and sum to exactly 1."""
    group = Shares(ids=("a",) * count, decimals=2)
    row = [data.draw(st.integers(0, limit - 1)) for limit in group.limits]
    found = group.values(np.array([row]))[0].tolist()
    assert min(found) > 0
    assert sum(found) == 100


def test_one_hot_and_labels() -> None:
    """A class is a single 1; labels are what the words say."""
    assert OneHot(ids=("a", "b", "c")).values(np.array([[0], [2]])).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert Labels(ids=("a", "b")).values(np.array([[0, 1]])).tolist() == [[0, 1]]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_given_is_drawn_once(shape: str) -> None:
    """A plan holds every given of its problem once, and what it draws makes a problem of the same structure."""
    problem = load(SHAPES[shape])
    assert isinstance(problem, Problem)
    plan = plan_of(problem)
    assert len(set(plan.ids)) == len(plan.ids)
    count = len(problem.samples) * (len(problem.inputs) + len(problem.outputs))
    assert len(plan.ids) == len(parameter_ids(problem.structure)) + count + 1
    units = plan.units(Draws("s", "s", "s").rows(plan.limits, 0, 1)[0])
    assert plan.problem(problem, units[0].tolist()).structure == problem.structure


def test_large_networks_get_finer_numbers() -> None:
    """Where there are more weights than hundredths, they have three decimals and are still distinct."""
    problem = load(network((8, 8, 8, 8), ("sigmoid",) * 3))
    assert isinstance(problem, Problem)
    plan = plan_of(problem)
    units = plan.units(Draws("s", "s", "s").rows(plan.limits, 0, 1)[0])
    variant = plan.problem(problem, units[0].tolist())
    texts = [weight.text.lstrip("-") for layer in variant.layers for row in layer.weights for weight in row]
    assert len(set(texts)) == 192
    assert {len(text) for text in texts} == {len("0.123")}
    assert {number.text.lstrip("-")[-3] for number in variant.samples[0].inputs} == {"."}
