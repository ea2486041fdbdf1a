"""The slopes that duals carry through sums, products and quotients, against those of calculus."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from derive.judging.engine.ball_arrays import BallArray
from derive.judging.engine.duals import ONE, Dual, slope_of


def figure(name: str, value: str) -> Dual:
    """A written figure without a half unit, by which its own slope is 1."""
    centre = BallArray.points([Fraction(value)])
    return Dual(centre, BallArray.points([Fraction(value)]), {name: ONE})


@pytest.mark.parametrize(
    ("work", "by_a", "by_b"),
    [
        (lambda a, b: a + b, 1.0, 1.0),
        (lambda a, b: a - b, 1.0, -1.0),
        (lambda a, b: a * b, 4.0, 3.0),
        (lambda a, b: a / b, 0.25, -3 / 16),
        (lambda a, b: a * a / b, 6 / 4, -9 / 16),
        (lambda a, b: -(a * b), -4.0, -3.0),
    ],
    ids=["sum", "difference", "product", "quotient", "square over", "negated"],
)
def test_slopes_of_operations(work: Callable[[Dual, Dual], Dual], by_a: float, by_b: float) -> None:
    """At a = 3 and b = 4, by each of the two."""
    found = work(figure("a", "3"), figure("b", "4"))
    assert slope_of(found.slopes["a"]).floats()[0] == by_a
    assert slope_of(found.slopes["b"]).floats()[0] == by_b


def test_balls_that_share_a_part_overlap() -> None:
    """Neither need hold the other; balls apart do not."""
    first = BallArray.points([Fraction(0)] * 2).widened(np.array([1.0, 1.0]))
    second = BallArray.points([Fraction(3, 2), Fraction(3)]).widened(np.array([1.0, 1.0]))
    assert first.overlaps(second).tolist() == [True, False]
