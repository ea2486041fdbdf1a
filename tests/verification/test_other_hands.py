"""Figures by a simulator that shares no formula with derive: honest ones keep their marks, wrong ones are noticed."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from tests.other_hands import at_the_end, faulted, passed
from tests.other_layers import KINDS, honest, mistaken


@pytest.mark.parametrize("digits", [4, 5])
def test_no_honest_figure_is_faulted(digits: int) -> None:
    """Every line rounded, sums in any order, three forms of the sigmoid, paths from deltas or from factors."""
    figures, found = faulted(400, digits, "test")
    assert figures == 400 * 33
    assert found == []


def test_a_figure_off_by_a_hundredth_of_its_terms_is_noticed() -> None:
    """Beside its inputs, and alone after ten steps that are not written, no figure of 100 passes."""
    assert passed(100, 4, "test", Decimal("0.01"), alone=False) == (100, 0)
    assert passed(100, 4, "test", Decimal("0.01"), alone=True, among=at_the_end) == (100, 0)


@pytest.mark.parametrize("name", KINDS)
def test_other_networks_are_judged_as_well(name: str) -> None:
    """No honest figure is faulted; single mistakes are found at just their step, and named."""
    kind, online = KINDS[name], KINDS[name].batch == "online"
    figures, faulted = honest(kind, 2 if online else 20, 4, random.Random(f"test {name}"))
    assert figures >= 100
    assert faulted == []
    told = mistaken(kind, 3 if online else 25, 4, random.Random(f"test mistakes {name}"))
    assert told["planted"]
    assert told["found"] == told["named"] == told["planted"]
    assert not told["falsely"]
