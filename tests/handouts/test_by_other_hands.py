"""Sheets that are filled in by hands which share no formula with derive, marked by the paper key and by the judge."""

from __future__ import annotations

import pytest

from tests.round_trips import TRIPS, class_of, honest, mistaken


@pytest.mark.parametrize("name", TRIPS)
def test_a_class_from_sheet_to_marks(name: str) -> None:
    """No honest figure is outside its band or at fault; planted mistakes are named.

    ``python -m tests.round_trips`` does the same with classes of 200.
    """
    order = class_of(TRIPS[name], 12, "by other hands")
    figures, outside, faulted = honest(order, TRIPS[name], "honest", plain=True)
    assert figures > 150
    assert (outside, faulted) == ([], [])
    _, _, faulted = honest(order, TRIPS[name], "scratch", plain=False)
    assert faulted == []
    planted, named, others = mistaken(order, TRIPS[name], "mistakes")
    assert planted >= 9
    assert named == planted, others
