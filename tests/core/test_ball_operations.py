"""Branches of ball arithmetic that ordinary figures do not reach: an exact 0, and softmax past every exponential."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, fmpq

from derive.arithmetic.exact import BALLS, as_ball, is_finite, precision


def test_an_exact_zero_makes_a_product_exact() -> None:
    """0 times a ball is the rational 0, and so is 0 over one."""
    ball = arb(1).exp()
    for found in (BALLS.functions["product"](fmpq(0), ball), BALLS.functions["product"](ball, fmpq(0)),
                  BALLS.functions["quotient"](fmpq(0), ball)):  # fmt: skip
        assert isinstance(found, fmpq)
        assert found == 0


@pytest.mark.parametrize("size", ["1e20", "1e40"])
def test_softmax_past_every_exponential(size: str) -> None:
    """Where e to a difference is beyond all floats, a share is not: next to 0, and 1 for the largest."""
    with precision(128):
        large = as_ball(fmpq(int(Fraction(size))))
        small, most = (BALLS.functions["softmax"](net, fmpq(0), large) for net in (fmpq(0), large))
        assert is_finite(small)
        assert small < fmpq(1, 10**9)
        assert most > 1 - fmpq(1, 10**9)
