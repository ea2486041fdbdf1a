"""Keys against the NumPy core, which shares nothing with what makes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from derive.numeric.quantities import values
from tests.simulation import architectures, disagreeing_keys, variants


@pytest.mark.parametrize("name", list(architectures()))
def test_key_figures_agree_with_the_independent_core(name: str) -> None:
    """Every value lies within half a unit of what the matrices give; ``tests.simulation --keys`` does 10,000."""
    problems = variants(architectures()[name](), 40, "keys")
    assert disagreeing_keys(problems) == []


def test_a_wrong_key_would_be_seen() -> None:
    """Keys held against the next student's numbers disagree."""
    problems = variants(architectures()["2-2-2 sigmoid"](), 3, "keys")
    assert len(disagreeing_keys(problems, against=[*problems[1:], problems[0]])) > 60
    assert Decimal(str(values(problems[0])["net_H1"])) != Decimal(str(values(problems[1])["net_H1"]))
