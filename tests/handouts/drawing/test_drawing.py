"""Drawn numbers: the conditions they must meet, worked out again in plain Python, and what they depend on."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from derive.errors import UnsupportedError
from derive.given.loading import load
from derive.given.problem import Problem
from derive.given.problem_file import problem_mapping
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.variants import drawing
from derive.handouts.variants.drawing import draw_class, draw_variant
from tests.handouts.drawing.shapes import SHAPES

DEFAULT = load("2-2-2")
ALL = asked_ids(DEFAULT, "all")
MANY = tuple(f"{number:05}" for number in range(10_000))


def drawn(
    problem: Any, students: tuple[str, ...], seed: str = "seed", ask: str = "all", **options: Any
) -> list[Problem]:
    return draw_class(problem, seed=seed, sheet="sheet", students=students, asked=asked_ids(problem, ask), **options)


@pytest.fixture(scope="module")
def many() -> list[Problem]:
    """The numbers of 10,000 students for the default problem."""
    return drawn(DEFAULT, MANY)


def parameters(problem: Problem) -> list[Fraction]:
    found = []
    for layer in problem.layers:
        found += [weight.value for row in layer.weights for weight in row]
        bias = layer.bias
        if bias is not None:
            found += [each.value for each in (bias if isinstance(bias, tuple) else (bias,))]
    return found


def sigmoid(net: float) -> float:
    return 1 / (1 + math.exp(-net))


class Round:
    """The default problem's round by hand, as a textbook works it."""

    def __init__(self, problem: Problem) -> None:
        lower, upper = problem.layers
        (self.w1, self.w2), (self.w3, self.w4) = [[float(w.value) for w in row] for row in lower.weights]
        (self.w5, self.w6), (self.w7, self.w8) = [[float(w.value) for w in row] for row in upper.weights]
        self.b1, self.b2 = float(lower.bias.value), float(upper.bias.value)  # type: ignore[union-attr]
        self.x1, self.x2 = (float(x.value) for x in problem.samples[0].inputs)
        self.t1, self.t2 = (float(t.value) for t in problem.samples[0].targets)
        self.net_h1 = self.w1 * self.x1 + self.w2 * self.x2 + self.b1
        self.net_h2 = self.w3 * self.x1 + self.w4 * self.x2 + self.b1
        self.h1, self.h2 = sigmoid(self.net_h1), sigmoid(self.net_h2)
        self.net_y1 = self.w5 * self.h1 + self.w6 * self.h2 + self.b2
        self.net_y2 = self.w7 * self.h1 + self.w8 * self.h2 + self.b2
        self.y1, self.y2 = sigmoid(self.net_y1), sigmoid(self.net_y2)
        self.delta1 = (self.y1 - self.t1) * self.y1 * (1 - self.y1)
        self.delta2 = (self.y2 - self.t2) * self.y2 * (1 - self.y2)
        self.paths1 = (self.delta1 * self.w5, self.delta2 * self.w7)
        self.paths2 = (self.delta1 * self.w6, self.delta2 * self.w8)


def differ(right: float, wrong: float, digits: int = 4) -> bool:
    """More than both half-widths and two units of the last digit."""

    def unit(value: float) -> float:
        return float(10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)) if value else 0.0

    return abs(wrong - right) > max(unit(right) / 2 + unit(wrong) / 2, 2 * unit(right))


def test_ten_thousand_variants_meet_the_conditions(many: list[Problem]) -> None:
    """Magnitudes are distinct, numbers have two decimals, nothing saturates or cancels: for each of 10,000."""
    assert len(many) == len(MANY)
    for problem in many:
        sizes = [abs(value) for value in parameters(problem)]
        assert len(set(sizes)) == 10
        x1, x2 = problem.samples[0].inputs
        t1, t2 = problem.samples[0].targets
        assert abs(x1.value) != abs(x2.value)
        assert t1.value != t2.value
        assert 0 < problem.learning_rate.value < 1
        for value in (*sizes, x1.value, x2.value, t1.value, t2.value, problem.learning_rate.value):
            assert (100 * value).denominator == 1
        values = Round(problem)
        for out in (values.h1, values.h2, values.y1, values.y2):
            assert 0.1 < out < 0.9
        for a, b in (values.paths1, values.paths2):
            assert abs(a + b) >= 0.2 * (abs(a) + abs(b))


def test_ten_thousand_variants_show_well_known_mistakes(many: list[Problem]) -> None:
    """For each of 10,000, wrong rules written down here by hand give other figures to 4 digits."""
    for problem in many:
        v = Round(problem)
        assert differ(v.net_h1, v.net_h1 - v.b1)
        assert differ(v.net_h1, v.w1 * v.x1 + v.w3 * v.x2 + v.b1)
        assert differ(v.net_y2, v.w7 * v.net_h1 + v.w8 * v.net_h2 + v.b2)
        assert differ(v.h1, 1 / (1 + math.exp(v.net_h1)))
        assert differ(v.y1, math.tanh(v.net_y1))
        assert differ(v.delta1, v.y1 - v.t1)
        assert differ(v.delta2, (v.y2 - v.t2) * v.net_y2 * (1 - v.net_y2))
        assert differ(v.delta1 * v.h1, v.delta1 * v.h2)
        delta_h1 = sum(v.paths1) * v.h1 * (1 - v.h1)
        assert differ(delta_h1, (v.delta1 * v.w5 + v.delta2 * v.w6) * v.h1 * (1 - v.h1))
        rate = float(problem.learning_rate.value)
        gradient = delta_h1 * v.x1
        assert differ(v.w1 - rate * gradient, v.w1 + rate * gradient)
        assert differ(v.w1 - rate * gradient, v.w1 - gradient)


def test_all_variants_are_different(many: list[Problem]) -> None:
    """No two of 10,000 students have the same numbers."""
    assert len({tuple(parameters(problem)) for problem in many}) == len(many)


def test_numbers_hang_on_seed_sheet_and_student_alone() -> None:
    """The same for one student alone, in a class, at its end; other for another seed, sheet or student."""
    alone = draw_variant(DEFAULT, seed="seed", sheet="sheet", student="07", asked=ALL)
    class_ = tuple(f"{number:02}" for number in range(150))
    assert drawn(DEFAULT, class_)[7] == alone
    assert drawn(DEFAULT, class_[::-1])[-8] == alone
    assert drawn(DEFAULT, ("07", "07")) == [alone, alone]
    others = [
        draw_variant(DEFAULT, seed="seed 2", sheet="sheet", student="07", asked=ALL),
        draw_variant(DEFAULT, seed="seed", sheet="sheet 2", student="07", asked=ALL),
        draw_variant(DEFAULT, seed="seed", sheet="sheet", student="08", asked=ALL),
    ]
    assert all(parameters(one) != parameters(other) for one, other in pairwise([alone, *others]))


def test_how_many_are_tested_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are the same when candidates are tested a few at a time."""
    students = MANY[:40]
    expected = drawn(DEFAULT, students)
    monkeypatch.setattr(drawing, "_ROWS", 100)
    monkeypatch.setattr(drawing, "_STUDENTS", 7)
    assert drawn(DEFAULT, students) == expected


def test_frozen_variant() -> None:
    """The first fair numbers of one student are what they were when the recipe was fixed."""
    variant = draw_variant(DEFAULT, seed="ML1 2026 sheet 3", sheet="2-2-2", student="01", asked=())
    mapping = problem_mapping(variant)
    numbers = [[layer["weights"], layer["bias"]] for layer in mapping["layers"]]
    assert [mapping["inputs"], mapping["targets"], mapping["learning_rate"], numbers] == FROZEN


FROZEN: list[Any] = [
    {"x1": "1.44", "x2": "1.06"},
    {"y1": "0.84", "y2": "0.91"},
    "0.60",
    [[[["0.32", "-0.72"], ["0.67", "0.33"]], "-0.77"], [[["0.53", "0.78"], ["0.37", "-0.24"]], "-0.42"]],
]


def test_all_else_is_the_problems() -> None:
    """Names, structure, conventions and display stay; a source, whose numbers these are not, does not."""
    variant = draw_variant(DEFAULT, seed="s", sheet="s", student="s", asked=ALL)
    assert variant.structure == DEFAULT.structure
    assert (variant.name, variant.title, variant.display) == (DEFAULT.name, DEFAULT.title, DEFAULT.display)
    assert variant.source == ""
    assert load(problem_mapping(variant)).structure == DEFAULT.structure


@pytest.mark.parametrize("shape", SHAPES)
def test_other_structures(shape: str) -> None:
    """Single neurons, deep nets, other activations, losses and batches get numbers too, and valid ones."""
    problem = load(SHAPES[shape])
    assert isinstance(problem, Problem)
    for variant in drawn(problem, ("a", "b", "c")):
        assert load(problem_mapping(variant)).structure == problem.structure
        assert len({abs(value) for value in parameters(variant)}) == len(parameters(variant))
        inputs = [abs(number.value) for sample in variant.samples for number in sample.inputs]
        assert len(set(inputs)) == len(inputs)
        if problem.layers[-1].activation == "softmax":
            assert all(sum(target.value for target in sample.targets) == 1 for sample in variant.samples)


def test_a_relu_is_off_somewhere() -> None:
    """Of the hidden relus of a variant at least one is below 0 and one above, none near it."""
    for variant in drawn(load(SHAPES["2-2-2 relu"]), MANY[:50]):
        x = [float(number.value) for number in variant.samples[0].inputs]
        layer = variant.layers[0]
        bias = float(layer.bias.value)  # type: ignore[union-attr]
        nets = [sum(float(w.value) * x_i for w, x_i in zip(row, x, strict=True)) + bias for row in layer.weights]
        assert min(nets) < -0.1
        assert max(nets) > 0.1


def test_numbers_of_a_chain_stay_near_its_own() -> None:
    """Of a chain of formulas as many digits and the signs stay; the same student gets the same numbers again."""
    problem = load("micrograd-readme")
    first, again, other = (
        draw_class(problem, seed="s", sheet="s", students=[name], asked=["g"])[0].givens for name in ("a", "a", "b")
    )
    assert first == again != other
    for (name, number), (own, before) in zip(first, problem.givens, strict=True):
        assert name == own
        assert (number.value < 0) == (before.value < 0)
        assert abs(before.value) / 2 <= abs(number.value) <= abs(before.value) * 3 / 2


def test_when_nothing_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 2 digits no candidate passes, and the message says what can be asked instead."""
    monkeypatch.setattr(drawing, "MOST_CANDIDATES", 2000)
    with pytest.raises(UnsupportedError, match=r"2,000 candidates .* in the 33 figures asked; .*--digits 3"):
        drawn(DEFAULT, ("a",), digits=2)
