"""Own architectures by a simulator that shares no formula with derive: honest, mistaken, and changed figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.other_architectures import WORKS, faulted, named, passed

#: Scripts of each; momentum's later update is judged script by script.
COUNTS = {"rnn": 24, "convolution": 8, "attention": 24, "momentum": 6}


@pytest.mark.parametrize("name", WORKS)
def test_no_honest_figure_is_faulted(name: str) -> None:
    """Every operation rounded, sums and products in any order."""
    assert faulted(name, COUNTS[name], 4, "test")[1] == []


@pytest.mark.parametrize("name", WORKS)
def test_a_mistake_is_named_in_every_script(name: str) -> None:
    """And at every figure that it puts at fault."""
    total, right, scripts, others = named(name, COUNTS[name], 4, "test")
    assert scripts == COUNTS[name], others
    assert right == total, others


@pytest.mark.parametrize("name", [name for name in WORKS if name != "momentum"])
def test_a_figure_off_by_a_twentieth_is_noticed(name: str) -> None:
    """Beside its inputs."""
    assert passed(name, COUNTS[name], 4, "test", Decimal("0.05")) == 0
