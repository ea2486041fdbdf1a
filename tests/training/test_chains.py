"""Chains of formulas are trained like networks: the curve of their objective, proved milestones, the page."""

from __future__ import annotations

import csv
import io
import math
from fractions import Fraction

import pytest

import derive
from derive.errors import UnsupportedError

PARABOLA = {
    "title": "Descent on a parabola", "objective": "J", "wrt": ["w"], "learning_rate": "0.1",
    "given": {"w": "5", "a": "2"}, "define": {"d": "w - a", "J": "d**2 + 1"},
}  # fmt: skip


def test_descent_on_a_parabola() -> None:
    """Each round takes a fifth off the distance from the minimum: J after k rounds is 1 + 9·0.8^2k."""
    training = derive.train(derive.load(PARABOLA), rounds=100)
    for rounds, figure in training.milestones.items():
        exact = 1 + 9 * Fraction(4, 5) ** (2 * rounds)
        assert float(figure.value) == pytest.approx(float(exact), rel=1e-8)
    assert training.parameters["w"] == pytest.approx(2 + 3 * 0.8**100, rel=1e-15)
    routes = {check.quantity: check.routes for check in training.checks}
    assert "NumPy on the formulas as typed" in routes["J@100"]
    assert all(check.ok for check in training.checks)


def test_a_wrong_curve_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where NumPy's own descent goes another way, the training is refused."""
    from derive.numeric import formulas

    genuine = formulas.values

    def off(givens: dict[str, float], texts: list[tuple[str, str]]) -> dict[str, float]:
        return {name: value * (1 + 1e-6) for name, value in genuine(givens, texts).items()}

    problem = derive.load(PARABOLA)
    solution = derive.solve(problem)
    monkeypatch.setattr(formulas, "values", off)
    with pytest.raises(derive.DeriveError, match="J@10"):
        derive.train(solution, rounds=10)


def test_what_is_shown() -> None:
    """Text, table and page name the objective, and no output that a chain has not."""
    training = derive.train(derive.load(PARABOLA), rounds=10)
    assert training.to_text().splitlines()[0].split() == ["rounds", "J"]
    assert "output" not in training.to_text()
    rows = list(csv.reader(io.StringIO(training.to_csv())))
    assert rows[0] == ["round", "J"]
    assert [float(row[1]) for row in rows[1:3]] == [10.0, pytest.approx(6.76, rel=1e-14)]
    page = training.to_html()
    assert "The total error" not in page
    assert training.to_svg().startswith("<svg")
    assert repr(
        training
    ) == "Training('descent-on-a-parabola', 10 rounds, J 10 -> 1.10376294)" or "J 10 -> 1.10376294" in repr(training)


def test_the_worked_solution_with_rounds() -> None:
    """Training stands in the document where rounds are asked for, and else not."""
    problem = derive.load(PARABOLA)
    assert "Training" not in [section.title[0] for section in derive.explain(problem).document.sections]
    explained = derive.explain(problem, rounds=20)
    assert "Training" in [section.title[0] for section in explained.document.sections]
    for text in (explained.to_html(), explained.to_latex(), explained.to_markdown()):
        assert "1.00119631" in text  # 1 + 9·0.8^40
    assert math.isclose(1 + 9 * 0.8**40, 1.00119631, rel_tol=1e-8)


def test_nothing_to_train() -> None:
    """A chain without a learning rate has no rounds, and says so."""
    with pytest.raises(UnsupportedError, match="without a learning rate there are no rounds"):
        derive.train(derive.load("ng-graph-J"), rounds=5)


def test_a_kink_ends_the_witness_and_not_the_training() -> None:
    """At |x| = 0 NumPy has no derivative by complex step; the proved rounds go on."""
    given = PARABOLA | {"given": {"w": "1", "a": "0"}, "learning_rate": "1", "define": {"J": "abs(w) + a"}}
    training = derive.train(derive.load(given), rounds=10)
    assert [float(figure.value) for figure in training.milestones.values()] == [1.0, 0.0, 0.0]
