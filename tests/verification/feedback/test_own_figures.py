"""Written figures as they are shown, and what follows from them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.display.numerals import plain
from derive.formula.expression import Const, Product, Ref, Sum
from derive.judging.feedback.own_figures import OwnFigures, read_figure, shown_text
from tests.verification.feedback.samples import routes


@pytest.mark.parametrize(
    ("text", "shown", "value"),
    [
        ("-.0495", "−.0495", Fraction(-495, 10000)),
        ("−0.0495", "−0.0495", Fraction(-495, 10000)),
        ("+3", "3", Fraction(3)),
        ("4.386e-4", "4.386 × 10⁻⁴", Fraction(4386, 10**7)),
        ("4.386×10^-4", "4.386 × 10⁻⁴", Fraction(4386, 10**7)),
        ("4.386·10⁻⁴", "4.386 × 10⁻⁴", Fraction(4386, 10**7)),
        ("0,3750", "0,3750", Fraction(3, 8)),
        ("3/8", "3/8", Fraction(3, 8)),
    ],
)
def test_a_number_keeps_its_characters(text: str, shown: str, value: Fraction) -> None:
    """Only the typography changes: minus signs and powers of ten."""
    found = read_figure(text)
    assert found is not None
    assert (plain(found.figure), found.value) == (shown, value)


@pytest.mark.parametrize(
    "text", ["", "twelve", "1e999999", "1/0", "nan", "0x10", "1 2", "1_000", "٣", "9" * 200, "--1"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    """Words, other digits, and numbers beyond any float are no figures."""
    assert read_figure(text) is None


@given(st.text(max_size=300))
def test_any_text_is_shown_on_one_short_line(text: str) -> None:
    """Whatever is written is shown on one line without control characters."""
    shown = shown_text(text)
    assert len(shown) <= 120 or read_figure(text) is not None
    assert all(letter.isprintable() for letter in shown)


def _own(written: dict[str, str]) -> OwnFigures:
    problem = derive.load("2-2-2")
    return OwnFigures(problem, routes(problem).nearest, written, 4)


def test_what_was_not_written_follows_from_what_was() -> None:
    """net_y1 is worked from the written activation of H1 and the exact one of H2."""
    own = _own({"out_H1": "1", "out_H2": "0"})
    assert plain(own.figure("net_y1")) == "1"  # 0.40·1 + 0.45·0 + 0.60
    assert plain(own.figure("out_H1")) == "1"
    assert plain(own.figure("w5")) == "0.40"
    assert plain(_own({}).figure("net_y1")) == "1.10591"  # the published 1.105905967 with two guard digits


def test_a_result_is_proved_and_rounded_as_by_hand() -> None:
    """A tie is rounded away from zero on the exact value, where floats would not."""
    own = _own({"net_H1": "2.675"})
    assert plain(own.result(Product((Ref("net_H1"), Const(Fraction(1)))), 3)) == "2.68"


def test_what_has_no_value_is_none() -> None:
    """A quotient by zero and an unknown id give no figure and no error."""
    from derive.formula.expression import Call, Quotient

    own = _own({"net_H1": "0"})
    assert own.result(Quotient(Const(Fraction(1)), Ref("net_H1")), 4) is None
    assert own.result(Call("ln", (Ref("net_H1"),)), 4) is None
    assert own.result(Sum((Ref("nobody"), Ref("net_H1"))), 4) is None
    assert own.figure("nobody") is None
