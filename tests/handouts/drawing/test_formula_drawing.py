"""Drawn numbers of own architectures and of several updates, held against figures worked out here by hand."""

from __future__ import annotations

import math

import pytest

from derive.given.formula_problem import FormulaProblem
from derive.given.loading import load, problem_named
from derive.handouts.making.plan import plan
from derive.handouts.sheets.asking import asked_ids
from derive.handouts.variants.drawing import draw_class

STUDENTS = tuple(f"{number:02}" for number in range(40))
MOMENTUM = {
    "title": "Two updates with momentum",
    "loss": "half_squared_error",
    "inputs": {"x1": "0.5"},
    "targets": {"y": "0.2"},
    "layers": [{"units": ["y"], "activation": "sigmoid", "weights": [["0.40"]], "bias": ["0.60"]}],
    "update": {"rule": "momentum", "learning_rate": "0.5", "beta": "0.9"},
    "training": {"rounds": 2, "worked": 2},
}


def drawn(problem: FormulaProblem, ask: str = "all") -> list[FormulaProblem]:
    found = draw_class(problem, seed="s", sheet="s", students=STUDENTS, asked=asked_ids(problem, ask))
    return [each for each in found if isinstance(each, FormulaProblem)]


def test_no_learning_rate_hides_what_was_forgotten() -> None:
    """The file's ½ is drawn anew, and never ½, 1 or 2; nobody has another's numbers."""
    problem = load(MOMENTUM)
    assert isinstance(problem, FormulaProblem)
    variants = drawn(problem)
    rates = {str(each.learning_rate) for each in variants}
    assert len(rates) > 4
    assert all(each.learning_rate is not None and 0.2 < each.learning_rate.value < 0.8 for each in variants)
    assert all(each.learning_rate is not None and each.learning_rate.value != 0.5 for each in variants)
    assert len({each.givens for each in variants}) == len(variants)


def test_mistakes_of_a_second_update_show() -> None:
    """Without the velocity, or with its factor left out, the weight after two updates is another to four digits."""
    problem = load(MOMENTUM)
    assert isinstance(problem, FormulaProblem)
    for variant in drawn(problem, "all,w1@2"):
        given = {name: float(number.value) for name, number in variant.numbers.items()}
        eta, beta = given["eta"], given["beta"]

        def gradient(
            weight: float, bias: float, x: float = given["x1"], t: float = given["t_y"]
        ) -> tuple[float, float]:
            out = 1 / (1 + math.exp(-(weight * x + bias)))
            delta = (out - t) * out * (1 - out)
            return delta * x, delta

        weight, bias = given["w1"], given["b_y"]
        first, first_bias = gradient(weight, bias)
        once = weight - eta * first
        second, _ = gradient(once, bias - eta * first_bias)
        velocity = -eta * first
        right = once + beta * velocity - eta * second
        unit = 10.0 ** (math.floor(math.log10(abs(right))) - 3)
        for wrong in (once - eta * second, once + velocity - eta * second, once + beta * velocity + eta * second):
            assert abs(wrong - right) > unit


def test_a_convolution_keeps_its_switches_and_signs() -> None:
    """A pixel of 0 or 1 stays, a kernel's signs too; the output is no nearer to its ends than in the file."""
    problem = load("convolution-pool")
    assert isinstance(problem, FormulaProblem)
    for variant in drawn(problem, "forward")[:10]:
        given = {name: float(number.value) for name, number in variant.numbers.items()}
        for name, own in problem.numbers.items():
            if name != "eta" and own.value in (0, 1):
                assert given[name] == own.value
            assert (given[name] < 0) == (own.value < 0)
        image = [[given[f"image[{i},{j}]"] for j in range(1, 5)] for i in range(1, 5)]
        kernel = [[given[f"K_conv[{i},{j}]"] for j in (1, 2)] for i in (1, 2)]
        maps = [
            [max(0.0, given["b_conv[1]"] + sum(kernel[a][b] * image[i + a][j + b] for a in (0, 1) for b in (0, 1)))
             for j in range(3)]
            for i in range(3)
        ]  # fmt: skip
        pooled = [max(maps[i + a][j + b] for a in (0, 1) for b in (0, 1)) for i in (0, 1) for j in (0, 1)]
        net = given["b_y"] + sum(given[f"w{k + 1}"] * value for k, value in enumerate(pooled))
        assert 0.1 <= 1 / (1 + math.exp(-net)) <= 0.9


def test_a_weight_of_one_is_no_switch() -> None:
    """Of attention over words that are rows with a 1, the weights are drawn; words, masks and zeros stay."""
    problem = load("attention-2x2")
    assert isinstance(problem, FormulaProblem)
    given = dict(problem.givens)
    variants = [dict(variant.givens) for variant in drawn(problem, "forward")[:10]]
    changed = {name for variant in variants for name in given if variant[name] != given[name]}
    assert {"Wq[1,1]", "Wq[2,2]", "Wk[1,1]", "Wk[2,2]", "Wv[1,1]"} <= changed
    assert not {name for name in changed if name.startswith("X") or not given[name].value}
    layers = [{"name": "d", "type": "dropout", "mask": [1, 0, 1], "keep": "0.5"}]
    dropped = problem_named({"title": "d", "inputs": {"x": ["2", "3", "5"]}, "layers": layers}, "d")
    assert isinstance(dropped, FormulaProblem)
    for variant in drawn(dropped, "forward")[:5]:
        assert [variant.numbers[f"mask_d[{place}]"].text for place in (1, 2, 3)] == ["1", "0", "1"]


@pytest.mark.parametrize("name", ["2-2-2", "cubic-descent"])
def test_figures_after_a_few_updates_can_be_drawn(name: str) -> None:
    """As long as anybody would work them by hand."""
    problem = load(name)
    asked = "E_total@1,w5@2" if name == "2-2-2" else f"{problem.wrt[0]}@2"  # type: ignore[union-attr]
    order = plan(problem, students=2, ask=asked, seed="s")
    first, second = order.drawn().variants.values()
    assert first.learning_rate != problem.learning_rate or first != second
