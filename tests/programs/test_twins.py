"""Own architectures: proved figures against NumPy on the arrays as typed, complex steps, and rules by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import derive
from derive.errors import CrosscheckError
from derive.formula.expression import Neg
from derive.given.loading import problem_named
from derive.network.deriving import derive_formulas
from derive.numeric import programs
from derive.proof import crosscheck as module
from derive.proof import crosscheck_programs
from tests.programs.cases import CASES, ONE, case

#: What has no route but the proved one and the compiled formulas: counts of updates.
ALONE = ("k_new", "epoch_new")


@pytest.mark.parametrize("name", CASES)
def test_every_figure_by_independent_routes(name: str) -> None:
    """Every quantity of the first round has a route beside the formulas' own, and all agree."""
    solution = derive.solve(case(name))
    for check in solution.checks:
        assert check.ok, check
        if check.quantity.partition("@")[0] not in ALONE:
            assert len(check.routes) >= 3, check.quantity


@pytest.mark.parametrize("name", ["rule-adam", "convolution", "lstm", "attention", "mini-batch", "batch-norm"])
def test_a_planted_sign_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivative with the wrong sign, in the middle of the backward pass, stops the document."""

    def wrong(structure: Any, turn: int = 1) -> Any:
        right = derive_formulas(structure, turn)
        by = [each.id for each in right.quantities if each.by and each.rule != "batch_gradient"]
        spoilt = by[len(by) // 2]
        return replace(
            right,
            quantities=tuple(
                replace(each, expression=Neg(each.expression)) if each.id == spoilt else each
                for each in right.quantities
            ),
        )

    monkeypatch.setattr(module, "derive_formulas", wrong)
    with pytest.raises(CrosscheckError):
        derive.solve(case(name))


def test_the_rules_by_a_loop() -> None:
    """Five updates of each rule on a parabola, by a loop that knows the books' formulas and nothing of derive."""

    def run(rule: str) -> float:
        w, g, eta = 3.0, 0.0, 0.1
        m = v = s = velocity = 0.0
        for k in range(5):
            g = 2 * (w + 0.9 * velocity) if rule == "nesterov" else 2 * w
            if rule in ("momentum", "nesterov"):
                velocity = 0.9 * velocity - eta * g
                w += velocity
            elif rule == "adagrad":
                s += g * g
                w -= eta * g / (s**0.5 + 1e-8)
            elif rule == "rmsprop":
                s = 0.9 * s + 0.1 * g * g
                w -= eta * g / (s**0.5 + 1e-8)
            elif rule in ("adam", "adamw"):
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
                step = eta * (m / (1 - 0.9 ** (k + 1))) / ((v / (1 - 0.999 ** (k + 1))) ** 0.5 + 1e-8)
                w -= step + (eta * 0.01 * w if rule == "adamw" else 0.0)
            else:
                w -= eta * g
        return w

    for rule in ("descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"):
        problem = problem_named(
            {"title": rule, "given": {"w": 3}, "define": {"f": "w**2"}, "objective": "f", "wrt": ["w"],
             "update": {"rule": rule, "learning_rate": "0.1"}},
            rule,
        )  # fmt: skip
        assert derive.solve(problem).value("w@5") == pytest.approx(run(rule), rel=1e-12), rule


def test_mini_batches_by_a_loop() -> None:
    """Two epochs in batches of three and one, averaged, by a loop of plain Python."""
    import math

    problem = case("mini-batch")
    solution = derive.solve(problem)
    w = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    b1, by = 0.3, 0.2
    rows = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, -1)]
    for batch in (rows[:3], rows[3:]) * 2:
        total = [0.0] * 8
        for x1, x2, t in batch:
            h = [1 / (1 + math.exp(-(w[0] * x1 + w[1] * x2 + b1))), 1 / (1 + math.exp(-(w[2] * x1 + w[3] * x2 + b1)))]
            net = w[4] * h[0] + w[5] * h[1] + by
            out = 2 / (1 + math.exp(-net)) - 1
            delta = (out - t) * (1 - out * out) / 2
            d = [delta * w[4] * h[0] * (1 - h[0]), delta * w[5] * h[1] * (1 - h[1])]
            share = [d[0] * x1, d[0] * x2, d[1] * x1, d[1] * x2, delta * h[0], delta * h[1], d[0] + d[1], delta]
            total = [have + more / len(batch) for have, more in zip(total, share, strict=True)]
        w = [have - 0.2 * slope for have, slope in zip(w, total, strict=False)]
        b1, by = b1 - 0.2 * total[6], by - 0.2 * total[7]
    for name, value in zip(("w1", "w2", "w3", "w4", "w5", "w6"), w, strict=True):
        assert solution.value(f"{name}@4") == pytest.approx(value, rel=1e-12)
    assert solution.value("b1@4") == pytest.approx(b1, rel=1e-12)
    assert solution.value("b_y@4") == pytest.approx(by, rel=1e-12)


def test_a_plain_file_gives_the_same_as_a_program() -> None:
    """A layered network told as an own architecture has the figures that it has as a plain one."""
    plain = {**ONE, "layers": [{**layer, "activation": "tanh"} for layer in ONE["layers"]]}
    both = [derive.solve(problem_named(mapping, "p")) for mapping in (plain, {**plain, "update": {"rule": "descent"}})]
    assert type(both[0].problem) is not type(both[1].problem)
    for name in ("net_H1", "out_y", "E_total", "delta_H1", "dE_total/dw1", "dE_total/db1", "w5_new", "b_y_new", "w1@7"):
        assert both[0].value(name) == both[1].value(name), name


def test_one_step_of_many_derivatives_refutes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What disagrees with one step is worked by two; only then is it a fault."""
    monkeypatch.setattr(crosscheck_programs, "_MOST_STEPS", 0)
    problem = derive.load("layer-norm-2x5")
    assert all(check.ok for check in module.crosscheck(problem))
    real, asked = programs.derivatives, []

    def wrong(*given: Any, once: bool = False) -> dict[str, Any]:
        asked.append(once)
        found = real(*given, once=once)
        twice = {name: slope and replace(slope, value=2 * slope.value) for name, slope in found.items()}
        return twice if once or len(asked) > limit else found

    monkeypatch.setattr(programs, "derivatives", wrong)
    limit = 100
    assert all(check.ok for check in module.crosscheck(problem))
    assert asked == [True, False]
    limit = 0
    with pytest.raises(CrosscheckError):
        derive.solve(problem)
