"""One planted mistake is found at its own step, and what follows is carried."""

from __future__ import annotations

import random
from typing import Any

import pytest

from derive.errors import ProblemError
from derive.given.formula_problem import AnyProblem
from derive.given.loading import load
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.judging.misconceptions.model import Mistake
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_of
from tests.verification.engine.by_hand import ASKED
from tests.verification.engine.hands import faults, judged, script, significant

#: Units of the last place by which a planted mistake has to show, or nobody could tell it from rounding.
SHOWN = 5


def drawn(chance: random.Random, activation: str, last: str, loss: str) -> AnyProblem:
    """A 2-2-2 network with numbers of two decimals, no weight or input twice."""
    numbers = [number / 100 for number in chance.sample(range(10, 95), 12)]
    signed = [number * chance.choice((-1, 1)) for number in numbers]
    layers: list[dict[str, Any]] = [
        {"units": ["H1", "H2"], "activation": activation, "weights": [signed[:2], signed[2:4]], "bias": signed[4]},
        {"units": ["y1", "y2"], "activation": last, "weights": [signed[5:7], signed[7:9]], "bias": signed[9]},
    ]
    given = {"inputs": {"x1": numbers[10], "x2": numbers[11]}, "targets": {"y1": 0.2, "y2": 0.8}}
    head = {"title": "Drawn", "loss": loss, "learning_rate": 0.5, "conventions": {"train_biases": False}}
    return load({**head, **given, "layers": layers})


def planted(chance: random.Random, problem: AnyProblem) -> tuple[Mistake, dict[str, str]] | None:
    """A script with one mistake, where these numbers can show it."""
    routes = routes_of(problem.structure)
    asked = [name for name in ASKED if name in routes.nearest.by_id]
    mistake = chance.choice([each for name in asked for each in mistakes_at(routes, name)])
    wrong = {mistake.at: mistake.expression}
    try:
        right = script(problem, routes.nearest, asked, significant(4), paper=False)
        found = script(problem, routes.nearest, asked, significant(4), paper=chance.random() < 0.5, instead=wrong)
    except (ZeroDivisionError, TypeError):
        return None
    own, other = read_written(found[mistake.at]), read_written(right[mistake.at])
    return (mistake, found) if abs(own.value - other.value) > SHOWN * max(own.unit, other.unit) else None


@pytest.mark.parametrize(
    ("activation", "last", "loss"),
    [
        ("sigmoid", "sigmoid", "half_squared_error"),
        ("tanh", "tanh", "mean_squared_error"),
        ("relu", "identity", "squared_error"),
        ("tanh", "softmax", "cross_entropy"),
        ("sigmoid", "sigmoid", "binary_cross_entropy"),
    ],
)
def test_one_planted_mistake(activation: str, last: str, loss: str) -> None:
    """Of 60 scripts with one mistake that shows, at least 57 have just that step flagged, its id among the causes."""
    chance = random.Random(f"{activation} {last} {loss}")
    found = 0
    for _ in range(60):
        case = None
        while case is None:
            try:
                problem = drawn(chance, activation, last, loss)
            except ProblemError:
                continue
            case = planted(chance, problem)
        mistake, figures = case
        findings = judged(problem, figures)[0]
        own = {name for name, verdict in faults(findings).items() if verdict != "carried"}
        found += own == {mistake.at} and any(cause.ids == mistake.ids for cause in findings[mistake.at].causes)
    assert found >= 57
