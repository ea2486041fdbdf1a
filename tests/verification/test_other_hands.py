"""Figures by a simulator that shares no formula with derive: honest ones keep their marks, wrong ones are noticed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.other_hands import faulted, passed


@pytest.mark.parametrize("digits", [4, 5])
def test_no_honest_figure_is_faulted(digits: int) -> None:
    """Every line rounded, sums in any order, three forms of the sigmoid, paths from deltas or from factors."""
    figures, found = faulted(400, digits, "test")
    assert figures == 400 * 33
    assert found == []


def test_a_figure_off_by_a_twentieth_is_noticed_beside_its_inputs() -> None:
    """Of 200 scripts with one figure made wrong none passes."""
    assert passed(200, 4, "test", Decimal("0.05"), alone=False) == (200, 0)
